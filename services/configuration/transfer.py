"""Taking the configuration out as a file and bringing one in, all of it or nothing.

What an import would do is planned first: add, change, or leave alone, item by item. Items are
matched by name, pools also by what they stand for. The plan is made from the store as it is;
carrying it out makes it again and compares, so that nothing happens that was not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from services.configuration import applications, bundle, connections, passphrase, pools, sign_in_providers
from services.configuration.bundle import Bundle, Entry
from services.configuration.connections import KEY_KINDS, credential_kind_of
from services.configuration.pools import same_pool
from services.configuration.service import ConfigurationService
from services.errors import FileRejected, InvalidValue
from services.roles import Actor
from services.store.activity import Facts, NewActivity, only_changed
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret
from services.store.pools import PoolRecord
from services.store.records import Record, facts, settings_of
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store

KIND = "configuration"
R = TypeVar("R", bound=Record)


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
class Planned(Generic[R]):
    """A record of the file; `target` is the stored one that it changes or stands for, if any.

    `place` is the file's name, casefolded, of the connection of a pool and of the pool of an application.
    """

    item: ImportItem
    new: R
    target: R | None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything that an import would do, in the order in which it is done, by the file's names."""

    connections: Mapping[str, Planned[Connection]]
    pools: Mapping[str, Planned[PoolRecord]]
    applications: tuple[Planned[Application], ...]
    sign_in_providers: tuple[Planned[SignInProvider], ...]

    @property
    def items(self) -> tuple[ImportItem, ...]:
        """All items of the import, in the order in which they are shown."""
        found = [planned.item for planned in self.connections.values()]
        found += [planned.item for planned in self.pools.values()]
        found += [planned.item for planned in self.applications]
        return (*found, *(planned.item for planned in self.sign_in_providers))

    def count(self, effect: Effect) -> int:
        """How many items have this effect."""
        return sum(item.effect is effect for item in self.items)

    @property
    def does_nothing(self) -> bool:
        """True when everything in the file is here already, or is kept as it is here."""
        return not self.count(Effect.ADD) and not self.count(Effect.CHANGE)


class TransferService(ConfigurationService):
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def export(self, words: str = "", again: str | None = None) -> bytes:
        """Connections, pools, applications and providers as a file; `passphrase.check_new` says of the words.

        Without a passphrase the secrets are left out. Operators and their passwords never are in it.
        Raises `InvalidValue` for a weak or mistyped passphrase.
        """
        actor = self._actor(dangerous=bool(words))
        if words or again:
            passphrase.check_new(words, again)
        whole = _gather(self._store, with_secrets=bool(words))
        with self._store.activity.audited(_line(actor, "export_configuration")) as line:
            data = bundle.write(whole, words, datetime.now(UTC))
            line.after = {
                "connections": len(whole.connections),
                "pools": len(whole.pools),
                "applications": len(whole.applications),
                "secrets": "encrypted" if words else "left out",
            }
        return data

    def read(self, data: bytes, words: str | None) -> Bundle:
        """What stands in a file; `words` None leaves its secrets out.

        Raises `FileRejected`, or `InvalidValue` for a wrong passphrase.
        """
        self._actor()
        return bundle.read(data, words)

    def preview(self, whole: Bundle, on_clash: OnClash) -> ImportPlan:
        """What importing it would do now; changes nothing. Raises `FileRejected`."""
        self._actor()
        return plan_import(self._store, whole, on_clash)

    def apply(self, whole: Bundle, on_clash: OnClash, seen: ImportPlan) -> str:
        """Do what `seen` shows, all of it or, on any error, nothing; the id of the log's line.

        Raises `InvalidValue` when the configuration has changed since `seen` was made.
        """
        actor = self._actor(dangerous=True)
        what = _line(actor, "import_configuration", before=_old_values(seen))
        with self._store.activity.audited(what) as line:
            with self._store.together():
                plan = plan_import(self._store, whole, on_clash)
                if plan.items != seen.items:
                    raise InvalidValue(
                        "The configuration was changed by someone meanwhile. Nothing was imported.",
                        "Look at the preview again.",
                    )
                _write(self._store, plan)
            line.after = _new_values(seen)
        return line.id


def _line(actor: Actor, action: str, **more: Any) -> NewActivity:
    return NewActivity(actor, action, target_kind=KIND, target_name="configuration", **more)


def _gather(store: Store, *, with_secrets: bool) -> Bundle:
    """All connections, pools and applications, read in one transaction."""
    with store.together():
        found = store.connections.list()
        known = store.pools.list()
        connection_names = {connection.id: connection.name for connection in found}
        pool_names = {pool.id: pool.name for pool in known}
        return Bundle(
            connections=tuple(_connection_entry(store, connection, with_secrets) for connection in found),
            pools=tuple(Entry(pool, connection_names[pool.connection_id]) for pool in known),
            applications=tuple(
                Entry(
                    replace(
                        application,
                        secret=store.applications.secret(application.id) if with_secrets else None,
                    ),
                    pool_names[application.pool_record_id],
                )
                for application in store.applications.list()
            ),
            sign_in_providers=tuple(
                Entry(
                    replace(
                        provider, secret=store.sign_in_providers.secret(provider.id) if with_secrets else None
                    )
                )
                for provider in store.sign_in_providers.list()
            ),
            with_secrets=with_secrets,
        )


