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
    (b"PAR1", "is a Parquet file"),
    (b"\x7fELF", "is a program"),
    (b"MZ\x90", "is a program"),
)
_MARKUP = re.compile(r"\s*<(\?xml|!doctype|html|table|workbook)", re.IGNORECASE)
_JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[{\[\]\"])")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1b]")

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
    "ISO-8859-2": "iso8859_2",
    "ISO-8859-15": "iso8859_15",
    "Mac Roman": "mac_roman",
    "Mac Central European": "mac_latin2",
    "DOS 437": "cp437",
    "DOS 850": "cp850",
    "DOS 852": "cp852",
    "KOI8-R": "koi8_r",
    "Shift JIS": "cp932",
    "GB18030": "gb18030",
    "Big5": "big5hkscs",
    "EUC-KR": "cp949",
    "UTF-16": "utf-16",
}
"""Encodings that can be chosen, by name, with Python's codecs."""

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
    text = found.text.lstrip("\ufeff")  # files put together from others carry a second mark
    _check(text, shown)
    return replace(found, text=text)


def _chosen(data: bytes, encoding: str, shown: str) -> Decoded:
    try:
        return Decoded(data.decode(ENCODINGS[encoding]), encoding)
    except UnicodeDecodeError as error:
        raise FileRejected(
            f"{shown} can't be read as {encoding}: the byte at position {error.start + 1} isn't in it.",
            "Choose another encoding.",
        ) from None


def _text(data: bytes, shown: str) -> Decoded:
    for mark, codec, title in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data, codec, title, shown), title)
    wide = _wide(data)
    if wide:
        return Decoded(_strict(data, wide, "UTF-16", shown), "UTF-16")
    try:
        return Decoded(data.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise _not_text(shown) from None
        readings = likely_readings(data)
        best = _best(data, readings)
        if best is None:
            raise FileRejected(
                f"{shown} is in no text encoding that can be told (the byte at position {error.start + 1} "
                "fits neither UTF-8 nor Windows-1252).",
                SAVE_AS_CSV,
            ) from None
        text = data.decode(ENCODINGS[best])
    example = next((word for word in re.findall(r"\w*[^\x00-\x7f]\w*", text) if word.strip()), "")
    note = f"Read as {best}, because it isn't UTF-8."
    note += f" Check that “{example}” looks right." if example else ""
    return Decoded(text, best, (note,), readings)


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
    sample = b"\n".join(lines)[:_SAMPLE]
    by_codec = {codec: name for name, codec in ENCODINGS.items()}
    guesses = [by_codec[guess.encoding] for guess in from_bytes(sample) if guess.encoding in by_codec]
    found: dict[str, EncodingReading] = {}
    ranked = sorted(
        (oddness, place, name, text)
        for place, name in enumerate(dict.fromkeys((*_USUAL, *guesses)))
        if (text := _tried(data, name)) is not None
        for oddness in (_oddness(_tried(sample, name) or ""),)
    )
    for _, _, name, _ in ranked:
        shown = [line.decode(ENCODINGS[name], "replace").strip() for line in lines[:SHOWN_LINES]]
        found.setdefault("\n".join(shown), EncodingReading(name, tuple(shown)))
    return tuple(found.values())[:_MOST_READINGS]


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


def _check(text: str, shown: str) -> None:
    if "\x00" in text:
        raise FileRejected(f"{shown} contains NUL characters, so it isn't a clean text file.", SAVE_AS_CSV)
    if _MARKUP.match(text):
        raise FileRejected(f"{shown} is a web page or an XML file, not a CSV file.", SAVE_AS_CSV)
    if _JSON.match(text):
        raise FileRejected(f"{shown} is a JSON file, not a CSV file.", SAVE_AS_CSV)
    sample = text[:100_000]
    control = len(_CONTROL.findall(sample))
    if control > max(3, len(sample) * 0.1):
        raise _not_text(shown)


def _not_text(shown: str) -> FileRejected:
    return FileRejected(f"{shown} isn't a text file.", SAVE_AS_CSV)
