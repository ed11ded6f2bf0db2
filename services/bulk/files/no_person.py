"""Rows of a file that are nobody: totals, legends, and what reports begin and end with."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORDS_FOR_TOTALS = (
    "total totals subtotal totaal totale totalt sum summe gesamt gesamtsumme zwischensumme insgesamt summa "
    "somme suma yhteensä razem celkem итого всего toplam anzahl headcount average mittelwert durchschnitt "
    "gesamtergebnis gesamtanzahl 合計 小計 総計 合计 总计 합계 σ ∑ ø"
)
TOTALS = frozenset(_WORDS_FOR_TOTALS.split())
_ALSO_NAMES = frozenset({"sum", "suma", "summa", "razem", "toplam", "ø", "average"})
"""Words for totals that people are called, too."""
_BEGINNINGS = TOTALS | {"grand"}
_END = re.compile(
    r"\(?\d+ (?:rows?|records?|entries|users?|people|zeilen|datensätze|lignes|filas|rader)\b.*|"
    r"[-=*# ]*(?:end|ende|fin|slut)(?: of| der| des| du)?"
    r"(?: (?:report|file|list|bericht|liste|datei|rapport))?[-=*# .]*|"
    r"(?:page|seite|sida|página) \d+.*|"
    r"(?:(?:report|list|file|bericht|liste|datei) )?(?:generated|exported|printed|created|erstellt|"
    r"exportiert|gedruckt|généré|skapad)(?:(?: on| by| am| von| le| par|:)\b.*|:? \W*\d.*)|"
    r"(?:as of|stand|per|run date|print date|druckdatum|export date|date)\b:? \d.*|"
    r"(?:strictly |streng |company )?(?:confidential|vertraulich|confidentiel|confidencial|riservato|"
    r"konfidentiell)(?: .*)?[.!]?|(?:for )?internal use only.*|nur für (?:den )?internen gebrauch.*|"
    r"(?:source|quelle|legend|legende|note|notes|hinweis|anmerkung|remark|remarks|count|disclaimer):.*|"
    r"(?:©|\(c\) |copyright ).*|\*+ ?[=:].*|\[?x\]? ?= ?\w+.*|"
    r"[^@:]{2,60}:(?:\s.*)?|\d[\d.,]* [^\W\d_].*|[(*†‡].*|<?eof>?|(?:https?://|www\.).*|"
    r"(?:\S+ ){3,}\S+.*|(?:last )?(?:updated|exporté|généré|continued|fortsetzung|übertrag|version)\b.*",
    re.IGNORECASE,
)


_NUMBER = re.compile(r"[-+]?[\d.,'\s\u00a0\u202f]*\d\s?%?")
_DIGIT = re.compile(r"\d")
_COMMENT = re.compile(r"#\s.*|//.*|--\s.*|[†‡§]\s.*")


def begins_oddly(first: str) -> bool:
    """Whether the first cell of a row is worth a closer look by `is_no_person`: told quickly."""
    return not first[:1].isalnum() or first.partition(" ")[0].rstrip(":").casefold() in _BEGINNINGS


def is_no_person(cells: Sequence[str], width: int) -> bool:
    """Whether a row is a line of totals, a line that was taken out by a sign in front, or, where one cell
    is all that is filled of the table's `width`, a line that a report begins or ends with.

    `cells` are the filled ones.
    """
    first, *others = cells
    word = first.casefold()
    if _COMMENT.fullmatch(first):
        return True
    if word.rstrip(": ") in TOTALS:
        named_by_others = word in _ALSO_NAMES and len(others) > 1 and not any(map(_DIGIT.search, others))
        return not named_by_others and not any("@" in cell for cell in others)
    named = set(re.findall(r"[^\W\d_]+", word)[:2]) & TOTALS if "@" not in word and " " in word else ()
    if others:
        return bool(named) and all(map(_NUMBER.fullmatch, others))
    return width > 1 and (bool(named and begins_oddly(word)) or bool(_END.fullmatch(word)))
