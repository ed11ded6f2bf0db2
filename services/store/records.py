"""What the owners of tables are made of: records, the fields that people set, and sealing for one row.

A record is a dataclass whose fields are its table's columns. A field that administrators set says
of itself what a form, the activity log and a file need to know (`setting`); what is one field more
is written down there alone, and in a migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, get_origin, get_type_hints

from sqlalchemy import (
    JSON,
    Column,
    Constraint,
    Executable,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from services.errors import InvalidValue, RecordNotFound
from services.store.columns import ID, WORD, SafeText, UtcTime, metadata, new_id, unique_key, utc_now
from services.store.database import Database
from services.store.vault import Vault

PIECE = 1024 * 1024
"""Bytes that one row of pieces holds, before encryption."""

UNSAVED = datetime.min.replace(tzinfo=UTC)
"""When a record that isn't stored yet was made."""


def as_it_is(value: Any) -> Any:
    """The check of a field that its noun's service checks, because it depends on others."""
    return value


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about one field of a record that administrators set.

    `label`, `help` and `placeholder` stand in its form; `log` is what the activity log calls it.
    `check` gives the value as it is kept, or raises `InvalidValue`. A `secret` is sealed: never
    shown, logged, or written to a file in the clear.
    """

    label: str
    check: Callable[[Any], Any]
    log: str = ""
    help: str = ""
    placeholder: str = ""
    secret: bool = False


def setting(label: str, check: Callable[[Any], Any] = as_it_is, **more: Any) -> dict[str, Setting]:
    """The metadata of a field that administrators set, as `Setting` names it."""
    return {"setting": Setting(label, check, **more)}


ELSEWHERE: Mapping[str, Any] = {"elsewhere": True}
"""The metadata of a field that isn't read from the column of its name."""


@dataclass(frozen=True, slots=True)
class Record:
    """What every record has; `id` is "" until it is stored."""

    id: str = field(default="", kw_only=True)
    created_at: datetime = field(default=UNSAVED, kw_only=True)
    changed_at: datetime = field(default=UNSAVED, kw_only=True)


R = TypeVar("R", bound=Record)
T = TypeVar("T")


def settings_of(kind: type[Any]) -> dict[str, Setting]:
    """The fields of a record that administrators set, by name, in order."""
    return {found.name: found.metadata["setting"] for found in fields(kind) if "setting" in found.metadata}


def checked(record: R, **others: Callable[[Any], Any]) -> R:
    """The record with every field as it is kept; `others` check in place of a field's own check.

    Secrets are left as they are. Raises `InvalidValue` naming the first field that isn't usable.
    """
    values: dict[str, Any] = {}
    for name, known in settings_of(type(record)).items():
        if known.secret and name not in others:
            continue
        try:
            values[name] = others.get(name, known.check)(getattr(record, name))
        except InvalidValue as error:
            # a check that serves several fields doesn't know for which one it was asked
            error.field = error.field or name
            raise
    return replace(record, **values)


def facts(record: Record) -> dict[str, Any]:
    """What the log keeps about a record: every field that is set, JSON-ready, secrets left out."""
    values = to_row(record)
    settings = settings_of(type(record)).items()
    return {known.log or name: values[name] for name, known in settings if not known.secret}


_TYPES: dict[object, dict[str, Any]] = {}


def types_of(kind: type[Any]) -> dict[str, Any]:
    """The types of the fields that are columns of the same name, by name."""
    found = _TYPES.get(kind)
    if found is None:
        hints = get_type_hints(kind)
        names = [found.name for found in fields(kind) if not found.metadata.get("elsewhere")]
        secrets = {name for name, known in settings_of(kind).items() if known.secret}
        found = _TYPES[kind] = {name: hints[name] for name in names if name not in secrets}
    return found


def from_row(kind: type[T], row: Row[Any], **others: Any) -> T:
    """A row as a record; `others` are the values of fields that are no columns of their name."""
    types = {name: hint for name, hint in types_of(kind).items() if name not in others}
    return kind(**{name: _opened(hint, getattr(row, name)) for name, hint in types.items()}, **others)


def to_row(record: object) -> dict[str, Any]:
    """A record's fields as the values of their columns."""
    return {name: _plain(getattr(record, name)) for name in types_of(type(record))}


