"""The configuration as a file: what stands in it, and reading it back with every value checked.

JSON with connections, pools and applications that name each other by name; secrets stand in one
encrypted box, or are left out. Operators, sessions and activity are never part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from services.configuration import passphrase as passphrases
from services.errors import FileRejected, InvalidValue

FORMAT = "cognito-ops-console/configuration"
VERSION = 1
LARGEST_FILE = 5 * 1024 * 1024

Secret = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ConnectionEntry:
    """A connection as it stands in a file; `secret` is its keys, empty when left out.

    `source` is the kind of credentials behind it, looking through a role.
    """

    name: str
    region: str
    account: str
    endpoint_url: str
    kind: str
    profile: str
    role_arn: str
    external_id: str
    source: str
    secret: Secret = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """A pool as it stands in a file; `connection` is the name of its connection."""

    connection: str
    pool_id: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class ApplicationEntry:
    """An application as it stands in a file; `pool` is the short name of its pool."""

    pool: str
    name: str
    client_id: str
    application_url: str
    discovery_url: str
    allowed_groups: tuple[str, ...]
    group_roles: Mapping[str, str]
    had_secret: bool = False
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole configuration. `with_secrets` says whether the file's secrets were read."""

    connections: tuple[ConnectionEntry, ...]
    pools: tuple[PoolEntry, ...]
    applications: tuple[ApplicationEntry, ...]
    with_secrets: bool = False


def write(bundle: Bundle, passphrase: str, at: datetime) -> bytes:
    """The bundle as a file (UTF-8 JSON). Without a passphrase the secrets are left out."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": at.isoformat(timespec="seconds"),
        "connections": [_plain(one) for one in bundle.connections],
        "pools": [_plain(one) for one in bundle.pools],
        "applications": [_plain(one) for one in bundle.applications],
        "secrets": None,
    }
    if passphrase:
        payload = {
            "belongs_to": _digest(document),
            "connections": {one.name: dict(one.secret) for one in bundle.connections if one.secret},
            "applications": [
                {"pool": one.pool, "name": one.name, "secret": one.secret}
                for one in bundle.applications
                if one.secret
            ],
        }
        document["secrets"] = passphrases.lock(payload, passphrase)
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _plain(entry: ConnectionEntry | PoolEntry | ApplicationEntry) -> dict[str, Any]:
    values = asdict(entry)
    values.pop("secret", None)
    return values


def _digest(document: Mapping[str, Any]) -> str:
    """Ties the secrets to the settings they were exported with: endpoint, role and the like."""
    tied = {key: document[key] for key in ("connections", "pools", "applications")}
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
    connection_secrets: dict[str, dict[str, str]] = {}
    application_secrets: dict[tuple[str, str], str] = {}
    opened = passphrase is not None and box is not None
    if opened:
        connection_secrets, application_secrets = _open(_mapping(box, "secrets"), document, passphrase or "")
    connections = tuple(_connection(one, connection_secrets) for one in _rows(document, "connections"))
    pools = tuple(_pool(one) for one in _rows(document, "pools"))
    applications = tuple(_application(one, application_secrets) for one in _rows(document, "applications"))
    _once("connections", [one.name for one in connections])
    _once("pools", [one.name for one in pools])
    _once("applications", [f"{one.pool}: {one.name}" for one in applications])
    return Bundle(connections, pools, applications, opened)


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


def _open(
    box: Mapping[str, Any], document: Mapping[str, Any], passphrase: str
) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], str]]:
    payload = _mapping(passphrases.unlock(box, passphrase), "secrets")
    if payload.get("belongs_to") != _digest(document):
        raise InvalidValue(
            "The file was changed after it was exported, so its secrets are not used. Nothing was changed.",
            "Export it again; or import without the secrets and enter them afterwards.",
            field="passphrase",
        )
    connections = {
        name: {key: _text(secret, key) for key in _mapping(secret, name)}
        for name, secret in _mapping(payload.get("connections"), "secrets").items()
    }
    applications = {
        (_text(one, "pool"), _text(one, "name")): _text(one, "secret")
        for one in _rows(payload, "applications")
    }
    return connections, applications


def _connection(row: Mapping[str, Any], secrets: Mapping[str, Secret]) -> ConnectionEntry:
    name = _text(row, "name")
    return ConnectionEntry(
        name=name,
        region=_text(row, "region"),
        account=_text(row, "account"),
        endpoint_url=_text(row, "endpoint_url"),
        kind=_text(row, "kind"),
        profile=_text(row, "profile"),
        role_arn=_text(row, "role_arn"),
        external_id=_text(row, "external_id"),
        source=_text(row, "source"),
        secret=secrets.get(name, {}),
    )


def _pool(row: Mapping[str, Any]) -> PoolEntry:
    return PoolEntry(
        connection=_text(row, "connection"),
        pool_id=_text(row, "pool_id"),
        name=_text(row, "name"),
        region=_text(row, "region"),
    )


def _application(row: Mapping[str, Any], secrets: Mapping[tuple[str, str], str]) -> ApplicationEntry:
    groups = row.get("allowed_groups")
    roles = _mapping(row.get("group_roles"), "group_roles")
    if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
        raise _malformed("allowed_groups")
    pool, name = _text(row, "pool"), _text(row, "name")
    return ApplicationEntry(
        pool=pool,
        name=name,
        client_id=_text(row, "client_id"),
        application_url=_text(row, "application_url"),
        discovery_url=_text(row, "discovery_url"),
        allowed_groups=tuple(groups),
        group_roles={group: _text(roles, group) for group in roles},
        had_secret=row.get("had_secret") is True,
        secret=secrets.get((pool, name), ""),
    )


def _rows(document: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    rows = document.get(key)
    if not isinstance(rows, list):
        raise _malformed(key)
    return [_mapping(row, key) for row in rows]


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
        f"The file is incomplete or was edited by hand: “{shown}” isn't as it should be. "
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
