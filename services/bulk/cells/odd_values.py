"""Values that an attribute of OpenID Connect hardly has: a title for a profile, words for a time zone.

Cognito takes any text (developer guide, "User pool attributes"); what the attributes mean is in OpenID
Connect Core 1.0, 5.1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import available_timezones

from services.bulk.cells.damage import Damage, DamageKind

_ADDRESS_OF_A_PAGE = re.compile(r"\S*(?:\w\.\w|://|/)\S*|(?:data|urn):\S+")
_LOCALE = re.compile(r"(?:[A-Za-z]{2,4}(?:[-_][A-Za-z0-9]{1,8})*(?:[.@][\w-]+)*|C|POSIX|x-[\w-]+)")
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?(?: ?[+-]\d{1,2}(?::?\d{2})?)?", re.IGNORECASE)
_ZONE_WITHIN = re.compile(r"[A-Z]\w+(?:/[A-Z][\w+-]+)+")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w+")
_DUE = {
    "zoneinfo": "a time zone such as Europe/Berlin",
    "locale": "a language such as de-DE",
    "picture": "the address of a picture on the web",
    "profile": "the address of a page on the web",
    "website": "the address of a page on the web",
    "address": "a postal address",
}
SHAPED = frozenset(_DUE)
"""Attributes whose values have a shape of their own."""


def odd_value(target: str, text: str) -> Damage | None:
    """What speaks against this text as the value of one of the attributes `SHAPED`, None for none."""
    likely: str | None = None
    if target == "zoneinfo":
        known = _zones()
        if text.casefold() in known or _OFFSET.fullmatch(text):
            return None
        named = [known[zone.casefold()] for zone in _ZONE_WITHIN.findall(text) if zone.casefold() in known]
        likely = named[0] if len(named) == 1 else None
    elif target == "address":
        if not _MAIL.fullmatch(text):
            return None
    elif (_LOCALE if target == "locale" else _ADDRESS_OF_A_PAGE).fullmatch(text):
        return None
    advice = "" if likely else "Write such a value, or leave the cell empty."
    return Damage(DamageKind.UNFIT, f"“{text}” stands where {_DUE[target]} is due.", likely, advice)


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Names of time zones (IANA) by their small letters."""
    return {zone.casefold(): zone for zone in available_timezones()}
