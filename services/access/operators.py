"""Administration of operators: by administrators, and of one's own password."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.access import passwords
from services.access.step_up import require_given
from services.access.throttle import Throttle
from services.dictation import dictatable
from services.errors import InvalidValue, NotPermitted, SignInRefused
from services.roles import Actor, ActorSource, Origin, Permission, Role
from services.store.activity import ActivityResult, Facts, NewActivity, only_changed
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.store import Store
from services.words import counted

_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,63}")
_FIRST = "operator.first_password:"
"""Setting: when an operator was given the password that they have, until they choose one of their own."""
FIRST_PASSWORD_LASTS = timedelta(days=7)

# Two administrators who disable each other at the same moment must not both succeed.
_ADMINS = "administrators"


@dataclass(frozen=True, slots=True)
class OperatorService:
    """What can be done with operators, by whoever `who` says is acting at that moment.

    Every method but those on oneself needs the permission `operators` (`NotPermitted` otherwise);
    adding, disabling, another role, name, address or password also a recent second factor of whoever has
    one (`ProofNeeded`). Every change is written to the activity log, never with a password.
    """

    store: Store
    who: ActorSource
    check: Callable[[str, str], bool] = passwords.matches

    @property
    def throttle(self) -> Throttle:
        """What slows their sign-ins down."""
        return Throttle(self.store)

    def list(self) -> tuple[Operator, ...]:
        """All operators by user name."""
        self._allowed()
        return tuple(sorted(self.store.operators.list(), key=lambda operator: operator.username.casefold()))

    def add(self, username: str, name: str, email: str, role: Role) -> tuple[Operator, str]:
        """Add an operator; returns it and the first password, which can't be read again.

        Raises `InvalidValue`, or `NameTaken` when the user name is in use.
        """
        actor = self._allowed(dangerous=True)
        check_person(username, name, email)
        password = dictatable()
        operator = self.store.operators.add(
            username=username.strip(),
            name=name.strip(),
            email=email.strip(),
            role=role,
            password_hash=passwords.hash_password(password),
        )
        _hand_over(self.store, operator.id)
        record(self.store, actor, "operator.add", operator, after=_facts(operator))
        return operator, password

    def change_role(self, operator_id: str, role: Role, reason: str = "") -> Operator:
        """Give an operator another role; it holds from their next click on."""
        actor = self._allowed(dangerous=True)
        _not_oneself(actor, operator_id, "You can't change your own role.")
        with self.store.together(turn=_ADMINS):
            before = self.store.operators.get(operator_id)
            _has_a_password(before, "Their role comes from their groups there, at each sign-in.")
            if role != Role.ADMIN:
                self._keep_an_admin(before)
            after = self.store.operators.update(operator_id, role=role)
        record(
            self.store,
            actor,
            "operator.role",
            after,
            before={"role": str(before.role)},
            after={"role": str(role)},
            reason=reason,
        )
        return after

    def change_person(
        self, operator_id: str, username: str, name: str, email: str, reason: str = ""
    ) -> Operator:
        """Give an operator with a password another user name, full name or e-mail address; sessions go on.

        Raises `InvalidValue`, `NameTaken`, and `NotPermitted` for one who comes by a company account.
        """
        actor = self._allowed(dangerous=True)
        check_person(username, name, email)
        before = self.store.operators.get(operator_id)
        _has_a_password(before, "Name and address come from there, at each sign-in.")
        after = self.store.operators.update(
            operator_id, username=username.strip(), name=name.strip(), email=email.strip()
        )
        old, new = only_changed(_person(before), _person(after))
        if new:
            record(self.store, actor, "operator.change", after, before=old, after=new, reason=reason)
        return after

    def set_disabled(self, operator_id: str, disabled: bool, reason: str = "") -> Operator:
        """Keep an operator out (ending all their sessions at once), or let them in again."""
        actor = self._allowed(dangerous=True)
        _not_oneself(actor, operator_id, "You can't disable yourself.")
        with self.store.together(turn=_ADMINS):
            before = self.store.operators.get(operator_id)
            if disabled and not before.altered:
                self._keep_an_admin(before)
            after = self.store.operators.update(operator_id, disabled=disabled)
        if disabled:
            self.store.sessions.revoke_operator(operator_id)
        action = "operator.disable" if disabled else "operator.enable"
        record(
            self.store,
            actor,
            action,
            after,
            before={"disabled": before.disabled},
            after={"disabled": disabled},
            reason=reason,
        )
        return after

    def confirm(self, operator_id: str, role: Role, reason: str = "") -> Operator:
        """Let an operator in again whose record was changed past the console, with this role.

        Raises `InvalidValue` for one that wasn't.
        """
        actor = self._allowed()
        before = self.store.operators.get(operator_id)
        if not before.altered:
            raise InvalidValue("This operator's record is as the console wrote it.", "Nothing was changed.")
        after = self.store.operators.confirm(operator_id, role)
        self.store.sessions.revoke_operator(operator_id)
        found = {"role": str(before.role), "altered": True}
        record(
            self.store,
            actor,
            "operator.confirm",
            after,
            before=found,
            after={"role": str(role), "altered": False},
            reason=reason,
        )
        return after

    def reset_password(self, operator_id: str, reason: str = "") -> str:
        """Give an operator a new password, end their sessions and any waiting time; returns the password."""
        actor = self._allowed(dangerous=True)
        _not_oneself(actor, operator_id, "Change your own password on the page Your account.")
        operator = self.store.operators.get(operator_id)
        _has_a_password(operator, "They have no password here; their company keeps it.")
        password = dictatable()
        self.store.operators.set_password_hash(operator_id, passwords.hash_password(password))
        _hand_over(self.store, operator_id)
        self.store.sessions.revoke_operator(operator_id)
        self.throttle.release(operator.username)
        record(self.store, actor, "operator.reset_password", operator, reason=reason)
        return password

    def release(self, operator_id: str) -> None:
        """End the waiting time after failed sign-ins."""
        actor = self._allowed()
        operator = self.store.operators.get(operator_id)
        self.throttle.release(operator.username)
        record(self.store, actor, "operator.release", operator)

    def waiting(self, operators: Iterable[Operator]) -> dict[str, float]:
        """For how many seconds each one's sign-in is slowed down after failures, by user name; only those."""
        return self.throttle.waiting(operator.username for operator in operators)

    def sessions(self, operator_id: str | None = None) -> tuple[Session, ...]:
        """Live sessions, newest first, of one operator or of all; of oneself without any permission."""
        if operator_id is None or operator_id != self.who().operator_id:
            self._allowed()
        found = self.store.sessions.list_live(operator_id)
        return tuple(sorted(found, key=lambda session: session.seen_at, reverse=True))

    def revoke(self, session_id: str) -> None:
        """End one session; its next click does nothing. Nothing happens when it is over already.

        Whose it is, the store says; of others it needs the permission `operators`.
        """
        actor = self.who()
        session = self.store.sessions.get(session_id)
        if session is None or session.operator_id != actor.operator_id:
            actor.require(Permission.OPERATORS)
        if session is None:
            return
        self.store.sessions.revoke(session.id)
        operator = self.store.operators.get(session.operator_id)
        record(self.store, actor, "operator.revoke_session", operator, before={"address": session.address})

    def revoke_others(self, own_session_id: str) -> int:
        """End all of one's own sessions but this; returns how many."""
        actor = self.who()
        others = [
            session
            for session in self.store.sessions.list_live(actor.operator_id)
            if session.id != own_session_id
        ]
        for session in others:
            self.store.sessions.revoke(session.id)
        operator = self.store.operators.get(actor.operator_id)
        record(self.store, actor, "operator.revoke_session", operator, before={"sessions": len(others)})
        return len(others)

    def change_own_password(self, old: str, new: str, own_session_id: str, address: str = "") -> None:
        """Change one's own password and end one's other sessions.

        Raises `SignInRefused` when `old` is wrong (counted like a failed sign-in, so
        `TooManyAttempts` after some), `InvalidValue` when `new` can't be used, `ProofNeeded` while they
        have a second factor that this session never gave.
        """
        actor = self.who()
        operator = self.store.operators.get(actor.operator_id)
        require_given(self.store, operator, own_session_id)
        with self.throttle.turn(self.throttle.begin(operator.username, address)):
            stored = self.store.operators.password_hash(operator.id)
            if not stored or not self.check(passwords.bcrypt_input(old), stored):
                raise SignInRefused("That is not your present password.", "Nothing was changed.")
        self.throttle.succeeded(operator.username, address)
        check_new_password(new, operator.username, operator.name, operator.email, before=old)
        self.store.operators.set_password_hash(operator.id, passwords.hash_password(new))
        forget_first_password(self.store, operator.id)
        for session in self.store.sessions.list_live(operator.id):
            if session.id != own_session_id:
                self.store.sessions.revoke(session.id)
        record(self.store, actor, "operator.change_password", operator)

    def _allowed(self, *, dangerous: bool = False) -> Actor:
        actor = self.who()
        actor.require(Permission.OPERATORS, dangerous=dangerous)
        return actor

    def _keep_an_admin(self, operator: Operator) -> None:
        # those of a company's provider don't count: who has a password is the way back in when it fails
        counts = operator.role == Role.ADMIN and not operator.disabled and not operator.provider_id
        if counts and self.store.operators.count_admins() <= 1:
            raise NotPermitted(
                f"{operator.username} is the only administrator with a password of this console; nothing was "
                "changed.",
                "Make someone else an administrator first.",
            )


