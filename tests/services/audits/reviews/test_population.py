"""What reviewers are told about a membership, and what they aren't."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.audits.reviews.population import (
    canonical,
    keys_of,
    membership_of,
    memberships_of,
    population_hash,
)
from services.cognito.models import User, UserStatus
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Snapshot
from services.words import day
from tests.services.audits.reviews.reviewed import LONG_AGO, NOW, POOL_ID, crowd, person, read, taken


def why(snapshot: PoolTables, name: str, group: str = "billing") -> tuple[str, ...]:
    return next(line.why for line in memberships_of(snapshot, [group], NOW) if line.username == name)


def among(odd: User, number: int = 6) -> PoolTables:
    """One person among so many ordinary ones, all in billing."""
    people = [*crowd(number), odd]
    return taken(people, {"billing": [user.username for user in people]})


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (person("x", enabled=False), "The account is disabled."),
        (
            person("x", status=UserStatus.UNCONFIRMED),
            "Not confirmed: their registration was never finished.",
        ),
        (
            person("x", status=UserStatus.FORCE_CHANGE_PASSWORD),
            f"The invitation ran out about {day(LONG_AGO + timedelta(days=7))} (UTC) and was never used.",
        ),
        (
            person("x", email="x@Elsewhere.org"),
            "The only one in billing with the e-mail domain elsewhere.org; 6 of 7 have example.com.",
        ),
    ],
    ids=["disabled", "unconfirmed", "expired invitation", "outlier"],
)
def test_what_looks_wrong_is_said_in_a_sentence(odd: User, said: str) -> None:
    snapshot = among(odd)
    assert why(snapshot, "x") == (said,)
    assert why(snapshot, "p0") == ()


def test_an_invitation_that_still_works_is_nothing_to_say() -> None:
    fresh = person("x", status=UserStatus.FORCE_CHANGE_PASSWORD, created=NOW, changed=NOW)
    assert why(among(fresh), "x") == ()


def test_nobody_stands_out_where_few_are_or_nobody_is_like_another() -> None:
    assert why(among(person("x", email="x@elsewhere.org"), number=3), "x") == ()
    motley = [person(f"p{number}", email=f"p{number}@home{number}.example") for number in range(8)]
    assert why(taken(motley, {"billing": [reviewer.username for reviewer in motley]}), "p3") == ()
    nobody = [person(f"p{number}", email="") for number in range(8)]
    assert why(taken(nobody, {"billing": [reviewer.username for reviewer in nobody]}), "p3") == ()


def test_two_from_elsewhere_are_no_outliers() -> None:
    people = [*crowd(8), person("x", email="x@else.org"), person("y", email="y@else.org")]
    assert why(taken(people, {"billing": [user.username for user in people]}), "x") == ()


def test_the_only_one_of_another_department_stands_out() -> None:
    people = [person(f"p{number}", attributes={"custom:department": "Sales"}) for number in range(5)]
    people.append(person("x", attributes={"custom:department": "Legal"}))
    assert why(taken(people, {"billing": [user.username for user in people]}), "x") == (
        "The only one in billing with the department Legal; 5 of 6 have Sales.",
    )


def test_somebody_in_unusually_many_groups_stands_out() -> None:
    names = [f"g{number}" for number in range(9)]
    people = [*crowd(12), person("x")]
    memberships = {name: ["x"] for name in names} | {"billing": [user.username for user in people]}
    snapshot = taken(people, memberships, groups=["billing", *names])
    assert why(snapshot, "x") == ("In 10 groups, unusually many: three in four people are in 1 or fewer.",)
    assert why(snapshot, "p1") == ()


def test_groups_that_cognito_makes_itself_are_not_many_groups() -> None:
    names = [f"{POOL_ID}_idp{number}" for number in range(9)]
    people = [*crowd(12), person("x")]
    memberships = {name: ["x"] for name in names} | {"billing": [user.username for user in people]}
    assert why(taken(people, memberships, groups=["billing", *names]), "x") == ()


def test_memberships_come_by_group_with_suggestions_first() -> None:
    people = [*crowd(3), person("zoe", enabled=False)]
    snapshot = taken(people, {"billing": ["p1", "zoe", "p0"], "auditors": ["p2"]})
    found = memberships_of(snapshot, ["billing", "auditors"], NOW)
    assert [(match.group, match.username) for match in found] == [
        ("auditors", "p2"),
        ("billing", "zoe"),
        ("billing", "p0"),
        ("billing", "p1"),
    ]
    assert [membership_of(match.facts("op")) for match in found] == list(found)


def test_the_state_is_the_consoles_own_as_of_the_start() -> None:
    odd = person("x", status=UserStatus.FORCE_CHANGE_PASSWORD, created=NOW, changed=NOW)
    states = [
        next(line.state for line in memberships_of(among(odd), ["billing"], moment) if line.username == "x")
        for moment in (NOW, NOW + timedelta(days=8))
    ]
    assert states == ["Invited", "Invitation expired"]


def test_a_pool_where_nobody_has_an_address_or_a_name_is_read() -> None:
    bare = [person("a", email=""), person("b", email="")]
    snapshot = read(bare, {"billing": ["a", "b"]})
    users = snapshot.users.drop_columns(["email"])
    tables = pool_of(Snapshot(snapshot.about, users, snapshot.groups, snapshot.memberships))
    assert tables.attributes == ()
    assert [line.label for line in memberships_of(tables, ["billing"], NOW)] == ["a", "b"]


def test_the_hash_depends_on_the_memberships_and_not_on_their_order() -> None:
    snapshot = taken(crowd(3), {"billing": ["p0", "p1"]})
    keys = keys_of(memberships_of(snapshot, ["billing"], NOW))
    assert canonical(keys) == b'["billing","sub-p0","p0"]\n["billing","sub-p1","p1"]'
    assert population_hash(keys) == population_hash(keys[::-1])
    assert population_hash(keys) != population_hash(keys[:1])
    assert population_hash([("a", "b", "c,d")]) != population_hash([("a", "b,c", "d")])
