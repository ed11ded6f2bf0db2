"""Who gets through: every HTTP request and every message on every WebSocket.

With a live session the request goes on, carrying its identity in headers that only this gate can
write. Without one there is the sign-in page and what a browser needs to show it: everything else
answers nothing. The session is looked up in the store each time, so that ending it takes effect at
the next request, click, timer or download.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.navigation import SPECS
from console.web import cookies, identity, urls
from console.web.file_addresses import DOWNLOADS, FileAddresses, is_file_address
from console.web.process import PROCESS
from console.web.routes import ROUTES
from console.web.sockets import SignedInSocket, only_the_form, reloading
from services.errors import StoreError
from services.store.applications import CALLBACK_PATH
from services.store.sessions import Session

# What a browser needs before anyone has signed in. Nothing here shows data of the console.
_OPEN_PATHS = frozenset(
    {
        urls.HEALTH_PATH,
        urls.FINISH_PATH,
        urls.LEAVE_PATH,
        urls.COMPANY_PATH,
        urls.PASSKEY_PATH,
        urls.PASSKEY_SCRIPT_PATH,
        urls.PROVED_PATH,
        urls.SIGN_IN_PATH,
        urls.SET_UP_PATH,
        # another site sends the browser here, so the cookie of a session isn't sent along
        CALLBACK_PATH,
        urls.TEST_RESULT_PATH,
        "/favicon.png",
        "/_stcore/health",
        "/_stcore/host-config",
    }
)
_OPEN_PREFIXES = ("/static/",)
_STATIC = (Path(streamlit.__file__).parent / "static" / "static").resolve()
# These are closed to everyone: the console has no use for them.
_SHUT = (
    "/_stcore/metrics",
    "/_stcore/agent",
    "/_stcore/script-health-check",
    "/_stcore/bidi-components/",
    "/app/static/",
    "/component/",
    "/auth/login",
    "/auth/logout",
    "/oauth2callback",
)
# console/widgets/focus.py
_OUR_SCRIPTS = frozenset(
    f"/_stcore/bidi-components/console.{name.partition('.')[0]}/{name}"
    for name in ("escape.js", "focus.js", "return.js", "tab.js", "table.js", "table.css")
)
_ANSWERS_NOTHING = ("/_stcore/", "/media/", "/component/", "/app/", "/auth/")
_SOCKET = "/_stcore/stream"
_OURS = b"x-console-"

NOT_HERE = 4403


class Gate:
    """ASGI middleware in front of Streamlit and of our own routes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._files = FileAddresses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one connection through, or answer it here."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        # Whatever watches over the process asks for its health by address, not by name.
        if path != urls.HEALTH_PATH and not host_is_allowed(_header(scope, b"host")):
            await PlainTextResponse("", HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, send)
            return
        if path.startswith(_SHUT) and path not in _OUR_SCRIPTS:
            await Response(status_code=HTTPStatus.NOT_FOUND)(scope, receive, send)
            return
        if path.startswith(_OPEN_PREFIXES) and not _is_file(path):
            # Streamlit would answer with its page
            await Response(status_code=HTTPStatus.NOT_FOUND)(scope, receive, send)
            return
        if path.startswith(_OPEN_PREFIXES) and scope["method"] in ("GET", "HEAD"):
            await self.app({**scope, "headers": _strip(scope)}, receive, send)
            return
        try:
            session = await self._session(_token(scope), touch=_is_document(scope))
        except StoreError:
            await PlainTextResponse("The console's database does not answer.", 503)(scope, receive, send)
            return
        if session is None and not self._is_open(scope):
            await _refusal(scope)(scope, receive, send)
            return
        if session is not None and _is_nowhere(scope):
            await RedirectResponse(urls.NO_SUCH_PAGE_PATH, 303, headers=_NOT_KEPT)(scope, receive, send)
            return
        if session is not None and is_file_address(path):
            if refused := self._file_refusal(session, scope):
                await Response(status_code=refused, headers=_NOT_KEPT)(scope, receive, send)
                return
            send = _not_kept(send)
        if session is None and _token(scope):
            send = _without_session(scope, send)
        await self.app({**scope, "headers": _identified(scope, session)}, receive, _with_visit(scope, send))

    def _file_refusal(self, session: Session, scope: Scope) -> HTTPStatus | None:
        """What a request for a file gets instead of it; None when it may have it."""
        path = scope["path"]
        if not self._files.knows(session.id, path):
            return HTTPStatus.NOT_FOUND
        if not path.startswith(DOWNLOADS):
            return None
        if not _is_for_the_browser(scope):
            # Streamlit's page tries the address with a script of its own before the browser goes there
            return HTTPStatus.NO_CONTENT
        return None if self._files.use(session.id, path) else HTTPStatus.NOT_FOUND

    def _is_open(self, scope: Scope) -> bool:
        if scope["method"] == "POST":
            return bool(scope["path"] == urls.PASSKEY_PATH)
        return scope["path"] in _OPEN_PATHS and scope["method"] in ("GET", "HEAD")

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != _SOCKET or not _is_our_page(scope):
            await receive()
            await send({"type": "websocket.close", "code": NOT_HERE})
            return
        token = _token(scope)
        try:
            session = await self._session(token, touch=False)
        except StoreError:
            await receive()
            await send({"type": "websocket.close", "code": 1013})
            return
        scope = {**scope, "headers": _identified(scope, session)}
        if session is None:
            send = reloading(send) if _is_reconnect(scope) else send
            await self.app(scope, only_the_form(receive), send)
        else:
            identity.ASKING.set(session.id)
            told = self._telling(session.id, send)

            role = session.role

            async def is_live(touch: bool) -> bool:
                # what the tab shows is for the role that the operator had when it was loaded
                now = await self._session(token, touch=touch)
                return now is not None and now.role == role

            await SignedInSocket(is_live, receive, told).run(self.app, scope)

    def _telling(self, session_id: str, send: Send) -> Send:
        """Send messages to a tab, remembering the addresses of files that they tell it."""

        async def told(message: Message) -> None:
            self._files.note(session_id, message.get("bytes") or b"")
            await send(message)

        return told

    async def _session(self, token: str, *, touch: bool) -> Session | None:
        if not token:
            return None
        return await run_in_threadpool(PROCESS.store.sessions.find, token, touch=touch)


