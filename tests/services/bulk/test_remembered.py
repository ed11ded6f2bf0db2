"""What columns mean is chosen once for a pool and a set of headings."""

from __future__ import annotations

import pytest

from services.bulk import remembered
from services.bulk.columns import ColumnMap, recognise
from services.bulk.remembered import recall, remember
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import UserPool
from services.errors import NotPermitted
from services.roles import Actor, Origin, Role
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store

POOL = UserPool("p", "Staff", schema=STANDARD_SCHEMA)
HEADINGS = ("Kürzel", "E-mail", "Abteilung")


def max_() -> Actor:
    return Actor("3", "Max", Role.MANAGER, Origin.BROWSER)


@pytest.fixture
def pools(store: Store) -> tuple[PoolRecord, ...]:
    aws = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return tuple(store.pools.add(PoolRecord(aws.id, name, name)) for name in ("staff", "customers"))


def recognised(*headings: str) -> ColumnMap:
    return recognise(headings, POOL)


def chosen(*headings: str) -> ColumnMap:
    """The same with the first column as username."""
    return recognised(*headings).assign(headings.index("Kürzel"), "username")


def test_the_same_headings_mean_the_same_next_time_in_any_order(
    store: Store, pools: tuple[PoolRecord, ...]
) -> None:
    remember(store, pools[0], max_, chosen(*HEADINGS), recognised(*HEADINGS))
    found = recall(store, pools[0], recognised("abteilung", "E-Mail", "Kürzel"))
    assert found is not None
    assert found.columns.used == {"email": 1, "username": 2}
    assert found.operator_name == "Max"


def test_a_file_of_rows_to_fix_has_the_headings_of_its_original(
    store: Store, pools: tuple[PoolRecord, ...]
) -> None:
    remember(store, pools[0], max_, chosen(*HEADINGS), recognised(*HEADINGS))
    found = recall(store, pools[0], recognised(*HEADINGS, "outcome", "message", "how to fix"))
    assert found is not None
    assert found.columns.used == {"username": 0, "email": 1}


def test_other_headings_and_other_pools_are_not_meant(store: Store, pools: tuple[PoolRecord, ...]) -> None:
    remember(store, pools[0], max_, chosen(*HEADINGS), recognised(*HEADINGS))
    assert recall(store, pools[0], recognised(*HEADINGS, "Team")) is None
    assert recall(store, pools[1], recognised(*HEADINGS)) is None


def test_what_is_only_recognised_is_not_kept_and_a_choice_can_be_taken_back(
    store: Store, pools: tuple[PoolRecord, ...]
) -> None:
    remember(store, pools[0], max_, recognised(*HEADINGS), recognised(*HEADINGS))
    assert recall(store, pools[0], recognised(*HEADINGS)) is None
    remember(store, pools[0], max_, chosen(*HEADINGS), recognised(*HEADINGS))
    remember(store, pools[0], max_, recognised(*HEADINGS), recognised(*HEADINGS))
    assert recall(store, pools[0], recognised(*HEADINGS)) is None


def test_the_oldest_are_forgotten_when_there_are_too_many(
    store: Store, pools: tuple[PoolRecord, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    for more in ("a", "b", "c"):
        remember(store, pools[0], max_, chosen(*HEADINGS, more), recognised(*HEADINGS, more))
    assert recall(store, pools[0], recognised(*HEADINGS, "a")) is None
    assert recall(store, pools[0], recognised(*HEADINGS, "c")) is not None


def test_whoever_may_not_do_bulk_work_chooses_nothing(store: Store, pools: tuple[PoolRecord, ...]) -> None:
    sam = Actor("2", "Sam", Role.SUPPORT, Origin.BROWSER)
    with pytest.raises(NotPermitted):
        remember(store, pools[0], lambda: sam, chosen(*HEADINGS), recognised(*HEADINGS))
