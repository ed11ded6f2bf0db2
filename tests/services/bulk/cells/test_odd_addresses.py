"""Addresses that programs changed are kept back, slips in them are said, and others are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.cells.damage import DamageKind
from services.bulk.cells.damage_checks import damage
from services.bulk.cells.odd_addresses import doubt_of
from services.bulk.model import ProblemSeverity, RowVerdict
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, only, said

HEADER = ("username", "email")


@pytest.fixture
def anybody(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    """A pool with plain usernames that asks nothing else of people."""
    return bulk_on(store, cognito, empty_pool())


@pytest.mark.parametrize(
    ("address", "likely"),
    [
        ("ann@x.org.invalid", "ann@x.org"),
        ("ann@x.invalid", None),
        ("ann_example.org#EXT#@contoso.onmicrosoft.com", "ann@example.org"),
        ("ann.ek_b_example.org#ext#@contoso.onmicrosoft.com", "ann.ek_b@example.org"),
    ],
)
def test_an_address_that_a_program_changed_is_kept_back(
    anybody: Bulk, address: str, likely: str | None
) -> None:
    found = damage("email", address)
    assert found is not None
    assert (found.kind, found.likely) == (DamageKind.ODD_SIGN, likely)
    assert only(anybody.plan(HEADER, ("ann", address))).verdict is RowVerdict.INVALID
    if likely:
        repaired = only(anybody.plan(HEADER, ("ann", address), repair=(DamageKind.ODD_SIGN,)))
        assert repaired.verdict is RowVerdict.CREATE
        assert repaired.steps[0].change.expected["attributes"]["email"] == likely


@pytest.mark.parametrize(
    ("address", "likely"),
    [
        ("ann@gmail.com.com", "ann@gmail.com"),
        ("ann@firm.com.com", "ann@firm.com"),
        ("ann@firm.con", "ann@firm.com"),
        ("ann@firm.OGR", "ann@firm.org"),
        ("www.ann@firm.com", "ann@firm.com"),
        ("*ann@firm.com", "ann@firm.com"),
        ("#ann@firm.com", "ann@firm.com"),
        ("deleted-ann@firm.com", ""),
        ("ann.inactive@firm.com", ""),
    ],
)
def test_a_doubtful_address_is_created_with_a_warning(anybody: Bulk, address: str, likely: str) -> None:
    row = only(anybody.plan(HEADER, ("ann", address)))
    assert row.verdict is RowVerdict.CREATE
    (problem,) = [problem for problem in row.problems if problem.attribute == "email"]
    assert problem.severity is ProblemSeverity.WARNING
    assert likely in said(row)


@pytest.mark.parametrize(
    "address",
    [
        *("ann@firm.com", "ann@firm.co", "ann@firm.co.uk", "ann@firm.net", "ann@nett.org", "ann@con.org"),
        *("wwwann@firm.com", "ann#1@firm.com", "inactive@firm.com", "deletedann@firm.com", "ann@dotcom.com"),
        *("ann_ek@firm.com", "o'ann@firm.com", "ann@invalid.org", "_ann@firm.com", "ann@comcom.com"),
    ],
)
def test_addresses_that_people_have_are_left_alone(address: str) -> None:
    assert damage("email", address) is None
    assert doubt_of(address) is None


def test_whoever_has_such_an_address_already_is_meant(anybody: Bulk) -> None:
    address = "ann@x.org.invalid"
    anybody.apply((*HEADER, "nickname"), ("ann", address, "A"), accept=(DamageKind.ODD_SIGN,))
    row = only(anybody.plan((*HEADER, "nickname"), ("ann", address, "Annie")))
    assert row.verdict is RowVerdict.CHANGE
