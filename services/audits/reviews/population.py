"""The memberships that a review is about, as they are in a snapshot, and the hash that freezes them.

Some look as if they should go: suggestions for reviewers, each as a sentence. A suggestion decides
nothing; it asks for a reason when the reviewer keeps the membership all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from services.cognito.group_rules import provider_of
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.status import invitation_expired, invitation_expiry
from services.directory.filtering import STATE_TITLES, state_of
from services.directory.pool import PoolTables, quoted
from services.directory.standing import AccessVerdict, AccountStanding, standing_of
from services.words import day

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

    `status` is AWS's word, `state` the console's as of the start ("" in reviews begun before it was noted);
    `why` says in sentences why it is suggested to revoke it ("" fields: unknown).
    """

    group: str
    sub: str
    username: str
    label: str
    name: str = ""
    email: str = ""
    preferred_username: str = ""
    status: str = ""
    state: str = ""
    enabled: bool = True
    why: tuple[str, ...] = ()

    def facts(self, reviewer_id: str) -> dict[str, Any]:
        """What is sealed: this, and who is to decide on it."""
        return {**asdict(self), "why": list(self.why), "reviewer": reviewer_id}


def membership_of(facts: Mapping[str, Any]) -> Membership:
    """The membership that `Membership.facts` wrote."""
    known = {name: facts[name] for name in Membership.__dataclass_fields__ if name in facts and name != "why"}
    return Membership(**known, why=tuple(facts["why"]))


def memberships_of(snapshot: PoolTables, groups: Iterable[str], now: datetime) -> tuple[Membership, ...]:
    """Every membership in `groups`, by group, those with a suggestion first, then by name.

    `now` (aware) is when invitations are judged.
    """
    wanted = sorted(set(groups))
    rows = _rows(snapshot, wanted)
    units = unit_attributes(snapshot.attributes)
    compared = [traits(row["email"] or "", {name: row[name] for name in units}) for row in rows]
    by_group: dict[str, list[dict[str, str]]] = {}
    for row, values in zip(rows, compared, strict=True):
        by_group.setdefault(row["group"], []).append(values)
    unusual = {group: outliers(group, members) for group, members in by_group.items()}
    counted = group_counts(snapshot, wanted)
    pool = snapshot.about.pool
    accounts: dict[str, tuple[User, str, list[str]]] = {}
    found = []
    for row, values in zip(rows, compared, strict=True):
        group, sub = row["group"], row["sub"]
        if sub not in accounts:
            user = _user(row)
            state = STATE_TITLES[state_of(user, pool.policy, now)]
            accounts[sub] = (user, state, of_account(user, pool, now) + counted.of(sub))
        user, state, why = accounts[sub]
        found.append(_membership(group, user, state, (*why, *unusual[group].of(values))))
    return tuple(
        sorted(
            found, key=lambda line: (line.group.casefold(), line.group, not line.why, line.label.casefold())
        )
    )


def canonical(memberships: Iterable[tuple[str, str, str]]) -> bytes:
    """The text that the hash is taken of, from (group, sub, username); see `HASH_RECIPE`."""
    lines = sorted(json.dumps(list(line), ensure_ascii=False, separators=(",", ":")) for line in memberships)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def population_hash(memberships: Iterable[tuple[str, str, str]]) -> str:
    """64 hex digits that stand for exactly these memberships, whatever their order."""
    return hashlib.sha256(canonical(memberships)).hexdigest()


def keys_of(memberships: Sequence[Membership]) -> list[tuple[str, str, str]]:
    """What the campaign's hash is made of: a tuple of texts for each membership."""
    return [(line.group, line.sub, line.username) for line in memberships]


def _rows(snapshot: PoolTables, groups: Sequence[str]) -> list[dict[str, Any]]:
    """Each membership in `groups` with its `group` and columns of the person, attributes by their names."""
    named = dict.fromkeys((*_SHOWN, *unit_attributes(snapshot.attributes)))
    columns = ", ".join(f"{snapshot.column(name)} AS {quoted(name)}" for name in named)
    rows: list[dict[str, Any]] = snapshot.arrow(
        'SELECT "group", sub, username, status::VARCHAR AS status, enabled, created, changed, '
        f"invited_from, invited_until, {columns} "
        'FROM memberships JOIN users USING (row, sub) WHERE "group" IN (SELECT unnest($groups::VARCHAR[])) '
        "ORDER BY row",
        groups=list(groups),
    ).to_pylist()
    return rows


def _user(row: Mapping[str, Any]) -> User:
    return User(
        username=row["username"],
        sub=row["sub"],
        status=UserStatus(row["status"]),
        enabled=row["enabled"] is not False,
        created=row["created"] or _NEVER,
        changed=row["changed"] or _NEVER,
        attributes={name: row[name] for name in _SHOWN if row[name]},
        invited_from=row["invited_from"],
        invited_until=row["invited_until"],
    )


def _membership(group: str, user: User, state: str, why: tuple[str, ...]) -> Membership:
    return Membership(
        group=group,
        sub=user.sub,
        username=user.username,
        label=user.label or user.sub,
        name=user.name,
        email=user.email,
        preferred_username=user.attributes.get("preferred_username", ""),
        status=str(user.status),
        state=state,
        enabled=user.enabled,
        why=why,
    )


