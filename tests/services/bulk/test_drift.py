"""What changed between the plan and its application."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.bulk.drift import changed_meanwhile, groups_for, wanted_for
from services.bulk.model import RowPlan, RowVerdict
from services.bulk.reading import People
from services.bulk.row_actions import UPSERT
from services.cognito.identities import LinkedIdentity, written_identities
from services.cognito.models import Group, User, UserPool, UserStatus
from services.cognito.people import NameKind

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN = User(
    "ann",
    "sub-ann",
    UserStatus.CONFIRMED,
    True,
    NOW,
    NOW,
    {
        "email": "ann@example.com",
        "name": "Ann",
        "identities": written_identities([LinkedIdentity("Okta", "00u7")]),
    },
)


def people() -> People:
    found = People(UserPool("p", "Pool", case_sensitive=False))
    found.add(ANN)
    found.groups = {"billing": Group("billing")}
    found.learn_members("billing", {"sub-ann"})
    return found


def row(**basis: Any) -> RowPlan:
    return RowPlan(2, "Ann", UPSERT, RowVerdict.CHANGE, basis=basis)


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ({"exists": True, "sub": "sub-ann", "attributes": {"name": "Ann", "nickname": None}}, []),
        ({"exists": True, "sub": "sub-ann", "groups": {"billing": True}, "enabled": True}, []),
        ({"exists": True, "sub": "sub-bo"}, ["Ann is not in the pool any more."]),
        (
            {"exists": True, "sub": "sub-ann", "attributes": {"name": "Anna"}},
            ["Full name was “Anna” and is “Ann” now."],
        ),
        ({"exists": True, "sub": "sub-ann", "enabled": False}, ["The person was enabled meanwhile."]),
        (
            {"exists": True, "sub": "sub-ann", "status": "UNCONFIRMED"},
            ["The status was UNCONFIRMED and is CONFIRMED now."],
        ),
        (
            {"exists": True, "sub": "sub-ann", "groups": {"billing": False}},
            ["The person was added to billing meanwhile."],
        ),
        (
            {"exists": True, "sub": "sub-ann", "groups": {"gone": True}},
            ["The group gone was deleted meanwhile."],
        ),
        ({"exists": True, "sub": "sub-ann", "identities": {"Okta_00u7": True, "Okta_00u8": False}}, []),
        (
            {"exists": True, "sub": "sub-ann", "identities": {"Okta_00u7": False, "Okta_00u8": True}},
            [
                "The person was linked with Okta_00u7 meanwhile.",
                "The person was unlinked from Okta_00u8 meanwhile.",
            ],
        ),
        ({"exists": False, "username": "ANN"}, ["ann@example.com was created meanwhile."]),
        (
            {"exists": False, "username": "x", "email": "Ann@example.com"},
            ["ann@example.com was created meanwhile."],
        ),
        ({"exists": False, "username": "new"}, []),
        ({}, []),
    ],
)
def test_changes_are_told_one_by_one(basis: dict[str, Any], said: list[str]) -> None:
    assert changed_meanwhile(row(**basis), people()) == said


def test_only_what_rows_rely_on_is_read_again() -> None:
    rows = [
        row(exists=True, sub="s1", groups={"a": True}),
        row(exists=False, username="new", email="new@example.com"),
        row(),
    ]
    wanted = wanted_for(rows)
    assert wanted.names == {
        (NameKind.SUB, "s1"),
        (NameKind.USERNAME, "new"),
        (NameKind.EMAIL, "new@example.com"),
    }
    assert groups_for(rows) == {"a"}