def need_admitted(store: Store, operator: Operator, address: str = "") -> None:
    """Raise `SignInRefused`, and log the try, of an operator who is disabled, or altered past the console."""
    if not operator.disabled:
        return
    if operator.altered:
        record_own(store, operator, "operator.altered", address, ActivityResult.FAILED)
        raise SignInRefused(
            "Your record was changed past the console, so nobody can sign in with it.",
            "Ask an administrator: the page Operators says what to do.",
        )
    record_own(store, operator, "sign_in", address, ActivityResult.FAILED)
    raise SignInRefused("This operator is disabled.", "Ask an administrator of this console.")


def need_young_password(store: Store, operator: Operator, address: str = "") -> None:
    """Raise `SignInRefused`, and log the try, for a password that was handed over long ago and never used."""
    given = store.settings.get(_FIRST + operator.id)
    # earlier releases didn't note when
    if not isinstance(given, str) or utc_now() - datetime.fromisoformat(given) <= FIRST_PASSWORD_LASTS:
        return
    record_own(store, operator, "sign_in", address, ActivityResult.FAILED)
    raise SignInRefused(
        f"This first password was to be used within {counted(FIRST_PASSWORD_LASTS.days, 'day')}.",
        "Ask an administrator of this console for a new one.",
    )


def _hand_over(store: Store, operator_id: str) -> None:
    store.settings.set(_FIRST + operator_id, utc_now().isoformat())


