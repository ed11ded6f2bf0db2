"""Every check of a token, one line each: passed, failed or not applicable, and why.

Only the pool's own keys are asked, whatever the token says; they are remembered for a while, and asked
for again when a key id is new. The rules are AWS's ("Verifying JSON web tokens", Cognito developer guide)
and those of OpenID Connect Core 1.0, section 3.1.3.7, and RFC 8725.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from services import web
from services.errors import ConsoleError
from services.login.chain import (
    Link,
    LinkState,
    doubtful,
    failed,
    not_applicable,
    not_reached,
    passed,
)
from services.login.token_text import (
    Parts,
    at,
    from_now,
    is_program,
    moment_of,
)
from services.recent import Recent
from services.words import span

FRESH_SECONDS = 600.0
REFETCH_SECONDS = 5.0
"""A key id nobody knows makes the console ask again, but not more often than this."""
SMALLEST_KEY = 2048
_REMEMBERED = 64
_MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class Keys:
    """RSA keys by key id; `others` are ids of keys that can't be used, with the reason."""

    by_id: dict[str, RSAKey]
    others: dict[str, str] = field(default_factory=dict)


class KeyBook:
    """Fetches key sets and remembers them. May be used from many threads."""

    def __init__(self) -> None:
        self._known: Recent[str, tuple[float, Keys]] = Recent(_REMEMBERED)

    def keys(self, url: str, origins: Iterable[str], wanted: str = "") -> Keys:
        """The keys at `url`; asked for again, once, when `wanted` is not among those remembered.

        Raises `ProviderUnreachable` or `AddressRefused`.
        """
        now = time.monotonic()
        at, known = self._known.get(url) or (0.0, None)
        if known is not None and now - at < FRESH_SECONDS:
            there = not wanted or wanted in known.by_id or wanted in known.others
            if there or now - at < REFETCH_SECONDS:
                return known
        fetched = read_keys(web.fetch_json(url, origins))
        self._known.put(url, (now, fetched))
        return fetched

    def forget(self) -> None:
        """Forget every key set."""
        self._known.clear()


KEYS = KeyBook()
"""The process's key sets."""


def read_keys(raw: dict[str, Any]) -> Keys:
    """The usable keys of a JSON Web Key Set: RSA, for signatures, at least 2048 bits, each id once."""
    usable: dict[str, RSAKey] = {}
    others: dict[str, str] = {}
    listed = raw.get("keys")
    for raw_key in listed[:_MOST_KEYS] if isinstance(listed, list) else []:
        if not isinstance(raw_key, dict) or not isinstance(raw_key.get("kid"), str):
            continue
        kid = raw_key["kid"]
        problem = _problem(raw_key)
        if problem:
            others[kid] = problem
            continue
        try:
            key = RSAKey.import_key(
                {name: raw_key[name] for name in ("kty", "n", "e", "kid") if name in raw_key}
            )
        except (JoseError, ValueError, TypeError, KeyError):
            others[kid] = "it can't be read"
            continue
        if kid in usable or kid in others:
            others[kid] = "its id is there twice"
            usable.pop(kid, None)
        else:
            usable[kid] = key
    return Keys(usable, others)


def _problem(raw_key: dict[str, Any]) -> str:
    if raw_key.get("kty") != "RSA":
        return "it is no RSA key"
    if raw_key.get("use", "sig") != "sig":
        return "it isn't for signatures"
    if raw_key.get("alg", "RS256") != "RS256":
        return "it is for another algorithm"
    modulus = raw_key.get("n")
    # four characters of base64 hold three bytes
    if not isinstance(modulus, str) or len(modulus) * 6 < SMALLEST_KEY:
        return f"it is shorter than {SMALLEST_KEY} bits"
    return ""


KeySource = Callable[[str], Keys]
"""Gives the pool's keys; it is told the key id that is looked for."""

FORGED = "Don't trust this token. If a program accepted it, that program doesn't check tokens properly."
_BRINGS_KEYS = ("jku", "jwk", "x5u", "x5c")
_NAMES_CERTIFICATE = ("x5t", "x5t#S256")


def signature_links(parts: Parts, keys: KeySource) -> tuple[Link, ...]:
    """Form, header, algorithm, key and signature, one line each. Nothing is raised."""
    algorithm = _algorithm(parts.header)
    return (_repeated(parts), _header(parts.header), algorithm, *_signature(parts, keys, algorithm))


def _repeated(parts: Parts) -> Link:
    if parts.repeated:
        names = ", ".join(name[:80] for name in parts.repeated[:5])
        return failed(
            "duplicates",
            "Each name once",
            f"More than once in it: {names}. Programs differ in which one they believe.",
            FORGED,
        )
    return passed("duplicates", "Each name once", "No name stands in it twice.")


def _header(header: Mapping[str, Any]) -> Link:
    title = "Header"
    if "crit" in header:
        return failed("header", title, "It demands an extension (“crit”) that Cognito doesn't use.", FORGED)
    brought = [name for name in _BRINGS_KEYS if name in header]
    if brought:
        return failed(
            "header",
            title,
            f"It brings its own key or says where to fetch one ({', '.join(brought)}), which Cognito never "
            "writes. That was ignored here: only the pool's keys count. Programs that follow it are fooled.",
            FORGED,
        )
    named = [name for name in _NAMES_CERTIFICATE if name in header]
    if named:
        return doubtful(
            "header",
            title,
            f"It names a certificate ({', '.join(named)}), which Cognito never writes. That was ignored.",
            FORGED,
        )
    return passed("header", title, "It names no key of its own.")


