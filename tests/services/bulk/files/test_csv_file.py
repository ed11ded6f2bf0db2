"""What can be read as a table, and what is refused with which sentence."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.files.csv_file import Choices, CsvTable, FileLimits, read_file
from services.bulk.files.encoding import encoding_named
from services.errors import FileRejected, InvalidValue

CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=12
) | st.sampled_from(["a,b", 'say "hi"', "two\nlines", "semi;colon", "tab\there", "", " "])


def cells(table: CsvTable) -> list[tuple[str, ...]]:
    return [record.cells for record in table.rows()]


def test_columns_in_which_nothing_stands_are_known() -> None:
    table = read_file(b"email,phone,mobile,note\nann@x.org,,+46701234567,\nbo@x.org, ,,\n")
    assert table.empty == {1, 3}


@pytest.mark.parametrize(
    ("codec", "title"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_encodings_are_recognised(codec: str, title: str) -> None:
    table = read_file("email,name\nann@example.com,Ånn Ünal\n".encode(codec))
    assert table.encoding == title
    assert table.header == ("email", "name")
    assert cells(table) == [("ann@example.com", "Ånn Ünal")]


def test_a_guessed_encoding_is_said_with_an_example_to_look_at() -> None:
    table = read_file("email,name\na@example.com,Müller\n".encode("cp1252"))
    assert "Müller" in table.notes[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_recognised(delimiter: str) -> None:
    text = f'email{delimiter}groups\na@example.com{delimiter}"x{delimiter}y"\n'
    table = read_file(text.encode())
    assert table.delimiter == delimiter
    assert cells(table) == [("a@example.com", f"x{delimiter}y")]


def test_a_single_column_needs_no_delimiter() -> None:
    assert cells(read_file(b"email\na@example.com\nb@example.com")) == [
        ("a@example.com",),
        ("b@example.com",),
    ]


def test_quoted_line_breaks_stay_in_their_cell_and_rows_count_as_in_a_spreadsheet() -> None:
    table = read_file(b'email,address\r\na@x.org,"Road 1\r\nTown"\r\n\r\nb@x.org,there\r\n')
    assert [(record.number, record.cells[1]) for record in table.rows()] == [
        (2, "Road 1\r\nTown"),
        (4, "there"),
    ]
    assert table.row_count == 2


def test_mixed_line_ends_are_read() -> None:
    assert len(cells(read_file(b"email\na@x.org\r\nb@x.org\rc@x.org\n"))) == 3


def test_the_line_by_which_excel_names_the_separator_is_honoured() -> None:
    table = read_file(b"sep=;\nemail;name\na@x.org;Ann, Ek\n")
    assert table.header == ("email", "name")
    assert [(row.number, row.cells) for row in table.rows()] == [(2, ("a@x.org", "Ann, Ek"))]


def test_short_rows_are_filled_and_long_ones_kept_for_the_check() -> None:
    assert cells(read_file(b"email,name\na@x.org\nb@x.org,Bo,extra\n")) == [
        ("a@x.org", ""),
        ("b@x.org", "Bo", "extra"),
    ]


def test_the_dialect_of_awss_import_jobs_is_read() -> None:
    data = b"cognito:username,name,cognito:mfa_enabled\nann,Ek\\, Ann,FALSE\n"
    assert cells(read_file(data)) == [("ann", "Ek, Ann", "FALSE")]


def test_a_cell_can_be_corrected_and_a_row_dropped() -> None:
    table = read_file(b"email,name\na@x.org,Ann\nb@x.org,Bo\n")
    changed = table.with_cells({(2, 1): "Anna"}).without_rows([3])
    assert cells(changed) == [("a@x.org", "Anna")]
    assert changed.row_count == 1
    assert cells(table)[0] == ("a@x.org", "Ann")


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"  \n\r\n ", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (zipped("xl/workbook.xml"), "Excel workbook or a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "old Excel workbook"),
        (b"%PDF-1.7\n%", "PDF document"),
        (b"\x1f\x8b\x08\x00abcdef", "compressed"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        (b'[{"email": "a@x.org"}]', "JSON"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08" * 20, "the first, U+0001, stands in row 1 at place 1"),
        (b"email,name\n" + bytes(range(256)) * 20, "a program's own format"),
        (b"email\n\x81\x8d\xff\n", "no text encoding"),
        ("email,name\n".encode("utf-16") + b"\x00\xd8\x00\xd8", "says it is UTF-16"),
        (b"email,name\n", "no rows below"),
        (b",,\na,b,c\n", "no column names"),
        (b'email,name\na@x.org,"Ann\nb@x.org,Bo\n', "opened in row 2 of the file is never closed"),
        (b'email,name\na@x.org,"An"n\n', 'quotation marks (") in row 2'),
        (b"email,name\na@x.org," + b"x" * 40_000 + b"\n", "row 2 of the file holds 40,000 characters"),
        (b"email,name\na@x.org," + b"x" * 10_000_000 + b"\n", "row 2 of the file is far too long"),
        (",".join(f"c{i}" for i in range(5_000)).encode() + b"\n1\n", "5,000 columns; the limit is 250"),
        (2 * (",".join(f"p{i}@x.org" for i in range(300)).encode() + b"\n"), "300 columns; the limit is 250"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence_of_its_own(data: bytes, said: str) -> None:
    with pytest.raises(FileRejected) as refused:
        read_file(data)
    assert said in str(refused.value)
    assert refused.value.next_step


def test_the_refusal_names_the_file() -> None:
    with pytest.raises(FileRejected, match=r"staff\.csv"):
        read_file(zipped("a"), name="staff.csv")


@pytest.mark.parametrize(
    ("limits", "said"), [(FileLimits(size=10), "MB large"), (FileLimits(rows=1), "more than 1 rows")]
)
def test_limits_hold(limits: FileLimits, said: str) -> None:
    with pytest.raises(FileRejected, match=said):
        read_file(b"email\na@x.org\nb@x.org\n", limits=limits)


@given(
    rows=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=6),
    delimiter=st.sampled_from([",", ";", "\t"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    rows: list[tuple[str, str, str]], delimiter: str, codec: str, end: str
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerows([("email", "name", "groups"), *rows])
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    try:
        table = read_file(out.getvalue().encode(codec))
    except FileRejected:
        assert not filled
        return
    assert cells(table) == filled


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        table = read_file(data)
    except FileRejected:
        return
    assert len(cells(table)) == table.row_count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("username|email|name\nann|a@x.org|Ann\n", ("ann", "a@x.org", "Ann")),
        ("sep=|\nusername|email|name\nann|a@x.org|Ann\n", ("ann", "a@x.org", "Ann")),
        ('"sep=;"\nusername;email;name\nann;a@x.org;Ann\n', ("ann", "a@x.org", "Ann")),
        ("sep=\t\nusername\temail\tname\nann\ta@x.org\tAnn\n", ("ann", "a@x.org", "Ann")),
        ("username;email;Name, first\nann;a@x.org;Ann\nbo;b@x.org;Bo\n", ("ann", "a@x.org", "Ann")),
        ('username, email, "name"\nann, a@x.org, "Ann"\n', ("ann", " a@x.org", "Ann")),
        ("Staff of 2026\n\nusername,email,name\nann,a@x.org,Ann\n", ("ann", "a@x.org", "Ann")),
        ("Staff;;\n;;\nusername;email;name\nann;a@x.org;Ann\n", ("ann", "a@x.org", "Ann")),
        ('"username,email,name"\r\n"ann,a@x.org,Ann"\r\n', ("ann", "a@x.org", "Ann")),
        ('"username;email;name"\n"ann;a@x.org;""Ann"""\n', ("ann", "a@x.org", "Ann")),
        ("username,email,groups\nann,a@x.org,a;b;c\nbo,b@x.org,d;e;f\n", ("ann", "a@x.org", "a;b;c")),
        ("username;email;groups\nann;a@x.org;a|b|c|d\n", ("ann", "a@x.org", "a|b|c|d")),
        ("Personal,Wohnort,Alter\nann,a;b;c;d,3\nbo,b;c;d;e,4\n", ("ann", "a;b;c;d", "3")),
        ("username,email,name,,\nann,a@x.org,Ann,,\n", ("ann", "a@x.org", "Ann")),
    ],
)
def test_a_text_is_split_as_it_is_meant(text: str, found: tuple[str, ...]) -> None:
    table = read_file(text.encode())
    assert len(table.header) == len(found)
    assert tuple(map(str.strip, cells(table)[0][: len(found)])) == tuple(map(str.strip, found))


