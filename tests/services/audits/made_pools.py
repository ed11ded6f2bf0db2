"""Pools made by Hypothesis, and snapshots of them: as objects for the oracle, as columns for the code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from services.cognito.models import Group, User, UserPool, UserStatus
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout, snapshot_of

T0 = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
POOL = UserPool("eu-west-1_Made", "Made")
GROUPS = ("billing", "auditors", "Ops", "büro/süd", "=cmd|x", "b;c")
STATUSES = [status for status in UserStatus if status is not UserStatus.UNKNOWN]


@dataclass
class World:
    """One pool at one time: people by sub, groups, and who is in what."""

    people: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)

    def snapshot(
        self, at: datetime = T0, completeness: Completeness | None = None, id: str = "snap"
    ) -> PoolTables:
        """As tables."""
        return pool_of(self.read(at, completeness, id))

    def read(self, at: datetime = T0, completeness: Completeness | None = None, id: str = "snap") -> Snapshot:
        """As a reading of the pool leaves it."""
        about = SnapshotAbout(
            id=id,
            pool_key="|eu-west-1|eu-west-1_Made",
            pool_name="made",
            pool=POOL,
            taken_at=at,
            finished_at=at + timedelta(seconds=5),
            operator_name="Ada",
            completeness=completeness or Completeness(),
        )
        held = {sub: sorted(names) for sub, names in self.held.items() if sub in self.people}
        return snapshot_of(about, self.people.values(), self.groups.values(), held)

    def copy(self) -> World:
        return World(
            dict(self.people), dict(self.groups), {sub: set(names) for sub, names in self.held.items()}
        )


def person(number: int, **changes: object) -> User:
    """Somebody with predictable names."""
    values = changes.pop("attributes", None) or {
        "email": f"p{number}@example.com",
        "name": f"Person {number}",
    }
    base = User(
        username=f"p{number}",
        sub=f"sub-{number}",
        status=UserStatus.CONFIRMED,
        enabled=True,
        created=T0 - timedelta(days=100),
        changed=T0 - timedelta(days=50),
        attributes=dict(values),  # type: ignore[call-overload]
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def world(people: dict[int, tuple[str, ...]], groups: tuple[str, ...] = ()) -> World:
    """A small pool: number of a person → names of groups."""
    made = World()
    for name in dict.fromkeys((*groups, *(name for held in people.values() for name in held))):
        made.groups[name] = Group(name)
    for number, held in people.items():
        made_person = person(number)
        made.people[made_person.sub], made.held[made_person.sub] = made_person, set(held)
    return made


_text = st.sampled_from(["", "x", "Ann", "=1+1", "é ü", "ann@example.com", "+49151"])
_days = st.integers(0, 60)


@st.composite
def users(draw: st.DrawFn, number: int) -> User:
    attributes = {
        name: draw(_text) for name in ("email", "name", "given_name", "custom:team") if draw(st.booleans())
    }
    created = T0 - timedelta(days=draw(_days))
    return User(
        username=f"p{number}",
        sub=f"sub-{number}",
        status=draw(st.sampled_from(STATUSES)),
        enabled=draw(st.booleans()),
        created=created,
        changed=created + timedelta(days=draw(st.integers(0, 5))),
        attributes=attributes,
    )


@st.composite
def worlds(draw: st.DrawFn, most: int = 12) -> World:
    made = World()
    for name in draw(st.lists(st.sampled_from(GROUPS), unique=True)):
        made.groups[name] = Group(name, precedence=draw(st.sampled_from([None, 1, 2, 5])))
    for number in range(draw(st.integers(0, most))):
        drawn = draw(users(number))
        made.people[drawn.sub] = drawn
        names = draw(st.sets(st.sampled_from(sorted(made.groups)))) if made.groups else set()
        made.held[drawn.sub] = names
    return made


@st.composite
def changed_worlds(draw: st.DrawFn) -> tuple[World, World]:
    """A pool, and what became of it later."""
    before = draw(worlds())
    after = before.copy()
    for sub in list(after.people):
        match draw(st.sampled_from(["keep", "keep", "leave", "alter"])):
            case "leave":
                del after.people[sub]
                del after.held[sub]
            case "alter":
                number = int(sub.removeprefix("sub-"))
                after.people[sub] = draw(users(number))
                if after.groups:
                    after.held[sub] = draw(st.sets(st.sampled_from(sorted(after.groups))))
    for number in range(100, 100 + draw(st.integers(0, 3))):
        drawn = replace(draw(users(number)), created=T0 + timedelta(hours=1))
        after.people[drawn.sub] = drawn
        after.held[drawn.sub] = (
            draw(st.sets(st.sampled_from(sorted(after.groups)))) if after.groups else set()
        )
    if after.groups and draw(st.booleans()):
        gone = draw(st.sampled_from(sorted(after.groups)))
        del after.groups[gone]
        for names in after.held.values():
            names.discard(gone)
    return before, after
