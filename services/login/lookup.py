"""Whom a typed sign-in name means: as typed, as an alias, in another case, or somebody much like it.

Everything is asked of ListUsers, which bills nobody.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from services.cognito.filters import exact
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.people import needs_verified, sign_in_name
from services.cognito.status import is_verified
from services.directory.listing import Directory
from services.errors import CognitoError, InvalidValue
from services.login.explain_facts import Found

NAMES = ("username", "email", "phone_number", "preferred_username", "sub")
"""Where a typed name is looked for, likeliest first."""

_MOST_SUGGESTIONS = 3


def pick(directory: Directory, sub: str) -> Found:
    """A person chosen from a list, as the pool has them now. Raises the gateway's `CognitoError`s."""
    look = directory.person(sub, refresh=True)
    if look is None:
        return Found("", None)
    others, everywhere = _sharing(directory, look.person.user)
    return Found("", look.person.user, "", others, (), everywhere)


def find(directory: Directory, typed: str) -> Found:
    """Whom `typed` means. Raises the gateway's `CognitoError`s."""
    typed = typed.strip()
    pool = directory.gateway.describe_pool()
    matches = list(_matching(directory, typed)) if typed else []
    if not matches:
        return Found(typed, None, suggestions=_like(directory, typed, pool), everywhere=_whole(directory))
    user = min(matches, key=lambda one: _rank(one, typed, pool))
    look = directory.person(user.sub, refresh=True)
    # what was changed here a moment ago isn't in every answer of AWS's yet
    user = look.person.user if look is not None else user
    sharing, everywhere = _sharing(directory, user)
    others = {one.sub: one for one in (*matches, *sharing) if one.sub != user.sub}
    by = next(name for name in NAMES if _same(value_of(user, name), typed))
    return Found(typed, user, by, tuple(others.values()), (), everywhere)


def value_of(user: User, name: str) -> str:
    """What a user has under one of `NAMES`."""
    if name == "username":
        return user.username
    return user.sub if name == "sub" else user.attributes.get(name, "")


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


def same_name(one: str, other: str, pool: UserPool) -> bool:
    """Whether the pool takes both for the same sign-in name."""
    return one == other or (not pool.case_sensitive and one.casefold() == other.casefold())


def _rank(user: User, typed: str, pool: UserPool) -> tuple[bool, ...]:
    """Smallest for the one whom the pool would take: their exact name, then whoever can sign in."""
    working = names_that_work(user, pool).values()
    return (
        not any(same_name(value, typed, pool) for value in working),
        not any(value_of(user, name) == typed for name in NAMES),
        not user.enabled,
        user.status is not UserStatus.CONFIRMED,
    )


def _matching(directory: Directory, typed: str) -> Iterator[User]:
    """Everybody with this name under any attribute, in any case as far as that can be asked."""
    seen: set[str] = set()
    for name in NAMES:
        for user in _with(directory, name, typed):
            if user.sub not in seen:
                seen.add(user.sub)
                yield user


def _sharing(directory: Directory, user: User) -> tuple[tuple[User, ...], bool]:
    """Others with the same username or e-mail address in some spelling, and whether all were looked at."""
    try:
        found = {
            one.sub: one
            for name in ("email", "username")
            if value_of(user, name)
            for one in _with(directory, name, value_of(user, name))
        }
    except CognitoError:
        return (), False
    found.pop(user.sub, None)
    return tuple(found.values()), _whole(directory)


def _with(directory: Directory, name: str, value: str) -> Iterable[User]:
    """Users whose `name` is `value`: in any case where everybody is known, else in two spellings."""
    people = directory.people()
    if people is not None:
        return [one for one in people.users if _same(value_of(one, name), value)]
    found: dict[str, User] = {}
    for spelling in dict.fromkeys((value, value.lower())):
        try:
            wanted = exact(name, spelling)
        except InvalidValue:
            continue  # longer than a filter may be
        found |= {one.sub: one for one in directory.gateway.iter_users(wanted)}
    return found.values()


def _whole(directory: Directory) -> bool:
    return directory.people() is not None


def _like(directory: Directory, typed: str, pool: UserPool) -> tuple[str, ...]:
    """Sign-in names that look like `typed`, in a pool that is small enough to be known."""
    people = directory.people()
    if people is None or not typed:
        return ()
    names: dict[str, str] = {}
    for user in people.users:
        for name in ("username", "email"):
            if value := value_of(user, name):
                names.setdefault(value.casefold(), sign_in_name(user, pool))
    close = difflib.get_close_matches(typed.casefold(), names, n=_MOST_SUGGESTIONS, cutoff=0.8)
    return tuple(dict.fromkeys(names[one] for one in close))


def _same(one: str, other: str) -> bool:
    return bool(one) and one.casefold() == other.casefold()
