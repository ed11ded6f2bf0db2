"""The pages on which a browser makes a passkey or shows one, and where a second factor is given again.

They are plain HTML with one script of their own: a browser gives passkeys to a page of the console's
address only, not to Streamlit's frames. Where the second factor is asked again, the page opens in a tab
of its own, so that whatever was being filled in stays as it is.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.sign_in import ASKED, TICKET, SignedIn
from console.web import cookies, identity, urls
from console.web.company import address_of, base_of, visit_of
from console.web.plain_page import QUIET, link, paragraph, plain_page
from console.web.process import PROCESS
from services.access.passkeys import LONGEST_NAME, PasskeyRequest, Passkeys
from services.access.second_factor import SecondFactor
from services.access.sessions import live_operator
from services.access.step_up import provider_to_ask
from services.errors import ConsoleError, ProofNeeded, RecordNotFound, SessionEnded, SignInRefused
from services.store.operators import Operator

log = logging.getLogger(__name__)
_SCRIPT = (Path(__file__).parents[1] / "assets" / "passkey.js").read_text(encoding="utf-8")
_HEAD = f'<script src="{urls.PASSKEY_SCRIPT_PATH}" defer></script>'
_LARGEST = 64 * 1024
"""Bytes of a form: a passkey's answer has a few thousand."""


async def script(_: Request) -> Response:
    """The one script of these pages."""
    return Response(_SCRIPT, media_type="text/javascript", headers={"cache-control": "no-cache"})


async def sign_in(request: Request) -> Response:
    """Ask for a passkey: after the password (`?asked=` says whose), or in its place."""
    back = link(urls.sign_in_address(request.query_params.get("next", "")), "Back to signing in")

    def ask() -> Response:
        wanted = _passkeys(request).ask(cookies.visit_id(visit_of(request)), _waiting(request))
        body = paragraph("Your browser asks for it: your finger, your PIN, your phone or a security key.")
        return plain_page("Sign in with a passkey", body + _form(wanted, "Use a passkey") + back, head=_HEAD)

    def take(form: Mapping[str, str]) -> Response:
        bind = cookies.visit_id(visit_of(request))
        operator = _passkeys(request).check(
            bind, form.get("ticket", ""), form.get("answer", ""), address_of(request)
        )
        asked = request.query_params.get("asked", "")
        if asked and PROCESS.store.tickets.redeem(ASKED, asked, bind) != operator.id:
            raise SignInRefused("That took too long.", "Sign in once more.")
        subject = SignedIn(operator.id, proved=True).subject
        ticket = PROCESS.store.tickets.issue(TICKET, subject, bind, urls.TICKET_LIFETIME)
        onward = {"ticket": ticket, "next": urls.safe_path(request.query_params.get("next"))}
        return RedirectResponse(f"{urls.FINISH_PATH}?{urlencode(onward)}", 303, headers=QUIET)

    return await _answer(request, ask, take, back)


async def add(request: Request) -> Response:
    """Make a passkey for the operator who is signed in, and tell the recovery codes if it is their first."""
    back = link(urls.ACCOUNT_PATH, "Back to your account")

    def ask() -> Response:
        operator, session_id = _signed_in(request)
        wanted = _passkeys(request).begin_adding(operator, session_id)
        field = (
            f'<label>What you call it<input name="name" required maxlength="{LONGEST_NAME}" '
            'placeholder="My laptop, the key on my ring …" autocomplete="off" autofocus></label>'
        )
        body = paragraph(
            "A passkey lives in this device, in your phone, in a password manager or on a security key. It "
            "can't be copied down or told to a stranger on the phone."
        )
        body += _form(wanted, "Add a passkey", field) + back
        return plain_page("Add a passkey", body, head=_HEAD)

    def take(form: Mapping[str, str]) -> Response:
        operator, session_id = _signed_in(request)
        codes = _passkeys(request).add(
            operator, session_id, form.get("ticket", ""), form.get("answer", ""), form.get("name", "")
        )
        if not codes:
            return RedirectResponse(urls.ACCOUNT_PATH, 303, headers=QUIET)
        body = paragraph(
            "From now on it is asked for when you sign in. These recovery codes let you in once each without "
            "it. Keep them where you keep your papers: they are shown only now."
        )
        body += f"<h2>Recovery codes</h2><pre>{html.escape(chr(10).join(codes))}</pre>"
        body += link(urls.ACCOUNT_PATH, "I have noted them")
        return plain_page("Your passkey is set up", body)

    return await _answer(request, ask, take, back)


async def prove(request: Request) -> Response:
    """Ask for the second factor again, in every way that the operator has; then the session is proved."""

    def ask() -> Response:
        operator, session_id = _signed_in(request)
        return plain_page("Show that it is you", _ways(request, operator, session_id), head=_HEAD)

    def take(form: Mapping[str, str]) -> Response:
        operator, session_id = _signed_in(request)
        factor = SecondFactor(PROCESS.store)
        if "answer" in form:
            shown = _passkeys(request).check(
                session_id, form.get("ticket", ""), form["answer"], address_of(request)
            )
            if shown.id != operator.id:
                raise SignInRefused("That passkey is somebody else's.", "Use your own.")
            factor.note_proof(operator, session_id, address_of(request))
        else:
            factor.prove(operator, form.get("code", ""), session_id, address_of(request))
        onward = urls.safe_path(request.query_params.get("next"))
        return RedirectResponse(urls.PROVED_PATH if onward == "/" else onward, 303, headers=QUIET)

    return await _answer(request, ask, take, link(_here(request), "Try again"))


