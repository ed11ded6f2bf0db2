"""A snapshot prepared for searching: text folded once, memberships by row, orders made when first used.

Built in about 5 µs per person; kept with the snapshot (`index_of`), so that everybody shares it.
"""

from __future__ import annotations

import bisect
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.directory.filtering import ORDERS, Order
from services.directory.people import Person, sorted_names
from services.directory.search_carried import Carried, Mask, Rows
from services.directory.search_text import containing, fold, one_array, text_column
from services.directory.snapshot import Snapshot
from services.directory.snapshot_rows import rows_with, users_of

AT_ONCE = 100_000
"""People folded at a time, which bounds the memory of building."""
WORDS_KEPT = 32
SORTED_IN = 400
"""So many changed people are put into an order one by one; for more, everybody is sorted again."""


class SearchIndex:
    """Answers what a search asks of a snapshot. Safe between threads."""

    def __init__(self, snapshot: Snapshot, base: SearchIndex | None = None) -> None:
        """`base`: the index of `snapshot.base`, of which most is taken over then."""
        self.about = snapshot.about
        self.users: pa.Table = snapshot.users
        self.group_names = _group_names(snapshot)
        self._group_code = {name: code for code, name in enumerate(self.group_names)}
        self._lock = threading.Lock()
        self._words: OrderedDict[str, Any] = OrderedDict()
        self._orders: dict[Order, Rows] = {}
        self._carried = None if base is None else Carried.of(base.users, snapshot)
        self._base = base
        self._member_rows, self._member_codes = self._memberships(snapshot)
        self._first: Rows = np.searchsorted(self._member_rows, np.arange(len(self) + 1)).astype(np.int32)
        self.texts = self._texts()

    def __len__(self) -> int:
        return int(self.users.num_rows)

    @property
    def nbytes(self) -> int:
        """Bytes held besides the snapshot's own."""
        arrays = [self._member_rows, self._member_codes, self._first, *self._orders.values()]
        return int(self.texts.nbytes) + sum(one.nbytes for one in arrays)

    def with_word(self, word: str, among: Mask | None = None) -> Mask:
        """Who has `word` (folded, without spaces) anywhere; `among`: nobody else need be looked at."""
        with self._lock:
            packed = self._words.get(word)
        if packed is not None:
            return np.unpackbits(packed, count=len(self)).astype(bool)
        if among is not None and np.count_nonzero(among) * 4 < len(self):
            rows = np.flatnonzero(among)
            found = np.zeros(len(self), bool)
            found[rows] = _mask(containing(self.texts.take(pa.array(rows)), word))
            return found
        found = _mask(containing(self.texts, word))
        with self._lock:
            self._words[word] = np.packbits(found)
            while len(self._words) > WORDS_KEPT:
                self._words.popitem(last=False)
        return found

    def forget_words(self) -> None:
        """Look for every word afresh (for measuring)."""
        with self._lock:
            self._words.clear()

    def in_group(self, name: str) -> Mask:
        """The members of a group."""
        return self.in_any((name,))

    def in_any(self, names: Collection[str]) -> Mask:
        """Who is in one of these groups."""
        codes = [self._group_code[name] for name in names if name in self._group_code]
        found = np.zeros(len(self), bool)
        found[self._member_rows[np.isin(self._member_codes, codes)]] = True
        return found

    @cached_property
    def group_counts(self) -> Rows:
        """In how many groups each person is."""
        return np.diff(self._first).astype(np.int32)

    def groups_of(self, row: int) -> tuple[str, ...]:
        """Names of the groups of one person, in reading order."""
        codes = self._member_codes[self._first[row] : self._first[row + 1]]
        return tuple(self.group_names[code] for code in codes)

    def groups_column(self, rows: Rows) -> pa.Array:
        """Names of the groups of these people: a list of strings each."""
        counts = self.group_counts[rows]
        offsets = np.concatenate(([0], np.cumsum(counts)))
        # the places of each person's memberships, one person after the other
        places = np.arange(offsets[-1]) + np.repeat(self._first[rows] - offsets[:-1], counts)
        names = pa.array(self.group_names, pa.string()).take(pa.array(self._member_codes[places]))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), names)

    def those(self, subs: Iterable[str]) -> Mask:
        """The people with these subs; who isn't there is left out."""
        return _mask(pc.is_in(self.users["sub"], value_set=pa.array(list(subs), pa.string())))

    def order(self, order: Order) -> Rows:
        """Everybody, in this order (`STATUS` depends on the time: it is by name here)."""
        order = Order.NAME if order is Order.STATUS else order
        with self._lock:
            found = self._orders.get(order)
            if found is None:
                found = self._orders[order] = self._ordered(order)
            return found

    def _ordered(self, order: Order) -> Rows:
        """Sorted anew, or as in the base with those who changed put where they belong."""
        carried = self._carried
        if self._base is None or carried is None or len(carried.changed) > SORTED_IN:
            return self._sorted(order)
        key, backwards = ORDERS[order]
        kept = carried.place[self._base.order(order)]
        kept = kept[kept >= 0]

        def weight(row: int) -> tuple[Any, int]:
            value = key(self.person(int(row)))
            return (-value.timestamp() if backwards else value), int(row)

        coming = sorted(carried.changed.tolist(), key=weight)
        at = [bisect.bisect_left(kept, weight(row), key=weight) for row in coming]
        return np.insert(kept, at, np.array(coming, np.int32))

    def person(self, row: int) -> Person:
        """The person at one place."""
        return self.people(np.array([row], np.int32))[0]

    def people(self, rows: Rows) -> list[Person]:
        """The people at these places, in this order; meant for a page of them."""
        known = self.about.completeness.groups_known
        users = users_of(self.users.take(pa.array(rows)))
        return [
            Person(user, self.groups_of(int(row)) if known else None)
            for user, row in zip(users, rows, strict=True)
        ]

    def _sorted(self, order: Order) -> Rows:
        match order:
            case Order.SIGN_IN:
                keys = [(fold(self._labels()), "ascending")]
            case Order.NEWEST | Order.OLDEST:
                direction = "descending" if order is Order.NEWEST else "ascending"
                keys = [(self.users["created"], direction)]
            case Order.CHANGED:
                keys = [(self.users["changed"], "descending")]
            case _:
                keys = [(one, "ascending") for one in self._name_keys()]
        table = pa.table([key for key, _ in keys], [f"{n}" for n in range(len(keys))])
        by = [(f"{n}", direction) for n, (_, direction) in enumerate(keys)]
        return np.asarray(pc.sort_indices(table, by).to_numpy(), np.int32)

    def _name_keys(self) -> list[Any]:
        """As `services.directory.filtering.by_name`: letters before signs, the nameless last."""
        given = [text_column(self.users, name) for name in ("given_name", "family_name")]
        # ("skip" would leave out the rows in which both are null)
        whole = pc.binary_join_element_wise(*given, " ", null_handling="replace", null_replacement="")
        name = pc.utf8_trim_whitespace(pc.coalesce(text_column(self.users, "name"), whole))
        nameless = pc.equal(name, "")
        text = fold(pc.if_else(nameless, self._labels(), name))
        sign = pc.invert(pc.utf8_is_alpha(pc.utf8_slice_codeunits(text, 0, 1)))
        return [nameless.cast(pa.uint8()), sign.cast(pa.uint8()), text]

    def _labels(self) -> pa.Array:
        """What an operator recognises, as `User.label`."""
        names = ("email", "phone_number", "username")
        return pc.coalesce(*(text_column(self.users, name) for name in names), pa.scalar(""))

    def _memberships(self, snapshot: Snapshot) -> tuple[Rows, Rows]:
        """Row of the person and code of the group of each membership, person by person."""
        names = pa.array(self.group_names, pa.string())
        table = snapshot.memberships
        row = code = np.empty(0, np.int32)
        if self._base is not None and self._carried is not None:
            old = self._base
            recoded = pc.index_in(pa.array(old.group_names, pa.string()), value_set=names)
            code = _places(recoded)[old._member_codes] if old.group_names else code
            row = self._carried.place[old._member_rows]
            kept = (row >= 0) & (code >= 0)
            row, code = row[kept], code[kept]
            table = rows_with(table, "sub", snapshot.changed)
        rows = _places(pc.index_in(one_array(table["sub"]), value_set=self._subs(snapshot)))
        if self._carried is not None:
            rows = self._carried.changed[rows]
        row = np.concatenate((row, rows))
        code = np.concatenate((code, _places(pc.index_in(one_array(table["group"]), value_set=names))))
        place = np.lexsort((code, row))
        return row[place], code[place]

    def _subs(self, snapshot: Snapshot) -> Any:
        """Where new memberships are looked up: everybody, or those who changed."""
        subs = one_array(snapshot.users["sub"])
        return subs if self._carried is None else subs.take(pa.array(self._carried.changed))

    def _texts(self) -> pa.ChunkedArray:
        """Everything that a search looks at, one line a piece, for each person."""
        if self._base is not None and self._carried is not None:
            return self._carried.texts(self._base.texts, self.text_of)
        starts = range(0, len(self), AT_ONCE)
        rows = (np.arange(start, min(start + AT_ONCE, len(self)), dtype=np.int32) for start in starts)
        return pa.chunked_array([self.text_of(one) for one in rows], pa.string())

    def text_of(self, rows: Rows) -> pa.Array:
        """What a search looks at of these people."""
        names = [
            field.name
            for field in self.users.schema
            if pa.types.is_string(field.type) and field.name != "status"
        ]
        there = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        part = self.users.slice(int(rows[0]), len(rows)) if there else self.users.take(pa.array(rows))
        columns = {name: fold(part[name]) for name in names}
        # in pools where people sign in by e-mail the username is the sub: once is enough
        same = pc.equal(columns["username"], columns["sub"])
        columns["username"] = pc.if_else(same, pa.scalar(None, pa.string()), columns["username"])
        groups = pc.binary_join(fold_lists(self.groups_column(rows)), "\n")
        return pc.binary_join_element_wise(*columns.values(), groups, "\n", null_handling="skip")


