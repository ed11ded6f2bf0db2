"""Company sign-in: the way to the provider's login page, and back from it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.sign_in import REFUSAL, TICKET, SignedIn
from console.web import cookies, identity, urls
from console.web.plain_page import link, paragraph, plain_page
from console.web.process import PROCESS
from services.access.sessions import browser_actor
from services.errors import ConsoleError
from services.login.chain import Link, as_data
from services.login.company import CompanyResult, CompanySignIn, not_begun
from services.login.hosted_flow import CallbackAnswer
from services.roles import Permission
from services.store.applications import CALLBACK_PATH

log = logging.getLogger(__name__)
_QUIET = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
TRIAL = "company sign-in tried"
"""Purpose of the ticket that carries a trial to the Configuration page."""
_TOLD_FOR = timedelta(minutes=10)


async def start(request: Request) -> Response:
    """Send the browser to the provider's login page.

    `?try=1` for an administrator who tries it out, `?again=1` for whoever is signed in and has to
    show once more that it is them, `?choose=1` for whoever was just refused.
    """
    visit = visit_of(request)
    fresh = "" if visit else cookies.new_visit()

    try:
        onward = await run_in_threadpool(_depart, request, visit or fresh)
        response = RedirectResponse(onward, 303, headers=_QUIET) if isinstance(onward, str) else onward
    except ConsoleError as error:
        response = await _refused(error, visit or fresh)
    if fresh:
        https = PROCESS.settings.https
        host = request.headers.get("host", "")
        cookies.put(response, cookies.VISIT, fresh, https=https, host=host, same_site="lax")
    return response


def _depart(request: Request, visit: str) -> str | Response:
    """Where a browser goes on to: the provider's page, or what says to somebody signed in why it can't be."""
    query = request.query_params
    tries, again = bool(query.get("try")), bool(query.get("again"))
    session_id = identity.public_id_in(request.headers.get(identity.SESSION_HEADER.decode()))
    if tries or again:
        needed = Permission.CONFIGURE if tries else Permission.READ
        browser_actor(PROCESS.store, session_id)().require(needed)
    provider_id = query.get("provider", "")[:64]
    try:
        return CompanySignIn(PROCESS.store).depart(
            provider_id,
            visit,
            base_of(request) + CALLBACK_PATH,
            urls.safe_path(query.get("next")),
            session_id if tries else "",
            session_id if again else "",
            choosing=bool(query.get("choose")),
        )
    except ConsoleError as error:
        # the sign-in page would lead them on, unsaid
        if tries:
            return _trial(provider_id, session_id, not_begun(error))
        if again:
            return _not_proved(error)
        raise


async def waits_for(request: Request, answer: CallbackAnswer) -> bool:
    """True if this browser began a company sign-in that waits for this answer."""
    visit = visit_of(request)
    return await run_in_threadpool(CompanySignIn(PROCESS.store).waits_for, answer.state, visit)


async def come_back(request: Request, answer: CallbackAnswer) -> str | Response:
    """Take the provider's answer. Returns the path to go on to from a page of this site, or a page."""
    visit = visit_of(request)
    address = address_of(request)

    def judge() -> str | Response:
        company = CompanySignIn(PROCESS.store)
        arrival = company.come_back(visit, answer)
        if arrival.begun.tried_in:
            return _trial(arrival.begun.provider_id, arrival.begun.tried_in, arrival.links)
        if arrival.begun.again_in:
            return _again(company, arrival, address)
        operator = company.sign_in(arrival, address)
        provider = PROCESS.store.sign_in_providers.get(arrival.begun.provider_id)
        subject = SignedIn(operator.id, provider.asks_second_factor).subject
        bind = cookies.visit_id(visit)
        ticket = PROCESS.store.tickets.issue(TICKET, subject, bind, urls.TICKET_LIFETIME)
        return f"{urls.FINISH_PATH}?{urlencode({'ticket': ticket, 'next': arrival.begun.came_for})}"

    try:
        return await run_in_threadpool(judge)
    except ConsoleError as error:
        return await _refused(error, visit)


def _again(company: CompanySignIn, arrival: CompanyResult, address: str) -> Response:
    try:
        company.sign_in_again(arrival, address)
    except ConsoleError as error:
        return _not_proved(error)
    return RedirectResponse(urls.PROVED_PATH, 303, headers=_QUIET)


def _not_proved(error: ConsoleError) -> Response:
    body = paragraph(f"{error.message} {error.next_step}".strip(), alert=True)
    return plain_page("That didn't work", body + link(urls.PROVE_PATH, "Try again"), status=400)


def address_of(request: Request) -> str:
    """Where a browser connects from."""
    return request.client.host if request.client else ""


def visit_of(request: Request) -> str:
    """The secret of this browser before it signs in, "" when it has none."""
    sent = request.headers.getlist("cookie")
    return cookies.cookie_value(sent, cookies.VISIT, PROCESS.settings.https, request.headers.get("host", ""))


def base_of(request: Request) -> str:
    """Scheme and host by which this browser reaches the console."""
    return PROCESS.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"


def _trial(provider_id: str, tried_in: str, links: tuple[Link, ...]) -> str:
    """Keep what was found for the session that tries the provider out; the page that shows it."""
    told = json.dumps({"provider": provider_id, "links": as_data(links)})
    ticket = PROCESS.store.tickets.issue(TRIAL, told, tried_in, _TOLD_FOR)
    return f"/configuration?{urlencode({'tab': 'Sign-in', 'tried': ticket})}"


async def _refused(error: ConsoleError, visit: str) -> Response:
    """Say why on the sign-in page; the reason travels sealed, not in the address."""
    log.info("A company sign-in was refused: %s", error.message)

    def keep() -> str:
        told = json.dumps([error.message, error.next_step])
        return PROCESS.store.tickets.issue(REFUSAL, told, cookies.visit_id(visit), _TOLD_FOR)

    ticket = await run_in_threadpool(keep)
    return RedirectResponse(f"{urls.SIGN_IN_PATH}?refused={quote(ticket, safe='')}", 303, headers=_QUIET)
