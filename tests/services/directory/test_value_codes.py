"""Shared values and sets of groups stand for the same people as the values themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from services.directory.engine import database
from services.directory.pool import binding
from services.directory.value_codes import GroupSets, LoadedMemberships, ValueCodes, fits_codes


def fitting(codes: Sequence[int], fits: Sequence[bool]) -> list[int]:
    """Those of the codes that the engine says fit."""
    values: dict[str, object] = {}
    where = fits_codes("code", np.array(fits, bool), binding(values))
    table = "(SELECT unnest($codes::INTEGER[]) AS code)"
    found = database(0).execute(f"SELECT code FROM {table} WHERE {where}", {"codes": codes, **values})
    return [code for (code,) in found.fetchall()]


@pytest.mark.parametrize(
    ("fits", "found"),
    [
        ([False] * 3, []),
        ([False, True, False], [1]),
        ([True, False, True], [0, 2]),
        ([True] * 3, [0, 1, 2]),
        ([True, True] + [False] * 7 + [True], [0, 1]),
    ],
)
def test_a_person_fits_whose_code_fits(fits: list[bool], found: list[int]) -> None:
    assert fitting([0, 1, 2], fits) == found


def test_a_value_that_came_after_the_question_fits_nothing() -> None:
    assert fitting([0, 1, 2, 3, 8, 500], [True, True, False]) == [0, 1]


def test_values_keep_their_codes_when_others_come() -> None:
    teams = ValueCodes()
    first = teams.codes(pa.array(["Nord", None, "Süd", "Nord"]))
    later = teams.codes(pa.array(["Ost", "Süd", ""]).dictionary_encode())
    assert first.to_pylist() == [1, 0, 2, 1]
    assert later.to_pylist() == [3, 2, 4]
    assert teams.containing("su").tolist() == [False, False, True, False, False]
    assert teams.containing("").tolist() == [False, True, True, True, False]
    assert teams.equal("Ost").tolist() == [False, False, False, True, False]
    assert teams.empty().tolist() == [True, False, False, False, True]
    assert teams.where(str.islower).tolist() == [False] * 5


@pytest.mark.parametrize(
    ("values", "suits"),
    [
        (["a", "a", "b", "b"], True),
        (["a", "b", "c"], False),
        ([str(n % 5_001) for n in range(20_000)], False),
    ],
)
def test_codes_are_for_values_that_many_share(values: list[str], suits: bool) -> None:
    assert ValueCodes.suits(pa.array(values)) is suits
    assert ValueCodes.suits(pa.array(values).dictionary_encode()) is suits


@pytest.fixture
def loaded() -> LoadedMemberships:
    """Four people: in two groups, in none, in one (said twice), in the same two; and a stranger."""
    rows = pa.chunked_array([pa.array([0, 2, 0, None], pa.int32()), pa.array([3, 3, 2], pa.int32())])
    held = ["b", "a", "A", "x", "A", "b", "a"]
    return LoadedMemberships(rows, pa.chunked_array([pa.array(held)]), 4, ["empty"])


def test_memberships_are_loaded_as_sets_without_strangers(loaded: LoadedMemberships) -> None:
    sets, codes = loaded.sets, pa.array(loaded.codes)
    assert sets.lists(codes).to_pylist() == [["A", "b"], [], ["a"], ["A", "b"]]
    assert loaded.counts.tolist() == [2, 0, 1, 2]
    assert (loaded.names, loaded.strangers) == (("A", "a", "b", "empty", "x"), {"x"})
    assert sets.holding(["b", "nobody's"])[loaded.codes].tolist() == [True, False, False, True]
    assert sets.containing("a")[loaded.codes].tolist() == [True, False, True, True]
    assert not sets.containing("e").any()


def test_sets_met_before_keep_their_codes_and_new_ones_are_listed(loaded: LoadedMemberships) -> None:
    sets, known = loaded.sets, len(loaded.sets)
    again, new, newer = sets.codes([["b", "A"], ["a", "new"], []]).to_pylist()
    assert (again, newer) == (loaded.codes[0], loaded.codes[1])
    assert sets.lists(pa.array([new], pa.int32())).to_pylist() == [["a", "new"]]
    assert sets.table(known).to_pylist() == [
        {"group_set": new, "group": "a"},
        {"group_set": new, "group": "new"},
    ]
    assert sets.holding(["new"]).tolist() == [False] * known + [True]


def test_a_pool_without_groups_has_the_empty_set() -> None:
    loaded = LoadedMemberships(
        pa.chunked_array([pa.array([], pa.int32())]), pa.chunked_array([pa.array([], pa.string())]), 2, []
    )
    assert loaded.sets.lists(pa.array(loaded.codes)).to_pylist() == [[], []]
    assert isinstance(loaded.sets, GroupSets)
