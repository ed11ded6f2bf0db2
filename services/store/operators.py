"""Operators: the people who sign in to this console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from services.errors import RecordNotFound
from services.roles import Role
from services.store.columns import new_id, unique_key, utc_now
from services.store.records import Records, from_row
from services.store.schema import operators


@dataclass(frozen=True, slots=True)
class Operator:
    """Someone who may sign in, unless `disabled`.

    With a `provider_id` it is by their company account, which the provider knows as `subject`.
    """

    id: str
    username: str
    name: str
    email: str
    role: Role
    disabled: bool
    created_at: datetime
    last_sign_in: datetime | None
    provider_id: str | None = None
    subject: str | None = None


class Operators(Records):
    """Owner of the table `operators`. Rules (the last administrator …) stand above the store."""

    def list(self) -> tuple[Operator, ...]:
        """All operators by username."""
        rows = self._all(select(operators).order_by(operators.c.username_key))
        return tuple(from_row(Operator, row) for row in rows)

    def get(self, id: str) -> Operator:
        """One operator. Raises `RecordNotFound`."""
        found = self._one(operators.c.id == id)
        if found is None:
            raise _gone()
        return found

    def by_username(self, username: str) -> Operator | None:
        """The operator with this username, whatever its letter case, or None."""
        return self._one(operators.c.username_key == unique_key(username))

    def by_subject(self, provider_id: str, subject: str) -> Operator | None:
        """The operator whom this provider knows by this id, or None."""
        return self._one((operators.c.provider_id == provider_id) & (operators.c.subject == subject))

    def add(
        self,
        *,
        username: str,
        name: str,
        role: Role,
        email: str = "",
        password_hash: str = "",
        disabled: bool = False,
        provider_id: str | None = None,
        subject: str | None = None,
    ) -> Operator:
        """Store an operator; without `password_hash` nobody can sign in as them. Raises `NameTaken`."""
        id = new_id()
        values = {
            "id": id,
            "username": username.strip(),
            "username_key": unique_key(username),
            "name": name,
            "email": email,
            "role": str(role),
            "disabled": disabled,
            "password_hash": self._sealed(id, password_hash),
            "created_at": utc_now(),
            "provider_id": provider_id,
            "subject": subject,
        }
        self._write(insert(operators).values(values), _taken(username))
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
            "username_key": None if username is None else unique_key(username),
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
        if not self._write(delete(operators).where(operators.c.id == id)):
            raise _gone()

    def password_hash(self, id: str) -> str:
        """The stored hash, or an empty string. Raises `RecordNotFound` or `SealBroken`."""
        row = self._first(select(operators.c.password_hash).where(operators.c.id == id))
        if row is None:
            raise _gone()
        return self._open(operators.c.password_hash, row.password_hash, id) or ""

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
        return self._seal(operators.c.password_hash, password_hash or None, id)

    def _change(self, id: str, values: dict[str, Any], taken: str = "") -> None:
        if not self._write(update(operators).where(operators.c.id == id).values(values), taken):
            raise _gone()

    def _one(self, condition: ColumnElement[bool]) -> Operator | None:
        row = self._first(select(operators).where(condition))
        return None if row is None else from_row(Operator, row)


def _taken(username: str) -> str:
    return f"Another operator has the username “{username.strip()}”. Nothing was changed."


def _gone() -> RecordNotFound:
    return RecordNotFound("This operator is not there any more.", "Refresh the page.")
