"""Tests of the hosted login page: begun, answered once by the browser that began them, followed up.

What is kept while a test waits is sealed in the database; tokens live in the process's memory only.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from threading import Timer
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError

from services import web
from services.access.sessions import browser_actor
from services.errors import CognitoError, ConsoleError, InvalidValue, LoginTestRefused, StoreError
from services.gateways import gateway_for, target_of
from services.login.chain import (
    Link,
    Report,
    TokenReport,
    failed,
    first_failure,
    not_reached,
    passed,
    record_test,
    report_from,
    step,
)
from services.login.client_fixes import ClientFix, fixes_for_sign_in
from services.login.discovery import (
    Discovery,
    KnownPool,
    discovery_links,
    known_pool,
    names_other_pool,
    read_discovery,
)
from services.login.hosted_flow import (
    CallbackAnswer,
    CodeExchange,
    Flow,
    Proofs,
    answer_in,
    carry_out,
    check_flow,
    check_one,
    expected_for,
    expected_of,
    flow_from,
    new_proofs,
    preflight_link,
    settings_link,
    sign_in_address,
)
from services.login.kept import KeptTokens
from services.login.oauth import meaning_of, oauth_client
from services.login.token_text import ClaimLine, Tokens, claim_lines
from services.retention import Retention
from services.roles import Actor, ActorSource, Permission
from services.store.columns import utc_now
from services.store.login_tests import PENDING_FOR, LoginTest
from services.store.store import Store

WAY = "login page"
LONGEST_ANSWER = 8_000
"""Characters of a callback's address; a code of Cognito is a UUID."""

HOSTED_STEPS = (
    "discovery",
    "callback",
    "signed-in",
    "code",
    "signed-by-pool",
    "for-client",
    "in-time",
    "scopes",
    "allowed-group",
    "role",
)
"""The steps of a sign-in through the login page, in order."""


@dataclass(frozen=True, slots=True)
class StartedTest:
    """A test that waits for its answer, or has failed before it began (`waits` False)."""

    id: str
    waits: bool


@dataclass(frozen=True, slots=True)
class LoginRedirect:
    """Where the operator's browser goes, and what ties this browser to the test."""

    address: str = field(repr=False)
    browser: str = field(repr=False)


