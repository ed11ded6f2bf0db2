"""Pools: which user pools the console works on, under which short name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.cognito.connection import REGIONS
from services.cognito.models import UserPool
from services.configuration import checks
from services.configuration.recording import Recorded, carry_out, only_changed
from services.errors import CognitoError, InvalidValue, PoolNotFound
from services.pool_session import Target, gateway_for
from services.roles import Actor, ActorSource, Permission
from services.store.connections import Connection, NewConnection
from services.store.pools import PoolRecord
from services.store.store import Store

KIND = "pool"
Home = Connection | NewConnection


@dataclass(frozen=True, slots=True)
class PoolForm:
    """What is typed or picked. A blank region is the connection's."""

    connection_id: str
    pool_id: str
    name: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class SavedPool:
    """What a change left behind; `warning` says why the pool could not be looked at, if so."""

    pool: PoolRecord
    activity_id: str
    warning: str = ""


class PoolService:
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def _actor(self) -> Actor:
        actor = self._who()
        actor.require(Permission.CONFIGURE)
        return actor

    def list(self) -> tuple[PoolRecord, ...]:
        """All pools by name."""
        self._actor()
        return self._store.pools.list()

    def get(self, id: str) -> PoolRecord:
        """One pool. Raises `RecordNotFound`."""
        self._actor()
        return self._store.pools.get(id)

    def add(self, form: PoolForm) -> SavedPool:
        """Store a pool, after a look whether it is there.

        Raises `InvalidValue` (also when AWS says that there is no such pool), `NameTaken` or
        `RecordNotFound`. When AWS can't be asked now, the pool is stored and `warning` says so.
        """
        actor = self._actor()
        connection = self._store.connections.get(form.connection_id)
        new = checked(form, connection, self._store.pools.list())
        warning = self._missing(actor, connection, new)
        made, line = carry_out(
            self._store,
            actor,
            Recorded("add_pool", KIND, new.name, pool=new.name),
            lambda: self._store.pools.add(
                connection_id=new.connection_id, pool_id=new.pool_id, name=new.name, region=new.region
            ),
            lambda made: {"id": made.id, **_facts(new, connection)},
        )
        return SavedPool(made, line, warning)

    def change(self, id: str, form: PoolForm) -> SavedPool:
        """Give a pool another name, region or connection. Which pool it is can't change.

        Raises as `add` does. Links with the old name in them no longer lead here.
        """
        actor = self._actor()
        old = self._store.pools.get(id)
        if form.pool_id.strip() != old.pool_id:
            raise InvalidValue(
                "A stored pool can't become another one: its applications would point nowhere.",
                "Add the other pool beside it.",
                field="pool_id",
            )
        connection = self._store.connections.get(form.connection_id)
        new = checked(form, connection, [one for one in self._store.pools.list() if one.id != id])
        warning = self._missing(actor, connection, new)
        old_facts = _facts(form_of(old), self._store.connections.get(old.connection_id))
        before, after = only_changed(old_facts, _facts(new, connection))
        made, line = carry_out(
            self._store,
            actor,
            Recorded("change_pool", KIND, new.name, id, pool=new.name, before=before),
            lambda: self._store.pools.update(
                id, connection_id=new.connection_id, name=new.name, region=new.region
            ),
            lambda _: after,
        )
        return SavedPool(made, line, warning)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget a pool (nothing changes at AWS); the line's id. Refused while it has applications."""
        actor = self._actor()
        old = self._store.pools.get(id)
        connection = self._store.connections.get(old.connection_id)
        _, line = carry_out(
            self._store,
            actor,
            Recorded(
                "remove_pool",
                KIND,
                old.name,
                id,
                pool=old.name,
                before=_facts(form_of(old), connection),
                reason=reason,
            ),
            lambda: self._store.pools.delete(id),
            lambda _: {"removed": True},
        )
        return line

    def look(self, form: PoolForm) -> UserPool:
        """The pool as AWS describes it now. Raises `CognitoError`s."""
        actor = self._actor()
        return self._describe(actor, self._store.connections.get(form.connection_id), form)

    def _describe(self, actor: Actor, connection: Connection, form: PoolForm) -> UserPool:
        target = Target(
            region=form.region or connection.region,
            pool_id=form.pool_id,
            endpoint_url=connection.endpoint_url,
            connection_id=connection.id,
            pool_name=form.name,
        )
        return gateway_for(self._store, target, actor.name).describe_pool(refresh=True)

    def _missing(self, actor: Actor, connection: Connection, form: PoolForm) -> str:
        """Raise when AWS knows no such pool; otherwise a sentence when it can't be asked, or ""."""
        try:
            self._describe(actor, connection, form)
        except PoolNotFound as error:
            raise InvalidValue(error.message, error.next_step, field="pool_id") from error
        except CognitoError as error:
            return f"It could not be looked at yet: {error}"
        return ""


def checked(form: PoolForm, home: Home, others: Iterable[PoolRecord]) -> PoolForm:
    """The form as it is stored, for a pool behind the connection `home`.

    Raises `InvalidValue` naming the first field that isn't usable.
    """
    others = list(others)
    name = checks.free_name(checks.short_name(form.name), [one.name for one in others], what="short name")
    pool_id = checks.pool_id(form.pool_id)
    own = bool(home.endpoint_url)
    region = checks.region(form.region, REGIONS, own_endpoint=own) if form.region.strip() else home.region
    there = checks.region_in(pool_id)
    if not own and there in REGIONS and there != region:
        raise InvalidValue(
            f"This pool is in {there}, but it would be looked for in {region}.",
            f"Choose {there} as the pool's region.",
            field="region",
        )
    known = same_pool(others, form.connection_id, home.region, pool_id, region)
    if known is not None:
        raise InvalidValue(
            f"This pool is there already, as “{known.name}”.", "Change that one instead.", field="pool_id"
        )
    return PoolForm(form.connection_id, pool_id, name, "" if region == home.region else region)


def same_pool(
    records: Iterable[PoolRecord], connection_id: str, home_region: str, pool_id: str, region: str
) -> PoolRecord | None:
    """The record, if any, that already stands for this pool behind this connection."""
    for one in records:
        if (one.connection_id, one.pool_id) == (connection_id, pool_id) and (
            one.region or home_region
        ) == region:
            return one
    return None


def facts(form: PoolForm, connection: str, home_region: str) -> dict[str, Any]:
    """What the log keeps about a pool behind the connection of this name and region."""
    return {
        "name": form.name,
        "pool id": form.pool_id,
        "connection": connection,
        "region": form.region or home_region,
    }


def _facts(form: PoolForm, connection: Connection) -> dict[str, Any]:
    return facts(form, connection.name, connection.region)


def form_of(record: PoolRecord) -> PoolForm:
    """A stored pool as it would be typed."""
    return PoolForm(record.connection_id, record.pool_id, record.name, record.region)


def suggested_name(title: str, taken: Iterable[str] = ()) -> str:
    """A short name made from what AWS calls the pool: "Customers (e-mail)" → `customers-e-mail`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:32].strip("-") or "pool"
    used = {one.casefold() for one in taken}
    tries = [slug, *(f"{slug}-{number}" for number in range(2, len(used) + 3))]
    return next(one for one in tries if one not in used)
