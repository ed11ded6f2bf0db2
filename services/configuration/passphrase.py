"""Secrets under a passphrase: for files that leave this machine.

The key comes from the passphrase by scrypt (RFC 7914); its parameters stand in the file, so that
later releases can raise them. Fernet encrypts and authenticates.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from services.errors import FileRejected, InvalidValue

SHORTEST = 12
# OWASP Password Storage Cheat Sheet: N=2^17, r=8, p=1 (128 MiB, a fraction of a second)
COST = 2**17
BLOCK = 8
PARALLEL = 1
# A file may ask for at most this much, so that a hostile one can't fill the memory (512 MiB).
HIGHEST_COST = 2**19
LOWEST_COST = 2**14


def check_new(passphrase: str, again: str | None = None) -> str:
    """A passphrase good enough to protect keys; `again` is what was typed the second time.

    Raises `InvalidValue` (fields `passphrase` and `passphrase_again`).
    """
    if len(passphrase.strip()) < SHORTEST:
        raise InvalidValue(
            f"The passphrase is too short: it protects keys of AWS and needs {SHORTEST} characters or more.",
            "Four or five words that don't belong together are easy to keep.",
            field="passphrase",
        )
    if len(set(passphrase)) < 5:
        raise InvalidValue(
            "The passphrase repeats the same few characters.", "Choose another one.", field="passphrase"
        )
    if again is not None and again != passphrase:
        raise InvalidValue(
            "The two passphrases differ.", "Type the same one twice.", field="passphrase_again"
        )
    return passphrase


def lock(payload: Any, passphrase: str) -> dict[str, Any]:
    """Encrypt a JSON-ready value; the answer is JSON-ready and holds everything but the passphrase."""
    salt = secrets.token_bytes(16)
    key = _key(passphrase, salt, COST, BLOCK, PARALLEL)
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return {
        "kdf": "scrypt",
        "n": COST,
        "r": BLOCK,
        "p": PARALLEL,
        "salt": base64.b64encode(salt).decode("ascii"),
        "cipher": "fernet",
        "token": Fernet(key).encrypt(body).decode("ascii"),
    }


def unlock(box: Mapping[str, Any], passphrase: str) -> Any:
    """The value that `lock` encrypted.

    Raises `InvalidValue` (field `passphrase`) for a wrong passphrase, `FileRejected` for a box
    that this release can't read.
    """
    if not passphrase:
        raise InvalidValue(
            "The file's secrets are encrypted and no passphrase is given.",
            "Type the passphrase that the file was exported with.",
            field="passphrase",
        )
    salt, cost, block, parallel, token = _parameters(box)
    try:
        body = Fernet(_key(passphrase, salt, cost, block, parallel)).decrypt(token)
    except InvalidToken:
        raise InvalidValue(
            "The passphrase does not open this file's secrets. Nothing was changed.",
            "Type it again; or import without the secrets and enter them afterwards.",
            field="passphrase",
        ) from None
    return json.loads(body)


def _key(passphrase: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    # the same words typed on another keyboard or system must give the same bytes
    words = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(Scrypt(salt=salt, length=32, n=cost, r=block, p=parallel).derive(words))


def _parameters(box: Mapping[str, Any]) -> tuple[bytes, int, int, int, bytes]:
    unreadable = FileRejected(
        "The file's encrypted secrets can't be read by this release. Nothing was changed.",
        "Export the file again, or import without the secrets.",
    )
    if box.get("kdf") != "scrypt" or box.get("cipher") != "fernet":
        raise unreadable
    cost, block, parallel = box.get("n"), box.get("r"), box.get("p")
    if type(cost) is not int or not LOWEST_COST <= cost <= HIGHEST_COST or cost & (cost - 1):
        raise unreadable
    if block != BLOCK or type(parallel) is not int or not 1 <= parallel <= 4:
        raise unreadable
    try:
        salt = base64.b64decode(str(box.get("salt")), validate=True)
        token = str(box.get("token")).encode("ascii")
    except (binascii.Error, UnicodeEncodeError):
        raise unreadable from None
    if not 16 <= len(salt) <= 64:
        raise unreadable
    return salt, cost, BLOCK, parallel, token
