"""The dialect of a text is told from its first rows."""

from __future__ import annotations

import pytest

from services.bulk.files.dialect import (
    entries_of_one_line,
    is_aws_dialect,
    likeliest_delimiter,
    names_somebody,
    reader_of,
)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("email;name\nann@example.org;Ek, Ann\n", ";"),
        ("email,name\nann@example.org,Ann\n", ","),
        ("email\tname\nann@example.org\tEk, Ann\n", "\t"),
        ("email|name\nann@example.org|Ek; Ann\n", "|"),
        ("email\nann@example.org\n", ","),
    ],
)
def test_the_delimiter_splits_headings_and_rows_alike(text: str, delimiter: str) -> None:
    assert likeliest_delimiter(text) == delimiter


def test_in_the_dialect_of_aws_only_commas_are_escaped() -> None:
    text = "cognito:username,cognito:mfa_enabled\nann,false\nDOM\\bo,Ek\\, Bo\n"
    assert is_aws_dialect(text)
    assert list(reader_of(text, ",", aws=True))[2] == ["DOM\\bo", "Ek, Bo"]


def test_one_line_of_addresses_is_a_list_of_them() -> None:
    assert entries_of_one_line("ann@x.org; bo@x.org", ";") == ["ann@x.org", "bo@x.org"]
    assert entries_of_one_line("email; bo@x.org", ";") == []


def test_an_address_or_a_number_is_somebody_and_a_heading_is_not() -> None:
    assert names_somebody("ann@x.org")
    assert names_somebody("+46 70 123 45 67")
    assert not names_somebody("E-mail")
