"""Differences between two states of a pool, as a table: one line each, whatever they come from.

`Differences.lines` is a DataFrame with the columns `COLUMNS`. What can't be told from what was read
is a line of its own kind, never a difference and never nothing.

Who made the differences between two snapshots is said as far as the activity log of this console knows:
changes made past the console (in the AWS console, by a program) are not in its log; their lines stay
without a name, and `NOT_HERE` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from typing import Any

import pandas as pd

from services.audits.tables import Table
from services.bulk.model import Row
from services.cognito.actions import ACTIONS, Change, PersonChange, TargetRef
from services.cognito.models import Group, User, UserStatus
from services.cognito.status import STATUS_TEXTS
from services.csv_safe import Cell
from services.store.activity import Activity, ActivityResult
from services.store.store import Store
from services.words import file_time


class DifferenceKind(StrEnum):
    """What differs. The first nine come from two snapshots, the others from a list."""

    JOINED = "joined"
    LEFT = "left"
    GAINED = "group gained"
    LOST = "group lost"
    ATTRIBUTE = "attribute changed"
    STATUS = "status changed"
    ENABLED = "enabled or disabled"
    GROUP_NEW = "group created"
    GROUP_GONE = "group deleted"
    GROUP_CHANGED = "group changed"
    NO_PERSON = "person missing"
    MISSING = "membership missing"
    EXTRA_PERSON = "person extra"
    EXTRA = "membership extra"
    DIFFERENT = "value different"
    UNCLEAR = "not clear who is meant"
    UNTOLD = "can't be told"


COLUMNS = ("kind", "sub", "username", "person", "name", "what", "before", "after", "remark")
"""`person` is what operators recognise; `what` the attribute or group; `before` and `after` texts.

Against a list, `before` is what is there and `after` what the list says.
"""

MEMBER, OUTSIDE = "member", "not a member"
"""What `before` and `after` say of a membership."""

BY = ("by", "at", "activity")
"""Added by `services.audits.differences`: who did it, when (aware), and the line of the log."""


@dataclass(frozen=True)
class Differences:
    """What differs, and what stands above it on a page.

    `statements` say how far both sides can be trusted; `complete` is False when something wasn't
    read, so that there may be more than the lines say; `newcomers` holds, by index of `lines`, the
    rows of a list that mean people who aren't there.
    """

    title: str
    lines: pd.DataFrame
    statements: tuple[str, ...] = ()
    complete: bool = True
    newcomers: Mapping[int, Row] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return int((self.lines["kind"] != str(DifferenceKind.UNTOLD)).sum())

    @property
    def counts(self) -> dict[DifferenceKind, int]:
        """How many of each kind, in the order of `DifferenceKind`; kinds without any are left out."""
        found = self.lines["kind"].value_counts()
        return {kind: int(found[str(kind)]) for kind in DifferenceKind if str(kind) in found.index}

    def of(self, *kinds: DifferenceKind) -> pd.DataFrame:
        """The lines of these kinds."""
        return self.lines[self.lines["kind"].isin([str(kind) for kind in kinds])]

    def table(self) -> Table:
        """All lines as a table for a file."""
        shown = [name for name in (*COLUMNS, "by", "at") if name in self.lines.columns]
        titles = {
            "kind": "Difference",
            "name": "Name",
            "by": "Changed by",
            "at": "Changed at",
        }
        header = tuple(titles.get(name, name.capitalize()) for name in shown)

        def rows() -> Iterator[Sequence[Cell]]:
            for line in self.lines[shown].itertuples(index=False, name=None):
                yield tuple(_told(cell) for cell in line)

        return Table("Differences", header, rows)

    def summary(self) -> Table:
        """How many lines of each kind, as a table for a file."""
        return Table(
            "Summary",
            ("Difference", "Number"),
            lambda: [(str(kind), count) for kind, count in self.counts.items()],
        )


def _told(cell: Any) -> str:
    if pd.isna(cell):
        return ""
    return file_time(cell) if isinstance(cell, datetime) else str(cell)


def lines_of(rows: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Lines from dictionaries; what is not given is empty."""
    found = pd.DataFrame([{**dict.fromkeys(COLUMNS, ""), **row} for row in rows], columns=list(COLUMNS))
    return found.astype(object)


