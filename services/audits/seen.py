"""A snapshot as the rules see it: columns, with the settings that decide what counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from services.audits.rule import Need
from services.audits.thresholds import Thresholds
from services.cognito.group_rules import provider_of
from services.directory.snapshot import Snapshot
from services.store.applications import Application

DAY = 86_400_000
"""Milliseconds."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class SignIn:
    """When somebody last signed in (aware, UTC), as far as the pool's events tell; None if none is known."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a snapshot is judged by. `now` is aware.

    `applications` are those configured for the pool; `sign_ins` what is known of some people's last
    sign-ins, by sub.
    """

    now: datetime
    thresholds: Thresholds = field(default_factory=Thresholds)
    applications: tuple[Application, ...] = ()
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)


class Seen:
    """Columns of one snapshot, made when a rule first asks. Tables here are not to be changed."""

    def __init__(self, snapshot: Snapshot, setting: Setting) -> None:
        self.snapshot = snapshot
        self.setting = setting
        self.thresholds = setting.thresholds
        self.applications = setting.applications
        self.policy = snapshot.about.pool.policy
        # rounded down: times of people are whole milliseconds, so comparing with <= stays exact
        self.now = int(setting.now.timestamp() * 1000)

    @cached_property
    def people(self) -> pd.DataFrame:
        """sub, username, status, enabled, created and changed of everybody (times as milliseconds)."""
        table = self.snapshot.users
        return pd.DataFrame(
            {
                "sub": _texts(table["sub"]),
                "username": _texts(table["username"]),
                "status": _texts(table["status"]),
                "enabled": table["enabled"].to_numpy(zero_copy_only=False).astype(bool),
                "created": _times(table["created"]),
                "changed": _times(table["changed"]),
            }
        )

    def attribute(self, name: str) -> np.ndarray:
        """One attribute of everybody, in the order of `people`; "" where somebody lacks it."""
        if name not in self.snapshot.users.column_names:
            return np.full(len(self.snapshot), "", dtype=object)
        return _texts(self.snapshot.users[name])

    @cached_property
    def all_memberships(self) -> pd.DataFrame:
        """sub and group of every membership."""
        table = self.snapshot.memberships
        return pd.DataFrame({"sub": _texts(table["sub"]), "group": _texts(table["group"])})

    @cached_property
    def held(self) -> pd.DataFrame:
        """The memberships that count: automatic groups are left out if the setting says so."""
        ignored = [name for name in self.snapshot.group_names if self.is_ignored(name)]
        everything = self.all_memberships
        return everything[~everything["group"].isin(ignored)] if ignored else everything

    def is_ignored(self, group: str) -> bool:
        """True for automatic groups of identity providers, if those are ignored."""
        return self.thresholds.ignore_automatic and bool(provider_of(group, self.snapshot.about.pool.id))

    def member_names(self, memberships: pd.DataFrame, subs: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The groups of each of `subs` in `memberships`, sorted for reading."""
        names: dict[str, list[str]] = {}
        chosen = memberships[memberships["sub"].isin(set(subs))]
        for sub, name in zip(chosen["sub"], chosen["group"], strict=True):
            names.setdefault(sub, []).append(name)
        return {sub: tuple(sorted(mine, key=str.casefold)) for sub, mine in names.items()}

    def before(self, days: int) -> int:
        """The moment so many days before now, in milliseconds."""
        return self.now - days * DAY

    def missing(self, needs: Iterable[Need]) -> tuple[str, ...]:
        """Why some of `needs` can't be relied on, as sentences; empty when all of it was read."""
        wanted, known = set(needs), self.snapshot.completeness
        said: list[str] = []
        if not known.users_known and Need.USERS in wanted:
            said.append("People may be missing from this snapshot.")
        about_groups = wanted & {Need.GROUPS, Need.MEMBERSHIPS, Need.ALL_MEMBERSHIPS}
        if not known.groups_known and about_groups:
            said.append("The list of groups could not be read.")
        if Need.ALL_MEMBERSHIPS in wanted:
            said.extend(self.unread(known.unread_groups))
        elif Need.MEMBERSHIPS in wanted:
            said.extend(self.unread(known.unread_groups, counted_only=True))
        explained = not (known.users_known and known.groups_known and not known.unread_groups)
        if wanted and not known.complete and not explained:
            # nobody said what the gap touches, so it may touch this
            said.extend(known.missing)
        return tuple(said)

    def unread(self, groups: Iterable[str], *, counted_only: bool = False) -> tuple[str, ...]:
        """The sentence about those of `groups` whose members are not known; empty if all are."""
        lost = sorted(self.snapshot.completeness.unread_groups & set(groups), key=str.casefold)
        if counted_only:
            lost = [name for name in lost if not self.is_ignored(name)]
        if not lost:
            return ()
        more = f" and {len(lost) - _NAMED:,} more groups" if len(lost) > _NAMED else ""
        return (f"Not all members could be read of {', '.join(lost[:_NAMED])}{more}.",)


def moment(milliseconds: int) -> datetime:
    """The moment as an aware time in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _texts(column: object) -> np.ndarray:
    """A pyarrow string column as Python texts, "" for null."""
    values = column.to_numpy(zero_copy_only=False)  # type: ignore[attr-defined]
    lacking = pd.isna(values)
    if lacking.any():
        values = np.where(lacking, "", values)
    return np.asarray(values, dtype=object)


def _times(column: object) -> np.ndarray:
    """A pyarrow time column as milliseconds since 1970; null counts as never long ago (0 would be wrong)."""
    values = column.to_numpy(zero_copy_only=False).astype("datetime64[ms]")  # type: ignore[attr-defined]
    return np.where(np.isnat(values), np.iinfo("int64").max // 4, values.astype("int64"))
