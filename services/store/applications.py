"""Applications: what users sign in to, which groups may, and as which role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from services.errors import RecordNotFound
from services.store.columns import name_key, new_id, utc_now
from services.store.database import Database
from services.store.schema import applications
from services.store.vault import Vault

CALLBACK_PATH = "/oauth/v2/callback"


@dataclass(frozen=True, slots=True)
class NewApplication:
    """What makes an application. `secret` None means that the app client has none stored."""

    pool_record_id: str
    name: str
    client_id: str
    application_url: str = ""
    discovery_url: str = ""
    allowed_groups: tuple[str, ...] = ()
    group_roles: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Application:
    """A stored application, without its client secret."""

    id: str
    pool_record_id: str
    name: str
    client_id: str
    has_secret: bool
    application_url: str
    discovery_url: str
    allowed_groups: tuple[str, ...]
    group_roles: Mapping[str, str]
    created_at: datetime
    changed_at: datetime

    @property
    def callback_url(self) -> str:
        """Where the application takes the answer of a sign-in; empty without an application URL."""
        return self.application_url.rstrip("/") + CALLBACK_PATH if self.application_url else ""


class Applications:
    """Owner of the table `applications`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def list(self, pool_record_id: str | None = None) -> tuple[Application, ...]:
        """All applications by name, or those of one pool."""
        query = select(applications).order_by(applications.c.name_key, applications.c.id)
        if pool_record_id is not None:
            query = query.where(applications.c.pool_record_id == pool_record_id)
        with self._database.read() as db:
            return tuple(map(_application, db.execute(query)))

    def get(self, id: str) -> Application:
        """One application. Raises `RecordNotFound`."""
        with self._database.read() as db:
            row = db.execute(select(applications).where(applications.c.id == id)).first()
        if row is None:
            raise _gone()
        return _application(row)

    def add(self, new: NewApplication) -> Application:
        """Store an application. Raises `NameTaken`, or `RecordNotFound` when the pool is gone."""
        id, now = new_id(), utc_now()
        with self._database.write(taken=_taken(new.name)) as db:
            db.execute(
                insert(applications).values(
                    id=id,
                    pool_record_id=new.pool_record_id,
                    name=new.name.strip(),
                    name_key=name_key(new.name),
                    client_id=new.client_id,
                    secret=self._sealed(id, new.secret),
                    application_url=new.application_url,
                    discovery_url=new.discovery_url,
                    allowed_groups=list(new.allowed_groups),
                    group_roles=dict(new.group_roles),
                    created_at=now,
                    changed_at=now,
                )
            )
        return self.get(id)

    def update(
        self,
        id: str,
        *,
        name: str | None = None,
        client_id: str | None = None,
        application_url: str | None = None,
        discovery_url: str | None = None,
        allowed_groups: Iterable[str] | None = None,
        group_roles: Mapping[str, str] | None = None,
        secret: str | None = None,
    ) -> Application:
        """Change what is given; None leaves a field as it is.

        An empty `secret` forgets the stored one. Raises `RecordNotFound` or `NameTaken`.
        """
        given: dict[str, Any] = {
            "name": None if name is None else name.strip(),
            "name_key": None if name is None else name_key(name),
            "client_id": client_id,
            "application_url": application_url,
            "discovery_url": discovery_url,
            "allowed_groups": None if allowed_groups is None else list(allowed_groups),
            "group_roles": None if group_roles is None else dict(group_roles),
        }
        values = {key: value for key, value in given.items() if value is not None}
        if secret is not None:
            values["secret"] = self._sealed(id, secret)
        values["changed_at"] = utc_now()
        with self._database.write(taken=_taken(name or "")) as db:
            if not db.execute(update(applications).where(applications.c.id == id).values(**values)).rowcount:
                raise _gone()
        return self.get(id)

    def delete(self, id: str) -> None:
        """Remove an application. Raises `RecordNotFound`."""
        with self._database.write() as db:
            if not db.execute(delete(applications).where(applications.c.id == id)).rowcount:
                raise _gone()

    def secret(self, id: str) -> str:
        """The client secret, or an empty string. Raises `RecordNotFound` or `SealBroken`."""
        with self._database.read() as db:
            row = db.execute(select(applications.c.secret).where(applications.c.id == id)).first()
        if row is None:
            raise _gone()
        if row.secret is None:
            return ""
        return str(self._vault.open(row.secret, table="applications", column="secret", row=id))

    def _sealed(self, id: str, secret: str | None) -> str | None:
        if not secret:
            return None
        return self._vault.seal(secret, table="applications", column="secret", row=id)


def _application(row: Row[Any]) -> Application:
    return Application(
        id=row.id,
        pool_record_id=row.pool_record_id,
        name=row.name,
        client_id=row.client_id,
        has_secret=row.secret is not None,
        application_url=row.application_url,
        discovery_url=row.discovery_url,
        allowed_groups=tuple(row.allowed_groups),
        group_roles=dict(row.group_roles),
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _taken(name: str) -> str:
    return f"Another application of this pool is called “{name.strip()}”. Nothing was changed."


def _gone() -> RecordNotFound:
    return RecordNotFound("This application is not there any more.", "Refresh the page and choose another.")
