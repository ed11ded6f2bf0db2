"""Lines of totals, legends and the ends of reports are told from people."""

from __future__ import annotations

import pytest

from services.bulk.files.no_person import is_no_person


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
        "84 Mitarbeiter",
        "Grand Total",
        "Gesamtergebnis",
        "Datum: 12.05.2026",
        "Exporté le 12/05/2026",
        "EOF",
        "† left the company",
        "(1) external",
        "# comment",
        "// comment",
        "Applied filters: status is active",
        "Number of employees: 84",
        "Last updated 12.05.2026",
        "Please contact HR with questions",
        "Version 1.2",
        "https://intranet.example.org/report",
        "合計",
        "Externals:",
    ],
)
def test_lines_that_a_report_ends_with_are_no_people(first: str) -> None:
    assert is_no_person([first], 3)


@pytest.mark.parametrize(
    "first", ["ann", "total@example.org", "Totally", "Sum Ting", "Endeavour", "12345", "pager", "standish"]
)
def test_people_are_no_line_of_totals(first: str) -> None:
    assert not is_no_person([first, "Ann", "12"], 3)


@pytest.mark.parametrize(
    "cells",
    [
        ["Grand Total", "84"],
        ["Total général", "84"],
        ["Summe Mitarbeiter", "1.284", "97 %"],
        ["Headcount", "84"],
        ["合計", "84"],
        ["Suma", "84"],
        ["Sum", "", "1.284,00", "3"],
        ["Total", "Sales"],
        ["Total", "Sales", "Stockholm"],
        ["Ø", "12,5", "3"],
        ["# ann.ek", "ann.ek@example.org", "Ann"],
        ["// ann.ek", "Ann"],
    ],
)
def test_totals_with_their_figures_and_lines_taken_out_are_no_people(cells: list[str]) -> None:
    assert is_no_person(cells, 3)


@pytest.mark.parametrize(
    "cells",
    [
        ["ann"],
        ["Ann Ek"],
        ["ann@example.org"],
        ["CORP\\ann"],
        ["custom:x"],
        ["Sum Ting", "sum@example.org"],
        ["#1", "Ann"],
        ["Max", "3"],
        ["Suma", "Ek", "suma.ek", "suma@example.org"],
        *([first, "Ek", "ek@example.org"] for first in ("Sum", "Summa", "Razem", "Toplam", "Ø", "Total")),
        ["Razem", "Ek", "razem.ek"],
        ["Ann Total", "ann@example.org"],
        ["12345"],
    ],
)
def test_people_who_only_resemble_them_are_people(cells: list[str]) -> None:
    assert not is_no_person(cells, 3)