def _is_file(path: str) -> bool:
    """True if a path under /static/ names one of the files that Streamlit brings."""
    try:
        found = (_STATIC / path.removeprefix("/static/")).resolve()
        return found.is_relative_to(_STATIC) and found.is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        return False


def _is_reconnect(scope: Scope) -> bool:
    """True if a tab that had a Streamlit session before asks to go on with it."""
    protocols = _header(scope, b"sec-websocket-protocol").split(",")
    return len(protocols) > 2 and bool(protocols[2].strip())


def host_is_allowed(host: str) -> bool:
    """True if the Host header names this console (any other name may be a rebound DNS entry)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name.rstrip(".") in PROCESS.settings.hosts


def _is_our_page(scope: Scope) -> bool:
    """A WebSocket must be opened by a page of this very origin.

    Cookies don't know ports, so without this a page on another port of this machine could use them.
    """
    host, origin = _header(scope, b"host").lower(), _header(scope, b"origin").lower()
    if not origin or not host_is_allowed(host):
        return False
    return origin in (f"http://{host}", f"https://{host}", PROCESS.settings.public_url)


def _is_document(scope: Scope) -> bool:
    return scope["method"] == "GET" and "text/html" in _header(scope, b"accept")


_NOT_KEPT = {"cache-control": "no-store"}
_PAGES = frozenset(
    {
        "/",
        urls.SIGN_IN_PATH,
        urls.SET_UP_PATH,
        urls.NO_SUCH_PAGE_PATH,
        *(f"/{spec.name}" for spec in SPECS),
        *(route.path for route in ROUTES),
    }
)


def _is_nowhere(scope: Scope) -> bool:
    """True if a browser asks for a page that nobody has: Streamlit would show another, with a box over it."""
    path = scope["path"]
    if not _is_document(scope) or path.startswith((*urls.NO_PAGES, *_ANSWERS_NOTHING)):
        return False
    return (path.rstrip("/") or "/") not in _PAGES


def _not_kept(send: Send) -> Send:
    """Have neither the browser nor a proxy keep what is sent."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = [pair for pair in message.get("headers", []) if pair[0].lower() != b"cache-control"]
            message = {**message, "headers": [*there, (b"cache-control", b"no-store")]}
        await send(message)

    return sent


