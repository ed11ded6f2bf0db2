"""Pools: which user pools the console works on, under which short name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from services.cognito.models import PoolSummary, UserPool
from services.cognito.regions import REGIONS
from services.configuration.service import ConfigurationService, Saved
from services.errors import CognitoError, InvalidValue, PoolNotFound
from services.gateways import PoolAddress, gateway_for
from services.roles import Actor
from services.store import checks, records
from services.store.activity import NewActivity, only_changed
from services.store.connections import Connection
from services.store.pools import PoolRecord

KIND = "pool"


class PoolService(ConfigurationService):
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def list(self) -> tuple[PoolRecord, ...]:
        """All pools by name."""
        self._actor()
        return self._store.pools.list()

    def get(self, id: str) -> PoolRecord:
        """One pool. Raises `RecordNotFound`."""
        self._actor()
        return self._store.pools.get(id)

    def add(self, typed: PoolRecord) -> Saved[PoolRecord]:
        """Store a pool, after a look whether it is there.

        Raises `InvalidValue` (also when AWS says that there is no such pool), `NameTaken` or
        `RecordNotFound`. When AWS can't be asked now, the pool is stored and `warning` says so.
        """
        actor = self._actor()
        connection = self._store.connections.get(typed.connection_id)
        new = checked_pool(typed, connection, self._store.pools.list())
        warning = self._missing(actor, connection, new)
        with self._store.activity.audited(_line(actor, "add_pool", new)) as line:
            made = self._store.pools.add(new)
            line.after = {"id": made.id, **pool_facts(new, connection)}
        return Saved(made, line.id, warning)

    def add_found(self, connection_id: str, found: Iterable[PoolSummary]) -> tuple[Saved[PoolRecord], ...]:
        """Store pools that a connection sees, under short names made from what AWS calls them.

        Raises as `add` does; those before the one that is refused are stored then.
        """
        saved = []
        for summary in found:
            name = suggested_name(summary.name, [pool.name for pool in self.list()])
            saved.append(self.add(PoolRecord(connection_id, summary.id, name)))
        return tuple(saved)

    def change(self, id: str, typed: PoolRecord) -> Saved[PoolRecord]:
        """Give a pool another name, region or connection. Which pool it is can't change.

        Raises as `add` does. Links with the old name in them no longer lead here.
        """
        actor = self._actor()
        old = self._store.pools.get(id)
        if typed.pool_id.strip() != old.pool_id:
            raise InvalidValue(
                "A stored pool can't become another one: its applications would point nowhere.",
                "Add the other pool beside it.",
                field="pool_id",
            )
        connection = self._store.connections.get(typed.connection_id)
        others = [pool for pool in self._store.pools.list() if pool.id != id]
        new = replace(checked_pool(typed, connection, others), id=id)
        warning = self._missing(actor, connection, new)
        old_facts = pool_facts(old, self._store.connections.get(old.connection_id))
        before, after = only_changed(old_facts, pool_facts(new, connection))
        with self._store.activity.audited(_line(actor, "change_pool", new, before=before)) as line:
            made = self._store.pools.update(new)
            line.after = after
        return Saved(made, line.id, warning)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget a pool (nothing changes at AWS); the line's id. Refused while it has applications."""
        actor = self._actor()
        old = self._store.pools.get(id)
        before = pool_facts(old, self._store.connections.get(old.connection_id))
        with self._store.activity.audited(
            _line(actor, "remove_pool", old, before=before, reason=reason)
        ) as line:
            self._store.pools.delete(id)
            line.after = {"removed": True}
        return line.id

    def _describe(self, actor: Actor, connection: Connection, pool: PoolRecord) -> UserPool:
        target = PoolAddress(
            region=pool.region or connection.region,
            pool_id=pool.pool_id,
            endpoint_url=connection.endpoint_url,
            connection_id=connection.id,
            pool_name=pool.name,
        )
        return gateway_for(self._store, target, actor.name).describe_pool(refresh=True)

    def _missing(self, actor: Actor, connection: Connection, pool: PoolRecord) -> str:
        """Raise when AWS knows no such pool; otherwise a sentence when it can't be asked, or ""."""
        try:
            self._describe(actor, connection, pool)
        except PoolNotFound as error:
            raise InvalidValue(error.message, error.next_step, field="pool_id") from error
        except CognitoError as error:
            return f"It could not be looked at yet: {error}"
        return ""


def _line(actor: Actor, action: str, pool: PoolRecord, **more: Any) -> NewActivity:
    return NewActivity(
        actor, action, pool.name, target_kind=KIND, target_id=pool.id, target_name=pool.name, **more
    )


def checked_pool(typed: PoolRecord, home: Connection, others: Iterable[PoolRecord]) -> PoolRecord:
    """A pool behind the connection `home` as it is stored.

    Raises `InvalidValue` naming the first field that isn't usable.
    """
    others = list(others)
    names = [pool.name for pool in others]
    own = bool(home.endpoint_url)

    def region(value: str) -> str:
        return checks.region(value, REGIONS, own_endpoint=own) if value.strip() else home.region

    new = records.checked(
        typed,
        name=lambda value: checks.free_name(checks.short_name(value), names, what="short name"),
        region=region,
    )
    there = checks.region_in(new.pool_id)
    if not own and there in REGIONS and there != new.region:
        raise InvalidValue(
            f"This pool is in {there}, but it would be looked for in {new.region}.",
            f"Choose {there} as the pool's region.",
            field="region",
        )
    known = same_pool(others, typed.connection_id, home.region, new.pool_id, new.region)
    if known is not None:
        raise InvalidValue(
            f"This pool is there already, as “{known.name}”.", "Change that one instead.", field="pool_id"
        )
    return replace(new, region="" if new.region == home.region else new.region)


def same_pool(
    records: Iterable[PoolRecord], connection_id: str, home_region: str, pool_id: str, region: str
) -> PoolRecord | None:
    """The record, if any, that already stands for this pool behind this connection."""
    for record in records:
        if (record.connection_id, record.pool_id) == (connection_id, pool_id) and (
            record.region or home_region
        ) == region:
            return record
    return None


def pool_meant(typed: str, seen: Collection[PoolSummary]) -> str:
    """The id of the pool that somebody means who typed its id, its name or a part of the name.

    What fits no pool, or several, comes back as it was typed.
    """
    wanted = typed.strip().casefold()
    for fits in (
        lambda pool: wanted == pool.id.casefold(),
        lambda pool: wanted == pool.name.casefold(),
        lambda pool: wanted in pool.name.casefold(),
    ):
        meant = [pool.id for pool in seen if wanted and fits(pool)]
        if meant:
            return meant[0] if len(meant) == 1 else typed
    return typed


def pool_facts(pool: PoolRecord, home: Connection) -> dict[str, Any]:
    """What the log keeps about a pool behind the connection `home`."""
    return {**records.facts(pool), "connection": home.name, "region": pool.region or home.region}


def suggested_name(title: str, taken: Iterable[str] = ()) -> str:
    """A short name made from what AWS calls the pool: "Customers (e-mail)" → `customers-e-mail`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or "pool"
    used = {name.casefold() for name in taken}
    tries = [slug, *(f"{slug}-{number}" for number in range(2, len(used) + 3))]
    return next(name for name in tries if name not in used)
