"""Checking a name and password, slowed down after failures and equally slow for unknown names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.access import passwords
from services.access.records import record_own
from services.access.throttle import Throttle
from services.errors import SignInRefused
from services.store.activity import ActivityResult
from services.store.operators import Operator
from services.store.store import Store

WRONG = "That name and password don't belong together."


@dataclass(frozen=True, slots=True)
class SignIn:
    """The check behind the sign-in form. `check(prepared, stored_hash)` compares (see `passwords`)."""

    store: Store
    throttle: Throttle
    check: Callable[[str, str], bool] = passwords.matches

    def attempt(self, username: str, password: str, address: str) -> Operator:
        """Return the operator whose name and password these are.

        Raises `TooManyAttempts` before anything is looked up, and `SignInRefused` otherwise: the
        same words after the same time whether the name, the password or both are wrong. Failures
        of known operators and successes go to the activity log.
        """
        self.throttle.begin(username, address)
        operator = self.store.operators.by_username(username.strip())
        stored = self.store.operators.password_hash(operator.id) if operator is not None else None
        good = self.check(passwords.prepare(password), stored or passwords.NOBODY)
        if operator is None or stored is None or not good:
            if operator is not None:
                record_own(self.store, operator, "sign_in", address, ActivityResult.FAILED)
            raise SignInRefused(WRONG, "Check both. Capital letters count in the password, not in the name.")
        if operator.disabled:
            record_own(self.store, operator, "sign_in", address, ActivityResult.FAILED)
            raise SignInRefused("This operator is disabled.", "Ask an administrator of this console.")
        self.throttle.succeeded(username, address)
        if passwords.is_weak_hash(stored):
            self.store.operators.set_password_hash(operator.id, passwords.hash_password(password))
        return operator