def _opened(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return tuple(value) if get_origin(hint) is tuple else value


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def table_of(kind: type[Record], name_of_table: str, *explicit: Column[Any] | Constraint) -> Table:
    """The table of a record: a column for each field by its type, but for the `explicit` ones."""
    given = {column.name for column in explicit if isinstance(column, Column)}
    made = [
        Column(name, _column_type(hint), nullable=False)
        for name, hint in types_of(kind).items()
        if name not in given and name != "id"
    ]
    return Table(name_of_table, metadata, Column("id", ID, primary_key=True), *made, *explicit)


def _column_type(hint: Any) -> Any:
    if hint is datetime:
        return UtcTime()
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return WORD
    return SafeText() if hint is str else JSON()


def _place(column: Column[Any], row: Sequence[object]) -> dict[str, str]:
    return {"table": column.table.name, "column": column.name, "row": "/".join(map(str, row))}


# Made once: queries that are asked for in each run of a page.
@cache
def row_of(table: Table) -> Select[Any]:
    """The row of a table whose `id` is the parameter of that name."""
    return select(table).where(table.c.id == bindparam("id"))


@cache
def by_name(table: Table) -> Select[Any]:
    """All rows of a table whose records have names, in their order."""
    return select(table).order_by(table.c.name_key, table.c.id)


class Records:
    """The base of every owner of tables: short reads and writes, and sealing for one's own rows.

    What is sealed is bound to its table, its column and its row: the row's primary key, joined by "/".
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def _first(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> Row[Any] | None:
        return next(iter(self._database.answer(query, values, first=True)), None)

    def _all(self, query: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        return self._database.answer(query, values)

    def _write(self, query: Executable, taken: str = "") -> int:
        """Carry out one statement; how many rows it was about. `taken` as in `Database.write`."""
        with self._database.write(taken) as db:
            return int(db.execute(query).rowcount)

    def _seal(self, column: Column[Any], value: Any, *row: object) -> str | None:
        """`value` (JSON-ready) sealed for `column` of this row; None stays None."""
        return None if value is None else self._vault.seal(value, **_place(column, row))

    def _open(self, column: Column[Any], token: str | None, *row: object) -> Any:
        """What was sealed for `column` of this row; None stays None. Raises `SealBroken`."""
        return None if token is None else self._vault.open(token, **_place(column, row))

    def _seal_bytes(self, column: Column[Any], value: bytes, *row: object) -> str:
        """As `_seal`, for bytes."""
        return self._vault.seal_bytes(value, **_place(column, row))

    def _open_bytes(self, column: Column[Any], token: str, *row: object) -> bytes:
        """As `_open`, for bytes."""
        return self._vault.open_bytes(token, **_place(column, row))

    def _seal_pieces(self, column: Column[Any], data: bytes, *row: object) -> Iterator[dict[str, Any]]:
        """Rows of a table with `number` and `column` that hold `data`, sealed piece by piece; `row` is
        the rest of their primary key. One at a time: sealed, all of it is twice as large."""
        for number, start in enumerate(range(0, len(data), PIECE)):
            sealed = self._seal_bytes(column, data[start : start + PIECE], *row, number)
            yield {"number": number, column.name: sealed}

    def _open_pieces(self, column: Column[Any], *row: object) -> bytes:
        """What `_seal_pieces` made of it, put together again; empty when there is nothing of it."""
        table, data = column.table, bytearray()
        # `number` is the last column of the primary key
        *own, number = table.primary_key.columns
        matches = [key == value for key, value in zip(own, row, strict=True)]
        query = select(number, column).where(*matches).order_by(number)
        with self._database.read() as db:
            for at, token in db.execute(query.execution_options(yield_per=4)):
                data += self._open_bytes(column, token, *row, at)
        return bytes(data)


class NamedRecords(Records, Generic[R]):
    """Owner of a table whose records have a name of their own (in any letter case)."""

    kind: type[R]
    table: ClassVar[Table]
    taken: ClassVar[str]
    """What is said when `{name}` is in use."""
    gone: ClassVar[tuple[str, str]]
    """What is said about a record that isn't there, and what to do then."""

    def list(self) -> tuple[R, ...]:
        """All records, by name."""
        return self._listed(by_name(self.table))

    def get(self, id: str) -> R:
        """The record with this id. Raises `RecordNotFound`."""
        return self._record(self._row(id))

    def add(self, new: R) -> R:
        """Store a new record. Raises `NameTaken`, or `RecordNotFound` when what it belongs to is gone."""
        new = replace(new, id=new_id(), created_at=utc_now(), changed_at=utc_now())
        self._write(insert(self.table).values(self._values(new)), self._taken(new))
        return self.get(new.id)

    def update(self, changed: R) -> R:
        """Replace the stored record of this id; a secret that is None stays as it is.

        Raises `RecordNotFound` or `NameTaken`.
        """
        values = self._values(replace(changed, changed_at=utc_now()))
        for name in ("id", "created_at"):
            values.pop(name)
        query = update(self.table).where(self.table.c.id == changed.id).values(values)
        if not self._write(query, self._taken(changed)):
            raise self._missing()
        return self.get(changed.id)

    def delete(self, id: str) -> None:
        """Delete the record with this id. Raises `RecordNotFound`."""
        if not self._write(delete(self.table).where(self.table.c.id == id)):
            raise self._missing()

    def _listed(self, query: Select[Any]) -> tuple[R, ...]:
        return tuple(map(self._record, self._all(query)))

    def _row(self, id: str) -> Row[Any]:
        row = self._first(row_of(self.table), {"id": id})
        if row is None:
            raise self._missing()
        return row

    def _record(self, row: Row[Any]) -> R:
        return from_row(self.kind, row)

    def _values(self, record: R) -> dict[str, Any]:
        """The columns of a record, its name trimmed."""
        values = to_row(record)
        name = values["name"].strip()
        return {**values, "name": name, "name_key": unique_key(name)}

    def _taken(self, record: R) -> str:
        return self.taken.format(name=str(to_row(record)["name"]).strip())

    def _missing(self) -> RecordNotFound:
        return RecordNotFound(*self.gone)


class SecretRecords(NamedRecords[R]):
    """Owner of a table whose records may have a secret: sealed in its column, told by `secret` alone.

    A record says only whether there is one (`has_secret`); one that comes with "" forgets it.
    """

    def secret(self, id: str) -> str:
        """The secret, or an empty string. Raises `RecordNotFound` or `SealBroken`."""
        return self._open(self.table.c.secret, self._row(id).secret, id) or ""

    def _record(self, row: Row[Any]) -> R:
        return from_row(self.kind, row, has_secret=row.secret is not None)

    def _values(self, record: R) -> dict[str, Any]:
        values, given = super()._values(record), getattr(record, "secret")  # noqa: B009 - not of every record
        if given is not None:
            values["secret"] = self._seal(self.table.c.secret, given or None, record.id)
        return values
