"""The people of a small pool, as a snapshot: one search serves small pools and large ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.cognito.models import Group, User, UserPool
from services.directory.people import People
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout, snapshot_of


def people_snapshot(people: People, pool: UserPool, *, pool_key: str, pool_name: str) -> Snapshot:
    """Everybody as read and patched, as columns; made once for each state of `people`."""
    kept = people.__dict__.get("_snapshot")  # beside the cached properties
    if kept is not None and kept.about.pool == pool and kept.about.pool_name == pool_name:
        return kept  # type: ignore[no-any-return]
    about = SnapshotAbout(
        id="",
        pool_key=pool_key,
        pool_name=pool_name,
        pool=pool,
        taken_at=people.read_at,
        finished_at=people.read_at,
        how=("Read whole, as pools of this size are.",),
        completeness=Completeness(
            missing=people.missing,
            groups_known=people.groups_known,
            unread_groups=people.unread_groups,
        ),
    )
    try:
        made = snapshot_of(about, people.users, people.groups, people.memberships)
    except UnicodeEncodeError:
        made = snapshot_of(about, map(_storable, people.users), _named(people.groups), people.memberships)
    people.__dict__["_snapshot"] = made
    return made


def _storable(user: User) -> User:
    """Lone surrogates, which no column can hold, as question marks."""
    return replace(
        user,
        username=_text(user.username),
        attributes={_text(name): _text(value) for name, value in user.attributes.items()},
    )


def _named(groups: Iterable[Group]) -> list[Group]:
    return [replace(group, description=_text(group.description)) for group in groups]


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