def test_what_a_person_says_about_a_file_is_followed() -> None:
    data = b"a;b,c\nx;y,z\n"
    assert read_file(data, choices=Choices(delimiter=";")).header == ("a", "b,c")
    assert read_file(data, choices=Choices(delimiter=",")).header == ("a;b", "c")
    assert read_file(b"x\nusername\nann\n", choices=Choices(header_row=2)).header == ("username",)
    cyrillic = "email,name\na@x.org,Иван\n".encode("cp1251")
    assert cells(read_file(cyrillic, choices=Choices(encoding="Windows-1251")))[0][1] == "Иван"
    with pytest.raises(FileRejected, match="can't be read as UTF-8"):
        read_file(cyrillic, choices=Choices(encoding="UTF-8"))


@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("cp1252", "Windows-1252", "Müller Straße"),
        ("cp1250", "Windows-1250", "Łukasz Żółć"),
        ("cp1251", "Windows-1251", "Иван Петров"),
        ("mac_roman", "Mac Roman", "Jörg Müller"),
        ("cp850", "DOS 850", "Jörg Müller"),
    ],
)
def test_an_encoding_that_is_not_sure_comes_with_readings(codec: str, name: str, text: str) -> None:
    table = read_file(f"email,name\na@x.org,{text}\nb@x.org,Bo\n".encode(codec))
    shown = {reading.encoding: reading.lines for reading in table.readings}
    assert any(text in line for lines in shown.values() for line in lines), shown
    assert 1 < len(table.readings) <= 5
    assert all(len(lines) == 1 for lines in shown.values())
    if name == "Windows-1251":
        assert table.readings[0].encoding == name


