"""Differences between two states of a pool, as a table: one line each, whatever they come from.

`Differences.lines` is a DataFrame with the columns `COLUMNS`. What can't be told from what was read
is a line of its own kind, never a difference and never nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from services.audits.tables import Table
from services.bulk.model import Row
from services.csv_safe import Cell


class Kind(StrEnum):
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
"""Added by `services.audits.attribution`: who did it, when (aware), and the line of the log."""


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
        return int((self.lines["kind"] != str(Kind.UNTOLD)).sum())

    @property
    def counts(self) -> dict[Kind, int]:
        """How many of each kind, in the order of `Kind`; kinds without any are left out."""
        found = self.lines["kind"].value_counts()
        return {kind: int(found[str(kind)]) for kind in Kind if str(kind) in found.index}

    def of(self, *kinds: Kind) -> pd.DataFrame:
        """The lines of these kinds."""
        return self.lines[self.lines["kind"].isin([str(one) for one in kinds])]

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


def block(kind: Kind, count: int, **columns: Sequence[str] | str) -> pd.DataFrame:
    """Lines of one kind, column by column; a single text stands for all lines."""
    found = {name: columns.get(name, "") for name in COLUMNS} | {"kind": str(kind)}
    filled = {
        name: [value] * count if isinstance(value, str) else list(value) for name, value in found.items()
    }
    return pd.DataFrame(filled, columns=list(COLUMNS), dtype=object)


def together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All lines, by kind (in the order of `Kind`), then by person."""
    filled = [one for one in parts if len(one)]
    if not filled:
        return lines_of([])
    everything = pd.concat(filled, ignore_index=True)
    rank = everything["kind"].map({str(kind): number for number, kind in enumerate(Kind)})
    order = everything.assign(rank=rank, key=everything["person"].str.casefold())
    order = order.sort_values(["rank", "key", "what"], kind="stable")
    return everything.loc[order.index].reset_index(drop=True)
