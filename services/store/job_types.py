"""Jobs as typed values: what they are, their rows, and the lines of their journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a job stands. SAVING: its rows are still being written, nobody sees it yet."""

    SAVING = "saving"
    PLANNED = "planned"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"


class JobControl(StrEnum):
    """What an operator last asked of a job."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


class StepState(StrEnum):
    """Where a step stands in the journal."""

    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class NewJob:
    """What makes a job. `target` says where it works, JSON-ready; `options` how."""

    kind: str
    title: str
    pool_name: str
    target: Mapping[str, Any]
    created_by: str
    created_by_name: str
    origin: str
    options: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    undo_of: str = ""
    state: JobState = JobState.PLANNED


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job, without its rows."""

    id: str
    kind: str
    title: str
    pool_name: str
    target: Mapping[str, Any]
    state: JobState
    control: JobControl
    reason: str
    origin: str
    created_by: str
    created_by_name: str
    started_by: str
    started_by_name: str
    options: Mapping[str, Any]
    totals: Mapping[str, Any]
    total_rows: int
    total_steps: int
    undo_of: str
    lease_owner: str
    lease_until: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """One row of the file: what it asks (`payload`) and what became of it; people's data is sealed at rest.

    `outcome` is empty until the row has ended; `message` is a sentence; `sub` and `username` are the
    person's, as far as they are known.
    """

    row: int
    outcome: str
    payload: Any = field(default=None, repr=False)
    code: str = ""
    message: str = ""
    sub: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class JobStep:
    """One call wanted for a row, and its line in the journal; `change` and `result` are sealed at rest."""

    row: int
    step: int
    action: str
    state: StepState = StepState.WAITING
    attempts: int = 0
    code: str = ""
    activity_id: str = ""
    change: Any = field(default=None, repr=False)
    result: Any = field(default=None, repr=False)
    sent_at: datetime | None = None
    finished_at: datetime | None = None
