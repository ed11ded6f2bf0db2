"""The password proof convinces a server that knows the password, and no other.

The server's half stands here, written from SRP-6a (RFC 5054, RFC 2945) with Cognito's hashes and
Python's own numbers; nothing of the library that makes the proof is used in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.cognito.srp import DeviceProof, PasswordProof, ProofRefused

POOL, CLIENT, SALT = "eu-west-1_AbCdEf123", "client1", 0xF00D_CAFE_0123_4567


def prime() -> int:
    """RFC 3526, group 15, from its definition 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314)."""
    from decimal import Decimal, getcontext  # noqa: PLC0415

    getcontext().prec = 1000
    one = Decimal(1)

    def arctan_of_inverse(x: int) -> Decimal:
        total, term, n, sign = Decimal(0), one / x, 1, 1
        while abs(term) > Decimal(10) ** -990:
            total += sign * term / n
            term /= x * x
            n += 2
            sign = -sign
        return total

    pi = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))
    return 2**3072 - 2**3008 - 1 + 2**64 * (int(pi * 2**2942) + 1690314)


P = prime()


def padded(number: int) -> bytes:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" + raw if raw[0] & 0x80 else raw


def digest(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


class Server:
    """Keeps a verifier, never a password."""

    def __init__(self, scope: str, user: str, password: str) -> None:
        inner = hashlib.sha256(f"{scope}{user}:{password}".encode()).digest()
        self.scope, self.user = scope, user
        self.verifier = pow(2, digest(padded(SALT), inner), P)
        self.b = secrets.randbelow(P)
        self.public = (
            digest(b"\0" + P.to_bytes(384, "big"), b"\x02") * self.verifier + pow(2, self.b, P)
        ) % P
        self.block = base64.b64encode(secrets.token_bytes(40)).decode()

    def parameters(self) -> dict[str, str]:
        return {
            "SRP_B": f"{self.public:x}",
            "SALT": f"{SALT:x}",
            "SECRET_BLOCK": self.block,
            "USER_ID_FOR_SRP": self.user,
            "USERNAME": self.user,
        }

    def accepts(self, public_a: int, said: dict[str, Any]) -> bool:
        u = digest(padded(public_a), padded(self.public))
        shared = pow(public_a * pow(self.verifier, u, P), self.b, P)
        key = HKDF(SHA256(), 16, salt=padded(u), info=b"Caldera Derived Key").derive(padded(shared))
        message = (
            f"{self.scope}{self.user}".encode() + base64.b64decode(self.block) + said["TIMESTAMP"].encode()
        )
        wanted = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        return wanted == said["PASSWORD_CLAIM_SIGNATURE"]


@pytest.mark.parametrize("password", ["Correct-Horse-1", "pässwörd 🐎 with spaces", "x" * 256])
@pytest.mark.parametrize("_again", range(6))  # leading zeros and high bits differ from time to time
def test_the_right_password_is_believed(password: str, _again: int) -> None:
    server = Server("AbCdEf123", "ann", password)
    proof = PasswordProof(POOL, CLIENT, "ann@example.com", password)
    said = proof.answer(server.parameters())
    assert server.accepts(int(proof.public, 16), said)
    assert said["USERNAME"] == "ann"
    assert said["PASSWORD_CLAIM_SECRET_BLOCK"] == server.block
    assert password not in str(said)


@pytest.mark.parametrize("other", ["correct-horse-1", "Correct-Horse-1 ", ""])
def test_another_password_is_not(other: str) -> None:
    server = Server("AbCdEf123", "ann", "Correct-Horse-1")
    proof = PasswordProof(POOL, CLIENT, "ann", other)
    assert not server.accepts(int(proof.public, 16), proof.answer(server.parameters()))


def test_the_time_is_written_as_cognito_reads_it() -> None:
    said = PasswordProof(POOL, CLIENT, "ann", "x").answer(Server("AbCdEf123", "ann", "x").parameters())
    form = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [1-9]\d? \d\d:\d\d:\d\d UTC \d{4}"
    assert re.fullmatch(form, said["TIMESTAMP"])


@pytest.mark.parametrize(
    "bent",
    [{"SRP_B": "0"}, {"SRP_B": f"{P:x}"}, {"SRP_B": f"{2 * P:x}"}, {"SRP_B": "no number"}, {"SALT": ""}],
)
def test_half_an_exchange_that_gives_the_password_away_is_refused(bent: dict[str, str]) -> None:
    proof = PasswordProof(POOL, CLIENT, "ann", "x")
    with pytest.raises(ProofRefused):
        proof.answer({**Server("AbCdEf123", "ann", "x").parameters(), **bent})


def test_each_proof_has_numbers_of_its_own_and_shows_none() -> None:
    first, second = (PasswordProof(POOL, CLIENT, "ann", "Hunter2-Hunter2") for _ in range(2))
    assert first.public != second.public
    assert "Hunter2" not in repr(first)


def test_a_remembered_device_proves_itself_too() -> None:
    server = Server("group-1", "device-1", "device password")
    proof = DeviceProof(POOL, CLIENT, "ann", "device-1", "group-1", "device password")
    said = proof.answer({**server.parameters(), "USERNAME": "ann"})
    assert said["DEVICE_KEY"] == "device-1"
    assert server.accepts(int(proof.public, 16), said)
