"""Changes in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.bulk.model import Step, sentence
from services.cognito.actions import (
    ACTIONS,
    AddToGroup,
    Change,
    ClearAttributes,
    CreateUser,
    RemoveFromGroup,
    SetPassword,
    UpdateAttributes,
)
from services.cognito.models import PersonRef, User, UserPool, UserStatus

ANN = PersonRef("ann", "sub-ann", "Ann")


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (CreateUser("ann"), "create the person", "created"),
        (AddToGroup(ANN, group="billing"), "add to group billing", "added to group billing"),
        (RemoveFromGroup(ANN, group="billing"), "remove from group billing", "removed from group billing"),
        (SetPassword(ANN, permanent=True), "set a permanent password", "permanent password set"),
        (
            UpdateAttributes(ANN, attributes={"given_name": "A", "email": "b", "name": "c", "locale": "d"}),
            "change first name and e-mail address and full name and 1 more",
            "changed first name and e-mail address and full name and 1 more",
        ),
        (ClearAttributes(ANN, names=("nickname",)), "clear nickname", "cleared nickname"),
    ],
)
def test_a_change_is_said_before_and_after(change: Change, before: str, after: str) -> None:
    assert (change.wanted, change.done) == (before, after)


def test_every_change_to_a_person_has_words() -> None:
    for action, kind in ACTIONS.items():
        if action.endswith("_user") and action != "create_user":
            assert kind(ANN).wanted != action  # type: ignore[call-arg]
    assert all(kind.verb and kind.past and kind.logged for kind in ACTIONS.values())


def test_parts_become_a_sentence() -> None:
    assert sentence(["created", "added to group a"]) == "Created, added to group a."
    assert sentence([]) == ""


def test_differences_are_told_value_by_value() -> None:
    update = Step(
        UpdateAttributes(ANN, attributes={"given_name": "Anna"}),
        {"attributes": {"given_name": None}},
        {"attributes": {"given_name": "Anna"}},
    )
    assert update.difference == [("First name", "", "Anna")]
    member = Step(RemoveFromGroup(ANN, group="billing"), {"member": True}, {"member": False})
    assert member.difference == [("group billing", "in", "not in")]


def test_a_password_for_somebody_from_elsewhere_is_called_a_second_way_in() -> None:
    """AdminSetUserPassword leaves the federated sign-in working (API reference)."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    elsewhere = User("Okta_ann", "sub", UserStatus.EXTERNAL_PROVIDER, True, now, now)
    reason = SetPassword.refuses(elsewhere, UserPool("eu-west-1_p", "Staff"))
    assert "a second way in, past that provider" in reason
