"""Lines of totals, legends and the ends of reports are told from people."""

from __future__ import annotations

import pytest

from services.bulk.no_person import is_no_person


@pytest.mark.parametrize(
    "first",
    [
        "Total",
        "Total:",
        "SUMME",
        "Gesamt: 12",
        "Total users: 3",
        "(3 rows affected)",
        "12 rows",
        "-- end of report --",
        "Ende der Liste",
        "Page 1 of 3",
        "Seite 2",
        "Generated on 2026-11-01",
        "Exported by Ann",
        "Report generated 12.05.2026",
        "Stand: 12.05.2026",
        "As of 2026-05-12",
        "Confidential",
        "Streng vertraulich!",
        "Legend: X = yes",
        "* = inactive",
        "© 2026 ACME",
        "Source: SAP HR",
        "Zwischensumme",
        "Subtotal Sales",
        "Count: 84",
    ],
)
def test_lines_that_a_report_ends_with_are_no_people(first: str) -> None:
    assert is_no_person(first, alone=True)


@pytest.mark.parametrize(
    "first", ["ann", "total@example.org", "Totally", "Sum Ting", "Endeavour", "12345", "pager", "standish"]
)
def test_people_are_no_line_of_totals(first: str) -> None:
    assert not is_no_person(first, alone=False)
