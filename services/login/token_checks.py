"""Every check of a token, one line each: passed, failed or not applicable, and why.

The rules are AWS's ("Verifying JSON web tokens", Cognito developer guide) and those of OpenID
Connect Core 1.0, section 3.1.3.7, and RFC 8725.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.login.chain import Link, doubtful, failed, not_applicable, passed
from services.login.jwt_text import Parts
from services.login.token_signature import FORGED, KeySource, signature_links
from services.login.words import at, from_now, moment_of
from services.words import span

TOLERANCE = 60.0
"""Seconds by which two clocks may differ."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token should be. Empty values are not known, so not compared.

    `issuers` are all names of the pool, `issuer` the one it should have used. `clients` names the
    app clients that are known (id → application). `nonce` None means that no sign-in of this
    console asked for the token.
    """

    pool: str
    issuers: tuple[str, ...]
    issuer: str = ""
    client_id: str = ""
    clients: Mapping[str, str] = field(default_factory=dict)
    token_use: str = ""
    nonce: str | None = None
    access_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    fresh: bool = False


def check_token(parts: Parts, keys: KeySource, expected: Expected, now: float) -> tuple[Link, ...]:
    """All checks in order. `now` is seconds since 1970; nothing is raised."""
    claims = parts.claims
    return (
        *signature_links(parts, keys),
        _issuer(claims, expected),
        _token_use(claims, expected),
        _audience(claims, expected),
        _expiry(claims, now),
        _not_before(claims, now),
        _clock(claims, expected, now),
        _auth_time(claims, now),
        _nonce(claims, expected),
        _at_hash(claims, expected),
        _scope(claims, expected),
        _groups(claims),
    )


def token_use_of(claims: Mapping[str, Any]) -> str:
    """ "id" or "access" as the token says, else ""."""
    use = claims.get("token_use")
    return use if use in ("id", "access") else ""


def groups_in(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The groups that the token names; Cognito leaves the claim out for people without any."""
    value = claims.get("cognito:groups")
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _issuer(claims: Mapping[str, Any], expected: Expected) -> Link:
    key, title, issuer = "issuer", "Issuer", claims.get("iss")
    shown = str(issuer)[:300]
    if issuer not in expected.issuers:
        return failed(
            key,
            title,
            f"It names the issuer {shown}, which is not the pool {expected.pool}.",
            "Get the token from the right pool; check region and pool id in the application's settings.",
        )
    if expected.issuer and issuer != expected.issuer:
        return failed(
            key,
            title,
            f"It names {shown}, but the application's discovery says {expected.issuer}: the pool has two "
            "forms of its name, and programs compare them to the letter.",
            "Give the application the discovery URL of the form that stands in the token.",
        )
    return passed(key, title, f"The pool {expected.pool}.", detail=shown)


def _token_use(claims: Mapping[str, Any], expected: Expected) -> Link:
    key, title, use = "token-use", "Kind of token", token_use_of(claims)
    words = {"id": "an ID token", "access": "an access token"}
    if not use:
        return failed(
            key,
            title,
            "It doesn't say whether it is an ID or an access token (token_use).",
            "It is no token of a user pool.",
        )
    if expected.token_use and use != expected.token_use:
        return failed(
            key,
            title,
            f"It is {words[use]}, where {words[expected.token_use]} is wanted.",
            "Give the program the other token: ID tokens say who somebody is, access tokens open APIs.",
        )
    return passed(key, title, f"It is {words[use]}.")


def _audience(claims: Mapping[str, Any], expected: Expected) -> Link:
    key, title = "client", "App client"
    access = token_use_of(claims) == "access"
    name = "client_id" if access else "aud"
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        return failed(
            key,
            title,
            f"It names no app client ({name} is missing or no text).",
            "It is no token that a program should take for a person.",
        )
    if not access and claims.get("azp", value) != value:
        return failed(key, title, "It names two different app clients (aud and azp).", FORGED)
    shown, known = value[:128], expected.clients.get(value, "")
    if expected.client_id and value != expected.client_id:
        return failed(
            key,
            title,
            f"It was issued for another app client{f' ({known})' if known else ''}: {shown}.",
            "Check the client ID in the application's settings; tokens are good for one application only.",
        )
    if not expected.client_id and expected.clients and not known:
        return doubtful(
            key,
            title,
            f"It was issued for {shown}, an app client of no application set up here.",
            "Compare it with the client ID in the application's settings.",
        )
    return passed(key, title, f"Issued for {known or shown}.", detail=shown)


def _expiry(claims: Mapping[str, Any], now: float) -> Link:
    key, title, moment = "expiry", "In time", moment_of(claims.get("exp"))
    if moment is None:
        return failed(key, title, "It doesn't say until when it is good (exp).", FORGED)
    if moment <= now - TOLERANCE:
        return failed(
            key,
            title,
            f"It expired {from_now(moment, now)}, on {at(moment)}.",
            "Sign in again, or use the refresh token. If it was just issued, compare the clocks.",
        )
    if moment <= now:
        return doubtful(key, title, f"It expired {from_now(moment, now)}; most programs allow a minute.")
    return passed(key, title, f"Good until {at(moment)} ({from_now(moment, now)}).")


