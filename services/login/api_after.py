"""What can be tried with the tokens of a finished sign-in through the API: refresh, revoke."""

from __future__ import annotations

from abc import ABC, abstractmethod

from services.errors import CognitoError, LoginTestRefused
from services.login.api_memory import API_TESTS, Waiting
from services.login.api_report import checked
from services.login.api_steps import proof_of
from services.login.chain import Link, doubtful, failed, passed
from services.login.jwt_text import NotAToken, take_apart
from services.login.places import known_pool
from services.login.report import TokenReport
from services.login.token_memory import TOKENS, Tokens
from services.pool_session import PoolSession
from services.roles import Actor
from services.store.store import Store


class AfterSignIn(ABC):
    """The part of `ApiTests` that comes after a sign-in."""

    _store: Store
    _pool_session: PoolSession
    _session_id: str

    @abstractmethod
    def _actor(self) -> Actor:
        """Who is acting now, once the permission is proved."""

    def refresh(self, id: str) -> tuple[Link, tuple[TokenReport, ...]]:
        """New tokens for a finished sign-in of this session, checked. Raises `LoginTestRefused`."""
        self._actor()
        waiting, tokens = self._finished(id)
        client, title = waiting.subject.client, "Refresh"
        try:
            name = str(take_apart(tokens.access_token).claims.get("username") or waiting.subject.username)
            answer = self._pool_session.gateway.refresh_sign_in(
                proof_of(waiting.subject), tokens.refresh_token, name, rotates=client.refresh_rotation
            )
        except (CognitoError, NotAToken) as error:
            return failed("refresh", title, error.message, error.next_step), ()
        fresh = Tokens(answer.id_token, answer.access_token, answer.refresh_token or tokens.refresh_token)
        TOKENS.put(id, self._session_id, fresh)
        reports, _ = checked(known_pool(self._store, self._pool_session.pool), waiting.subject, fresh)
        return passed("refresh", title, "Cognito gave new tokens."), tuple(reports)

    def revoke(self, id: str) -> Link:
        """Make the tokens of a finished sign-in worthless. Raises `LoginTestRefused`."""
        self._actor()
        waiting, tokens = self._finished(id)
        title = "Revoke"
        try:
            done = self._pool_session.gateway.revoke_sign_in(proof_of(waiting.subject), tokens.refresh_token)
        except CognitoError as error:
            return failed("revoke", title, error.message, error.next_step)
        TOKENS.forget(id, self._session_id)
        if not done:
            text = "This backend can't revoke tokens; the console has forgotten them."
            return doubtful("revoke", title, text, "Sign the person out everywhere on their user page.")
        return passed("revoke", title, "The refresh token is worthless now, and forgotten here.")

    def _finished(self, id: str) -> tuple[Waiting, Tokens]:
        waiting, tokens = API_TESTS.get(id, self._session_id), TOKENS.get(id, self._session_id)
        if waiting is None or tokens is None or not tokens.refresh_token:
            raise LoginTestRefused(
                "The tokens of this test are gone: they are kept for ten minutes, in memory only.",
                "Sign in again.",
            )
        return waiting, tokens
