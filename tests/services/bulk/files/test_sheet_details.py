"""Old Excel and OpenDocument workbooks say as much as .xlsx: formats, errors, what is hidden."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P
from openpyxl.styles import Font

from services.bulk.files.csv_file import CsvTable, read_file
from services.bulk.files.sheet_details import shown_day, shown_number, shown_time
from services.bulk.files.workbook import Workbook
from services.errors import FileRejected

MOMENT = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - cells have no time zone
HEADER = ["username", "email", "custom:badge", "birthdate", "custom:at", "enabled", "name", "phone_number"]


def cells(table: CsvTable) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows()]


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("People")
    sheet.write_merge(0, 0, 0, 7, "Staff of November")
    for place, heading in enumerate(HEADER):
        sheet.write(1, place, heading)

    def style(number_format: str) -> Any:
        return xlwt.easyxf(num_format_str=number_format)

    sheet.write(2, 0, "ann")
    sheet.write(2, 1, "ann@x.org")
    sheet.write(2, 2, 123, style("00000"))
    sheet.write(2, 3, date(1990, 2, 28), style("DD.MM.YYYY"))
    sheet.write(2, 4, MOMENT, style("YYYY-MM-DD HH:MM"))
    sheet.write(2, 5, True)
    sheet.write(2, 6, "Ann Ek")
    sheet.write(2, 7, "+46701234567")
    sheet.write(3, 0, "bo")
    sheet.write(3, 2, "00123")
    sheet.row(3).set_cell_error(6, 42)
    sheet.write(3, 7, 46701234567)
    sheet.row(3).hidden = True
    sheet.col(4).hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_old_excel_workbook_is_read_as_it_is_shown() -> None:
    table = read_file(xls(), "people.xls")
    assert table.header == tuple(HEADER)
    assert cells(table) == [
        (
            "ann",
            "ann@x.org",
            "00123",
            "1990-02-28",
            "2026-01-02 03:04:00",
            "true",
            "Ann Ek",
            "+46701234567",
        ),
        ("bo", "", "00123", "", "", "", "#N/A", "46701234567"),
    ]
    notes = " ".join(table.notes)
    assert "1 hidden row was read too: 4." in notes
    assert "1 hidden column was read too." in notes


def ods(*rows: tuple[Any, ...], hidden: tuple[int, ...] = ()) -> bytes:
    """A workbook whose cells are texts, or (attributes, what is shown)."""
    document = OpenDocumentSpreadsheet()
    table = Table(name="People")
    table.addElement(TableColumn())
    table.addElement(TableColumn(visibility="collapse"))
    for number, row in enumerate(rows, start=1):
        line = TableRow(visibility="filter") if number in hidden else TableRow()
        for given in row:
            attributes, shown = ({"valuetype": "string"}, given) if isinstance(given, str) else given
            cell = TableCell(**attributes)
            if shown:
                cell.addElement(P(text=shown))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def number(value: str, shown: str, **more: str) -> tuple[dict[str, str], str]:
    return {"valuetype": "float", "value": value, **more}, shown


def test_an_opendocument_workbook_is_read_as_it_is_shown() -> None:
    day = {"valuetype": "date", "datevalue": "1990-02-28"}, "28.02.1990"
    yes = {"valuetype": "boolean", "booleanvalue": "true"}, "WAHR"
    missing = {"valuetype": "string", "stringvalue": "", "formula": "of:=NA()"}, "#N/A"
    twice = {"valuetype": "string", "numbercolumnsrepeated": "2"}, "same"
    data = ods(
        (
            "username",
            "custom:badge",
            "birthdate",
            "enabled",
            "name",
            "nickname",
            "phone_number",
            "custom:cost",
        ),
        ("ann", number("123", "00123"), day, yes, missing, "", number("46701234567", "+46 70 123 45 67"), ""),
        ("bo", number("1000", "1.000"), "", "", twice, "", number("12.5", "12,5")),
        hidden=(3,),
    )
    table = read_file(data, "people.ods")
    assert cells(table) == [
        ("ann", "00123", "1990-02-28", "true", "#N/A", "", "+46 70 123 45 67", ""),
        ("bo", "1000", "", "", "same", "same", "", "12.5"),
    ]
    notes = " ".join(table.notes)
    assert "1 hidden row was read too: 3." in notes
    assert "1 hidden column was read too." in notes


def test_a_workbook_with_macros_is_read_like_any_other() -> None:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["username", "name"])
    book.active.append(["ann", "Ann"])
    book.save(out)
    with (
        zipfile.ZipFile(io.BytesIO(out.getvalue())) as old,
        zipfile.ZipFile(macros := io.BytesIO(), "w") as new,
    ):
        for part in old.namelist():
            text = old.read(part)
            new.writestr(part, text.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml"))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    assert cells(read_file(macros.getvalue(), "people.xlsm")) == [("ann", "Ann")]


def test_parts_written_with_a_prefix_count_as_well() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("People")
    sheet.write_row(0, 0, ["username", "name"])
    sheet.write_string(1, 0, "ann")
    sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    book.close()
    with (
        zipfile.ZipFile(io.BytesIO(out.getvalue())) as old,
        zipfile.ZipFile(prefixed := io.BytesIO(), "w") as new,
    ):
        for part in old.namelist():
            data = old.read(part)
            if part == "xl/worksheets/sheet1.xml":
                for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"f", b"dimension"):
                    data = data.replace(b"<" + tag + b" ", b"<x:" + tag + b" ")
                    data = data.replace(b"<" + tag + b">", b"<x:" + tag + b">")
                    data = data.replace(b"</" + tag + b">", b"</x:" + tag + b">")
                data = data.replace(
                    b'xmlns="',
                    b'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns="',
                    1,
                )
            new.writestr(part, data)
    assert cells(read_file(prefixed.getvalue())) == [("ann", "#DIV/0!")]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (123, "00000", "00123"),
        (123, "0", None),
        (123, "General", None),
        (123, "#,##0", None),
        (123, "0.00", None),
        (123, "d.m.yyyy", None),
        (123, '"ID-"00000', "ID-00123"),
        (123, r"\A0000", "A0123"),
        (701234567, "0##-### ## ##", "070-123 45 67"),
        (46701234567, "+## ## ### ## ##", "+46 70 123 45 67"),
        (1234, "00-00", "12-34"),
        (123456, "00-00", "1234-56"),
        (5, '0" kg"', "5 kg"),
        (123, "00000;[Red]-00000", "00123"),
        (2025550123, "[<=9999999]###-####;(###) ###-####", None),
        (-5, "00000", None),
        (1.5, "00000", None),
        (12.5, "0.00", "12.50"),
        (1.1, "#,##0.00_ ", "1.10"),
        (12.345, "0.00", None),
        (0.5, "0%", "50%"),
        (0.125, "0.00%", "12.50%"),
        (1.5, "#,##0 %", "150%"),
        (0.5, '"%"0', None),
        (491512345678, "0.00E+00", "4.92E+11"),
        (100_000, "0.E+00", "1E+05"),
        (491512345678, "##0.0E+0", "4.9E+11"),
    ],
)
def test_numbers_are_shown_in_their_own_format(value: float, number_format: str, shown: str | None) -> None:
    assert shown_number(value, number_format) == shown


def test_a_part_of_a_hundred_stays_what_the_cell_shows() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["username", "custom:share"])
    for row, code in enumerate((9, 10), start=1):
        sheet.write(row, 0, f"ann{row}")
        sheet.write(row, 1, 0.5, book.add_format({"num_format": code}))
    book.close()
    assert cells(read_file(out.getvalue())) == [("ann1", "50%"), ("ann2", "50.00%")]


def test_a_number_of_which_digits_are_lost_shows_it() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["username", "custom:card"])
    sheet.write_row(1, 0, ["ann", 4915112345678901234])
    book.close()
    assert "E+18" in str(cells(read_file(out.getvalue())))


@pytest.mark.parametrize("cut", [600, 2_000, 4_000])
def test_a_damaged_old_workbook_is_refused(cut: int) -> None:
    whole = xls()
    damaged = whole[:cut] + b"\xff" * 300 + whole[cut + 300 :]
    try:
        table = read_file(damaged)
    except FileRejected:
        return
    assert cells(table)


def xlsx_days(**options: Any) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet()
    for row, (number_format, day) in enumerate(DAYS):
        sheet.write_datetime(row, 0, datetime.combine(day, MOMENT.min.time()), book.add_format(number_format))
        sheet.write(row, 1, "x")
    book.close()
    return out.getvalue()


DAYS: list[tuple[dict[str, Any], date]] = [
    ({"num_format": 16}, date(2026, 5, 12)),
    ({"num_format": 17}, date(2012, 5, 1)),
    ({"num_format": "d. mmm"}, date(2026, 5, 12)),
    ({"num_format": '[$-407]dd"." mmmm'}, date(2026, 5, 12)),
    ({"num_format": "dd.mm"}, date(2026, 5, 12)),
    ({"num_format": 14}, date(2026, 5, 12)),
    ({"num_format": "dd.mm.yy"}, date(2026, 5, 12)),
    ({"num_format": "d-mmm-yy"}, date(2026, 5, 12)),
]
SHOWN_DAYS = ["12-May", "May-12", "12-May", "12-May", "12-May", *["2026-05-12"] * 3]


@pytest.mark.parametrize("since_1904", [False, True])
def test_a_day_of_which_a_cell_shows_a_part_only_comes_without_what_nobody_wrote(since_1904: bool) -> None:
    data = xlsx_days(date_1904=since_1904)
    sheet = Workbook(data, "days.xlsx").sheet("Sheet1")
    assert [row[0] for row in sheet.rows] == SHOWN_DAYS


def test_old_workbooks_show_a_part_of_a_day_as_well() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Days")
    for row, number_format in enumerate(["d-mmm", "mmm-yy", "dd.mm.yyyy"]):
        sheet.write(row, 0, date(2026, 5, 12), xlwt.easyxf(num_format_str=number_format))
    out = io.BytesIO()
    book.save(out)
    read = Workbook(out.getvalue(), "days.xls").sheet("Days")
    assert [row[0] for row in read.rows] == ["12-May", "May-26", "2026-05-12"]


def test_opendocument_workbooks_show_a_part_of_a_day_as_well() -> None:
    shown = ["12. Mai", "12.05.", "Mai 26", "12.05.26", "12.05.2026", "12. Mai 2026"]
    day = {"valuetype": "date", "datevalue": "2026-05-12"}
    table = read_file(ods(("username", "custom:badge"), *(("u", (day, text)) for text in shown)))
    assert [row[1] for row in cells(table)] == ["12-May", "12-May", "May-26", *["2026-05-12"] * 3]


def test_a_formula_that_no_program_has_calculated_is_shown_and_no_empty_cell() -> None:
    book = openpyxl.Workbook()
    book.active.append(["username", "email", "name"])
    book.active.append(["ann", "=LOWER(A2)", '=A2&" Ek"'])
    out = io.BytesIO()
    book.save(out)
    assert cells(read_file(out.getvalue())) == [("ann", "=LOWER(A2)", '=A2&" Ek"')]


@pytest.mark.parametrize(
    ("number_format", "shown"),
    [
        ("yyyy", "1985"),
        ("yy", "85"),
        ("ddd", "Sun"),
        ("dddd", "Sunday"),
        ("mmmm", "February"),
        ("mm/yyyy", "02/1985"),
        ("[$-407]mmmm yyyy;@", "February 1985"),
        ("d-mmm", "3-Feb"),
        ("mmm-yy", "Feb-85"),
        ('d"."mmm', "3-Feb"),
        ('m"月"d"日"', "3-Feb"),
        ('mmmm" "yyyy', "February 1985"),
        ("d.m.yyyy", None),
        ("dddd, d. mmmm yyyy", None),
        ("yyyy-mm-dd hh:mm", None),
        ("mm:ss", None),
        ("0.00", None),
        ("General", None),
    ],
)
def test_a_format_shows_a_part_of_a_day(number_format: str, shown: str | None) -> None:
    assert shown_day(date(1985, 2, 3), number_format) == shown


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (46_000.396, "hh:mm", "09:30"),
        (46_000.396, "h:mm", "09:30"),
        (46_000.396, "h:mm AM/PM", "9:30 AM"),
        (46_000.0, "h:mm AM/PM", "12:00 AM"),
        (46_000.9, "h A/P", "9 P"),
        (46_000.396, "[$-F800]hh:mm:ss;@", "09:30:14"),
        (46_000.396, "mm:ss.0", "30:14"),
        (0.396, 'hh"h"mm', "09h30"),
        (1.5, "[h]:mm", "36:00"),
        (0.25, "[mm]", "360"),
        (46_000.396, "mm", None),
        (46_000.396, "d hh:mm", None),
        (46_000.396, "yyyy-mm-dd hh:mm", None),
        (46_000.396, "General", None),
        (46_000.396, "[Red]0", None),
        (46_000.396, '"h"', None),
    ],
)
def test_a_format_shows_a_time_without_its_day(value: float, number_format: str, shown: str | None) -> None:
    assert shown_time(value, number_format) == shown


def test_a_time_comes_as_each_kind_of_workbook_shows_it() -> None:
    book = openpyxl.Workbook()
    book.active.append(["username", "nickname"])
    book.active.append(["ann", datetime(2026, 1, 2, 9, 30)])  # noqa: DTZ001 - cells have no time zone
    book.active.append(["bo", timedelta(hours=36)])
    book.active["B2"].number_format, book.active["B3"].number_format = "hh:mm", "[h]:mm"
    new = io.BytesIO()
    book.save(new)
    assert cells(read_file(new.getvalue())) == [("ann", "09:30"), ("bo", "36:00")]

    old_book = xlwt.Workbook()
    sheet = old_book.add_sheet("People")
    for place, heading in enumerate(("username", "nickname")):
        sheet.write(0, place, heading)
    sheet.write(1, 0, "ann")
    sheet.write(1, 1, MOMENT, xlwt.easyxf(num_format_str="hh:mm"))
    old = io.BytesIO()
    old_book.save(old)
    assert cells(read_file(old.getvalue(), "people.xls")) == [("ann", "03:04")]

    at = {"valuetype": "date", "datevalue": "2026-01-02T09:30:00"}, "09:30"
    hours = {"valuetype": "time", "timevalue": "PT36H00M00S"}, "36:00:00"
    open_file = ods(("username", "nickname"), ("ann", at), ("bo", hours))
    assert cells(read_file(open_file, "people.ods")) == [("ann", "09:30"), ("bo", "36:00:00")]


def without_places(data: bytes) -> bytes:
    """The workbook as programs write it that leave out where its rows and cells stand."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if "worksheets/" in name:
                part = re.sub(rb'(<(?:row|c)\b[^>]*?) r="[A-Z]*\d+"', rb"\1", part)
            new.writestr(name, part)
    return out.getvalue()