def _not_before(claims: Mapping[str, Any], now: float) -> Link:
    key, title = "not-before", "Not before"
    if "nbf" not in claims:
        return not_applicable(key, title, "It has no such limit, as usual with Cognito.")
    moment = moment_of(claims["nbf"])
    if moment is None:
        return failed(key, title, "Its start (nbf) is no moment.", FORGED)
    if moment > now + TOLERANCE:
        return failed(
            key,
            title,
            f"It is good only from {at(moment)} on ({from_now(moment, now)}).",
            "Wait, or compare the clocks.",
        )
    return passed(key, title, f"Good since {at(moment)}.")


def _clock(claims: Mapping[str, Any], expected: Expected, now: float) -> Link:
    key, title, moment = "clock", "Clocks", moment_of(claims.get("iat"))
    if moment is None:
        return failed(key, title, "It doesn't say when it was issued (iat).", FORGED)
    ahead = moment - now
    if ahead > TOLERANCE:
        return failed(
            key,
            title,
            f"It was issued {span(ahead)} in the future: two clocks differ.",
            "Set the clock of this machine by a time server; AWS's clock is right.",
        )
    if expected.fresh and -ahead > TOLERANCE:
        return doubtful(
            key,
            title,
            f"It was just issued, yet says {span(ahead)} ago: this machine's clock is ahead.",
            "Set the clock of this machine by a time server.",
        )
    if expected.fresh:
        return passed(key, title, f"This machine and the pool differ by about {span(ahead)}.")
    return passed(key, title, f"Issued {from_now(moment, now)}, not in the future.")


def _auth_time(claims: Mapping[str, Any], now: float) -> Link:
    key, title = "auth-time", "Signed in"
    if "auth_time" not in claims:
        return not_applicable(key, title, "It doesn't say when the person signed in.")
    moment = moment_of(claims["auth_time"])
    if moment is None or moment > now + TOLERANCE:
        return failed(
            key, title, "The moment of the sign-in (auth_time) lies in the future or is none.", FORGED
        )
    return passed(key, title, f"The person signed in {from_now(moment, now)}, on {at(moment)}.")


def _nonce(claims: Mapping[str, Any], expected: Expected) -> Link:
    key, title = "nonce", "Nonce"
    if expected.nonce is None or token_use_of(claims) == "access":
        return not_applicable(
            key, title, "Only ID tokens of a sign-in that this console began have one to compare."
        )
    value = claims.get("nonce")
    if not isinstance(value, str) or not hmac.compare_digest(value.encode(), expected.nonce.encode()):
        return failed(
            key,
            title,
            "It belongs to another sign-in than the one this test began."
            if value
            else "It doesn't carry the nonce that the sign-in asked for.",
            "Somebody may have swapped the answers of two sign-ins. Begin the test again.",
        )
    return passed(key, title, "It belongs to the sign-in that this test began.")


def _at_hash(claims: Mapping[str, Any], expected: Expected) -> Link:
    key, title = "at-hash", "Belongs to the access token"
    if token_use_of(claims) == "access":
        return not_applicable(key, title, "Only ID tokens say this.")
    if "at_hash" not in claims:
        return not_applicable(key, title, "The token doesn't say it (no at_hash).")
    if not expected.access_token:
        return not_applicable(key, title, "The access token given with it isn't here to compare.")
    half = hashlib.sha256(expected.access_token.encode()).digest()[:16]
    wanted = base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    if not hmac.compare_digest(str(claims["at_hash"]).encode(), wanted.encode()):
        return failed(key, title, "It was given with another access token (at_hash differs).", FORGED)
    return passed(key, title, "It was given together with the access token.")


def _scope(claims: Mapping[str, Any], expected: Expected) -> Link:
    key, title = "scope", "Scopes"
    if token_use_of(claims) != "access":
        return not_applicable(key, title, "Only access tokens carry scopes.")
    value = claims.get("scope", "")
    if not isinstance(value, str):
        return failed(key, title, "Its scopes are no text.", FORGED)
    has = value.split()
    missing = [one for one in expected.scopes if one not in has]
    if missing:
        return failed(
            key,
            title,
            f"Missing: {', '.join(missing)}. It has: {', '.join(has) or 'none'}.",
            "Ask for the scope in the sign-in, and allow it at the app client (Login pages, OpenID Connect "
            "scopes).",
        )
    return passed(key, title, f"It has: {', '.join(has) or 'none'}.")


def _groups(claims: Mapping[str, Any]) -> Link:
    key, title = "groups", "Groups"
    value = claims.get("cognito:groups")
    if value is None:
        return passed(key, title, "None: the person is in no group of the pool.")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return failed(key, title, "The groups (cognito:groups) are no list of names.", FORGED)
    return passed(key, title, f"In {', '.join(value[:30])}{' …' if len(value) > 30 else ''}.")
