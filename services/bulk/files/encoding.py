"""Bytes → text: which encoding a file is in, and what it is when it isn't text at all.

Byte order marks, UTF-8 and UTF-16 are sure. Anything else could be read in several ways that all look
like text: then the likely readings are named, for people to choose by what they see.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, replace

from charset_normalizer import from_bytes

from services.errors import FileRejected, InvalidValue

SAVE_AS_CSV = "Open it in the program it comes from and save it as “CSV UTF-8”, then upload that file."

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
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
    (b"\x7fELF", "is a program"),
    (b"MZ\x90", "is a program"),
    (b"{\\rtf", "is a text document (RTF)"),
    (b"%!PS", "is a PostScript document"),
)
_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\s*<(\?xml|!doctype|html|table|workbook)", re.IGNORECASE), "is a web page or an XML file"),
    (re.compile(r"\s*(\{\s*[\"}]|\[\s*[{\[\]\"])"), "is a JSON file"),
    (re.compile(r"\s*BEGIN:V[A-Z]+\s"), "holds contacts or appointments of a mail program (vCard)"),
    (
        re.compile(r"\s*(version: \d+\s+)?dn:: ?\S|\s*(version: \d+\s+)?dn: \w+="),
        "is an LDIF file of a directory",
    ),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b]")
_ESCAPES = re.compile(rb"\x1b\$[@B]|\x1b\([JI]")

_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)

ENCODINGS = {
    "UTF-8": "utf-8-sig",
    "Windows-1252": "cp1252",
    "Windows-1250": "cp1250",
    "Windows-1251": "cp1251",
    "Windows-1253": "cp1253",
    "Windows-1254": "cp1254",
    "Windows-1257": "cp1257",
    "Windows-1255": "cp1255",
    "Windows-1256": "cp1256",
    "Windows-1258": "cp1258",
    "Windows-874": "cp874",
    "ISO-8859-2": "iso8859_2",
    "ISO-8859-5": "iso8859_5",
    "ISO-8859-7": "iso8859_7",
    "ISO-8859-15": "iso8859_15",
    "Mac Roman": "mac_roman",
    "Mac Central European": "mac_latin2",
    "Mac Cyrillic": "mac_cyrillic",
    "DOS 437": "cp437",
    "DOS 850": "cp850",
    "DOS 852": "cp852",
    "DOS 866": "cp866",
    "KOI8-R": "koi8_r",
    "Shift JIS": "cp932",
    "EUC-JP": "euc_jp",
    "ISO-2022-JP": "iso2022_jp",
    "GB18030": "gb18030",
    "Big5": "big5hkscs",
    "EUC-KR": "cp949",
    "UTF-16": "utf-16",
}
"""Encodings that can be chosen, by name, with Python's codecs."""

_SURE = frozenset({"UTF-8", "UTF-16", "ISO-2022-JP"})
_GUESSED = "Windows-1252"
_USUAL = ("Windows-1252", "Windows-1250", "Windows-1251", "Mac Roman", "DOS 850")
SHOWN_LINES = 3
_MOST_READINGS = 5
_SAMPLE = 20_000
_ENOUGH = 8


@dataclass(frozen=True, slots=True)
class EncodingReading:
    """One way to read a file whose encoding isn't sure: its name and lines to look at."""

    encoding: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text. `readings` are the likely ways to read it, best first; empty when it is sure."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()
    readings: tuple[EncodingReading, ...] = ()


def encoding_named(name: str) -> str:
    """The name in `ENCODINGS` that is meant, written as people do. Raises `InvalidValue`."""
    wanted = re.sub(r"[\W_]+", "", name).casefold()
    for title, codec in ENCODINGS.items():
        short = re.sub(r"[\W_]+", "", title).casefold()
        if wanted in (short, re.sub(r"[\W_]+", "", codec), short.replace("windows", "cp")):
            return title
    raise InvalidValue(f"“{name}” is no encoding known here.", f"Use one of: {', '.join(ENCODINGS)}.")


