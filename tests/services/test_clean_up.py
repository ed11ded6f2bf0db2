"""Each night what is kept no longer goes, once, and the log says what it was."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from services.clean_up import CLAIM, clean_up, look_to_clean_up
from services.retention import Retention
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.jobs import JobState, NewJob
from services.store.store import Store
from services.work.task import WorkGround

ANN = Actor("o", "Ann", Role.ADMIN, Origin.BROWSER)
LATER = timedelta(days=100)


def job(store: Store, state: JobState) -> str:
    id = store.jobs.create(
        NewJob("bulk", "x", "staff", {}, "o", "Ann", "browser", state=JobState.PLANNED), []
    ).id
    ended = {"finished_at": utc_now()} if state == JobState.FINISHED else {}
    store.jobs.update(id, state=str(state), **ended)
    return id


def keep(store: Store, **numbers: int) -> None:
    Retention(**numbers).write(store, lambda: ANN)


def test_nothing_goes_before_its_time_and_nothing_is_logged_then(store: Store) -> None:
    job(store, JobState.FINISHED)
    assert not any(clean_up(store, utc_now() + LATER).values())
    assert store.activity.count(action="clean_up") == 0


def test_what_is_kept_no_longer_goes_and_is_said(store: Store) -> None:
    keep(store, job_days=30, plan_days=10, activity_days=60)
    ended, plan, running = (
        job(store, state) for state in (JobState.FINISHED, JobState.PLANNED, JobState.PAUSED)
    )
    erased = clean_up(store, utc_now() + LATER)
    assert (erased["Jobs"], erased["Plans"], erased["Lines of the activity log"]) == (1, 1, 1)
    assert [left.id for left in store.jobs.list()] == [running]
    (line,) = store.activity.search()
    assert (line.action, line.operator_name, line.result) == ("clean_up", "Clean-up", ActivityResult.DONE)
    assert line.after == {"Jobs": 1, "Plans": 1, "Lines of the activity log": 1}
    found = store.activity.chain.check()
    assert (found.intact, found.head.removed) == (True, 1)
    assert {ended, plan}.isdisjoint({left.id for left in store.jobs.list()})


def test_of_a_broken_log_no_line_is_taken_away(store: Store) -> None:
    keep(store, activity_days=60)
    store.activity.record(NewActivity(ANN, "add_pool"))
    with store.database.write() as db:
        db.exec_driver_sql("UPDATE activity SET reason = 'x'")
    assert clean_up(store, utc_now() + LATER)["Lines of the activity log"] == 0
    line = store.activity.search(action="clean_up")[0]
    assert line.result is ActivityResult.FAILED
    assert "isn't intact" in line.error
    assert store.activity.count() == 3


def test_of_several_processes_one_cleans_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr("services.clean_up.clean_up", lambda store: done.append(1))
    ground = WorkGround(store)
    threads = [threading.Thread(target=look_to_clean_up, args=(ground,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    look_to_clean_up(ground)
    assert done == [1]


def test_a_key_is_free_again_after_the_pause(store: Store) -> None:
    assert store.settings.claim(CLAIM, timedelta(hours=1))
    assert not store.settings.claim(CLAIM, timedelta(hours=1))
    assert store.settings.claim(CLAIM, timedelta(0))
