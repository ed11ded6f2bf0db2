"""Signs that a name hardly holds: what stood round it, half an address, or an address in its place."""

from __future__ import annotations

import re

from services.bulk.cells.damage import PARTS_OF_NAMES, ColumnCell, Damage, DamageKind

_USERNAMES = frozenset({"username", "preferred_username"})
_NO_PART_OF_NAMES = r"*?¿@#$%^+=<>{}\[\]|\\_~;!§†‡°¬¤¶©®™€£¼½¾±×÷"
_IN_NAME = re.compile(rf"[{_NO_PART_OF_NAMES}]|://|\A[,:-]|[,:-]\Z")
_ROUND_NAMES = re.sub(r"\\(.)", r"\1", _NO_PART_OF_NAMES) + ",:- "
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.\w+\Z")
_HALF_ADDRESS = re.compile(r"@[\w-]+\.[\w.-]+\Z|[^@\s]+@\Z")
_BEFORE_USERNAME = re.compile(r"[='’‘´`,;:*#%&!?@\"]+|\+(?!\d)")
_BEHIND_USERNAME = re.compile(r"['’‘´`,;:*#%&!?@|]+\Z")


def odd_sign(cell: ColumnCell) -> Damage | None:
    """The first sign in a name or a username that hardly belongs there, None where there is none."""
    if cell.target in PARTS_OF_NAMES:
        return _in_name(cell.text)
    return _in_username(cell.text) if cell.target in _USERNAMES else None


def _in_name(text: str) -> Damage | None:
    found = _IN_NAME.search(text)
    if found is None:
        return None
    if _ADDRESS.match(text):
        return Damage(DamageKind.ODD_SIGN, f"“{text}” is an e-mail address, and a name is due.")
    likely = text.strip(_ROUND_NAMES)
    alone = len(likely) > 1 and _IN_NAME.search(likely) is None
    what = f"“{text}” holds “{found[0]}”, which is no part of a name."
    return Damage(DamageKind.ODD_SIGN, what, likely if alone else None)


def _in_username(text: str) -> Damage | None:
    if _HALF_ADDRESS.match(text):
        return Damage(DamageKind.ODD_SIGN, f"“{text}” is only half of an e-mail address.")
    likely = _BEHIND_USERNAME.sub("", text)
    if start := _BEFORE_USERNAME.match(likely):
        likely = likely[start.end() :]
    if likely == text:
        return None
    side = "begins" if text.endswith(likely) else "ends"
    sign = text[0] if side == "begins" else text[-1]
    return Damage(
        DamageKind.ODD_SIGN, f"“{text}” {side} with “{sign}”, which may be left over.", likely or None
    )
