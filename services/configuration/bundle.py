"""The configuration as a file: what stands in it, and reading it back with every value checked.

JSON with connections, pools and applications that name each other by name, and the providers of
company sign-in; secrets stand in one encrypted box, or are left out. Operators, sessions and activity
are never part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, Generic, TypeVar, get_args, get_origin

from services.configuration import passphrase as passphrases
from services.errors import FileRejected, InvalidValue
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.records import Record, settings_of, to_row, types_of
from services.store.sign_in_providers import SignInProvider

R = TypeVar("R", bound=Record)

FORMAT = "cognito-ops-console/configuration"
VERSION = 1
LARGEST_FILE = 5 * 1024 * 1024

_KEYS = tuple(known.name for known in fields(ConnectionSecret))


@dataclass(frozen=True, slots=True)
class Entry(Generic[R]):
    """A record as it stands in a file: without its id, with the name of what it belongs to.

    `place` names the connection of a pool and the pool of an application; `source` is the kind of
    credentials behind a connection, looking through a role. A secret that was left out is None.
    """

    record: R
    place: str = ""
    source: CredentialKind = CredentialKind.DEFAULT

    @property
    def name(self) -> str:
        """The record's name."""
        return str(to_row(self.record)["name"])


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole configuration. `with_secrets` says whether the file's secrets were read."""

    connections: tuple[Entry[Connection], ...]
    pools: tuple[Entry[PoolRecord], ...]
    applications: tuple[Entry[Application], ...]
    sign_in_providers: tuple[Entry[SignInProvider], ...] = ()
    with_secrets: bool = False


def write(bundle: Bundle, passphrase: str, at: datetime) -> bytes:
    """The bundle as a file (UTF-8 JSON). Without a passphrase the secrets are left out."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": at.isoformat(timespec="seconds"),
        "connections": [{**_plain(entry), "source": str(entry.source)} for entry in bundle.connections],
        "pools": [{**_plain(entry), "connection": entry.place} for entry in bundle.pools],
        "applications": [
            {**_plain(entry), "pool": entry.place, "had_secret": entry.record.has_secret}
            for entry in bundle.applications
        ],
        "sign_in_providers": [
            {**_plain(entry), "had_secret": entry.record.has_secret} for entry in bundle.sign_in_providers
        ],
        "secrets": None,
    }
    if passphrase:
        payload = {
            "belongs_to": _digest(document),
            "connections": {
                entry.name: asdict(entry.record.secret) for entry in bundle.connections if entry.record.secret
            },
            "applications": [
                {"pool": entry.place, "name": entry.name, "secret": entry.record.secret}
                for entry in bundle.applications
                if entry.record.secret
            ],
            "sign_in_providers": {
                entry.name: entry.record.secret for entry in bundle.sign_in_providers if entry.record.secret
            },
        }
        document["secrets"] = passphrases.lock(payload, passphrase)
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _plain(entry: Entry[Any]) -> dict[str, Any]:
    """What administrators set in a record, JSON-ready, without its secret."""
    values = to_row(entry.record)
    return {
        name: values[name] for name, setting in settings_of(type(entry.record)).items() if not setting.secret
    }


def _digest(document: Mapping[str, Any]) -> str:
    """Ties the secrets to the settings they were exported with: endpoint, role and the like."""
    known = ("connections", "pools", "applications", "sign_in_providers")
    # files of earlier releases have no providers
    tied = {key: document[key] for key in known if key in document}
    text = json.dumps(tied, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def has_secrets(data: bytes) -> bool:
    """True if the file holds encrypted secrets. Raises `FileRejected` when it is no such file."""
    return _document(data).get("secrets") is not None


def read(data: bytes, passphrase: str | None) -> Bundle:
    """The bundle in a file. `passphrase` None leaves the file's secrets closed.

    Raises `FileRejected` for anything but a file that `write` made, `InvalidValue` for a wrong
    passphrase. Values are not checked here beyond their types: `transfer` checks them.
    """
    document = _document(data)
    box = document.get("secrets")
    opened = passphrase is not None and box is not None
    secrets = _open(_mapping(box, "secrets"), document, passphrase or "") if opened else _Secrets()
    connections = tuple(_connection(row, secrets.connections) for row in _rows(document, "connections"))
    pools = tuple(_pool(row) for row in _rows(document, "pools"))
    applications = tuple(_application(row, secrets.applications) for row in _rows(document, "applications"))
    rows = _rows(document, "sign_in_providers") if "sign_in_providers" in document else ()
    providers = tuple(_provider(row, secrets.providers) for row in rows)
    _once("connections", [entry.name for entry in connections])
    _once("pools", [entry.name for entry in pools])
    _once("applications", [f"{entry.place}: {entry.name}" for entry in applications])
    _once("providers", [entry.name for entry in providers])
    return Bundle(connections, pools, applications, providers, opened)


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_FILE:
        raise FileRejected("The file is larger than 5 MB; a configuration is not. Nothing was changed.")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number too long, nested too deep
        raise FileRejected(
            "The file is not JSON. Nothing was changed.", "Choose a file that this page exported."
        ) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileRejected(
            "The file is not a configuration of this console. Nothing was changed.",
            "Choose a file that this page exported.",
        )
    if document.get("version") != VERSION:
        raise FileRejected(
            "The file was written by another release of the console, in a form this one doesn't know. "
            "Nothing was changed.",
            "Update this console, then import the file again.",
        )
    return document


@dataclass(frozen=True, slots=True)
class _Secrets:
    """The file's secrets: of connections and providers by name, of applications by pool and name."""

    connections: Mapping[str, ConnectionSecret] = field(default_factory=dict)
    applications: Mapping[tuple[str, str], str] = field(default_factory=dict)
    providers: Mapping[str, str] = field(default_factory=dict)


