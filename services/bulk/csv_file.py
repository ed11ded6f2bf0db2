"""Bytes of an uploaded file → a table of text cells, or `FileRejected` with a sentence for people.

Understands UTF-8 with or without BOM, UTF-16, UTF-32 with BOM and Windows-1252; comma, semicolon
and tab; quoted line breaks; any line ends; Excel's `sep=` line; and the dialect of AWS's own import
jobs (commas escaped by a backslash). Rows are parsed again on each pass instead of being kept, so
memory stays near the size of the text.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.errors import FileRejected

# Bytes → text: which encoding a file is in, and what it is when it isn't text at all.

SAVE_AS_CSV = "Open it in the program it comes from and save it as “CSV UTF-8”, then upload that file."

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "is an Excel workbook or a ZIP archive, whatever its name says"),
    (b"PK\x05\x06", "is an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook (.xls)"),
    (b"%PDF", "is a PDF document"),
    (b"\x1f\x8b", "is a compressed (gzip) file"),
    (b"7z\xbc\xaf", "is a 7-Zip archive"),
    (b"Rar!", "is a RAR archive"),
    (b"BZh", "is a compressed (bzip2) file"),
    (b"\x28\xb5\x2f\xfd", "is a compressed (zstd) file"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
    (b"GIF8", "is a picture"),
    (b"SQLite format 3", "is a SQLite database"),
    (b"PAR1", "is a Parquet file"),
    (b"\x7fELF", "is a program"),
    (b"MZ\x90", "is a program"),
)
_MARKUP = re.compile(r"\s*<(\?xml|!doctype|html|table|workbook)", re.IGNORECASE)
_JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[{\[\]\"])")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")

_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


def decode(data: bytes, shown: str) -> tuple[str, str, list[str]]:
    """The text, the name of its encoding, and notes for people. Raises `FileRejected`.

    `shown` is what the file is called in a sentence.
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise FileRejected(f"{shown} is empty.", "Choose a file with column names and one row per person.")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise FileRejected(f"{shown} {what}.", SAVE_AS_CSV)
    text, encoding, notes = _text(data, shown)
    text = text.lstrip("\ufeff")  # files put together from others carry a second mark
    _check(text, encoding, shown)
    return text, encoding, notes


def _text(data: bytes, shown: str) -> tuple[str, str, list[str]]:
    for mark, codec, title in _MARKS:
        if data.startswith(mark):
            return _strict(data, codec, title, shown), title, []
    wide = _wide(data)
    if wide:
        return _strict(data, wide, "UTF-16", shown), "UTF-16", []
    try:
        return data.decode("utf-8"), "UTF-8", []
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise _not_text(shown) from None
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise FileRejected(
                f"{shown} is in no text encoding that can be told (the byte at position {error.start + 1} "
                "fits neither UTF-8 nor Windows-1252).",
                SAVE_AS_CSV,
            ) from None
    example = next((word for word in re.findall(r"\w*[^\x00-\x7f]\w*", text) if word.strip()), "")
    note = "Read as Windows-1252, because it isn't UTF-8."
    return text, "Windows-1252", [f"{note} Check that “{example}” looks right." if example else note]


