"""Connections: adding, changing, removing and testing how AWS is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from services.cognito.connection import REGIONS
from services.cognito.gateway import CognitoGateway
from services.cognito.models import CallerIdentity, PoolSummary
from services.cognito.probe import IDENTITY, ProbeStep, probe
from services.configuration import checks
from services.configuration.connection_form import ConnectionForm, checked, source_of
from services.configuration.recording import Recorded, carry_out, only_changed
from services.errors import ConsoleError
from services.pool_session import Target, gateway_for, settings_for
from services.roles import Actor, ActorSource, Permission
from services.store.connections import (
    Connection,
    ConnectionSecret,
    CredentialKind,
    NewConnection,
    TestStep,
)
from services.store.store import Store

KIND = "connection"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change left behind, and its line in the activity log."""

    connection: Connection
    activity_id: str


class ConnectionService:
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def _actor(self) -> Actor:
        actor = self._who()
        actor.require(Permission.CONFIGURE)
        return actor

    def list(self) -> tuple[Connection, ...]:
        """All connections by name. Raises `NotPermitted`, as every method here does."""
        self._actor()
        return self._store.connections.list()

    def get(self, id: str) -> Connection:
        """One connection. Raises `RecordNotFound`."""
        self._actor()
        return self._store.connections.get(id)

    def source(self, connection: Connection) -> CredentialKind:
        """Where its credentials come from, looking through a role to what it is taken on with."""
        self._actor()
        return source_of(connection, self._store.connections.secret(connection.id))

    def add(self, form: ConnectionForm) -> Saved:
        """Store a new connection. Raises `InvalidValue` or `NameTaken`; nothing was changed then."""
        actor = self._actor()
        new = checked(form, [one.name for one in self._store.connections.list()])
        made, line = carry_out(
            self._store,
            actor,
            Recorded("add_connection", KIND, new.name),
            lambda: self._store.connections.add(new),
            lambda made: {"id": made.id, **facts(made), **({"keys": "stored"} if new.secret else {})},
        )
        return Saved(made, line)

    def change(self, id: str, form: ConnectionForm) -> Saved:
        """Change a connection; blank secrets keep the stored ones.

        Raises `InvalidValue`, `NameTaken` or `RecordNotFound`; nothing was changed then.
        """
        actor = self._actor()
        old = self._store.connections.get(id)
        stored = self._store.connections.secret(id)
        new = checked(form, [one.name for one in self._store.connections.list() if one.id != id], stored)
        made, line = change_stored(self._store, actor, old, stored, new)
        return Saved(made, line)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget a connection and its secrets; the line's id. Refused while it has pools."""
        actor = self._actor()
        old = self._store.connections.get(id)
        _, line = carry_out(
            self._store,
            actor,
            Recorded("remove_connection", KIND, old.name, old.id, before=facts(old), reason=reason),
            lambda: self._store.connections.delete(id),
            lambda _: {"removed": True},
        )
        return line

    def test(self, id: str) -> Iterator[ProbeStep]:
        """Try the connection step by step, yielding each as it ends; the result is saved at the end.

        Its configured pools are described too. A test that isn't read to its end saves nothing.
        """
        actor = self._actor()
        old = self._store.connections.get(id)
        steps = []
        for step in self._probe(old, actor):
            steps.append(step)
            yield step
        kept = [TestStep(one.title, one.passed, one.sentence, one.next_step) for one in steps]
        carry_out(
            self._store,
            actor,
            Recorded("test_connection", KIND, old.name, old.id),
            lambda: self._store.connections.save_test(id, kept),
            lambda _: {one.title: _OUTCOMES[one.passed] for one in kept},
        )

    def _probe(self, connection: Connection, actor: Actor) -> Iterator[ProbeStep]:
        """Identity and list in the connection's region, then its pools, each in its own region."""
        try:
            settings = settings_for(self._store, _target(connection), actor.name)
        except ConsoleError as error:
            yield ProbeStep("Credentials", False, error.message, "Choose Change and enter the keys again.")
            return
        by_region: dict[str, list[str]] = {settings.region: []}
        for pool in self._store.pools.list():
            if pool.connection_id == connection.id:
                by_region.setdefault(pool.region or settings.region, []).append(pool.pool_id)
        for region, pool_ids in by_region.items():
            for step in probe(replace(settings, region=region), pool_ids):
                if region == settings.region or step.title != IDENTITY:
                    yield step

    def live_pools(self, id: str) -> tuple[PoolSummary, ...]:
        """The user pools that the connection sees now, by name. Raises `CognitoError`s."""
        return self._gateway(id).list_pools()

    def identity(self, id: str) -> CallerIdentity:
        """Who AWS says the connection is. Raises `CognitoError`s."""
        return self._gateway(id).identity()

    def _gateway(self, id: str) -> CognitoGateway:
        actor = self._actor()
        return gateway_for(self._store, _target(self._store.connections.get(id)), actor.name)


_OUTCOMES = {True: "passed", False: "failed", None: "not known"}


def _target(connection: Connection) -> Target:
    return Target(
        region=connection.region,
        pool_id="",
        endpoint_url=connection.endpoint_url,
        connection_id=connection.id,
    )


def facts(connection: Connection | NewConnection) -> dict[str, Any]:
    """What the log keeps about a connection: nothing that opens anything."""
    return {
        "name": connection.name,
        "region": connection.region,
        "account": connection.account,
        "endpoint": connection.endpoint_url,
        "credentials": str(connection.kind),
        "profile": connection.profile,
        "role": connection.role_arn,
        "external id": connection.external_id,
    }


def change_stored(
    store: Store, actor: Actor, old: Connection, stored: ConnectionSecret | None, new: NewConnection
) -> tuple[Connection, str]:
    """Bring a stored connection to `new`, with its line in the log; the caller has checked both."""
    before, after = only_changed(facts(old), facts(new))
    note = {} if new.secret == stored else {"keys": "secret changed" if new.secret else "forgotten"}
    return carry_out(
        store,
        actor,
        Recorded("change_connection", KIND, new.name, old.id, before=before),
        lambda: write_over(store, old.id, new),
        lambda _: {**after, **note},
    )


def write_over(store: Store, id: str, new: NewConnection) -> Connection:
    """Replace every field of a stored connection, its secret too.

    On AWS a pool's id begins with its region. Its pools that were looked for in the connection's
    region stay where they are when that moves.
    """
    with store.together():
        for pool in store.pools.list():
            home = checks.region_in(pool.pool_id)
            follows = pool.connection_id == id and not pool.region and not new.endpoint_url
            if follows and home in REGIONS and home != new.region:
                store.pools.update(pool.id, region=home)
        return _write_over(store, id, new)


def _write_over(store: Store, id: str, new: NewConnection) -> Connection:
    return store.connections.update(
        id,
        name=new.name,
        region=new.region,
        kind=new.kind,
        account=new.account,
        endpoint_url=new.endpoint_url,
        profile=new.profile,
        role_arn=new.role_arn,
        external_id=new.external_id,
        secret=new.secret,
        forget_secret=new.secret is None,
    )
