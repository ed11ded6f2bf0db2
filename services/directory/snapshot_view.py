"""The newest snapshot of each pool with what the console has changed since, shared by the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.directory.local_changes import Patch, local_changes
from services.directory.snapshot import Snapshot, SnapshotAbout
from services.directory.snapshot_patch import patched_snapshot

Logged = Callable[[SnapshotAbout], tuple[list[Patch], bool]]
"""Changes that the activity log knows since a snapshot was taken, and whether it lacks some."""

NOT_SHOWN = "Some changes made in this console since it was read are not shown; read the pool again."


class _PoolView:
    """The snapshot of one pool that has the first `next` changes made here on top."""

    def __init__(self, pool_key: str) -> None:
        self._pool_key = pool_key
        self._lock = threading.Lock()
        self._base: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._next = 0

    def of(self, newest: Snapshot, logged: Logged) -> Snapshot:
        made = local_changes(self._pool_key)
        with self._lock:
            shown = self._shown if self._base is newest else None
            if shown is not None:
                news, self._next, forgotten = made.after(self._next)
                if not forgotten:
                    self._shown = _with(shown, news)
                    return self._shown
            news, self._next, forgotten = made.since(newest.about.taken_at)
            told, lacking = logged(newest.about)
            # what this process did stands in both; done twice it is the same
            news = sorted([*told, *news], key=lambda patch: patch.at)
            self._base = newest
            self._shown = _with(_admitting(newest) if lacking else newest, news)
            return self._shown


def _with(snapshot: Snapshot, news: Sequence[Patch]) -> Snapshot:
    if any(patch.unclear for patch in news):
        snapshot = _admitting(snapshot)
    return patched_snapshot(snapshot, [patch for patch in news if not patch.unclear])


def _admitting(snapshot: Snapshot) -> Snapshot:
    """The snapshot, saying that not every change made since is shown."""
    known = snapshot.completeness
    if NOT_SHOWN in known.missing:
        return snapshot
    wider = replace(known, missing=(*known.missing, NOT_SHOWN), users_known=False)
    about = replace(snapshot.about, completeness=wider)
    return replace(snapshot, about=about, base=snapshot.base or snapshot)


_VIEWS: dict[str, _PoolView] = {}
_VIEWS_LOCK = threading.Lock()


def view_of(newest: Snapshot, logged: Logged) -> Snapshot:
    """`newest` with the changes made since; the same object until there are more.

    `logged` is asked once for each snapshot: what was done before this process began, or in another.
    """
    pool_key = newest.about.pool_key
    with _VIEWS_LOCK:
        view = _VIEWS.setdefault(pool_key, _PoolView(pool_key))
    return view.of(newest, logged)


def forget_views() -> None:
    """Drop every view (a test begins)."""
    with _VIEWS_LOCK:
        _VIEWS.clear()
