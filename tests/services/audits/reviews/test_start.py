"""Memberships are shared out evenly, and nobody gets their own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audits.reviews.population import Membership
from services.audits.reviews.start import is_same_person, share_out
from services.errors import ReviewError
from services.roles import Role
from services.store.operators import Operator
from tests.services.audits.reviews.reviewed import NOW


def operator(name: str, email: str = "") -> Operator:
    return Operator(f"op-{name}", name, name.title(), email, Role.SUPPORT, False, NOW, None)


def member(name: str, email: str = "", **values: str) -> Membership:
    return Membership("billing", f"sub-{name}", name, email or name, email=email, **values)


SAM, ADA, MAX = operator("sam", "sam@example.com"), operator("ada"), operator("max")


@pytest.mark.parametrize(
    "person",
    [
        member("sam"),
        member("SAM"),
        member("x", "Sam@Example.com "),
        member("sam@example.com"),
        member("x", "sam+test@example.com"),
        member("x", preferred_username="sam"),
        member("ｓａｍ"),
    ],
    ids=["username", "case", "e-mail", "e-mail as username", "plus-tag", "preferred username", "full width"],
)
def test_ones_own_membership_is_recognised(person: Membership) -> None:
    assert is_same_person(SAM, person)
    assert not is_same_person(ADA, person)


@pytest.mark.parametrize("person", [member("samuel"), member("x", "sam@elsewhere.org"), member("x")])
def test_somebody_alike_is_somebody_else(person: Membership) -> None:
    assert not is_same_person(SAM, person)


def test_an_operator_without_an_address_is_not_everybody_without_one() -> None:
    assert not is_same_person(replace(ADA, email=""), member("x", ""))


def test_reviewers_get_runs_of_equal_length() -> None:
    shared = share_out([member(f"p{number}") for number in range(7)], [SAM, ADA, MAX])
    assert [reviewer.username for reviewer in shared.reviewers] == ["sam"] * 3 + ["ada"] * 2 + ["max"] * 2
    assert shared.moved == 0


def test_ones_own_goes_to_whoever_has_least() -> None:
    shared = share_out([member("sam"), *(member(f"p{number}") for number in range(4))], [SAM, ADA])
    assert shared.reviewers[0] == ADA
    assert shared.moved == 1


def test_a_review_needs_somebody_else_for_everybody() -> None:
    with pytest.raises(ReviewError, match=r"nobody else is there to decide about sam in billing"):
        share_out([member("p1"), member("sam")], [SAM])
    twins = [SAM, operator("sammy", "sam@example.com")]
    with pytest.raises(ReviewError):
        share_out([member("x", "sam@example.com")], twins)


@given(st.lists(st.sampled_from(["sam", "ada", "max", "p1", "p2"]), min_size=1, max_size=40))
def test_nobody_ever_gets_their_own_and_nothing_is_left_out(names: list[str]) -> None:
    shared = share_out([member(name) for name in names], [SAM, ADA, MAX])
    assert len(shared.reviewers) == len(names)
    assert not any(
        is_same_person(reviewer, member(name)) for reviewer, name in zip(shared.reviewers, names, strict=True)
    )
    if not set(names) & {"sam", "ada", "max"}:
        loads = Counter(reviewer.id for reviewer in shared.reviewers)
        assert max(loads.values()) - min(loads.get(reviewer.id, 0) for reviewer in (SAM, ADA, MAX)) <= 1
