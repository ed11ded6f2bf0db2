"""Why a membership looks as if it should go: suggestions for reviewers, each as a sentence.

A suggestion decides nothing. It asks for a reason when the reviewer keeps the membership all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.group_rules import provider_of
from services.cognito.models import PasswordPolicy, User, UserStatus
from services.cognito.status import invitation_expiry

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


def of_account(user: User, policy: PasswordPolicy, now: datetime) -> list[str]:
    """What the account itself says, at `now` (aware)."""
    found = []
    if not user.enabled:
        found.append("The account is disabled.")
    if user.status is UserStatus.UNCONFIRMED:
        found.append("They registered and never confirmed it, so they can't sign in.")
    expiry = invitation_expiry(user, policy)
    if expiry is not None and expiry <= now:
        found.append(f"The invitation ran out about {expiry:%d %b %Y} and was never used.")
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
    for name in {name for one in members for name in one}:
        counted = Counter(one[name] for one in members if one.get(name))
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


def group_counts(memberships: pa.Table, pool_id: str, subs: pa.Array) -> GroupCounts:
    """How many groups each of `subs` is in, against everybody (Tukey's far-out fence: Q3 + 3 × IQR).

    The groups that Cognito makes for identity providers don't count.
    """
    names = pc.unique(memberships["group"]).to_pylist()
    automatic = pa.array([name for name in names if provider_of(name, pool_id)], pa.string())
    own = memberships.filter(pc.invert(pc.is_in(memberships["group"], value_set=automatic)))
    counted = own.group_by("sub").aggregate([("group", "count")])
    mine = counted.filter(pc.is_in(counted["sub"], value_set=subs))
    counts = dict(zip(mine["sub"].to_pylist(), mine["group_count"].to_pylist(), strict=True))
    if counted.num_rows < LEAST_PEOPLE:
        return GroupCounts(counts)
    low, high = pc.quantile(counted["group_count"], q=[0.25, 0.75]).to_pylist()
    return GroupCounts(counts, int(high), high + 3 * max(1.0, high - low))


def _plain(name: str) -> str:
    return name.removeprefix("custom:").casefold().replace("_", " ").replace("-", " ").strip()
