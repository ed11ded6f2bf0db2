"""Bytes → text: which encoding a file is in, and what it is when it isn't text at all."""

from __future__ import annotations

import codecs
import re

from services.errors import FileRejected

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
