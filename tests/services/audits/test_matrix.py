"""The matrix, cell by cell against a slow reading, and what it says where something wasn't read."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audits import matrix as matrices
from services.audits.matrix import IN, OUT, PERSON, UNTOLD, GroupMatch, MatrixFilter, matrix_of
from services.audits.tables import about, as_csv, as_xlsx
from services.cognito.models import User, UserStatus
from services.csv_safe import neutralise
from services.directory.filtering import STATE_TITLES, state_of
from services.directory.person_state import PersonState
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import MEMBERSHIPS_SCHEMA, Completeness, Snapshot
from services.errors import InvalidValue
from tests.services.audits.made_pools import GROUPS, POOL, World, person, world, worlds

filters = st.builds(
    MatrixFilter,
    text=st.sampled_from(["", "ann", "P1", "ann x"]),
    states=st.sampled_from(
        [(), (PersonState.ACTIVE,), (PersonState.UNCONFIRMED, PersonState.RESET), (PersonState.INVITED,)]
    ),
    enabled=st.sampled_from([None, True, False]),
    groups=st.lists(st.sampled_from(GROUPS), unique=True, max_size=3).map(tuple),
    held=st.sampled_from(list(GroupMatch)),
)


def state_now(user: User) -> PersonState:
    return state_of(user, POOL.policy, datetime.now(UTC))


def expected_rows(made: World, wanted: MatrixFilter) -> dict[str, set[str]]:
    """Username → groups shown, person by person."""
    groups = [group for group in wanted.groups if group in made.groups] or list(made.groups)
    found = {}
    for sub, user in made.people.items():
        words = [user.username, *(user.attributes.get(name, "") for name in matrices.SEARCHED)]
        mine = made.held[sub] & set(groups)
        fits = all(any(word in text.casefold() for text in words) for word in wanted.text.casefold().split())
        fits &= not wanted.states or state_now(user) in wanted.states
        fits &= wanted.enabled is None or user.enabled == wanted.enabled
        if wanted.groups:
            fits &= {
                GroupMatch.EVERYBODY: True,
                GroupMatch.ANY: bool(mine),
                GroupMatch.ALL: len(mine) == len(groups),
                GroupMatch.NONE: not mine,
            }[wanted.held]
        if fits:
            found[user.username] = mine
    return found


@settings(max_examples=40)
@given(worlds(), filters)
def test_each_cell_is_what_reading_person_by_person_says(made: World, wanted: MatrixFilter) -> None:
    shown = matrix_of(made.snapshot(), wanted)
    page = shown.page(0, 1000)
    groups = list(page.columns[len(PERSON) :])
    found = {}
    for line in page.itertuples(index=False, name=None):
        cells = dict(zip(groups, line[len(PERSON) :], strict=True))
        assert set(cells.values()) <= {IN, OUT}
        found[line[2]] = {name for name, cell in cells.items() if cell == IN}
        user = made.people[f"sub-{line[2][1:]}"]
        assert line[:5] == (
            user.label,
            user.name,
            user.username,
            STATE_TITLES[state_now(user)],
            "yes" if user.enabled else "no",
        )
    assert found == expected_rows(made, wanted)
    assert shown.sizes == {name: sum(name in mine for mine in found.values()) for name in groups}


@settings(max_examples=30)
@given(worlds())
def test_the_list_of_memberships_says_the_same(made: World) -> None:
    lines = list(matrix_of(made.snapshot()).long().rows())
    pairs = {(line[2], line[5]) for line in lines}
    expected = {(user.username, name) for sub, user in made.people.items() for name in made.held[sub] or {""}}
    assert pairs == expected
    assert len(lines) == len(expected)


def test_a_page_shows_only_its_people_and_the_groups_asked_for() -> None:
    made = world({number: ("billing",) if number % 2 else ("Ops",) for number in range(10)})
    page = matrix_of(made.snapshot()).page(4, 2, groups=("Ops",))
    assert list(page["Username"]) == ["p4", "p5"]
    assert list(page.columns) == [*PERSON, "Ops"]
    assert list(page["Ops"]) == [IN, OUT]
    assert list(page["Groups"]) == [1, 1]


def test_a_group_that_could_not_be_read_leaves_question_marks_and_never_blanks() -> None:
    made = world({1: ("billing",), 2: ("Ops",)})
    partly = Completeness(("The members of Ops could not be read.",), unread_groups=frozenset({"Ops"}))
    page = matrix_of(made.snapshot(completeness=partly)).page(0, 10).set_index("Username")
    assert dict(page["Ops"]) == {"p1": UNTOLD, "p2": IN}
    assert dict(page["billing"]) == {"p1": IN, "p2": OUT}


def test_a_gap_that_nobody_explained_leaves_every_blank_in_doubt() -> None:
    made = world({1: ("billing",), 2: ()})
    page = matrix_of(made.snapshot(completeness=Completeness(("A page was lost.",)))).page(0, 10)
    assert list(page["billing"]) == [IN, UNTOLD]


def test_every_line_of_a_csv_carries_the_statement_and_no_cell_is_a_formula() -> None:
    made = world({1: ("=cmd|x",), 2: ()})
    made.people["sub-1"] = person(1, attributes={"email": "+1@x.example", "name": "@SUM(A1)"})
    partly = Completeness(("Page 3 of the users failed.",), users_known=False)
    snapshot = made.snapshot(completeness=partly)
    data = as_csv(matrix_of(snapshot).wide(), about("Matrix", snapshot, made_by="ada"))
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert all("NOT complete. Page 3 of the users failed." in row["Completeness"] for row in rows)
    assert {row["Name"] for row in rows} == {neutralise("@SUM(A1)"), "Person 2"}
    assert neutralise("=cmd|x") in rows[0]


def test_a_csv_without_any_line_still_carries_the_statement() -> None:
    snapshot = world({}).snapshot()
    data = as_csv(matrix_of(snapshot).wide(), about("Matrix", snapshot, made_by="ada")).decode("utf-8-sig")
    assert data.count("Complete: all users, groups and memberships were read.") == 1


def test_a_workbook_tells_where_it_comes_from_and_holds_no_formula() -> None:
    made = world({1: ("=cmd|x", "billing"), 2: ("billing",)})
    made.people["sub-2"] = person(2, attributes={"name": "=HYPERLINK(1)", "email": "http://x.example"})
    snapshot = made.snapshot()
    shown = matrix_of(snapshot)
    head = about("Matrix", snapshot, made_by="ada", filter=shown.filter.sentence)
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([shown.wide(), shown.long()], head)))
    assert book.sheetnames == ["About", "Matrix", "Memberships"]
    told = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert told["User pool"] == "made (eu-west-1_Made)"
    assert told["Filter"] == "all people, all groups"
    assert "Complete" in told["Completeness"]
    assert "Complete" in book["Matrix"]["A1"].value
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]


def test_a_table_too_large_to_be_wide_says_what_to_take_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "MOST_CELLS", 3)
    shown = matrix_of(world({1: ("billing",), 2: ("Ops",)}).snapshot())
    assert not shown.is_wide_possible
    with pytest.raises(InvalidValue, match="2 people × 2 groups") as caught:
        shown.wide()
    assert "one line per membership" in caught.value.next_step


def large(people: int, groups: int, each: int) -> PoolTables:
    """A pool made of columns, as a scan leaves it."""
    small = world({1: ()}).read()
    subs = [f"sub-{number}" for number in range(people)]
    users = pa.table(
        {
            "sub": subs,
            "username": [f"p{number}" for number in range(people)],
            "status": [str(UserStatus.CONFIRMED)] * people,
            "enabled": [True] * people,
            "created": pa.array([small.about.taken_at] * people, small.users["created"].type),
            "changed": pa.array([small.about.taken_at] * people, small.users["created"].type),
            "email": [f"p{number}@example.com" for number in range(people)],
        }
    )
    names = [f"group-{number}" for number in range(groups)]
    pairs = [
        (subs[person], names[(person + place * 7) % groups])
        for person in range(people)
        for place in range(each)
    ]
    held = {"sub": [first for first, _ in pairs], "group": [name for _, name in pairs]}
    table = small.groups.schema.empty_table()
    listed = {name: pa.nulls(groups, table.schema.field(name).type) for name in table.column_names}
    return pool_of(
        Snapshot(
            small.about,
            users,
            pa.table({**listed, "name": pa.array(names)}),
            pa.table(held, schema=MEMBERSHIPS_SCHEMA),
        )
    )


def test_a_page_of_a_large_pool_is_as_long_as_asked() -> None:
    snapshot = large(20_000, 40, 3)
    shown = matrix_of(snapshot, MatrixFilter(text="p1", groups=("group-1", "group-2"), held=GroupMatch.ANY))
    page = shown.page(100, 50)
    assert len(page) == 50
