"""The first start: a one-time link makes the first administrator."""

from __future__ import annotations

from datetime import timedelta

from services.access import passwords
from services.access.operators import check_person, record_own
from services.errors import InvalidValue, SignInRefused
from services.roles import Role
from services.store.operators import Operator
from services.store.store import Store

PURPOSE = "set-up"
LIFETIME = timedelta(hours=2)
_SUBJECT = "first administrator"


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
    found = passwords.problems(password, username, name, email.partition("@")[0])
    if found:
        raise InvalidValue("That password can't be used.", " ".join(found), field="password")
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
