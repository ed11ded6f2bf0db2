"""The newest snapshot of each pool with what this console has changed since, shared by the process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from services.directory.made_here import made_here
from services.directory.patching import Patch
from services.directory.snapshot import Snapshot
from services.directory.snapshot_patch import patched_snapshot

NOT_SHOWN = "Some changes made in this console since it was read are not shown; read the pool again."


class _PoolView:
    """The snapshot of one pool that has the first `next` changes made here on top."""

    def __init__(self, pool_key: str) -> None:
        self._pool_key = pool_key
        self._lock = threading.Lock()
        self._base: Snapshot | None = None
        self._shown: Snapshot | None = None
        self._next = 0

    def of(self, newest: Snapshot) -> Snapshot:
        made = made_here(self._pool_key)
        with self._lock:
            shown = self._shown if self._base is newest else None
            news, self._next, forgotten = (
                made.since(newest.about.taken_at) if shown is None else made.after(self._next)
            )
            self._base, self._shown = newest, _with(shown or newest, news, forgotten)
            return self._shown


def _with(snapshot: Snapshot, news: Sequence[Patch], forgotten: bool) -> Snapshot:
    if forgotten or any(patch.unclear for patch in news):
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


def view_of(newest: Snapshot) -> Snapshot:
    """`newest` with the changes made in this process since; the same object until there are more."""
    pool_key = newest.about.pool_key
    with _VIEWS_LOCK:
        view = _VIEWS.setdefault(pool_key, _PoolView(pool_key))
    return view.of(newest)


def forget_views() -> None:
    """Drop every view (a test begins)."""
    with _VIEWS_LOCK:
        _VIEWS.clear()
