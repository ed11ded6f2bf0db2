"""Planning work by schedule: who may, what is said in the log, pausing, running at once, giving up.

schedules = PlannedWork(store, who)
schedules.add(pool, "Nightly audit", RunAudit(), parse("every day at 05:00"), "Europe/Berlin")
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from services.errors import InvalidValue, NotPermitted
from services.roles import Actor, ActorSource, Permission, roles_that_may
from services.saved import checked_name
from services.schedule.tasks import ScheduledTask, StartJob, dump, load
from services.schedule.timing import Timing, parse, zone_of
from services.store.activity import NewActivity, Why
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.schedules import RunResult, Schedule, ScheduleRun
from services.store.store import Store
from services.words import counted

NOUN = "schedule"


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """What is typed and picked. `runs_as` is who it acts for, with the rights they have at each run."""

    name: str
    task: ScheduledTask
    timing: Timing
    zone: str
    runs_as: Operator


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule as people look at it; `last` is the newest run."""

    record: Schedule
    last: ScheduleRun | None

    @property
    def task(self) -> ScheduledTask:
        """What it does. Raises `InvalidValue` for work that this version doesn't know."""
        return load(self.record.task, self.record.options)

    @property
    def timing(self) -> Timing:
        """When it comes: by cron, or once. Raises `InvalidValue` where the stored text can't be read."""
        return parse(self.record.timing)

    @property
    def is_over(self) -> bool:
        """True if it will not come again."""
        return self.record.next_at is None and not self.record.paused

    @property
    def is_running(self) -> bool:
        """True while somebody carries it out."""
        return self.last is not None and self.last.result is RunResult.RUNNING


def caught_up(run: ScheduleRun) -> str:
    """For how many times that nobody ran it a run made up; "" for none."""
    if not run.missed:
        return ""
    return f"Caught up: it fell due {counted(run.missed, 'more time')} while nobody ran it."