def _algorithm(header: Mapping[str, Any]) -> Link:
    key, title, alg = "algorithm", "Algorithm", header.get("alg")
    if alg == "RS256":
        return passed(key, title, "RS256, as Cognito signs.")
    shown = str(alg)[:40]
    if str(alg).lower() == "none":
        return failed(key, title, "The token says it isn't signed (alg “none”): anyone can write it.", FORGED)
    if str(alg).upper().startswith("HS"):
        return failed(
            key,
            title,
            f"It is signed with a shared secret ({shown}); the pool's public key used as that secret is a "
            "known trick.",
            FORGED,
        )
    return failed(key, title, f"It is signed with {shown}; Cognito signs with RS256 only.", FORGED)


def _signature(parts: Parts, keys: KeySource, algorithm: Link) -> tuple[Link, Link]:
    kid_title, title = "Key", "Signature"
    if algorithm.state is LinkState.FAILED:
        why = "Not looked at: the algorithm is wrong already."
        return not_reached("key-id", kid_title, why), not_reached("signature", title, why)
    kid = parts.header.get("kid")
    if not isinstance(kid, str) or not kid:
        link = failed("key-id", kid_title, "The token doesn't name its key (no “kid”).", FORGED)
        return link, not_reached("signature", title)
    try:
        known = keys(kid)
    except ConsoleError as error:
        link = failed("key-id", kid_title, f"The pool's keys can't be read: {error.message}", error.next_step)
        return link, not_reached("signature", title)
    key = known.by_id.get(kid)
    if key is None:
        problem = known.others.get(kid)
        text = (
            f"it has that key, but {problem}" if problem else "it has no such key, also not when asked again"
        )
        link = failed(
            "key-id",
            kid_title,
            f"The token names the key “{kid[:80]}” of the pool; {text}.",
            "The token is of another pool, or forged. Check which pool the application uses.",
        )
        return link, not_reached("signature", title)
    found = passed("key-id", kid_title, f"The pool has the key “{kid[:80]}”.")
    try:
        jws.deserialize_compact(parts.compact, key, algorithms=["RS256"])
    except (JoseError, ValueError, TypeError):
        return found, _not_fitting(parts, key)
    return found, passed("signature", title, "Signed with the pool's key, and unaltered.")


TOLERANCE = 60.0
"""Seconds by which two clocks may differ."""


def _not_fitting(parts: Parts, key: RSAKey) -> Link:
    """A signature that doesn't fit; an RSA signature is as long as the key (RFC 8017, 8.2.1)."""
    signature = parts.compact.rpartition(".")[2]
    size, wanted = len(signature) * 3 // 4, key.raw_value.key_size // 8
    if size < wanted:
        return failed(
            "signature",
            "Signature",
            f"The token is cut off at its end: its signature has {size} of {wanted} bytes.",
            "Copy it again, whole. So far nothing else speaks against it.",
        )
    if size > wanted:
        return failed(
            "signature",
            "Signature",
            f"It doesn't fit: something stands after its end ({size} instead of {wanted} bytes).",
            "Copy the token alone.",
        )
    return failed(
        "signature", "Signature", "It doesn't fit: the token was altered, or not signed by this pool.", FORGED
    )


@dataclass(frozen=True, slots=True)
class ExpectedToken:
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


def check_token(parts: Parts, keys: KeySource, expected: ExpectedToken, now: float) -> tuple[Link, ...]:
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
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _issuer(claims: Mapping[str, Any], expected: ExpectedToken) -> Link:
    key, title, issuer = "issuer", "Issuer", claims.get("iss")
    shown = str(issuer)[:300]
    if issuer not in expected.issuers:
        return failed(
            key,
            title,
            f"It names the issuer {shown}, which is not the pool {expected.pool}.",
            "Get the token from the right pool; check region and pool ID in the application's settings.",
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


def _token_use(claims: Mapping[str, Any], expected: ExpectedToken) -> Link:
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


def _audience(claims: Mapping[str, Any], expected: ExpectedToken) -> Link:
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


def _clock(claims: Mapping[str, Any], expected: ExpectedToken, now: float) -> Link:
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
    who = "A program got it" if is_program(claims) else "The person signed in"
    return passed(key, title, f"{who} {from_now(moment, now)}, on {at(moment)}.")


def _nonce(claims: Mapping[str, Any], expected: ExpectedToken) -> Link:
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


def _at_hash(claims: Mapping[str, Any], expected: ExpectedToken) -> Link:
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


def _scope(claims: Mapping[str, Any], expected: ExpectedToken) -> Link:
    key, title = "scope", "Scopes"
    if token_use_of(claims) != "access":
        return not_applicable(key, title, "Only access tokens carry scopes.")
    value = claims.get("scope", "")
    if not isinstance(value, str):
        return failed(key, title, "Its scopes are no text.", FORGED)
    has = value.split()
    missing = [scope for scope in expected.scopes if scope not in has]
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
    if value is None and is_program(claims):
        return not_applicable(key, title, "A program's token (client credentials): there is no person in it.")
    if value is None:
        return passed(key, title, "None: the person is in no group of the pool.")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return failed(key, title, "The groups (cognito:groups) are no list of names.", FORGED)
    return passed(key, title, f"In {', '.join(value[:30])}{' …' if len(value) > 30 else ''}.")
