"""Passkeys of operators: made, asked for, removed (Web Authentication, level 2; checked by `webauthn`).

What a browser is asked stands sealed in a one-time ticket of the store, bound to the browser or the
session that asked. A passkey belongs to the host by which the console was reached when it was made.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.access.operators import need_admitted, record_own
from services.access.second_factor import SecondFactor, demanded_of
from services.access.sessions import local_form_is_on
from services.access.step_up import require_recent
from services.errors import InvalidValue, NotPermitted, RecordNotFound, SignInRefused
from services.roles import Role
from services.store.activity import ActivityResult
from services.store.factors import SET_UP, Factor, FactorKind
from services.store.operators import Operator
from services.store.store import Store

ASKED_FOR = timedelta(minutes=5)
"""How long the browser may take to answer."""

LONGEST_NAME = 60
MOST = 10
_PRODUCT = "Cognito Ops Console"
_PURPOSE = "passkey"


@dataclass(frozen=True, slots=True)
class PasskeyRequest:
    """What a browser is asked: the ticket to send back, and the options as JSON for its own call."""

    ticket: str
    options: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What stands in the ticket; `operator_id` is "" where any operator's passkey will do."""

    challenge: str
    operator_id: str
    adds: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of a passkey, sealed: its id and public key (base64url), and the host it belongs to."""

    id: str
    key: str
    host: str
    transports: tuple[str, ...]

    @property
    def descriptor(self) -> PublicKeyCredentialDescriptor:
        known = {str(transport.value) for transport in AuthenticatorTransport}
        ways = [AuthenticatorTransport(name) for name in self.transports if name in known]
        return PublicKeyCredentialDescriptor(id=base64url_to_bytes(self.id), transports=ways or None)


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Passkeys at the console that browsers reach at `origin` (scheme, host and port)."""

    store: Store
    factor: SecondFactor
    origin: str

    @property
    def host(self) -> str:
        """The host's name, which passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def are_possible(self) -> bool:
        """Browsers know passkeys on https and on localhost, and not where the host is a number."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return urlsplit(self.origin).scheme == "https" or self.host == "localhost"
        return False

    def list(self, operator_id: str) -> tuple[Factor, ...]:
        """The passkeys of an operator, the oldest first."""
        found = self.store.factors.list(operator_id)
        return tuple(factor for factor in found if factor.kind == FactorKind.PASSKEY)

    def here(self, operator_id: str) -> tuple[Factor, ...]:
        """An operator's passkeys that work at this address."""
        return tuple(factor for factor in self.list(operator_id) if _known(factor).host == self.host)

    def begin_adding(self, operator: Operator, session_id: str) -> PasskeyRequest:
        """Ask the browser for a new passkey.

        Raises `ProofNeeded` where a second factor is there and was given long ago, `NotPermitted`
        at an address where there are none, `InvalidValue` when there are too many.
        """
        self._require_possible()
        require_recent(self.store, operator, session_id)
        mine = self.list(operator.id)
        if len(mine) >= MOST:
            raise InvalidValue(f"You have {MOST} passkeys, which is the most.", "Remove one first.")
        options = webauthn.generate_registration_options(
            rp_id=self.host,
            rp_name=_PRODUCT,
            user_id=operator.id.encode(),
            user_name=operator.username,
            user_display_name=operator.name or operator.username,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[_known(factor).descriptor for factor in mine],
        )
        asked = _Asked(bytes_to_base64url(options.challenge), operator.id, adds=True)
        return self._request(asked, session_id, webauthn.options_to_json(options))

    def add(
        self, operator: Operator, session_id: str, ticket: str, answer: str, name: str
    ) -> tuple[str, ...]:
        """Keep the passkey that the browser made; returns recovery codes if it is the first factor.

        The session counts as proved from now on. Raises `SignInRefused` when it wasn't made for this
        request, `InvalidValue` for a name that can't be used, `ProofNeeded`.
        """
        require_recent(self.store, operator, session_id)
        asked = self._redeem(ticket, session_id)
        if not asked.adds or asked.operator_id != operator.id:
            raise SignInRefused("This request is for something else; nothing was changed.", "Begin again.")
        name = self._name(operator, name)
        try:
            made = webauthn.verify_registration_response(
                credential=_parsed(answer),
                expected_challenge=base64url_to_bytes(asked.challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            record_own(self.store, operator, "operator.passkey", result=ActivityResult.FAILED)
            raise _not_right(error) from None
        ways = _parsed(answer).get("response", {}).get("transports") or ()
        kept = _Known(
            bytes_to_base64url(made.credential_id),
            bytes_to_base64url(made.credential_public_key),
            self.host,
            tuple(way for way in ways if isinstance(way, str))[:10],
        )
        first = not self.store.factors.has_any(operator.id)
        with self.store.together():
            self.store.factors.add_passkey(operator.id, name, json.dumps(asdict(kept)), made.sign_count)
            self.store.sessions.prove(session_id)
            record_own(self.store, operator, "operator.passkey")
            return self.factor.make_codes(operator) if first else ()

    def ask(self, bind: str, operator: Operator | None = None) -> PasskeyRequest:
        """Ask the browser for a passkey of `operator`, or, without one, for anybody's, with PIN or finger.

        `bind` is a secret or id of the browser that has to answer. Raises `NotPermitted` where there
        can be none, `SignInRefused` when the operator has none for this host.
        """
        self._require_possible()
        here = [_known(factor).descriptor for factor in self.here(operator.id)] if operator else []
        if operator is not None and not here:
            raise SignInRefused(
                "You have no passkey for this address of the console.", "Use a code, or a recovery code."
            )
        verification = (
            UserVerificationRequirement.PREFERRED if operator else UserVerificationRequirement.REQUIRED
        )
        options = webauthn.generate_authentication_options(
            rp_id=self.host, allow_credentials=here, user_verification=verification
        )
        asked = _Asked(bytes_to_base64url(options.challenge), operator.id if operator else "", adds=False)
        return self._request(asked, bind, webauthn.options_to_json(options))

    def check(self, bind: str, ticket: str, answer: str, address: str = "") -> Operator:
        """Take the browser's answer, once; returns the operator whose passkey it is.

        Without a password before it, the passkey must have checked PIN or finger, and stands for both;
        it lets in whom a password would. Raises `SignInRefused`.
        """
        asked = self._redeem(ticket, bind)
        credential = _parsed(answer)
        operator = self._whose(asked, credential)
        factor = next(
            (found for found in self.here(operator.id) if _known(found).id == credential.get("id")), None
        )
        try:
            if asked.adds or factor is None:
                raise ValueError("not a passkey of this operator and host")
            shown = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(asked.challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=base64url_to_bytes(_known(factor).key),
                credential_current_sign_count=factor.sign_count,
                require_user_verification=not asked.operator_id,
            )
            if not self.store.factors.take_count(factor.id, shown.new_sign_count):
                raise ValueError("it has signed as often before")
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            record_own(self.store, operator, "operator.code", address, ActivityResult.FAILED)
            raise _not_right(error) from None
        return operator

    def remove(self, operator: Operator, session_id: str, passkey_id: str) -> None:
        """Forget one of one's own passkeys; with the last factor the recovery codes go, too.

        Raises `RecordNotFound`, `ProofNeeded`, and `NotPermitted` for the last factor of a role that
        needs one.
        """
        require_recent(self.store, operator, session_id)
        factors = [factor for factor in self.store.factors.list(operator.id) if factor.kind in SET_UP]
        if not any(factor.id == passkey_id and factor.kind == FactorKind.PASSKEY for factor in factors):
            raise RecordNotFound("This passkey is not there any more.", "Nothing was changed.")
        if len(factors) > 1:
            self.store.factors.take(passkey_id)
        elif operator.role in demanded_of(self.store):
            raise NotPermitted(
                f"As {operator.role} you need a second factor, and this is your last; nothing was changed.",
                "Add another passkey or an authenticator app first.",
            )
        else:
            self.store.factors.remove(operator.id)
        record_own(self.store, operator, "operator.passkey_removed")

    def _whose(self, asked: _Asked, credential: dict[str, Any]) -> Operator:
        """Whose passkey has to have answered. Raises `SignInRefused`."""
        id = asked.operator_id or _handle(credential)
        try:
            operator = self.store.operators.get(id)
        except RecordNotFound:
            raise SignInRefused("Nobody here has this passkey.", "Sign in another way.") from None
        need_admitted(self.store, operator)
        if asked.operator_id:
            return operator
        if operator.provider_id or (operator.role != Role.ADMIN and not local_form_is_on(self.store)):
            raise SignInRefused(
                "A passkey alone doesn't let you in here.", "Sign in with your company account."
            )
        return operator

    def _name(self, operator: Operator, name: str) -> str:
        kept = " ".join(name.split())
        if not kept or len(kept) > LONGEST_NAME or not kept.isprintable():
            raise InvalidValue(
                "This name can't be used.", f"Give 1 to {LONGEST_NAME} ordinary characters.", field="name"
            )
        if any(factor.name.casefold() == kept.casefold() for factor in self.list(operator.id)):
            raise InvalidValue("You have a passkey of this name.", "Choose another.", field="name")
        return kept

    def _require_possible(self) -> None:
        if not self.are_possible:
            raise NotPermitted(
                f"Browsers know no passkeys at {self.origin}.",
                "They need https and a name (or localhost). Whoever runs the console can set that up.",
            )

    def _request(self, asked: _Asked, bind: str, options: str) -> PasskeyRequest:
        ticket = self.store.tickets.issue(_PURPOSE, json.dumps(asdict(asked)), bind, ASKED_FOR)
        return PasskeyRequest(ticket, options)

    def _redeem(self, ticket: str, bind: str) -> _Asked:
        told = self.store.tickets.redeem(_PURPOSE, ticket, bind) if ticket and bind else None
        if told is None:
            raise SignInRefused(
                "This request is over, was answered already, or was begun elsewhere; nothing was changed.",
                "Begin again.",
            )
        return _Asked(**json.loads(told))


def _known(factor: Factor) -> _Known:
    values = json.loads(factor.secret)
    return _Known(**{**values, "transports": tuple(values["transports"])})


def _parsed(answer: str) -> dict[str, Any]:
    """What the browser sent, as far as it is an object. Raises `SignInRefused`."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise SignInRefused("The browser sent no passkey.", "Begin again.")
    return found


def _handle(credential: dict[str, Any]) -> str:
    """The operator's id in the answer; "" when there is none that can be read."""
    handle = credential["response"].get("userHandle")
    try:
        return base64url_to_bytes(handle).decode() if isinstance(handle, str) else ""
    except ValueError:
        return ""


def _not_right(error: Exception) -> SignInRefused:
    refused = SignInRefused(
        "The passkey's answer is not right, so it was not taken.",
        "Begin again. If it stays, remove this passkey with another and add it anew.",
    )
    refused.cause = str(error)[:200]
    return refused
