"""Reading a whole pool: all users, groups and memberships, as a snapshot that says how complete it is.

    snapshot = scan(gateway, share=0.5)

`PoolScan` is the same for those who stop and go on. Only listings are used, which bill nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from services.cognito.limiter import Caller
from services.cognito.models import Group, UserPool
from services.cognito.quotas import JOB_SHARE
from services.directory.plain_data import from_plain, to_plain
from services.directory.scan_check import (
    Findings,
    deleted_groups,
    how_members,
    how_people,
    in_snapshot_shape,
    missing_members,
    missing_people,
    missing_persons,
    pauses,
    sample_groups,
    settle_strays,
)
from services.directory.scan_listing import Halted
from services.directory.scan_memberships import GroupReading, PersonReading, person_by_person
from services.directory.scan_people import PeopleReading, too_few
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout
from services.directory.snapshot_rows import group_table
from services.errors import ScanStopped
from services.roles import Actor
from services.store.columns import new_id, utc_now

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

PAGE_ROWS = 60
SETTLED_AFTER = 2.0
"""Seconds after which the pace says something about the time left."""


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """People, groups and memberships read so far, and calls made; `seconds_left` None if unknown.

    `expected` people is AWS's estimate or what was read, whichever is more; `groups` None until listed.
    """

    people: int = 0
    expected: int = 0
    groups: int | None = None
    groups_read: int = 0
    memberships: int = 0
    calls: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    doing: str = "Reading people and groups"

    @property
    def part(self) -> float:
        """How much is done, 0 to 1, by calls as far as they can be foreseen."""
        if self.seconds_left is None:
            return min(1.0, self.people / self.expected) if self.expected else 0.0
        whole = self.seconds + self.seconds_left
        return self.seconds / whole if whole else 1.0

    @property
    def words(self) -> str:
        """All but the time left: "Reading people and groups: 4,120 of about 12,000 people · …"."""
        people = f"{self.people:,}" + (f" of about {self.expected:,}" if self.expected else "") + " people"
        groups = f"{self.groups_read:,} of {self.groups:,} groups" if self.groups else "no groups yet"
        counts = f"{self.memberships:,} memberships · {self.calls:,} calls"
        return f"{self.doing}: {people} · {groups} · {counts}"


Progress = Callable[[ScanProgress], object]


@dataclass(frozen=True, slots=True)
class ScanSoFar:
    """What a reading has read when it stopped: where it stands (JSON-ready), people and memberships."""

    pool_name: str
    share: float
    place: dict[str, Any]
    people: pa.Table
    memberships: pa.Table


class ScanPace:
    """Calls and time of a scan; `calls` counts over stops, the rate only since the last start."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.calls = 0
        self._before = 0.0
        self._started: float | None = None
        self._calls_then = 0

    def start(self) -> None:
        """Reading begins or goes on."""
        self._started, self._calls_then = monotonic(), self.calls

    def stop(self) -> None:
        """Reading stops or has ended."""
        self._before, self._started = self.seconds, None

    def go_on(self, calls: int, seconds: float) -> None:
        """So many calls were made before, in so many seconds."""
        self.calls, self._before = calls, seconds

    def turned(self) -> None:
        """A page was read."""
        with self._lock:
            self.calls += 1

    @property
    def seconds(self) -> float:
        """Seconds spent reading."""
        return self._before + (monotonic() - self._started if self._started is not None else 0.0)

    def left(self, calls: float) -> float | None:
        """Seconds that so many more calls take, at the pace since the last start."""
        if self._started is None:
            return None
        spent, made = monotonic() - self._started, self.calls - self._calls_then
        return None if spent < SETTLED_AFTER or not made else calls * spent / made


def pages_left(people: int, expected: int, ended: bool) -> int:
    """Pages of people still to come, at least one until the end."""
    return 0 if ended else max(1, ceil((expected - people) / PAGE_ROWS))


HEARD_EVERY = 0.25
"""Seconds between two calls of `progress`."""


def scan(
    gateway: CognitoGateway,
    *,
    share: float = JOB_SHARE,
    progress: Progress | None = None,
    stop: Halted | None = None,
    actor: Actor | None = None,
    pool_name: str = "",
) -> Snapshot:
    """Read the gateway's pool at `share` of the quotas; `stop` is asked before every page.

    What can't be read is named in the snapshot's completeness statement. Raises the gateway's
    errors when nobody at all could be read, `ScanStopped` when `stop` said so.
    """
    found = PoolScan(gateway, share=share, actor=actor, pool_name=pool_name).run(progress, stop)
    if found is None:
        raise ScanStopped("Reading the pool was stopped; there is no snapshot of it.", "Start it again.")
    return found


