"""Schedules of a pool, what came of them, and the files that they made."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from services.errors import RecordNotFound
from services.store.columns import new_id, utc_now
from services.store.records import ELSEWHERE, NamedRecords, Record, Records, by_name, from_row
from services.store.schema import schedule_files, schedule_runs, schedules


class RunResult(StrEnum):
    """How a run ended. ATTENTION: it worked, and what it found wants somebody to look."""

    RUNNING = "running"
    DONE = "done"
    ATTENTION = "attention"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Record):
    """One piece of work that begins by itself, for one pool.

    `timing` as `services.schedule.timing` keeps it, `zone` an IANA name; `task` and `options` as
    `services.schedule.tasks` writes them. It acts as the operator of `operator_id`. `next_at` is None
    when it is over; `owner` and `owned_until` are the lease of the process that runs it now.
    """

    pool_record_id: str
    name: str
    operator_id: str
    operator_name: str
    timing: str
    zone: str
    task: str
    options: Mapping[str, Any] = field(metadata=ELSEWHERE)
    paused: bool = False
    next_at: datetime | None = None
    owner: str = ""
    owned_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRun:
    """What came of a schedule once. `said` is a sentence; `missed` counts earlier times that nobody ran.

    `filename` is "" without a file; `job_id` and `campaign_id` lead to what it began.
    """

    id: str
    schedule_id: str
    due_at: datetime
    started_at: datetime
    finished_at: datetime | None
    result: RunResult
    missed: int
    said: str
    filename: str
    bytes: int
    job_id: str
    campaign_id: str


class Schedules(NamedRecords[Schedule]):
    """Owner of the table `schedules`. What a schedule does is sealed: it may name people."""

    kind = Schedule
    table = schedules
    taken = "Another schedule of this pool is called “{name}”. Nothing was saved."
    gone = ("This schedule is not there any more.", "Look at the list of schedules.")

    def of_pool(self, pool_record_id: str) -> tuple[Schedule, ...]:
        """The schedules of a pool, by name. Raises `SealBroken`."""
        return self._listed(by_name(schedules).where(schedules.c.pool_record_id == pool_record_id))

    def due(self, now: datetime) -> tuple[str, ...]:
        """The ids of those whose time has come and that nobody runs, the longest due first."""
        free = or_(schedules.c.owned_until.is_(None), schedules.c.owned_until < now)
        query = select(schedules.c.id).where(schedules.c.paused.is_(False), schedules.c.next_at <= now, free)
        return tuple(row.id for row in self._all(query.order_by(schedules.c.next_at)))

    def first_due(self) -> datetime | None:
        """When the next of all is due; None when nothing is."""
        query = select(schedules.c.next_at).where(
            schedules.c.paused.is_(False), schedules.c.next_at.is_not(None)
        )
        row = self._first(query.order_by(schedules.c.next_at).limit(1))
        return None if row is None else row.next_at

    def take_lease(
        self, id: str, owner: str, lifetime: timedelta, *, due_before: datetime | None = None
    ) -> bool:
        """Become the only process that runs it; False while another does, or it isn't due any more."""
        now = utc_now()
        free = or_(
            schedules.c.owner.in_(("", owner)),
            schedules.c.owned_until.is_(None),
            schedules.c.owned_until < now,
        )
        query = update(schedules).where(schedules.c.id == id, free)
        if due_before is not None:
            query = query.where(schedules.c.paused.is_(False), schedules.c.next_at <= due_before)
        return bool(self._write(query.values(owner=owner, owned_until=now + lifetime)))

    def keep_lease(self, id: str, owner: str, lifetime: timedelta) -> bool:
        """The heartbeat of whoever runs it; False where they don't any more. A lease that was given up stays
        so, however late a beat comes."""
        mine = (schedules.c.id == id, schedules.c.owner == owner)
        return bool(self._write(update(schedules).where(*mine).values(owned_until=utc_now() + lifetime)))

    def move_on(self, id: str, owner: str, next_at: datetime | None) -> None:
        """Set when it is due next and give the lease up, unless another process has it by now."""
        values = {"next_at": next_at, "owner": "", "owned_until": None}
        self._write(update(schedules).where(schedules.c.id == id, schedules.c.owner == owner).values(values))

    def memory(self, id: str) -> Any:
        """What the last run left for the next one (JSON-ready); None before there was any."""
        return self._open(schedules.c.memory, self._row(id).memory, id)

    def remember(self, id: str, memory: Any) -> None:
        """Keep what a run leaves for the next one."""
        sealed = self._seal(schedules.c.memory, memory, id)
        self._write(update(schedules).where(schedules.c.id == id).values(memory=sealed))

    def pause(self, id: str, *, paused: bool, next_at: datetime | None) -> None:
        """Let it rest, or go on from `next_at`. Raises `RecordNotFound`."""
        values = {"paused": paused, "next_at": next_at, "changed_at": utc_now()}
        if not self._write(update(schedules).where(schedules.c.id == id).values(values)):
            raise self._missing()

    def _record(self, row: Row[Any]) -> Schedule:
        return from_row(Schedule, row, options=self._open(schedules.c.options, row.options, row.id))

    def _values(self, record: Schedule) -> dict[str, Any]:
        options = self._seal(schedules.c.options, dict(record.options), record.id)
        return {**super()._values(record), "options": options}


