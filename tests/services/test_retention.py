"""How long things are kept: one setting, with sense, by an administrator, in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.errors import InvalidValue, NotPermitted
from services.retention import KINDS, Retention
from services.roles import Actor, Origin, Role
from services.store.store import Store


def by(role: Role):
    return lambda: Actor("o", "Ann", role, Origin.BROWSER)


def test_without_a_setting_only_what_always_went_goes() -> None:
    kept = Retention()
    assert [name for name in KINDS if kept.span(name) is None] == [
        "activity_days",
        "job_days",
        "plan_days",
        "review_days",
    ]
    assert kept.span("draft_days") == timedelta(days=14)
    assert kept.span("login_test_hours") == timedelta(hours=12)
    assert (kept.snapshots, kept.snapshot_days) == (14, 180)


@pytest.mark.parametrize(
    "wrong",
    [{"snapshots": 0}, {"draft_days": 0}, {"activity_days": 7}, {"job_days": -1}, {"plan_days": 9_999}],
)
def test_numbers_that_can_not_be_meant_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidValue) as refused:
        Retention(**wrong)
    assert refused.value.field == next(iter(wrong))


def test_an_administrator_changes_it_and_the_log_says_so(store: Store) -> None:
    with pytest.raises(NotPermitted):
        Retention().write(store, by(Role.MANAGER))
    Retention(job_days=90).write(store, by(Role.ADMIN), {"reason": "policy 7"})
    assert Retention.read(store) == Retention(job_days=90)
    (line,) = store.activity.search(action="change_setting")
    assert (line.before, line.after, line.reason) == ({"job_days": 0}, {"job_days": 90}, "policy 7")
