"""Sizes, pairs and combinations of groups against counting person by person; charts that can be drawn."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from itertools import product

import vl_convert
from hypothesis import given, settings

from services.audits import charts
from services.audits import matrix as matrices
from services.audits.matrix import MatrixFilter, matrix_of
from services.cognito.models import Group
from services.directory.filtering import STATE_TITLES, state_of
from services.directory.snapshot import Completeness
from tests.services.audits.made_pools import POOL, World, world, worlds
from tests.services.audits.pools import snapshot, user


@settings(max_examples=40)
@given(worlds())
def test_numbers_are_those_of_counting_person_by_person(made: World) -> None:
    matrix, now = matrix_of(made.snapshot()), datetime.now(UTC)
    sizes = {size.group: (size.enabled, size.disabled) for size in matrices.group_sizes(matrix)}
    by_status: Counter[tuple[str, str]] = Counter()
    for name in made.groups:
        members = [made.people[sub] for sub, held in made.held.items() if name in held]
        assert sizes[name] == (
            sum(member.enabled for member in members),
            sum(not member.enabled for member in members),
        )
        by_status.update((name, STATE_TITLES[state_of(member, POOL.policy, now)]) for member in members)
    lines = matrices.status_by_group(matrix).itertuples(index=False, name=None)
    assert {(group, status): count for group, status, count in lines} == dict(by_status)
    found = matrices.pairs(matrix)
    for (a, listed), (b, other) in product(enumerate(found.groups), repeat=2):
        assert found.both[a, b] == sum({listed, other} <= held for held in made.held.values())
    counted = Counter(frozenset(held) for held in made.held.values())
    assert {
        frozenset(combination.groups): combination.people for combination in matrices.combinations(matrix)
    } == dict(counted)


def test_the_filter_of_the_matrix_holds_for_the_picture() -> None:
    made = world({1: ("billing", "Ops"), 2: ("billing",), 3: ("Ops",)})
    matrix = matrix_of(made.snapshot(), MatrixFilter(text="p1"))
    assert {size.group: size.people for size in matrices.group_sizes(matrix)} == {"billing": 1, "Ops": 1}
    assert [combination.groups for combination in matrices.combinations(matrix)] == [("billing", "Ops")]


def test_pairs_count_the_largest_groups_only() -> None:
    made = world({1: ("a", "b", "c"), 2: ("a", "b"), 3: ("a",)})
    found = matrices.pairs(matrix_of(made.snapshot()), most=2)
    assert found.groups == ("a", "b")
    assert found.both.tolist() == [[3, 2], [2, 2]]
    assert found.share(0, 1) == 2 / 3
    assert found.share(1, 0) == 1


def test_a_size_that_may_be_larger_is_marked_in_table_and_chart() -> None:
    made = world({1: ("billing",), 2: ("Ops",)})
    partly = Completeness(("Ops failed.",), unread_groups=frozenset({"Ops"}))
    matrix = matrix_of(made.snapshot(completeness=partly))
    sizes = matrices.group_sizes(matrix)
    assert {size.group: size.complete for size in sizes} == {"billing": True, "Ops": False}
    assert [line[-1] for line in matrices.sizes_table(matrix).rows()] == ["yes", "NO"]
    assert "Ops (not all read)" in json.dumps(charts.size_chart(sizes, "made").to_dict())


def test_charts_have_titles_units_and_a_description_and_can_be_printed() -> None:
    made = world({1: ("billing", "=cmd|x"), 2: ("billing",), 3: ()})
    matrix = matrix_of(made.snapshot())
    sizes = matrices.group_sizes(matrix)
    drawn = [
        charts.size_chart(sizes, "made"),
        charts.status_chart(matrices.status_by_group(matrix), [size.group for size in sizes], "made"),
        charts.overlap_chart(matrices.pairs(matrix), "made"),
        charts.combination_chart(matrices.combinations(matrix), "made"),
    ]
    for chart in drawn:
        spec = chart.to_dict()
        assert "made" in json.dumps(spec["title"])
        assert spec["description"]
        svg = vl_convert.vegalite_to_svg(json.dumps(spec))
        assert "People" in svg or "people" in svg
        assert "=cmd|x" in svg


def test_charts_of_a_pool_without_groups_can_be_drawn() -> None:
    matrix = matrix_of(world({1: ()}).snapshot())
    for chart in (
        charts.size_chart(matrices.group_sizes(matrix), "made"),
        charts.status_chart(matrices.status_by_group(matrix), [], "made"),
        charts.overlap_chart(matrices.pairs(matrix), "made"),
        charts.combination_chart(matrices.combinations(matrix), "made"),
    ):
        assert vl_convert.vegalite_to_svg(chart.to_json())


def test_the_tables_to_hand_over_say_what_the_pictures_say() -> None:
    matrix = matrix_of(world({1: ("billing", "Ops"), 2: ("billing",), 3: ()}).snapshot())
    assert list(matrices.pairs_table(matrix).rows()) == [("billing", "Ops", 1, 2, 1)]
    assert list(matrices.combinations_table(matrix).rows()) == [
        (matrices.NO_GROUP, 0, 1),
        ("billing", 1, 1),
        ("billing; Ops", 2, 1),
    ]
    assert ("billing", "Active", 2) in list(matrices.status_table(matrix).rows())


def test_groups_whose_long_names_begin_and_end_alike_are_not_added_up() -> None:
    names = [f"{'x' * 40}{number}{'x' * 40}" for number in range(3)]
    users = [user("ann"), user("bo")]
    read = snapshot(users, [Group(name) for name in names], {"ann": names, "bo": names[:1]})
    picture = charts.group_picture(read)
    assert picture is not None
    shown = "x" * 29 + "…" + "x" * 18
    assert picture.words == f"{shown} (1): 2; {shown} (2): 1; {shown} (3): 1"
