"""Thresholds are settings of one pool, checked, logged, and changed by those who may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.activity_report import action_title, changes_of
from services.audits.thresholds import NUMBERS, AuditSettings, Thresholds, checked_thresholds, read_thresholds
from services.errors import InvalidValue, NotPermitted
from services.roles import Actor, Origin, Role
from services.store.store import Store

KEY = "|eu-west-1|eu-west-1_Staff"


def settings(store: Store, role: Role = Role.MANAGER) -> AuditSettings:
    return AuditSettings(store, lambda: Actor("op-1", "Max", role, Origin.BROWSER))


def test_a_pool_nobody_has_set_up_has_the_standard_ones(store: Store) -> None:
    assert settings(store).get(KEY) == Thresholds()


def test_a_change_holds_for_its_pool_only_and_is_logged(store: Store) -> None:
    wanted = Thresholds(
        dormant_days=30, apart=(("pay", "approve"), ("approve", "pay")), ignore_automatic=False
    )
    line = settings(store).change(KEY, "staff", wanted, "ticket 7")
    assert settings(store).get(KEY) == replace(wanted, apart=(("approve", "pay"),))
    assert settings(store).get("another") == Thresholds()
    logged = store.activity.get(line)
    assert action_title(logged.action) == "Changed the audit rules of a pool"
    assert (logged.pool, logged.reason, logged.operator_name) == ("staff", "ticket 7", "Max")
    assert {str(change) for change in changes_of(logged)} == {
        "Account not changed for (days): 180 → 30",
        "Ignore the automatic groups of identity providers: yes → no",
        "Groups nobody may hold together: approve + pay",
    }


def test_support_and_auditors_may_not_change_them(store: Store) -> None:
    for role in (Role.AUDITOR, Role.SUPPORT):
        with pytest.raises(NotPermitted):
            settings(store, role).change(KEY, "staff", Thresholds(dormant_days=1))
    assert settings(store).get(KEY) == Thresholds()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [0, -1, 10**6, True, "7", 1.5])
def test_a_number_that_makes_no_sense_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidValue) as raised:
        checked_thresholds(replace(Thresholds(), **{name: value}))
    assert raised.value.field == name


@pytest.mark.parametrize("pair", [("pay", ""), ("", "pay"), ("pay", " pay ")])
def test_a_pair_needs_two_different_groups(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidValue):
        checked_thresholds(Thresholds(apart=(pair,)))


@pytest.mark.parametrize(
    "stored", [[1], "x", {"dormant_days": 0}, {"dormant_days": None}, {"apart": [["a"]]}, {"apart": 3}]
)
def test_a_stored_value_that_makes_no_sense_gives_way_to_the_standard(store: Store, stored: object) -> None:
    store.settings.set(f"audits.thresholds|{KEY}", stored)
    assert read_thresholds(store, KEY) == Thresholds()


def test_an_older_store_lacks_newer_settings(store: Store) -> None:
    store.settings.set(f"audits.thresholds|{KEY}", {"dormant_days": 10, "of_a_later_release": 1})
    assert read_thresholds(store, KEY) == Thresholds(dormant_days=10)