class PoolScan:
    """One reading of a pool, with everything read so far.

    `run` once more goes on after a stop, and tries again what could not be read.
    """

    def __init__(
        self,
        gateway: CognitoGateway,
        *,
        share: float = JOB_SHARE,
        actor: Actor | None = None,
        pool_name: str = "",
        sharded: bool | None = None,
    ) -> None:
        """`pool_name` is what the console calls the pool; `sharded` as in `PeopleReading`."""
        self.pool_key = gateway.pool_key
        self.pool_id = gateway.pool_id
        self.share = share
        self.taken_at = utc_now()
        self._gateway = gateway
        self._pool_name = pool_name
        self._actor = actor
        self._sharded = sharded
        self._pool: UserPool | None = None
        self._people = PeopleReading(0)
        self._groups = GroupReading()
        self._persons: PersonReading | None = None
        self._why_not_persons = ""
        self._pace = ScanPace()
        self._doing = ""
        self._stopped_at: datetime | None = None
        self._stops: list[tuple[datetime, datetime]] = []

    def run(
        self,
        progress: Progress | None = None,
        stop: Halted | None = None,
        gateway: CognitoGateway | None = None,
    ) -> Snapshot | None:
        """Read on until the end; None when `stop` said so first. Raises as `scan`.

        `gateway` replaces the one to read through (whoever goes on may come another way).
        """
        halted = stop or (lambda: False)
        self._go_on(gateway)
        try:
            while True:
                if (snapshot := self._read(progress or _unheard, halted)) is not None:
                    return snapshot
                if halted():
                    self._stopped_at = utc_now()
                    return None
        finally:
            self._pace.stop()

    def state(self) -> ScanProgress:
        """How far the reading is."""
        people, groups, persons = self._people, self._groups, self._persons
        calls: float = pages_left(len(people), people.estimate, people.ended)
        if groups.groups is None:
            calls += 1
        elif persons is not None:
            calls += max(people.estimate, len(people)) - persons.asked
        else:
            unread = len(groups.rosters) - groups.finished_groups
            calls += unread * max(1.0, groups.pages / max(1, groups.finished_groups))
        return ScanProgress(
            people=len(people),
            expected=max(people.estimate, len(people)),
            groups=None if groups.groups is None else len(groups.groups),
            groups_read=groups.finished_groups,
            memberships=len(groups if persons is None else persons),
            calls=self._pace.calls,
            seconds=self._pace.seconds,
            seconds_left=self._pace.left(calls),
            doing=self._doing,
        )

    def so_far(self) -> ScanSoFar:
        """Everything read so far, for going on in another process; not while it runs."""
        people, groups, persons = self._people, self._groups, self._persons
        place = {
            "taken_at": self.taken_at.isoformat(),
            "pool": None if self._pool is None else to_plain(self._pool),
            "actor": None if self._actor is None else to_plain(self._actor),
            "why_not_persons": self._why_not_persons,
            "stopped_at": self._stopped_at and self._stopped_at.isoformat(),
            "stops": [[stop.isoformat() for stop in stops] for stops in self._stops],
            "calls": self._pace.calls,
            "seconds": self._pace.seconds,
            "people": people.place(),
            "groups": groups.place(),
            "persons": None if persons is None else persons.place(),
        }
        members = groups.table() if persons is None else persons.table()
        return ScanSoFar(self._pool_name, self.share, place, people.listed(), members)

    @classmethod
    def going_on(cls, gateway: CognitoGateway, read: ScanSoFar) -> PoolScan:
        """The reading of the gateway's pool that another process has begun."""
        place = read.place
        actor = place["actor"] and from_plain(Actor, place["actor"])
        scan = cls(gateway, share=read.share, actor=actor, pool_name=read.pool_name)
        scan.taken_at = datetime.fromisoformat(place["taken_at"])
        scan._pool = place["pool"] and from_plain(UserPool, place["pool"])
        scan._why_not_persons = place["why_not_persons"]
        scan._stopped_at = place["stopped_at"] and datetime.fromisoformat(place["stopped_at"])
        stops = (map(datetime.fromisoformat, stop) for stop in place["stops"])
        scan._stops = [(begun, ended) for begun, ended in stops]
        scan._pace.go_on(place["calls"], place["seconds"])
        scan._people = PeopleReading.going_on(place["people"], read.people)
        by_person = place["persons"] is not None
        none = read.memberships.slice(0, 0)
        scan._groups = GroupReading.going_on(place["groups"], none if by_person else read.memberships)
        if by_person:
            scan._persons = PersonReading.going_on(place["persons"], read.memberships)
        return scan

    def _go_on(self, gateway: CognitoGateway | None) -> None:
        self._pace.start()
        self._gateway = gateway or self._gateway
        if self._stopped_at is not None:
            self._stops.append((self._stopped_at, utc_now()))
            self._stopped_at = None
        if self._pool is None:
            self._pool = self._gateway.describe_pool(refresh=True)
            self._people = PeopleReading(self._pool.estimated_users, self._sharded)

    def _reader(self, of: str) -> CognitoGateway:
        """The gateway with a turn of its own: one list of people must not wait behind every group."""
        return self._gateway.for_caller(Caller(f"scan {of} {self.pool_key}", self.share))

    def _read(self, progress: Progress, halted: Halted) -> Snapshot | None:
        """One way through; None when it has to be gone through again, or was stopped."""
        self._doing = "Reading people and groups"
        self._together(progress, lambda: self._read_people(halted), lambda: self._read_groups(halted))
        if self._persons is not None and not self._persons.ended and not halted():
            self._doing = "Asking each person for their groups"
            self._together(progress, lambda: self._ask_persons(halted))
            if self._why_not_persons:
                return None  # nobody may ask so: group by group then
        if halted() and not self._everything_read:
            return None
        if self._people.error is not None and not len(self._people):
            raise self._people.error
        self._doing = "Comparing people and memberships"
        progress(self.state())
        found = self._compare()
        if found.overlooked and self._people.in_shards and self._people.ended:
            self._people.distrust(f"{found.overlooked:,} members of groups were in none of them")
            return None
        return self._snapshot(found)

    @property
    def _everything_read(self) -> bool:
        members = self._groups if self._persons is None else self._persons
        return self._people.ended and members.ended

    def _together(self, progress: Progress, *tasks: Callable[[], None]) -> None:
        with ThreadPoolExecutor(len(tasks), thread_name_prefix="scan") as pool:
            answers = [pool.submit(task) for task in tasks]
            while wait(answers, timeout=HEARD_EVERY).not_done:
                progress(self.state())
            for answer in answers:
                answer.result()
        progress(self.state())

    def _read_people(self, halted: Halted) -> None:
        self._people.run(self._reader("people"), halted, self._pace.turned)

    def _read_groups(self, halted: Halted) -> None:
        reader = self._reader("groups")
        if not self._groups.read_groups(reader):
            return
        number = len(self._groups.groups or ())
        by_person = person_by_person(self._people.estimate, number) and not self._why_not_persons
        if by_person and not self._groups.pages:
            self._persons = self._persons or PersonReading()
        else:
            self._groups.run(reader, halted, self._pace.turned)

    def _ask_persons(self, halted: Halted) -> None:
        persons = self._persons
        if persons is None or not self._people.ended:
            return
        persons.run(self._reader("groups"), self._people.table(), halted, self._pace.turned)
        if persons.refused:
            self._persons, self._why_not_persons = None, persons.refused

    def _compare(self) -> Findings:
        """Check the lists that were read against each other."""
        people, groups, persons = self._people, self._groups, self._persons
        found = Findings(people.table(), groups.table() if persons is None else persons.table())
        if not people.ended:
            found.users_known = False
            found.missing.append(missing_people(people))
        elif too_few(found.users.num_rows, people.estimate):
            found.users_known = False
            found.missing.append(
                f"{found.users.num_rows:,} people were read, but AWS estimates {people.estimate:,}."
            )
        reader = self._reader("people")
        settle_strays(found, reader if people.ended else None, self.taken_at, self._pace.turned)
        self._judge_memberships(found)
        if persons is None and groups.groups and people.ended:
            sample_groups(found, reader, self.pool_key, self.taken_at)
        return found

    def _judge_memberships(self, found: Findings) -> None:
        groups, persons = self._groups, self._persons
        if groups.error is not None:
            found.missing.append(f"The groups could not be read: {groups.error.message}")
        found.missing += missing_members(groups.failed)
        found.unread_groups |= set(groups.failed)
        if persons is not None and (persons.failed or not persons.ended or not found.users_known):
            # who isn't in the list of people wasn't asked either
            found.missing += missing_persons(persons.failed)
            found.unread_groups |= {group.name for group in self._all_groups()}

    def _all_groups(self) -> tuple[Group, ...]:
        """The pool's groups, without those deleted and with those made while it was read."""
        listed = [group for group in self._groups.groups or () if group.name not in self._groups.gone]
        known = {group.name for group in listed}
        made = self._persons.found.values() if self._persons is not None else ()
        return (*listed, *(group for group in made if group.name not in known))

    def _snapshot(self, found: Findings) -> Snapshot:
        assert self._pool is not None  # noqa: S101 - for the type checker
        how = [
            *how_people(self._people),
            *how_members(len(self._people), self._groups, self._persons, self._why_not_persons),
            *deleted_groups(self._groups.gone),
            *found.how,
            *pauses(self.taken_at, self._stops),
        ]
        users, memberships = in_snapshot_shape(found)
        actor = self._actor
        about = SnapshotAbout(
            id=new_id(),
            pool_key=self.pool_key,
            pool_name=self._pool_name or self._pool.name,
            pool=self._pool,
            taken_at=self.taken_at,
            finished_at=utc_now(),
            operator_id=actor.operator_id if actor else "",
            operator_name=actor.name if actor else "",
            origin=str(actor.origin) if actor else "",
            how=tuple(how),
            completeness=Completeness(
                tuple(found.missing),
                users_known=found.users_known,
                groups_known=self._groups.groups is not None,
                unread_groups=frozenset(found.unread_groups),
            ),
            account=self._gateway.settings.account,
            region=self._gateway.settings.region,
        )
        return Snapshot(about, users, group_table(self._all_groups()), memberships)


def _unheard(progress: ScanProgress) -> None:
    """A progress function for callers that show none."""