def block(kind: DifferenceKind, count: int, **columns: Sequence[str] | str) -> pd.DataFrame:
    """Lines of one kind, column by column; a single text stands for all lines."""
    found = {name: columns.get(name, "") for name in COLUMNS} | {"kind": str(kind)}
    filled = {
        name: [value] * count if isinstance(value, str) else list(value) for name, value in found.items()
    }
    return pd.DataFrame(filled, columns=list(COLUMNS), dtype=object)


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All lines, by kind (in the order of `DifferenceKind`), then by person."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return lines_of([])
    everything = pd.concat(filled, ignore_index=True)
    rank = everything["kind"].map({str(kind): number for number, kind in enumerate(DifferenceKind)})
    order = everything.assign(rank=rank, key=everything["person"].str.casefold())
    order = order.sort_values(["rank", "key", "what"], kind="stable")
    return everything.loc[order.index].reset_index(drop=True)


NOT_HERE = "not in this console's log"
PERHAPS = "perhaps "


@dataclass(frozen=True)
class _Logged:
    """A line of the log with its action, and with the change as far as the line says it."""

    line: Activity
    action: type[Change]
    change: Change | None

    @property
    def is_sure(self) -> bool:
        """Whether an answer came, and the line names whom it was about."""
        return self.line.result is ActivityResult.DONE and not self.action.brings_people


@dataclass
class _Log:
    """What the log has of changes to a pool, newest first: by target, and without naming anybody."""

    of: dict[str, list[_Logged]] = field(default_factory=dict)
    unnamed: list[_Logged] = field(default_factory=list)

    def add(self, line: Activity) -> None:
        action = ACTIONS.get(line.action)
        if action is None:
            return
        target = TargetRef(line.target_kind, line.target_id, line.target_name)
        change = action.from_log(target, line.after or line.before)
        entry = _Logged(line, action, change)
        if action.brings_people:
            self.unnamed.append(entry)
        for key in {line.target_id, change.sub(line.after) if change else ""} - {""}:
            self.of.setdefault(key, []).append(entry)


def attributed(
    store: Store, found: Differences, pools: Iterable[str], since: datetime, until: datetime
) -> Differences:
    """The differences with `by`, `at` and `activity` for each line.

    `pools`: the names under which this pool is set up here; `since` and `until` (aware): when reading
    the older snapshot began, and when reading the newer one ended.
    """
    log = _read(store, pools, since, until)
    known = [{str(name): cell for name, cell in line.items()} for line in found.lines.to_dict("records")]
    answers = [_answer(log, line) for line in known]
    lines = found.lines.assign(
        by=pd.Series(
            [_by(answer, line["kind"]) for answer, line in zip(answers, known, strict=True)], dtype=object
        ),
        at=pd.Series(
            [answer.line.at if answer else pd.NaT for answer in answers], dtype="datetime64[ms, UTC]"
        ),
        activity=pd.Series([answer.line.id if answer else "" for answer in answers], dtype=object),
    )
    return replace(found, lines=lines)


def _read(store: Store, pools: Iterable[str], since: datetime, until: datetime) -> _Log:
    log = _Log()
    for pool in dict.fromkeys(pools):
        for line in store.activity.iter_all(pool=pool, since=since, until=until):
            if line.result in (ActivityResult.DONE, ActivityResult.UNKNOWN):
                log.add(line)
    return log


def _by(entry: _Logged | None, kind: str) -> str:
    if entry is None:
        return NOT_HERE if DifferenceKind(kind) in _TESTS else ""
    return f"{'' if entry.is_sure else PERHAPS}{entry.line.operator_name}"


def _answer(log: _Log, line: Mapping[str, str]) -> _Logged | None:
    """The newest entry that explains a line, if there is one."""
    kind = DifferenceKind(line["kind"])
    explains = _TESTS.get(kind)
    if explains is None:
        return None
    about = [line["sub"], line["username"]] if line["sub"] else []
    entries = chain(*(log.of.get(key, ()) for key in (*about, _group_in(line))))
    found = next((entry for entry in entries if explains(entry, line)), None)
    if found is None and kind is DifferenceKind.JOINED:
        found = next(iter(log.unnamed), None)
    return found


