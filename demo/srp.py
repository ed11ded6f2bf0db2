"""The server's side of Cognito's password proof (SRP-6a): knows the password, never sees it.

The group is the 3072-bit one of RFC 3526 with generator 2; hashes are SHA-256 over numbers written as
bytes with a leading zero where the highest bit is set; the key is 16 bytes of HKDF with the label
"Caldera Derived Key" (AWS's amazon-cognito-identity-js, AuthenticationHelper).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3"
    "CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5"
    "AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356"
    "208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28F"
    "B5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521AB"
    "DF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6B"
    "F12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFC"
    "E0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
GENERATOR = 2


@dataclass(frozen=True, slots=True)
class Exchange:
    """One proof being asked for; `block` comes back with the answer."""

    salt: int
    block: str
    public_b: int
    key: bytes


def identity_of(pool_id: str, username: str) -> str:
    """What stands before the password in a person's proof; a device's is its group key and its own."""
    return f"{pool_id.partition('_')[2]}{username}"


def begin(identity: str, password: str, public_a: int) -> Exchange:
    """Answer the A of a client that will prove a password. Raises `ValueError` as `begin_known` does."""
    salt = secrets.randbits(128)
    hashed = hashlib.sha256(f"{identity}:{password}".encode()).digest()
    return begin_known(salt, pow(GENERATOR, _number(_bytes(salt), hashed), PRIME), public_a)


def begin_known(salt: int, verifier: int, public_a: int) -> Exchange:
    """The same by what is known of the password. Raises `ValueError` for an A that gives the key away."""
    if public_a % PRIME == 0:
        raise ValueError("A is a multiple of the prime")
    secret_b = secrets.randbits(1024)
    multiplier = _number(_bytes(PRIME), _bytes(GENERATOR))
    public_b = (multiplier * verifier + pow(GENERATOR, secret_b, PRIME)) % PRIME
    mixed = _number(_bytes(public_a), _bytes(public_b))
    shared = pow(public_a * pow(verifier, mixed, PRIME), secret_b, PRIME)
    raw = hmac.new(_bytes(mixed), _bytes(shared), hashlib.sha256).digest()
    key = hmac.new(raw, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
    return Exchange(salt, base64.b64encode(secrets.token_bytes(96)).decode(), public_b, key)


def proves(exchange: Exchange, identity: str, timestamp: str, signature: str) -> bool:
    """Whether `signature` was made by somebody who knows the password."""
    said = identity.encode() + base64.b64decode(exchange.block) + timestamp.encode()
    wanted = base64.b64encode(hmac.new(exchange.key, said, hashlib.sha256).digest())
    return hmac.compare_digest(wanted, signature.encode())


def _bytes(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")
