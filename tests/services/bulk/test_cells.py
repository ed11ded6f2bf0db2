"""What single cells say, in the forms that people type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.cells import (
    CLEARED,
    NOTHING,
    aws_date,
    cell_text,
    join_groups,
    media_of,
    split_groups,
    yes_or_no,
)
from services.bulk.row_actions import ADD_TO_GROUPS, SYNC_GROUPS, UPSERT, RowAction, action_of
from services.cognito.actions import DeleteUser, ResendInvitation
from services.csv_safe import neutralise

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
    ("text", "action"),
    [
        ("upsert", UPSERT),
        (" Add to groups".strip(), ADD_TO_GROUPS),
        ("SYNC-GROUPS", SYNC_GROUPS),
        ("remove", RowAction.of(DeleteUser)),
        ("resend", RowAction.of(ResendInvitation)),
        ("destroy", None),
        ("", None),
    ],
)
def test_actions_are_understood_tolerantly(text: str, action: RowAction | None) -> None:
    assert action_of(text) is action


@pytest.mark.parametrize(("text", "said"), [("Yes", True), ("0", False), ("Nein", False), ("perhaps", None)])
def test_yes_and_no(text: str, said: bool | None) -> None:
    assert yes_or_no(text) is said


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


@given(st.text(max_size=30))
def test_any_text_is_read_as_groups(text: str) -> None:
    assert all(name == name.strip() and name for name in split_groups(text))


def test_dates_of_awss_import_files_become_cognitos() -> None:
    assert aws_date("12/31/1990") == "1990-12-31"
    assert aws_date("31/12/1990") == "31/12/1990"
    assert aws_date("soon") == "soon"
