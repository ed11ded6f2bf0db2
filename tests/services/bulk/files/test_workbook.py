"""Workbooks are read as their cells show them, and what can't be seen in them is said."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from services.bulk.files.csv_file import Choices, CsvTable, read_file
from services.errors import FileRejected, SheetNotChosen

Cells = list[list[Any]]
MOMENT = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - cells have no time zone


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(*rows: list[Any], name: str = "People") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = name
    for row in rows:
        book.active.append(row)
    return book


def cells(table: CsvTable) -> list[tuple[str, ...]]:
    return [record.cells for record in table.rows()]


def test_cells_are_read_as_they_are_shown() -> None:
    book = workbook(
        ["username", "email", "custom:badge", "birthdate", "custom:cost", "enabled", "custom:at", "note"],
        ["ann", "ann@x.org", 123, date(1990, 2, 28), 12.5, True, MOMENT, time(3, 4)],
        ["bo", "bo@x.org", "00123", None, 1000000, False, None, "+49 151 23456789"],
    )
    book["People"]["C2"].number_format = "00000"
    table = read_file(saved(book), "people.xlsx")
    assert cells(table) == [
        ("ann", "ann@x.org", "00123", "1990-02-28", "12.5", "true", "2026-01-02 03:04:00", "03:04:00"),
        ("bo", "bo@x.org", "00123", "", "1000000", "false", "", "+49 151 23456789"),
    ]
    assert table.how == "sheet “People”"


def test_formulas_count_by_value_and_their_errors_are_seen() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("People")
    sheet.write_row(0, 0, ["username", "name", "nickname"])
    sheet.write_string(1, 0, "ann")
    sheet.write_formula(1, 1, '="Ann "&"Ek"', None, "Ann Ek")
    sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
    book.close()
    assert cells(read_file(out.getvalue())) == [("ann", "Ann Ek", "#DIV/0!")]


def test_title_rows_above_the_headings_are_left_out_and_said() -> None:
    book = workbook(["Staff of November"], [], ["username", "email"], ["ann", "ann@x.org"])
    book["People"].merge_cells("A1:B1")
    table = read_file(saved(book))
    assert table.header == ("username", "email")
    assert [record.number for record in table.rows()] == [4]
    assert any("row 3" in note for note in table.notes)


def test_what_is_hidden_or_merged_is_said() -> None:
    book = workbook(["username", "name"], ["ann", "Ann"], ["bo", "Bo"])
    book["People"].row_dimensions[3].hidden = True
    book["People"].column_dimensions["B"].hidden = True
    book["People"].merge_cells("B2:B3")
    book.create_sheet("Old").sheet_state = "hidden"
    notes = " ".join(read_file(saved(book)).notes)
    assert "1 hidden row was read too: 3." in notes
    assert "1 hidden column was read too." in notes
    assert "Merged cells" in notes
    assert "Hidden sheets weren't read: Old." in notes


def test_the_sheet_with_people_is_found_and_another_can_be_chosen() -> None:
    book = workbook(["About", "this file"], ["made", "by HR"], name="Read me")
    people = book.create_sheet("Staff")
    people.append(["username", "email"])
    people.append(["ann", "ann@x.org"])
    table = read_file(saved(book))
    assert (table.sheet, table.sheets) == ("Staff", ("Read me", "Staff"))
    assert "also has Read me" in table.notes[0]
    other = read_file(saved(book), choices=Choices(sheet="Read me"))
    assert other.header == ("About", "this file")
    with pytest.raises(FileRejected, match="no sheet “Nope”"):
        read_file(saved(book), choices=Choices(sheet="Nope"))


@pytest.mark.parametrize("leavers_first", [True, False])
def test_of_two_sheets_that_look_like_lists_one_has_to_be_chosen(leavers_first: bool) -> None:
    joiners = [["E-mail", "First name", "Last name"], ["new@example.org", "Ann", "Ek"]]
    leavers = [["E-mail", "First name", "Last name", "Mobile"], ["gone@example.org", "Zed", "Zz", "+461"]]
    lists = {"Leavers 2025": leavers, "New joiners": joiners}
    names = list(lists) if leavers_first else list(reversed(lists))
    book = workbook(*lists[names[0]], name=names[0])
    second = book.create_sheet(names[1])
    for row in lists[names[1]]:
        second.append(row)
    with pytest.raises(SheetNotChosen, match="look like lists of people") as refused:
        read_file(saved(book), "people.xlsx")
    assert set(refused.value.sheets) == set(lists)
    table = read_file(saved(book), choices=Choices(sheet="New joiners"))
    assert [row.cells[0] for row in table.rows()] == ["new@example.org"]


def test_the_row_of_the_headings_can_be_chosen() -> None:
    book = workbook(["a", "b"], ["username", "email"], ["ann", "ann@x.org"])
    assert read_file(saved(book), choices=Choices(header_row=2)).header == ("username", "email")
    plain = read_file(saved(workbook(["ann", "ann@x.org"])), choices=Choices(header_row=0))
    assert plain.header == ("Column 1", "email")
    assert cells(plain) == [("ann", "ann@x.org")]


def test_a_cell_of_a_workbook_can_be_corrected() -> None:
    table = read_file(saved(workbook(["username", "email"], ["ann", "a@x.org"], ["bo", "b@x.org"])))
    assert cells(table.with_cells({(2, 1): "ann@x.org"}).without_rows([3])) == [("ann", "ann@x.org")]


@pytest.mark.parametrize("data", [b"PK\x03\x04" + b"\0" * 200, b"\xd0\xcf\x11\xe0" + b"\0" * 2000])
def test_what_only_begins_like_a_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(FileRejected, match="workbook"):
        read_file(data)


def test_a_sheet_whose_part_is_damaged_is_refused_rather_than_read_in_pieces() -> None:
    whole = saved(workbook(["email"], ["ann@example.org"]))
    stored = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as new:
        for part in old.namelist():
            new.writestr(part, old.read(part))
    damaged = stored.getvalue().replace(b"ann@", b"eve@", 1)
    assert damaged != stored.getvalue()
    with pytest.raises(FileRejected):
        read_file(damaged, "people.xlsx")


def with_sheet(data: bytes, change: Callable[[str], str]) -> bytes:
    """The workbook with the XML of its sheet changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            is_sheet = name == "xl/worksheets/sheet1.xml"
            new.writestr(name, change(content.decode()) if is_sheet else content)
    return out.getvalue()


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="XFD1048576"><v>1</v></c>',
        "<c r='XFD20000'><v>1</v></c>",
        '<c s=">" r = "ZZ100000" ><v>1</v></c>',
        '<c r="xfd1048576"/>',
    ],
)
def test_a_cell_far_away_is_named_and_no_room_is_made_for_all_that_lies_between(cell: str) -> None:
    people = saved(workbook(["email", "name"], ["ann@x.org", "Ann"]))
    far = with_sheet(people, lambda xml: xml.replace("</sheetData>", f"<row>{cell}</row></sheetData>"))
    with pytest.raises(FileRejected, match="too many to be read") as refused:
        read_file(far, "far.xlsx")
    assert "by a slip" in refused.value.next_step


