"""What single cells say, in the forms that people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.cells.cell_text import CLEARED, NOTHING, cell_text, media_of, split_groups
from services.cognito.written import yes_or_no
from services.csv_safe import join_groups, neutralise

NAME = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


def test_empty_leaves_alone_and_a_hyphen_clears() -> None:
    assert cell_text("  ") == NOTHING
    assert cell_text(" - ") == CLEARED
    assert not cell_text("")
    assert cell_text("-")


def test_a_written_hyphen_is_a_value() -> None:
    assert cell_text("'-").text == "-"


def test_neutralised_cells_are_restored() -> None:
    assert cell_text("'+4915112345678").text == "+4915112345678"
    assert cell_text("'tis").text == "'tis"


@pytest.mark.parametrize("value", [" -", "- ", " '=x", "'", "''-", "\t", " \r\n ", "\t=x", "\u00a0-\u00a0"])
def test_a_written_value_never_clears_or_changes_but_for_the_spaces_round_it(value: str) -> None:
    read = cell_text(neutralise(value))
    assert (read.clear, read.text) == (False, value.strip())


@given(st.text())
def test_any_written_value_is_read_as_it_was(value: str) -> None:
    read = cell_text(neutralise(value))
    assert (read.clear, read.text) == (False, value.strip())


@pytest.mark.parametrize(
    ("text", "media"),
    [
        ("none", ()),
        ("E-Mail", ("EMAIL",)),
        ("sms + email", ("SMS", "EMAIL")),
        ("both", ("EMAIL", "SMS")),
        ("pigeon", None),
    ],
)
def test_ways_to_invite(text: str, media: tuple[str, ...] | None) -> None:
    assert media_of(text) == media


def test_groups_are_separated_by_semicolons_or_lines() -> None:
    assert split_groups(" billing; auditors ;\n billing;;x\\;y") == ("billing", "auditors", "x;y")


@given(st.lists(NAME, unique=True, max_size=6))
def test_written_groups_are_read_as_they_were(names: list[str]) -> None:
    assert split_groups(join_groups(names)) == tuple(names)


@pytest.mark.parametrize("names", [("['a']",), ('["a"]',), ("1", "#a"), ("[x]", "1"), ("a\\",), ("a\\;b",)])
def test_groups_that_look_like_lists_of_programs_are_read_as_they_were(names: tuple[str, ...]) -> None:
    assert split_groups(join_groups(names)) == names


@given(st.text(max_size=30))
def test_any_text_is_read_as_groups(text: str) -> None:
    assert all(name == name.strip() and name for name in split_groups(text))


@pytest.mark.parametrize(("text", "said"), [("Yes", True), ("0", False), ("Nein", False), ("perhaps", None)])
def test_yes_and_no(text: str, said: bool | None) -> None:
    assert yes_or_no(text) is said


@pytest.mark.parametrize(
    "text",
    [
        "['billing', 'support']",
        '["billing", "support"]',
        "['billing','support',]",
        "['billing', \"support\"]",
    ],
)
def test_a_list_as_programs_write_it_is_a_list_of_groups(text: str) -> None:
    assert split_groups(text) == ("billing", "support")


@pytest.mark.parametrize("text", ["[billing]", "['billing' 'support']", "['billing", "[1, 2]"])
def test_what_is_no_such_list_is_left_as_it_stands(text: str) -> None:
    assert split_groups(text) == (text,)