class HostedTests:
    """Works for whoever `who` names at the moment of each call; every call needs LOGIN_TEST.

    `session_id` is the operator's live session: results are shown to it alone.
    """

    def __init__(self, store: Store, who: ActorSource, session_id: str) -> None:
        self._store = store
        self._who = who
        self._session_id = session_id

    def _actor(self) -> Actor:
        actor = self._who()
        actor.require(Permission.LOGIN_TEST)
        return actor

    def begin(self, flow: Flow) -> StartedTest:
        """Look at everything that can be looked at beforehand, and keep what the answer will need.

        A test that can't be begun is a result too: it is kept and logged. Raises `InvalidValue`,
        `NotPermitted`, `StoreError`s.
        """
        actor = self._actor()
        check_flow(flow)
        place = known_pool(self._store, self._store.pools.get(flow.pool_record_id))
        self._check_address(flow, place)
        links, discovery, described = self._look(flow, place, actor)
        proofs = new_proofs()
        pending: dict[str, Any] = {"flow": flow.facts()}
        sweep(self._store)
        if discovery is not None and first_failure(links) is None:
            pending |= {
                "secret": flow.secret,
                "nonce": proofs.nonce,
                "verifier": proofs.verifier,
                "browser": secrets.token_urlsafe(24),
                "endpoints": _endpoints(discovery),
            }
            id, _ = self._store.login_tests.begin(
                actor.operator_id, self._session_id, flow.pool_name, pending
            )
            _sweep_later(self._store)
            return StartedTest(id, True)
        id, _ = self._store.login_tests.begin(actor.operator_id, self._session_id, flow.pool_name, pending)
        self._store.login_tests.take(id)
        report = Report(flow.facts(), whole_chain(links), described, endpoints=_endpoints(discovery))
        _finish(self._store, actor, id, flow, report)
        return StartedTest(id, False)

    def _check_address(self, flow: Flow, place: KnownPool) -> None:
        """Only a pool's own description is read, or the one that an administrator gave an application."""
        if flow.discovery_url in place.discovery_urls:
            return
        if flow.application_id:
            application = self._store.applications.get(flow.application_id)
            same = application.pool_record_id == flow.pool_record_id
            if same and application.discovery_url == flow.discovery_url:
                return
        raise InvalidValue(
            "The console reads no description from this address: it is neither the pool's nor the "
            "application's.",
            "Choose one of those offered.",
            field="discovery_url",
        )

    def _look(
        self, flow: Flow, place: KnownPool, actor: Actor
    ) -> tuple[list[Link], Discovery | None, tuple[Link, ...]]:
        first, discovery, described = look_at_discovery(flow, place)
        links = [first]
        if discovery is None or first_failure(links) is not None:
            return links, discovery, described
        refused = self._by_settings(flow, actor)
        links.append(refused or preflight_link(flow, discovery))
        return links, discovery, described

    def _by_settings(self, flow: Flow, actor: Actor) -> Link | None:
        """What the app client's settings say against it; None where they can't be read."""
        pool = self._store.pools.get(flow.pool_record_id)
        try:
            client = gateway_for(self._store, target_of(pool), actor.name).describe_client(flow.client_id)
        except CognitoError:
            return None
        return settings_link(flow, client)

    def depart(self, id: str) -> LoginRedirect:
        """Where to send the browser for a test of this session. Raises `LoginTestRefused`."""
        self._actor()
        test = self._mine(id)
        pending = self._store.login_tests.pending(test.id)
        if pending is None or "endpoints" not in pending:
            raise _over()
        proofs = Proofs(pending["state"], pending["nonce"], pending["verifier"])
        address = sign_in_address(flow_from(pending["flow"]), discovery_from(pending["endpoints"]), proofs)
        return LoginRedirect(address, str(pending["browser"]))

    def pasted(self, id: str, address: str) -> Report:
        """The answer of a test of this session, from the address that the browser ended on.

        Raises `LoginTestRefused`; the test goes on waiting if the address belongs to another one.
        """
        actor = self._actor()
        test = self._mine(id)
        answer = answer_in(address)
        found = self._store.login_tests.by_state(answer.state) if answer.state else None
        if found is None or found.id != test.id:
            raise LoginTestRefused(
                "This address isn't the answer to this test: its state is another one, or missing.",
                "Copy the whole address of the page that the sign-in ended on, all after the “?” too.",
            )
        return _answer(self._store, actor, test, answer)

    def report(self, id: str) -> Report | None:
        """The result of a test of this session; None while it waits. Raises `LoginTestRefused`."""
        self._actor()
        data = self._store.login_tests.result(self._mine(id).id)
        return None if data is None else report_from(data)

    def fixes(self, report: Report) -> tuple[ClientFix, ...]:
        """What puts the app client right when it was its settings that refused; asks Cognito for them."""
        actor, broken = self._actor(), first_failure(report.chain)
        if broken is None or broken.key != "callback":
            return ()
        flow = flow_from(report.flow)
        try:
            pool = self._store.pools.get(flow.pool_record_id)
            client = gateway_for(self._store, target_of(pool), actor.name).describe_client(flow.client_id)
        except (CognitoError, StoreError):
            return ()
        return fixes_for_sign_in(client, flow.redirect_uri, flow.scopes, flow.identity_provider)

    def waiting(self, id: str) -> Flow | None:
        """What a test of this session was begun with, while it waits for its answer."""
        self._actor()
        pending = self._store.login_tests.pending(self._mine(id).id)
        return None if pending is None else flow_from(pending["flow"])

    def _mine(self, id: str) -> LoginTest:
        test = self._store.login_tests.get(id) if id else None
        if test is None:
            raise LoginTestRefused("There is no such login test (any more).", "Begin a new one.")
        if test.session_id != self._session_id:
            raise LoginTestRefused(
                "This login test belongs to another operator, or to another sign-in of yours.",
                "Its result is shown only where it was begun. Begin a test of your own.",
            )
        return test


