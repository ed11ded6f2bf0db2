"""Values that many people share (a team, a surname, a set of groups), each kept once and known by its code.

    teams = ValueCodes()
    codes = teams.codes(column)                    # what a table holds beside the values
    fits_codes("team_code", teams.containing("nord"), bind)

A condition is asked of each different value; of each person it is one bit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.directory.folding import fold, one_array
from services.directory.people import sorted_names

Fits: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
"""Of each code whether it fits."""
Codes: TypeAlias = "np.ndarray[Any, np.dtype[np.int32]]"

MOST_SHARED = 5_000
"""A column with more different values in its first piece is looked through person by person."""


def fits_codes(column: str, fits: Fits, bind: Callable[[bytes], str]) -> str:
    """SQL: whether a column of codes holds one that fits. `bind` gives a value its name in the query.

    A code that is newer than `fits` doesn't fit.
    """
    count = int(np.count_nonzero(fits))
    if count == 0:
        return "false"
    if count == 1:
        return f"{column} = {int(fits.argmax())}"
    bits = np.packbits(np.append(fits, False)).tobytes()
    return f"get_bit({bind(bits)}::BLOB::BIT, least({column}, {len(fits)})) = 1"


class ValueCodes:
    """The different values of a text column and their codes; null has the code 0.

    One thread at a time may add values, while others ask.
    """

    def __init__(self) -> None:
        nothing = pa.nulls(1, pa.string())
        self._kept = (nothing, nothing)

    @staticmethod
    def suits(column: pa.Array) -> bool:
        """Whether the values of a column, going by a piece of it, are shared by many."""
        return len(_different(column)) <= min(len(column) // 2, MOST_SHARED)

    def codes(self, column: pa.Array) -> pa.Array:
        """The code of each value (int32); those not met before are added."""
        words = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        values, foldeds = self._kept
        new = words.dictionary.filter(pc.invert(pc.is_in(words.dictionary, value_set=values)))
        if len(new):
            values = pa.concat_arrays([values, new])
            self._kept = (values, pa.concat_arrays([foldeds, fold(new)]))
        known = pc.index_in(words.dictionary, value_set=values)
        return pc.fill_null(known.take(words.indices), 0)

    def containing(self, part: str) -> Fits:
        """Values with `part` (folded) in them, without accents and case; never empty ones."""
        values, foldeds = self._kept
        return _bools(pc.and_(pc.match_substring(foldeds, part), pc.not_equal(values, "")))

    def equal(self, value: str) -> Fits:
        """The value that is exactly this."""
        return _bools(pc.equal(self._kept[0], value))

    def empty(self) -> Fits:
        """Null and the empty text."""
        return _bools(pc.equal(pc.fill_null(self._kept[0], ""), ""))

    def where(self, test: Callable[[str], bool]) -> Fits:
        """Values of which `test` is true; never null."""
        return np.array([value is not None and test(value) for value in self._kept[0].to_pylist()], bool)


class _Sets(NamedTuple):
    """Sets of groups: `keys` hold their numbers, four bytes each, and so do `groups` from end to end."""

    keys: pa.Array
    groups: Codes
    ends: np.ndarray[Any, np.dtype[np.int64]]

    @classmethod
    def of(cls, keys: pa.Array) -> _Sets:
        _, ends, data = keys.buffers()
        places = np.frombuffer(ends, np.int32)[keys.offset : keys.offset + len(keys) + 1] // 4
        groups = np.frombuffer(data or b"", np.int32)
        return cls(keys, groups[places[0] : places[-1]], places.astype(np.int64) - places[0])

    def with_any(self, wanted: Fits) -> Fits:
        """Sets with a wanted group; `wanted` says it of each of `groups`."""
        counts = np.concatenate(([0], np.cumsum(wanted)))
        fits: Fits = counts[self.ends[1:]] > counts[self.ends[:-1]]
        return fits


class GroupSets:
    """The different sets of groups that people are in, each with its code; the groups in reading order.

    One thread at a time may add sets, while others ask.
    """

    def __init__(self, names: Sequence[str], keys: pa.Array) -> None:
        """`keys` are the sets: the places of their groups in `names`, ascending, as int32 in bytes."""
        self._names = {name: number for number, name in enumerate(names)}
        self._sets = _Sets.of(keys)
        self._by_key: dict[bytes, int] | None = None  # made for the first change

    def __len__(self) -> int:
        return len(self._sets.keys)

    def holding(self, groups: Iterable[str]) -> Fits:
        """Sets with at least one of these groups."""
        sets = self._sets
        wanted = np.zeros(len(self._names), bool)
        wanted[[self._names[name] for name in groups if name in self._names]] = True
        return sets.with_any(wanted[sets.groups])

    def containing(self, part: str) -> Fits:
        """Sets with a group in whose name `part` (folded) occurs."""
        sets = self._sets
        names = fold(pa.array(list(self._names), pa.string()))
        fits = _bools(pc.match_substring(names, part))
        return sets.with_any(fits[sets.groups]) if fits.any() else np.zeros(len(sets.keys), bool)

    def lists(self, codes: pa.Array) -> pa.ListArray:
        """The names of each set, a list of strings; an empty one for null."""
        asked = _Sets.of(self._sets.keys.take(codes))
        return pa.ListArray.from_arrays(pa.array(asked.ends, pa.int32()), self._named(asked.groups))

    def codes(self, lists: Sequence[Collection[str]]) -> pa.Array:
        """The code of each set (int32); those not met before are added."""
        if self._by_key is None:
            self._by_key = {key: code for code, key in enumerate(self._sets.keys.to_pylist())}
        for name in (name for names in lists for name in names):
            self._names.setdefault(name, len(self._names))
        known, codes = len(self._by_key), []
        for names in lists:
            numbers = [self._names[name] for name in sorted_names(names)]
            codes.append(self._by_key.setdefault(np.array(numbers, np.int32).tobytes(), len(self._by_key)))
        new = list(itertools.islice(self._by_key, known, None))
        if new:
            self._sets = _Sets.of(pa.concat_arrays([self._sets.keys, pa.array(new, pa.binary())]))
        return pa.array(codes, pa.int32())

    def table(self, first: int = 0) -> pa.Table:
        """Which groups are in the sets from the code `first` on: `group_set`, `group`."""
        asked = _Sets.of(self._sets.keys.slice(first))
        codes = np.repeat(np.arange(first, len(self)), np.diff(asked.ends)).astype(np.int32)
        return pa.table({"group_set": codes, "group": self._named(asked.groups)})

    def _named(self, groups: Codes) -> pa.Array:
        return pa.array(list(self._names), pa.string()).take(pa.array(groups))


class LoadedMemberships:
    """The memberships of a pool that is loaded: of each person the code of their set of groups.

    Each pair counts once, strangers are left out. `strangers` are the groups with members who aren't
    there; `names` all groups, in reading order.
    """

    def __init__(
        self, rows: pa.ChunkedArray, held: pa.ChunkedArray, people: int, groups: Sequence[str]
    ) -> None:
        """`rows` (as `rows_of`) and `held`: who is in which group. `people`: how many people there are."""
        self.names = sorted_names([*groups, *pc.unique(held).to_pylist()])
        numbers = pc.index_in(held, value_set=pa.array(self.names, pa.string())).to_numpy()
        pairs = pc.fill_null(rows, -1).to_numpy().astype(np.int64) * max(1, len(self.names)) + numbers
        self.strangers = frozenset(self.names[int(number)] for number in np.unique(numbers[pairs < 0]))
        pairs.sort()
        pairs = pairs[(pairs >= 0) & np.concatenate(([True], pairs[1:] != pairs[:-1]))[: len(pairs)]]
        owners, numbers = np.divmod(pairs, max(1, len(self.names)))
        counts = np.bincount(owners, minlength=people)
        self.counts: Codes = counts.astype(np.int32)
        ends = pa.py_buffer((np.concatenate(([0], np.cumsum(counts))) * 4).astype(np.int32))
        data = pa.py_buffer(numbers.astype(np.int32))
        keys = pa.Array.from_buffers(pa.binary(), people, [None, ends, data]).dictionary_encode()
        self.sets = GroupSets(self.names, keys.dictionary)
        self.codes: Codes = keys.indices.to_numpy()


def rows_of(memberships: pa.Table, subs: pa.Array) -> pa.ChunkedArray:
    """Who the members are, as places in `subs`; null for strangers."""
    return pc.index_in(memberships["sub"], value_set=subs)


def _different(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return pc.unique(column.indices)
    return pc.unique(column)


def _bools(answers: pa.Array) -> Fits:
    fits: Fits = one_array(pc.fill_null(answers, False)).to_numpy(zero_copy_only=False)
    return fits
