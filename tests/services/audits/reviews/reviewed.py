"""A small pool as a snapshot, operators as actors, and a review on top: for tests of reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.audits.reviews.campaigns import Reviews
from services.audits.reviews.start import NewReview
from services.cognito.models import Group, PasswordPolicy, User, UserPool, UserStatus
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout, snapshot_of
from services.roles import Actor, ActorSource, Origin, Role
from services.store.campaign_records import Campaign
from services.store.connections import Connection, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(days=400)
POOL_ID = "eu-west-1_aBcDeFgHi"


def person(name: str, *, email: str | None = None, **values: object) -> User:
    """A confirmed person of example.com with the username `name`."""
    attributes = {"email": f"{name}@example.com" if email is None else email}
    attributes |= values.pop("attributes", {})  # type: ignore[arg-type]
    given = {
        "username": name,
        "sub": f"sub-{name}",
        "status": UserStatus.CONFIRMED,
        "enabled": True,
        "created": LONG_AGO,
        "changed": LONG_AGO,
        "attributes": attributes,
        **values,
    }
    return User(**given)  # type: ignore[arg-type]


def taken(users: Iterable[User], memberships: Mapping[str, Iterable[str]], **more: Any) -> PoolTables:
    """`read`, as tables."""
    return pool_of(read(users, memberships, **more))


def read(
    users: Iterable[User],
    memberships: Mapping[str, Iterable[str]],
    *,
    groups: Iterable[str] = ("billing", "auditors"),
    completeness: Completeness | None = None,
    pool_id: str = POOL_ID,
    taken_at: datetime = NOW,
) -> Snapshot:
    """A snapshot; `memberships` maps a group to usernames."""
    about = SnapshotAbout(
        id="snap-1",
        pool_key=f"eu-west-1/{pool_id}",
        pool_name="staff",
        pool=UserPool(pool_id, "Staff", policy=PasswordPolicy(temporary_days=7)),
        taken_at=taken_at,
        finished_at=taken_at,
        operator_name="ada",
        how=("Read page by page.",),
        completeness=completeness or Completeness(),
    )
    of: dict[str, list[str]] = {}
    for group, names in memberships.items():
        for name in names:
            of.setdefault(f"sub-{name}", []).append(group)
    return snapshot_of(about, users, [Group(name) for name in groups], of)


def crowd(number: int = 6) -> list[User]:
    """So many ordinary people: p0, p1 …"""
    return [person(f"p{place}") for place in range(number)]


def acting(operator: Operator, role: Role | None = None) -> ActorSource:
    """The operator, signed in."""
    return lambda: Actor(operator.id, operator.username, role or operator.role, Origin.BROWSER)


def wish(*reviewers: Operator, **values: object) -> NewReview:
    """A review of the group billing, for two weeks."""
    made = NewReview(
        title="Billing, autumn",
        reviewer_ids=tuple(reviewer.id for reviewer in reviewers),
        deadline=datetime.now(UTC) + timedelta(days=14),
        groups=("billing",),
    )
    return replace(made, **values)  # type: ignore[arg-type]


@dataclass
class Stage:
    """A store with a pool record, its operators, and a snapshot of the pool."""

    store: Store
    cast: dict[str, Operator]
    pool: PoolRecord

    def as_(self, name: str) -> Reviews:
        """Reviews as one of the cast works with them."""
        return Reviews(self.store, acting(self.cast[name]))

    def start(self, snapshot: PoolTables, *reviewers: str, **values: object) -> Campaign:
        """A campaign started by ada."""
        wanted = wish(*(self.cast[name] for name in reviewers), **values)
        return self.as_("ada").start(snapshot, wanted, self.pool)

    def numbers(self, campaign: Campaign, name: str) -> list[int]:
        """The numbers of a reviewer's memberships."""
        return self.store.campaigns.numbers(campaign.id, reviewer=self.cast[name].id)


def stage_of(store: Store, cast: dict[str, Operator]) -> Stage:
    """The cast at a console that knows the pool as "staff"."""
    connection = store.connections.add(Connection("aws", "eu-west-1", CredentialKind.DEFAULT))
    return Stage(store, cast, store.pools.add(PoolRecord(connection.id, POOL_ID, "staff")))