def fold_lists(lists: pa.ListArray) -> pa.ListArray:
    """A list column with every text in it folded."""
    return pa.ListArray.from_arrays(lists.offsets, fold(lists.values))


def _group_names(snapshot: Snapshot) -> tuple[str, ...]:
    named = pc.unique(snapshot.memberships["group"]).to_pylist()
    return sorted_names([*snapshot.groups["name"].to_pylist(), *named])


def _mask(column: Any) -> Mask:
    values: Mask = np.asarray(one_array(column).to_numpy(zero_copy_only=False), bool)
    return values


def _places(column: Any) -> Rows:
    """Places found by `index_in`; -1 for what wasn't."""
    values: Rows = np.asarray(pc.fill_null(column, -1).to_numpy(zero_copy_only=False), np.int32)
    return values


def index_of(snapshot: Snapshot) -> SearchIndex:
    """The index of a snapshot, built at the first call and kept as long as the snapshot is."""
    kept = snapshot.__dict__  # where a cached property of a frozen class keeps its value, too
    with kept.setdefault("_search_lock", threading.Lock()):
        index = kept.get("_search_index")
        if index is None:
            base = None if snapshot.base is None else index_of(snapshot.base)
            index = kept["_search_index"] = SearchIndex(snapshot, base)
    return index
