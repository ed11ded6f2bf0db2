"""The vault: encrypts values for one place in the database and refuses them anywhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.errors import SealBroken
from services.store.keys import KeyRing

_Place = tuple[str, str, str]
"""Table, column, row."""

# what begins a body that holds bytes; the JSON of other values begins with "["
_BYTES = b"bytes"


class Vault:
    """Seals JSON values with the ring's first key and opens them with any of its keys.

    What is encrypted carries its own address (table, column, row), so that a value copied to
    another row doesn't open there. May be used from many threads.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._fernet = _fernet(keys)

    def __repr__(self) -> str:
        return "Vault()"

    def use(self, keys: KeyRing) -> None:
        """Work with other keys from now on (after a rotation)."""
        self._fernet = _fernet(keys)

    def seal(self, payload: Any, *, table: str, column: str, row: str) -> str:
        """Encrypt a JSON-ready value for this place; the answer is URL-safe text."""
        body = _ENCODER.encode([table, column, row, payload])
        return self._fernet.encrypt(body.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, token: str, *, table: str, column: str, row: str) -> Any:
        """The value sealed for this place. Raises `SealBroken` when it was altered or moved here."""
        payload = self._opened(token, (table, column, row))
        if isinstance(payload, bytes):
            raise _moved((table, column, row))
        return payload

    def seal_bytes(self, payload: bytes, *, table: str, column: str, row: str) -> str:
        """As `seal`, for bytes: a third longer than they are, and not wrapped in JSON."""
        address = _ENCODER.encode([table, column, row]).encode("utf-8", "surrogatepass")
        return self._fernet.encrypt(_BYTES + address + b"\n" + payload).decode("ascii")

    def open_bytes(self, token: str, *, table: str, column: str, row: str) -> bytes:
        """The bytes sealed for this place. Raises `SealBroken` as `open` does."""
        payload = self._opened(token, (table, column, row))
        if not isinstance(payload, bytes):
            raise _moved((table, column, row))
        return payload

    def reseal(self, token: str, into: Vault, *, table: str, column: str, row: str) -> str:
        """What is sealed here, bytes or not, sealed by the vault `into` for the same place.

        Raises `SealBroken` as `open` does.
        """
        payload = self._opened(token, (table, column, row))
        seal = into.seal_bytes if isinstance(payload, bytes) else into.seal
        return seal(payload, table=table, column=column, row=row)

    def _opened(self, token: str, place: _Place) -> Any:
        try:
            body = self._fernet.decrypt(token.encode("utf-8", "replace"))
        except InvalidToken:
            raise SealBroken(
                f"The encrypted value in {_named(place)} was altered, "
                "or encrypted with a key that isn't here.",
                "Enter the value again, or restore the database or its key from a backup.",
            ) from None
        if body.startswith(_BYTES):
            address, _, payload = body[len(_BYTES) :].partition(b"\n")
            where = json.loads(address.decode("utf-8", "surrogatepass"))
        else:
            *where, payload = json.loads(body.decode("utf-8", "surrogatepass"))
        if tuple(where) != place:
            raise _moved(place)
        return payload


def _named(place: _Place) -> str:
    table, column, row = place
    return f"{table}.{column} of {row}"


def _moved(place: _Place) -> SealBroken:
    return SealBroken(
        f"The encrypted value in {_named(place)} belongs to another place; someone moved it there.",
        "Enter the value again, and find out who can write to the database.",
    )


def _fernet(keys: KeyRing) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys.keys])


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"A value of type {type(value).__name__} can't be stored as JSON.")


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)