def decode(data: bytes, shown: str, encoding: str = "") -> Decoded:
    """The text of a file. Raises `FileRejected`.

    `shown` is what the file is called in a sentence; `encoding` is one of `ENCODINGS`, as chosen by a
    person, else it is told from the file.
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise FileRejected(f"{shown} is empty.", "Choose a file with column names and one row per person.")
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            raise FileRejected(f"{shown} {what}.", SAVE_AS_CSV)
    found = _chosen(data, encoding, shown) if encoding else _text(data, shown)
    # files put together from others carry a second mark, and some programs fill up a file with zeros, or end
    # it with a sign of DOS
    text = found.text.lstrip("\ufeff").rstrip("\x00\x1a")
    _check(text, shown)
    return replace(found, text=text)


def _chosen(data: bytes, encoding: str, shown: str) -> Decoded:
    try:
        return Decoded(data.decode(ENCODINGS[encoding]), encoding)
    except UnicodeDecodeError as error:
        raise FileRejected(
            f"{shown} can't be read as {encoding}: a byte in row {_row_at(data, error.start)} isn't in it.",
            "Choose another encoding.",
        ) from None


def _row_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _text(data: bytes, shown: str) -> Decoded:
    for mark, codec, title in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data, codec, title, shown), title)
    if wide := _wide(data):
        codec, title = wide
        return Decoded(_strict(data, codec, title, shown), title)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _unsure(data, shown, error.start)
    if _ESCAPES.search(data) and (japanese := _tried(data, "ISO-2022-JP")) is not None:
        return Decoded(japanese, "ISO-2022-JP")
    return Decoded(text, "UTF-8")


def _unsure(data: bytes, shown: str, position: int) -> Decoded:
    """The text in the likeliest of several encodings, and all of them to choose from."""
    if _controls(data) > len(data[:100_000]) * 0.02:
        raise FileRejected(f"{shown} is in a program's own format, and no list as text.", SAVE_AS_CSV)
    _check_one_encoding(data, shown)
    readings = likely_readings(data)
    best = _best(data, readings)
    if best is None:
        raise FileRejected(
            f"{shown} is in no text encoding that can be told (a byte in row {_row_at(data, position)} "
            "fits neither UTF-8 nor Windows-1252).",
            SAVE_AS_CSV,
        )
    text = data.decode(ENCODINGS[best])
    example = next((word for word in re.findall(r"\w*[^\x00-\x7f]\w*", text) if word.strip()), "")
    note = f"Read as {best}, because it isn't UTF-8."
    note += f" Check that “{example}” looks right." if example else ""
    return Decoded(text, best, (note,), readings)


def _controls(data: bytes) -> int:
    return sum(map(data[:100_000].count, (*range(9), *range(14, 27))))


def _check_one_encoding(data: bytes, shown: str) -> None:
    """A file put together from several is UTF-8 in some rows and something else in others: no reading of
    the whole is right. Lines in another encoding are UTF-8 by chance hardly ever."""
    wrong = []
    right = 0
    for number, line in enumerate(data.splitlines(), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            right += 1
        except UnicodeDecodeError:
            wrong.append(number)
    if right < len(wrong) or right < 2:
        return
    listed = ", ".join(map(str, wrong[:10])) + (" …" if len(wrong) > 10 else "")
    rows = "row" if len(wrong) == 1 else "rows"
    raise FileRejected(
        f"{shown} is UTF-8, but not in {rows} {listed}: it was put together from files in different "
        "encodings, or is damaged.",
        "Write it anew from the program it comes from, or choose the encoding in which every name is right.",
    )


def _best(data: bytes, readings: tuple[EncodingReading, ...]) -> str | None:
    """What the file is taken for until somebody says otherwise: what most spreadsheets write here."""
    enough = sum(byte > 127 for byte in data) >= _ENOUGH or any(
        not line.isascii() and len(re.findall(rb"[A-Za-z]", line)) > 2 for line in data.splitlines()
    )
    for name in (_GUESSED, *(reading.encoding for reading in readings)):
        try:
            data.decode(ENCODINGS[name])
        except UnicodeDecodeError:
            continue
        if name == _GUESSED or enough:
            return name
    return None


def likely_readings(data: bytes) -> tuple[EncodingReading, ...]:
    """The ways in which a file that isn't UTF-8 may be read, likeliest first, each reading its own."""
    lines = [line for line in data.splitlines() if not line.isascii()]
    size = count = 0
    while count < len(lines) and size < _SAMPLE:
        size += len(lines[count])
        count += 1
    sample = b"\n".join(lines[:count])
    by_codec = {codec: name for name, codec in ENCODINGS.items()}
    guesses = [by_codec[guess.encoding] for guess in from_bytes(sample) if guess.encoding in by_codec]
    found: dict[str, EncodingReading] = {}
    ranked = sorted(
        (round(_oddness(text) / max(1, count), 2), place, name)
        for place, name in enumerate(dict.fromkeys((*_USUAL, *guesses, *ENCODINGS)))
        if name not in _SURE and (text := _tried(sample, name)) is not None
    )
    for _, _, name in ranked:
        shown = [line.decode(ENCODINGS[name], "replace").strip() for line in lines[:SHOWN_LINES]]
        if "\n".join(shown) not in found and _tried(data, name) is not None:
            found["\n".join(shown)] = EncodingReading(name, tuple(shown))
        if len(found) == _MOST_READINGS:
            break
    return tuple(found.values())


