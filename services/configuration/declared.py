"""A configuration written by hand: the TOML file that infrastructure code keeps.

It names connections, pools, applications and operators, never a secret. A field that it leaves out
stays as it is here. docs/setup.md shows one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from typing import Any, TypeVar

from services.configuration.bundle import LARGEST_FILE, Bundle, Entry, values_of
from services.configuration.connections import credential_kind_of
from services.errors import FileRejected
from services.roles import Role
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.records import Record, settings_of, to_row
from services.store.store import Store

R = TypeVar("R", bound=Record)
SECTIONS = ("connections", "pools", "applications", "operators")
OPTIONAL = ("source",)
"""What an entry names besides the fields of its record, and may leave out."""


@dataclass(frozen=True, slots=True)
class DeclaredOperator:
    """An operator that the file wants to be there."""

    username: str
    role: Role
    full_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file declares: the configuration, and who works here."""

    bundle: Bundle
    operators: tuple[DeclaredOperator, ...]


def read(data: bytes, store: Store) -> Declared:
    """What a file declares, on top of what stands in the store.

    Raises `FileRejected` naming the section, the entry and the field that isn't as it should be.
    Values are checked where they are used (`transfer`, `OperatorService`).
    """
    document = _document(data)
    return Declared(
        Bundle(
            tuple(_connection(row, store) for row in _rows(document, "connections", Connection, ("source",))),
            tuple(_pool(row, store) for row in _rows(document, "pools", PoolRecord, ("connection",))),
            tuple(
                _application(row, store) for row in _rows(document, "applications", Application, ("pool",))
            ),
        ),
        tuple(_operator(row) for row in _rows(document, "operators", DeclaredOperator, ())),
    )


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_FILE:
        raise FileRejected("The file is larger than 5 MB; a configuration is not. Nothing was changed.")
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # not UTF-8, or not TOML: the message names the line
        raise FileRejected(
            f"The file is not TOML: {str(error)[:200]}. Nothing was changed.", "docs/setup.md shows one."
        ) from None
    unknown = sorted(set(document) - set(SECTIONS))
    if unknown:
        raise FileRejected(
            f"The file has a section “{unknown[0][:60]}”, which there isn't. Nothing was changed.",
            f"It may have {', '.join(f'[[{section}]]' for section in SECTIONS)}.",
        )
    return document


def _rows(
    document: Mapping[str, Any], section: str, kind: type[Any], more: Collection[str]
) -> list[Mapping[str, Any]]:
    """The entries of a section, every key known and every field that is needed there."""
    rows = document.get(section, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FileRejected(f"“{section}” is written as [[{section}]], once for each. Nothing was changed.")
    settings = settings_of(kind)
    known = [
        field
        for field in fields(kind)
        if not settings or (field.name in settings and not _secret(kind, field))
    ]
    names = [field.name for field in known]
    needed = [*(name for name in more if name not in OPTIONAL), *(f.name for f in known if _is_needed(f))]
    for number, row in enumerate(rows, 1):
        where = f"[[{section}]] number {number}"
        for key in row:
            if key not in names and key not in more:
                raise FileRejected(
                    f"{where} has “{str(key)[:60]}”, which there isn't. Nothing was changed.",
                    f"It may have {', '.join([*more, *names])}. Secrets never stand in it.",
                )
        for key in needed:
            if key not in row:
                raise FileRejected(f"{where} lacks “{key}”. Nothing was changed.")
    return rows


def _secret(kind: type[Any], field: Field[Any]) -> bool:
    return settings_of(kind)[field.name].secret


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _values(kind: type[Record], row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return values_of(kind, row)
    except FileRejected as error:
        raise FileRejected(error.message, "docs/setup.md shows how each field is written.") from error


def _over(kind: type[R], stored: R | None, row: Mapping[str, Any], rest: Callable[[dict[str, Any]], R]) -> R:
    """The stored record with what the row says, or a new one."""
    said = {name: value for name, value in row.items() if name in settings_of(kind)}
    if stored is None:
        return rest(_values(kind, said))
    now = to_row(stored)
    merged = {
        name: said.get(name, now[name]) for name, known in settings_of(kind).items() if not known.secret
    }
    return replace(stored, **_values(kind, merged))


def _named(records: Collection[R], name: object) -> R | None:
    wanted = str(name).casefold()
    return next((record for record in records if str(to_row(record)["name"]).casefold() == wanted), None)


def _connection(row: Mapping[str, Any], store: Store) -> Entry[Connection]:
    stored = _named(store.connections.list(), row["name"])
    record = _over(Connection, stored, row, lambda values: Connection(**values))
    if "source" in row:
        return Entry(record, source=_source(row["source"]))
    if stored is not None and record.kind is stored.kind:
        return Entry(record, source=credential_kind_of(stored, store.connections.secret(stored.id)))
    return Entry(record, source=CredentialKind.PROFILE if record.profile else CredentialKind.DEFAULT)


def _source(value: object) -> CredentialKind:
    try:
        return CredentialKind(str(value))
    except ValueError:
        kinds = ", ".join(kind for kind in CredentialKind if kind is not CredentialKind.ROLE)
        raise FileRejected(
            f"“{str(value)[:60]}” is no kind of credentials. Nothing was changed.", f"There are {kinds}."
        ) from None


def _pool(row: Mapping[str, Any], store: Store) -> Entry[PoolRecord]:
    stored = _named(store.pools.list(), row["name"])
    return Entry(
        _over(PoolRecord, stored, row, lambda values: PoolRecord("", **values)), str(row["connection"])
    )


def _application(row: Mapping[str, Any], store: Store) -> Entry[Application]:
    pool = _named(store.pools.list(), row["pool"])
    stored = _named(store.applications.list(pool.id), row["name"]) if pool else None
    return Entry(_over(Application, stored, row, lambda values: Application("", **values)), str(row["pool"]))


def _operator(row: Mapping[str, Any]) -> DeclaredOperator:
    if not all(isinstance(value, str) for value in row.values()):
        raise FileRejected("What an operator is called is written in quotation marks. Nothing was changed.")
    try:
        role = Role(row["role"])
    except ValueError:
        raise FileRejected(
            f"“{row['role'][:60]}” is no role. Nothing was changed.", f"There are {', '.join(Role)}."
        ) from None
    return DeclaredOperator(**{**row, "role": role})
