"""What a login test leaves for its next step: sealed in the store, for minutes, for one session.

Any process of the console may be asked for that step.
"""

from __future__ import annotations

from datetime import timedelta

from services.directory.plain_data import from_plain, to_plain
from services.login.flow_steps import Waiting
from services.login.token_text import Tokens
from services.store.store import Store

TOKENS_KEPT = timedelta(minutes=10)
SIGN_INS_KEPT = timedelta(minutes=15)
_TOKENS, _SIGN_IN = "login-test-tokens", "login-test-sign-in"


class KeptTokens:
    """Tokens by test, for ten minutes."""

    def __init__(self, store: Store) -> None:
        self._tickets = store.tickets

    def put(self, test_id: str, session_id: str, tokens: Tokens) -> None:
        """Keep tokens, in the place of earlier ones of the test."""
        self._tickets.keep(_TOKENS, test_id, to_plain(tokens), session_id, TOKENS_KEPT)

    def get(self, test_id: str, session_id: str) -> Tokens | None:
        """The tokens of a test, for its own session only; None when they are gone."""
        found = self._tickets.kept(_TOKENS, test_id, session_id)
        return None if found is None else from_plain(Tokens, found)

    def forget(self, test_id: str, session_id: str) -> None:
        """Drop the tokens of a test at once."""
        self._tickets.take(_TOKENS, test_id, session_id)


class KeptSignIns:
    """Sign-ins through the API by test, for a quarter of an hour after their last step."""

    def __init__(self, store: Store) -> None:
        self._tickets = store.tickets

    def put(self, waiting: Waiting) -> None:
        """Keep a test until its next step."""
        data = to_plain(waiting)
        data.pop("proof")  # of the step that has ended
        self._tickets.keep(_SIGN_IN, waiting.progress.id, data, waiting.session_id, SIGN_INS_KEPT)

    def get(self, id: str, session_id: str) -> Waiting | None:
        """A test of this session; None when it is gone or somebody else's."""
        found = self._tickets.kept(_SIGN_IN, id, session_id)
        return None if found is None else from_plain(Waiting, found)

    def take_step(self, id: str, session_id: str) -> Waiting | None:
        """The same, for one caller only: until it is put back, nobody else finds it."""
        found = self._tickets.take(_SIGN_IN, id, session_id)
        return None if found is None else from_plain(Waiting, found)

    def left_behind(self) -> list[Waiting]:
        """Tests whose time is over, each for one caller only."""
        return [from_plain(Waiting, found) for found in self._tickets.take_overdue(_SIGN_IN)]