def must_choose_password(store: Store, operator_id: str) -> bool:
    """True while an operator still has the password that an administrator handed over."""
    return bool(store.settings.get(_FIRST + operator_id))


def forget_first_password(store: Store, operator_id: str) -> None:
    """An operator has a password of their own now."""
    store.settings.delete(_FIRST + operator_id)


def judge_password(new: str, username: str, name: str, email: str) -> passwords.JudgedPassword:
    """How good a password of this operator's would be."""
    return passwords.judge(new, username, name, email, email.partition("@")[0])


def check_new_password(new: str, username: str, name: str, email: str, before: str | None = None) -> None:
    """Raise `InvalidValue` for a password that this operator can't take, or that they have already."""
    found = list(judge_password(new, username, name, email).problems)
    if new == before:
        found.append("It is the same as before.")
    if found:
        raise InvalidValue("That password can't be used.", " ".join(found), field="password")


def _facts(operator: Operator) -> Facts:
    return {"name": operator.name, "email": operator.email, "role": str(operator.role)}


def _person(operator: Operator) -> Facts:
    return {"operator name": operator.username, "name": operator.name, "email": operator.email}


def _not_oneself(actor: Actor, operator_id: str, message: str) -> None:
    if actor.operator_id == operator_id:
        raise NotPermitted(message, "Ask another administrator.")


def _has_a_password(operator: Operator, why: str) -> None:
    if operator.provider_id:
        raise NotPermitted(
            f"{operator.username} signs in with the company account: nothing was changed.", why
        )


def check_person(username: str, name: str, email: str) -> None:
    """Raise `InvalidValue` for a user name, name or e-mail address that an operator can't have.

    User names tell operators apart in the log, so none may look like another: letters of other
    alphabets, marks that turn the writing round and signs of paths are left to full names.
    """
    if not _USERNAME.fullmatch(username.strip()):
        raise InvalidValue(
            "That user name can't be used.",
            "Give 1 to 64 letters (a to z), digits or any of . _ - + @, a letter or digit first.",
            field="username",
        )
    if len(name) > 200 or not all(char.isprintable() for char in name):
        raise InvalidValue("That name can't be used.", "Give at most 200 ordinary characters.", field="name")
    if email.strip() and ("@" not in email.strip()[1:-1] or any(char.isspace() for char in email.strip())):
        raise InvalidValue(
            "That e-mail address can't be right.", "Correct it or leave it empty.", field="email"
        )


def record(
    store: Store,
    actor: Actor,
    action: str,
    target: Operator,
    *,
    result: ActivityResult = ActivityResult.DONE,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str = "",
) -> str:
    """Write what `actor` did to the operator `target`; returns the line's id."""
    line = NewActivity(
        actor,
        action,
        target_kind="operator",
        target_id=target.id,
        target_name=target.username,
        before=before or {},
        reason=reason,
    )
    return store.activity.record(line, result, after)


def record_own(
    store: Store,
    operator: Operator,
    action: str,
    address: str = "",
    result: ActivityResult = ActivityResult.DONE,
) -> str:
    """Write what an operator did about their own sign-in, or what someone did in their name."""
    actor = Actor(operator.id, operator.username, operator.role, Origin.BROWSER)
    after = {"address": address} if address else None
    return record(store, actor, action, operator, result=result, after=after)


def record_stranger(store: Store, action: str, target: str, address: str) -> None:
    """Write what somebody tried in vain who is no operator."""
    nobody = Actor("", "somebody unknown", Role.AUDITOR, Origin.BROWSER)
    line = NewActivity(nobody, action, target_kind="operator", target_name=target)
    store.activity.record(line, ActivityResult.FAILED, {"address": address})