def test_what_is_sure_asks_for_nothing() -> None:
    assert read_file("email,name\na@x.org,Ünal\n".encode()).readings == ()


@pytest.mark.parametrize(
    "name", ["utf8", "UTF-8", "windows 1252", "cp1252", "Mac-Roman", "shift_jis", "dos850"]
)
def test_encodings_are_named_as_people_write_them(name: str) -> None:
    assert encoding_named(name)


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidValue, match="no encoding"):
        encoding_named("klingon")


@pytest.mark.parametrize("first", ["sep=,", "SEP= ;", '"sep=|"'])
def test_a_line_that_names_another_delimiter_than_the_file_has_is_passed_over(first: str) -> None:
    table = read_file(f"{first}\nusername;email\nann;ann@example.org\n".encode())
    assert cells(table) == [("ann", "ann@example.org")]


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_line_ends_of_mainframes_and_editors_are_understood(end: str) -> None:
    table = read_file(f"username;email{end}ann;ann@example.org{end}".encode())
    assert cells(table) == [("ann", "ann@example.org")]


def test_the_sign_that_dos_ends_files_with_is_no_row() -> None:
    assert cells(read_file(b"username;email\r\nann;ann@example.org\r\n\x1a")) == [("ann", "ann@example.org")]


@pytest.mark.parametrize(
    "data",
    [
        b'username,given_name,dept\naek,Ann,"S\nbek,Bea,S\nc,Cy,S"\nd,Di,S\n',
        b'username;note;dept\naek;"Monitor 27";S\nbek;"x;S\nc;y;S";S\nd;"z";S\n',
    ],
)
def test_a_quotation_mark_that_is_closed_rows_later_is_refused(data: bytes) -> None:
    with pytest.raises(FileRejected, match="closed too late"):
        read_file(data, "people.csv")


@pytest.mark.parametrize(
    "cell",
    ["Main St 1, 2nd floor\nSmall Town, TX, 12345", "first\nsecond", "a,b\nc,d", "one\n\ntwo, three, four"],
)
def test_an_address_of_several_lines_is_a_cell(cell: str) -> None:
    (row,) = read_file(f'username,given_name,address\nann,Ann,"{cell}"\n'.encode(), "people.csv").rows()
    assert row.cells[2] == cell
