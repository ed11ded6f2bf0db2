"""Pools for the tests of audits: made by Hypothesis, or in memory from the demo's people."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from demo.people import OKTA, staff_people
from demo.pools import OKTA_GROUP, STAFF_GROUPS, STAFF_ID
from services.audits.rule import AuditContext
from services.audits.thresholds import Thresholds
from services.cognito.gateway import CognitoGateway
from services.cognito.models import Group, PasswordPolicy, User, UserPool, UserStatus
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout, snapshot_of
from services.store.applications import Application
from tests.services.audits.oracle import World

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
POOL_ID = "eu-west-1_AuditPool"
AUTOMATIC = f"{POOL_ID}_Okta"
DAY = timedelta(days=1)


def application(name: str, *groups: str) -> Application:
    """An application of the pool that lets these groups in."""
    return Application("pool", name, "client", allowed_groups=groups, group_roles={}, id=name)


def user(sub: str, **wanted: object) -> User:
    """An active person without any finding but "in no group", as long as nothing else is said."""
    values: dict[str, object] = {
        "username": sub,
        "status": UserStatus.CONFIRMED,
        "enabled": True,
        "created": NOW - 100 * DAY,
        "changed": NOW - 10 * DAY,
        "attributes": {"email": f"{sub}@example.org", "email_verified": "true"},
    }
    return User(sub=sub, **{**values, **wanted})  # type: ignore[arg-type]


def about(pool: UserPool | None = None, completeness: Completeness | None = None) -> SnapshotAbout:
    return SnapshotAbout(
        id="snap-1",
        pool_key=f"|eu-west-1|{POOL_ID}",
        pool_name="staff",
        pool=pool or UserPool(POOL_ID, "Staff"),
        taken_at=NOW - timedelta(minutes=4),
        finished_at=NOW - timedelta(minutes=3),
        operator_name="max",
        how=("People were read page after page.",),
        completeness=completeness or Completeness(),
        account="123456789012",
        region="eu-west-1",
    )


def snapshot(
    users: Sequence[User],
    groups: Sequence[Group] = (),
    memberships: Mapping[str, Sequence[str]] | None = None,
    *,
    completeness: Completeness | None = None,
    pool: UserPool | None = None,
) -> PoolTables:
    """A snapshot taken four minutes before NOW."""
    return pool_of(snapshot_of(about(pool, completeness), users, groups, memberships or {}))


def seen_as(world: World, completeness: Completeness | None = None) -> tuple[PoolTables, AuditContext]:
    """What the real rules are given of a world."""
    made = snapshot(world.users, world.groups, world.memberships, pool=world.pool, completeness=completeness)
    setting = AuditContext(world.now, world.thresholds, world.applications, providers=world.providers)
    return made, setting


_NAMES = ("billing", "auditors", "Ops", "ops", "büro/süd&ost", AUTOMATIC, f"{POOL_ID}_", "empty")
_EMAILS = ("", "ann@x.org", "Ann@X.org", "ann+a@x.org", "+@x.org", "ann", "STRASSE@x.org", "straße@x.org")
_IDENTITIES = (
    "",
    "",
    "[]",
    "{}",
    "null",
    "no JSON",
    '[{"providerName": "Okta", "userId": "1", "primary": true}]',
    '[{"userId": "2", "providerName": "okta"}, {"userId": "3", "providerName": "Entra"}]',
)
# on a limit, one millisecond on either side of it, and anything else
_AGES = st.one_of(
    st.sampled_from([1, 2, 5, 6, 7, 8, 14, 30, 180]).flatmap(
        lambda days: st.sampled_from([days * DAY, days * DAY - timedelta(milliseconds=1)])
    ),
    st.integers(0, 400 * 86_400_000).map(lambda ms: timedelta(milliseconds=ms)),
)


@st.composite
def _user(draw: st.DrawFn, number: int) -> User:
    created = NOW - draw(_AGES)
    attributes = {
        "email": draw(st.sampled_from(_EMAILS)),
        "email_verified": draw(st.sampled_from(["true", "false", "True", ""])),
        "phone_number": draw(st.sampled_from(["", "", "+441", " +441 ", "+442"])),
        "identities": draw(st.sampled_from(_IDENTITIES)),
    }
    return User(
        username=f"u{number}",
        sub=f"sub-{number}",
        status=draw(st.sampled_from(UserStatus)),
        enabled=draw(st.booleans()),
        created=created,
        changed=draw(st.sampled_from([created, NOW - draw(_AGES)])),
        attributes={name: value for name, value in attributes.items() if value or draw(st.booleans())},
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Small pools full of what the rules look for, on either side of every limit."""
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=6))
    groups = tuple(
        Group(
            name,
            precedence=draw(st.sampled_from([None, 0, 1, 10, 10])),
            role_arn=draw(st.sampled_from(["", "", "arn:aws:iam::123456789012:role/R"])),
        )
        for name in names
    )
    users = tuple(draw(_user(number)) for number in range(draw(st.integers(0, 7))))
    some = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    memberships = {person.sub: tuple(mine) for person in users if (mine := draw(some))}
    apps = st.lists(st.sampled_from([*_NAMES, "gone"]), unique=True, max_size=3)
    pairs = st.tuples(st.sampled_from(_NAMES), st.sampled_from(_NAMES)).filter(lambda pair: pair[0] < pair[1])
    return World(
        pool=UserPool(
            POOL_ID,
            "Made up",
            username_attributes=draw(st.sampled_from([frozenset(), frozenset({"email"})])),
            alias_attributes=draw(st.sampled_from([frozenset(), frozenset({"email", "phone_number"})])),
            policy=PasswordPolicy(temporary_days=draw(st.sampled_from([0, 1, 7, 30]))),
        ),
        users=users,
        groups=groups,
        memberships=memberships,
        applications=tuple(
            application(f"App {number}", *draw(apps)) for number in range(draw(st.integers(0, 3)))
        ),
        providers=draw(st.sampled_from([frozenset(), frozenset({"OKTA"}), frozenset({"Okta", "Entra"})])),
        thresholds=Thresholds(
            expiring_days=draw(st.sampled_from([1, 2, 7])),
            unconfirmed_days=draw(st.sampled_from([1, 7])),
            reset_days=draw(st.sampled_from([1, 14])),
            dormant_days=draw(st.sampled_from([1, 30, 180])),
            most_groups=draw(st.sampled_from([1, 2, 3])),
            near_limit=draw(st.sampled_from([1, 3, 5])),
            ignore_automatic=draw(st.booleans()),
            apart=tuple(draw(st.lists(pairs, unique=True, max_size=2))),
        ),
        now=NOW,
    )


