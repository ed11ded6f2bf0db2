"""A token as text, taken apart without believing a word of it; its claims for people."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from services.errors import ConsoleError
from services.words import day, span

LARGEST_TOKEN = 131_072
"""Characters. Most of Cognito's have one to four thousand; the names of 100 groups, 128 characters of up
to four bytes each (quotas of user pools), make 70,000."""
DEEPEST = 8
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_SHORTEST_OPAQUE = 20
_COGNITOS_ENCRYPTION = ("RSA-OAEP", "A256GCM")


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
    _refuse_left_out(text)
    _refuse_encrypted(segments)
    if len(segments) != 3:
        raise _not_three(segments)
    if not segments[2]:
        # The one shape without a signature; the header says whether it even claims to have one.
        signature_missing = True
    else:
        signature_missing = False
        _bytes(segments[2], _SIGNATURE)
    repeated: list[str] = []
    header = _object(segments[0], _HEADER, repeated)
    claims = _object(segments[1], _CLAIMS, repeated)
    if signature_missing and str(header.get("alg", "")).lower() != "none":
        raise NotAToken("The token's signature is missing.", "Paste it whole: the third part is not there.")
    return Parts(header, claims, tuple(dict.fromkeys(repeated)), len(text), text)


_HEADER, _CLAIMS, _SIGNATURE = (
    "first part (its header)",
    "second part (its claims)",
    "third part (its signature)",
)
_LEFT_OUT = re.compile(r"\.{3}|…|\*{3}|\[\w+\]|<\w+>")


def _refuse_left_out(text: str) -> None:
    """Raise `NotAToken` where dots or stars stand for the middle of a token, as logs shorten them."""
    if text.startswith(("ey", "ew")) and _LEFT_OUT.search(text):
        raise NotAToken(
            "This token was shortened by whatever showed it: signs stand where a part of it was left out.",
            "Copy it from where it is shown whole.",
        )


def _not_three(segments: list[str]) -> NotAToken:
    """What it may be that has not three parts."""
    text = ".".join(segments)
    if len(segments) == 1 and "alg" not in (alone := _read(text)) and {"iss", "sub", "exp"} & alone.keys():
        return NotAToken(
            "This is the middle part of a token alone; without the others nothing proves what it says.",
            "Paste all three parts with the dots between.",
        )
    if text.startswith(("ey", "ew")):
        return NotAToken(
            f"This token is cut off at its end: it has {len(segments)} of the three parts."
            if len(segments) < 3
            else f"This begins like a token and has {len(segments)} parts with dots between, not three.",
            "Copy it again, whole.",
        )
    if len(text) >= _SHORTEST_OPAQUE and all(map(_SEGMENT.fullmatch, segments)):
        return NotAToken(
            "This token is opaque: it says nothing by itself, and only whoever issued it knows what it "
            "stands for. Cognito's ID and access tokens have three parts with dots between.",
            "Paste the ID token or the access token of a user pool.",
        )
    return NotAToken(
        f"A token has three parts with dots between; this has {len(segments)}.",
        "Paste it whole, without quotation marks and line breaks.",
    )


def _read(segment: str) -> Mapping[str, Any]:
    """What stands in one part, empty where that is no JSON object."""
    try:
        return _object(segment, _HEADER, [])
    except NotAToken:
        return {}


def _refuse_encrypted(segments: list[str]) -> None:
    """Raise `NotAToken` for an encrypted token: it has five parts, the second of which may be empty, and its
    header names how (RFC 7516). Cognito's refresh tokens are encrypted so. One that is cut off has fewer.
    """
    step = "It can't be looked into. Paste the ID token or the access token."
    header = _read(segments[0])
    if "enc" not in header:
        if len(segments) == 5 and not header and all(map(_SEGMENT.fullmatch, filter(None, segments))):
            raise NotAToken("It has five parts as encrypted tokens have, and its header can't be read.", step)
        return
    how = (str(header.get("alg"))[:40], str(header.get("enc"))[:40])
    cut = " It is cut off, too." if len(segments) < 5 else ""
    if how == _COGNITOS_ENCRYPTION:
        raise NotAToken(f"This is a refresh token: Cognito encrypts them, for itself alone.{cut}", step)
    raise NotAToken(
        f"This token is encrypted ({', '.join(how)}), and not as Cognito encrypts its refresh tokens: it is "
        f"an application's own, such as the cookie of its session, or another provider's.{cut}",
        step,
    )


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
        hint = " Its beginning may be missing: most tokens begin with “eyJ”." if what is _HEADER else ""
        raise NotAToken(
            f"The token's {what} can't be read: it is no JSON.{hint}",
            "If it is a token, something of it is missing or was altered: copy it again, whole.",
        ) from None
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
            for outer in level
            for inner in (
                outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
            )
        ]
    return deepest


_LONGEST = 2000

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "sub": "The person's permanent ID in the pool",
        "iss": "Which pool issued it",
        "aud": "The app client it was issued for",
        "client_id": "The app client it was issued for",
        "token_use": "What it is for: id (who somebody is) or access (what they may call)",
        "exp": "Good until",
        "iat": "Issued",
        "nbf": "Not good before",
        "auth_time": "When the person signed in",
        "nonce": "Ties the token to one sign-in",
        "at_hash": "Ties the ID token to the access token given with it",
        "scope": "What the access token may be used for",
        "cognito:groups": "Groups of the person",
        "cognito:roles": "AWS roles of these groups",
        "cognito:preferred_role": "AWS role of the group with the lowest precedence",
        "cognito:username": "Username in the pool",
        "username": "Username in the pool",
        "identities": "Where the person signs in, if elsewhere",
        "jti": "This token's own ID",
        "origin_jti": "The sign-in it goes back to (used to revoke it)",
        "event_id": "Cognito's ID of the sign-in",
        "email": "E-mail address",
        "email_verified": "Is the e-mail address verified?",
        "phone_number": "Phone number",
        "phone_number_verified": "Is the phone number verified?",
        "version": "Version of the token's form",
    }
)
_MOMENTS = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim: its name, its value as text, and what it is."""

    name: str
    value: str
    meaning: str


