"""Who is in which group: the members of each group, or the groups of each person, whichever is less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import Group
from services.cognito.quotas import operation_rps
from services.directory.plain_data import from_plain, to_plain
from services.directory.scan_listing import Halted, MemberColumn, PageChain, Turned, membership_table
from services.directory.snapshot import MEMBERSHIPS_SCHEMA
from services.errors import CognitoError, GroupNotFound, NotAvailable, PermissionMissing, UserNotFound

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway
    from services.cognito.models import UserPage

AT_ONCE = 12
ASKED_TOGETHER = 240
PAGE_ROWS = 60


class GroupReading:
    """The pool's groups and, group by group, their members; goes on after a stop where it was."""

    def __init__(self) -> None:
        self.groups: tuple[Group, ...] | None = None
        self.error: CognitoError | None = None
        self.rosters: dict[str, PageChain[MemberColumn]] = {}

    def read_groups(self, reader: CognitoGateway) -> bool:
        """Read the groups unless they are known; False when that failed (see `error`)."""
        self.error = None
        if self.groups is None:
            try:
                self.groups = reader.list_groups()
            except CognitoError as error:
                self.error = error
                return False
            self.rosters = {group.name: PageChain(MemberColumn()) for group in self.groups}
        return True

    def run(self, reader: CognitoGateway, halted: Halted, turned: Turned) -> None:
        """Read the members of every group, several at a time, until the end or until `halted`."""

        def read(name: str, chain: PageChain[MemberColumn]) -> None:
            def ask(token: str) -> UserPage:
                return reader.members_page(name, token)

            chain.run(ask, halted, turned)
            chain.sink.flush()

        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="scan-groups") as pool:
            left = [roster for roster in self.rosters.items() if not roster[1].ended]
            for answer in [pool.submit(read, *roster) for roster in left]:
                answer.result()

    def place(self) -> dict[str, Any]:
        """How far the reading is, JSON-ready; the memberships apart (`table`)."""
        return {
            "groups": None if self.groups is None else to_plain(self.groups),
            "rosters": {
                name: (PageChain(MemberColumn()) if name in self.gone else roster).place()
                for name, roster in self.rosters.items()
            },
        }

    @classmethod
    def going_on(cls, place: Mapping[str, Any], table: pa.Table) -> GroupReading:
        """The reading that `place` and `table` tell of."""
        reading = cls()
        if place["groups"] is not None:
            reading.groups = tuple(from_plain(Group, group) for group in place["groups"])
        for name, roster in place["rosters"].items():
            chain = reading.rosters[name] = PageChain(MemberColumn())
            chain.stand(roster)
            chain.sink.fill(table.filter(pc.equal(table["group"], name))["sub"])
        return reading

    @property
    def gone(self) -> frozenset[str]:
        """Groups that were deleted while the pool was read."""
        return frozenset(
            name for name, roster in self.rosters.items() if isinstance(roster.error, GroupNotFound)
        )

    @property
    def failed(self) -> Mapping[str, CognitoError]:
        """Groups whose members could not all be read, and why."""
        return {
            name: roster.error
            for name, roster in self.rosters.items()
            if roster.error and name not in self.gone
        }

    @property
    def ended(self) -> bool:
        """True if there is nothing more to read."""
        return self.groups is not None and all(
            roster.ended or name in self.gone for name, roster in self.rosters.items()
        )

    @property
    def finished_groups(self) -> int:
        """How many groups were read to their end."""
        return sum(roster.ended for roster in self.rosters.values())

    @property
    def pages(self) -> int:
        """Pages of members read so far."""
        return sum(roster.pages for roster in self.rosters.values())

    def __len__(self) -> int:
        return sum(map(len, self.rosters.values()))

    def table(self) -> pa.Table:
        """The memberships read so far, each once."""
        return membership_table(
            (name, roster.sink.subs()) for name, roster in self.rosters.items() if name not in self.gone
        )


class PersonReading:
    """The groups of each person, asked one by one; goes on after a stop where it was.

    `refused` says why nobody may ask so; `failed` counts other failures by what AWS said.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.ended = False
        self.failed: dict[str, int] = {}
        self.refused = ""
        self.found: dict[str, Group] = {}
        self._subs: list[str] = []
        self._groups: list[str] = []

    def __len__(self) -> int:
        return len(self._subs)

    def place(self) -> dict[str, Any]:
        """How far the reading is, JSON-ready; the memberships apart (`table`)."""
        found = [to_plain(group) for group in self.found.values()]
        return {
            "asked": self.asked,
            "ended": self.ended,
            "failed": self.failed,
            "refused": self.refused,
            "found": found,
        }

    @classmethod
    def going_on(cls, place: Mapping[str, Any], table: pa.Table) -> PersonReading:
        """The reading that `place` and `table` tell of."""
        reading = cls()
        reading.asked, reading.ended = place["asked"], place["ended"]
        reading.failed, reading.refused = place["failed"], place["refused"]
        groups = (from_plain(Group, group) for group in place["found"])
        reading.found = {group.name: group for group in groups}
        reading._subs, reading._groups = table["sub"].to_pylist(), table["group"].to_pylist()
        return reading

    @property
    def lost(self) -> int:
        """People whose groups could not be read."""
        return sum(self.failed.values())

    def run(self, reader: CognitoGateway, people: pa.Table, halted: Halted, turned: Turned) -> None:
        """Ask for the groups of everybody in `people`, until the end or until `halted`."""
        if self.ended:
            return

        def ask(who: tuple[str, str]) -> tuple[str, tuple[Group, ...], str]:
            sub, username = who
            if halted():
                return sub, (), "It was stopped."
            try:
                return sub, reader.groups_of(username), ""
            except UserNotFound:
                return sub, (), ""  # left while the pool was read
            except (PermissionMissing, NotAvailable) as error:
                self.refused = error.message
                return sub, (), error.message
            except CognitoError as error:
                return sub, (), error.message
            finally:
                turned()

        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="scan-groups") as pool:
            for some in _windows(people, self.asked):
                answers = list(pool.map(ask, some))
                if halted() or self.refused:
                    return  # these are asked again
                self._keep(answers)
                self.asked += len(some)
        self.ended = True

    def _keep(self, answers: list[tuple[str, tuple[Group, ...], str]]) -> None:
        for sub, groups, problem in answers:
            if problem:
                self.failed[problem] = self.failed.get(problem, 0) + 1
            for group in groups:
                self.found.setdefault(group.name, group)
                self._subs.append(sub)
                self._groups.append(group.name)

    def table(self) -> pa.Table:
        """The memberships read so far."""
        return pa.table({"sub": self._subs, "group": self._groups}, schema=MEMBERSHIPS_SCHEMA)


def _windows(people: pa.Table, start: int) -> Iterator[list[tuple[str, str]]]:
    for at in range(start, people.num_rows, ASKED_TOGETHER):
        some = people.slice(at, ASKED_TOGETHER)
        yield list(zip(some["sub"].to_pylist(), some["username"].to_pylist(), strict=True))


def person_by_person(people: int, groups: int) -> bool:
    """Whether asking each person takes less time than listing each group, at AWS's default quotas.

    Listing costs at least one call a group, beside the pages of people, out of one quota (UserList);
    asking costs one call a person, out of another (UserResourceRead).
    """
    pages = ceil(people / PAGE_ROWS)
    listing = operation_rps("ListUsersInGroup")
    each = max(pages / listing, people / operation_rps("AdminListGroupsForUser"))
    return people > 0 and each < (groups + pages) / listing