def _group_in(line: Mapping[str, str]) -> str:
    """The group that a line is about (a line on somebody's attribute names none that anybody has)."""
    return line["what"].partition(": ")[0] if line["kind"] == DifferenceKind.GROUP_CHANGED else line["what"]


# A change explains a difference if it changes what was and leaves alone what is: its class shows on
# somebody (or on a group) made up with the one and with the other. Of a call without an answer the log
# has only what was before, so that it is asked whether it touches this at all.

_NO_TIME = datetime.min.replace(tzinfo=UTC)
_OTHER = "\0"
Effect = Callable[[Change, str, str], str]
"""The value after a change, of what a line is about (its `what`) and the value before it."""


def _explained_by(effect: Effect, other: str = "") -> Callable[[_Logged, Mapping[str, str]], bool]:
    """`other` is a value that nobody has, where there is any."""

    def explains(entry: _Logged, line: Mapping[str, str]) -> bool:
        change = entry.change
        if change is None:
            return False
        if other and entry.line.result is ActivityResult.UNKNOWN:
            return effect(change, line["what"], other) != other
        what, was, now = line["what"], line["before"], line["after"]
        return effect(change, what, was) != was and effect(change, what, now) == now

    return explains


_SOMEBODY = User("somebody", "somebody", UserStatus.UNKNOWN, True, _NO_TIME, _NO_TIME)


def _somebody_after(change: Change, **facts: Any) -> User | None:
    return change.apply_to(replace(_SOMEBODY, **facts), {}, _NO_TIME, frozenset())


def _attribute_after(change: Change, name: str, value: str) -> str:
    user = _somebody_after(change, attributes={name: value} if value else {})
    return value if user is None else user.attributes.get(name, "")


def _attribute(entry: _Logged, line: Mapping[str, str]) -> bool:
    """The last change here of this attribute, if the value of now comes from it."""
    change = entry.change
    return _explained_by(_attribute_after, _OTHER)(entry, line) or (
        isinstance(change, PersonChange) and line["what"] in change.carries
    )


_STATUSES = {text.title: status for status, text in STATUS_TEXTS.items()}


def _status_after(change: Change, _what: str, title: str) -> str:
    user = _somebody_after(change, status=_STATUSES.get(title, UserStatus.UNKNOWN))
    return title if user is None or user.status not in STATUS_TEXTS else STATUS_TEXTS[user.status].title


def _enabled_after(change: Change, _what: str, word: str) -> str:
    user = _somebody_after(change, enabled=word == "enabled")
    return word if user is None else ("disabled", "enabled")[user.enabled]


def _membership_after(change: Change, group: str, word: str) -> str:
    there = change.regroup((group,) if word == MEMBER else ())
    return MEMBER if group in there and change.ends_group != group else OUTSIDE


def _group_after(change: Change, what: str, value: str) -> str:
    name, _, fact = what.partition(": ")
    known: dict[str, Any] = {fact: value}
    group = replace(Group(name), **known)
    found = next(iter(change.groups_after((group,), _NO_TIME)), group)
    now = getattr(found, fact)
    return "" if now is None else str(now)


_TESTS: dict[DifferenceKind, Callable[[_Logged, Mapping[str, str]], bool]] = {
    DifferenceKind.JOINED: lambda entry, _: entry.action.makes_person,
    DifferenceKind.LEFT: lambda entry, _: entry.action.ends_person,
    DifferenceKind.GAINED: _explained_by(_membership_after),
    DifferenceKind.LOST: _explained_by(_membership_after),
    DifferenceKind.ATTRIBUTE: _attribute,
    DifferenceKind.STATUS: _explained_by(_status_after),
    DifferenceKind.ENABLED: _explained_by(_enabled_after),
    DifferenceKind.GROUP_NEW: lambda entry, _: entry.action.makes_group,
    DifferenceKind.GROUP_GONE: lambda entry, line: (
        entry.change is not None and entry.change.ends_group == line["what"]
    ),
    DifferenceKind.GROUP_CHANGED: _explained_by(_group_after, _OTHER),
}
