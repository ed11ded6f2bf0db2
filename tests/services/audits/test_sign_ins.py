"""Sign-ins are looked up for a few people, and only what the pool recorded counts."""

from __future__ import annotations

from typing import Any

import pytest

from services.audits.rule import LastSignIn
from services.audits.sign_ins import MOST, last_sign_ins
from services.cognito.models import PersonRef
from services.cognito.person_reads import AuthEvent, UserSession
from services.errors import InvalidValue, NotAvailable, UserNotFound
from tests.services.audits.pools import DAY, NOW


class Events:
    """Answers for the gateway; `live` are sessions by username, None where the pool has none at all."""

    def __init__(
        self, answers: dict[str, Any], live: dict[str, tuple[UserSession, ...]] | None = None
    ) -> None:
        self.answers = answers
        self.live = live
        self.asked: list[str] = []

    def auth_events(self, username: str, most: int = 20) -> tuple[AuthEvent, ...]:
        self.asked.append(username)
        answer = self.answers[username]
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)

    def sessions(self, username: str) -> tuple[UserSession, ...]:
        if self.live is None:
            raise NotAvailable("No sessions here.")
        return self.live.get(username, ())


def people(*names: str) -> list[PersonRef]:
    return [PersonRef(name, f"sub-{name}", name) for name in names]


def test_the_newest_successful_sign_in_counts() -> None:
    gateway: Any = Events(
        {
            "ann": [
                AuthEvent(NOW, "SignIn", "Fail"),
                AuthEvent(NOW - DAY, "ForgotPassword", "Pass"),
                AuthEvent(NOW - 3 * DAY, "SignIn", "Pass"),
                AuthEvent(NOW - 2 * DAY, "SignIn", "Pass"),
            ],
            "bo": [],
            "gone": UserNotFound("Nobody."),
        }
    )
    seen: list[int] = []
    found = last_sign_ins(gateway, people("ann", "bo", "gone"), lambda done, of: seen.append(done))
    assert found == {"sub-ann": LastSignIn(NOW - 2 * DAY), "sub-bo": LastSignIn(None)}
    assert seen == [0, 1, 2]


def test_a_pool_without_events_says_so_and_nobody_else_is_asked() -> None:
    gateway: Any = Events({"ann": NotAvailable("Threat protection is off."), "bo": []})
    with pytest.raises(NotAvailable):
        last_sign_ins(gateway, people("ann", "bo"))
    assert gateway.asked == ["ann"]


def test_live_sessions_prove_activity_and_their_absence_nothing() -> None:
    off = NotAvailable("Threat protection is off.")
    live = {
        "ann": (UserSession("tkn1", last_active=NOW - DAY), UserSession("tkn2", last_active=NOW - 9 * DAY))
    }
    gateway: Any = Events({"ann": off, "bo": off}, live)
    assert last_sign_ins(gateway, people("ann", "bo")) == {"sub-ann": LastSignIn(NOW - DAY)}
    recorded: Any = Events({"ann": [AuthEvent(NOW - 3 * DAY, "SignIn", "Pass")]}, live)
    assert last_sign_ins(recorded, people("ann")) == {"sub-ann": LastSignIn(NOW - DAY)}


def test_too_many_people_are_refused_before_anybody_is_asked() -> None:
    gateway: Any = Events({})
    with pytest.raises(InvalidValue):
        last_sign_ins(gateway, people(*(f"p{number}" for number in range(MOST + 1))))
    assert gateway.asked == []
