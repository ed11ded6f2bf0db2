"""What was found is kept by day, and what is new since the last time is told."""

from __future__ import annotations

import csv
import gc
import io
from dataclasses import replace
from datetime import datetime, timedelta
from weakref import ref

import pytest

from services.audits.audit import Audit, audit
from services.audits.history import KEPT, AuditHistory, history_of
from services.audits.report import AuditReport
from services.audits.rule import Acceptance, AuditContext
from services.directory.snapshot import Completeness
from services.store.operators import Operator
from services.store.store import Store
from services.words import day
from tests.services.audits.reviews.reviewed import NOW, Stage, crowd, person, stage_of, taken

RULE = "disabled_member"


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator]) -> Stage:
    return stage_of(store, cast)


def audited(disabled: tuple[str, ...], at: datetime, **more: object) -> Audit:
    """An audit at `at` of a pool with these disabled people in a group."""
    people = [*crowd(3), *(person(name, enabled=False) for name in disabled)]
    members = {"billing": [user.username for user in people]}
    setting = AuditContext(now=at, accepted=more.pop("accepted", {}))  # type: ignore[arg-type]
    return audit(taken(people, members, taken_at=at, **more), setting)


def told(stage: Stage, made: Audit) -> AuditHistory:
    return history_of(stage.store, stage.pool, made)


def new(history: AuditHistory) -> set[str]:
    return set(history.new[RULE])


def test_the_first_audit_has_nothing_to_compare_with(stage: Stage) -> None:
    history = told(stage, audited(("a",), NOW))
    assert (history.last, dict(history.new), len(history.days)) == (None, {}, 1)


def test_what_was_not_found_the_last_time_is_new(stage: Stage) -> None:
    told(stage, audited(("a",), NOW - timedelta(days=8)))
    told(stage, audited(("a", "b"), NOW - timedelta(days=7)))
    history = told(stage, audited(("b", "c"), NOW))
    assert history.last == NOW - timedelta(days=7)
    assert new(history) == {"sub-c"}
    assert [day.day for day in history.days] == [(NOW - timedelta(days=days)).date() for days in (8, 7, 0)]
    counts = [sum(day.counts.values()) for day in history.days]
    assert counts[1] == counts[0] + 1 == counts[2]


def test_of_each_day_the_newest_audit_stays(stage: Stage) -> None:
    noon = NOW.replace(hour=12)
    told(stage, audited(("a",), noon))
    told(stage, audited(("a", "b"), noon + timedelta(hours=1)))
    (day,) = stage.store.audit_days.of_pool(stage.pool.id)
    assert day.taken_at == noon + timedelta(hours=1)
    assert new(told(stage, audited(("a", "b", "c"), noon + timedelta(days=1)))) == {"sub-c"}


def test_an_earlier_look_at_the_pool_takes_no_later_ones_place(stage: Stage) -> None:
    noon = NOW.replace(hour=12)
    told(stage, audited(("a", "b"), noon))
    told(stage, audited(("a",), noon - timedelta(hours=1)))
    (day,) = stage.store.audit_days.of_pool(stage.pool.id)
    assert day.taken_at == noon


def test_no_audit_is_kept_alive_for_its_history(stage: Stage) -> None:
    made = audited(("a",), NOW)
    known = told(stage, made)
    assert told(stage, made) is known
    held = ref(made)
    del made
    gc.collect()
    assert held() is None


def test_an_audit_that_lacks_something_is_not_kept_and_still_compared(stage: Stage) -> None:
    told(stage, audited(("a",), NOW - timedelta(days=1)))
    partly = Completeness(("billing broke off.",), unread_groups=frozenset({"auditors"}))
    history = told(stage, audited(("a", "b"), NOW, completeness=partly))
    assert len(history.days) == 1
    assert new(history) == {"sub-b"}


def test_what_was_accepted_is_not_new_when_the_acceptance_ends(stage: Stage) -> None:
    held = {(RULE, "sub-a"): Acceptance(NOW, "max", "known")}
    before = audited(("a", "b"), NOW - timedelta(days=1), accepted=held)
    assert RULE in {result.rule.id for result in before.results if len(result.accepted)}
    told(stage, before)
    assert new(told(stage, audited(("a", "b"), NOW))) == set()


def test_what_is_accepted_already_is_not_counted_as_new(stage: Stage) -> None:
    told(stage, audited(("a",), NOW - timedelta(days=1)))
    held = {(RULE, "sub-b"): Acceptance(NOW, "max", "known")}
    assert new(told(stage, audited(("a", "b", "c"), NOW, accepted=held))) == {"sub-c"}


def test_names_of_nobody_are_kept_and_old_days_go(stage: Stage) -> None:
    told(stage, audited(("a",), NOW - KEPT - timedelta(days=1)))
    told(stage, audited(("a",), NOW))
    assert [day.day for day in stage.store.audit_days.of_pool(stage.pool.id)] == [NOW.date()]
    _, found = stage.store.audit_days.last_before(stage.pool.id, NOW.date() + timedelta(days=1)) or (0, {})
    assert "sub-a" not in str(found)
    assert len(found[RULE]) == 1


def test_days_go_with_their_pool(stage: Stage) -> None:
    told(stage, audited(("a",), NOW))
    stage.store.pools.delete(stage.pool.id)
    assert stage.store.audit_days.of_pool(stage.pool.id) == ()


def test_the_same_audit_is_looked_up_once(stage: Stage) -> None:
    made = audited(("a",), NOW)
    first = told(stage, made)
    assert told(stage, made) is first
    assert told(stage, replace(made)) is not first


def test_a_report_says_what_is_new_draws_the_days_and_marks_each_finding(stage: Stage) -> None:
    told(stage, audited(("a",), NOW - timedelta(days=7)))
    made = audited(("a", "b"), NOW)
    report = AuditReport(made, "Ada", NOW, told(stage, made))
    page = report.html().decode()
    assert f"new since {day(NOW - timedelta(days=7))}, when the pool was audited" in page
    assert "<td>new</td>" in page
    assert f"{(NOW - timedelta(days=7)).date()}: " in page  # the picture in words
    lines = csv.DictReader(io.StringIO(report.csv().decode("utf-8-sig")))
    marks = {line["username"]: line["new_since_utc"] for line in lines if line["rule"] == RULE}
    assert (marks["a"], bool(marks["b"])) == ("", True)
    assert "new since" not in AuditReport(made, "Ada", NOW).html().decode()
