"""What stands round a name, an address or a number when people copy it from somewhere.

bare('"Ann Ek" ')                     # 'Ann Ek'
address_in("Ann Ek <ann@example.org>")  # 'ann@example.org'
"""

from __future__ import annotations

import re
import unicodedata

QUOTES = "\"'`\u00b4\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u2039\u203a\u00ab\u00bb\u2033"
_PAIRS = frozenset(
    {'""', "''", "“”", "„“", "„”", "””", "‘’", "‚‘", "’’", "«»", "»«", "‹›", "›‹", "``", "´´", "`´"}
)
_NAMED = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>\s*\Z", re.IGNORECASE)
_LINK = re.compile(r"\[[^\]]*\]\(\s*mailto:([^()\s]+)\s*\)\s*\Z", re.IGNORECASE)
_ADDRESS_ALONE = re.compile(r"\w[\w.+-]*@[\w.-]+\w\Z", re.ASCII)
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)


_TRUE = (
    "true wahr vrai verdadero vero verdadeiro waar sant sand sann tosi prawda pravda igaz adevărat истина "
    "doğru αληθησ αληθήσ ano cert egia istina"
)
_FALSE = (
    "false falsch faux falso onwaar falskt falsk usann epätosi fałsz nepravda hamis fals ложь "
    "yanlış ψευδησ ψευδήσ ne gezurra laž лъжа"
)


def _in_any_case(words: str) -> frozenset[str]:
    """The words as `casefold` leaves them, also those whose capitals fold to other letters (ı, I, i)."""
    return frozenset(found for word in words.split() for found in (word, word.upper().casefold()))


SPREADSHEET_YES, SPREADSHEET_NO = _in_any_case(_TRUE), _in_any_case(_FALSE)
"""True and false in the languages that Excel speaks."""

_YES_WORDS = (
    "yes y t 1 1.0 1,0 x on ja j oui si sí sim да kyllä tak evet tõene tiesa patiess tačno "
    "是 真 はい 예 참 ✓ ✔ ☑"
)
_NO_WORDS = (
    "no n f 0 0.0 0,0 off nein non nej nee não нет ei nie hayır väär netiesa aplams netačno neistina "
    "否 假 偽 いいえ 아니요 거짓 ✗ ✘ ☐"
)
_YES = SPREADSHEET_YES | _in_any_case(_YES_WORDS)
_NO = SPREADSHEET_NO | _in_any_case(_NO_WORDS)


def yes_or_no(text: str) -> bool | None:
    """True, False, or None when the text says neither, in the languages that spreadsheets speak."""
    word = nfc(text).strip().casefold()
    return True if word in _YES else False if word in _NO else None


def nfc(text: str) -> str:
    """The text with letters and their accents in one piece: the same on the page, the same here."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def invisible(character: str) -> bool:
    """Whether a character takes no room: marks of direction, zero-width and soft hyphens, controls."""
    return unicodedata.category(character) in ("Cf", "Cc")


def bare(text: str) -> str:
    """`text` without blanks, invisible marks and one pair of quotation marks round it.

    Word joiners go wherever they stand: pages put them into addresses that must not become links.
    """
    text = _trimmed(text if text.isascii() else text.replace("\N{WORD JOINER}", ""))
    if len(text) > 1 and text[0] + text[-1] in _PAIRS:
        text = _trimmed(text[1:-1])
    return text


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or invisible(text[start])):
        start += 1
    while end > start and (text[end - 1].isspace() or invisible(text[end - 1])):
        end -= 1
    return text[start:end]


def address_in(text: str) -> str:
    """The one e-mail address of `Ann Ek <ann@x>`, `<ann@x>`, `mailto:ann@x?subject=…` or `ann@x;`.

    What holds no such address comes back without what stands round it.
    """
    if _ADDRESS_ALONE.match(text):
        return text
    text = bare(text)
    if "@" not in text:
        return text
    found = _NAMED.match(text) or _LINK.match(text)
    if found:
        return bare(found[1])
    if mailto := _MAILTO.match(text):
        text = text[mailto.end() :].partition("?")[0]
    return bare(text.rstrip(";,").strip())


def sought(text: str) -> str:
    """What a search box looks for: an address without what stands round it, anything else as it is."""
    return address_in(text) if "@" in text else text
