"""A console with its cast and a real pool, for work that begins by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.roles import Actor, ActorSource, Origin
from services.schedule.planning import NewSchedule, PlannedWork
from services.schedule.tasks import ScheduledTask, TakeSnapshot
from services.schedule.timing import parse
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.schedules import Schedule
from services.store.store import Store


@dataclass(frozen=True)
class Stage:
    """The store, who works there, and the pool."""

    store: Store
    cast: dict[str, Operator]
    pool: PoolRecord

    def acting(self, name: str) -> ActorSource:
        """The source of this operator, as the store knows them at each call."""

        def who() -> Actor:
            operator = self.store.operators.get(self.cast[name].id)
            return Actor(operator.id, operator.username, operator.role, Origin.BROWSER)

        return who

    def work(self, name: str) -> PlannedWork:
        """The schedules as this operator."""
        return PlannedWork(self.store, self.acting(name))

    def plan(
        self,
        name: str = "ada",
        task: ScheduledTask | None = None,
        *,
        when: str = "every day at 05:00",
        called: str = "Nightly",
        runs_as: str = "",
    ) -> Schedule:
        """Plan something as this operator."""
        operator = self.cast[runs_as or name]
        new = NewSchedule(called, task or TakeSnapshot(), parse(when), "UTC", operator)
        return self.work(name).add(self.pool, new)

    def fall_due(self, schedule: Schedule, ago: timedelta = timedelta(seconds=1)) -> None:
        """Make it due since then."""
        self.store.schedules.pause(schedule.id, paused=False, next_at=utc_now() - ago)


Made = Callable[..., Stage]
