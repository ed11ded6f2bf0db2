"""Taking a token apart without believing a word of it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.errors import ConsoleError

LARGEST_TOKEN = 16_384
"""Characters. Cognito's tokens have one to four thousand; browsers and proxies stop at 8 to 16."""
DEEPEST = 8
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


class NotAToken(ConsoleError):
    """What was given is no signed JSON Web Token, or one that nobody should read further."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Header and claims as they are written, and which names stand in them more than once."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    repeated: tuple[str, ...] = ()
    size: int = 0
    compact: str = field(default="", repr=False)


def take_apart(token: str) -> Parts:
    """The parts of a compact token; nothing is verified. Raises `NotAToken`."""
    text = token.strip()
    if text[:7].lower() == "bearer ":
        text = text[7:].strip()
    if not text:
        raise NotAToken("There is no token here.", "Paste the whole token: three parts with dots between.")
    if len(text) > LARGEST_TOKEN:
        raise NotAToken(
            f"This is too long for a token ({len(text):,} characters; at most {LARGEST_TOKEN:,} are read).",
            "Tokens of Cognito are shorter. If it is one: too many groups or attributes are put into it.",
        )
    segments = text.split(".")
    if len(segments) == 5:
        raise NotAToken(
            "This token is encrypted (five parts): it is Cognito's refresh token, or another provider's.",
            "Refresh tokens can't be looked into. Paste the ID token or the access token.",
        )
    if len(segments) != 3:
        raise NotAToken(
            f"A token has three parts with dots between; this has {len(segments)}.",
            "Paste it whole, without quotation marks and line breaks.",
        )
    if not segments[2]:
        # The one shape without a signature; the header says whether it even claims to have one.
        signature_missing = True
    else:
        signature_missing = False
        _bytes(segments[2], "signature")
    repeated: list[str] = []
    header = _object(segments[0], "header", repeated)
    claims = _object(segments[1], "claims", repeated)
    if signature_missing and str(header.get("alg", "")).lower() != "none":
        raise NotAToken("The token's signature is missing.", "Paste it whole: the third part is not there.")
    return Parts(header, claims, tuple(dict.fromkeys(repeated)), len(text), text)


def _bytes(segment: str, what: str) -> bytes:
    if not _SEGMENT.fullmatch(segment):
        raise NotAToken(f"The token's {what} holds characters that no token has.", "Paste it again, whole.")
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        raise NotAToken(f"The token's {what} is cut off or altered.", "Paste it again, whole.") from None


def _object(segment: str, what: str, repeated: list[str]) -> Mapping[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                repeated.append(name)
            found[name] = value
        return found

    try:
        text = _bytes(segment, what).decode("utf-8")
        value = json.loads(text, object_pairs_hook=once, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise NotAToken(f"The token's {what} can't be read: it is no JSON.", "This is no token.") from None
    if not isinstance(value, dict):
        raise NotAToken(f"The token's {what} is no JSON object.", "This is no token.")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # "\\ud800" may stand in JSON, yet no page or terminal can write it
        raise NotAToken(
            f"The token's {what} holds half characters, which no provider writes.", "This is no token."
        ) from None
    except RecursionError:
        pass  # too deep, as is said next
    if _depth(value) > DEEPEST:
        raise NotAToken(
            f"The token's {what} is nested deeper than any provider's.", "Nothing of it was believed."
        )
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
    return deepest
