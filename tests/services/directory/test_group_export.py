"""The file of a group's members."""

from __future__ import annotations

import csv
import io

from services.bulk.columns import recognise
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import UserPool
from services.csv_safe import restore
from services.directory.group_export import HEADER, members_csv
from tests.services.directory.pool_stub import somebody


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_each_member_stands_on_a_line_of_their_own_with_this_group() -> None:
    rows = rows_of(members_csv("billing", [somebody(1, name="Ann\nEk"), somebody(2, phone_number="+46701")]))
    assert [row["sub"] for row in rows] == ["sub-00001", "sub-00002"]
    assert {row["groups"] for row in rows} == {"billing"}
    assert rows[0]["name"] == "Ann\nEk"
    assert rows[0]["created"].endswith("+00:00")


def test_no_cell_runs_as_a_formula_and_every_value_comes_back() -> None:
    hostile = ["=HYPERLINK(1)", "+46701", "@SUM", "-1", "\tx", "'=1"]
    rows = rows_of(members_csv("=g", [somebody(1, name=text) for text in hostile]))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())
    assert [restore(row["name"]) for row in rows] == hostile
    assert restore(rows[0]["groups"]) == "=g"


def test_the_onboarding_page_knows_every_column() -> None:
    columns = recognise(HEADER, UserPool("p", "P", schema=STANDARD_SCHEMA)).columns
    used = [column.heading for column in columns if column.target]
    assert used == [name for name in HEADER if name not in ("status", "created", "changed")]
    assert all(column.remark for column in columns if not column.target)
