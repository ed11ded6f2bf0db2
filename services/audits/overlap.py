"""How groups overlap: their sizes, people by status in each, pairs of groups, and exact combinations.

Everything is counted among the people of a `Matrix`, so the same filter holds for table and picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from services.audits.columns import Marks, Numbers, column, status_title, truths
from services.audits.matrix import Matrix
from services.audits.tables import Table

MOST_PAIRED = 400
"""Pairs are counted for at most so many groups (the largest)."""

NO_GROUP = "(in none of these groups)"


@dataclass(frozen=True, slots=True)
class GroupSize:
    """People of one group among those counted. `complete` is False when more may be in it."""

    group: str
    enabled: int
    disabled: int
    complete: bool = True

    @property
    def people(self) -> int:
        """Both."""
        return self.enabled + self.disabled


@dataclass(frozen=True, slots=True)
class Combination:
    """People who are in exactly these groups of those looked at."""

    groups: tuple[str, ...]
    people: int


@dataclass(frozen=True)
class Pairs:
    """For each two groups how many people are in both; the diagonal holds the sizes."""

    groups: tuple[str, ...]
    both: Numbers

    def share(self, one: int, other: int) -> float:
        """Of the people in group `one`, the part (0–1) that is in group `other` as well."""
        size = int(self.both[one, one])
        return int(self.both[one, other]) / size if size else 0.0


def _shown(matrix: Matrix) -> Marks:
    shown: Marks = np.zeros(len(matrix.snapshot), np.bool_)
    shown[matrix.rows] = True
    return shown


def _memberships(matrix: Matrix) -> tuple[Numbers, Numbers]:
    """People (positions in the snapshot) and groups of the memberships that count."""
    counted = _shown(matrix)[matrix.held.people]
    return matrix.held.people[counted], matrix.held.groups[counted]


def group_sizes(matrix: Matrix) -> list[GroupSize]:
    """The size of each group, largest first."""
    people, groups = _memberships(matrix)
    enabled = truths(matrix.snapshot.users)[people]
    yes = np.bincount(groups[enabled], minlength=len(matrix.groups)).tolist()
    no = np.bincount(groups[~enabled], minlength=len(matrix.groups)).tolist()
    found = [
        GroupSize(name, yes[place], no[place], name not in matrix.unread)
        for place, name in enumerate(matrix.groups)
    ]
    return sorted(found, key=lambda one: (-one.people, one.group.casefold()))


def status_by_group(matrix: Matrix) -> pd.DataFrame:
    """How many people of each status are in each group: columns Group, Status, People (no zeros)."""
    people, groups = _memberships(matrix)
    statuses = column(matrix.snapshot.users, "status").dictionary_encode()
    codes = np.asarray(statuses.indices.fill_null(0).to_numpy(zero_copy_only=False), np.int64)
    titles = [status_title(one) for one in statuses.dictionary.to_pylist()] or [status_title(None)]
    keys, counts = np.unique(groups * len(titles) + codes[people], return_counts=True)
    summed: Counter[tuple[str, str]] = Counter()
    for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
        # two words of AWS may have one title here
        summed[matrix.groups[key // len(titles)], titles[key % len(titles)]] += count
    lines = [(group, status, count) for (group, status), count in summed.items()]
    return pd.DataFrame(lines, columns=["Group", "Status", "People"])


def largest(matrix: Matrix, most: int) -> tuple[str, ...]:
    """The `most` largest groups among the people counted, by name."""
    found = [one.group for one in group_sizes(matrix)[:most]]
    return tuple(sorted(found, key=str.casefold))


def pairs(matrix: Matrix, most: int = MOST_PAIRED) -> Pairs:
    """How many people each two of the largest groups share."""
    names = largest(matrix, most)
    place = {name: number for number, name in enumerate(names)}
    columns = np.array([place.get(name, -1) for name in matrix.groups], np.int64)
    people, groups = _memberships(matrix)
    codes = columns[groups] if len(matrix.groups) else groups
    chosen = codes >= 0
    both = np.zeros((len(names), len(names)), np.int64)
    for members in _blocks(people[chosen], codes[chosen], len(names)):
        # whole numbers of this size are exact as floats, and only those are multiplied fast
        both += (members.T @ members).astype(np.int64)
    return Pairs(names, both)


def _blocks(
    people: Numbers, codes: Numbers, width: int, rows: int = 20_000
) -> Iterator[np.ndarray[Any, np.dtype[np.float32]]]:
    """The memberships (sorted by person) as dense 0/1 tables of at most so many people each."""
    _, dense = np.unique(people, return_inverse=True)
    count = int(dense[-1]) + 1 if len(dense) else 0
    for start in range(0, count, rows):
        first, last = np.searchsorted(dense, (start, start + rows))
        block = np.zeros((min(rows, count - start), width), np.float32)
        block[dense[first:last] - start, codes[first:last]] = 1
        yield block


def combinations(matrix: Matrix) -> list[Combination]:
    """Every combination of the groups that somebody has, the most frequent first."""
    numbers, sets = matrix.held.sets()
    counts = np.bincount(numbers[matrix.rows], minlength=len(sets)).tolist()
    found = [
        Combination(tuple(matrix.groups[one] for one in held), count)
        for held, count in zip(sets, counts, strict=True)
        if count
    ]
    return sorted(found, key=lambda one: (-one.people, [name.casefold() for name in one.groups]))


def sizes_table(matrix: Matrix) -> Table:
    """Group sizes, to hand over."""
    return Table(
        "Group sizes",
        ("Group", "People", "Enabled", "Disabled", "All members read"),
        lambda: [
            (one.group, one.people, one.enabled, one.disabled, "yes" if one.complete else "NO")
            for one in group_sizes(matrix)
        ],
    )


def status_table(matrix: Matrix) -> Table:
    """People by group and status, to hand over."""
    found = status_by_group(matrix)
    return Table(
        "Status by group",
        ("Group", "Status", "People"),
        lambda: [tuple(line) for line in found.itertuples(index=False)],
    )


def combinations_table(matrix: Matrix) -> Table:
    """Combinations of groups, to hand over."""
    return Table(
        "Combinations",
        ("Groups", "Number of groups", "People"),
        lambda: (
            ("; ".join(one.groups) or NO_GROUP, len(one.groups), one.people) for one in combinations(matrix)
        ),
    )


def pairs_table(matrix: Matrix) -> Table:
    """Pairs of groups that share people, to hand over."""

    def lines() -> list[tuple[str, str, int, int, int]]:
        found = pairs(matrix)
        size = np.diagonal(found.both)
        firsts, seconds = np.nonzero(np.triu(found.both, 1))
        order = np.argsort(-found.both[firsts, seconds], kind="stable")
        return [
            (found.groups[a], found.groups[b], int(found.both[a, b]), int(size[a]), int(size[b]))
            for a, b in zip(firsts[order].tolist(), seconds[order].tolist(), strict=True)
        ]

    return Table("Pairs of groups", ("Group", "Other group", "In both", "In group", "In other group"), lines)
