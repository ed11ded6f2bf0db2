"""Taking the configuration out as a file and bringing one in, all of it or nothing."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from services.configuration import applications, bundle, connections, passphrase
from services.configuration.bundle import ApplicationEntry, Bundle, ConnectionEntry, PoolEntry
from services.configuration.connection_form import source_of
from services.configuration.import_plan import Effect, ImportPlan, OnClash, plan_import
from services.configuration.recording import Recorded, carry_out
from services.errors import InvalidValue
from services.roles import Actor, ActorSource, Permission
from services.store.applications import Application
from services.store.connections import Connection
from services.store.store import Store

KIND = "configuration"


class TransferService:
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def _actor(self) -> Actor:
        actor = self._who()
        actor.require(Permission.CONFIGURE)
        return actor

    def export(self, words: str = "", again: str | None = None) -> bytes:
        """Every connection, pool and application as a file; `passphrase.check_new` says of the words.

        Without a passphrase the secrets are left out. Operators and their passwords never are in it.
        Raises `InvalidValue` for a weak or mistyped passphrase.
        """
        actor = self._actor()
        if words or again:
            passphrase.check_new(words, again)
        whole = _gather(self._store, with_secrets=bool(words))
        data, _ = carry_out(
            self._store,
            actor,
            Recorded("export_configuration", KIND, "configuration"),
            lambda: bundle.write(whole, words, datetime.now(UTC)),
            lambda _: {
                "connections": len(whole.connections),
                "pools": len(whole.pools),
                "applications": len(whole.applications),
                "secrets": "encrypted" if words else "left out",
            },
        )
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
        actor = self._actor()

        def change() -> None:
            with self._store.together():
                plan = plan_import(self._store, whole, on_clash)
                if plan.items != seen.items:
                    raise InvalidValue(
                        "The configuration was changed by someone meanwhile. Nothing was imported.",
                        "Look at the preview again.",
                    )
                _write(self._store, plan)

        _, line = carry_out(
            self._store,
            actor,
            Recorded("import_configuration", KIND, "configuration", before=_old_values(seen)),
            change,
            lambda _: _new_values(seen),
        )
        return line


def _gather(store: Store, *, with_secrets: bool) -> Bundle:
    """Everything as of one moment."""
    with store.together():
        found = store.connections.list()
        pools = store.pools.list()
        connection_names = {one.id: one.name for one in found}
        pool_names = {one.id: one.name for one in pools}
        return Bundle(
            connections=tuple(_connection_entry(store, one, with_secrets) for one in found),
            pools=tuple(
                PoolEntry(connection_names[one.connection_id], one.pool_id, one.name, one.region)
                for one in pools
            ),
            applications=tuple(
                _application_entry(store, one, pool_names[one.pool_record_id], with_secrets)
                for one in store.applications.list()
            ),
            with_secrets=with_secrets,
        )


def _connection_entry(store: Store, one: Connection, with_secrets: bool) -> ConnectionEntry:
    secret = store.connections.secret(one.id)
    return ConnectionEntry(
        name=one.name,
        region=one.region,
        account=one.account,
        endpoint_url=one.endpoint_url,
        kind=str(one.kind),
        profile=one.profile,
        role_arn=one.role_arn,
        external_id=one.external_id,
        source=str(source_of(one, secret)),
        secret=asdict(secret) if secret is not None and with_secrets else {},
    )


def _application_entry(store: Store, one: Application, pool: str, with_secrets: bool) -> ApplicationEntry:
    return ApplicationEntry(
        pool=pool,
        name=one.name,
        client_id=one.client_id,
        application_url=one.application_url,
        discovery_url=one.discovery_url,
        allowed_groups=one.allowed_groups,
        group_roles=dict(one.group_roles),
        had_secret=one.has_secret,
        secret=store.applications.secret(one.id) if with_secrets else "",
    )


def _write(store: Store, plan: ImportPlan) -> None:
    connection_ids: dict[str, str] = {}
    for key, connection in plan.connections.items():
        if connection.target is None:
            connection_ids[key] = store.connections.add(connection.new).id
            continue
        connection_ids[key] = connection.target.id
        if connection.item.effect is Effect.CHANGE:
            connections.write_over(store, connection.target.id, connection.new)
    pool_ids: dict[str, str] = {}
    for key, pool in plan.pools.items():
        values: dict[str, Any] = {
            "connection_id": connection_ids[pool.connection],
            "pool_id": pool.form.pool_id,
            "name": pool.form.name,
            "region": pool.form.region,
        }
        if pool.target is None:
            pool_ids[key] = store.pools.add(**values).id
            continue
        pool_ids[key] = pool.target.id
        if pool.item.effect is Effect.CHANGE:
            store.pools.update(pool.target.id, **values)
    for application in plan.applications:
        if application.target is None:
            store.applications.add(replace(application.new, pool_record_id=pool_ids[application.pool]))
        elif application.item.effect is Effect.CHANGE:
            applications.write_over(store, application.target.id, application.new)


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