def come_back(store: Store, state: str, browser: str, answer: CallbackAnswer) -> str:
    """The answer that a browser brings to the callback address; returns the test's id.

    The browser must be the one that departed (`browser` is its cookie for this test), the
    operator's session must be live and may still test. Refused answers change nothing. Raises
    `LoginTestRefused`, `SessionEnded`, `NotPermitted`.
    """
    test = store.login_tests.by_state(state) if state else None
    if test is None:
        # it may as well be the end of somebody's own sign-in
        raise LoginTestRefused(
            "Nothing in this console waits for this answer (any more): it came too late, twice, or to "
            "another browser.",
            "Begin the sign-in or the login test anew.",
        )
    if test.used_at is not None:
        raise LoginTestRefused("This answer was taken already; it counts once.", "Begin a new test.")
    pending = store.login_tests.pending(test.id)
    if pending is None or "browser" not in pending:
        raise _over()
    if not hmac.compare_digest(browser.encode(), str(pending["browser"]).encode()):
        raise LoginTestRefused(
            "This browser didn't begin the login test that the answer belongs to.",
            "Finish the sign-in in the browser and window it was begun in.",
        )
    actor = browser_actor(store, test.session_id)()
    actor.require(Permission.LOGIN_TEST)
    _answer(store, actor, test, answer)
    return test.id


def test_waiting_for(store: Store, state: str) -> tuple[str, str]:
    """Id and pool of the test that waits, or waited, for `state`; "" if there is none."""
    test = store.login_tests.by_state(state) if state else None
    return (test.id, test.pool_name) if test else ("", "")


def _answer(store: Store, actor: Actor, test: LoginTest, answer: CallbackAnswer) -> Report:
    pending = store.login_tests.take(test.id)
    if pending is None or "endpoints" not in pending:
        raise _over()
    flow = flow_from(pending["flow"], str(pending["secret"]))
    discovery = discovery_from(pending["endpoints"])
    place = known_pool(store, store.pools.get(flow.pool_record_id))
    secret = flow.secret or (store.applications.secret(flow.application_id) if flow.application_id else "")
    links = [
        passed(*step("discovery"), f"Read from {discovery.url}."),
        passed(*step("callback"), f"It sent the browser back to {flow.redirect_uri}."),
    ]
    proofs = Proofs("", pending["nonce"], pending["verifier"])
    outcome = carry_out(CodeExchange(flow, discovery, proofs, secret, place), answer)
    report = Report(
        flow.facts(),
        whole_chain([*links, *outcome.links]),
        discovery_links(discovery, place, try_them=False),
        outcome.reports,
        outcome.person,
        _endpoints(discovery),
        bool(outcome.tokens.refresh_token),
        outcome.sub,
    )
    if outcome.tokens.access_token or outcome.tokens.id_token:
        KeptTokens(store).put(test.id, test.session_id, outcome.tokens)
    _finish(store, actor, test.id, flow, report)
    return report


def look_at_discovery(flow: Flow, place: KnownPool) -> tuple[Link, Discovery | None, tuple[Link, ...]]:
    """The first link of the chain, what the description says, and a line for each part of it."""
    key, title = step("discovery")
    if names_other_pool(place, flow.discovery_url):
        fix = f"Correct it (Configuration, Applications). For this pool it is {place.discovery_urls[0]}"
        text = f"The application's discovery URL is not of the pool {place.name}: {flow.discovery_url}"
        return failed(key, title, text, fix), None, ()
    try:
        discovery = read_discovery(flow.discovery_url, place)
    except ConsoleError as error:
        return failed(key, title, error.message, error.next_step, detail=flow.discovery_url), None, ()
    described = discovery_links(discovery, place)
    needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    broken = next((link for link in described if link.key in needed and link.fix and _is_failed(link)), None)
    if broken is None:
        return passed(key, title, f"Read from {flow.discovery_url}."), discovery, described
    text = f"{broken.title}: {broken.sentence}"
    if not discovery.authorization_endpoint:
        text = "The pool has no hosted login page: its description names no sign-in address."
    return failed(key, title, text, broken.fix, detail=broken.detail), discovery, described


def whole_chain(links: list[Link]) -> tuple[Link, ...]:
    """The links so far, and the rest as not reached."""
    known = {link.key for link in links}
    return (*links, *(not_reached(*step(key)) for key in HOSTED_STEPS if key not in known))


def _is_failed(link: Link) -> bool:
    return first_failure([link]) is not None


