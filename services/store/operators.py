"""Operators: the people who sign in to this console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from services.errors import RecordNotFound, SealBroken
from services.roles import Role
from services.store.columns import new_id, unique_key, utc_now
from services.store.records import Records, from_row, row_of
from services.store.schema import operators

# what the seal of an operator says
_STATE = ("username_key", "role", "disabled", "provider_id", "subject")


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
    altered: bool = False
    """Somebody changed name, role, state or company account past the console: nobody signs in with it."""


class Operators(Records):
    """Owner of the table `operators`. Rules (the last administrator …) stand above the store."""

    def list(self) -> tuple[Operator, ...]:
        """All operators by username."""
        return tuple(map(self._operator, self._all(select(operators).order_by(operators.c.username_key))))

    def get(self, id: str) -> Operator:
        """One operator. Raises `RecordNotFound`."""
        row = self._first(row_of(operators), {"id": id})
        if row is None:
            raise _gone()
        return self._operator(row)

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
        values["seal"] = self._state_seal(values)
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
        """Change what is given; None leaves a field as it is.

        Raises `RecordNotFound`, `NameTaken`, or `SealBroken` for one who was altered past the console.
        """
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
            with self._database.write(_taken(username or "")) as db:
                self._restate(db, id, values)
        return self.get(id)

    def confirm(self, id: str, role: Role) -> Operator:
        """Take an altered operator as they stand, with this role, and let them in."""
        with self._database.write() as db:
            self._restate(db, id, {"role": str(role), "disabled": False}, confirmed=True)
        return self.get(id)

    def seal_all(self, db: Connection) -> None:
        """Seal every operator as they stand: once, when a database of an earlier release is opened."""
        for row in db.execute(select(operators)).all():
            seal = self._state_seal(row._asdict())
            db.execute(update(operators).where(operators.c.id == row.id).values(seal=seal))

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
        query = select(operators).where(operators.c.role == str(Role.ADMIN))
        admins = map(self._operator, self._all(query.where(operators.c.password_hash.is_not(None))))
        return sum(not admin.disabled for admin in admins)

    def _sealed(self, id: str, password_hash: str) -> str | None:
        return self._seal(operators.c.password_hash, password_hash or None, id)

    def _change(self, id: str, values: dict[str, Any], taken: str = "") -> None:
        if not self._write(update(operators).where(operators.c.id == id).values(values), taken):
            raise _gone()

    def _restate(self, db: Connection, id: str, values: dict[str, Any], *, confirmed: bool = False) -> None:
        row = db.execute(select(operators).where(operators.c.id == id).with_for_update()).first()
        if row is None:
            raise _gone()
        if not confirmed and self._operator(row).altered:
            raise SealBroken(
                f"The record of {row.username} was changed past the console; nothing more was changed.",
                "An administrator looks at it on the page Operators, and confirms or disables it.",
            )
        seal = self._state_seal(row._asdict() | values)
        db.execute(update(operators).where(operators.c.id == id).values(seal=seal, **values))

    def _state_seal(self, values: Mapping[str, Any]) -> str | None:
        return self._seal(operators.c.seal, [values[name] for name in _STATE], values["id"])

    def _operator(self, row: Row[Any]) -> Operator:
        try:
            stated = self._open(operators.c.seal, row.seal, row.id)
        except SealBroken:
            stated = None
        if stated == [row._asdict()[name] for name in _STATE]:
            return from_row(Operator, row, altered=False)
        return replace(from_row(Operator, row, altered=True), disabled=True)

    def _one(self, condition: ColumnElement[bool]) -> Operator | None:
        row = self._first(select(operators).where(condition))
        return None if row is None else self._operator(row)


def _taken(username: str) -> str:
    return f"Another operator has the username “{username.strip()}”. Nothing was changed."


def _gone() -> RecordNotFound:
    return RecordNotFound("This operator is not there any more.", "Refresh the page.")