def _tried(data: bytes, name: str) -> str | None:
    try:
        return data.decode(ENCODINGS[name])
    except UnicodeDecodeError:
        return None


def _oddness(text: str) -> float:
    """How little a text looks like words: signs where letters are due, capitals after small letters,
    two scripts in one word. 0 is a text without anything odd."""
    words = (word for word in re.findall(r"[^\W\d_]{3,}", text) if not re.search(r"[A-Za-z]", word))
    odd = float(sum(_script(word[0]) == "LATIN" for word in words))  # nothing but accented letters
    before = " "
    for char in text:
        if not char.isascii():
            category = unicodedata.category(char)
            if category[0] != "L":
                odd += 1.0 if category[0] in "CSN" or char == "�" else 0.5
            elif before.isalpha():
                odd += 0.7 if char.isupper() and before.islower() else 0.0
                odd += 0.7 if _script(char) != _script(before) else 0.0
        elif char.isalpha() and not before.isascii() and before.isalpha():
            odd += 0.7 if _script(char) != _script(before) else 0.0
        before = char
    return odd


def _script(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0]


def _wide(data: bytes) -> tuple[str, str] | None:
    """UTF-16 and UTF-32 without a byte order mark show as zeros in every other byte (in three of four):
    digits, commas and line ends are there in any language."""
    head = data[: 2_000 - 2_000 % 4]
    zeros = [head[place::4].count(0) for place in range(4)]
    quarter = len(head) // 4
    if quarter < 2:
        return None
    for empty, full, least, codec, title in (
        ((2, 3), 0, 0.9, "utf-32-le", "UTF-32"),
        ((0, 1), 3, 0.9, "utf-32-be", "UTF-32"),
        ((1, 3), 0, 0.1, "utf-16-le", "UTF-16"),
        ((0, 2), 1, 0.1, "utf-16-be", "UTF-16"),
    ):
        enough = all(zeros[place] > least * quarter for place in empty)
        if enough and zeros[full] < 0.5 * max(zeros[place] for place in empty):
            return codec, title
    return None


def _strict(data: bytes, codec: str, title: str, shown: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise FileRejected(
            f"{shown} says it is {title}, but a byte in row {_row_at(data, error.start)} isn't: "
            "the file is damaged or was put together from several files.",
            SAVE_AS_CSV,
        ) from None


def _check(text: str, shown: str) -> None:
    for pattern, what in _LOOKS:
        if pattern.match(text):
            raise FileRejected(f"{shown} {what}, not a CSV file.", SAVE_AS_CSV)
    sample = text[:100_000]
    count = len(_CONTROL.findall(sample))
    if count > max(3, len(sample) * 0.1):
        first = _CONTROL.search(sample)
        assert first is not None  # noqa: S101 - they were counted
        row = sample.count("\n", 0, first.start()) + 1
        place = first.start() - sample.rfind("\n", 0, first.start())
        raise FileRejected(
            f"{shown} is full of control characters (the first, U+{ord(first[0]):04X}, stands in row {row} "
            f"at place {place}), so it is in a program's own format.",
            SAVE_AS_CSV,
        )