def test_cells_that_do_not_say_where_they_stand_are_read_as_they_are_shown() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["username", "custom:badge", "custom:note", "custom:size"])
    for row, name in enumerate(("ann", "bo"), start=1):
        sheet.write(row, 0, name)
        sheet.write(row, 1, 123, book.add_format({"num_format": "00000"}))
        sheet.write_formula(row, 2, "=NA()", None, "#N/A")
        sheet.write_datetime(row, 3, MOMENT, book.add_format({"num_format": 16}))
    sheet.set_row(2, None, None, {"hidden": True})
    book.close()
    table = read_file(without_places(out.getvalue()))
    assert cells(table) == [("ann", "00123", "#N/A", "2-Jan"), ("bo", "00123", "#N/A", "2-Jan")]
    assert "1 hidden row was read too: 3." in " ".join(table.notes)


def test_a_formula_that_cells_share_and_no_program_has_calculated_is_no_empty_cell() -> None:
    book = openpyxl.Workbook()
    for row in (["username", "name"], ["ann", "=LOWER(A2)"], ["bo", "=LOWER(A3)"], ["cy", "=LOWER(A4)"]):
        book.active.append(row)
    saved = io.BytesIO()
    book.save(saved)
    out = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            part = part.replace(b"<f>LOWER(A2)", b'<f t="shared" ref="B2:B4" si="0">LOWER(A2)')
            part = re.sub(rb"<f>LOWER\(A[34]\)</f>", b'<f t="shared" si="0"/>', part)
            new.writestr(name, part)
    assert [row[1] for row in cells(read_file(out.getvalue()))] == ["=LOWER(A2)"] * 3


