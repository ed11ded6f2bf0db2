"""The memberships that a review is about, as they are in a snapshot, and the hash that freezes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from services.audits.campaign_suggestions import (
    group_counts,
    of_account,
    outliers,
    traits,
    unit_attributes,
)
from services.cognito.models import User, UserStatus
from services.directory.snapshot import Snapshot

HASH_RECIPE = (
    "SHA-256 over one line per membership, each the JSON array [group, sub, username] without spaces, "
    "the lines sorted and joined by line feeds, in UTF-8."
)
"""How anybody can work out the hash of a population again."""

_SHOWN = ("email", "phone_number", "preferred_username", "name", "given_name", "family_name")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one group, with what a reviewer is shown. JSON-ready by `facts`.

    `status` is AWS's word; `why` says in sentences why it is suggested to revoke it ("" fields: unknown).
    """

    group: str
    sub: str
    username: str
    label: str
    name: str = ""
    email: str = ""
    preferred_username: str = ""
    status: str = ""
    enabled: bool = True
    why: tuple[str, ...] = ()

    def facts(self, reviewer_id: str) -> dict[str, Any]:
        """What is sealed: this, and who is to decide on it."""
        return {**asdict(self), "why": list(self.why), "reviewer": reviewer_id}


def membership_of(facts: Mapping[str, Any]) -> Membership:
    """The membership that `Membership.facts` wrote."""
    known = {name: facts[name] for name in Membership.__dataclass_fields__ if name != "why"}
    return Membership(**known, why=tuple(facts["why"]))


def memberships_of(snapshot: Snapshot, groups: Iterable[str], now: datetime) -> tuple[Membership, ...]:
    """Every membership in `groups`, by group, those with a suggestion first, then by name.

    `now` (aware) is when invitations are judged.
    """
    wanted = pa.array(sorted(set(groups)), pa.string())
    memberships = snapshot.memberships.filter(pc.is_in(snapshot.memberships["group"], value_set=wanted))
    people = _people(snapshot, memberships)
    subs = memberships["sub"].to_pylist()
    names = memberships["group"].to_pylist()
    units = unit_attributes(snapshot.attributes)
    compared = [traits(one["email"] or "", {name: one.get(name) for name in units}) for one in people]
    by_group: dict[str, list[dict[str, str]]] = {}
    for group, values in zip(names, compared, strict=True):
        by_group.setdefault(group, []).append(values)
    unusual = {group: outliers(group, members) for group, members in by_group.items()}
    counted = group_counts(snapshot.memberships, snapshot.about.pool.id, pc.unique(memberships["sub"]))
    accounts: dict[str, tuple[User, list[str]]] = {}
    found = []
    for group, sub, row, values in zip(names, subs, people, compared, strict=True):
        if sub not in accounts:
            user = _user(sub, row)
            accounts[sub] = (user, of_account(user, snapshot.about.pool.policy, now) + counted.of(sub))
        user, why = accounts[sub]
        found.append(_membership(group, user, (*why, *unusual[group].of(values))))
    return tuple(
        sorted(found, key=lambda one: (one.group.casefold(), one.group, not one.why, one.label.casefold()))
    )


def canonical(memberships: Iterable[tuple[str, str, str]]) -> bytes:
    """The text that the hash is taken of, from (group, sub, username); see `HASH_RECIPE`."""
    lines = sorted(json.dumps(list(one), ensure_ascii=False, separators=(",", ":")) for one in memberships)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def population_hash(memberships: Iterable[tuple[str, str, str]]) -> str:
    """64 hex digits that stand for exactly these memberships, whatever their order."""
    return hashlib.sha256(canonical(memberships)).hexdigest()


def keys_of(memberships: Sequence[Membership]) -> list[tuple[str, str, str]]:
    """What goes into the hash."""
    return [(one.group, one.sub, one.username) for one in memberships]


def _people(snapshot: Snapshot, memberships: pa.Table) -> list[dict[str, Any]]:
    """The row of `snapshot.users` for each membership; all None where the person wasn't read."""
    users = snapshot.users
    shown = [name for name in _SHOWN if name in users.column_names]
    units = unit_attributes(snapshot.attributes)
    columns = ["username", "status", "enabled", "created", "changed", *shown, *units]
    places = pc.index_in(memberships["sub"], value_set=_whole(users["sub"]))
    rows: list[dict[str, Any]] = users.select(columns).take(places).to_pylist()
    missing = dict.fromkeys(name for name in _SHOWN if name not in shown)
    return [{**missing, **row} for row in rows]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _user(sub: str, row: Mapping[str, Any]) -> User:
    status = row["status"] or ""
    return User(
        username=row["username"] or "",
        sub=sub,
        status=UserStatus(status) if status in UserStatus.__members__ else UserStatus.UNKNOWN,
        enabled=row["enabled"] is not False,
        created=row["created"] or _NEVER,
        changed=row["changed"] or _NEVER,
        attributes={name: row[name] for name in _SHOWN if row[name]},
    )


def _membership(group: str, user: User, why: tuple[str, ...]) -> Membership:
    return Membership(
        group=group,
        sub=user.sub,
        username=user.username,
        label=user.label or user.sub,
        name=user.name,
        email=user.email,
        preferred_username=user.attributes.get("preferred_username", ""),
        status=str(user.status),
        enabled=user.enabled,
        why=why,
    )
