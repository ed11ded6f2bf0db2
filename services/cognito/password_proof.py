"""The client's side of Cognito's password proof: SRP-6a by srptools, with what Cognito does its own way.

The password never leaves this process: AWS gets a proof that is good for one answer within seconds.
Cognito writes numbers as signed ones, puts the pool's name before the username, and draws a key from the
secret (HKDF) with which the answer is signed; amazon-cognito-identity-js, AuthenticationHelper.js.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from srptools import SRPContext
from srptools.constants import PRIME_3072

_INFO = b"Caldera Derived Key"
_KEY_BYTES = 16
_GENERATOR = "2"  # RFC 5054 has 5
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEEDED = ("SRP_B", "SALT", "SECRET_BLOCK", "USER_ID_FOR_SRP")


class ProofRefused(ValueError):
    """The server's half of the exchange is one that no honest server sends."""


class CognitoContext(SRPContext):  # type: ignore[misc]  # srptools has no types
    """The prime of 3072 bits and SHA-256, with numbers written as Cognito writes them."""

    def __init__(self, name: str = "", password: str = "") -> None:
        super().__init__(name, password, prime=PRIME_3072, generator=_GENERATOR, hash_func=hashlib.sha256)
        self._mult = self.hash(_signed(self._prime), _signed(self._gen))

    def pad(self, val: int) -> bytes:
        """A number as Java's BigInteger writes it: a zero byte in front where it would be negative."""
        return _signed(val)


class PasswordProof:
    """One proof of one password. Drop it once it has answered."""

    def __init__(self, pool_id: str, username: str, password: str) -> None:
        self._scope = pool_id.partition("_")[2]
        self._username = username
        self._password = password
        self._private: int = CognitoContext().generate_client_private()
        self._public: int = CognitoContext().get_client_public(client_private=self._private)

    def __repr__(self) -> str:
        return "PasswordProof()"

    @property
    def public(self) -> str:
        """SRP_A, as hexadecimal digits."""
        return f"{self._public:x}"

    def answer(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The responses to PASSWORD_VERIFIER. Raises `ProofRefused`."""
        return {
            "USERNAME": parameters.get("USERNAME", self._username),
            **self._signature(self._scope, parameters.get("USER_ID_FOR_SRP", ""), parameters),
        }

    def _signature(self, scope: str, name: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """The proof that one knows the password of `name` in `scope`, signed with the time."""
        context = CognitoContext(f"{scope}{name}", self._password)
        server, salt = _checked({"USER_ID_FOR_SRP": name, **parameters}, context._prime)
        common: int = context.get_common_secret(server, self._public)
        secret: int = context.get_client_premaster_secret(
            password_hash=context.get_common_password_hash(_signed(salt)),
            server_public=server,
            client_private=self._private,
            common_secret=common,
        )
        key = HKDF(SHA256(), _KEY_BYTES, _signed(common), _INFO).derive(_signed(secret))
        moment, block = _moment(datetime.now(UTC)), parameters["SECRET_BLOCK"]
        signed = f"{scope}{name}".encode() + base64.b64decode(block) + moment.encode()
        return {
            "TIMESTAMP": moment,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(
                hmac.new(key, signed, hashlib.sha256).digest()
            ).decode(),
        }


class DeviceProof(PasswordProof):
    """The proof of a remembered device: its key, its group's key and its own password."""

    def __init__(self, pool_id: str, username: str, device_key: str, group_key: str, password: str) -> None:
        super().__init__(pool_id, username, password)
        self._device_key = device_key
        self._group_key = group_key

    def answer(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The responses to DEVICE_PASSWORD_VERIFIER. Raises `ProofRefused`."""
        return {
            "USERNAME": parameters.get("USERNAME", self._username),
            "DEVICE_KEY": self._device_key,
            **self._signature(self._group_key, self._device_key, parameters),
        }


def _checked(parameters: Mapping[str, str], prime: int) -> tuple[int, int]:
    """The server's number and the salt. RFC 5054, 2.5.3: a B that is a multiple of the prime would give the
    password away."""
    try:
        if not all(parameters.get(name) for name in _NEEDED):
            raise ValueError
        server, salt = int(parameters["SRP_B"], 16), int(parameters["SALT"], 16)
        base64.b64decode(parameters["SECRET_BLOCK"])
        if salt < 0 or server % prime == 0:
            raise ValueError
    except ValueError:
        raise ProofRefused("The pool's half of the password proof can't be right.") from None
    return server, salt


def _signed(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _moment(now: datetime) -> str:
    """As Cognito wants it, whatever language the machine speaks."""
    return f"{_DAYS[now.weekday()]} {_MONTHS[now.month - 1]} {now.day} {now:%H:%M:%S} UTC {now.year}"