def _finish(store: Store, actor: Actor, id: str, flow: Flow, report: Report) -> None:
    store.login_tests.finish(id, report.as_data())
    record_test(
        store,
        actor,
        pool=flow.pool_name,
        application=flow.application or flow.client_id,
        way=WAY,
        person=report.person,
        chain=report.chain,
    )


def _endpoints(discovery: Discovery | None) -> dict[str, Any] | None:
    if discovery is None:
        return None
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(discovery).items()
    }


def discovery_from(data: Mapping[str, Any]) -> Discovery:
    """The description as it was kept with a test."""
    return Discovery(**{**data, "scopes": tuple(data["scopes"]), "origins": frozenset(data["origins"])})


def sweep(store: Store) -> int:
    """Erase what unanswered tests held, and the results kept no longer; how many those were."""
    store.login_tests.sweep()
    kept = Retention.read(store).span("login_test_hours")
    return 0 if kept is None else store.login_tests.forget(utc_now() - kept)


def _sweep_later(store: Store) -> None:
    """Erase what an unanswered test held once it is too old, also if nobody begins another."""

    def sweep_now() -> None:
        # a store that is closed by then is swept when it is opened again
        with suppress(StoreError):
            sweep(store)

    timer = Timer(PENDING_FOR.total_seconds() + 1, sweep_now)
    timer.daemon = True
    timer.start()


def _over() -> LoginTestRefused:
    return LoginTestRefused(
        "This login test is over: it was answered, or begun more than five minutes ago.", "Begin a new one."
    )


@dataclass(frozen=True, slots=True)
class FollowupResult:
    """How it went, and what came of it: claims about the person, or checked new tokens."""

    link: Link
    claims: tuple[ClaimLine, ...] = ()
    reports: tuple[TokenReport, ...] = ()


