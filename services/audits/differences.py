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
from datetime import datetime
from enum import StrEnum

import pandas as pd

from services.audits.tables import Table
from services.bulk.model import Row
from services.cognito.actions import ACTIONS
from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.csv_safe import Cell
from services.store.activity import Activity, ActivityResult
from services.store.store import Store


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
        """All lines, to hand over."""
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
                yield tuple("" if pd.isna(cell) else str(cell) for cell in line)

        return Table("Differences", header, rows)

    def summary(self) -> Table:
        """How many of each kind, to hand over."""
        return Table(
            "Summary",
            ("Difference", "Number"),
            lambda: [(str(kind), count) for kind, count in self.counts.items()],
        )


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


@dataclass
class _Log:
    """The lines of the log that matter, newest first, by target."""

    of: dict[str, list[Activity]] = field(default_factory=dict)

    def add(self, key: str, line: Activity) -> None:
        if key:
            self.of.setdefault(key, []).append(line)


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
        at=pd.Series([answer.at if answer else pd.NaT for answer in answers], dtype="datetime64[ms, UTC]"),
        activity=pd.Series([answer.id if answer else "" for answer in answers], dtype=object),
    )
    return replace(found, lines=lines)


def pool_names(store: Store, pool_id: str) -> tuple[str, ...]:
    """Every name under which a user pool is set up here: the log goes by name."""
    return tuple(pool.name for pool in store.pools.list() if pool.pool_id == pool_id)


def activity_of(store: Store, pool_id: str, *names: str) -> Callable[[], Iterable[Activity]]:
    """Reads what the log knows of a user pool, under every name that it has or had (`names`) here."""
    known = sorted({*names, *pool_names(store, pool_id)})
    return lambda: (line for name in known for line in store.activity.iter_all(pool=name))


def _read(store: Store, pools: Iterable[str], since: datetime, until: datetime) -> _Log:
    log = _Log()
    for pool in dict.fromkeys(pools):
        for line in store.activity.iter_all(pool=pool, since=since, until=until):
            if line.result in (ActivityResult.DONE, ActivityResult.UNKNOWN):
                log.add(line.target_id, line)
                if line.action == "create_user":
                    log.add(str(line.after.get("sub", "")), line)
    return log


def _by(line: Activity | None, kind: str) -> str:
    if line is None:
        return NOT_HERE if DifferenceKind(kind) in _TESTS else ""
    sure = line.result is ActivityResult.DONE
    return f"{'' if sure else PERHAPS}{line.operator_name}"


def _answer(log: _Log, line: Mapping[str, str]) -> Activity | None:
    kind = DifferenceKind(line["kind"])
    fits = _TESTS.get(kind)
    if fits is None:
        return None
    about_group = kind in (DifferenceKind.GROUP_NEW, DifferenceKind.GROUP_GONE, DifferenceKind.GROUP_CHANGED)
    key = line["what"].partition(": ")[0] if kind is DifferenceKind.GROUP_CHANGED else line["what"]
    own = log.of.get(key if about_group else line["sub"], ())
    found = next((entry for entry in own if fits(entry, line)), None)
    if found is None and kind is DifferenceKind.JOINED:
        found = next((entry for entry in log.of.get(line["username"], ()) if fits(entry, line)), None)
    if found is None and kind is DifferenceKind.LOST:
        deleted = log.of.get(line["what"], ())
        found = next((entry for entry in deleted if entry.action == "delete_group"), None)
    return found


def _action(*names: str) -> Callable[[Activity, Mapping[str, str]], bool]:
    return lambda entry, _: entry.action in names


def _membership(action: str) -> Callable[[Activity, Mapping[str, str]], bool]:
    return lambda entry, line: entry.action == action and _group_of(entry) == line["what"]


def _group_of(line: Activity) -> str:
    return str(line.after.get("group") or line.before.get("group") or "")


def _attribute(entry: Activity, line: Mapping[str, str]) -> bool:
    """The last change here of this attribute, if the value of now comes from it."""
    if entry.action not in ("update_attributes", "clear_attributes"):
        return False
    values = entry.after.get("attributes") or entry.before.get("attributes") or {}
    name = line["what"]
    if name not in values:
        # changing an address makes Cognito drop its mark of being verified
        return name.removesuffix("_verified") in values and name.endswith("_verified")
    return entry.result is ActivityResult.UNKNOWN or str(values[name] or "") == line["after"]


def _status(entry: Activity, line: Mapping[str, str]) -> bool:
    if entry.action not in ACTIONS or not ACTIONS[entry.action].sets_status:
        return False
    left = str(entry.after.get("status") or "")
    if left in UserStatus._value2member_map_:
        return STATUS_TEXTS[UserStatus(left)].title == line["after"]
    return entry.action == "resend_invitation"


def _enabled(entry: Activity, line: Mapping[str, str]) -> bool:
    return entry.action == ("enable_user" if line["after"] == "enabled" else "disable_user")


_TESTS: dict[DifferenceKind, Callable[[Activity, Mapping[str, str]], bool]] = {
    DifferenceKind.JOINED: _action("create_user"),
    DifferenceKind.LEFT: _action("delete_user"),
    DifferenceKind.GAINED: _membership("add_to_group"),
    DifferenceKind.LOST: _membership("remove_from_group"),
    DifferenceKind.ATTRIBUTE: _attribute,
    DifferenceKind.STATUS: _status,
    DifferenceKind.ENABLED: _enabled,
    DifferenceKind.GROUP_NEW: _action("create_group"),
    DifferenceKind.GROUP_GONE: _action("delete_group"),
    DifferenceKind.GROUP_CHANGED: _action("update_group"),
}
