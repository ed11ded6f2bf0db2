"""What waits for one operator in one pool: decisions, findings, passwords, jobs, drafts, failed schedules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.audits.finding_notes import rule_titles, standings
from services.bulk.drafts import drafts_of, kept_until
from services.bulk.handover import PASSWORDS_KEPT, jobs_with_passwords
from services.roles import ActorSource, Permission, allows
from services.store.columns import utc_now
from services.store.jobs import JobControl, JobState
from services.store.pools import PoolRecord
from services.store.schedules import RunResult
from services.store.store import Store
from services.words import counted

LISTED = 20
"""At most so many jobs are looked at."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that waits: what it is called, what is to be done, until when at the latest, and where.

    `page` and `query` lead there; `until` is None for what doesn't run out.
    """

    kind: str
    title: str
    said: str
    page: str
    query: Mapping[str, str]
    until: datetime | None = None


def to_do(store: Store, pool: PoolRecord, who: ActorSource) -> tuple[ToDo, ...]:
    """What waits for whoever is acting, in `pool`: first what runs out first. Raises `NotPermitted`."""
    actor = who()
    actor.require(Permission.READ)
    found = [*_reviews(store, pool, actor.operator_id), *_findings(store, pool, actor.operator_id)]
    if allows(actor.role, Permission.BULK):
        found += [*_passwords(store, pool), *_paused(store, pool), *_drafts(store, pool, who)]
    found += _schedules(store, pool, actor.operator_id, everybodys=allows(actor.role, Permission.BULK))
    ends = [waiting for waiting in found if waiting.until is not None]
    return (
        *sorted(ends, key=lambda waiting: str(waiting.until)),
        *(waiting for waiting in found if waiting.until is None),
    )


def reviews_asking(store: Store, pool_name: str, operator_id: str) -> int:
    """How many memberships open reviews of a pool ask this operator to decide on."""
    return sum(store.campaigns.asking(pool_name, operator_id).values())


def _reviews(store: Store, pool: PoolRecord, operator_id: str) -> Iterator[ToDo]:
    for id, count in store.campaigns.asking(pool.name, operator_id).items():
        campaign = store.campaigns.get(id)
        yield ToDo(
            "Review",
            campaign.title,
            f"{counted(count, 'membership')} to decide on",
            "audits",
            {"tab": "Reviews", "campaign": id},
            campaign.deadline,
        )


def _findings(store: Store, pool: PoolRecord, operator_id: str) -> Iterator[ToDo]:
    """What is assigned to this operator and not accepted, by rule; it may have been mended since."""
    held = standings(store.finding_notes.of_pool(pool.id), utc_now())
    mine = Counter(
        rule
        for (rule, _), standing in held.items()
        if standing.assigned and standing.assigned.assignee_id == operator_id and not standing.accepted
    )
    titles = rule_titles(store, pool)
    for rule, count in mine.items():
        said = f"{counted(count, 'finding')} assigned to you"
        yield ToDo("Findings", titles.get(rule, rule), said, "audits", {"tab": "Findings", "rule": rule})


def _passwords(store: Store, pool: PoolRecord) -> Iterator[ToDo]:
    for job, count in jobs_with_passwords(store, pool.name, LISTED):
        until = job.finished_at + PASSWORDS_KEPT if job.finished_at else None
        yield ToDo(
            "Passwords",
            job.title,
            f"{counted(count, 'temporary password')} to hand over",
            "job",
            {"id": job.id},
            until,
        )


def _paused(store: Store, pool: PoolRecord) -> Iterator[ToDo]:
    for job in store.jobs.list(limit=LISTED, states=[JobState.PAUSED], pool_name=pool.name):
        by_itself = job.control is JobControl.RUN
        said = "waits, and goes on by itself" if by_itself else "paused by an operator"
        yield ToDo("Job", job.title, said, "job", {"id": job.id})


def _drafts(store: Store, pool: PoolRecord, who: ActorSource) -> Iterator[ToDo]:
    for draft in drafts_of(store, pool, who):
        rows = counted(draft.rows, "row") if draft.rows else "how to read it is still open"
        yield ToDo(
            "File",
            draft.name,
            f"not sent yet: {rows}",
            "onboarding",
            {"draft": draft.id},
            kept_until(store, draft),
        )


def _schedules(store: Store, pool: PoolRecord, operator_id: str, *, everybodys: bool) -> Iterator[ToDo]:
    schedules = {found.id: found for found in store.schedules.of_pool(pool.id)}
    for id, run in store.schedule_runs.newest(schedules).items():
        schedule = schedules[id]
        if run.result is RunResult.FAILED and (everybodys or schedule.operator_id == operator_id):
            yield ToDo("Schedule", schedule.name, "its last run failed", "schedule", {"schedule": id})
