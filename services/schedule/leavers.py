"""Leavers of a file, each seen off at the end of their last day: a schedule for each day.

    planned = Leavers(store, who).plan(pool, last_days(plan.rows), plan.options, plan.title)
    Leavers(store, who).of_person(pool, sub)      # who leaves, when, planned by whom

The newest file counts: whoever is planned for another day already leaves on the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from services.bulk.last_days import END_OF_DAY, LastDay
from services.bulk.model import PlanOptions
from services.errors import RecordNotFound
from services.roles import ActorSource
from services.schedule.planning import NewSchedule, PlannedWork
from services.schedule.tasks import SeeOff, load
from services.schedule.timing import Timing, parse
from services.store.activity import Why
from services.store.columns import new_id
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.schedules import Schedule
from services.store.store import Store
from services.words import calendar_day


@dataclass(frozen=True, slots=True)
class PlannedLeaving:
    """Somebody's last day, as it is planned."""

    schedule: Schedule
    task: SeeOff

    @property
    def day(self) -> date:
        """The person's last day: they are seen off at its end."""
        return self.task.day

    @property
    def rests(self) -> bool:
        """True if it was paused: nothing happens then."""
        return self.schedule.paused


class Leavers:
    """The last days of people of pools, for whoever `who` says is acting."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who
        self._work = PlannedWork(store, who)

    def plan(
        self,
        pool: PoolRecord,
        days: Sequence[LastDay],
        options: PlanOptions,
        source: str = "",
        why: Why | None = None,
        runs_as: Operator | None = None,
    ) -> tuple[Schedule, ...]:
        """Plan a run for the end of each day, as `runs_as` (the one who asks, unless it is said).

        All or nothing. Raises as `PlannedWork.add`, and `NotPermitted` where somebody is planned for
        another day by an operator whose schedules the actor may not change.
        """
        operator = runs_as or self._store.operators.get(self._who().operator_id)
        said = why or Why()
        with self._store.together():
            self._forget(pool, {row.person.sub for day in days for row in day.rows if row.person})
            return tuple(
                self._work.add(pool, _schedule(day, options, source, said, operator)) for day in days
            )

    def of_person(self, pool: PoolRecord, sub: str) -> PlannedLeaving | None:
        """When somebody leaves; None where nothing of the kind is to come. Raises `NotPermitted`."""
        return next((found for found in self._planned(pool) if sub in found.task.people), None)

    def stay(self, pool: PoolRecord, sub: str) -> PlannedLeaving:
        """Take somebody out of those who leave. Raises `NotPermitted`, `RecordNotFound`."""
        found = self.of_person(pool, sub)
        if found is None:
            raise RecordNotFound("Nothing is planned for their last day any more.", "Nothing was changed.")
        self._forget(pool, {sub})
        return found

    def _planned(self, pool: PoolRecord) -> Iterable[PlannedLeaving]:
        for view in self._work.of_pool(pool):
            if view.record.task == SeeOff.kind and not view.is_over:
                task = load(view.record.task, view.record.options)
                if isinstance(task, SeeOff):
                    yield PlannedLeaving(view.record, task)

    def _forget(self, pool: PoolRecord, subs: set[str]) -> None:
        """Take these people out of the runs to come; a run without anybody goes."""
        for found in tuple(self._planned(pool)):
            left = {sub: names for sub, names in found.task.people.items() if sub not in subs}
            if len(left) == len(found.task.people):
                continue
            if not left:
                self._work.remove(pool, found.schedule.id)
                continue
            record = found.schedule
            new = NewSchedule(
                record.name,
                replace(found.task, people=left),
                parse(record.timing),
                record.zone,
                self._store.operators.get(record.operator_id),
            )
            self._work.change(pool, record.id, new)


def _schedule(day: LastDay, options: PlanOptions, source: str, why: Why, operator: Operator) -> NewSchedule:
    people = {
        row.person.sub: {"username": row.person.username, "label": row.label}
        for row in day.rows
        if row.person is not None
    }
    return NewSchedule(
        # two files may name the same day
        name=f"Leavers of {calendar_day(day.day)} ({new_id()[-6:]})",
        task=SeeOff(
            people=people,
            last_day=day.day.isoformat(),
            source=source,
            parts=tuple(options.leaver),
            share=options.share,
            reason=why.get("reason", ""),
            ticket=why.get("ticket", ""),
        ),
        timing=Timing(once=datetime.combine(day.day, END_OF_DAY)),
        zone=options.zone or "UTC",
        runs_as=operator,
    )
