"""Claims of a token for people: what each is, and moments in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from services.words import span

_LONGEST = 2000

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "sub": "The person's permanent id in the pool",
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
        "jti": "This token's own id",
        "origin_jti": "The sign-in it goes back to (used to revoke it)",
        "event_id": "Cognito's id of the sign-in",
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
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M:%S UTC").lstrip("0")


def from_now(moment: float, now: float) -> str:
    """ "in 59 minutes", "3 minutes ago" or "just now"."""
    if abs(moment - now) < 1.5:
        return "just now"
    return f"in {span(moment - now)}" if moment > now else f"{span(now - moment)} ago"


def claim_lines(claims: Mapping[str, Any], now: float) -> tuple[ClaimLine, ...]:
    """Every claim for people, in the token's order."""
    return tuple(
        ClaimLine(name[:200], _value(name, one, now), _meaning(name)) for name, one in claims.items()
    )


def _value(name: str, value: Any, now: float) -> str:
    moment = moment_of(value) if name in _MOMENTS else None
    if moment is not None:
        return f"{at(moment)} ({from_now(moment, now)})"
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = ", ".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _meaning(name: str) -> str:
    if name.startswith("custom:"):
        return "Custom attribute of the pool"
    return MEANINGS.get(name, "")
