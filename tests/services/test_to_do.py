"""What waits for an operator: what runs out first comes first, and only what is theirs."""

from __future__ import annotations

from datetime import timedelta

from services.bulk import drafts
from services.store.columns import utc_now
from services.store.jobs import JobState
from services.store.operators import Operator
from services.store.schedules import RunResult, Schedule
from services.store.store import Store
from services.to_do import reviews_asking, to_do
from tests.services.notices.test_news import start_review
from tests.services.notices.told import acting, ended_job, make_pool

Cast = dict[str, Operator]


def kinds(store: Store, pool: object, operator: Operator) -> list[str]:
    return [found.kind for found in to_do(store, pool, acting(operator))]  # type: ignore[arg-type]


def test_nothing_waits_in_a_new_pool(store: Store, cast: Cast) -> None:
    assert to_do(store, make_pool(store), acting(cast["ann"])) == ()


def test_a_review_waits_for_its_reviewers_alone(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    campaign = start_review(store, pool, [cast["ada"]], days=3)
    (found,) = to_do(store, pool, acting(cast["ada"]))
    assert (found.kind, found.said) == ("Review", "1 membership to decide on")
    assert (found.page, dict(found.query)) == ("audits", {"tab": "Reviews", "campaign": campaign.id})
    assert to_do(store, pool, acting(cast["ann"])) == ()
    assert (reviews_asking(store, pool.name, cast["ada"].id), reviews_asking(store, pool.name, "x")) == (1, 0)


def test_passwords_and_paused_jobs_wait_for_whoever_does_bulk_work(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    ended_job(store, pool, passwords=True)
    store.jobs.update(ended_job(store, pool).id, state=JobState.PAUSED, finished_at=None)
    ended_job(store, make_pool(store, "other"), passwords=True)
    assert kinds(store, pool, cast["max"]) == ["Passwords", "Job"]
    assert kinds(store, pool, cast["sam"]) == []


def test_a_file_waits_for_whoever_uploaded_it(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    drafts.begin(store, pool, acting(cast["max"]), "new.csv", b"username\nann\nbob\n")
    (found,) = to_do(store, pool, acting(cast["max"]))
    assert (found.kind, found.title, found.said) == (
        "File",
        "new.csv",
        "not sent yet: how to read it is still open",
    )
    assert kinds(store, pool, cast["ann"]) == []


def test_a_schedule_waits_while_its_last_run_failed(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    schedule = store.schedules.add(
        Schedule(
            pool_record_id=pool.id,
            name="Nightly",
            operator_id=cast["ada"].id,
            operator_name="ada",
            timing="0 5 * * *",
            zone="UTC",
            task="audit",
            options={},
        )
    )
    for result in (RunResult.DONE, RunResult.FAILED):
        store.schedule_runs.end(store.schedule_runs.begin(schedule.id, utc_now(), 0), result, "No answer.")
    # for whom it works, and for managers
    assert [kinds(store, pool, cast[who]) for who in ("ada", "sam", "max")] == [
        ["Schedule"],
        [],
        ["Schedule"],
    ]
    store.schedule_runs.end(store.schedule_runs.begin(schedule.id, utc_now(), 0), RunResult.DONE, "Done.")
    assert kinds(store, pool, cast["ada"]) == []


def test_what_runs_out_first_comes_first(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    ended_job(store, pool, passwords=True, ago=timedelta(days=1))
    start_review(store, pool, [cast["max"]], days=1)
    start_review(store, pool, [cast["max"]], days=9)
    store.jobs.update(ended_job(store, pool).id, state=JobState.PAUSED, finished_at=None)
    assert kinds(store, pool, cast["max"]) == ["Review", "Passwords", "Review", "Job"]
