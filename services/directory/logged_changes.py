"""Changes to a pool that only the activity log knows: made before this process began, or by another.

The log keeps what each change did (`after`); that is enough to show it in a snapshot taken before.
"""

from __future__ import annotations

from datetime import datetime

from services.cognito.actions import ACTIONS, Change, TargetRef
from services.directory.local_changes import SETTLING, Patch
from services.directory.snapshot import SnapshotAbout
from services.store.activity import Activity, ActivityResult
from services.store.columns import utc_now
from services.store.store import Store

READ_AT_MOST = 5_000
"""Lines that are read; with more of them, a view says that it lacks some."""

_STARTED = utc_now()
"""When this process began, so that what was intended before it is no longer under way."""


def logged_since(store: Store, about: SnapshotAbout) -> tuple[list[Patch], bool]:
    """The changes to a pool since its reading began, oldest first; and whether some can't be told."""
    since = about.taken_at - SETTLING
    held_back = about.pool.verified_before_update
    pools = {pool.name for pool in store.pools.list() if pool.pool_id == about.pool.id} | {about.pool_name}
    told: list[Patch] = []
    lacking = False
    for pool in pools:
        if store.activity.count(pool=pool, since=since, result=ActivityResult.DONE) > READ_AT_MOST:
            return [], True
        for line in store.activity.iter_all(pool=pool, since=since, result=ActivityResult.DONE):
            if not _shows(line):
                continue
            change = _change_of(line)
            if change is None:
                lacking = True
            else:
                told.append(Patch(change, line.after, line.finished_at or line.at, held_back))
        lacking = lacking or _is_unsettled(store, pool, since)
    return sorted(told, key=lambda patch: patch.at), lacking


def _is_unsettled(store: Store, pool: str, since: datetime) -> bool:
    """Whether nobody knows if some change took effect: no answer came, or the process ended first."""
    return any(
        _shows(line)
        for result in (ActivityResult.UNKNOWN, ActivityResult.INTENDED)
        for line in store.activity.iter_all(pool=pool, since=since, result=result)
        if result is ActivityResult.UNKNOWN or line.at < _STARTED
    )


def _shows(line: Activity) -> bool:
    """Whether a line is about a change to a pool after which its people or groups look different."""
    kind = ACTIONS.get(line.action)
    return kind is not None and kind.shows


def _change_of(line: Activity) -> Change | None:
    """The change that a line is about, as far as showing it needs; None when the line doesn't say enough."""
    target = TargetRef(line.target_kind, line.target_id, line.target_name)
    return ACTIONS[line.action].from_log(target, line.after)
