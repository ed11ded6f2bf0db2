"""Who can sign in where: against a slow reading, and honest where something wasn't read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audits.access import CAN, access_table, applications_table, by_application, of_person
from services.cognito.models import PasswordPolicy, User, UserStatus
from services.cognito.status import invitation_expired
from services.directory.snapshot import Completeness
from services.directory.standing import AccessVerdict
from services.store.applications import Application
from tests.services.audits.made_pools import GROUPS, T0, World, person, world, worlds


def application(name: str, *groups: str, **roles: str) -> Application:
    return Application("pool", name, "client", allowed_groups=groups, group_roles=roles, id=name)


def slow_verdict(user: User, held: set[str], app: Application) -> AccessVerdict:
    """By hand, one person at a time."""
    if not held & set(app.allowed_groups) or not user.enabled:
        return AccessVerdict.NO
    match user.status:
        case UserStatus.CONFIRMED | UserStatus.EXTERNAL_PROVIDER:
            return AccessVerdict.YES
        case UserStatus.FORCE_CHANGE_PASSWORD:
            expired = invitation_expired(user, PasswordPolicy(), T0)
            if expired is None:
                return AccessVerdict.UNTOLD
            return AccessVerdict.NO if expired else AccessVerdict.STEP
        case UserStatus.RESET_REQUIRED:
            flags = (user.attributes.get(f"{name}_verified") for name in ("email", "phone_number"))
            return AccessVerdict.STEP if "true" in flags else AccessVerdict.NO
        case UserStatus.UNKNOWN:
            return AccessVerdict.UNTOLD
        case _:
            return AccessVerdict.NO


@settings(max_examples=40)
@given(worlds(), st.lists(st.sampled_from(GROUPS), unique=True).map(tuple))
def test_every_verdict_is_that_of_looking_at_each_person(made: World, groups: tuple[str, ...]) -> None:
    app = application("Portal", *groups)
    snapshot = made.snapshot()
    found = by_application(snapshot, app)
    verdicts = {line["Username"]: line for line in found.people.to_dict("records")}
    for sub, user in made.people.items():
        expected = slow_verdict(user, made.held[sub], app)
        single = of_person(snapshot, sub, [app])
        assert single is not None
        assert single[0].verdict is expected
        assert single[0].verdict is AccessVerdict.YES or single[0].why
        through = made.held[sub] & set(groups)
        assert set(single[0].through) == through
        assert (user.username in verdicts) == bool(through)
        if through:
            line = verdicts[user.username]
            assert line[CAN] == expected
            assert set(line["Through group"].split(", ")) == through
    assert not found.gaps


def test_roles_come_through_the_groups_the_strongest_first() -> None:
    made = world({1: ("clerks", "bosses"), 2: ("clerks",), 3: ()})
    from dataclasses import replace  # noqa: PLC0415

    made.groups["bosses"] = replace(made.groups["bosses"], precedence=1)
    app = application("Portal", "clerks", "bosses", clerks="clerk", bosses="approver")
    people = by_application(made.snapshot(), app).people.set_index("Username")
    assert people.loc["p1", "As role"] == "approver, clerk"
    assert people.loc["p1", "Through group"] == "bosses, clerks"
    assert people.loc["p2", "As role"] == "clerk"
    assert "p3" not in people.index


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"enabled": False}, "disabled"),
        ({"status": UserStatus.UNCONFIRMED}, "Not confirmed"),
        ({"status": UserStatus.FORCE_CHANGE_PASSWORD}, "invitation has expired"),
        ({"status": UserStatus.RESET_REQUIRED}, "no code for a new one can reach them"),
        ({"status": UserStatus.COMPROMISED}, "no longer uses"),
        ({"status": UserStatus.UNKNOWN}, "look in AWS"),
    ],
)
def test_one_person_is_told_why(changes: dict[str, object], reason: str) -> None:
    made = world({1: ("billing",)})
    made.people["sub-1"] = person(1, **changes)
    found = of_person(made.snapshot(), "sub-1", [application("Portal", "billing")])
    assert found is not None
    assert reason in " ".join(found[0].why)


def test_a_reset_that_a_code_can_end_is_a_step_of_their_own() -> None:
    made = world({1: ("billing",), 2: ("billing",)})
    verified = {"email": "p1@example.com", "email_verified": "true"}
    made.people["sub-1"] = person(1, status=UserStatus.RESET_REQUIRED, attributes=verified)
    made.people["sub-2"] = person(2, status=UserStatus.RESET_REQUIRED)
    found = by_application(made.snapshot(), application("Portal", "billing"))
    assert (found.count(AccessVerdict.STEP), found.count(AccessVerdict.NO)) == (1, 1)
    assert found.sentence == (
        "0 people can sign in, 1 more after a step of their own; 1 more in its groups can't."
    )


def test_of_whom_it_cannot_be_told_is_said_apart() -> None:
    made = world({1: ("billing",), 2: ("billing",)})
    made.people["sub-1"] = person(1, status=UserStatus.UNKNOWN)
    found = by_application(made.snapshot(), application("Portal", "billing"))
    assert found.sentence.endswith("; 0 more in its groups can't, and of 1 more it can't be told.")


def test_every_reason_is_given_and_not_only_the_first() -> None:
    made = world({1: ("Ops",)})
    made.people["sub-1"] = person(1, enabled=False)
    found = of_person(made.snapshot(), "sub-1", [application("Portal", "billing", "gone")])
    assert found is not None
    assert found[0].why[0] == "The account is disabled."
    assert "not in billing or gone" in found[0].why[1]
    assert "The pool has no group billing or gone" in found[0].why[1]


def test_a_fresh_invitation_lets_in_after_a_step() -> None:
    made = world({1: ("billing",)})
    young = T0 - timedelta(days=2)
    made.people["sub-1"] = person(1, status=UserStatus.FORCE_CHANGE_PASSWORD, created=young, changed=young)
    found = by_application(made.snapshot(), application("Portal", "billing"))
    assert found.count(AccessVerdict.STEP) == 1
    assert "0 people can sign in, 1 more after a step" in found.sentence


def test_nobody_is_called_shut_out_because_of_a_group_that_was_not_read() -> None:
    made = world({1: ("billing",), 2: (), 3: ()})
    made.people["sub-3"] = person(3, enabled=False)
    partly = Completeness(("Ops failed.",), unread_groups=frozenset({"Ops"}))
    made.groups |= world({}, ("Ops",)).groups
    snapshot = made.snapshot(completeness=partly)
    app = application("Portal", "billing", "Ops")
    verdicts = {
        number: found[0].verdict
        for number in (1, 2, 3)
        if (found := of_person(snapshot, f"sub-{number}", [app]))
    }
    assert verdicts == {1: AccessVerdict.YES, 2: AccessVerdict.UNTOLD, 3: AccessVerdict.NO}
    found = by_application(snapshot, app)
    assert "Ops" in found.gaps[0]
    assert found.sentence.startswith("At least 1 person")


def test_people_who_may_be_missing_are_spoken_of() -> None:
    partly = Completeness(("Page 7 failed.",), users_known=False)
    found = by_application(
        world({1: ("billing",)}).snapshot(completeness=partly), application("P", "billing")
    )
    assert "People may be missing" in found.gaps[0]


def test_an_application_without_groups_is_open_to_nobody_and_says_so() -> None:
    found = by_application(world({1: ("billing",)}).snapshot(), application("Portal"))
    assert found.people.empty
    assert found.sentence == "Nobody: no allowed groups are set up for it."


def test_a_group_that_the_pool_lacks_is_known_as_such() -> None:
    found = by_application(world({1: ("billing",)}).snapshot(), application("Portal", "billing", "gone"))
    assert {group.group: group.exists for group in found.groups} == {"billing": True, "gone": False}


def test_somebody_who_is_not_in_the_snapshot_has_no_verdicts() -> None:
    assert of_person(world({}).snapshot(), "sub-9", [application("Portal", "billing")]) is None


def test_the_tables_to_hand_over_name_every_application() -> None:
    snapshot = world({1: ("billing",), 2: ("billing",)}).snapshot()
    found = [
        by_application(snapshot, application("Portal", "billing")),
        by_application(snapshot, application("X")),
    ]
    lines = list(access_table(found).rows())
    assert [line[:2] for line in lines] == [
        ("Portal", "p1@example.com"),
        ("Portal", "p2@example.com"),
        ("X", ""),
    ]
    assert all(len(line) == len(access_table(found).header) for line in lines)
    assert [line[2] for line in applications_table(found).rows()] == [2, 0]
