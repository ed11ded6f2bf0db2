"""One-time links from the terminal: one makes the first administrator, one lets an operator in again.

Whoever can run commands here holds the database and its keys already.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from services.access import passwords
from services.access.operators import (
    check_new_password,
    check_person,
    forget_first_password,
    record,
    record_own,
)
from services.access.throttle import Throttle
from services.errors import NotPermitted, RecordNotFound, SignInRefused
from services.roles import Actor, Role
from services.store.operators import Operator
from services.store.store import Store

PURPOSE = "set-up"
LIFETIME = timedelta(hours=2)
_SUBJECT = "first administrator"
_WAY_BACK = "new password"
_GONE = "This link is used, expired or no longer needed."


def is_needed(store: Store) -> bool:
    """True while no administrator exists."""
    return store.operators.count_admins() == 0


def issue_link(store: Store) -> str:
    """Return the secret token of a new set-up link, good once and for two hours."""
    return store.tickets.issue(PURPOSE, _SUBJECT, "", LIFETIME)


def is_valid(store: Store, token: str) -> bool:
    """True if `token` still opens the set-up page."""
    return bool(token) and is_needed(store) and store.tickets.peek(PURPOSE, token, "") is not None


def make_first_admin(
    store: Store, token: str, *, username: str, name: str, email: str, password: str
) -> Operator:
    """Create the first administrator and use the link up.

    Raises `InvalidValue` (the link stays good) when a value can't be used, `SignInRefused` when the
    link is used, expired or no longer needed.
    """
    check_person(username, name, email)
    check_new_password(password, username, name, email)
    hashed = passwords.hash_password(password)
    if not is_needed(store) or store.tickets.redeem(PURPOSE, token, "") is None:
        raise SignInRefused(
            "This set-up link is no longer good.",
            "Start the console again: it prints a new one if one is needed.",
        )
    operator = store.operators.add(
        username=username.strip(),
        name=name.strip(),
        email=email.strip(),
        role=Role.ADMIN,
        password_hash=hashed,
    )
    record_own(store, operator, "operator.set_up")
    return operator


def issue_way_back(store: Store, operator: Operator, actor: Actor) -> str:
    """Return the secret token of a link with which `operator` chooses a new password.

    It is good once and for two hours, and until the password is changed in another way. Raises
    `NotPermitted` for a disabled operator.
    """
    if operator.disabled:
        raise NotPermitted(
            f"{operator.username} is disabled; no link was made.", "Enable this operator first."
        )
    token = store.tickets.issue(_WAY_BACK, _sealed_to(store, operator.id), "", LIFETIME)
    record(store, actor, "operator.link", operator)
    return token


def operator_of_link(store: Store, token: str) -> Operator | None:
    """The operator whose link `token` is, or None when it is no good (any more)."""
    subject = store.tickets.peek(_WAY_BACK, token, "") if token else None
    return None if subject is None else _operator_of(store, subject)


def choose_password(store: Store, token: str, password: str) -> Operator:
    """Set the password of the operator whose link this is, end their sessions and any waiting time, and use
    the link up.

    A second factor stays as it is. Raises `InvalidValue` (the link stays good) when the password
    can't be used, `SignInRefused` when the link is no good.
    """
    operator = operator_of_link(store, token)
    if operator is None:
        raise SignInRefused(_GONE, "Ask for a new one.")
    check_new_password(password, operator.username, operator.name, operator.email)
    hashed = passwords.hash_password(password)
    if store.tickets.redeem(_WAY_BACK, token, "") is None:
        raise SignInRefused(_GONE, "Ask for a new one.")
    store.operators.set_password_hash(operator.id, hashed)
    forget_first_password(store, operator.id)
    store.sessions.revoke_operator(operator.id)
    Throttle(store).release(operator.username)
    record_own(store, operator, "operator.change_password")
    return operator


def _sealed_to(store: Store, operator_id: str) -> str:
    """The operator and the password of now, so that the next password ends the link."""
    print_of = sha256(store.operators.password_hash(operator_id).encode()).hexdigest()
    return f"{operator_id} {print_of}"


def _operator_of(store: Store, subject: str) -> Operator | None:
    try:
        operator = store.operators.get(subject.partition(" ")[0])
    except RecordNotFound:
        return None
    good = not operator.disabled and _sealed_to(store, operator.id) == subject
    return operator if good else None
