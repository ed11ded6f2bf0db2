"""What importing a configuration would do: add, change, or leave alone, item by item.

Items are matched by name, pools also by what they stand for. The plan is made from the store as
it is; carrying it out makes it again and compares, so that nothing happens that was not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

from services.configuration import applications, connections, pools
from services.configuration.applications import ApplicationForm
from services.configuration.bundle import ApplicationEntry, Bundle, ConnectionEntry, PoolEntry
from services.configuration.connection_form import KEY_KINDS, ConnectionForm, checked
from services.configuration.pools import Home, PoolForm, same_pool
from services.configuration.recording import Facts, only_changed
from services.errors import FileRejected, InvalidValue
from services.store.applications import Application, NewApplication
from services.store.connections import Connection, ConnectionSecret, CredentialKind, NewConnection
from services.store.pools import PoolRecord
from services.store.store import Store


class OnClash(StrEnum):
    """What to do where something here has the same name and differs."""

    KEEP = "keep"
    REPLACE = "replace"
    BESIDE = "beside"


class Effect(StrEnum):
    """What importing does with one item."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One line of the plan. `before` and `after` hold what differs, free of secrets."""

    kind: str
    name: str
    effect: Effect
    before: Facts
    after: Facts
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedConnection:
    """A connection of the file; `target` is the stored one that it changes or stands for."""

    item: ImportItem
    new: NewConnection
    target: Connection | None


@dataclass(frozen=True, slots=True)
class PlannedPool:
    """A pool of the file; `connection` is the file's name for its connection."""

    item: ImportItem
    form: PoolForm
    connection: str
    target: PoolRecord | None


@dataclass(frozen=True, slots=True)
class PlannedApplication:
    """An application of the file; `pool` is the file's name for its pool."""

    item: ImportItem
    new: NewApplication
    pool: str
    target: Application | None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything that an import would do, in the order in which it is done, by the file's names."""

    connections: Mapping[str, PlannedConnection]
    pools: Mapping[str, PlannedPool]
    applications: tuple[PlannedApplication, ...]

    @property
    def items(self) -> tuple[ImportItem, ...]:
        """All lines, as they are shown."""
        found = [one.item for one in self.connections.values()]
        found += [one.item for one in self.pools.values()]
        return (*found, *(one.item for one in self.applications))

    def count(self, effect: Effect) -> int:
        """How many items have this effect."""
        return sum(item.effect is effect for item in self.items)

    @property
    def does_nothing(self) -> bool:
        """True when everything in the file is here already, or is kept as it is here."""
        return not self.count(Effect.ADD) and not self.count(Effect.CHANGE)


def plan_import(store: Store, bundle: Bundle, on_clash: OnClash) -> ImportPlan:
    """What importing `bundle` would do now. Raises `FileRejected` for values that aren't usable."""
    return _Planner(store, bundle, on_clash).plan()


