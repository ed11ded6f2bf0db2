"""The HTTP answers that Streamlit has no page for: setting and clearing the cookie, and health."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from console.sign_in import AWAY, TICKET, SignedIn
from console.web import cookies, oauth, passkey_pages, urls
from console.web.process import PROCESS
from services.access.sessions import begin_session, known_browser
from services.errors import ConsoleError, RecordNotFound

log = logging.getLogger(__name__)
_QUIET = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def _begin(request: Request) -> tuple[str, str] | None:
    """Redeem the ticket in the address and open a session; None for a bad ticket.

    Returns the session's token, and what tells this browser apart at its operator's next sign-in.
    """
    store, settings = PROCESS.store, PROCESS.settings
    bind = cookies.visit_id(_cookie(request, cookies.VISIT))
    ticket = request.query_params.get("ticket", "")
    found = SignedIn.read(store.tickets.redeem(TICKET, ticket, bind)) if ticket and bind else None
    if found is None:
        return None
    try:
        operator = store.operators.get(found.operator_id)
    except RecordNotFound:
        return None
    if operator.disabled:
        return None
    earlier = _cookie(request, cookies.SESSION)
    if earlier:
        store.sessions.revoke_token(earlier)
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")[:300]
    _, token = begin_session(
        store, operator, address, agent, settings.idle, settings.absolute, proved=found.proved
    )
    return token, known_browser(store, operator)


async def finish(request: Request) -> Response:
    """End of a sign-in: the ticket becomes a session, its token a cookie that scripts can't read."""
    settings = PROCESS.settings
    begun = await run_in_threadpool(_begin, request)
    if begun is None:
        return RedirectResponse(f"{urls.SIGN_IN_PATH}?failed=1", 303, headers=_QUIET)
    response = RedirectResponse(urls.safe_path(request.query_params.get("next")), 303, headers=_QUIET)
    token, browser = begun
    for name, value, seconds in (
        (cookies.SESSION, token, None),
        (cookies.BROWSER, browser, cookies.HALF_A_YEAR),
    ):
        cookies.put(
            response,
            name,
            value,
            https=settings.https,
            host=_host(request),
            same_site="strict",
            seconds=seconds,
        )
    return response


async def leave_console(request: Request) -> Response:
    """End of a sign-out: clears the cookie that was sent, if its session is over.

    `?on=` is a one-time ticket for the end-session address of the operator's provider. A link on
    another site comes without the cookie, so it can neither sign anyone out nor take the
    cookie of a session away that lives on.
    """
    settings = PROCESS.settings
    token = _cookie(request, cookies.SESSION)
    live = await run_in_threadpool(PROCESS.store.sessions.find, token, touch=False) if token else None
    onward = request.query_params.get("on", "")
    away = await run_in_threadpool(PROCESS.store.tickets.redeem, AWAY, onward, "") if onward else None
    response = RedirectResponse("/" if live else away or urls.SIGN_IN_PATH, 303, headers=_QUIET)
    if token and not live:
        cookies.clear_cookie(response, cookies.SESSION, https=settings.https, host=_host(request))
    return response


def _host(request: Request) -> str:
    return request.headers.get("host", "")


def _cookie(request: Request, name: str) -> str:
    sent = request.headers.getlist("cookie")
    return cookies.cookie_value(sent, name, PROCESS.settings.https, _host(request))


async def healthz(_: Request) -> Response:
    """200 when the store can be read and written, 503 when it can't; says nothing else."""
    try:
        await run_in_threadpool(PROCESS.store.probe)
    except ConsoleError as error:
        log.error("The health check failed: %s", error.message)
        return JSONResponse({"ok": False}, 503, headers=_QUIET)
    return JSONResponse({"ok": True}, headers=_QUIET)


ROUTES = [
    Route(urls.HEALTH_PATH, healthz, methods=["GET"]),
    Route(urls.FINISH_PATH, finish, methods=["GET"]),
    Route(urls.LEAVE_PATH, leave_console, methods=["GET"]),
    *oauth.ROUTES,
    *passkey_pages.ROUTES,
]