def _is_for_the_browser(scope: Scope) -> bool:
    """True for a request with which a browser itself goes to an address, to show it or to save it."""
    if scope["method"] != "GET":
        return False
    # on plain http, away from localhost, only what is accepted tells; Chromium saves without saying it
    mode = _header(scope, b"sec-fetch-mode")
    return mode == "navigate" if mode else not _header(scope, b"accept").startswith("*/*")


def _refusal(scope: Scope) -> Response:
    """People are led to the sign-in page; everything else gets an empty answer."""
    if not _is_document(scope) or scope["path"].startswith(_ANSWERS_NOTHING):
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers=_NOT_KEPT)
    query = scope.get("query_string", b"").decode("latin-1")
    came_for = scope["path"] + (f"?{query}" if query else "")
    address = urls.sign_in_address(came_for, ended=bool(_token(scope)))
    return RedirectResponse(address, 303, headers=_NOT_KEPT)


def _identified(scope: Scope, session: Session | None) -> list[tuple[bytes, bytes]]:
    """The request's headers, with what only this gate may say."""
    headers = _strip(scope)
    if session is not None:
        headers.append((identity.SESSION_HEADER, identity.stamp(session.id).encode()))
    else:
        # Without the cookie a value that nobody can have: Streamlit hands a session on to whoever
        # shows its id and the same identity.
        visit = cookies.visit_id(_cookie(scope, cookies.VISIT) or cookies.new_visit())
        headers.append((identity.VISIT_HEADER, identity.stamp(visit).encode()))
    client = scope.get("client")
    if client:
        headers.append((identity.ADDRESS_HEADER, str(client[0]).encode("latin-1", "replace")))
    return headers


def _with_visit(scope: Scope, send: Send) -> Send:
    """Give a browser on the way to the sign-in page its visit cookie."""
    if scope["path"] not in (urls.SIGN_IN_PATH, urls.SET_UP_PATH) or _cookie(scope, cookies.VISIT):
        return send
    https = PROCESS.settings.https
    value = cookies.header(
        cookies.VISIT, cookies.new_visit(), https=https, host=_header(scope, b"host"), same_site="lax"
    )
    return _setting(send, value)


def _without_session(scope: Scope, send: Send) -> Send:
    """Take the cookie of a session that is over out of a browser on the way to the sign-in page.

    A tab that is loaded again because its session ended may come here before the way out has done it.
    """
    if scope["path"] != urls.SIGN_IN_PATH:
        return send
    https = PROCESS.settings.https
    return _setting(send, cookies.cleared(cookies.SESSION, https=https, host=_header(scope, b"host")))


def _setting(send: Send, value: bytes) -> Send:
    """The answer with one more cookie set."""

    async def with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), (b"set-cookie", value)]}
        await send(message)

    return with_cookie


def _strip(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in scope["headers"] if not name.lower().startswith(_OURS)]


def _header(scope: Mapping[str, object], name: bytes) -> str:
    headers = scope["headers"]
    assert isinstance(headers, list)  # noqa: S101 - as ASGI says
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


def _token(scope: Scope) -> str:
    return _cookie(scope, cookies.SESSION)


def _cookie(scope: Scope, name: str) -> str:
    values = [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == b"cookie"]
    return cookies.cookie_value(values, name, PROCESS.settings.https, _header(scope, b"host"))
