"""Usernames and sign-in names, by the kind of pool.

Sources: Cognito developer guide, "Working with user attributes" (username and alias settings) and
"User pool case sensitivity"; API reference UsernameType (1 to 128 characters, no spaces).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum

from services.cognito.attributes import email_problem, rules_for
from services.cognito.identities import identities_in
from services.cognito.models import User, UserPool
from services.cognito.status import is_verified
from services.cognito.written import nfc

LONGEST_USERNAME = 128


class UsernameKind(StrEnum):
    """What is given as the username when a person is created."""

    NAME = "username"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    EITHER = "e-mail address or phone number"


def username_kind(pool: UserPool) -> UsernameKind:
    """What this pool takes as the username."""
    by_email, by_phone = (name in pool.username_attributes for name in ("email", "phone_number"))
    if by_email and by_phone:
        return UsernameKind.EITHER
    if by_email:
        return UsernameKind.EMAIL
    return UsernameKind.PHONE if by_phone else UsernameKind.NAME


def username_problems(username: str, pool: UserPool) -> list[str]:
    """What keeps `username` from being given to a new person, as sentences; empty when it is fine."""
    if not username:
        return [f"The {username_kind(pool)} is missing."]
    found: list[str] = []
    if len(username) > LONGEST_USERNAME:
        found.append(
            f"The {username_kind(pool)} has {len(username)} characters; "
            f"at most {LONGEST_USERNAME} are possible."
        )
    match username_kind(pool):
        case UsernameKind.EMAIL:
            return found + _only(email_problem(username))
        case UsernameKind.PHONE:
            return found + rules_for(pool).problems("phone_number", username, creating=True)
        case UsernameKind.EITHER if "@" in username:
            return found + _only(email_problem(username))
        case UsernameKind.EITHER:
            return found + rules_for(pool).problems("phone_number", username, creating=True)
        case _:
            return found + _name_problems(username, pool)


def _name_problems(username: str, pool: UserPool) -> list[str]:
    found: list[str] = []
    if any(unicodedata.category(character)[0] in "ZC" for character in username):
        found.append("A username has no spaces, line breaks or invisible characters.")
    if "email" in pool.alias_attributes and "@" in username and not email_problem(username):
        found.append("In this pool a username must not look like an e-mail address; choose another name.")
    if "phone_number" in pool.alias_attributes and _looks_like_phone(username):
        found.append("In this pool a username must not look like a phone number; choose another name.")
    return found


def _looks_like_phone(username: str) -> bool:
    return username.startswith("+") and username[1:].isascii() and username[1:].isdigit()


def _only(problem: str) -> list[str]:
    return [problem] if problem else []


class NameKind(StrEnum):
    """What may name a person. `IDENTITY` is an account at another provider, written `Provider_id`."""

    SUB = "sub"
    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone_number"
    PREFERRED = "preferred_username"
    IDENTITY = "identity"


def name_key(kind: NameKind, value: str, pool: UserPool) -> str:
    """Names of one kind with the same key mean the same person to this pool.

    Letters and accents count as one however they are written. Case counts only in usernames and in
    what people sign in with, and only where the pool says so.
    """
    return nfc(value) if case_counts(kind, pool) else loose_key(value)


def loose_key(value: str) -> str:
    """As `name_key` for a pool in which capitals never count. “ß” isn't “ss”, as it isn't for Cognito."""
    return value.lower() if value.isascii() else nfc(nfc(value).lower())


def case_counts(kind: NameKind, pool: UserPool) -> bool:
    """Whether the pool tells capitals from small letters in names of this kind."""
    return pool.case_sensitive and (kind is NameKind.USERNAME or kind in sign_in_attributes(pool))


def names_of(user: User) -> Iterator[tuple[NameKind, str]]:
    """Everything that names this person."""
    yield NameKind.SUB, user.sub
    yield NameKind.USERNAME, user.username
    for kind in (NameKind.EMAIL, NameKind.PHONE, NameKind.PREFERRED):
        if value := user.attributes.get(kind):
            yield kind, value
    if identities := user.attributes.get("identities"):
        for name in linked_names(identities):
            yield NameKind.IDENTITY, name


def linked_names(identities: str) -> list[str]:
    """`Provider_id` of each account in the attribute `identities`, as the username of its own would be."""
    return [identity.username for identity in identities_in(identities) if identity.user_id]


def names_that_work(user: User, pool: UserPool) -> dict[str, str]:
    """Attribute → value, for everything that this person can sign in with in this pool."""
    found: dict[str, str] = {}
    if not pool.username_attributes:
        found["username"] = user.username
    for name in ("email", "phone_number", "preferred_username"):
        value = user.attributes.get(name, "")
        as_alias = name in pool.alias_attributes and (
            name not in needs_verified(pool) or is_verified(user, name)
        )
        if value and (name in pool.username_attributes or as_alias):
            found[name] = value
    return found or {"username": user.username}


def same_name(name: str, other: str, pool: UserPool) -> bool:
    """Whether the pool takes both for the same sign-in name."""
    return name_key(NameKind.USERNAME, name, pool) == name_key(NameKind.USERNAME, other, pool)


def sign_in_attributes(pool: UserPool) -> tuple[str, ...]:
    """Attributes that people sign in with: `email`, `phone_number`, `preferred_username`; empty when only
    the username works."""
    names = pool.username_attributes | pool.alias_attributes
    return tuple(name for name in ("email", "phone_number", "preferred_username") if name in names)


def sign_in_sentence(pool: UserPool) -> str:
    """How people sign in, in one sentence for a help text."""
    titles = {
        "email": "e-mail address",
        "phone_number": "phone number",
        "preferred_username": "preferred username",
    }
    names = [titles[name] for name in sign_in_attributes(pool)]
    if pool.username_attributes:
        return f"People sign in with their {' or '.join(names)}."
    if names:
        return f"People sign in with their username, or with their verified {' or '.join(names)}."
    return "People sign in with their username."


def needs_verified(pool: UserPool) -> frozenset[str]:
    """Which of `email` and `phone_number` work for sign-in only when verified: those that are aliases."""
    return pool.alias_attributes & {"email", "phone_number"}


def unverified_for_sign_in(user: User, pool: UserPool) -> list[str]:
    """Attributes that the person has, but can't sign in with because they aren't verified."""
    return [
        name
        for name in sorted(needs_verified(pool))
        if user.attributes.get(name) and not is_verified(user, name)
    ]


def message_problems(delivery: tuple[str, ...], attributes: Mapping[str, str]) -> list[str]:
    """Why an invitation can't be sent: EMAIL needs an e-mail address, SMS a phone number."""
    needs = {"EMAIL": ("email", "an e-mail address"), "SMS": ("phone_number", "a phone number")}
    return [
        f"To send the invitation by {'e-mail' if medium == 'EMAIL' else 'SMS'}, {what} is needed."
        for medium, (attribute, what) in needs.items()
        if medium in delivery and not attributes.get(attribute)
    ]


def sign_in_name(user: User, pool: UserPool) -> str:
    """What the person types to sign in: e-mail or phone where that is the username, else the username."""
    for name in ("email", "phone_number"):
        if name in pool.username_attributes and user.attributes.get(name):
            return user.attributes[name]
    return user.username


def sign_in_names(user: User, pool: UserPool) -> tuple[str, ...]:
    """Every name that the person can sign in with, `sign_in_name` first."""
    return tuple(dict.fromkeys((sign_in_name(user, pool), *names_that_work(user, pool).values())))