def moment_of(value: Any) -> float | None:
    """Seconds since 1970 if `value` is a plausible moment, else None (true is no number here)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 32_503_680_000 else None


def at(seconds: float) -> str:
    """A moment as 23 Nov 2026, 14:05:09 UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{day(moment)}, {moment:%H:%M:%S} UTC"


def from_now(moment: float, now: float) -> str:
    """ "in 59 minutes", "3 minutes ago" or "just now"."""
    if abs(moment - now) < 1.5:
        return "just now"
    return f"in {span(moment - now)}" if moment > now else f"{span(now - moment)} ago"


def claim_lines(claims: Mapping[str, Any], now: float) -> tuple[ClaimLine, ...]:
    """Every claim for people, in the token's order."""
    return tuple(
        ClaimLine(name[:200], _value(name, claim, now), _meaning(name)) for name, claim in claims.items()
    )


def is_program(claims: Mapping[str, Any]) -> bool:
    """True for the token that a program got for itself: client credentials name no user, and the client
    as `sub` (Cognito developer guide, "Understanding the access token")."""
    client = claims.get("client_id")
    return (
        bool(client) and claims.get("sub") == client and not {"username", "cognito:username"} & claims.keys()
    )


def person_in(claims: Mapping[str, Any]) -> str:
    """Whom the token names: e-mail address, else username, else sub; "" for a program's token."""
    if is_program(claims):
        return ""
    for name in ("email", "cognito:username", "username", "sub"):
        value = claims.get(name)
        if isinstance(value, str) and value:
            return value[:200]
    return ""


def _value(name: str, value: Any, now: float) -> str:
    moment = moment_of(value) if name in _MOMENTS else None
    if moment is not None:
        return f"{at(moment)} ({from_now(moment, now)})"
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ", ".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _meaning(name: str) -> str:
    if name.startswith("custom:"):
        return "Custom attribute of the pool"
    return MEANINGS.get(name, "")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave; missing ones are empty."""

    id_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
