"""Connections: how AWS is reached, with their secrets sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Row, delete, insert, select, update

from services.errors import InvalidValue, RecordNotFound
from services.store.columns import name_key, new_id, utc_now
from services.store.database import Database
from services.store.schema import connections, pools
from services.store.vault import Vault


class CredentialKind(StrEnum):
    """Where a connection's credentials come from."""

    STATIC = "static"
    SESSION = "session"
    PROFILE = "profile"
    ROLE = "role"
    DEFAULT = "default"


# a role may be assumed with stored keys; these two never have any
_WITHOUT_SECRET = (CredentialKind.PROFILE, CredentialKind.DEFAULT)


@dataclass(frozen=True, slots=True)
class TestStep:
    """One line of a connection test; `passed` is None for a step that was not reached."""

    __test__: ClassVar[bool] = False

    title: str
    passed: bool | None
    sentence: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSecret:
    """Access keys in the clear; never shown, not even in a repr."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    @property
    def hint(self) -> str:
        """The last four characters of the access key id, for people to recognise it by."""
        return self.access_key_id[-4:] if len(self.access_key_id) >= 12 else ""


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What makes a connection. `endpoint_url` empty means AWS."""

    name: str
    region: str
    kind: CredentialKind
    account: str = ""
    endpoint_url: str = ""
    profile: str = ""
    role_arn: str = ""
    external_id: str = ""
    secret: ConnectionSecret | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A stored connection, without its secret. `changed_at` moves when anything but the test result does."""

    id: str
    name: str
    region: str
    account: str
    endpoint_url: str
    kind: CredentialKind
    profile: str
    role_arn: str
    external_id: str
    access_key_hint: str
    last_test: tuple[TestStep, ...] | None
    tested_at: datetime | None
    created_at: datetime
    changed_at: datetime


class Connections:
    """Owner of the table `connections`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def list(self) -> tuple[Connection, ...]:
        """All connections by name."""
        with self._database.read() as db:
            return tuple(map(_connection, db.execute(select(connections).order_by(connections.c.name_key))))

    def get(self, id: str) -> Connection:
        """One connection. Raises `RecordNotFound`."""
        with self._database.read() as db:
            row = db.execute(select(connections).where(connections.c.id == id)).first()
        if row is None:
            raise _gone()
        return _connection(row)

    def add(self, new: NewConnection) -> Connection:
        """Store a new connection. Raises `NameTaken`."""
        id, now = new_id(), utc_now()
        values = {
            **_values(asdict(new)),
            **self._sealed(id, new.kind, new.secret),
            "id": id,
            "created_at": now,
            "changed_at": now,
        }
        with self._database.write(taken=_taken(new.name)) as db:
            db.execute(insert(connections).values(**values))
        return self.get(id)

    def update(
        self,
        id: str,
        *,
        name: str | None = None,
        region: str | None = None,
        kind: CredentialKind | None = None,
        account: str | None = None,
        endpoint_url: str | None = None,
        profile: str | None = None,
        role_arn: str | None = None,
        external_id: str | None = None,
        secret: ConnectionSecret | None = None,
        forget_secret: bool = False,
    ) -> Connection:
        """Change what is given and leave the rest; None leaves a field as it is.

        The stored secret stays unless `secret` replaces it, `forget_secret` is set, or the new
        kind has none. The last test result is dropped, since it no longer speaks of this
        connection. Raises `RecordNotFound` or `NameTaken`.
        """
        given = {
            "name": name,
            "region": region,
            "kind": kind,
            "account": account,
            "endpoint_url": endpoint_url,
            "profile": profile,
            "role_arn": role_arn,
            "external_id": external_id,
        }
        values = _values({key: value for key, value in given.items() if value is not None})
        if secret is not None or forget_secret or kind in _WITHOUT_SECRET:
            values |= self._sealed(id, kind, None if forget_secret else secret)
        values |= {"last_test": None, "tested_at": None, "changed_at": utc_now()}
        with self._database.write(taken=_taken(name or "")) as db:
            if not db.execute(update(connections).where(connections.c.id == id).values(**values)).rowcount:
                raise _gone()
        return self.get(id)

    def delete(self, id: str) -> None:
        """Remove a connection. Raises `RecordNotFound`, or `InvalidValue` while it still has pools."""
        with self._database.write() as db:
            names = db.scalars(select(pools.c.name).where(pools.c.connection_id == id)).all()
            if names:
                raise InvalidValue(
                    f"The connection still has pools ({', '.join(names)}); it was not deleted.",
                    "Delete or move these pools first.",
                )
            if not db.execute(delete(connections).where(connections.c.id == id)).rowcount:
                raise _gone()

    def secret(self, id: str) -> ConnectionSecret | None:
        """The stored keys, or None when there are none. Raises `RecordNotFound` or `SealBroken`."""
        with self._database.read() as db:
            row = db.execute(select(connections.c.secret).where(connections.c.id == id)).first()
        if row is None:
            raise _gone()
        if row.secret is None:
            return None
        return ConnectionSecret(**self._vault.open(row.secret, table="connections", column="secret", row=id))

    def save_test(self, id: str, steps: Iterable[TestStep]) -> None:
        """Keep the newest test result. Raises `RecordNotFound`."""
        values = {"last_test": [asdict(step) for step in steps], "tested_at": utc_now()}
        with self._database.write() as db:
            if not db.execute(update(connections).where(connections.c.id == id).values(**values)).rowcount:
                raise _gone()

    def _sealed(
        self, id: str, kind: CredentialKind | None, secret: ConnectionSecret | None
    ) -> dict[str, Any]:
        if secret is None or kind in _WITHOUT_SECRET:
            return {"secret": None, "access_key_hint": ""}
        sealed = self._vault.seal(asdict(secret), table="connections", column="secret", row=id)
        return {"secret": sealed, "access_key_hint": secret.hint}


def _values(given: dict[str, Any]) -> dict[str, Any]:
    values = {key: value for key, value in given.items() if key != "secret"}
    if "name" in values:
        values["name"] = values["name"].strip()
        values["name_key"] = name_key(values["name"])
    if "kind" in values:
        values["kind"] = str(values["kind"])
    return values


def _connection(row: Row[Any]) -> Connection:
    steps = None if row.last_test is None else tuple(TestStep(**step) for step in row.last_test)
    return Connection(
        id=row.id,
        name=row.name,
        region=row.region,
        account=row.account,
        endpoint_url=row.endpoint_url,
        kind=CredentialKind(row.kind),
        profile=row.profile,
        role_arn=row.role_arn,
        external_id=row.external_id,
        access_key_hint=row.access_key_hint,
        last_test=steps,
        tested_at=row.tested_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _taken(name: str) -> str:
    return f"Another connection is called “{name.strip()}”. Nothing was changed."


def _gone() -> RecordNotFound:
    return RecordNotFound("This connection is not there any more.", "Refresh the page and choose another.")
