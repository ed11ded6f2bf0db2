"""Operators: the people who sign in to this console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from services.errors import RecordNotFound
from services.roles import Role
from services.store.columns import name_key, new_id, utc_now
from services.store.database import Database
from services.store.schema import operators
from services.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Operator:
    """Someone who may sign in, unless `disabled`."""

    id: str
    username: str
    name: str
    email: str
    role: Role
    disabled: bool
    created_at: datetime
    last_sign_in: datetime | None


class Operators:
    """Owner of the table `operators`. Rules (the last administrator …) stand above the store."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def list(self) -> tuple[Operator, ...]:
        """All operators by username."""
        with self._database.read() as db:
            return tuple(map(_operator, db.execute(select(operators).order_by(operators.c.username_key))))

    def get(self, id: str) -> Operator:
        """One operator. Raises `RecordNotFound`."""
        found = self._one(operators.c.id == id)
        if found is None:
            raise _gone()
        return found

    def by_username(self, username: str) -> Operator | None:
        """The operator with this username, whatever its letter case, or None."""
        return self._one(operators.c.username_key == name_key(username))

    def add(
        self,
        *,
        username: str,
        name: str,
        role: Role,
        email: str = "",
        password_hash: str = "",
        disabled: bool = False,
    ) -> Operator:
        """Store an operator; without `password_hash` nobody can sign in as them. Raises `NameTaken`."""
        id = new_id()
        with self._database.write(taken=_taken(username)) as db:
            db.execute(
                insert(operators).values(
                    id=id,
                    username=username.strip(),
                    username_key=name_key(username),
                    name=name,
                    email=email,
                    role=str(role),
                    disabled=disabled,
                    password_hash=self._sealed(id, password_hash),
                    created_at=utc_now(),
                )
            )
        return self.get(id)

    def update(
        self,
        id: str,
        *,
        username: str | None = None,
        name: str | None = None,
        email: str | None = None,
        role: Role | None = None,
        disabled: bool | None = None,
        last_sign_in: datetime | None = None,
    ) -> Operator:
        """Change what is given; None leaves a field as it is. Raises `RecordNotFound` or `NameTaken`."""
        given: dict[str, Any] = {
            "username": None if username is None else username.strip(),
            "username_key": None if username is None else name_key(username),
            "name": name,
            "email": email,
            "role": None if role is None else str(role),
            "disabled": disabled,
            "last_sign_in": last_sign_in,
        }
        values = {key: value for key, value in given.items() if value is not None}
        if values:
            self._change(id, values, taken=_taken(username or ""))
        return self.get(id)

    def delete(self, id: str) -> None:
        """Remove an operator and their sessions. Raises `RecordNotFound`."""
        with self._database.write() as db:
            if not db.execute(delete(operators).where(operators.c.id == id)).rowcount:
                raise _gone()

    def password_hash(self, id: str) -> str:
        """The stored hash, or an empty string. Raises `RecordNotFound` or `SealBroken`."""
        with self._database.read() as db:
            row = db.execute(select(operators.c.password_hash).where(operators.c.id == id)).first()
        if row is None:
            raise _gone()
        if row.password_hash is None:
            return ""
        return str(self._vault.open(row.password_hash, table="operators", column="password_hash", row=id))

    def set_password_hash(self, id: str, password_hash: str) -> None:
        """Replace the hash; an empty one closes the door. Raises `RecordNotFound`."""
        self._change(id, {"password_hash": self._sealed(id, password_hash)})

    def count_admins(self) -> int:
        """How many administrators can sign in: not disabled, with a password."""
        query = (
            select(func.count())
            .select_from(operators)
            .where(operators.c.role == str(Role.ADMIN), operators.c.disabled.is_(False))
            .where(operators.c.password_hash.is_not(None))
        )
        with self._database.read() as db:
            return int(db.scalar(query) or 0)

    def _sealed(self, id: str, password_hash: str) -> str | None:
        if not password_hash:
            return None
        return self._vault.seal(password_hash, table="operators", column="password_hash", row=id)

    def _change(self, id: str, values: dict[str, Any], taken: str = "") -> None:
        with self._database.write(taken=taken) as db:
            if not db.execute(update(operators).where(operators.c.id == id).values(**values)).rowcount:
                raise _gone()

    def _one(self, condition: ColumnElement[bool]) -> Operator | None:
        with self._database.read() as db:
            row = db.execute(select(operators).where(condition)).first()
        return None if row is None else _operator(row)


def _operator(row: Row[Any]) -> Operator:
    return Operator(
        id=row.id,
        username=row.username,
        name=row.name,
        email=row.email,
        role=Role(row.role),
        disabled=row.disabled,
        created_at=row.created_at,
        last_sign_in=row.last_sign_in,
    )


def _taken(username: str) -> str:
    return f"Another operator has the username “{username.strip()}”. Nothing was changed."


def _gone() -> RecordNotFound:
    return RecordNotFound("This operator is not there any more.", "Refresh the page.")
