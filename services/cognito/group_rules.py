"""Rules for groups: names, descriptions, precedence, and the groups that Cognito makes by itself.

Sources: Cognito API reference, CreateGroup and UpdateGroup (lengths, characters, precedence);
developer guide, "Adding groups to a user pool" (10,000 groups per pool, 100 groups per user, the
automatic group of each identity provider).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

LONGEST_NAME = 128
LONGEST_DESCRIPTION = 2048
HIGHEST_PRECEDENCE = 2**31 - 1
MOST_GROUPS = 10_000
MOST_GROUPS_PER_USER = 100

# Letters, marks, symbols, numbers and punctuation: everything but separators and control characters.
_NAME_CATEGORIES = frozenset("LMSNP")


def name_problems(name: str, existing: Collection[str] = ()) -> list[str]:
    """What keeps `name` from becoming a group, as sentences; empty when it is fine."""
    if not name:
        return ["The group needs a name."]
    found: list[str] = []
    if len(name) > LONGEST_NAME:
        found.append(f"The name has {len(name)} characters; at most {LONGEST_NAME} are possible.")
    if any(unicodedata.category(character)[0] not in _NAME_CATEGORIES for character in name):
        found.append("A group name has no spaces or invisible characters; use - or _ between words.")
    if ";" in name:
        found.append("A semicolon separates group names in CSV files; leave it out.")
    if name in existing:
        found.append("There is a group of this name already.")
    elif any(name.casefold() == other.casefold() for other in existing):
        found.append("There is a group whose name differs only in capital letters; people would mix them up.")
    if len(existing) >= MOST_GROUPS:
        found.append(f"The pool has {len(existing):,} groups, and Cognito allows no more.")
    return found


def too_many_groups(who: str, count: int) -> str:
    """Why `who` can't be in so many groups, in a sentence; empty when they can."""
    if count <= MOST_GROUPS_PER_USER:
        return ""
    return f"{who} would be in {count} groups; Cognito allows {MOST_GROUPS_PER_USER}."


def description_problems(description: str) -> list[str]:
    """What keeps `description` from being stored, as sentences."""
    if len(description) > LONGEST_DESCRIPTION:
        return [
            f"The description has {len(description)} characters; at most {LONGEST_DESCRIPTION} are possible."
        ]
    return []


def precedence_problems(precedence: int | None) -> list[str]:
    """What keeps `precedence` from being stored, as sentences. None means "not set"."""
    if precedence is not None and not 0 <= precedence <= HIGHEST_PRECEDENCE:
        return [f"The precedence is a whole number from 0 to {HIGHEST_PRECEDENCE:,}."]
    return []


def provider_of(group: str, pool_id: str) -> str:
    """The identity provider whose automatic group this is, or an empty string.

    Cognito makes a group `<pool id>_<provider>` for each provider and puts its people there.
    """
    start = f"{pool_id}_"
    return group[len(start) :] if group.startswith(start) else ""
