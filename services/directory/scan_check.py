"""What a scan has read, held against itself, and how it was read and what is missing, in sentences.

People and memberships must tell the same story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from services.directory.local_changes import local_changes
from services.directory.scan_listing import in_chunks, stacked
from services.directory.snapshot import PERSON_COLUMNS
from services.directory.snapshot_rows import rows_with, user_rows
from services.errors import CognitoError, UserNotFound
from services.words import counted, duration, people, plural

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway
    from services.cognito.models import User
    from services.directory.scan_memberships import GroupReading, PersonReading
    from services.directory.scan_people import PeopleReading

STRAYS_ASKED = 200
"""People found in groups only who are looked up one by one."""

SAMPLE = 10
"""People whose groups are asked one by one, to compare."""

# who was created this shortly before reading began may be in no list yet
LAG = timedelta(seconds=60)


@dataclass
class Findings:
    """Tables as they will be kept, and what is to be said about them."""

    users: pa.Table
    memberships: pa.Table
    how: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    users_known: bool = True
    unread_groups: set[str] = field(default_factory=set)
    overlooked: int = 0
    """People who were there before reading began and whom the list of people lacked."""


def settle_strays(
    found: Findings, reader: CognitoGateway | None, taken_at: datetime, turned: Callable[[], None]
) -> None:
    """Look up who is in a group but not in the list of people: add who is there, drop who has left.

    Without a `reader` nobody is asked: the list is known not to be whole. Groups of people who are
    neither listed nor known to have left are not known whole either.
    """
    strays = pc.unique(
        found.memberships["sub"].filter(pc.invert(pc.is_in(found.memberships["sub"], found.users["sub"])))
    )
    if not len(strays):
        return
    there: list[User] = []
    unasked: list[str] = strays.to_pylist()
    if reader is not None:
        there, unasked = _looked_up(unasked, reader, turned)
        found.overlooked = sum(user.created < taken_at - LAG for user in there) + len(unasked)
    if there:
        names = sorted({name for user in there for name in user.attributes} - set(PERSON_COLUMNS))
        found.users = stacked([found.users, pa.Table.from_batches([user_rows(there, names)])])
        found.how.append(f"{people(len(there))} came into the list through their groups.")
    if unasked:
        short = pc.unique(rows_with(found.memberships, "sub", unasked)["group"]).to_pylist()
        found.unread_groups |= set(short)
        found.missing.append(
            f"Not all members of {counted(len(short), 'group')} are shown: "
            f"{people(len(unasked))} in them {plural(len(unasked), 'was', 'were')} not in the list of people."
        )
    known = pc.is_in(found.memberships["sub"], found.users["sub"])
    found.memberships = found.memberships.filter(known)
    if found.overlooked:
        found.users_known = False
        found.missing.append(
            f"{people(found.overlooked)} in groups {plural(found.overlooked, 'was', 'were')} not in the list "
            "of people, so it may lack others too."
        )


def _looked_up(
    subs: list[str], reader: CognitoGateway, turned: Callable[[], None]
) -> tuple[list[User], list[str]]:
    """Look subs up one after the other; returns who is in the pool, and the subs that were not asked for."""
    there: list[User] = []
    for asked, sub in enumerate(subs):
        if asked == STRAYS_ASKED:
            return there, subs[asked:]
        try:
            user = reader.find_user(sub=sub)
        except CognitoError:
            return there, subs[asked:]
        turned()
        if user is not None:
            there.append(user)
    return there, []


def sample_groups(found: Findings, reader: CognitoGateway, key: str, taken_at: datetime) -> None:
    """Ask a few people for their groups, and say so when the lists of members tell otherwise."""
    number = found.users.num_rows
    rows = sorted(Random(taken_at.isoformat()).sample(range(number), min(SAMPLE, number)))  # noqa: S311 - no secret
    people = found.users.select(["sub", "username"]).take(pa.array(rows, pa.int64())).to_pylist()
    mine: dict[str, set[str]] = {person["sub"]: set() for person in people}
    for row in rows_with(found.memberships, "sub", list(mine)).to_pylist():
        mine[row["sub"]].add(row["group"])
    changed_here = {patch.sub for patch in local_changes(key).since(taken_at)[0]}
    asked = differing = 0
    with ThreadPoolExecutor(SAMPLE, thread_name_prefix="scan-sample") as pool:
        answers = list(pool.map(lambda person: _groups_of(reader, person["username"]), people))
    for person, now in zip(people, answers, strict=True):
        if isinstance(now, CognitoError):
            found.how.append(f"The lists could not be compared with what people's own say: {now.message}")
            return
        if now is None:
            continue
        asked += 1
        odd = (now ^ mine[person["sub"]]) - found.unread_groups
        if odd and person["sub"] not in changed_here:
            differing += 1
            found.unread_groups |= odd
    whose = counted(asked, "person", "people")
    if differing:
        found.missing.append(
            f"The groups of {differing} of {whose} asked one by one differ from the lists of members; "
            "they changed while the pool was read, or the lists lack somebody."
        )
    elif asked:
        found.how.append(f"The groups of {whose}, asked one by one, agree with the lists of members.")


def _groups_of(reader: CognitoGateway, username: str) -> set[str] | CognitoError | None:
    """Names of a person's groups, why they can't be read, or None when the person has left."""
    try:
        return {group.name for group in reader.groups_of(username)}
    except UserNotFound:
        return None
    except CognitoError as error:
        return error


def in_snapshot_shape(found: Findings) -> tuple[pa.Table, pa.Table]:
    """The users and memberships in the shape that snapshots have."""
    return in_chunks(found.users), in_chunks(found.memberships)


NAMED_AT_MOST = 5


def how_people(reading: PeopleReading) -> Iterable[str]:
    """How people were read, in sentences."""
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
    """How memberships were read and why that way, in sentences."""
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
        f"Members were read group by group: {counted(groups.pages, 'call')} for "
        f"{counted(number, 'group')}, "
        f"where asking each person takes {people:,}{why}."
    )


def missing_people(reading: PeopleReading) -> str:
    """What is missing because a list of people could not be read to its end."""
    error = reading.error
    reason = error.message if error is not None else "It was stopped."
    if reading.in_shards:
        torn = sum(not chain.ended for chain in reading.shards.values())
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


def pauses(began: datetime, stops: Sequence[tuple[datetime, datetime]]) -> Iterable[str]:
    """How reading was stopped and gone on with, in sentences that are true in every time zone."""
    for stopped, resumed in stops:
        after, length = ((stopped - began).total_seconds(), (resumed - stopped).total_seconds())
        yield f"Reading stopped {duration(after)} after it began and went on {duration(length)} later."


def deleted_groups(names: Iterable[str]) -> Iterable[str]:
    """Which groups were deleted while the pool was read, in sentences."""
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
