"""The second factor of operators: an authenticator app, recovery codes, and of whom one is demanded.

Codes are those of RFC 6238, as every authenticator app makes them: six digits, new every 30 seconds.
The one before and the one after are taken too, because clocks differ; none counts twice.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import pyotp

from services.access.operators import record, record_own
from services.access.step_up import require_recent
from services.access.throttle import Throttle
from services.dictation import dictatable
from services.errors import InvalidValue, NotPermitted, SignInRefused
from services.roles import Actor, Permission, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.factors import Factor, FactorKind
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.store import Store

RECOVERY_CODES = 10
ISSUER = "Cognito Ops Console"
SET_UP_LIFETIME = timedelta(minutes=15)
_DEMANDED = "access.second_factor_roles"
_BY_DEFAULT = (Role.MANAGER, Role.ADMIN)
_SET_UP = "second factor"
_SECONDS = 30
# a code of an app is six digits; a recovery code is longer
_DIGITS = 6


def demanded_of(store: Store) -> tuple[Role, ...]:
    """The roles whose operators need a second factor: manager and admin until something else is set."""
    names = store.settings.get(_DEMANDED)
    return _BY_DEFAULT if names is None else tuple(role for role in Role if role in names)


def demand_of(store: Store, roles: Iterable[Role]) -> None:
    """Set of whom it is demanded, with no question asked: for the first start and for the demo."""
    store.settings.set(_DEMANDED, [str(role) for role in roles])


def is_missing(store: Store, operator: Operator, session: Session) -> bool:
    """True while `operator` can't work in `session` because a factor is demanded and wasn't given."""
    return session.proved_at is None and operator.role in demanded_of(store)


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Setting up, checking and taking away second factors. `clock` gives seconds since 1970."""

    store: Store
    clock: Callable[[], float] = time.time

    @property
    def throttle(self) -> Throttle:
        """What counts wrong codes."""
        return Throttle(self.store)

    def is_set_up(self, operator_id: str) -> bool:
        """True if this operator has to show a code or a passkey after the password."""
        return self.store.factors.has_any(operator_id)

    def has_app(self, operator_id: str) -> bool:
        """True if one of their factors is an authenticator app."""
        return any(factor.kind == FactorKind.TOTP for factor in self.store.factors.list(operator_id))

    def recovery_codes_left(self, operator_id: str) -> int:
        """How many recovery codes haven't been used."""
        factors = self.store.factors.list(operator_id)
        return sum(factor.kind == FactorKind.RECOVERY for factor in factors)

    def begin_set_up(self, operator: Operator, session_id: str) -> str:
        """Make the secret of a new authenticator app; returns the token of this set-up, good for 15 minutes.

        Until `finish_set_up` nothing changes: an app set up before goes on to count. Raises
        `ProofNeeded` where there is a second factor that was given long ago.
        """
        require_recent(self.store, operator, session_id)
        return self.store.tickets.issue(_SET_UP, pyotp.random_base32(), operator.id, SET_UP_LIFETIME)

    def address_of(self, operator: Operator, token: str) -> str | None:
        """The `otpauth:` address to show as a QR code; None when the set-up is over. It holds the secret."""
        secret = self.store.tickets.peek(_SET_UP, token, operator.id)
        if secret is None:
            return None
        return pyotp.TOTP(secret).provisioning_uri(name=operator.username, issuer_name=ISSUER)

    def finish_set_up(self, operator: Operator, token: str, code: str, session_id: str) -> tuple[str, ...]:
        """Take the new app, as its first code shows that it works; returns ten new recovery codes.

        They can't be read again; those from before stop working. The session counts as proved from
        now on. Raises `InvalidValue` when the code is wrong (the set-up goes on), `SignInRefused`
        when the set-up is over, `TooManyAttempts`.
        """
        self.throttle.begin_code(operator.username)
        secret = self.store.tickets.peek(_SET_UP, token, operator.id)
        if secret is None:
            raise SignInRefused("This set-up is over; nothing was changed.", "Begin again.")
        step = self._step(secret, _compact(code))
        if step is None:
            raise InvalidValue(
                "That is not the code that the app shows now; nothing was changed.",
                "Type the newest one. If it never fits, set the clock of the device right.",
                field="code",
            )
        self.throttle.code_succeeded(operator.username)
        with self.store.together():
            self.store.tickets.redeem(_SET_UP, token, operator.id)
            self.store.factors.replace(operator.id, [(FactorKind.TOTP, secret)], last_step=step)
            self.store.sessions.prove(session_id)
            record_own(self.store, operator, "operator.second_factor")
            return self.make_codes(operator)

    def check(self, operator: Operator, code: str, address: str = "") -> None:
        """Take a code of the app, or a recovery code, which is used up by it.

        Raises `SignInRefused` when it is neither or was used before, `TooManyAttempts` after ten
        wrong ones.
        """
        self.throttle.begin_code(operator.username)
        given = _compact(code)
        for factor in self.store.factors.list(operator.id):
            if self._takes(factor, given):
                self.throttle.code_succeeded(operator.username)
                if factor.kind == FactorKind.RECOVERY:
                    record_own(self.store, operator, "operator.recovery_code", address)
                return
        record_own(self.store, operator, "operator.code", address, ActivityResult.FAILED)
        raise SignInRefused(
            "That code is not right, or was used already.",
            "Wait for the next one of your app, or type one of your recovery codes.",
        )

    def prove(self, operator: Operator, code: str, session_id: str, address: str = "") -> None:
        """Check the code as `check` does, and count the session as proved from now on."""
        self.check(operator, code, address)
        self.note_proof(operator, session_id, address)

    def note_proof(self, operator: Operator, session_id: str, address: str = "") -> None:
        """Count the session as proved from now on, with no question asked."""
        self.store.sessions.prove(session_id)
        record_own(self.store, operator, "operator.proved", address)

    def new_recovery_codes(self, operator: Operator, session_id: str) -> tuple[str, ...]:
        """Ten new recovery codes in the place of the old. Raises `ProofNeeded`."""
        require_recent(self.store, operator, session_id)
        with self.store.together():
            record_own(self.store, operator, "operator.recovery_codes")
            return self.make_codes(operator)

    def make_codes(self, operator: Operator) -> tuple[str, ...]:
        """Make ten recovery codes in the place of the old, with no question asked."""
        codes = _new_codes()
        hashes = [(FactorKind.RECOVERY, _hash(_compact(code))) for code in codes]
        self.store.factors.replace(operator.id, hashes)
        return codes

    def remove_own(self, operator: Operator, session_id: str) -> None:
        """Do without a second factor, where the role may. Raises `NotPermitted`, `ProofNeeded`."""
        if operator.role in demanded_of(self.store):
            raise NotPermitted(
                f"As {operator.role} you need a second factor; nothing was changed.",
                "Set another app up instead: it takes the place of this one.",
            )
        require_recent(self.store, operator, session_id)
        self.store.factors.remove(operator.id)
        record_own(self.store, operator, "operator.second_factor_removed")

    def remove(self, operator_id: str, actor: Actor, reason: str = "") -> None:
        """Take a colleague's second factor away, who lost it, and end their sessions.

        Where it is demanded they set up a new one at the next sign-in. Raises `NotPermitted`, also
        for one's own.
        """
        actor.require(Permission.OPERATORS, dangerous=True)
        if actor.operator_id == operator_id:
            raise NotPermitted(
                "You can't take your own second factor away here.", "Ask another administrator."
            )
        operator = self.store.operators.get(operator_id)
        self.store.factors.remove(operator_id)
        self.store.sessions.revoke_operator(operator_id)
        self.throttle.release(operator.username)
        record(self.store, actor, "operator.second_factor_removed", operator, reason=reason)

    def demand(self, roles: Iterable[Role], actor: Actor) -> None:
        """Demand a second factor of operators with these roles, from their next click on.

        Raises `NotPermitted` without the permission `operators`.
        """
        actor.require(Permission.OPERATORS, dangerous=True)
        before, wanted = demanded_of(self.store), set(roles)
        new = NewActivity(
            actor,
            "change_setting",
            target_kind="setting",
            target_id=_DEMANDED,
            target_name="Second factor demanded of",
            before={"roles": [str(role) for role in before]},
        )
        with self.store.activity.audited(new) as line:
            demand_of(self.store, wanted)
            line.after = {"roles": [str(role) for role in demanded_of(self.store)]}

    def _takes(self, factor: Factor, given: str) -> bool:
        if factor.kind == FactorKind.PASSKEY:
            return False
        if factor.kind == FactorKind.RECOVERY:
            return hmac.compare_digest(factor.secret, _hash(given)) and self.store.factors.take(factor.id)
        step = self._step(factor.secret, given)
        return step is not None and self.store.factors.take_step(factor.id, step)

    def _step(self, secret: str, given: str) -> int | None:
        """The time step whose code this is: now, the one before or the one after."""
        if len(given) != _DIGITS or not given.isascii():
            return None
        app, now = pyotp.TOTP(secret), int(self.clock() // _SECONDS)
        fitting = (
            step for step in (now, now - 1, now + 1) if hmac.compare_digest(app.generate_otp(step), given)
        )
        return next(fitting, None)


def _new_codes() -> tuple[str, ...]:
    # three groups: 54 bits, so that a hash that leaks can't be guessed against
    return tuple(dictatable(14) for _ in range(RECOVERY_CODES))


def _compact(code: str) -> str:
    """A code as it is compared: without the blanks and hyphens that make it easier to read."""
    return "".join(char for char in code.casefold() if char.isalnum())


def _hash(code: str) -> str:
    return sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