def _connection_entry(store: Store, connection: Connection, with_secrets: bool) -> Entry[Connection]:
    secret = store.connections.secret(connection.id)
    return Entry(
        replace(connection, secret=secret if with_secrets else None),
        source=credential_kind_of(connection, secret),
    )


def _write(store: Store, plan: ImportPlan) -> None:
    connection_ids: dict[str, str] = {}
    for key, planned in plan.connections.items():
        if planned.target is None:
            connection_ids[key] = store.connections.add(planned.new).id
            continue
        connection_ids[key] = planned.target.id
        if planned.item.effect is Effect.CHANGE:
            connections.write_over(store, planned.target.id, planned.new)
    pool_ids: dict[str, str] = {}
    for key, pool in plan.pools.items():
        record = replace(pool.new, connection_id=connection_ids[pool.place])
        if pool.target is None:
            pool_ids[key] = store.pools.add(record).id
            continue
        pool_ids[key] = pool.target.id
        if pool.item.effect is Effect.CHANGE:
            store.pools.update(replace(record, id=pool.target.id))
    for application in plan.applications:
        home = pool_ids[application.place]
        if application.target is None:
            store.applications.add(replace(application.new, pool_record_id=home))
        elif application.item.effect is Effect.CHANGE:
            changed = replace(application.new, id=application.target.id, pool_record_id=home)
            store.applications.update(changed)
    for provider in plan.sign_in_providers:
        if provider.target is None:
            store.sign_in_providers.add(provider.new)
        elif provider.item.effect is Effect.CHANGE:
            sign_in_providers.write_over(store, provider.target, provider.new)


def _old_values(plan: ImportPlan) -> dict[str, Any]:
    return {
        f"{item.kind} {item.name}": dict(item.before)
        for item in plan.items
        if item.effect is Effect.CHANGE and item.before
    }


def _new_values(plan: ImportPlan) -> dict[str, Any]:
    written = (Effect.ADD, Effect.CHANGE)
    return {
        f"{item.kind} {item.name}": {name: value for name, value in item.after.items() if value}
        for item in plan.items
        if item.effect in written
    }


def plan_import(store: Store, bundle: Bundle, on_clash: OnClash) -> ImportPlan:
    """What importing `bundle` would do now. Raises `FileRejected` for values that aren't usable."""
    return _ImportPlanner(store, bundle, on_clash).plan()


