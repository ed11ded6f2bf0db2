"""The file to start from: columns made from the pool's schema, and example rows that an upload leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from services.bulk.cells.cell_text import cell_text
from services.bulk.files.csv_file import CsvTable
from services.bulk.files.headings import squeeze
from services.cognito.attributes import form_fields
from services.cognito.models import UserPool
from services.cognito.people import UsernameKind, username_kind
from services.csv_safe import write_csv
from services.directory.export import ExportWorkbook
from services.words import counted

_ALWAYS = ("groups", "temporary_password")
_SHEET = "People"
_LOOKED_AT = 10
_FEWEST_COLUMNS = 3
"""Columns of the template that a file must have for a row to be one of its examples."""

# Names that no real person can have: domains reserved for examples (RFC 2606), telephone numbers that
# Ofcom reserves for fiction.
_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "username": "example.ann",
        "email": "ann@example.org",
        "phone_number": "+447700900123",
        "given_name": "Ann",
        "family_name": "Example",
        "name": "Ann Example",
        "groups": "billing;support",
    },
    {
        "username": "example.bo",
        "email": "bo@example.org",
        "phone_number": "+447700900456",
        "given_name": "Bo",
        "family_name": "Example",
        "name": "Bo Example",
        "groups": "billing",
    },
)

# Languages whose numbers have a decimal comma (Unicode CLDR), and countries that write them otherwise.
_WITH_COMMA = (
    "bg bs ca cs da de el es et eu fi fr gl hr hu id is it lt lv mk nb nl nn no pl pt ro ru sk sl sq sr sv "
    "tr uk vi"
)
_DECIMAL_COMMA = frozenset(_WITH_COMMA.split())
_DECIMAL_POINT = frozenset({"es-mx", "es-us", "es-gt", "es-hn", "es-ni", "es-pa", "es-pe", "es-pr", "es-sv"})


def delimiter_for(locale: str | None) -> str:
    """What stands between the cells of a CSV that a spreadsheet opens by a double click.

    `locale` is the reader's ("de-DE"): where decimals have a comma, lists have a semicolon.
    """
    name = (locale or "").lower().replace("_", "-")
    comma = name.partition("-")[0] in _DECIMAL_COMMA and name not in _DECIMAL_POINT
    return ";" if comma else ","


def template_header(pool: UserPool) -> list[str]:
    """The columns of the template: who, what the pool requires or defines itself, names, groups."""
    kind = username_kind(pool)
    header = {
        UsernameKind.NAME: ["username", "email"],
        UsernameKind.EMAIL: ["email"],
        UsernameKind.PHONE: ["phone_number"],
        UsernameKind.EITHER: ["email", "phone_number"],
    }[kind]
    fields = form_fields(pool, creating=True)
    header += [field.name for field in fields if field.required or field.custom]
    header += [name for name in ("given_name", "family_name", "phone_number") if pool.attribute(name)]
    return list(dict.fromkeys([*header, *_ALWAYS]))


def template_csv(pool: UserPool, delimiter: str = ",") -> bytes:
    """The template with its example rows as a CSV file."""
    return write_csv(template_header(pool), _rows(pool), delimiter)


def template_xlsx(pool: UserPool) -> bytes:
    """The template with its example rows as a workbook whose cells are text: nothing is made a number."""
    book = ExportWorkbook()
    sheet = book.sheet(_SHEET)
    sheet.set_column(0, len(template_header(pool)) - 1, 24, book.text)
    for place, title in enumerate(template_header(pool)):
        sheet.write_string(0, place, title, book.bold)
    for line, cells in enumerate(_rows(pool), start=1):
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, book.text)
    sheet.freeze_panes(1, 0)
    return book.data()


def _rows(pool: UserPool) -> list[list[str]]:
    """The example rows, a cell for each column of the template."""
    shown = {field.name: field.example for field in form_fields(pool, creating=True)}
    header = template_header(pool)
    return [[example.get(name, shown.get(name, "")) for name in header] for example in _EXAMPLES]


def without_examples(table: CsvTable, pool: UserPool) -> CsvTable:
    """The file without the template's example rows, where somebody left them in; a note says so."""
    titles = [squeeze(name) for name in table.titles]
    header = template_header(pool)
    places = {at: titles.index(squeeze(name)) for at, name in enumerate(header) if squeeze(name) in titles}
    if 0 not in places or len(places) < _FEWEST_COLUMNS:
        return table  # a list of addresses may name somebody who is called like an example
    examples = [{place: example[at] for at, place in places.items()} for example in _rows(pool)]
    found = [
        row.number
        for row in islice(table.rows(), _LOOKED_AT)
        if any(
            all(cell_text(row.cells[place]).text == cell_text(text).text for place, text in example.items())
            for example in examples
        )
    ]
    return _noted(table.without_rows(found), found) if found else table


def _noted(table: CsvTable, rows: Sequence[int]) -> CsvTable:
    what = "The example row" if len(rows) == 1 else f"{counted(len(rows), 'example row')}"
    return table.with_note(f"{what} of the template {'was' if len(rows) == 1 else 'were'} left out.")
