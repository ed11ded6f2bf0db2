"""Tables that audits hand over, as an auditor opens them."""

from __future__ import annotations

import io
from dataclasses import replace

import openpyxl

from services.audits.tables import Table, about, as_xlsx
from services.directory.pool import pool_of
from tests.services.audits.made_pools import world

HEADER = ("Group", "x", "Description")


def test_each_column_of_a_workbook_is_as_wide_as_its_cells_within_bounds() -> None:
    lines = (("billing-approvers", "", "a" * 200), ("Ops", "x", ""))
    head = about("Groups", world({}).snapshot(), made_by="ada")
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([Table("Groups", HEADER, lambda: lines)], head)))
    widths = [book["Groups"].column_dimensions[letter].width for letter in "ABC"]
    assert [round(width) for width in widths] == [21, 10, 64]


def test_the_head_of_an_export_tells_two_snapshots_apart() -> None:
    older, newer = world({1: ()}).snapshot(), world({1: (), 2: ()}).snapshot()
    told = [what for what, _ in about("Compare two dates", older, newer, made_by="ada").facts]
    assert "User pool, snapshot 1" in told
    assert "User pool, snapshot 2" in told
    assert len(set(told)) == len(told)


def test_nobody_is_named_who_read_a_pool_that_was_read_for_whoever_opened_it() -> None:
    read = world({}).read()
    opened = pool_of(replace(read, about=replace(read.about, operator_name="")))
    facts = dict(about("Audit", opened, made_by="ada").facts)
    assert facts["Read by"] == "the console, when the pool was opened"
