"""The client's side of Cognito's password proof (SRP-6a), by pycognito's mathematics.

The password never leaves this process: AWS gets a proof that is good for one answer within seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOBODY = object()
"""Stands for the AWS client that pycognito would otherwise open; it is never used."""


class ProofRefused(ValueError):
    """The server's half of the exchange is one that no honest server sends."""


class PasswordProof:
    """One proof of one password. Drop it once it has answered."""

    def __init__(self, pool_id: str, client_id: str, username: str, password: str) -> None:
        # Imported here: pycognito brings requests, which nothing else needs.
        from pycognito.aws_srp import AWSSRP  # noqa: PLC0415

        self._username = username
        self._math: Any = AWSSRP(username, password, pool_id, client_id, client=_NOBODY)

    def __repr__(self) -> str:
        return "PasswordProof()"

    @property
    def public(self) -> str:
        """SRP_A, as hexadecimal digits."""
        return f"{self._math.large_a_value:x}"

    def answer(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The responses to PASSWORD_VERIFIER. Raises `ProofRefused`."""
        self._check(parameters)
        return dict(self._math.process_challenge(dict(parameters), {"USERNAME": self._username}))

    def _check(self, parameters: Mapping[str, str]) -> None:
        """RFC 5054, 2.5.3: a B that is a multiple of the prime would give the password away."""
        needed = ("SRP_B", "SALT", "SECRET_BLOCK", "USER_ID_FOR_SRP")
        try:
            honest = all(parameters.get(name) for name in needed) and int(parameters["SALT"], 16) >= 0
            honest = honest and int(parameters["SRP_B"], 16) % self._math.big_n != 0
        except ValueError:
            honest = False
        if not honest:
            raise ProofRefused("The pool's half of the password proof can't be right.")


class DeviceProof(PasswordProof):
    """The proof of a remembered device: its key, its group's key and its own password."""

    def __init__(
        self, pool_id: str, client_id: str, username: str, device_key: str, group_key: str, password: str
    ) -> None:
        super().__init__(pool_id, client_id, username, password)
        self._math.device_key = device_key
        self._math.device_group_key = group_key
        self._math.device_password = password

    def answer(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The responses to DEVICE_PASSWORD_VERIFIER. Raises `ProofRefused`."""
        self._check({"USER_ID_FOR_SRP": self._username, **parameters})
        return dict(self._math.process_device_challenge({"USERNAME": self._username, **parameters}))
