"""How a pool was read, and what is missing, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from services.errors import CognitoError
from services.words import minute, people

if TYPE_CHECKING:
    from services.directory.scan_memberships import GroupReading, PersonReading
    from services.directory.scan_people import PeopleReading

NAMED_AT_MOST = 5


def how_people(reading: PeopleReading) -> Iterable[str]:
    """How people were read."""
    number = len(reading.shards)
    if reading.in_shards:
        yield f"People were read in {number} lists at once, by the first character of their ID (sub)."
        if reading.ended:
            yield "Each of them held only its own people, nobody stood in two, and all were read to the end."
    elif reading.given_up:
        yield "People were read page after page."
        yield f"Reading in several lists at once was given up: {reading.given_up}."
    else:
        yield "People were read page after page."
    if reading.estimate:
        yield f"AWS estimates {reading.estimate:,} people; {len(reading):,} were read."


def how_members(
    people: int, groups: GroupReading, persons: PersonReading | None, why_not_persons: str
) -> Iterable[str]:
    """How memberships were read, and why so."""
    number = len(groups.groups or ())
    if not number:
        return
    if persons is not None:
        yield (
            f"Each of {people:,} people was asked for their groups: less work than listing {number:,} groups."
        )
        return
    why = f" (asking each person isn't possible: {why_not_persons})" if why_not_persons else ""
    yield (
        f"Members were read group by group: {groups.pages:,} calls for {number:,} groups, "
        f"where asking each person takes {people:,}{why}."
    )


def missing_people(reading: PeopleReading) -> str:
    """What is missing because a list of people could not be read to its end."""
    error = reading.error
    reason = error.message if error is not None else "It was stopped."
    if reading.in_shards:
        torn = sum(not one.ended for one in reading.shards.values())
        return f"{torn} of {len(reading.shards)} lists of people could not be read to their ends: {reason}"
    return f"The list of people could not be read to its end: {reason}"


def missing_members(failed: Mapping[str, CognitoError]) -> Iterable[str]:
    """What is missing because members of groups could not be read."""
    for names, reason in _by_reason(failed):
        more = len(names) - NAMED_AT_MOST
        named = ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more groups" if more > 0 else "")
        yield f"The members of {named} could not all be read: {reason}"


def missing_persons(failed: Mapping[str, int]) -> Iterable[str]:
    """What is missing because people could not be asked for their groups."""
    for reason, number in failed.items():
        yield f"The groups of {people(number)} could not be read: {reason}"


def pauses(stops: Sequence[tuple[datetime, datetime]]) -> Iterable[str]:
    """That reading was stopped and gone on with."""
    for stopped, resumed in stops:
        yield f"Reading stopped at {minute(stopped)} and went on at {minute(resumed)}."


def deleted_groups(names: Iterable[str]) -> Iterable[str]:
    """That groups were deleted meanwhile."""
    for name in sorted(names):
        yield f"The group {name} was deleted while the pool was read."


def _by_reason(failed: Mapping[str, CognitoError]) -> list[tuple[list[str], str]]:
    # what AWS said names the group: without the name, the same failure is said once
    by_reason: dict[str, list[str]] = {}
    for name, error in failed.items():
        by_reason.setdefault(error.message.replace(name, "a group"), []).append(name)
    return [
        (sorted(names), failed[names[0]].message if len(names) == 1 else reason)
        for reason, names in by_reason.items()
    ]
