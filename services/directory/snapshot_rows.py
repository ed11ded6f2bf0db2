"""Rows of a snapshot's tables as the objects that the rest of the console knows, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import Group, User, UserStatus
from services.directory.people import storable
from services.directory.snapshot import GROUPS_SCHEMA, PERSON_COLUMNS, USERS_SCHEMA


def users_of(table: pa.Table | pa.RecordBatch) -> Iterator[User]:
    """The people of some rows of `Snapshot.users`."""
    names = [name for name in table.schema.names if name not in PERSON_COLUMNS]
    for row in table.to_pylist():
        yield User(
            username=row["username"],
            sub=row["sub"],
            status=UserStatus(row["status"]),
            enabled=row["enabled"],
            created=row["created"],
            changed=row["changed"],
            attributes={"sub": row["sub"], **{name: row[name] for name in names if row[name] is not None}},
        )


def user_from(attributes: Sequence[str], values: Sequence[Any], invited: tuple[datetime, datetime]) -> User:
    """A user from the values of `PERSON_COLUMNS` and then of `attributes`; `invited` as `User` has it."""
    sub, username, status, enabled, created, changed, *rest = values
    given = {name: value for name, value in zip(attributes, rest, strict=True) if value is not None}
    first, last = (
        None if known == date else known for known, date in zip(invited, (created, changed), strict=True)
    )
    return User(
        username, sub, UserStatus(status), enabled, created, changed, {"sub": sub, **given}, first, last
    )


def storable_user(user: User) -> User:
    """A user as tables hold them (`storable`)."""
    named = {storable(name): storable(value) for name, value in user.attributes.items()}
    return replace(user, username=storable(user.username), attributes=named)


def user_rows(people: Sequence[User], attributes: Iterable[str]) -> pa.RecordBatch:
    """People as rows, with a column for each of `attributes`."""
    columns = {
        "sub": [user.sub for user in people],
        "username": [user.username for user in people],
        "status": [str(user.status) for user in people],
        "enabled": [user.enabled for user in people],
        "created": [user.created for user in people],
        "changed": [user.changed for user in people],
    }
    arrays = [pa.array(columns[name], USERS_SCHEMA.field(name).type) for name in PERSON_COLUMNS]
    named = list(attributes)
    arrays += [pa.array([user.attributes.get(name) for user in people], pa.string()) for name in named]
    return pa.record_batch(arrays, [*PERSON_COLUMNS, *named])


def groups_of(table: pa.Table) -> tuple[Group, ...]:
    """The groups of `Snapshot.groups`."""
    return tuple(Group(**row) for row in table.to_pylist())


def group_table(groups: Iterable[Group]) -> pa.Table:
    """Groups as `Snapshot.groups`."""
    listed = list(groups)
    return pa.table(
        {
            column.name: pa.array([getattr(group, column.name) for group in listed], column.type)
            for column in GROUPS_SCHEMA
        },
        schema=GROUPS_SCHEMA,
    )


def strings(values: Collection[str]) -> pa.Array:
    """Some texts as a value set for `pyarrow.compute.is_in`."""
    return pa.array(list(values), pa.string())


def rows_with(table: pa.Table, column: str, values: Collection[str]) -> pa.Table:
    """The rows whose `column` holds one of `values`."""
    if not values:
        return table.slice(0, 0)
    return table.filter(pc.is_in(table[column], strings(values)))