def test_tabs_and_line_breaks_of_an_opendocument_cell_do_not_join_what_they_part() -> None:
    saved = ods(("username", "name", "nickname"), ("ann", "Ann@T@Ek", "A@L@B"), ("bo", "Bo  Ek", "plain"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b"@T@", b"<text:tab/>").replace(b"@L@", b"<text:line-break/>")
            new.writestr(old.getinfo(name), part.replace(b"Bo  Ek", b"Bo <text:s text:c='1'/>Ek"))
    read = cells(read_file(out.getvalue(), "people.ods"))
    assert read[0] == ("ann", "Ann\tEk", "A\nB")
    assert read[1][2] == "plain"


def test_rows_that_are_struck_out_are_said() -> None:
    book = openpyxl.Workbook()
    for row in (["username", "name"], ["ann", "Ann Ek"], ["bo", "Bo Ek"], ["cy", "Cy Ek"]):
        book.active.append(row)
    book.active["A3"].font = Font(strike=True)
    book.active["A4"].font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    table = read_file(out.getvalue())
    assert [row[0] for row in cells(table)] == ["ann", "bo", "cy"]
    assert "1 row is struck out and was read too: 3." in " ".join(table.notes)

    old = xlwt.Workbook()
    sheet = old.add_sheet("People")
    for number, name in enumerate(("username", "ann", "bo")):
        sheet.write(number, 0, name, xlwt.easyxf("font: struck_out on") if name == "bo" else xlwt.easyxf())
        sheet.write(number, 1, "name" if not number else "Ek")
    saved = io.BytesIO()
    old.save(saved)
    assert "1 row is struck out and was read too: 3." in " ".join(read_file(saved.getvalue(), "x.xls").notes)


def opendocument(content: str) -> bytes:
    """An .ods file of this content, between the tags of the spreadsheet."""
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        parts.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body>'
            f"<office:spreadsheet>{content}</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def text_cell(text: str, tag: str = "table-cell", more: str = "") -> str:
    return f'<table:{tag} office:value-type="string" {more}><text:p>{text}</text:p></table:{tag}>'


def text_row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def test_what_lies_under_a_merged_cell_of_an_opendocument_workbook_is_not_read() -> None:
    table = read_file(
        opendocument(
            '<table:table table:name="People">'
            + text_row(text_cell("email"), text_cell("department"))
            + text_row(text_cell("ann@x.org"), text_cell("Sales", more='table:number-rows-spanned="2"'))
            + text_row(text_cell("bo@x.org"), text_cell("OLD", "covered-table-cell"))
            + "</table:table>"
        )
    )
    assert cells(table) == [("ann@x.org", "Sales"), ("bo@x.org", "")]
    assert "Merged cells" in " ".join(table.notes)


def test_what_is_kept_of_another_file_is_no_sheet() -> None:
    people = text_row(text_cell("email")) + text_row(text_cell("ann@x.org"))
    others = text_row(*map(text_cell, ("email", "given_name"))) + text_row(
        *map(text_cell, ("zed@x.org", "Zed"))
    )
    table = read_file(
        opendocument(
            f'<table:table table:name="S">{people}</table:table>'
            f"<table:table table:name=\"'file:///home/hr/all.ods'#$Staff\">{others}</table:table>"
        )
    )
    assert (table.sheet, table.sheets) == ("S", ("S",))
    assert cells(table) == [("ann@x.org",)]


def test_a_formula_of_an_opendocument_workbook_that_was_never_calculated_is_shown() -> None:
    formula = '<table:table-cell table:formula="of:=[.A1]&amp;1"/>'
    table = read_file(
        opendocument(
            '<table:table table:name="S">'
            + text_row(text_cell("email"), text_cell("name"))
            + text_row(text_cell("ann@x.org"), formula)
            + "</table:table>"
        )
    )
    assert cells(table) == [("ann@x.org", "=[.A1]&1")]


def test_a_number_shown_as_a_power_of_ten_comes_as_it_is_shown() -> None:
    book = openpyxl.Workbook()
    book.active.append(["email", "badge"])
    book.active.append(["ann@x.org", 491512345678])
    book.active["B2"].number_format = "0.00E+00"
    out = io.BytesIO()
    book.save(out)
    assert cells(read_file(out.getvalue())) == [("ann@x.org", "4.92E+11")]