class _ImportPlanner:
    def __init__(self, store: Store, bundle: Bundle, on_clash: OnClash) -> None:
        self._store = store
        self._bundle = bundle
        self._on_clash = on_clash
        self._old_connections = {
            connection.name.casefold(): connection for connection in store.connections.list()
        }
        self._old_pools = store.pools.list()
        self._connections: dict[str, Planned[Connection]] = {}
        self._pools: dict[str, Planned[PoolRecord]] = {}
        # names in use when the import is done; the file's own come first, numbered ones after them
        self._connection_names = {
            *self._old_connections,
            *(entry.name.casefold() for entry in bundle.connections),
        }
        self._pool_names = {pool.name.casefold() for pool in self._old_pools}
        self._pool_names |= {entry.name.casefold() for entry in bundle.pools}

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
        providers = []
        for provider in self._bundle.sign_in_providers:
            with _named("provider", provider.name):
                providers.append(self._provider(provider))
        return ImportPlan(self._connections, self._pools, tuple(planned), tuple(providers))

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

    def _connection(self, entry: Entry[Connection]) -> Planned[Connection]:
        target = self._old_connections.get(entry.name.casefold())
        stored = None if target is None else self._store.connections.secret(target.id)
        moved = target is not None and target.endpoint_url != entry.record.endpoint_url
        # stored keys never follow a connection to another endpoint
        new = _connection(entry, None if moved else stored)
        old = None if target is None else {**facts(target), **_said("", target)}
        item = self._item(connections.KIND, new.name, old, _with_secret(new, stored, target))
        if self._beside(item):
            name = _free(new.name[:72], self._connection_names, "{} ({})")
            target, new = None, replace(_connection(entry, None), name=name)
            item = self._item(connections.KIND, name, None, _with_secret(new, None, None))
        if item.effect in (Effect.ADD, Effect.CHANGE) and entry.source in KEY_KINDS and not new.secret:
            item = replace(item, note="Its keys are not in the file: enter them afterwards.")
        return Planned(item, new, target)

    def _pool(self, entry: Entry[PoolRecord]) -> Planned[PoolRecord]:
        behind = self._connections.get(entry.place.casefold())
        if behind is None:
            raise InvalidValue(f"It belongs to the connection “{entry.place}”, which the file lacks.")
        stays = behind.target is not None and behind.item.effect is not Effect.CHANGE
        home = behind.target if behind.target is not None and stays else behind.new
        home_id = behind.target.id if behind.target else ""
        region = entry.record.region or behind.new.region
        new = pools.checked_pool(replace(entry.record, connection_id=home_id, region=region), home, [])
        target = next((pool for pool in self._old_pools if pool.name.casefold() == new.name.casefold()), None)
        target = target or same_pool(self._old_pools, home_id, home.region, new.pool_id, region)
        new_facts = pools.pool_facts(new, replace(home, name=behind.item.name))
        item = self._item(pools.KIND, new.name, self._old_pool_facts(target), new_facts)
        if self._beside(item):
            new = replace(new, name=_free(new.name[:36], self._pool_names, "{}-{}"))
            target = None
            item = self._item(pools.KIND, new.name, None, {**new_facts, "name": new.name})
        return Planned(item, new, target, entry.place.casefold())

    def _old_pool_facts(self, record: PoolRecord | None) -> Facts | None:
        if record is None:
            return None
        return pools.pool_facts(record, self._store.connections.get(record.connection_id))

    def _application(self, entry: Entry[Application]) -> Planned[Application]:
        place = self._pools.get(entry.place.casefold())
        if place is None:
            raise InvalidValue(f"It belongs to the pool “{entry.place}”, which the file lacks.")
        pool_record_id = place.target.id if place.target else ""
        there = self._store.applications.list(pool_record_id) if place.target else ()
        target = next(
            (application for application in there if application.name.casefold() == entry.name.casefold()),
            None,
        )
        home = self._connections[place.place].new
        usual = applications.pool_discovery_url(
            place.new.region or home.region, home.endpoint_url, place.new.pool_id
        )
        new = applications.checked_application(
            replace(entry.record, pool_record_id=pool_record_id), usual, []
        )
        stored = self._store.applications.secret(target.id) if target else ""
        kept = stored if target and target.client_id == new.client_id else ""
        new = replace(new, secret=entry.record.secret or kept)
        old = None if target is None else {**facts(target), **_said("", target)}
        item = self._item(applications.KIND, new.name, old, _with_secret(new, stored, target))
        if self._beside(item):
            in_use = {application.name.casefold() for application in there}
            in_use |= {entry.name.casefold() for entry in self._bundle.applications}
            name = _free(new.name[:72], in_use, "{} ({})")
            target, new = None, replace(new, name=name, secret=entry.record.secret or "")
            item = self._item(applications.KIND, name, None, _with_secret(new, "", None))
        if item.effect in (Effect.ADD, Effect.CHANGE) and entry.record.has_secret and not new.secret:
            item = replace(item, note="Its client secret is not in the file: enter it afterwards.")
        return Planned(item, new, target, entry.place.casefold())

    def _provider(self, entry: Entry[SignInProvider]) -> Planned[SignInProvider]:
        known = {provider.name.casefold(): provider for provider in self._store.sign_in_providers.list()}
        target = known.get(entry.name.casefold())
        stored = self._store.sign_in_providers.secret(target.id) if target else ""
        new = sign_in_providers.checked(entry.record, [])
        same = target and (target.discovery_url, target.client_id) == (new.discovery_url, new.client_id)
        # a stored secret follows no provider to another address
        new = replace(new, secret=entry.record.secret or (stored if same else ""))
        old = None if target is None else {**facts(target), **_said("", target)}
        item = self._item(sign_in_providers.KIND, new.name, old, _with_secret(new, stored, target))
        if self._beside(item):
            in_use = {*known, *(other.name.casefold() for other in self._bundle.sign_in_providers)}
            name = _free(new.name[:72], in_use, "{} ({})")
            target, new = None, replace(new, name=name, secret=entry.record.secret or "")
            item = self._item(sign_in_providers.KIND, name, None, _with_secret(new, "", None))
        if item.effect in (Effect.ADD, Effect.CHANGE) and entry.record.has_secret and not new.secret:
            item = replace(item, note="Its client secret is not in the file: enter it afterwards.")
        return Planned(item, new, target)


def _connection(entry: Entry[Connection], stored: ConnectionSecret | None) -> Connection:
    return connections.checked_connection(entry.record, entry.source, [], stored, keys_later=True)


def _with_secret(
    new: Connection | Application | SignInProvider,
    stored: object,
    target: Connection | Application | SignInProvider | None,
) -> Facts:
    """Facts that say whether the secret changes, never what it is."""
    if (new.secret or None) == (stored or None):
        said = ""
    elif not new.secret:
        said = "to be entered again"
    else:
        said = "from the file" if target is None else "secret changed"
    return {**facts(new), **_said(said, new)}


def _said(what: str, record: Connection | Application | SignInProvider) -> dict[str, str]:
    """What is said about the secret of a record, under the name that the log has for it."""
    return {settings_of(type(record))["secret"].log: what}


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
