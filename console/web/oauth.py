"""The way of a login test through the browser: off to the provider, back with its answer, to the result.

The answer comes by a redirect from another site, without the session's cookie (SameSite=Strict). So
the browser that departs gets a cookie of its own for this test (SameSite=Lax, five minutes), and the
result is shown by the next request, which this site makes itself.
"""

from __future__ import annotations

import html
import logging
import secrets
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.web import company, cookies, identity, urls
from console.web.plain_page import link, paragraph, plain_page
from console.web.process import PROCESS
from services.access.sessions import browser_actor
from services.errors import ConsoleError, LoginTestRefused, StoreError
from services.login import hosted
from services.login.hosted_flow import answer_from
from services.store.applications import CALLBACK_PATH
from services.store.login_tests import PENDING_FOR

log = logging.getLogger(__name__)
_QUIET = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_COOKIE = "console_login_test"
LONGEST_QUERY = 8_000  # characters


def _cookie_name(test_id: str) -> str:
    """Each test has a cookie of its own: several may be under way in one browser."""
    return f"{_COOKIE}_{test_id[-12:]}"


async def start(request: Request) -> Response:
    """Send the operator's browser to the login page. The gate lets signed-in operators through only."""
    session_id = identity.public_id_in(request.headers.get(identity.SESSION_HEADER.decode()))
    test_id = request.query_params.get("test", "")[:64]

    def depart() -> hosted.LoginRedirect:
        who = browser_actor(PROCESS.store, session_id)
        return hosted.HostedTests(PROCESS.store, who, session_id).depart(test_id)

    try:
        departure = await run_in_threadpool(depart)
    except ConsoleError as error:
        return _page("The login test can't begin", error)
    response = RedirectResponse(departure.address, 303, headers=_QUIET)
    https = PROCESS.settings.https
    response.set_cookie(
        cookies.sent_name(_cookie_name(test_id), https, request.headers.get("host", "")),
        departure.browser,
        max_age=int(PENDING_FOR.total_seconds()),
        httponly=True,
        secure=https,
        # sent along when the provider leads back here, unlike the session's
        samesite="lax",
        path="/",
    )
    return response


async def callback(request: Request) -> Response:
    """Take the provider's answer, once, and leave this address before anybody can read it."""
    if len(request.url.query) > LONGEST_QUERY:
        return await run_in_threadpool(_not_taken, LoginTestRefused("It is too long.", "Begin a new test."))
    answer = answer_from(request.query_params)
    if await company.waits_for(request, answer):
        onward = await company.come_back(request, answer)
        return _onward(onward, "Go on") if isinstance(onward, str) else onward
    test_id, pool = await run_in_threadpool(hosted.test_waiting_for, PROCESS.store, answer.state)
    name = _cookie_name(test_id)
    https = PROCESS.settings.https
    host = request.headers.get("host", "")
    browser = cookies.cookie_value(request.headers.getlist("cookie"), name, https, host)
    try:
        await run_in_threadpool(hosted.come_back, PROCESS.store, answer.state, browser, answer)
    except ConsoleError as error:
        return await run_in_threadpool(_not_taken, error)
    response = RedirectResponse(
        f"{urls.TEST_RESULT_PATH}?{urlencode({'test': test_id, 'pool': pool})}", 303, headers=_QUIET
    )
    response.delete_cookie(
        cookies.sent_name(name, https, host), httponly=True, secure=https, samesite="lax", path="/"
    )
    return response


async def result(request: Request) -> Response:
    """Lead on to the Login test page; a page of this site asks, so the session's cookie comes along."""
    test_id = "".join(char for char in request.query_params.get("test", "")[:64] if char.isalnum())
    if "refused" in request.query_params or not test_id:
        refusal = await run_in_threadpool(_refusal, request.query_params.get("refused", "")[:64])
        return _page("The answer was not taken", refusal)
    target = f"/login_test?{urlencode({'pool': request.query_params.get('pool', '')[:200], 'test': test_id})}"
    return _onward(target, "See the result")


def _onward(target: str, text: str) -> Response:
    """Lead on to a path of this site from a page of this site: cookies come along with that."""
    head = f'<meta http-equiv="refresh" content="0;url={html.escape(target)}">'
    return plain_page(
        "Back to the console", paragraph("The answer was taken.") + link(target, text), head=head
    )


_REFUSAL, _REFUSAL_KEPT = "login-test-refusal", timedelta(minutes=10)
_REFUSED = LoginTestRefused("Why isn't known any more.", "Begin a new test.")


def _not_taken(error: ConsoleError) -> Response:
    """Say so at another address: this one holds the provider's answer and mustn't stay in the history."""
    log.info("An answer to a login test was refused: %s", error.message)
    key = secrets.token_urlsafe(12)
    # whichever process is asked for that address next; a store that takes nothing doesn't hide the refusal
    with suppress(StoreError):
        said = [error.message, error.next_step]
        PROCESS.store.tickets.keep(_REFUSAL, key, said, "", _REFUSAL_KEPT)
    return RedirectResponse(f"{urls.TEST_RESULT_PATH}?refused={key}", 303, headers=_QUIET)


def _refusal(key: str) -> ConsoleError:
    try:
        said = PROCESS.store.tickets.kept(_REFUSAL, key, "")
    except StoreError as error:
        return error
    return _REFUSED if said is None else LoginTestRefused(*said)


def _page(title: str, error: ConsoleError) -> Response:
    """Say what went wrong, in plain HTML: there may be no session here to show it in."""
    body = paragraph(f"{error.message} {error.next_step}".strip())
    ways = link("/", "To the console") + link("/login_test", "To the Login test page")
    return plain_page(title, body + ways, status=400)


ROUTES = [
    Route(urls.TEST_START_PATH, start, methods=["GET"]),
    Route(urls.COMPANY_PATH, company.start, methods=["GET"]),
    Route(CALLBACK_PATH, callback, methods=["GET"]),
    Route(urls.TEST_RESULT_PATH, result, methods=["GET"]),
]
