"""The orders in which people can be listed."""

from __future__ import annotations

from enum import StrEnum


class PeopleOrder(StrEnum):
    """The orders in which people can be listed."""

    NAME = "name"
    SIGN_IN = "sign-in"
    STATUS = "status"
    NEWEST = "newest"
    OLDEST = "oldest"
    CHANGED = "changed"
