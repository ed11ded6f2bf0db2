"""Signing in, the sessions of operators, and the actors that stand for them in every change."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.access import passwords
from services.access.operators import need_admitted, need_young_password, record_own, record_stranger
from services.access.second_factor import is_missing
from services.access.step_up import is_due
from services.access.throttle import AdmittedTry, Throttle
from services.errors import (
    NotPermitted,
    RecordNotFound,
    SealBroken,
    SessionEnded,
    SignInRefused,
    TooManyAttempts,
)
from services.roles import Actor, ActorSource, Origin, Permission, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import unique_key
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.store import Store

_LOCAL_FORM = "access.local_form"
_BROWSER_PLACE = {"table": "cookie", "column": "browser", "row": ""}
_LONGEST_BROWSER = 2_000  # characters
WRONG = "That name and password don't belong together."


def local_form_is_on(store: Store) -> bool:
    """Whether everybody with a password may use it; administrators always may, as the way back."""
    return store.settings.get(_LOCAL_FORM, True) is not False


def switch_local_form(store: Store, on: bool, actor: Actor) -> None:
    """Let operators use their passwords, or administrators alone. Raises `NotPermitted`."""
    actor.require(Permission.CONFIGURE, dangerous=True)
    new = NewActivity(
        actor,
        "change_setting",
        target_kind="setting",
        target_id=_LOCAL_FORM,
        target_name="Sign-in by password",
        before={"on": local_form_is_on(store)},
    )
    with store.activity.audited(new) as line:
        store.settings.set(_LOCAL_FORM, on)
        line.after = {"on": on}


@dataclass(frozen=True, slots=True)
class OperatorSignIn:
    """The check behind the sign-in form. `check(prepared, stored_hash)` compares (see `passwords`)."""

    store: Store
    check: Callable[[str, str], bool] = passwords.matches

    @property
    def throttle(self) -> Throttle:
        """What counts wrong tries."""
        return Throttle(self.store)

    def attempt(self, username: str, password: str, address: str, browser: str = "") -> Operator:
        """Return the operator whose name and password these are.

        `browser` is what `known_browser` gave this browser at an earlier sign-in: strangers' tries
        at the name then don't keep it out. Raises `TooManyAttempts` before anything is looked up,
        and `SignInRefused` otherwise: the same words after the same time whether the name, the
        password or both are wrong. Failures, the beginning of a waiting time and successes go to
        the activity log; a name that nobody has is not written down, it may be a password.
        """
        device = device_of(self.store, browser, username)
        admitted = self._admit(username, address, device)
        with self.throttle.turn(admitted):
            operator, stored = self._whose(username, password, address, quiet=admitted.crowded)
        need_admitted(self.store, operator, address)
        need_young_password(self.store, operator, address)
        if operator.role != Role.ADMIN and not local_form_is_on(self.store):
            record_own(self.store, operator, "sign_in", address, ActivityResult.FAILED)
            raise SignInRefused(
                "Passwords are switched off here, but for administrators.",
                "Sign in with your company account.",
            )
        self.throttle.succeeded(username, address, device)
        if passwords.is_weak_hash(stored):
            self.store.operators.set_password_hash(operator.id, passwords.hash_password(password))
        return operator

    def _admit(self, username: str, address: str, device: str) -> AdmittedTry:
        try:
            admitted = self.throttle.begin(username, address, device)
        except TooManyAttempts as error:
            if error.first:
                self._log(self.store.operators.by_username(username.strip()), "operator.slowed", address)
            raise
        if admitted.first:
            self._log(None, "operator.slowed", address, "all from one address")
        return admitted

    def _whose(self, username: str, password: str, address: str, quiet: bool) -> tuple[Operator, str]:
        """The operator whose name and password these are, and the hash. Raises `SignInRefused`.

        `quiet`: names that nobody has aren't logged, or somebody could fill the log from one address.
        """
        operator = self.store.operators.by_username(username.strip())
        stored = self.store.operators.password_hash(operator.id) if operator is not None else None
        good = self.check(passwords.bcrypt_input(password), stored or passwords.NOBODY)
        if operator is not None and stored is not None and good:
            return operator, stored
        if operator is not None or not quiet:
            self._log(operator, "sign_in", address)
        raise SignInRefused(WRONG, "Check both. Capital letters count in the password, not in the name.")

    def _log(
        self, operator: Operator | None, action: str, address: str, target: str = "a name that nobody has"
    ) -> None:
        """Write down what failed: at a name that somebody has few tries are possible in an hour."""
        if operator is not None:
            record_own(self.store, operator, action, address, ActivityResult.FAILED)
            return
        record_stranger(self.store, action, target, address)


def known_browser(store: Store, operator: Operator) -> str:
    """What a browser keeps in which this operator has signed in: sealed, good for their name alone."""
    told = [unique_key(operator.username), secrets.token_urlsafe(12)]
    return store.vault.seal(told, **_BROWSER_PLACE)


def device_of(store: Store, browser: str, username: str) -> str:
    """The name of a browser in which this operator has signed in before; "" for every other."""
    if not browser or len(browser) > _LONGEST_BROWSER:
        return ""
    try:
        name, device = store.vault.open(browser, **_BROWSER_PLACE)
    except SealBroken:
        return ""
    return str(device) if name == unique_key(username) else ""


def live_operator(store: Store, session_id: str) -> tuple[Operator, Session] | None:
    """The session with this public id and its operator, or None when it is over."""
    session = store.sessions.get(session_id) if session_id else None
    if session is None:
        return None
    try:
        operator = store.operators.get(session.operator_id)
    except RecordNotFound:
        return None
    return None if operator.disabled else (operator, session)


def browser_actor(store: Store, session_id: str, *, proved: bool = True) -> ActorSource:
    """A source that reads session and role afresh at each call; it raises `SessionEnded` once it is over.

    While a second factor is demanded and not given it raises `NotPermitted`, unless `proved` is
    False: for one's own password and for setting the factor up.
    """

    def who() -> Actor:
        found = live_operator(store, session_id)
        if found is None:
            raise SessionEnded("You are no longer signed in; nothing was changed.", "Sign in again.")
        return actor_in(store, *found, proved=proved)

    return who


def actor_in(store: Store, operator: Operator, session: Session, *, proved: bool = True) -> Actor:
    """Whoever acts in a session that was found live just now; raises as `browser_actor` says."""
    if proved and is_missing(store, operator, session):
        raise NotPermitted(
            f"As {operator.role} you need a second factor; nothing was changed.",
            "Set it up on “Your account”.",
        )
    due = is_due(store, operator, session)
    return Actor(operator.id, operator.username, operator.role, Origin.BROWSER, due)


def operator_actor(store: Store, operator_id: str, name: str, origin: Origin) -> Actor:
    """Whoever work without a browser is done as, with the rights they have now.

    Raises `SessionEnded` once they are disabled or gone; `name` is what they were called.
    """
    try:
        operator = store.operators.get(operator_id)
    except RecordNotFound:
        operator = None
    if operator is None or operator.disabled:
        raise SessionEnded(
            f"{name or 'The operator'} may not act any more, so what ran as them was stopped.",
            "Another operator can go on with it.",
        )
    return Actor(operator.id, operator.username, operator.role, origin)


def terminal_actor(role: Role = Role.ADMIN) -> ActorSource:
    """A source for commands: whoever may run them here holds the keys already, so all is allowed."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        user = "unknown"
    actor = Actor(f"terminal:{user}", f"{user} (terminal)", role, Origin.TERMINAL)
    return lambda: actor


def program_actor(name: str) -> ActorSource:
    """A source for another program, by its name: it holds the keys itself, so a manager's rights do."""
    actor = Actor(f"program:{name}", f"{name} (program)", Role.MANAGER, Origin.PROGRAM)
    return lambda: actor


def begin_session(
    store: Store,
    operator: Operator,
    address: str,
    agent: str,
    idle: timedelta,
    absolute: timedelta,
    *,
    proved: bool = False,
) -> tuple[Session, str]:
    """Open a session for someone who has shown who they are; returns it and its secret token.

    `proved` says that it was with a second factor, too.
    """
    session, token = store.sessions.create(operator.id, address, agent, idle, absolute, proved=proved)
    store.operators.update(operator.id, last_sign_in=session.created_at)
    record_own(store, operator, "sign_in", address)
    return session, token


def sign_out(store: Store, session_id: str) -> None:
    """End the session with this public id; its cookie is worthless from now on."""
    found = live_operator(store, session_id)
    store.sessions.revoke(session_id)
    if found is not None:
        record_own(store, found[0], "sign_out")
