"""Pages and filters of ListUsers and ListUsersInGroup as AWS has them.

moto's page token names the next user, so deleting that user breaks the listing; its filter knows
no escapes. Here a token says how far the listing has come, and quotes and backslashes may be
escaped with a backslash.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException

from demo import paging

User = Any
"""moto's CognitoIdpUser, with a `number` added."""

FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
LONGEST_FILTER = 256
FILTERABLE = frozenset(
    {"username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username"}
    | {"cognito:user_status", "status", "sub"}
)


class NumberedUsers(OrderedDict[str, User]):
    """Users by username, each with a number that grows with every user added; `by_sub` finds them too."""

    def __init__(self) -> None:
        super().__init__()
        self.by_sub: dict[str, User] = {}
        self._numbers = itertools.count(1)

    def __setitem__(self, username: str, user: User) -> None:
        user.number = next(self._numbers)
        self.by_sub[user.id] = user
        super().__setitem__(username, user)

    def __delitem__(self, username: str) -> None:
        del self.by_sub[self[username].id]
        super().__delitem__(username)


def _number(user: User) -> int:
    return int(user.number)


def in_order(users: Iterable[User]) -> list[User]:
    """Users in the order in which they came."""
    return sorted(users, key=_number)


def page(
    users: Sequence[User], limit: int | None, token: str | None, about: str
) -> tuple[list[User], str | None]:
    """One page of `users` (in order) and the token of the next; `about` says what is listed.

    A token is only good for the same `about`, as AWS demands the same parameters.
    """
    limit = limit or paging.LARGEST
    if not 0 <= limit <= paging.LARGEST:
        raise InvalidParameterException(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {paging.LARGEST}"
        )
    start = bisect_right(users, paging.read(token, about), key=_number) if token else 0
    chosen = list(users[start : start + limit])
    more = bool(chosen) and start + limit < len(users)
    return chosen, paging.write(_number(chosen[-1]), about) if more else None


def chosen_by(expression: str, users: NumberedUsers) -> list[User]:
    """The users that a filter such as `email ^= "ann"` chooses, in order; an empty one chooses all."""
    if not expression:
        return list(users.values())
    match = FILTER.fullmatch(expression)
    if match is None or len(expression) > LONGEST_FILTER:
        raise InvalidParameterException("Error while parsing filter.")
    name, operator, escaped = match.groups()
    if name not in FILTERABLE:
        raise InvalidParameterException(f"Invalid search attribute: {name}")
    wanted = re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)
    if name == "cognito:user_status":
        wanted = wanted.upper()
    if operator == "=" and name in ("username", "sub"):
        found = (users if name == "username" else users.by_sub).get(wanted)
        return [] if found is None else [found]
    matches = str.startswith if operator == "^=" else str.__eq__
    return [
        user
        for user in users.values()
        if (value := _value(user, name)) is not None and matches(value, wanted)
    ]


def _value(user: User, name: str) -> str | None:
    if name == "username":
        return str(user.username)
    if name == "status":
        return "Enabled" if user.enabled else "Disabled"
    if name == "cognito:user_status":
        return str(getattr(user.status, "value", user.status))
    value: str | None = user.attribute_lookup.get(name)
    return value