def _open(box: Mapping[str, Any], document: Mapping[str, Any], passphrase: str) -> _Secrets:
    payload = _mapping(passphrases.unlock(box, passphrase), "secrets")
    if payload.get("belongs_to") != _digest(document):
        raise InvalidValue(
            "The file was changed after it was exported, so its secrets are not used. Nothing was changed.",
            "Export it again; or import without the secrets and enter them afterwards.",
            field="passphrase",
        )
    connections = {
        name: ConnectionSecret(**{key: _text(_mapping(secret, name), key) for key in _KEYS})
        for name, secret in _mapping(payload.get("connections"), "secrets").items()
    }
    applications = {
        (_text(row, "pool"), _text(row, "name")): _text(row, "secret")
        for row in _rows(payload, "applications")
    }
    given = _mapping(payload.get("sign_in_providers", {}), "secrets")
    return _Secrets(connections, applications, {name: _text(given, name) for name in given})


def _connection(row: Mapping[str, Any], secrets: Mapping[str, ConnectionSecret]) -> Entry[Connection]:
    record = Connection(**values_of(Connection, row), secret=secrets.get(_text(row, "name")))
    return Entry(record, source=_value(CredentialKind, row, "source"))


def _pool(row: Mapping[str, Any]) -> Entry[PoolRecord]:
    return Entry(PoolRecord("", **values_of(PoolRecord, row)), _text(row, "connection"))


def _application(row: Mapping[str, Any], secrets: Mapping[tuple[str, str], str]) -> Entry[Application]:
    place = _text(row, "pool")
    secret = secrets.get((place, _text(row, "name")))
    had_secret = row.get("had_secret") is True
    values = values_of(Application, row)
    return Entry(Application("", **values, secret=secret, has_secret=had_secret), place)


def _provider(row: Mapping[str, Any], secrets: Mapping[str, str]) -> Entry[SignInProvider]:
    values, had_secret = values_of(SignInProvider, row), row.get("had_secret") is True
    return Entry(SignInProvider(**values, secret=secrets.get(_text(row, "name")), has_secret=had_secret))


def values_of(kind: type[Record], row: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says about the fields of a record; one that may be blank may also be missing.

    That is how a file is read that was written before there was the field.
    """
    types, settings = types_of(kind), settings_of(kind)
    needed = {
        known.name for known in fields(kind) if known.default is MISSING and known.default_factory is MISSING
    }
    names = [
        name for name, setting in settings.items() if not setting.secret and (name in row or name in needed)
    ]
    return {name: _value(types[name], row, name) for name in names}


def _value(hint: Any, row: Mapping[str, Any], key: str) -> Any:
    """A value of the type that its field has."""
    if hint is bool:
        if not isinstance(row.get(key), bool):
            raise _malformed(key)
        return row[key]
    if get_origin(hint) is tuple and get_origin(get_args(hint)[0]) is tuple:
        return tuple(_pair(pair, key) for pair in _list(row, key))
    if get_origin(hint) is tuple:
        found = row.get(key)
        if not isinstance(found, list) or not all(isinstance(value, str) for value in found):
            raise _malformed(key)
        return tuple(found)
    if get_origin(hint) is Mapping:
        texts = _mapping(row.get(key), key)
        return {name: _text(texts, name) for name in texts}
    text = _text(row, key)
    if hint is not CredentialKind:
        return text
    try:
        return CredentialKind(text)
    except ValueError:
        raise FileRejected(
            "The file names a kind of credentials that this release doesn't know. Nothing was changed.",
            "Update this console, then import the file again.",
        ) from None


def _list(row: Mapping[str, Any], key: str) -> list[Any]:
    found = row.get(key)
    if not isinstance(found, list):
        raise _malformed(key)
    return found


def _pair(value: object, key: str) -> tuple[str, str]:
    if not isinstance(value, list) or [type(part) for part in value] != [str, str]:
        raise _malformed(key)
    return value[0], value[1]


def _rows(document: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return [_mapping(row, key) for row in _list(document, key)]


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(where)
    return value


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise _malformed(key)
    return value


def _malformed(where: str) -> FileRejected:
    shown = where if len(where) <= 60 and where.isprintable() else "a field"
    return FileRejected(
        f"“{shown}” in the file isn't as it should be: it is incomplete, or was edited by hand. "
        "Nothing was changed.",
        "Export it again where it came from.",
    )


def _once(what: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise FileRejected(
                f"The file names “{name[:80]}” twice among its {what}. Nothing was changed.",
                "Export it again where it came from.",
            )
        seen.add(name.casefold())