class _Planner:
    def __init__(self, store: Store, bundle: Bundle, on_clash: OnClash) -> None:
        self._store = store
        self._bundle = bundle
        self._on_clash = on_clash
        self._old_connections = {one.name.casefold(): one for one in store.connections.list()}
        self._old_pools = store.pools.list()
        self._connections: dict[str, PlannedConnection] = {}
        self._pools: dict[str, PlannedPool] = {}
        # names in use when the import is done; the file's own come first, numbered ones after them
        self._connection_names = {
            *self._old_connections,
            *(one.name.casefold() for one in bundle.connections),
        }
        self._pool_names = {one.name.casefold() for one in self._old_pools}
        self._pool_names |= {one.name.casefold() for one in bundle.pools}

    def plan(self) -> ImportPlan:
        for connection in self._bundle.connections:
            with _named("connection", connection.name):
                self._connections[connection.name.casefold()] = self._connection(connection)
        for pool in self._bundle.pools:
            with _named("pool", pool.name):
                self._pools[pool.name.casefold()] = self._pool(pool)
        planned = []
        for application in self._bundle.applications:
            with _named("application", application.name):
                planned.append(self._application(application))
        return ImportPlan(self._connections, self._pools, tuple(planned))

    def _item(self, kind: str, name: str, old: Facts | None, new: Facts) -> ImportItem:
        """The line for an item; `old` is None when nothing here stands for it."""
        if old is None:
            return ImportItem(kind, name, Effect.ADD, {}, new)
        before, after = only_changed(old, new)
        if not before and not after:
            return ImportItem(kind, name, Effect.SAME, {}, {})
        effect = Effect.CHANGE if self._on_clash is OnClash.REPLACE else Effect.KEEP
        return ImportItem(kind, name, effect, before, after)

    def _beside(self, item: ImportItem) -> bool:
        return item.effect is Effect.KEEP and self._on_clash is OnClash.BESIDE

    def _connection(self, entry: ConnectionEntry) -> PlannedConnection:
        target = self._old_connections.get(entry.name.casefold())
        stored = None if target is None else self._store.connections.secret(target.id)
        moved = target is not None and target.endpoint_url != entry.endpoint_url
        # stored keys never follow a connection to another endpoint
        new = _new_connection(entry, None if moved else stored)
        old = None if target is None else {**connections.facts(target), "keys": ""}
        item = self._item(connections.KIND, new.name, old, _with_keys(new, stored, target))
        if self._beside(item):
            name = _free(new.name[:72], self._connection_names, "{} ({})")
            target, new = None, replace(_new_connection(entry, None), name=name)
            item = self._item(connections.KIND, name, None, _with_keys(new, None, None))
        if item.effect in (Effect.ADD, Effect.CHANGE) and _source(entry) in KEY_KINDS and not new.secret:
            item = replace(item, note="Its keys are not in the file: enter them afterwards.")
        return PlannedConnection(item, new, target)

    def _pool(self, entry: PoolEntry) -> PlannedPool:
        behind = self._connections.get(entry.connection.casefold())
        if behind is None:
            raise InvalidValue(f"It belongs to the connection “{entry.connection}”, which the file lacks.")
        stays = behind.target is not None and behind.item.effect is not Effect.CHANGE
        home: Home = behind.target if behind.target is not None and stays else behind.new
        home_id = behind.target.id if behind.target else ""
        region = entry.region or behind.new.region
        form = pools.checked(PoolForm(home_id, entry.pool_id, entry.name, region), home, [])
        target = next((one for one in self._old_pools if one.name.casefold() == form.name.casefold()), None)
        target = target or same_pool(self._old_pools, home_id, home.region, form.pool_id, region)
        new = pools.facts(form, behind.item.name, home.region)
        item = self._item(pools.KIND, form.name, self._old_pool_facts(target), new)
        if self._beside(item):
            form = replace(form, name=_free(form.name[:36], self._pool_names, "{}-{}"))
            target = None
            item = self._item(pools.KIND, form.name, None, {**new, "name": form.name})
        return PlannedPool(item, form, entry.connection.casefold(), target)

    def _old_pool_facts(self, record: PoolRecord | None) -> Facts | None:
        if record is None:
            return None
        home = self._store.connections.get(record.connection_id)
        return pools.facts(pools.form_of(record), home.name, home.region)

    def _application(self, entry: ApplicationEntry) -> PlannedApplication:
        place = self._pools.get(entry.pool.casefold())
        if place is None:
            raise InvalidValue(f"It belongs to the pool “{entry.pool}”, which the file lacks.")
        pool_record_id = place.target.id if place.target else ""
        there = self._store.applications.list(pool_record_id) if place.target else ()
        target = next((one for one in there if one.name.casefold() == entry.name.casefold()), None)
        home = self._connections[place.connection].new
        usual = applications.discovery_url(
            place.form.region or home.region, home.endpoint_url, place.form.pool_id
        )
        new = applications.checked(_application_form(entry), pool_record_id, usual, [])
        stored = self._store.applications.secret(target.id) if target else ""
        kept = stored if target and target.client_id == new.client_id else ""
        new = replace(new, secret=entry.secret or kept or None)
        old = None if target is None else {**applications.facts(target), "client secret": ""}
        item = self._item(applications.KIND, new.name, old, _with_secret(new, stored, target))
        if self._beside(item):
            in_use = {one.name.casefold() for one in there}
            in_use |= {one.name.casefold() for one in self._bundle.applications}
            name = _free(new.name[:72], in_use, "{} ({})")
            target, new = None, replace(new, name=name, secret=entry.secret or None)
            item = self._item(applications.KIND, name, None, _with_secret(new, "", None))
        if item.effect in (Effect.ADD, Effect.CHANGE) and entry.had_secret and not new.secret:
            item = replace(item, note="Its client secret is not in the file: enter it afterwards.")
        return PlannedApplication(item, new, entry.pool.casefold(), target)


def _new_connection(entry: ConnectionEntry, stored: ConnectionSecret | None) -> NewConnection:
    form = ConnectionForm(
        name=entry.name,
        region=entry.region,
        kind=_kind(entry.kind),
        account=entry.account,
        endpoint_url=entry.endpoint_url,
        profile=entry.profile,
        role_arn=entry.role_arn,
        external_id=entry.external_id,
        source=_source(entry),
        **{name: entry.secret.get(name, "") for name in _KEYS},
    )
    return checked(form, [], stored, keys_later=True)


_KEYS = ("access_key_id", "secret_access_key", "session_token")


def _source(entry: ConnectionEntry) -> CredentialKind:
    return _kind(entry.source)


def _kind(value: str) -> CredentialKind:
    try:
        return CredentialKind(value)
    except ValueError:
        raise InvalidValue("It names a kind of credentials that this release doesn't know.") from None


def _application_form(entry: ApplicationEntry) -> ApplicationForm:
    return ApplicationForm(
        name=entry.name,
        client_id=entry.client_id,
        application_url=entry.application_url,
        discovery_url=entry.discovery_url,
        allowed_groups=entry.allowed_groups,
        group_roles=entry.group_roles,
    )


def _with_keys(new: NewConnection, stored: ConnectionSecret | None, target: Connection | None) -> Facts:
    """Facts that say whether the keys change, never what they are."""
    if new.secret == stored:
        said = ""
    elif new.secret is None:
        said = "to be entered again"
    else:
        said = "from the file" if target is None else "secret changed"
    return {**connections.facts(new), "keys": said}


def _with_secret(new: NewApplication, stored: str, target: Application | None) -> Facts:
    if (new.secret or "") == stored:
        said = ""
    elif not new.secret:
        said = "to be entered again"
    else:
        said = "from the file" if target is None else "secret changed"
    return {**applications.facts(new), "client secret": said}


def _free(name: str, taken: set[str], pattern: str) -> str:
    """`name` with the first free number behind it; the answer is taken from then on."""
    number = 2
    while pattern.format(name, number).casefold() in taken:
        number += 1
    found = pattern.format(name, number)
    taken.add(found.casefold())
    return found


@contextmanager
def _named(kind: str, name: str) -> Iterator[None]:
    """Turn an unusable value into a refusal of the file that says where it stands."""
    try:
        yield
    except InvalidValue as error:
        raise FileRejected(
            f"The {kind} “{name[:80]}” in the file can't be used. {error.message} Nothing was changed.",
            error.next_step,
        ) from error
