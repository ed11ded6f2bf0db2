"""Reading a whole pool: all users, groups and memberships, as a snapshot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.cognito.limiter import JOB_SHARE, Turn
from services.directory.pool_key import pool_key_of
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout, snapshot_of
from services.errors import CognitoError
from services.store.columns import new_id

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


def scan(gateway: CognitoGateway, *, share: float = JOB_SHARE) -> Snapshot:
    """Read the gateway's pool at `share` of the quota. Raises the gateway's errors."""
    taken_at = datetime.now(UTC)
    reader = gateway.for_turn(Turn("scan", share))
    pool = gateway.describe_pool(refresh=True)
    users = {user.sub: user for user in reader.iter_users()}
    missing: list[str] = []
    memberships: dict[str, list[str]] = {}
    unread: set[str] = set()
    try:
        groups, known = reader.list_groups(), True
    except CognitoError as error:
        groups, known = (), False
        missing.append(f"The groups could not be read: {error.message}")
    for group in groups:
        try:
            for member in reader.iter_members(group.name):
                users.setdefault(member.sub, member)
                memberships.setdefault(member.sub, []).append(group.name)
        except CognitoError as error:
            unread.add(group.name)
            missing.append(f"The members of {group.name} could not be read: {error.message}")
    about = SnapshotAbout(
        id=new_id(),
        pool_key=pool_key_of(gateway),
        pool_name=pool.name,
        pool=pool,
        taken_at=taken_at,
        finished_at=datetime.now(UTC),
        how=("One page of people after the other; members group by group.",),
        completeness=Completeness(tuple(missing), groups_known=known, unread_groups=frozenset(unread)),
    )
    return snapshot_of(about, users.values(), groups, memberships)
