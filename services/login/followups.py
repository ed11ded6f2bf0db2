"""What can be tried with the tokens of a finished test: user info, refresh, revoke, sign-out."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError

from services.errors import ConsoleError, InvalidValue, LoginTestRefused
from services.login import web
from services.login.chain import Link, failed, passed
from services.login.discovery import Discovery
from services.login.exchange import Question, check_one, expected_for, expected_of
from services.login.flow import Flow, Proofs, flow_from
from services.login.hosted import HostedTests, discovery_from
from services.login.http_client import oauth_client
from services.login.places import known_pool
from services.login.provider_errors import meaning_of
from services.login.report import Report, TokenReport
from services.login.token_memory import TOKENS, Tokens
from services.login.words import ClaimLine, claim_lines
from services.roles import ActorSource, Permission
from services.store.store import Store


@dataclass(frozen=True, slots=True)
class Tried:
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

    def _ready(self) -> tuple[Report, Flow, Discovery, Tokens]:
        """Raises `LoginTestRefused` when the tokens are gone, or the test is somebody else's."""
        self._who().require(Permission.LOGIN_TEST)
        report = HostedTests(self._store, self._who, self._session_id).report(self._id)
        tokens = TOKENS.get(self._id, self._session_id)
        if report is None or report.endpoints is None or tokens is None:
            raise LoginTestRefused(
                "The tokens of this test are gone: they are kept for ten minutes, in memory only.",
                "Run the test again.",
            )
        return report, flow_from(report.flow), discovery_from(report.endpoints), tokens

    def tokens(self) -> Tokens:
        """The tokens themselves, to be shown to whoever asks for them. Raises `LoginTestRefused`."""
        return self._ready()[3]

    def forget(self) -> None:
        """Drop the tokens at once."""
        self._who().require(Permission.LOGIN_TEST)
        TOKENS.forget(self._id, self._session_id)

    def user_info(self) -> Tried:
        """Ask the provider about the person with the access token. Raises `LoginTestRefused`."""
        _, _, discovery, tokens = self._ready()
        key, title, address = "userinfo", "User info", discovery.userinfo_endpoint
        if not address or not tokens.access_token:
            return Tried(failed(key, title, "There is no address or no access token to ask with.", "–"))
        try:
            with httpx.Client(**web.client_options(discovery.origins)) as client:
                answer = client.get(address, headers={"authorization": f"Bearer {tokens.access_token}"})
                found = _object(answer.content)
        except (httpx.HTTPError, ConsoleError) as error:
            return Tried(_silent(key, title, address, error))
        if answer.status_code != httpx.codes.OK or not found:
            return Tried(
                failed(
                    key,
                    title,
                    f"The provider answers {answer.status_code}: the access token isn't taken for this.",
                    "The sign-in must ask for the scope openid, and the person must still be signed in.",
                )
            )
        text = f"The provider names {len(found)} facts about the person."
        return Tried(passed(key, title, text), claim_lines(found, time.time()))

    def refresh(self, secret: str = "") -> Tried:
        """Get new tokens with the refresh token, and check them. `secret` is for fields typed by hand."""
        _, flow, discovery, tokens = self._ready()
        key, title = "refresh", "Refresh"
        if not tokens.refresh_token:
            return Tried(failed(key, title, "This sign-in gave no refresh token.", "Nothing to try."))
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
            return Tried(_refused(key, title, error))
        except (httpx.HTTPError, ConsoleError, ValueError) as error:
            return Tried(_silent(key, title, discovery.token_endpoint, error))
        new = Tokens(
            str(got.get("id_token") or ""),
            str(got.get("access_token") or ""),
            str(got.get("refresh_token") or tokens.refresh_token),
        )
        TOKENS.put(self._id, self._session_id, new)
        reports = self._checked(flow, discovery, new)
        broken = [link for one in reports for link in one.checks if link.state == "failed"]
        rotated = " and a new refresh token" if got.get("refresh_token") else ""
        if broken:
            return Tried(
                failed(key, title, f"New tokens came, but: {broken[0].sentence}", broken[0].fix), (), reports
            )
        return Tried(passed(key, title, f"New tokens{rotated} came, and every check holds."), (), reports)

    def _checked(self, flow: Flow, discovery: Discovery, tokens: Tokens) -> tuple[TokenReport, ...]:
        place = known_pool(self._store, self._store.pools.get(flow.pool_record_id))
        question = Question(flow, discovery, Proofs("", "", ""), "", place)
        now, base = time.time(), expected_of(question)
        return tuple(
            check_one(title, token, question, expected_for(base, use, None, tokens.access_token), now)[0]
            for title, use, token in (
                ("New ID token", "id", tokens.id_token),
                ("New access token", "access", tokens.access_token),
            )
            if token
        )

    def revoke(self, secret: str = "") -> Tried:
        """Make the refresh token worthless, and with it the access tokens that came of it."""
        _, flow, discovery, tokens = self._ready()
        key, title, address = "revoke", "Revoke", discovery.revocation_endpoint
        if not address or not tokens.refresh_token:
            return Tried(failed(key, title, "There is no address or no refresh token to revoke.", "–"))
        try:
            with self._client(flow, discovery, secret) as client:
                answer = client.revoke_token(address, token=tokens.refresh_token)
                found = _object(answer.content)
        except (httpx.HTTPError, ConsoleError) as error:
            return Tried(_silent(key, title, address, error))
        if answer.status_code != httpx.codes.OK:
            meaning = meaning_of("refresh", str(found.get("error", answer.status_code)))
            return Tried(failed(key, title, meaning.sentence, meaning.fix))
        return Tried(passed(key, title, "Revoked: a refresh should be refused from now on. Try it."))

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