LEAST_OTHERS = 4
"""Nobody is an outlier among fewer others."""

LIKE_EACH_OTHER = 0.75
"""The share of the others who must have the same value, before a lonely other value stands out."""

LEAST_PEOPLE = 10
"""With fewer people in groups nothing is said about a usual number of groups."""

MANY_GROUPS = 5
"""Fewer groups than this are never unusually many."""

UNIT_WORDS = frozenset(
    {"department", "dept", "division", "team", "unit", "company", "organisation", "organization"}
)
"""Attributes (without `custom:`) that say where somebody belongs."""


def unit_attributes(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the attributes `names` that say where somebody belongs."""
    return tuple(sorted(name for name in names if _plain(name) in UNIT_WORDS))


def of_account(user: User, pool: UserPool, now: datetime) -> list[str]:
    """What the account itself says, at `now` (aware)."""
    standing, expiry = standing_of(user, pool, now), invitation_expiry(user, pool.policy)
    found = [standing.words] if standing.verdict is AccessVerdict.NO and standing.words else []
    if expiry is not None and expiry <= now:
        unsure = invitation_expired(user, pool.policy, now) is None
        found = [text for text in found if standing is not AccountStanding.EXPIRED]
        found.append(
            "They were invited; it isn't known whether the invitation has run out, and it was never used."
            if unsure
            else f"The invitation ran out about {day(expiry)} (UTC) and was never used."
        )
    return found


@dataclass(frozen=True, slots=True)
class Outliers:
    """For one group: who is the only one with an e-mail domain or a department."""

    group: str
    usual: Mapping[str, tuple[str, int, Counter[str]]]

    def of(self, values: Mapping[str, str]) -> list[str]:
        """What stands out in one member; `values` maps e-mail domain and units to theirs."""
        found = []
        for name, (most, times, counted) in self.usual.items():
            mine = values.get(name, "")
            if mine and mine != most and counted[mine] == 1:
                found.append(
                    f"The only one in {self.group} with the {name} {mine}; "
                    f"{times:,} of {sum(counted.values()):,} have {most}."
                )
        return found


def outliers(group: str, members: Sequence[Mapping[str, str]]) -> Outliers:
    """What is usual among the `members` of a group (their e-mail domain and units, by name)."""
    usual = {}
    for name in {name for member in members for name in member}:
        counted = Counter(member[name] for member in members if member.get(name))
        others = sum(counted.values()) - 1
        if others < LEAST_OTHERS:
            continue
        most, times = counted.most_common(1)[0]
        if times >= LIKE_EACH_OTHER * others:
            usual[name] = (most, times, counted)
    return Outliers(group, dict(sorted(usual.items())))


def traits(email: str, units: Mapping[str, str | None]) -> dict[str, str]:
    """What members of a group are compared by."""
    domain = email.rpartition("@")[2].strip().casefold() if "@" in email else ""
    found = {"e-mail domain": domain} if domain else {}
    for name, value in units.items():
        if value and value.strip():
            found[_plain(name)] = value.strip()
    return found


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """How many groups people are in. `most` None: too few people to say what is usual."""

    counts: Mapping[str, int]
    usual: int = 0
    most: float | None = None

    def of(self, sub: str) -> list[str]:
        """What is unusual about the number of somebody's groups."""
        number = self.counts.get(sub, 0)
        if self.most is None or number < MANY_GROUPS or number <= self.most:
            return []
        return [f"In {number} groups, unusually many: three in four people are in {self.usual} or fewer."]


def group_counts(snapshot: PoolTables, groups: Sequence[str]) -> GroupCounts:
    """How many groups the members of `groups` are in, against everybody.

    Unusual is what lies beyond Tukey's far-out fence, Q3 + 3 × IQR. The groups that Cognito makes for
    identity providers don't count.
    """
    automatic = [name for name in snapshot.group_names if provider_of(name, snapshot.about.pool.id)]
    own = (
        "WITH own AS (SELECT row, sub, count(*) AS number FROM memberships "
        'WHERE "group" NOT IN (SELECT unnest($automatic::VARCHAR[])) GROUP BY row, sub) '
    )
    counts = dict(
        snapshot.rows(
            f"{own} SELECT sub, number FROM own SEMI JOIN (SELECT row FROM memberships "
            'WHERE "group" IN (SELECT unnest($groups::VARCHAR[]))) USING (row)',
            automatic=automatic,
            groups=list(groups),
        )
    )
    ((people, low, high),) = snapshot.rows(
        f"{own} SELECT count(*), quantile_cont(number, 0.25), quantile_cont(number, 0.75) FROM own",
        automatic=automatic,
    )
    if people < LEAST_PEOPLE:
        return GroupCounts(counts)
    return GroupCounts(counts, int(high), high + 3 * max(1.0, high - low))


def _plain(name: str) -> str:
    return name.removeprefix("custom:").casefold().replace("_", " ").replace("-", " ").strip()
