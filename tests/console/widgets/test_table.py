"""Tables whose rows lead on and can be ticked; text in them is shown as it is."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from console.widgets.table import button_label, fingerprint


def script() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.widgets.table import pick  # noqa: PLC0415

    names = st.session_state.get("names", ["Ann", "Bo", "Chidi"])
    picked = pick({"Name": names}, "People", name="people", identity=names, opens="Name", ticks="many")
    st.text(f"{picked.opened} {picked.ticked}")


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(script, default_timeout=60).run()


def tick(page: AppTest, *rows: int) -> AppTest:
    page.session_state[page.dataframe[0].key] = {
        "selection": {"rows": list(rows), "columns": [], "cells": []}
    }
    return page.run()


def test_a_click_and_ticks_are_told_by_their_rows(page: AppTest) -> None:
    assert page.text[0].value == "None ()"
    assert tick(page, 0, 2).text[0].value == "None (0, 2)"
    page.session_state[f"{page.dataframe[0].key}-open"] = {"row": 1, "label": "Bo"}
    assert page.run().text[0].value.startswith("1 ")


def test_ticks_never_pass_on_to_other_rows_or_another_order(page: AppTest) -> None:
    tick(page, 0)
    page.session_state["names"] = ["Bo", "Ann", "Chidi"]
    assert page.run().text[0].value == "None ()"


def test_a_click_beyond_the_last_row_opens_nothing(page: AppTest) -> None:
    page.session_state[f"{page.dataframe[0].key}-open"] = {"row": 3, "label": "Dana"}
    assert page.run().text[0].value == "None ()"


@pytest.mark.parametrize("text", [":material/delete: Ann", "[1, 2]", '["Delete", "Ann"]', "  [x]"])
def test_a_name_that_a_button_would_show_as_an_icon_or_a_menu_stays_text(text: str) -> None:
    shown = button_label(text)
    assert not shown.strip().startswith((":", "["))
    assert shown.endswith(text)


def test_other_names_are_not_touched() -> None:
    assert [button_label(text) for text in ("Ann Ek", "", None)] == ["Ann Ek", "", ""]


def test_a_print_tells_lists_and_their_order_apart() -> None:
    prints = {fingerprint(names) for names in (["a", "b"], ["b", "a"], ["ab"], ["a", "b", ""], "\ud800")}
    assert len(prints) == 5


def mixed() -> None:
    import pandas as pd  # noqa: PLC0415

    from console.widgets.table import show_table  # noqa: PLC0415

    show_table(
        {"Any": [1, "a", None], "Large": [2**70, 1, None], "None yet": [None] * 3}, "Cells of several kinds"
    )
    show_table(pd.DataFrame({"Any": [1, "a", None], "Number": [1, 2, 3]}), "A frame of an audit")


def test_cells_of_several_kinds_are_text_and_those_of_one_keep_theirs() -> None:
    cells, frame = (table.value for table in AppTest.from_function(mixed, default_timeout=60).run().dataframe)
    assert cells["Any"].tolist()[:2] == frame["Any"].tolist()[:2] == ["1", "a"]
    assert cells["Large"][0] == "1180591620717411303424"
    assert cells["None yet"].isna().all()
    assert frame["Number"].tolist() == [1, 2, 3]