def test_a_cell_far_away_in_one_direction_is_no_harm() -> None:
    people = workbook(["email", "name"], ["ann@x.org", "Ann"])
    people.active["A99000"] = "bo@x.org"
    assert [row[0] for row in cells(read_file(saved(people)))] == ["ann@x.org", "bo@x.org"]


def test_a_far_cell_of_an_old_workbook_is_named_as_well() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("People")
    for place, (row, column) in enumerate(((0, 0), (1, 0), (65_535, 255))):
        sheet.write(row, column, ("email", "ann@x.org", "x")[place])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(FileRejected, match="reaches to IV65536"):
        read_file(out.getvalue(), "far.xls")


def test_what_unpacks_to_a_multiple_of_its_size_is_refused() -> None:
    people = saved(workbook(["email"], ["ann@x.org"]))
    large = with_sheet(people, lambda xml: xml.replace("<sheetData>", f"{' ' * 25_000_000}<sheetData>"))
    assert len(large) < 100_000
    with pytest.raises(FileRejected, match="100 times its size"):
        read_file(large)


def test_what_lies_under_a_merged_cell_is_not_read() -> None:
    people = workbook(["email", "department"], ["ann@x.org", "Sales"], ["bo@x.org", "OLD"])
    data = with_sheet(
        saved(people),
        lambda xml: xml.replace(
            "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>'
        ),
    )
    table = read_file(data)
    assert cells(table) == [("ann@x.org", "Sales"), ("bo@x.org", "")]
    assert "first row only (row 2)" in " ".join(table.notes)


def test_a_part_whose_name_has_other_capitals_is_read_with_its_errors() -> None:
    people = with_sheet(
        saved(workbook(["email", "name"], ["ann@x.org", "Ann"])),
        lambda xml: xml.replace("</row></sheetData>", '<c r="C2" t="e"><v>#N/A</v></c></row></sheetData>'),
    )
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(people)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("sheet1.xml", "Sheet1.xml"), old.read(name))
    assert "#N/A" in str(cells(read_file(out.getvalue())))


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(FileRejected, match="empty"):
        read_file(saved(workbook()))


@settings(deadline=None)  # a workbook is written and read each time
@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.integers(0, 10**9),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_texts_and_numbers_come_out_as_they_went_in(rows: Cells) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    for number, row in enumerate([["username", "name"], *rows]):
        for place, cell in enumerate(row):
            (sheet.write_number if isinstance(cell, int) else sheet.write_string)(number, place, cell)
    book.close()
    wanted = [tuple(map(str, row)) for row in rows if any(str(cell).strip() for cell in row)]
    wanted = [row for row in wanted if row != ("username", "name")]
    try:
        table = read_file(out.getvalue())
    except FileRejected:
        assert not wanted
        return
    assert cells(table) == wanted


def test_a_binary_workbook_is_refused_with_what_to_do() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("xl/workbook.bin", b"")
    with pytest.raises(FileRejected) as refused:
        read_file(out.getvalue(), "people.xlsb")
    assert "binary Excel workbook (.xlsb)" in str(refused.value)
    assert "save it as .xlsx" in str(refused.value)


def test_a_document_of_numbers_is_refused_with_what_to_do() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("Index/Document.iwa", b"\0")
    with pytest.raises(FileRejected, match="Apple Numbers") as refused:
        read_file(out.getvalue(), "people.numbers")
    assert "Export To" in refused.value.next_step


def test_a_chart_sheet_is_refused_or_read_and_never_ends_in_a_crash() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("People")
    sheet.write_row(0, 0, ["username", "name"])
    sheet.write_row(1, 0, ["ann", "Ann Ek"])
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=People!$A$1:$A$2"})
    book.add_chartsheet("Chart").set_chart(chart)
    book.close()
    assert cells(read_file(out.getvalue(), "people.xlsx")) == [("ann", "Ann Ek")]
    with pytest.raises(FileRejected):
        read_file(out.getvalue(), "people.xlsx", Choices(sheet="Chart"))
