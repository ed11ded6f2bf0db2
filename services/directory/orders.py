"""The orders in which a pool's people are listed: for each one the numbers of all people, sorted.

A page anywhere is a slice of such an array. Sorted when first asked for; somebody who changes is put
where they belong.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.directory.folding import fold, text_column
from services.directory.people_order import PeopleOrder

Rows = np.ndarray[Any, np.dtype[np.int32]]
"""Numbers of people: the column `row` of `users`."""

SORTED_IN = 400
"""So many changed people are put into an order one by one; for more, everybody is sorted again."""

_BACKWARDS = frozenset({PeopleOrder.NEWEST, PeopleOrder.CHANGED})

COLUMNS = {
    PeopleOrder.NAME: ("name", "given_name", "family_name", "email", "phone_number", "username"),
    PeopleOrder.SIGN_IN: ("email", "phone_number", "username"),
    PeopleOrder.NEWEST: ("created",),
    PeopleOrder.OLDEST: ("created",),
    PeopleOrder.CHANGED: ("changed",),
}
"""What each order looks at."""

Fetch = Callable[[Iterable[str], "Rows | None"], Iterator[pa.RecordBatch]]
"""Gives `row` and some columns of everybody (or of these people only), a piece at a time."""


class Orders:
    """The orders of one pool. Safe between threads."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._lock = threading.RLock()
        self._made: dict[PeopleOrder, _Sorted] = {}

    def get(self, order: PeopleOrder) -> Rows:
        """Everybody, in this order (`STATUS` depends on the time: it is by name here)."""
        order = PeopleOrder.NAME if order is PeopleOrder.STATUS else order
        with self._lock:
            if order not in self._made:
                self._made[order] = _Sorted.of(order, self._fetch(COLUMNS[order], None))
            return self._made[order].rows

    def replace(self, rows: Iterable[int]) -> None:
        """These people changed, came or went: put them where they belong now."""
        changed = np.array(sorted(rows), np.int32)
        with self._lock:
            if len(changed) > SORTED_IN:
                self._made.clear()
            for order, kept in self._made.items():
                kept.replace(changed, self._fetch(COLUMNS[order], changed), order)


@dataclass
class _Sorted:
    """One order: `rows` sorted by `keys`, whose places are the numbers of people; `later` are newer keys."""

    backwards: bool
    rows: Rows
    keys: pa.Array
    places: Rows | None
    later: dict[int, tuple[Any, int]]

    @classmethod
    def of(cls, order: PeopleOrder, pieces: Iterator[pa.RecordBatch]) -> _Sorted:
        numbers, keys = _numbered_keys(order, pieces)
        if np.any(np.diff(numbers) < 0):
            keys = keys.take(np.argsort(numbers))
            numbers = np.sort(numbers)
        backwards = order in _BACKWARDS
        way = "descending" if backwards else "ascending"
        # a stable sort: people who are equal stay as they came
        rows = numbers[pc.array_sort_indices(keys, order=way).to_numpy()].astype(np.int32)
        places = None
        if len(numbers) and numbers[-1] != len(numbers) - 1:
            places = np.full(numbers[-1] + 1, -1, np.int32)
            places[numbers] = np.arange(len(numbers), dtype=np.int32)
        return cls(backwards, rows, keys, places, {})

    def weight(self, row: int) -> tuple[Any, int]:
        """What somebody is sorted by, as values that compare."""
        found = self.later.get(row)
        if found is not None:
            return found
        place = int(row if self.places is None else self.places[row])
        return self._weighed(self.keys[place], int(row))

    def _weighed(self, key: pa.Scalar, row: int) -> tuple[Any, int]:
        value = key.as_py()
        return (-value if self.backwards else value, row)

    def replace(self, changed: Rows, pieces: Iterator[pa.RecordBatch], order: PeopleOrder) -> None:
        numbers, keys = _numbered_keys(order, pieces)
        now = {row: self._weighed(key, row) for row, key in zip(numbers.tolist(), keys, strict=True)}
        known = len(self.keys) if self.places is None else len(self.places)
        moved = [
            row
            for row in changed.tolist()
            if (row >= known and row not in self.later) or self._moves(row, now)
        ]
        if not moved:
            return
        rows = self.rows[~np.isin(self.rows, np.array(moved, np.int32))]
        for row in moved:
            self.later.pop(row, None)
        self.later |= {row: now[row] for row in moved if row in now}
        coming = sorted((row for row in moved if row in now), key=now.__getitem__)
        at = [bisect.bisect_left(rows, now[row], key=self.weight) for row in coming]
        self.rows = np.insert(rows, at, np.array(coming, np.int32))

    def _moves(self, row: int, now: dict[int, tuple[Any, int]]) -> bool:
        return row not in now or self.weight(row) != now[row]


def _numbered_keys(order: PeopleOrder, pieces: Iterator[pa.RecordBatch]) -> tuple[Rows, pa.Array]:
    """The numbers of people and their keys. Of the columns only one piece is held at a time."""
    numbers, keys = [], []
    for piece in pieces:
        numbers.append(piece["row"].to_numpy())
        keys.append(sort_key(order, piece))
    if not keys:
        return np.array([], np.int32), pa.array([], pa.string())
    return np.concatenate(numbers), pa.concat_arrays(keys)


def sort_key(order: PeopleOrder, piece: pa.RecordBatch) -> pa.Array:
    """What people are sorted by; times are microseconds."""
    match order:
        case PeopleOrder.SIGN_IN:
            return fold(_labels(piece))
        case PeopleOrder.NEWEST | PeopleOrder.OLDEST | PeopleOrder.CHANGED:
            return pc.fill_null(piece[COLUMNS[order][0]].cast(pa.int64()), 0)
        case _:
            return _name_key(piece)


def _name_key(piece: pa.RecordBatch) -> pa.Array:
    """As `services.directory.filtering.by_name`: letters before signs, the nameless last."""
    given = [text_column(piece, name) for name in ("given_name", "family_name")]
    # ("skip" would leave out the rows in which both are null)
    whole = pc.binary_join_element_wise(*given, " ", null_handling="replace", null_replacement="")
    name = pc.utf8_trim_whitespace(pc.coalesce(text_column(piece, "name"), whole))
    nameless = pc.equal(name, "")
    text = fold(pc.if_else(nameless, _labels(piece), name))
    sign = pc.invert(pc.utf8_is_alpha(pc.utf8_slice_codeunits(text, 0, 1)))
    rank = pc.if_else(nameless, pc.if_else(sign, "3", "2"), pc.if_else(sign, "1", "0"))
    return pc.binary_join_element_wise(rank, text, "")


def _labels(piece: pa.RecordBatch) -> pa.Array:
    """What an operator recognises, as `User.label`."""
    return pc.coalesce(*(text_column(piece, name) for name in COLUMNS[PeopleOrder.SIGN_IN]), pa.scalar(""))
