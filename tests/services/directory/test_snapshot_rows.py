"""Users and groups become rows of a snapshot, and come back as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from services.cognito.models import Group
from services.directory.snapshot_rows import (
    group_table,
    groups_of,
    rows_with,
    storable_user,
    user_from,
    user_rows,
    users_of,
)
from tests.services.directory.pool_stub import START, somebody

ATTRIBUTES = ("email", "name")
PEOPLE = [somebody(1, sub="sub-00001", name="Ann"), somebody(2, sub="sub-00002")]


def test_users_come_back_from_their_rows_without_what_they_lack() -> None:
    rows = user_rows(PEOPLE, ATTRIBUTES)
    assert rows["name"].to_pylist() == ["Ann", None]
    assert list(users_of(rows)) == PEOPLE


def test_a_user_comes_back_from_the_values_of_a_row() -> None:
    values = user_rows(PEOPLE, ATTRIBUTES).to_pylist()[0].values()
    dates = PEOPLE[0].created, PEOPLE[0].changed
    assert user_from(ATTRIBUTES, list(values), dates) == PEOPLE[0]


def test_what_is_known_of_their_invitation_comes_back_where_it_is_more_than_the_dates_say() -> None:
    values = list(user_rows(PEOPLE, ATTRIBUTES).to_pylist()[0].values())
    first, last = PEOPLE[0].created + timedelta(hours=1), PEOPLE[0].changed + timedelta(hours=2)
    told = user_from(ATTRIBUTES, values, (first, last))
    assert (told.invited_from, told.invited_until) == (first, last)


def test_a_row_with_more_values_than_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        values = list(user_rows(PEOPLE, ATTRIBUTES).to_pylist()[0].values())
        user_from(("email",), values, (PEOPLE[0].created, PEOPLE[0].changed))


def test_groups_come_back_from_their_table() -> None:
    groups = (Group("billing", "Bills", 3, created=START), Group("audit"))
    assert groups_of(group_table(groups)) == groups


def test_what_a_table_can_not_hold_becomes_a_question_mark() -> None:
    user = storable_user(replace(somebody(1), username="a\ud800", attributes={"name": "b\ud800"}))
    assert (user.username, user.attributes) == ("a?", {"name": "b?"})


def test_rows_are_chosen_by_the_values_of_a_column() -> None:
    table = pa.table({"sub": ["1", "2", "3"], "group": ["a", "b", "a"]})
    assert rows_with(table, "group", {"a"})["sub"].to_pylist() == ["1", "3"]
    assert rows_with(table, "group", ()).num_rows == 0
