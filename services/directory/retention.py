"""How long snapshots are kept: the newest of each pool, and none older than so many days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby

from services.errors import InvalidValue
from services.roles import ActorSource, Permission
from services.store.activity import NewActivity
from services.store.snapshots import SnapshotLine
from services.store.store import Store

_KEY = "snapshots.keep"
MOST_NEWEST, MOST_DAYS = 1_000, 3_650


@dataclass(frozen=True, slots=True)
class Retention:
    """`newest` snapshots of each pool are kept, and none for longer than `days`; the last one always is.

    Raises `InvalidValue` for numbers that can't be meant.
    """

    newest: int = 14
    days: int = 180

    def __post_init__(self) -> None:
        if not 1 <= self.newest <= MOST_NEWEST:
            raise InvalidValue(f"Keep 1 to {MOST_NEWEST:,} snapshots of each pool.", field="newest")
        if not 1 <= self.days <= MOST_DAYS:
            raise InvalidValue(f"Keep snapshots for 1 to {MOST_DAYS:,} days.", field="days")

    @classmethod
    def read(cls, store: Store) -> Retention:
        """The setting as it is now."""
        return cls(**(store.settings.get(_KEY) or {}))

    def write(self, store: Store, who: ActorSource) -> None:
        """Set it, and log who did. Raises `NotPermitted`. Nothing is thrown away before the next snapshot."""
        actor = who()
        actor.require(Permission.CONFIGURE)
        before = asdict(Retention.read(store))
        with store.together():
            store.settings.set(_KEY, asdict(self))
            store.activity.record(
                NewActivity(
                    actor,
                    "change_setting",
                    target_kind="setting",
                    target_id=_KEY,
                    target_name="How long snapshots are kept",
                    before=before,
                ),
                after=asdict(self),
            )


def expired(
    lines: Sequence[SnapshotLine], keeping: Retention, now: datetime, needed: Collection[str] = ()
) -> list[SnapshotLine]:
    """Those of `lines` (newest first) to throw away; never the newest of a pool, nor one of `needed`."""
    oldest = now - timedelta(days=keeping.days)
    gone = []
    for _, same_pool in groupby(
        sorted(lines, key=lambda line: line.pool_key), key=lambda line: line.pool_key
    ):
        newest_first = sorted(same_pool, key=lambda line: (line.taken_at, line.id), reverse=True)
        gone += [
            line
            for rank, line in enumerate(newest_first)
            if rank and (rank >= keeping.newest or line.taken_at < oldest) and line.id not in needed
        ]
    return gone