def _wide(data: bytes) -> str:
    """UTF-16 without a byte order mark shows as a zero in every other byte of Latin text."""
    head = data[:2_000]
    half = len(head) // 2
    if half < 4:
        return ""
    if head[1::2].count(0) > 0.6 * half and head[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if head[0::2].count(0) > 0.6 * half and head[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return ""


def _strict(data: bytes, codec: str, title: str, shown: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise FileRejected(
            f"{shown} says it is {title}, but the byte at position {error.start + 1} isn't: "
            "the file is damaged or was put together from several files.",
            SAVE_AS_CSV,
        ) from None


def _check(text: str, encoding: str, shown: str) -> None:
    if "\x00" in text:
        raise FileRejected(f"{shown} contains NUL characters, so it isn't a clean text file.", SAVE_AS_CSV)
    if _MARKUP.match(text):
        raise FileRejected(f"{shown} is a web page or an XML file, not a CSV file.", SAVE_AS_CSV)
    if _JSON.match(text):
        raise FileRejected(f"{shown} is a JSON file, not a CSV file.", SAVE_AS_CSV)
    sample = text[:100_000]
    control = len(_CONTROL.findall(sample))
    if control > max(3, len(sample) * 0.002) or (encoding == "Windows-1252" and control):
        raise _not_text(shown)


def _not_text(shown: str) -> FileRejected:
    return FileRejected(f"{shown} isn't a text file.", SAVE_AS_CSV)


DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
AWS_IMPORT_COLUMNS = frozenset({"cognito:username", "cognito:mfa_enabled"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest file that is read: bytes, rows, columns, characters of one cell."""

    size: int = 100_000_000
    rows: int = 500_000
    columns: int = 250
    cell: int = 32_767


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the file. `number` is what a spreadsheet shows (the header is row 1)."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file that could be read. `rows()` parses it anew on each call, with the edits applied."""

    name: str
    header: tuple[str, ...]
    encoding: str
    delimiter: str
    row_count: int
    digest: str
    notes: tuple[str, ...]
    text: str = field(repr=False)
    skipped_lines: int = 0
    aws_dialect: bool = False
    edits: Mapping[tuple[int, int], str] = field(default_factory=dict, repr=False)
    dropped: frozenset[int] = frozenset()

    def rows(self) -> Iterator[Record]:
        """Rows with at least one filled cell, in the file's order, each as wide as the header or wider."""
        width = len(self.header)
        for number, cells in self._records():
            if number == 1 or number in self.dropped or not any(cell.strip() for cell in cells):
                continue
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            if self.edits:
                cells = [self.edits.get((number, i), cell) for i, cell in enumerate(cells)]
            yield Record(number, tuple(cells))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        reader = _reader(self.text, self.delimiter, self.aws_dialect)
        for _ in range(self.skipped_lines):
            next(reader)
        yield from enumerate(reader, start=1)

    def with_cell(self, row: int, column: int, value: str) -> CsvTable:
        """The table with one cell replaced (row as a spreadsheet counts, column from 0)."""
        return replace(self, edits={**self.edits, (row, column): value})

    def without_row(self, row: int) -> CsvTable:
        """The table with one row left out."""
        if row in self.dropped:
            return self
        return replace(self, dropped=self.dropped | {row}, row_count=self.row_count - 1)


def read_csv(data: bytes, name: str = "", limits: Limits | None = None) -> CsvTable:
    """Read the bytes of a file as a table with a header.

    Raises `FileRejected` when it isn't one: empty, not text, a workbook or archive, NUL characters,
    an unclosed quotation mark, no or duplicate headings, nothing but a header, or over `limits`.
    """
    limits = limits or Limits()
    shown = name or "The file"
    if len(data) > limits.size:
        raise FileRejected(
            f"{shown} is {len(data) / 1e6:.1f} MB large; the limit is {limits.size / 1e6:.0f} MB.",
            "Split it into several files.",
        )
    text, encoding, notes = decode(data, shown)
    delimiter, skipped = _dialect(text)
    header, aws = _header(text, delimiter, skipped, limits, shown)
    table = CsvTable(
        name=name,
        header=header,
        encoding=encoding,
        delimiter=delimiter,
        row_count=0,
        digest=hashlib.sha256(data).hexdigest(),
        notes=tuple(notes),
        text=text,
        skipped_lines=skipped,
        aws_dialect=aws,
    )
    return replace(table, row_count=_count(table, limits, shown))


def _reader(text: str, delimiter: str, aws: bool) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    escape = "\\" if aws else None
    return iter(csv.reader(lines, delimiter=delimiter, strict=True, escapechar=escape))


def _dialect(text: str) -> tuple[str, int]:
    """The delimiter and the number of lines before the header (1 for Excel's `sep=` line)."""
    first = text[:20].splitlines()[0] if text[:20].strip() else ""
    if first[:4].lower() == "sep=" and first[4:] in DELIMITERS:
        return first[4:], 1
    counts = {one: _width(text, one) for one in DELIMITERS}
    best = max(counts, key=lambda one: counts[one])
    return (best if counts[best] > 1 else ","), 0


def _width(text: str, delimiter: str) -> int:
    try:
        return len(next(_reader(text[:200_000], delimiter, aws=False), []))
    except csv.Error:
        return 0


def _header(
    text: str, delimiter: str, skipped: int, limits: Limits, shown: str
) -> tuple[tuple[str, ...], bool]:
    reader = _reader(text, delimiter, aws=False)
    try:
        for _ in range(skipped):
            next(reader)
        cells = [cell.strip() for cell in next(reader)]
    except StopIteration:
        raise _rejected_empty(shown) from None
    except csv.Error as error:
        raise _rejected_quoting(error, 1, shown) from None
    while cells and not cells[-1]:
        cells.pop()
    if not cells:
        raise FileRejected(
            f"The first line of {_in_sentence(shown)} has no column names.",
            "The first line has to name the columns, for example: email, name, groups.",
        )
    if len(cells) > limits.columns:
        raise FileRejected(
            f"{shown} has {len(cells):,} columns; the limit is {limits.columns}.",
            "Check that it is the right file, and delete the columns that aren't needed.",
        )
    _check_names(cells, shown)
    return tuple(cells), {cell.casefold() for cell in cells} >= AWS_IMPORT_COLUMNS


def _check_names(cells: list[str], shown: str) -> None:
    seen: dict[str, int] = {}
    for index, cell in enumerate(cells):
        if not cell:
            raise FileRejected(
                f"Column {index + 1} of {_in_sentence(shown)} has no name in the first line.",
                "Name the column or delete it.",
            )
        if len(cell) > 200:
            raise FileRejected(
                f"The name of column {index + 1} of {_in_sentence(shown)} is {len(cell):,} characters long.",
                "The first line has to hold the names of the columns. Check that it is not a row of data.",
            )
        before = seen.setdefault(" ".join(cell.casefold().split()), index)
        if before != index:
            raise FileRejected(
                f"{shown} has two columns named “{cell}” (columns {before + 1} and {index + 1}).",
                "Rename or delete one of them, so that it is clear which one counts.",
            )


def _count(table: CsvTable, limits: Limits, shown: str) -> int:
    """Parse everything once, so that whatever is wrong with the file is known before anything else."""
    number, filled = 1, 0
    try:
        for number, cells in table._records():
            longest = max(map(len, cells), default=0)
            if longest > limits.cell:
                raise FileRejected(
                    f"A cell in row {number} of {_in_sentence(shown)} holds {longest:,} characters; "
                    f"the limit is {limits.cell:,}.",
                    "Often a quotation mark is missing at its end. Correct the row and upload again.",
                )
            if number > 1 and any(cell.strip() for cell in cells):
                filled += 1
                if filled > limits.rows:
                    raise FileRejected(
                        f"{shown} has more than {limits.rows:,} rows.", "Split it into several files."
                    )
    except csv.Error as error:
        raise _rejected_quoting(error, number + 1, shown) from None
    if not filled:
        raise FileRejected(
            f"{shown} has column names but no rows below them.", "Add one row per person and upload again."
        )
    return filled


def _rejected_empty(shown: str) -> FileRejected:
    return FileRejected(f"{shown} is empty.", "Choose a file with column names and one row per person.")


def _rejected_quoting(error: csv.Error, row: int, shown: str) -> FileRejected:
    said = str(error)
    if "unexpected end" in said:
        what = f'A quotation mark (") opened in row {row} of {_in_sentence(shown)} is never closed.'
    elif "field larger" in said:
        return FileRejected(
            f"A cell in row {row} of {_in_sentence(shown)} is far too long (over 131,072 characters).",
            "Often a quotation mark is missing at its end. Correct the row and upload again.",
        )
    else:
        what = f"The quotation marks (\") in row {row} of {_in_sentence(shown)} don't fit together."
    return FileRejected(
        what,
        'Inside a quoted cell a quotation mark is written twice (""). Correct the row, or save the file '
        "again from a spreadsheet as CSV UTF-8.",
    )


def _in_sentence(shown: str) -> str:
    return "the file" if shown == "The file" else shown
