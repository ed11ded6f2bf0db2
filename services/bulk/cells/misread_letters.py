"""Letters that a program read in a wrong encoding before the file was written: JosÃ©, M³ller, Pawe³."""

from __future__ import annotations

import contextlib
import re
import unicodedata

from services.bulk.cells.damage import Damage, DamageKind

_SIGN_FOR_LETTER = re.compile(
    r"[^\W\d_][³¹²¼½¾‚„†‡‰¬¦¶§÷±¤¢£¥¿¡ⁿˆ¸ﬂƒ‹](?:[^\W\d_]|\Z)|[^\W\d_][®©™°«»][^\W\d_]|[ÃÂ][^\w\s'’.-]|"
    r"[ÃÄÅ][Ÿ¡-¿‚-›œžšŒŠŽ…]|(?<!\S)[ª¯¨¸][^\W\d_]|"
    r"[a-zß-öø-ÿ][À-ÖØ-ÝŸŠŽŒ](?:[a-zß-öø-ÿ]|\Z)|\b[A-Z][À-ÖØ-ÝŸŠŽŒ][a-zß-öø-ÿ]"
)
_SECOND_CAPITAL = re.compile(r"\b(?:Mc|Mac|Fitz)(?=[À-ÖØ-Ý])")
"""What a capital letter follows within a name: McÍomhair."""
_MAYBE_SECOND_CAPITAL = re.compile(r"\b(?:De|Di|Da|Du|Le|La|Lo|Van)[À-ÖØ-Ý]")
"""The same, where it may be damage as well: DeÁngelo is a name, and LeÛn was León."""
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ž '’.-]+")
_NOTHING_BUT_ACCENTS = re.compile(r"(?<!\w)[À-ÖØ-öø-ÿ]{3,}(?!\w)")
_MISTAKEN = (
    ("cp1252", "cp1250"),
    ("cp1252", "cp1254"),
    ("cp1252", "mac_roman"),
    ("cp1252", "cp850"),
    ("mac_roman", "cp1252"),
    ("cp850", "cp1252"),
    ("cp437", "cp1252"),
    ("cp437", "cp850"),
    ("cp850", "cp437"),
)
"""Encodings taken for another: what a file was read as, and what it was in."""
_UNSPEAKABLE = re.compile(
    r"(?i:[b-df-hj-np-tv-xz][łśźżćńčďťňřžşğļķņģ][b-df-hj-np-tv-xz])|[a-z][ŁŚŹŻĆŃČĎĚŤŇŘŽŠŞĞİĻĶŅĢĀĒĪŪ]"
)
"""A consonant of Central Europe between two others (Młller for Müller), or a capital letter within a name."""


def fixed(text: str) -> str:
    """The text with letters that were read in a wrong encoding put right, as `ftfy` knows them."""
    import ftfy  # noqa: PLC0415 - only where letters aren't plain ones

    return ftfy.fix_encoding(text)


def misread(text: str) -> Damage | None:
    """Whether letters of a text were read in a wrong encoding before; None when nothing shows."""
    what = f"“{text}” has letters that a program read wrongly before."
    if (likely := fixed(text)) != text:
        return Damage(DamageKind.MOJIBAKE, what, likely)
    if _SIGN_FOR_LETTER.search(_SECOND_CAPITAL.sub("", text)):
        other = None if _MAYBE_SECOND_CAPITAL.search(text) else _read_otherwise(text)
        return Damage(DamageKind.MOJIBAKE, what, other)
    if _NOTHING_BUT_ACCENTS.search(text):
        return Damage(DamageKind.MOJIBAKE, what)
    if strange := next((char for char in text if unicodedata.category(char) in ("Co", "Cn")), ""):
        what = f"“{text}” holds a sign (U+{ord(strange):04X}) that has a meaning in one program only."
        return Damage(DamageKind.MOJIBAKE, what)
    return None


def _read_otherwise(text: str) -> str | None:
    """The text as Windows, a Mac or DOS may have meant it, where one reading gives letters only."""
    with contextlib.suppress(UnicodeError):  # what reads as UTF-8 by chance is rare
        return text.encode("cp1252").decode("utf-8")
    found = set()
    for taken_for, meant in _MISTAKEN:
        try:
            read = text.encode(taken_for).decode(meant)
        except UnicodeError:
            continue
        if not _UNSPEAKABLE.search(read) and _LATIN.fullmatch(read) and not _SIGN_FOR_LETTER.search(read):
            found.add(read)
    return found.pop() if len(found) == 1 else None
