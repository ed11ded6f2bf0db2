"""Usernames that nobody means: put together from empty cells, left from an example, or another system's name
for somebody (CN=…, i:0#.f|…).
"""

from __future__ import annotations

import re

from services.bulk.cells.damage import Damage, DamageKind
from services.bulk.cells.words_for_nothing import EXAMPLES_OF_NAMES, WORDS_OF_ENDED

_PARTS = re.compile(r"[._\s-]+")
_NOTHING = frozenset({"null", "none", "undefined", "n/a"})
"""Parts that are nobody's name, or hardly."""
_MAYBE_NAMES = frozenset({"nan", "na", "nil", "unknown", "tbd"})
"""Parts that are words for nothing where all others are, too."""
_TWO_SIGNS = re.compile(r"(?<=\w)(?:\.\.|\.[-_]|[-_]\.)(?=\w)")
"""Signs between which a part of a name is missing: ann..ek."""
_ENDED = re.compile(rf"(?:{'|'.join(WORDS_OF_ENDED)})[._+-]")
_NOBODY_YET = frozenset({"vacant", "vacancy", "vakant", "unbesetzt"})
_DISTINGUISHED = re.compile(
    r"(?:CN|UID|OU|DC|O|E)=(?P<name>(?:\\.|[^,;\\])+)[,;]\s*(?:[A-Z]{1,6}|[\d.]+)=", re.IGNORECASE
)
_CLAIM = re.compile(r"[ci]:0[^|]{1,6}\|(?:[^|]*\|)*(?P<name>[^|]*)\Z", re.IGNORECASE)
_IN_BRACES = re.compile(r"\{(?P<name>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\}\Z", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SEVERAL = re.compile(r"[^\s@;,|]+@[^\s@;,|]+[;,|\s]+[^\s@;,|]+@[^\s@;,|]+")


def odd_username(text: str) -> Damage | None:
    """Why a username is hardly anybody's; None where nothing speaks against it."""
    word = text.casefold()
    if _is_usual(word):
        return None
    parts = _PARTS.split(word)
    if word == "never":
        return Damage(DamageKind.EMPTY, f"“{text}” is what stands for a day that there wasn't.")
    if len(parts) > 1 and "" in (parts[0], parts[-1]) and "." in (word[0], word[-1]):
        side = "begins" if word[0] == "." else "ends"
        return Damage(DamageKind.ODD_SIGN, f"“{text}” {side} with a point, as if a part of it were missing.")
    if len(parts) > 1 and (_NOTHING.intersection(parts) or set(parts) <= _NOTHING | _MAYBE_NAMES):
        return Damage(DamageKind.EMPTY, f"Part of “{text}” is a word that programs write for “nothing”.")
    if _TWO_SIGNS.search(word) and "@" not in word:
        what = f"In “{text}” two signs stand together, as if a part between them were missing."
        return Damage(DamageKind.ODD_SIGN, what)
    if _ENDED.match(word):
        what = f"“{text}” looks like the name of an account that has ended."
        return Damage(DamageKind.EMPTY, what, advice="Leave the row out, if nobody is to be made of it.")
    if len(parts) > 1 and not _NOBODY_YET.isdisjoint(parts):
        what = f"“{text}” says that nobody is there yet."
        return Damage(DamageKind.EMPTY, what, advice="Leave the row out, if nobody is to be made of it.")
    if len(parts) > 1 and "".join(parts) in EXAMPLES_OF_NAMES:
        return Damage(DamageKind.EMPTY, f"“{text}” says what a username is made of, and names nobody.")
    return _of_another_system(text)


_SEPARATORS = str.maketrans("_- @", "....")
_LOOKED_AT = _NOTHING | _MAYBE_NAMES | _NOBODY_YET | frozenset(WORDS_OF_ENDED) | {"never"}


def _is_usual(word: str) -> bool:
    """Whether nothing in a username is worth a closer look, as in most: told quickly."""
    parts = word.translate(_SEPARATORS).split(".")
    joined = "".join(parts)
    return (
        joined.isalnum()
        and "" not in parts
        and _LOOKED_AT.isdisjoint(parts)
        and joined not in EXAMPLES_OF_NAMES
        and word.count("@") < 2
    )


def _of_another_system(text: str) -> Damage | None:
    if _SEVERAL.search(text):
        return Damage(DamageKind.ODD_SIGN, f"“{text}” holds more than one address.")
    if _URL.match(text):
        return Damage(DamageKind.ODD_SIGN, f"“{text}” is the address of a web page.")
    if found := _DISTINGUISHED.match(text):
        likely = found["name"] if text[:3].casefold() == "uid" else None
        return Damage(DamageKind.ODD_SIGN, f"“{text}” is the place of an entry in a directory.", likely)
    for form, what in ((_CLAIM, "a claim of SharePoint"), (_IN_BRACES, "an ID in braces")):
        if found := form.match(text):
            return Damage(DamageKind.ODD_SIGN, f"“{text}” is {what}.", found["name"] or None)
    return None
