"""What the activity log knows of one user pool, under whichever names it is set up."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from services.store.activity import Activity
from services.store.store import Store


def pool_names(store: Store, pool_id: str) -> tuple[str, ...]:
    """Every name under which a user pool is set up here: the log goes by name."""
    return tuple(pool.name for pool in store.pools.list() if pool.pool_id == pool_id)


def activity_of(store: Store, pool_id: str, *names: str) -> Callable[[], Iterable[Activity]]:
    """Reads what the log knows of a user pool, under every name that it has or had (`names`) here."""
    known = sorted({*names, *pool_names(store, pool_id)})
    return lambda: (line for name in known for line in store.activity.iter_all(pool=name))