class Followups:
    """Works on one finished test, for the session that it belongs to; needs LOGIN_TEST."""

    def __init__(self, store: Store, who: ActorSource, session_id: str, test_id: str) -> None:
        self._store = store
        self._who = who
        self._session_id = session_id
        self._id = test_id
        self._tokens = KeptTokens(store)

    def _ready(self) -> tuple[Report, Flow, Discovery, Tokens]:
        """Raises `LoginTestRefused` when the tokens are gone, or the test is somebody else's."""
        self._who().require(Permission.LOGIN_TEST)
        report = HostedTests(self._store, self._who, self._session_id).report(self._id)
        tokens = self._tokens.get(self._id, self._session_id)
        if report is None or report.endpoints is None or tokens is None:
            raise LoginTestRefused(
                "The tokens of this test are gone: they are kept for ten minutes.",
                "Run the test again.",
            )
        return report, flow_from(report.flow), discovery_from(report.endpoints), tokens

    def tokens(self) -> Tokens:
        """The tokens themselves, to be shown to whoever asks for them. Raises `LoginTestRefused`."""
        return self._ready()[3]

    def forget(self) -> None:
        """Drop the tokens at once."""
        self._who().require(Permission.LOGIN_TEST)
        self._tokens.forget(self._id, self._session_id)

    def user_info(self) -> FollowupResult:
        """Ask the provider about the person with the access token. Raises `LoginTestRefused`."""
        _, _, discovery, tokens = self._ready()
        key, title, address = "userinfo", "User info", discovery.userinfo_endpoint
        if not address or not tokens.access_token:
            return FollowupResult(
                failed(key, title, "There is no address or no access token to ask with.", "–")
            )
        try:
            with httpx.Client(**web.client_options(discovery.origins)) as client:
                answer = client.get(address, headers={"authorization": f"Bearer {tokens.access_token}"})
                found = _object(answer.content)
        except (httpx.HTTPError, ConsoleError) as error:
            return FollowupResult(_silent(key, title, address, error))
        if answer.status_code != httpx.codes.OK or not found:
            return FollowupResult(
                failed(
                    key,
                    title,
                    f"The provider answers {answer.status_code}: the access token isn't taken for this.",
                    "The sign-in must ask for the scope openid, and the person must still be signed in.",
                )
            )
        text = f"The provider names {len(found)} facts about the person."
        return FollowupResult(passed(key, title, text), claim_lines(found, time.time()))

    def refresh(self, secret: str = "") -> FollowupResult:
        """Get new tokens with the refresh token, and check them. `secret` is for fields typed by hand."""
        _, flow, discovery, tokens = self._ready()
        key, title = "refresh", "Refresh"
        if not tokens.refresh_token:
            return FollowupResult(
                failed(key, title, "This sign-in gave no refresh token.", "Nothing to try.")
            )
        try:
            with self._client(flow, discovery, secret) as client:
                got: dict[str, Any] = dict(
                    client.fetch_token(
                        discovery.token_endpoint,
                        grant_type="refresh_token",
                        refresh_token=tokens.refresh_token,
                    )
                )
        except AuthlibBaseError as error:
            return FollowupResult(_refused(key, title, error))
        except (httpx.HTTPError, ConsoleError, ValueError) as error:
            return FollowupResult(_silent(key, title, discovery.token_endpoint, error))
        new = Tokens(
            str(got.get("id_token") or ""),
            str(got.get("access_token") or ""),
            str(got.get("refresh_token") or tokens.refresh_token),
        )
        self._tokens.put(self._id, self._session_id, new)
        reports = self._checked(flow, discovery, new)
        broken = [link for report in reports for link in report.checks if link.state == "failed"]
        rotated = " and a new refresh token" if got.get("refresh_token") else ""
        if broken:
            return FollowupResult(
                failed(key, title, f"New tokens came, but: {broken[0].sentence}", broken[0].fix), (), reports
            )
        return FollowupResult(
            passed(key, title, f"New tokens{rotated} came, and every check holds."), (), reports
        )

    def _checked(self, flow: Flow, discovery: Discovery, tokens: Tokens) -> tuple[TokenReport, ...]:
        place = known_pool(self._store, self._store.pools.get(flow.pool_record_id))
        exchange = CodeExchange(flow, discovery, Proofs("", "", ""), "", place)
        now, base = time.time(), expected_of(exchange)
        return tuple(
            check_one(title, token, exchange, expected_for(base, use, None, tokens.access_token), now)[0]
            for title, use, token in (
                ("New ID token", "id", tokens.id_token),
                ("New access token", "access", tokens.access_token),
            )
            if token
        )

    def revoke(self, secret: str = "") -> FollowupResult:
        """Make the refresh token worthless, and with it the access tokens that came of it."""
        _, flow, discovery, tokens = self._ready()
        key, title, address = "revoke", "Revoke", discovery.revocation_endpoint
        if not address or not tokens.refresh_token:
            return FollowupResult(
                failed(key, title, "There is no address or no refresh token to revoke.", "–")
            )
        try:
            with self._client(flow, discovery, secret) as client:
                answer = client.revoke_token(address, token=tokens.refresh_token)
                found = _object(answer.content)
        except (httpx.HTTPError, ConsoleError) as error:
            return FollowupResult(_silent(key, title, address, error))
        if answer.status_code != httpx.codes.OK:
            meaning = meaning_of("refresh", str(found.get("error", answer.status_code)))
            return FollowupResult(failed(key, title, meaning.sentence, meaning.fix))
        return FollowupResult(passed(key, title, "Revoked: a refresh should be refused from now on. Try it."))

    def logout_address(self, target: str) -> str:
        """Where the browser goes to be signed out, and then to `target`. Raises `InvalidValue`."""
        _, flow, discovery, _ = self._ready()
        if not discovery.logout_address:
            raise InvalidValue("The pool has no sign-out page: it has no domain.", field="logout")
        query = urlencode({"client_id": flow.client_id, "logout_uri": target})
        return f"{discovery.logout_address}?{query}"

    def _client(self, flow: Flow, discovery: Discovery, secret: str) -> Any:
        if flow.application_id:
            secret = self._store.applications.secret(flow.application_id)
        return oauth_client(discovery.origins, flow.client_id, secret, flow.auth_method)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _silent(key: str, title: str, address: str, error: Exception) -> Link:
    if isinstance(error, httpx.HTTPError):
        error = web.unreachable(address, error)
    if isinstance(error, ConsoleError):
        return failed(key, title, error.message, error.next_step)
    return failed(key, title, "The provider's answer can't be read.", "Check the discovery URL.")


def _refused(key: str, title: str, error: AuthlibBaseError) -> Link:
    meaning = meaning_of("refresh", str(error.error or ""), str(error.description or ""))
    return failed(key, title, meaning.sentence, meaning.fix)
