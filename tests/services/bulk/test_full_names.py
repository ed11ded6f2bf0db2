"""Full names are taken apart where a comma or capitals say how, and kept back where nothing does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.cells.damage import DamageKind
from services.bulk.full_names import join_names, parts_of, split_names
from services.bulk.model import RowVerdict
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, only, said


@pytest.fixture
def anybody(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    """A pool with plain usernames that asks nothing else of people."""
    return bulk_on(store, cognito, empty_pool())


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("Ek, Ann", "Ann", "Ek"),
        ("Dr. Ann Maria Ek-Sund", "Ann", "Ek-Sund"),
        ("van der Berg, Jan", "Jan", "van der Berg"),
        ("García Márquez, Gabriel", "Gabriel", "García Márquez"),
    ],
)
def test_full_names_are_split(full: str, first: str, last: str) -> None:
    values = split_names({"name": full})
    assert (values["given_name"], values["family_name"]) == (first, last)
    assert "," not in values["name"]


def test_names_that_stand_apart_already_and_single_ones_are_left_alone() -> None:
    for values in ({"name": "Ek, A", "given_name": "Ann", "family_name": "Ek"}, {"name": "Lee"}, {}):
        kept = {**values, "name": "Ann Ek"} if "given_name" in values else values
        assert split_names(values) == kept


@pytest.mark.parametrize(
    ("full", "first", "last", "written"),
    [
        ("García, María José", "María José", "García", "María José García"),
        ("Müller, Hans Peter", "Hans Peter", "Müller", "Hans Peter Müller"),
        ("Ma, Yo Yo", "Yo Yo", "Ma", "Yo Yo Ma"),
        ("Ek, J D", "J D", "Ek", "J D Ek"),
        ("van den Berg, Jan Willem", "Jan Willem", "van den Berg", "Jan Willem van den Berg"),
        ("Smith, John, Jr.", "John", "Smith", "John Smith Jr."),
        ("Ek, Dr. Ann", "Ann", "Ek", "Dr. Ann Ek"),
        ("Nguyen, Thi Minh Khai", "Thi Minh Khai", "Nguyen", "Thi Minh Khai Nguyen"),
        ("Ek née Berg, Ann", "Ann", "Ek", "Ek née Berg, Ann"),
    ],
)
def test_no_part_of_a_name_with_a_comma_is_lost(full: str, first: str, last: str, written: str) -> None:
    values = split_names({"name": full})
    assert values == {"given_name": first, "family_name": last, "name": written}
    assert parts_of(full).sure


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [
        ("SMITH John", "John", "SMITH"),
        ("GARCÍA LÓPEZ José", "José", "GARCÍA LÓPEZ"),
        ("José GARCÍA LÓPEZ", "José", "GARCÍA LÓPEZ"),
        ("Jan van den BERG", "Jan", "van den BERG"),
        ("J. D. SMITH", "J. D.", "SMITH"),
        ("MARIA EK", "MARIA", "EK"),
        ("Ann EK", "Ann", "EK"),
    ],
)
def test_a_last_name_in_capitals_is_known_by_them(full: str, first: str, last: str) -> None:
    parts = parts_of(full)
    assert (parts.first, parts.last, parts.written, parts.sure) == (first, last, full, True)


@pytest.mark.parametrize(
    "full",
    [
        "Ann Ek",
        "Dr. Ann Ek MBA",
        "Ann M. Ek",
        "Jan van der Berg",
        "Juan de la Cruz",
        "John Smith Jr.",
        "王 小明",
    ],
)
def test_names_that_can_be_read_in_one_way_are_sure(full: str) -> None:
    assert parts_of(full).sure


@pytest.mark.parametrize(
    "full",
    [
        "Иванов Иван Иванович",
        "José García López",
        "von Humboldt Alexander",
        "Ann Maria Ek",
        "Ann Ek - Sales",
        "Ek, Ann - Sales",
        "Ann & Bo Ek",
        "NG Wei",
    ],
)
def test_a_name_whose_last_name_may_begin_elsewhere_makes_nobody_unasked(anybody: Bulk, full: str) -> None:
    rows = (("email", "name"), ("new@example.com", full))
    for options in ({"split_names": True, "usernames": "{mail}"}, {"usernames": "{first}.{last}"}):
        row = only(anybody.plan(*rows, **options))
        assert row.verdict is RowVerdict.INVALID
        assert [problem.kind for problem in row.errors] == [DamageKind.FULL_NAME]
        assert full in said(row)
        taken = only(anybody.plan(*rows, **options, accept=(DamageKind.FULL_NAME,)))
        assert taken.verdict is RowVerdict.CREATE


def test_a_full_name_that_isn_t_taken_apart_is_nobody_s_business(anybody: Bulk) -> None:
    rows = (("email", "name"), ("new@example.com", "José García López"))
    for options in ({}, {"usernames": "{mail}"}):
        assert DamageKind.FULL_NAME not in [
            problem.kind for problem in only(anybody.plan(*rows, **options)).problems
        ]
    apart = (
        ("email", "name", "given_name", "family_name"),
        ("n@example.com", "José García López", "José", "G L"),
    )
    row = only(anybody.plan(*apart, usernames="{first}.{last}", split_names=True))
    assert row.verdict is RowVerdict.CREATE


def test_split_names_are_said_before_anything_is_made(staff: Bulk) -> None:
    plan = staff.plan(
        ("email", "name"), ("ek@example.com", "Ek, Ann"), usernames="{f}{last}", split_names=True
    )
    assert "1 full name is split: “Ek, Ann” is Ann (first name) and Ek (last name)." in plan.remarks
    (create,) = [step.change for step in plan.rows[0].steps if step.change.makes_person]
    assert (
        create.expected["attributes"] | {"given_name": "Ann", "family_name": "Ek", "name": "Ann Ek"}
        == (create.expected["attributes"])
    )
    assert plan.rows[0].who == "ek@example.com (username aek)"


@pytest.mark.parametrize("full", ["King Ek", "Prince Rogers", "Judge Ek", "Baron Davis"])
def test_a_title_that_may_be_a_first_name_is_one_and_not_sure(full: str) -> None:
    parts = parts_of(full)
    assert (parts.first, parts.last) == tuple(full.split())
    assert not parts.sure


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"given_name": "Ann", "family_name": "Ek"}, "Ann Ek"),
        ({"given_name": "Ann", "family_name": "Ek", "name": "A. Ek"}, "A. Ek"),
        ({"given_name": "Ann"}, ""),
        ({"family_name": "Ek", "given_name": ""}, ""),
    ],
)
def test_a_full_name_is_put_together_only_of_both_parts_and_where_there_is_none(
    given: dict[str, str], made: str
) -> None:
    assert join_names(given).get("name", "") == made


def test_where_a_pool_requires_full_names_they_are_put_together_when_asked_and_said(
    store: Store, cognito: Cognito, empty_pool: Callable[..., str], aws_environment: None
) -> None:
    required = {"Name": "name", "Required": True, "Mutable": True, "AttributeDataType": "String"}
    bulk = bulk_on(store, cognito, empty_pool(PoolName="Named", Schema=[required]))
    rows = (("username", "given_name", "family_name"), ("new.one", "Ann", "Ek"), ("new.two", "Bo", ""))
    unasked = bulk.plan(*rows)
    assert "full names are put together" in said(unasked.rows[0])
    assert "Fill in the cell" in said(unasked.rows[1])
    plan = bulk.plan(*rows, join_names=True)
    assert "1 full name is put together: “Ann Ek”." in plan.remarks
    assert [row.verdict for row in plan.rows] == [RowVerdict.CREATE, RowVerdict.INVALID]
    assert plan.rows[0].steps[0].change.expected["attributes"]["name"] == "Ann Ek"
