"""Taking a snapshot for somebody: the right to, the line in the activity log, reading, keeping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from services.cognito.quotas import JOB_SHARE
from services.directory.pool import PoolTables, pool_of
from services.directory.scan import PoolScan, Progress, ScanProgress, ScanSoFar
from services.directory.scan_listing import Halted
from services.directory.snapshot import Snapshot
from services.directory.snapshots import Snapshots
from services.errors import ConsoleError
from services.roles import Actor, ActorSource, Permission
from services.store.activity import ActivityResult, NewActivity
from services.store.store import Store
from services.words import counted, people

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True, slots=True)
class BegunSnapshot:
    """A reading that has stopped, and the incomplete snapshot of it that is kept, "" for none."""

    read: ScanSoFar
    snapshot_id: str


class SnapshotTask:
    """One reading of a pool until it is kept. `run` again goes on after a stop or a failure.

    Reading bills nobody and changes nothing, so everybody who may read may take a snapshot.
    """

    def __init__(
        self,
        store: Store,
        gateway: CognitoGateway,
        who: ActorSource,
        pool_name: str,
        share: float = JOB_SHARE,
    ) -> None:
        """`pool_name` is what the console calls the pool. Raises `NotPermitted`, `SessionEnded`."""
        actor = who()
        actor.require(Permission.READ)
        self._store = store
        self._pool_name = pool_name
        self._kept = ""
        self.scan = PoolScan(gateway, share=share, actor=actor, pool_name=pool_name)

    @classmethod
    def going_on(
        cls, store: Store, gateway: CognitoGateway, who: ActorSource, begun: BegunSnapshot
    ) -> SnapshotTask:
        """The task that another process has begun. Raises `NotPermitted`, `SessionEnded`."""
        task = cls(store, gateway, who, begun.read.pool_name, begun.read.share)
        task.scan, task._kept = PoolScan.going_on(gateway, begun.read), begun.snapshot_id
        return task

    def so_far(self) -> BegunSnapshot:
        """What was read and kept so far; not while it runs."""
        return BegunSnapshot(self.scan.so_far(), self._kept)

    def run(
        self,
        who: ActorSource,
        progress: Progress | None = None,
        stop: Halted | None = None,
        gateway: CognitoGateway | None = None,
    ) -> Snapshot | None:
        """Read on until the end and keep the snapshot; None when `stop` said so first.

        Raises as `PoolScan.run` and `Snapshots.save`, after the failure has been logged.
        """
        actor = who()
        actor.require(Permission.READ)
        line = self._store.activity.intend(self._intent(actor))
        try:
            snapshot = self.scan.run(progress, stop, gateway)
            if snapshot is not None:
                Snapshots(self._store).save(snapshot, instead_of=self._kept)
                self._kept = snapshot.about.id
        except ConsoleError as error:
            code = getattr(error, "code", "") or type(error).__name__
            self._store.activity.finish(line, ActivityResult.FAILED, error_code=code, error=error.message)
            raise
        if snapshot is None:
            read = read_so_far(self.scan.state())
            self._store.activity.finish(line, ActivityResult.FAILED, error=f"Stopped after {read}.")
            return None
        self._store.activity.finish(line, ActivityResult.DONE, after=_facts(snapshot))
        return snapshot

    def _intent(self, actor: Actor) -> NewActivity:
        return NewActivity(
            actor,
            "take_snapshot",
            pool=self._pool_name,
            target_kind="pool",
            target_id=self.scan.pool_id,
            target_name=self._pool_name,
        )


def newest_or_read(
    store: Store, gateway: CognitoGateway, who: ActorSource, pool_name: str, oldest: timedelta, stop: Halted
) -> PoolTables | None:
    """The pool as a complete snapshot has it that is at most so old, with the changes made here since.

    Read now, in the calling thread, where there is none; None when `stop` said so first.
    Raises `NotPermitted`, and as `SnapshotTask.run`.
    """
    who().require(Permission.READ)
    young = Snapshots(store).young(gateway.pool_key, oldest)
    if young is not None:
        return young
    read = SnapshotTask(store, gateway, who, pool_name).run(who, stop=stop)
    return None if read is None else pool_of(read)


def read_so_far(progress: ScanProgress) -> str:
    """How much was read so far, in words: "4,120 people and 12 groups"."""
    return f"{people(progress.people)} and {counted(progress.groups_read, 'group')}"


def _facts(snapshot: Snapshot) -> dict[str, object]:
    return {
        "snapshot": snapshot.about.id,
        "people": len(snapshot),
        "groups": snapshot.groups.num_rows,
        "memberships": snapshot.memberships.num_rows,
        "complete": snapshot.completeness.complete,
    }