async def proved(_: Request) -> Response:
    """What a tab says in which somebody has shown that it is them."""
    return plain_page(
        "It is you",
        paragraph("Close this tab, go back to the one you came from, and press the button there once more."),
    )


def _ways(request: Request, operator: Operator, session_id: str) -> str:
    """Every way in which this operator can show that it is them, as HTML."""
    factor, passkeys = SecondFactor(PROCESS.store), _passkeys(request)
    parts = []
    if passkeys.are_possible and passkeys.here(operator.id):
        parts.append("<h2>With a passkey</h2>" + _form(passkeys.ask(session_id, operator), "Use a passkey"))
    if factor.is_set_up(operator.id):
        has_app = factor.has_app(operator.id)
        title = "With a code from your app" if has_app else "With a recovery code"
        sample = ' placeholder="123456"' if has_app else ""
        parts.append(
            f'<h2>{title}</h2><form method="post"><label>Code<input name="code" required '
            f'autocomplete="one-time-code"{sample}></label><button>Go on</button></form>'
        )
    provider = provider_to_ask(PROCESS.store, operator)
    if provider is not None:
        onward = f"{urls.COMPANY_PATH}?provider={quote(provider.id)}&again=1"
        parts.append(
            "<h2>With your company account</h2>" + link(onward, f"Sign in with {provider.name} again")
        )
    if not parts:
        return paragraph("You have no second factor, so nothing is asked. Close this tab.")
    about = paragraph(
        f"For what you are about to do, {operator.username}, your second factor is asked once more. What you "
        "were filling in waits in the other tab."
    )
    return about + "".join(parts)


async def _answer(
    request: Request,
    ask: Callable[[], Response],
    take: Callable[[Mapping[str, str]], Response],
    again: str,
) -> Response:
    """The page, or what came of its form; in words what is wrong, with the HTML `again` below."""
    try:
        if request.method != "POST":
            return await run_in_threadpool(ask)
        form = await _sent(request)
        return await run_in_threadpool(take, form)
    except ProofNeeded:
        onward = f"{urls.PROVE_PATH}?next={quote(request.url.path, safe='')}"
        return RedirectResponse(onward, 303, headers=QUIET)
    except SessionEnded:
        return RedirectResponse(urls.sign_in_address("/", ended=True), 303, headers=QUIET)
    except ConsoleError as error:
        log.info("Refused at %s: %s %s", request.url.path, error.message, error.cause)
        body = paragraph(f"{error.message} {error.next_step}".strip(), alert=True) + again
        return plain_page("That didn't work", body, status=HTTPStatus.BAD_REQUEST)


async def _sent(request: Request) -> dict[str, str]:
    """The fields of the form, which has to come from a page of this very console."""
    origin = request.headers.get("origin", "")
    if origin.lower() != base_of(request).lower():
        raise SignInRefused("This form was sent from elsewhere; it was not taken.", "Begin here again.")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise SignInRefused("The form is too large; it was not taken.", "Begin again.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _form(wanted: PasskeyRequest, button: str, fields: str = "") -> str:
    """The form that the script fills with what the browser answers."""
    return (
        f'<form method="post" data-options="{html.escape(wanted.options)}">'
        f'<input type="hidden" name="ticket" value="{html.escape(wanted.ticket)}">'
        f'<input type="hidden" name="answer">{fields}<button{"" if fields else " autofocus"}>'
        f'{html.escape(button)}</button><p role="alert"></p>'
        "<noscript><p>This needs JavaScript.</p></noscript></form>"
    )


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _passkeys(request: Request) -> Passkeys:
    return Passkeys(PROCESS.store, SecondFactor(PROCESS.store), base_of(request))


def _signed_in(request: Request) -> tuple[Operator, str]:
    """The operator of this browser and the session's id. Raises `SessionEnded`."""
    session_id = identity.public_id_in(request.headers.get(identity.SESSION_HEADER.decode()))
    found = live_operator(PROCESS.store, session_id)
    if found is None:
        raise SessionEnded("You are no longer signed in.", "Sign in again.")
    return found[0], session_id


def _waiting(request: Request) -> Operator | None:
    """Who gave the password just now in this browser; None without `?asked=`. Raises `SignInRefused`."""
    asked = request.query_params.get("asked", "")
    if not asked:
        return None
    id = PROCESS.store.tickets.peek(ASKED, asked, cookies.visit_id(visit_of(request)))
    try:
        return PROCESS.store.operators.get(id or "")
    except RecordNotFound:
        raise SignInRefused("That took too long.", "Sign in once more.") from None


ROUTES = [
    Route(urls.PASSKEY_SCRIPT_PATH, script, methods=["GET"]),
    Route(urls.PASSKEY_PATH, sign_in, methods=["GET", "POST"]),
    Route(urls.NEW_PASSKEY_PATH, add, methods=["GET", "POST"]),
    Route(urls.PROVE_PATH, prove, methods=["GET", "POST"]),
    Route(urls.PROVED_PATH, proved, methods=["GET"]),
]
