"""Headings in two rows say whose a column is."""

from __future__ import annotations

import pytest

from services.bulk.files.csv_file import read_file
from services.bulk.files.heading_bands import under_bands

LOWER = ["Username", "First name", "Last name", "Name", "Email"]


@pytest.mark.parametrize(
    ("above", "shown"),
    [
        (["Employee", "", "", "Manager", ""], [*LOWER[:3], "Manager Name", "Manager Email"]),
        (
            ["Employee", "", "", "Emergency contact", ""],
            [*LOWER[:3], "Emergency contact Name", "Emergency contact Email"],
        ),
        (["Work", "", "", "Private", ""], [*LOWER[:3], "Private Name", "Private Email"]),
        (["", "", "", "Vorgesetzte/r", ""], [*LOWER[:3], "Vorgesetzte/r Name", "Vorgesetzte/r Email"]),
        (["Mitarbeiter", "", "", "Kontaktdaten", ""], LOWER),
        (["Person", "", "", "Contact", ""], LOWER),
        (["Staff of November", "", "", "", ""], LOWER),
        (["", "", "Staff of November", "", ""], LOWER),
        (["ann", "Ann", "Ek", "Ann Ek", "ann@x.org"], LOWER),
        ([], LOWER),
    ],
)
def test_what_is_somebody_elses_is_called_so(above: list[str], shown: list[str]) -> None:
    assert under_bands(LOWER, above) == shown


@pytest.mark.parametrize("sign", [";", ","])
def test_the_managers_address_is_not_the_employees(sign: str) -> None:
    lines = [
        "Employee,,,Manager,",
        "Username,First name,Last name,Name,Email",
        "aek,Ann,Ek,Bo Boss,boss@x.org",
        "bli,Bo,Li,Cy Chief,chief@x.org",
    ]
    table = read_file("\n".join(lines).replace(",", sign).encode(), "people.csv")
    assert table.header == ("Username", "First name", "Last name", "Manager Name", "Manager Email")
    assert [row.cells[0] for row in table.rows()] == ["aek", "bli"]
