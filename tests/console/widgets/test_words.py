"""Hostile text in elements that read Markdown; times where the reader is."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from console.widgets.words import label, md, unmarked
from tests.fixtures.tables import tables

HOSTILE = [
    "![x](http://evil.example/i.png)",
    "[link](http://evil.example)",
    "<b>bold</b>",
    ":material/warning: :red[red] :smile:",
    "$\\frac{1}{2}$",
    "# heading",
    "`code` **bold** _it_ ~~gone~~",
    "a|b\n---|---",
    "&lt;b&gt;",
    "=SUM(A1)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_sign_with_a_meaning_is_escaped(text: str) -> None:
    signs = re.escape("\\`*_{}[]()<>#+-.!|~$:&@^=\"'/")
    left_over = re.sub(rf"\\[{signs}]", "", md(text))
    assert not re.search(f"[{signs}]", left_over)


def test_removing_the_escapes_gives_the_text_back() -> None:
    for text in HOSTILE:
        plain = text.replace("\n", " ")
        shown, back, index = md(text), [], 0
        while index < len(shown):
            index += shown[index] == "\\"
            back.append(shown[index])
            index += 1
        assert unmarked("".join(back)) == plain


def test_line_breaks_become_spaces_and_control_characters_are_seen() -> None:
    assert md("a\nb\tc\r") == "a b c "
    assert md("a\x00b\u202ec") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_names_of_many_scripts_stay_as_they_are() -> None:
    assert md("Þóra Ægisdóttir 李小龍 محمد") == "Þóra Ægisdóttir 李小龍 محمد"


def test_a_plain_label_is_told_to_screen_readers_as_it_is() -> None:
    assert label("E-mail (work), no. 2") == "E-mail (work), no. 2"


def test_a_label_shows_the_name_of_an_icon_as_it_is() -> None:
    assert label(":material/home: and/or") == "\\:material\\/home\\: and/or"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_label_becomes_a_link_a_picture_or_an_icon(text: str) -> None:
    left_over = re.sub(r"\\[\\`*_{}\[\]<>#|~$:&/]", "", label(text))
    assert not re.search(r"[\\`*_{}\[\]<>#|~$:&]", left_over)


@pytest.mark.parametrize("text", ["ann.ek@example.com", "see http://evil.example/x", "www.evil.example"])
def test_a_bare_address_is_no_link_in_a_title_and_can_be_copied_from_it(text: str) -> None:
    for shown in (md(text).replace("\\", ""), label(text).replace("\\", "")):
        assert not re.search(r"@\w|://\w|www\.\w", shown)
        assert unmarked(shown) == text


def test_joiners_stay_where_they_join_and_nowhere_else() -> None:
    family, persian = "👩\u200d👩\u200d👧", "می\u200cخواهم"
    assert (md(family), md(persian)) == (family, persian)
    assert md("a\u200db") == label("a\u200db") == "a\N{REPLACEMENT CHARACTER}b"
    assert md("\u200d") == "\N{REPLACEMENT CHARACTER}"


def _page() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    import streamlit as st  # noqa: PLC0415

    from console.widgets.table import show_table  # noqa: PLC0415
    from console.widgets.words import minute  # noqa: PLC0415

    at = datetime(2026, 3, 3, 22, 5, tzinfo=UTC)
    st.text(minute(at))
    show_table({"When": [at, None]}, "Times")


@pytest.mark.parametrize(
    ("zone", "text"),
    [("Asia/Tokyo", "4 Mar 2026, 07:05"), ("Nowhere/None", "3 Mar 2026, 22:05")],
)
def test_sentences_and_tables_tell_a_time_where_the_reader_is(zone: str, text: str) -> None:
    page = AppTest.from_function(_page)
    page.context = {"timezone": zone}
    page.run()
    assert page.text[0].value == text
    (when,) = tables(page)[0].sent["columns"]
    assert when["values"] == [[1772575500.0, text, "3 Mar 2026, 22:05 UTC"], None]
