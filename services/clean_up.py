"""Erasing what is kept no longer, once a night in one of several processes, and saying what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from services.bulk import drafts
from services.bulk.runner import erase_leftovers
from services.directory.snapshots import Snapshots
from services.login.flows import close_left_behind
from services.login.hosted import sweep as sweep_login_tests
from services.retention import Retention
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.health import look_after, note_log
from services.store.jobs import JobState
from services.store.store import Store
from services.work.task import Task, WorkGround

CLAIM = "clean_up.began"
NIGHT = range(2, 5)
"""Hours, where the process runs, in which it cleans up."""
_ENDED = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)
_ACTOR = Actor("clean-up", "Clean-up", Role.ADMIN, Origin.SCHEDULE)
_MOST_JOBS = 1_000_000


def clean_up(store: Store, now: datetime | None = None) -> dict[str, int]:
    """Erase whatever the setting keeps no longer, and log what it was: how many by kind, none left out.

    The log is checked first: of one that isn't intact no line is taken away, and that is logged as failed.
    """
    now = now or utc_now()
    kept = Retention.read(store)
    found_log = store.activity.chain.check()
    note_log(store, found_log)
    intact = found_log.intact
    erase_leftovers(store)
    steps: dict[str, Callable[[], int]] = {
        "Jobs": lambda: _jobs(store, _due(kept, "job_days", now), _ENDED),
        "Plans": lambda: _jobs(store, _due(kept, "plan_days", now), (JobState.PLANNED,)),
        "Uploaded files": lambda: drafts.sweep(store),
        "Reviews": lambda: _reviews(store, _due(kept, "review_days", now)),
        "Snapshots": lambda: _snapshots(store),
        "Results of login tests": lambda: sweep_login_tests(store),
        "Lines of the activity log": lambda: _lines(store, _due(kept, "activity_days", now)) if intact else 0,
    }
    erased = {kind: erase() for kind, erase in steps.items()}
    found = {kind: number for kind, number in erased.items() if number}
    line = NewActivity(_ACTOR, "clean_up", target_kind="setting", target_name="What is kept no longer")
    if not intact:
        said = "The log isn't intact, so no line of it was taken away. Look at the page Activity."
        id = store.activity.intend(line)
        store.activity.finish(id, ActivityResult.FAILED, found, "LogBroken", said)
    elif found:
        store.activity.record(line, after=found)
    return erased


def _due(kept: Retention, name: str, now: datetime) -> datetime | None:
    span = kept.span(name)
    return None if span is None else now - span


def _jobs(store: Store, due: datetime | None, states: tuple[JobState, ...]) -> int:
    if due is None:
        return 0
    old = [
        job.id
        for job in store.jobs.list(states=states, limit=_MOST_JOBS)
        if (job.finished_at or job.created_at) < due
    ]
    for id in old:
        store.jobs.delete(id)
    return len(old)


def _reviews(store: Store, due: datetime | None) -> int:
    return 0 if due is None else store.campaigns.forget(due)


def _snapshots(store: Store) -> int:
    keys = {line.pool_key for line in store.snapshots.list()}
    return sum(Snapshots(store).tidy(key) for key in sorted(keys))


def _lines(store: Store, due: datetime | None) -> int:
    return 0 if due is None else store.activity.forget(due)


def forget_minutes(ground: WorkGround) -> None:
    """Erase what was kept for minutes and is over: login tests under way, their tokens, one-time tickets."""
    close_left_behind(ground.store)
    ground.store.login_tests.sweep()
    ground.store.tickets.sweep()


def look_to_clean_up(ground: WorkGround) -> None:
    """Clean up if it is time and nobody else has: at night, or after a night that nobody was up."""
    hour = utc_now().astimezone().hour
    pause = timedelta(hours=20 if hour in NIGHT else 30)
    if ground.store.settings.claim(CLAIM, pause):
        clean_up(ground.store)


def prove_log(ground: WorkGround) -> None:
    """Look whether the activity log is intact; what isn't is noted, and told."""
    note_log(ground.store, ground.store.activity.chain.check())


def look_after_footing(ground: WorkGround) -> None:
    """Look at the key file and the disk, as the next start of the console would find them."""
    look_after(ground.store)


CLEAN_UP = Task("clean_up", look_to_clean_up, every=600)
FORGET_MINUTES = Task("forget_minutes", forget_minutes, every=300)
PROVE_LOG = Task("prove_log", prove_log, at_start=True)
LOOK_AFTER = Task("look_after", look_after_footing, every=600, at_start=True)
