"""Rows of a file that are nobody: totals, legends, and what reports begin and end with."""

from __future__ import annotations

import re

_WORDS_FOR_TOTALS = (
    "total totals subtotal totaal totale totalt sum summe gesamt gesamtsumme zwischensumme insgesamt summa "
    "somme suma yhteensä razem celkem итого toplam anzahl"
)
TOTALS = frozenset(_WORDS_FOR_TOTALS.split())
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
    r"(?:©|\(c\) |copyright ).*|\*+ ?[=:].*|\[?x\]? ?= ?\w+.*",
    re.IGNORECASE,
)


def is_no_person(first: str, alone: bool) -> bool:
    """Whether a row that begins with `first` (and holds nothing else: `alone`) is a line of totals, or one
    that a report ends with."""
    word = first.casefold()
    if word.rstrip(": ") in TOTALS:
        return True
    begins = re.match(r"([^\W\d_]+)\b[^@]*\Z", word)
    return alone and (bool(_END.fullmatch(word)) or bool(begins and begins[1] in TOTALS and " " in word))
