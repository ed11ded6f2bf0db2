"""The orders in which a pool's people are listed: for each one the numbers of all people, sorted.

A page anywhere is a slice of such an array. Sorted when first asked for; somebody who changes is put
where they belong.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.directory.filtering import PeopleOrder
from services.directory.folding import fold, one_array, text_column

Rows = np.ndarray[Any, np.dtype[np.int32]]
"""Numbers of people: the column `row` of `users`."""

SORTED_IN = 400
"""So many changed people are put into an order one by one; for more, everybody is sorted again."""

COLUMNS = {
    PeopleOrder.NAME: ("name", "given_name", "family_name", "email", "phone_number", "username"),
    PeopleOrder.SIGN_IN: ("email", "phone_number", "username"),
    PeopleOrder.NEWEST: ("created",),
    PeopleOrder.OLDEST: ("created",),
    PeopleOrder.CHANGED: ("changed",),
}
"""What each order looks at."""

Fetch = Callable[[Iterable[str], "Rows | None"], pa.Table]
"""Gives `row` and some columns of everybody (or of these people only)."""


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

    rows: Rows
    keys: list[tuple[pa.Array, bool]]
    places: Rows | None
    later: dict[int, tuple[Any, ...]]

    @classmethod
    def of(cls, order: PeopleOrder, table: pa.Table) -> _Sorted:
        numbers = one_array(table["row"]).to_numpy()
        if np.any(np.diff(numbers) < 0):
            table = table.take(np.argsort(numbers))
            numbers = np.sort(numbers)
        keys = sort_keys(order, table)
        by = [(f"{n}", "descending" if backwards else "ascending") for n, (_, backwards) in enumerate(keys)]
        columns = pa.table([key for key, _ in keys], [name for name, _ in by])
        # a stable sort: people who are equal stay as they came
        rows = numbers[pc.sort_indices(columns, by).to_numpy()].astype(np.int32)
        places = None
        if len(numbers) and numbers[-1] != len(numbers) - 1:
            places = np.full(numbers[-1] + 1, -1, np.int32)
            places[numbers] = np.arange(len(numbers), dtype=np.int32)
        return cls(rows, keys, places, {})

    def weight(self, row: int) -> tuple[Any, ...]:
        """What somebody is sorted by, as values that compare."""
        found = self.later.get(row)
        if found is not None:
            return found
        place = int(row if self.places is None else self.places[row])
        return _weight(self.keys, place, int(row))

    def replace(self, changed: Rows, table: pa.Table, order: PeopleOrder) -> None:
        keys = sort_keys(order, table)
        now = {int(row): _weight(keys, at, int(row)) for at, row in enumerate(table["row"].to_pylist())}
        known = len(self.keys[0][0]) if self.places is None else len(self.places)
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

    def _moves(self, row: int, now: dict[int, tuple[Any, ...]]) -> bool:
        return row not in now or self.weight(row) != now[row]


def _weight(keys: list[tuple[pa.Array, bool]], place: int, row: int) -> tuple[Any, ...]:
    values = [(key[place].as_py(), backwards) for key, backwards in keys]
    return (*(-value if backwards else value for value, backwards in values), row)


def sort_keys(order: PeopleOrder, table: pa.Table) -> list[tuple[pa.Array, bool]]:
    """Columns to sort people by, each with whether backwards; times are microseconds."""
    match order:
        case PeopleOrder.SIGN_IN:
            return [(fold(_labels(table)), False)]
        case PeopleOrder.NEWEST | PeopleOrder.OLDEST | PeopleOrder.CHANGED:
            times = one_array(table[COLUMNS[order][0]]).cast(pa.int64())
            return [(pc.fill_null(times, 0), order is not PeopleOrder.OLDEST)]
        case _:
            return [(key, False) for key in _name_keys(table)]


def _name_keys(table: pa.Table) -> list[pa.Array]:
    """As `services.directory.filtering.by_name`: letters before signs, the nameless last."""
    given = [text_column(table, name) for name in ("given_name", "family_name")]
    # ("skip" would leave out the rows in which both are null)
    whole = pc.binary_join_element_wise(*given, " ", null_handling="replace", null_replacement="")
    name = pc.utf8_trim_whitespace(pc.coalesce(text_column(table, "name"), whole))
    nameless = pc.equal(name, "")
    text = fold(pc.if_else(nameless, _labels(table), name))
    sign = pc.invert(pc.utf8_is_alpha(pc.utf8_slice_codeunits(text, 0, 1)))
    return [nameless.cast(pa.uint8()), sign.cast(pa.uint8()), text]


def _labels(table: pa.Table) -> pa.Array:
    """What an operator recognises, as `User.label`."""
    return pc.coalesce(*(text_column(table, name) for name in COLUMNS[PeopleOrder.SIGN_IN]), pa.scalar(""))
