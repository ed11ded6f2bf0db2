"""Tables whose rows lead on and can be ticked; what the browser is told of their cells."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from console.widgets.table import Column, _column, fingerprint
from tests.fixtures.tables import open_row, tables, tick


def script() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.widgets.table import pick  # noqa: PLC0415

    names = st.session_state.get("names", ["Ann", "Bo", "Chidi"])
    picked = pick({"Name": names}, "People", name="people", identity=names, opens="Name", ticks="many")
    st.text(f"{picked.opened} {picked.ticked}")


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(script, default_timeout=60).run()


def ticked(page: AppTest, *rows: int) -> AppTest:
    tick(page, tables(page)[0], *rows)
    return page.run()


def test_a_click_and_ticks_are_told_by_their_rows(page: AppTest) -> None:
    assert page.text[0].value == "None ()"
    assert ticked(page, 0, 2).text[0].value == "None (0, 2)"
    open_row(page, tables(page)[0], 1)
    assert page.run().text[0].value.startswith("1 ")


def test_a_table_that_is_drawn_anew_knows_its_ticks(page: AppTest) -> None:
    assert tables(page)[0].ticked == []
    assert tables(ticked(page, 0, 2))[0].ticked == [0, 2]


def test_ticks_never_pass_on_to_other_rows_or_another_order(page: AppTest) -> None:
    ticked(page, 0)
    page.session_state["names"] = ["Bo", "Ann", "Chidi"]
    assert page.run().text[0].value == "None ()"
    assert tables(page)[0].ticked == []


@pytest.mark.parametrize("row", [3, -1])
def test_a_click_beyond_the_rows_opens_nothing(page: AppTest, row: int) -> None:
    open_row(page, tables(page)[0], row)
    assert page.run().text[0].value == "None ()"
    assert ticked(page, 0, row).text[0].value == "None (0,)"


def twice() -> None:
    from console.widgets.table import show_table  # noqa: PLC0415

    show_table({"Claim": ["iss"]}, "What the token says")
    show_table({"Claim": ["iss"]}, "What the token says")


def test_two_tables_of_a_page_may_be_said_to_be_the_same() -> None:
    page = AppTest.from_function(twice, default_timeout=60).run()
    assert not page.exception
    assert [table.value["Claim"][0] for table in tables(page)] == ["iss", "iss"]


def test_a_print_tells_lists_and_their_order_apart() -> None:
    prints = {fingerprint(names) for names in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""], "\ud800")}
    assert len(prints) == 5


NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
TOLD = [NOON.timestamp(), "4 Mar 2026, 02:00", "3 Mar 2026, 12:00 UTC"]


@pytest.mark.parametrize(
    ("given", "kind", "values"),
    [
        (["a", "", None], "text", ["a", "", None]),
        ([1, 2.5, float("nan")], "number", [1, 2.5, None]),
        ([float("inf"), 1.5], "number", ["inf", 1.5]),
        (pd.Series([np.array(["a", "b"]), None]), "list", [["a", "b"], None]),
        ([["a", None]], "list", [["a", ""]]),
        ([datetime.max.replace(tzinfo=UTC)], "minute", [[253402300800.0, "9999-12-31 23:59:59.999999", ""]]),
        ([2**70, 1], "number", ["1180591620717411303424", 1]),
        ([1, "a", None], "text", ["1", "a", None]),
        ([True, 1], "text", ["True", "1"]),
        ([True, False, None], "check", [True, False, None]),
        ([["a", "b"], []], "list", [["a", "b"], []]),
        ([NOON, NOON.replace(tzinfo=None), pd.NaT], "minute", [TOLD, TOLD, None]),
        (pd.Series([NOON, pd.NaT]), "minute", [TOLD, None]),
        (pa.array([NOON, None], pa.timestamp("us", "Asia/Tokyo")), "minute", [TOLD, None]),
        ([date(2026, 3, 3)], "day", [[739678, "3 Mar 2026", ""]]),
        (np.array([1, 2]), "number", [1, 2]),
        (pd.Series([1, None], dtype="Int64"), "number", [1, None]),
        ([Decimal("1.10"), {"a": 1}], "text", ["1.10", "{'a': 1}"]),
        ([None, None], "text", [None, None]),
        ([], "text", []),
    ],
)
def test_cells_of_one_kind_keep_theirs_and_those_of_several_are_text(
    monkeypatch: pytest.MonkeyPatch, given: Any, kind: str, values: list[Any]
) -> None:
    monkeypatch.setattr("console.widgets.table.zone", lambda: ZoneInfo("Pacific/Kiritimati"))
    told = _column("Any", given, Column())
    json.dumps(told, allow_nan=False)
    assert told["kind"] == kind
    assert told["values"] == values


def test_a_day_is_told_as_a_day_with_the_minute_behind_it() -> None:
    told = _column("Created", [NOON], Column("Made", "day", 95))
    assert (told["title"], told["width"]) == ("Made", 95)
    assert told["values"] == [[NOON.timestamp(), "3 Mar 2026", "3 Mar 2026, 12:00 UTC"]]
