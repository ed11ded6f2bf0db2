"""In which state a person is."""

from __future__ import annotations

from enum import StrEnum


class PersonState(StrEnum):
    """A person's state, as support tells people apart.

    `services.directory.filtering.STATES` says what is known of each.
    """

    ACTIVE = "active"
    INVITED = "invited"
    EXPIRED = "expired"
    UNSURE = "unsure"
    UNCONFIRMED = "unconfirmed"
    RESET = "reset"
    ELSEWHERE = "elsewhere"
    OTHER = "other"
