"""Is a token signed by the pool? Only the pool's own keys are asked, whatever the token says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from services.errors import ConsoleError
from services.login.chain import Link, LinkState, doubtful, failed, not_reached, passed
from services.login.jwks import Keys
from services.login.jwt_text import Parts

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
        return found, failed(
            "signature", title, "It doesn't fit: the token was altered, or not signed by this pool.", FORGED
        )
    return found, passed("signature", title, "Signed with the pool's key, and unaltered.")
