"""Filters for ListUsers: one attribute, exact or by prefix (API reference, ListUsers).

A filter is sent to the server and checked again on what comes back, because backends exist that
ignore a filter they can't parse and return everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.cognito.models import User
from services.cognito.people import loose_key
from services.errors import InvalidValue

LONGEST_FILTER = 256
"""Characters that the Filter parameter may have (service model)."""

FILTERABLE = MappingProxyType(
    {
        "email": "E-mail",
        "username": "Username",
        "name": "Name",
        "given_name": "First name",
        "family_name": "Last name",
        "phone_number": "Phone number",
        "preferred_username": "Preferred username",
        "sub": "User ID (sub)",
        "cognito:user_status": "Status",
        "status": "Enabled or disabled",
    }
)
"""Attributes that ListUsers can filter by, with what people call them. Custom ones never can be."""


class Match(StrEnum):
    """How a filter compares; the values are ListUsers' operators."""

    EXACT = "="
    PREFIX = "^="


@dataclass(frozen=True, slots=True)
class UserFilter:
    """People whose `attribute` equals `value`, or starts with it.

    Raises `InvalidValue` for an attribute that can't be filtered by, a blank value, or one that
    is too long for AWS.
    """

    attribute: str
    match: Match
    value: str

    def __post_init__(self) -> None:
        if self.attribute not in FILTERABLE:
            raise InvalidValue(
                f"Cognito can't search by {self.attribute!r}.",
                "Search by " + ", ".join(FILTERABLE.values()) + ".",
                field="attribute",
            )
        object.__setattr__(self, "match", Match(self.match))
        if not self.value:
            raise InvalidValue("Say what to search for.", field="value")
        if len(self.expression()) > LONGEST_FILTER:
            raise InvalidValue(
                f"This is too long to search for: Cognito takes {LONGEST_FILTER} characters in all.",
                "Shorten it, and search for what starts with it.",
                field="value",
            )

    def expression(self) -> str:
        """The Filter parameter: quotes and backslashes in the value are escaped."""
        value = self.value
        if self.match is Match.PREFIX:
            # a prefix that ends in punctuation finds nobody on AWS ("julian@" does not find
            # julian@example.com, "julian" does): send it without, `matches` checks the rest
            end = len(value)
            while end and not value[end - 1].isalnum():
                end -= 1
            value = value[:end] or value
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.attribute} {self.match.value} "{escaped}"'

    def matches(self, user: User) -> bool:
        """Whether `user` is one that the filter asks for; case is ignored, as most pools do."""
        have, want = loose_key(self._value_of(user)), loose_key(self.value)
        return have == want if self.match is Match.EXACT else have.startswith(want)

    def _value_of(self, user: User) -> str:
        match self.attribute:
            case "username":
                return user.username
            case "sub":
                return user.sub
            case "status":
                return "Enabled" if user.enabled else "Disabled"
            case "cognito:user_status":
                return str(user.status)
            case _:
                return user.attributes.get(self.attribute, "")


def exact(attribute: str, value: str) -> UserFilter:
    """The filter for people whose `attribute` is `value`. Raises `InvalidValue` as `UserFilter` does."""
    return UserFilter(attribute, Match.EXACT, value)


def prefix(attribute: str, value: str) -> UserFilter:
    """The filter for people whose `attribute` starts with `value`. Raises as `UserFilter` does."""
    return UserFilter(attribute, Match.PREFIX, value)
