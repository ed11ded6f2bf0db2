"""Sign-ins are looked up for a few people, and only what the pool recorded counts."""

from __future__ import annotations

from typing import Any

import pytest

from services.audits.rule import LastSignIn
from services.audits.sign_ins import MOST, last_sign_ins
from services.cognito.models import PersonRef
from services.cognito.person_reads import AuthEvent
from services.errors import InvalidValue, NotAvailable, UserNotFound
from tests.services.audits.pools import DAY, NOW


class Events:
    """Answers for the gateway, since the embedded Cognito keeps no events."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def auth_events(self, username: str, most: int = 20) -> tuple[AuthEvent, ...]:
        self.asked.append(username)
        answer = self.answers[username]
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)


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


def test_too_many_people_are_refused_before_anybody_is_asked() -> None:
    gateway: Any = Events({})
    with pytest.raises(InvalidValue):
        last_sign_ins(gateway, people(*(f"p{number}" for number in range(MOST + 1))))
    assert gateway.asked == []
