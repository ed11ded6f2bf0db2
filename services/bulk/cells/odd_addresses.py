"""E-mail addresses that reach nobody, or not who is meant, by their shape alone.

Some can't be meant as they stand and are kept back (`changed_address`): programs put an ending of their own
behind them. The others (`doubt_of`) are said only.
"""

from __future__ import annotations

import re

from services.bulk.cells.damage import Damage, DamageKind
from services.bulk.cells.words_for_nothing import WORDS_OF_ENDED

_SANDBOX = ".invalid"
"""An ending that no address has (RFC 2606); Salesforce puts it behind those of people in a sandbox."""
_GUEST = re.compile(r"(?P<name>[^@\s]+)_(?P<domain>[^@_\s]+\.[^@_\s]+)#EXT#@", re.IGNORECASE)
"""A guest's name in Entra ID: ann_example.org#EXT#@contoso.onmicrosoft.com is ann@example.org."""
_ENDINGS = {
    **dict.fromkeys(("con", "cmo", "ocm", "vom", "cpm", "xom", "comm", "coml", "com.com"), "com"),
    **dict.fromkeys(("ogr", "orgg"), "org"),
    **dict.fromkeys(("nte", "nett"), "net"),
}
"""Slips in the last part of a domain, none of which there is; and one that belongs to somebody who waits."""
_ENDING = re.compile(
    rf"@[^@\s]+\.({'|'.join(map(re.escape, sorted(_ENDINGS, key=len, reverse=True)))})\Z", re.I
)
_LEFT_OVER = re.compile(r"[*#!'=,;:]+")
_ENDED = re.compile(
    rf"(?:{'|'.join(WORDS_OF_ENDED)})[._+-]|[^@]+[._+-](?:{'|'.join(WORDS_OF_ENDED)})@",
    re.IGNORECASE,
)


_GLUED = re.compile(r"(?P<address>[^@\s]+@[a-z0-9.-]+\.[a-z]{2,})[A-ZÀ-ÖØ-Þ][\w-]*\Z")
"""An address in small letters with the next cell behind it: ann@example.orgBo."""


def changed_address(address: str) -> Damage | None:
    """What a program has made of an address, with the likely original; None where it may be meant."""
    if address.casefold().endswith(_SANDBOX):
        likely = address[: -len(_SANDBOX)]
        what = f"“{address}” ends in {_SANDBOX}, which no address does: copies for trial have such endings."
        return Damage(DamageKind.ODD_SIGN, what, likely if "." in likely.rpartition("@")[2] else None)
    if not address.islower() and (glued := _GLUED.match(address)):
        what = f"“{address}” seems to have another cell's text at its end."
        return Damage(DamageKind.ODD_SIGN, what, glued["address"])
    if "#" in address and (guest := _GUEST.match(address)):
        likely = f"{guest['name']}@{guest['domain']}"
        what = f"“{address}” is what Microsoft calls the guest {likely}, and no address that mail goes to."
        return Damage(DamageKind.ODD_SIGN, what, likely)
    return None


def doubt_of(address: str) -> tuple[str, str] | None:
    """What makes an address doubtful, and what to do; None where nothing does."""
    if (found := _ENDING.search(address)) is not None:
        likely = address[: found.start(1)] + _ENDINGS[found[1].casefold()]
        return (
            f"{address} ends in .{found[1]}, which looks like a slip.",
            f"Write {likely}, if that is meant.",
        )
    if address.casefold().startswith("www."):
        return f"{address} begins as the address of a web page.", f"Write {address[4:]}, if that is meant."
    if start := _LEFT_OVER.match(address):
        rest = address[start.end() :]
        return (
            f"{address} begins with “{start[0]}”, which may be left over.",
            f"Write {rest}, if that is meant.",
        )
    if _ENDED.match(address):
        what = f"{address} looks like the address of an account that has ended."
        return what, "Leave the row out, if nobody is to be made of it."
    return None
