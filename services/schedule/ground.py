"""What scheduled work works with, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.directory.pool import PoolTables
from services.directory.snapshot_task import newest_or_read
from services.errors import ScanStopped
from services.pool_session import PoolSession
from services.roles import ActorSource
from services.store.pools import PoolRecord
from services.store.schedules import RunResult
from services.store.store import Store


@dataclass(frozen=True)
class TaskGround:
    """What a task works with. `stopped` says whether the process is about to end.

    `memory` is what its last run left, None before there was any.
    """

    store: Store
    session: PoolSession
    who: ActorSource
    stopped: Callable[[], bool]
    memory: Any = None

    @property
    def pool(self) -> PoolRecord:
        """The pool that the schedule is about."""
        return self.session.pool

    def read(self, oldest: timedelta) -> PoolTables:
        """The pool as a complete snapshot has it that is at most so old; read now where there is none.

        Raises `ScanStopped` when the process ends meanwhile, and as `SnapshotTask.run`.
        """
        tables = newest_or_read(
            self.store, self.session.gateway, self.who, self.pool.name, oldest, self.stopped
        )
        if tables is None:
            raise ScanStopped("The console was stopped while it read the pool.", "It begins again by itself.")
        return tables


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a task did, in a sentence; with a file, or what it began, where it made any.

    `memory` (JSON-ready) is what its next run is given.
    """

    result: RunResult
    said: str
    filename: str = ""
    data: bytes = field(default=b"", repr=False)
    job_id: str = ""
    campaign_id: str = ""
    memory: Any = None