class ScheduleRuns(Records):
    """Owner of the tables `schedule_runs` and `schedule_files`."""

    def begin(self, schedule_id: str, due_at: datetime, missed: int) -> str:
        """Write that a run begins; its id. Raises `RecordNotFound` when the schedule is gone."""
        id = new_id()
        values = {
            "id": id,
            "schedule_id": schedule_id,
            "due_at": due_at,
            "started_at": utc_now(),
            "result": str(RunResult.RUNNING),
            "missed": missed,
            "filename": "",
            "bytes": 0,
            "job_id": "",
            "campaign_id": "",
        }
        self._write(insert(schedule_runs).values(values))
        return id

    def end(
        self,
        id: str,
        result: RunResult,
        said: str,
        *,
        filename: str = "",
        data: bytes = b"",
        job_id: str = "",
        campaign_id: str = "",
    ) -> None:
        """Write what came of it, with the file that it made (sealed)."""
        packed = zlib.compress(data, 3) if filename else b""
        values = {
            "finished_at": utc_now(),
            "result": str(result),
            "said": self._seal(schedule_runs.c.said, said, id),
            "filename": filename,
            "bytes": len(data),
            "job_id": job_id,
            "campaign_id": campaign_id,
        }
        with self._database.write() as db:
            db.execute(update(schedule_runs).where(schedule_runs.c.id == id).values(values))
            for piece in self._seal_pieces(schedule_files.c.data, packed, id) if filename else ():
                db.execute(insert(schedule_files), [{"run_id": id, **piece}])

    def get(self, id: str) -> ScheduleRun:
        """One run. Raises `RecordNotFound`, `SealBroken`."""
        row = self._first(select(schedule_runs).where(schedule_runs.c.id == id))
        if row is None:
            raise RecordNotFound("This run is not on record any more.", "Look at the list of schedules.")
        return self._run(row)

    def of(self, schedule_id: str, limit: int = 20) -> tuple[ScheduleRun, ...]:
        """The newest runs of a schedule, newest first."""
        query = select(schedule_runs).where(schedule_runs.c.schedule_id == schedule_id)
        return tuple(map(self._run, self._all(query.order_by(schedule_runs.c.id.desc()).limit(limit))))

    def newest(self, schedule_ids: Iterable[str]) -> dict[str, ScheduleRun]:
        """The newest run of each schedule that has one, by the schedule's id."""
        found = ((id, self.of(id, 1)) for id in schedule_ids)
        return {id: runs[0] for id, runs in found if runs}

    def file(self, id: str) -> bytes:
        """The file that a run made. Raises `RecordNotFound` when it made none, `SealBroken`."""
        if not self.get(id).filename:
            raise RecordNotFound("This run made no file.", "Look at what it said.")
        return zlib.decompress(self._open_pieces(schedule_files.c.data, id))

    def unfinished(self) -> tuple[ScheduleRun, ...]:
        """Runs that nobody wrote the end of."""
        query = select(schedule_runs).where(schedule_runs.c.result == str(RunResult.RUNNING))
        return tuple(map(self._run, self._all(query)))

    def keep_newest(self, schedule_id: str, count: int) -> int:
        """Forget all but the newest `count` runs of a schedule, with their files; how many there were."""
        newest = (
            select(schedule_runs.c.id)
            .where(schedule_runs.c.schedule_id == schedule_id)
            .order_by(schedule_runs.c.id.desc())
            .limit(count)
        )
        with self._database.read() as db:
            kept = [row.id for row in db.execute(newest)]
        old = delete(schedule_runs).where(
            schedule_runs.c.schedule_id == schedule_id, schedule_runs.c.id.not_in(kept)
        )
        return self._write(old)

    def _run(self, row: Row[Any]) -> ScheduleRun:
        return from_row(ScheduleRun, row, said=self._open(schedule_runs.c.said, row.said, row.id) or "")