def demo_staff(count: int) -> World:
    """The demo's staff, without a server: `count` people with their groups."""
    users, memberships = [], {}
    for number, member in enumerate(staff_people(count, random.Random(f"{count} staff"), NOW.date())):
        sub = f"{number:08x}-staff"
        created = NOW - timedelta(days=member.created)
        changed = NOW - timedelta(days=min(member.changed, member.created))
        users.append(
            User(
                username=member.username,
                sub=sub,
                status=UserStatus(member.status),
                enabled=member.enabled,
                created=created.replace(microsecond=created.microsecond // 1000 * 1000),
                changed=changed.replace(microsecond=changed.microsecond // 1000 * 1000),
                attributes=member.attributes,
            )
        )
        if mine := tuple(OKTA_GROUP if name == OKTA else name for name in member.groups):
            memberships[sub] = mine
    groups = tuple(
        Group(group.name, group.description, group.precedence, group.role_arn) for group in STAFF_GROUPS
    )
    return World(
        pool=UserPool(STAFF_ID, "Staff (usernames)", alias_attributes=frozenset({"email"})),
        users=tuple(users),
        groups=groups,
        memberships=memberships,
        applications=(
            application("Billing desk", "billing", "billing-approvers", "auditors", "administrators"),
            application("Field service", "field-engineers", "field-dispatch", "meter-readers", "auditors"),
            application("Training", "training"),
        ),
        thresholds=Thresholds(apart=(("billing", "billing-approvers"), ("auditors", "billing"))),
        now=NOW,
        providers=frozenset({OKTA}),
    )


def read_pool(gateway: CognitoGateway) -> Snapshot:
    """A pool read whole, the plain way."""
    users = {person.sub: person for person in gateway.iter_users()}
    groups = gateway.list_groups()
    memberships: dict[str, list[str]] = {}
    for group in groups:
        for member in gateway.iter_members(group.name):
            memberships.setdefault(member.sub, []).append(group.name)
    made = about(gateway.describe_pool())
    return snapshot_of(made, users.values(), groups, memberships)