class PlannedWork:
    """The schedules of pools, for whoever `who` says is acting: reading needs READ.

    Everybody plans what they may do themselves, to be done as themselves; administrators for others, too.
    Its owner and administrators change a schedule.
    """

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def of_pool(self, pool: PoolRecord) -> tuple[ScheduleView, ...]:
        """The schedules of a pool, by name, each with its newest run."""
        self._who().require(Permission.READ)
        records = self._store.schedules.of_pool(pool.id)
        newest = self._store.schedule_runs.newest(record.id for record in records)
        return tuple(ScheduleView(record, newest.get(record.id)) for record in records)

    def runs(self, id: str) -> tuple[ScheduleRun, ...]:
        """The newest runs of a schedule, newest first. Raises `RecordNotFound`."""
        self._who().require(Permission.READ)
        self._store.schedules.get(id)
        return self._store.schedule_runs.of(id)

    def file(self, run_id: str) -> bytes:
        """The file that a run made. Raises `NotPermitted`, `RecordNotFound`, `SealBroken`."""
        self._who().require(Permission.EXPORT)
        return self._store.schedule_runs.file(run_id)

    def add(self, pool: PoolRecord, new: NewSchedule) -> Schedule:
        """Plan it, with a line in the log.

        Raises `NotPermitted`, `ProofNeeded` for changes, `NameTaken`, and
        `InvalidValue` or `RecordNotFound` when it can't be done.
        """
        actor = self._allowed(new)
        record = self._checked(pool, new)
        with self._store.together():
            saved = self._store.schedules.add(record)
            self._note(actor, "add_schedule", pool, saved)
        return saved

    def change(self, pool: PoolRecord, id: str, new: NewSchedule) -> Schedule:
        """Replace what it does, when, and as whom. Raises as `add`."""
        actor = self._mine(id)
        self._allowed(new)
        known = self._store.schedules.get(id)
        record = self._checked(pool, new)
        kept = replace(record, id=id, paused=known.paused, owner=known.owner, owned_until=known.owned_until)
        with self._store.together():
            saved = self._store.schedules.update(kept)
            self._note(actor, "change_schedule", pool, saved)
        return saved

    def pause(self, pool: PoolRecord, id: str) -> None:
        """Let it rest until somebody says go on. Raises `NotPermitted`, `RecordNotFound`."""
        actor = self._mine(id)
        with self._store.together():
            self._store.schedules.pause(id, paused=True, next_at=None)
            self._note(actor, "pause_schedule", pool, self._store.schedules.get(id))

    def go_on(self, pool: PoolRecord, id: str) -> None:
        """Let it come again, from now on: what fell into its rest isn't made up for. Raises as `pause`."""
        actor = self._mine(id)
        record = self._store.schedules.get(id)
        next_at = parse(record.timing).after(utc_now(), zone_of(record.zone))
        with self._store.together():
            self._store.schedules.pause(id, paused=False, next_at=next_at)
            self._note(actor, "resume_schedule", pool, self._store.schedules.get(id))

    def run_soon(self, pool: PoolRecord, id: str) -> None:
        """Have it begin now, also when it rests or is over; its times stay. Raises as `pause`."""
        actor = self._mine(id)
        with self._store.together():
            self._store.schedules.pause(id, paused=False, next_at=utc_now())
            self._note(actor, "run_schedule", pool, self._store.schedules.get(id))

    def remove(self, pool: PoolRecord, id: str) -> None:
        """Forget it, its runs and their files. Raises as `pause`."""
        actor = self._mine(id)
        record = self._store.schedules.get(id)
        with self._store.together():
            self._note(actor, "delete_schedule", pool, record)
            self._store.schedules.delete(id)

    def may_change(self, record: Schedule) -> bool:
        """Whether the actor may change it."""
        return _may_change(self._who(), record)

    def _mine(self, id: str) -> Actor:
        actor, record = self._who(), self._store.schedules.get(id)
        if not _may_change(actor, record):
            raise NotPermitted(
                f"“{record.name}” runs as {record.operator_name}; nothing was changed.",
                f"Ask {record.operator_name}, or an administrator.",
            )
        return actor

    def _allowed(self, new: NewSchedule) -> Actor:
        actor = self._who()
        # a plan at a date changes as much as one that is started now
        actor.require(new.task.permission, dangerous=new.task.permission is Permission.BULK)
        if new.runs_as.id != actor.operator_id and not actor.may(Permission.OPERATORS):
            raise NotPermitted(
                "Only an administrator plans work that runs as somebody else; nothing was saved.",
                "Let it run as you, or ask an administrator.",
            )
        owner, permission = new.runs_as, new.task.permission
        if not Actor(owner.id, owner.username, owner.role, actor.origin).may(permission):
            raise NotPermitted(
                f"{owner.username} is {owner.role} and may not do this ({permission}); nothing was saved.",
                f"Let it run as an operator with the role {roles_that_may(permission)}.",
            )
        return actor

    def _checked(self, pool: PoolRecord, new: NewSchedule) -> Schedule:
        new.task.check(self._store, pool)
        if new.task.once and new.timing.once is None:
            raise InvalidValue(
                f"“{new.task.title}” is done once.",
                "Write for example: once on 2026-12-01 at 08:00.",
                field="when",
            )
        next_at = new.timing.after(utc_now(), zone_of(new.zone))
        if next_at is None:
            raise InvalidValue("That time is over.", "Choose one that is to come.", field="when")
        return Schedule(
            pool_record_id=pool.id,
            name=checked_name(new.name, NOUN),
            operator_id=new.runs_as.id,
            operator_name=new.runs_as.username,
            timing=new.timing.kept,
            zone=new.zone,
            task=new.task.kind,
            options=dump(new.task.at(new.timing)),
            next_at=next_at,
        )

    def _note(self, actor: Actor, action: str, pool: PoolRecord, record: Schedule) -> None:
        facts = {
            "does": load(record.task, record.options).title,
            "when": f"{parse(record.timing).words} ({record.zone})",
            "runs as": record.operator_name,
        }
        new = NewActivity(
            actor, action, pool=pool.name, target_kind=NOUN, target_id=record.id, target_name=record.name
        )
        self._store.activity.record(new, after=facts)


def _may_change(actor: Actor, record: Schedule) -> bool:
    return actor.operator_id == record.operator_id or actor.may(Permission.OPERATORS)


def plan_start(
    store: Store,
    who: ActorSource,
    pool: PoolRecord,
    job_id: str,
    at: datetime,
    zone: str,
    why: Why | None = None,
) -> Schedule:
    """Have a saved plan started once, `at` (naive) as a clock in `zone` shows it.

    Raises as `PlannedWork.add`.
    """
    actor, job, said = who(), store.jobs.get(job_id), why or Why()
    return PlannedWork(store, who).add(
        pool,
        NewSchedule(
            name=f"{job.title} ({job_id[-6:]})",
            task=StartJob(job_id, job.title, said.get("reason", ""), said.get("ticket", "")),
            timing=Timing(once=at),
            zone=zone,
            runs_as=store.operators.get(actor.operator_id),
        ),
    )
