"""The vault encrypts values for one place in the database and refuses them anywhere else.

Its keys come from the environment, or from a file that only its owner can read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import platformdirs
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from services.errors import KeyMissing, SealBroken, StoreUnavailable, WrongKey

APP = "cognito-ops-console"
KEYS_VARIABLE = "CONSOLE_ENCRYPTION_KEYS"
KEY_FILE_VARIABLE = "CONSOLE_KEY_FILE"
DRAFT = ".draft"
# a line of the key file that names a database made with its keys
_MADE = "# Database: "


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Fernet keys, at least one: the first encrypts, all decrypt. `file` is where they came from.

    Raises `WrongKey` when one of them is not a key at all.
    """

    keys: tuple[str, ...] = field(repr=False)
    file: Path | None = None
    databases: frozenset[str] = field(default=frozenset(), compare=False)
    """The databases that the key file says were made with its keys."""

    def __post_init__(self) -> None:
        if not self.keys:
            raise KeyMissing("No encryption key was given.", "Make one with: python -m console keys new")
        for number, key in enumerate(self.keys, start=1):
            try:
                Fernet(key)
            except ValueError:
                raise WrongKey(
                    f"Encryption key number {number} of {len(self.keys)} is not a key.",
                    "A key is 44 characters, as `python -m console keys new` prints it.",
                ) from None


def new_key() -> str:
    """A fresh key: 44 characters of URL-safe base64."""
    return Fernet.generate_key().decode("ascii")


def default_key_file() -> Path:
    """Where the key file stands: CONSOLE_KEY_FILE, else `keys` in the user's configuration folder.

    On systems where configuration and data share one folder, a folder of its own beside it: a
    copy of the database's folder must not carry the key along.
    """
    named = os.environ.get(KEY_FILE_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    folder = platformdirs.user_config_path(APP, appauthor=False)
    if folder == platformdirs.user_data_path(APP, appauthor=False):
        folder = folder.with_name(f"{APP}-keys")
    return folder / "keys"


def load_keys(database_is_new: bool) -> KeyRing:
    """The keys from CONSOLE_ENCRYPTION_KEYS or the key file.

    A key file is made only when there is none and the database is new. Raises `KeyMissing`,
    `WrongKey` (not a key) or `StoreUnavailable` (the file can't be read, or others can read it).
    """
    listed = os.environ.get(KEYS_VARIABLE, "")
    if listed.strip():
        return KeyRing(split_keys(listed))
    path = default_key_file()
    with contextlib.suppress(FileNotFoundError):
        return read_key_file(path)
    if not database_is_new:
        raise KeyMissing(
            f"The database is encrypted and its key is missing: there is no key file {path} "
            f"and {KEYS_VARIABLE} is empty. Nothing was changed.",
            "Put the key file back, or set the variable to the key. "
            "Without the key the stored secrets are lost.",
        )
    make_key_file(path, new_key())
    return read_key_file(path)


def split_keys(text: str) -> tuple[str, ...]:
    """Keys separated by commas, spaces or line ends; what follows a # on a line is a comment."""
    lines = (line.split("#", 1)[0] for line in text.splitlines())
    return tuple(dict.fromkeys(key for line in lines for key in re.split(r"[,\s]+", line) if key))


def note_database(path: Path, name: str) -> None:
    """Note in the key file that a database was made with its keys; where it can't be written, it isn't."""
    with contextlib.suppress(OSError), path.open("a", encoding="utf-8") as file:
        file.write(f"{_MADE}{name}\n")


def read_key_file(path: Path) -> KeyRing:
    """The keys in `path`. Raises `FileNotFoundError`, `KeyMissing`, `WrongKey` or `StoreUnavailable`."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & 0o077:
                raise StoreUnavailable(
                    f"Other users of this machine can read the key file {path}; it was not used.",
                    f"Allow only its owner: chmod 600 {path}",
                )
            text = file.read()
            keys = split_keys(text)
    except FileNotFoundError:
        raise
    except UnicodeDecodeError:
        raise WrongKey(f"The key file {path} holds something else than keys.") from None
    except OSError as error:
        raise StoreUnavailable(f"The key file {path} can't be read: {error.strerror}.") from None
    if not keys:
        raise KeyMissing(f"The key file {path} holds no key.", "Put the key back into it.")
    databases = frozenset(line.removeprefix(_MADE) for line in text.splitlines() if line.startswith(_MADE))
    return KeyRing(keys, path, databases)


def make_key_file(path: Path, key: str) -> None:
    """Write a key file that isn't there yet; one that another process has just made is left alone."""
    with _explained(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _write_draft(path, (key,))
        try:
            # a link, not a rename: it never replaces a file that appeared meanwhile
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
        _sync_folder(path.parent)


def write_key_file(path: Path, keys: tuple[str, ...]) -> None:
    """Replace the key file by one with exactly `keys`, at once and durably, readable by its owner only.

    Raises `StoreUnavailable`; the old file is then still whole.
    """
    ring = KeyRing(keys, path)
    with _explained(path):
        noted = frozenset[str]()
        with contextlib.suppress(FileNotFoundError):
            noted = read_key_file(path).databases
        draft = _write_draft(path, ring.keys, noted)
        try:
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        # a process that was killed while writing left keys behind
        for rest in path.parent.glob(f".{path.name}.*{DRAFT}"):
            rest.unlink(missing_ok=True)
        _sync_folder(path.parent)


def _write_draft(path: Path, keys: tuple[str, ...], databases: Iterable[str] = ()) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}{DRAFT}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("# Encryption keys of the Cognito Ops Console: the first encrypts, all decrypt.\n")
        file.write("# Keep a copy apart from the database's backups. Without it stored secrets are lost.\n")
        file.writelines(f"{key}\n" for key in keys)
        file.writelines(f"{_MADE}{name}\n" for name in sorted(databases))
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"The key file {path} can't be written: {error.strerror}. Nothing was changed.",
            "Make its folder writable, or name another file in CONSOLE_KEY_FILE.",
        ) from None


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
        self.use(keys)

    def __repr__(self) -> str:
        return "Vault()"

    def use(self, keys: KeyRing) -> None:
        """Work with other keys from now on (after a rotation)."""
        self._fernet = _fernet(keys)
        self._code_key = keys.keys[0].encode()

    def code(self, text: str, purpose: str) -> str:
        """What stands for a text that isn't kept: always the same, and without the key nobody can tell
        by trying which text it was. Another first key gives another code."""
        said = as_json([purpose, text]).encode("utf-8", "surrogatepass")
        return blake2b(said, key=self._code_key, digest_size=32).hexdigest()

    def seal(self, payload: Any, *, table: str, column: str, row: str) -> str:
        """Encrypt a JSON-ready value for this place; the answer is URL-safe text."""
        body = as_json([table, column, row, payload])
        return self._fernet.encrypt(body.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, token: str, *, table: str, column: str, row: str) -> Any:
        """The value sealed for this place. Raises `SealBroken` when it was altered or moved here."""
        payload = self._opened(token, (table, column, row))
        if isinstance(payload, bytes):
            raise _moved((table, column, row))
        return payload

    def seal_bytes(self, payload: bytes, *, table: str, column: str, row: str) -> str:
        """As `seal`, for bytes: a third longer than they are, and not wrapped in JSON."""
        address = as_json([table, column, row]).encode("utf-8", "surrogatepass")
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


def as_json(value: Any) -> str:
    """A JSON-ready value as the text that is sealed."""
    return _ENCODER.encode(value)
