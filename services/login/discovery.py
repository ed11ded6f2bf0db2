"""Reading and checking how a user pool describes itself as an OpenID provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from services.configuration.checks import DISCOVERY_PATH
from services.errors import ConsoleError
from services.login import web
from services.login.chain import Link, doubtful, failed, not_applicable, passed
from services.login.places import KnownPool
from services.login.web import AddressRefused, ProviderUnreachable, origin_of
from services.words import counted

ENDPOINTS = {
    "authorization_endpoint": "Sign-in page",
    "token_endpoint": "Token endpoint",
    "jwks_uri": "Public keys",
    "userinfo_endpoint": "User info",
    "revocation_endpoint": "Revocation",
    "end_session_endpoint": "Sign-out",
}
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_NO_DOMAIN = (
    "Give the pool a domain in the AWS console: the pool, Branding, Domain. "
    "Without one there is no hosted login page."
)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the description says, as far as the console uses it; missing addresses are empty."""

    url: str
    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    jwks_uri: str = ""
    userinfo_endpoint: str = ""
    revocation_endpoint: str = ""
    end_session_endpoint: str = ""
    scopes: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()

    @property
    def logout_address(self) -> str:
        """Where people sign out; Cognito has /logout beside its sign-in page and may not name it."""
        if self.end_session_endpoint or not self.authorization_endpoint:
            return self.end_session_endpoint
        return f"{origin_of(self.authorization_endpoint)}/logout"


def read_discovery(url: str, pool: KnownPool) -> Discovery:
    """The description at `url`, which is one of `pool` or was set up by an administrator.

    The addresses it names may be called afterwards if they stand at the same origin, at AWS's hosts
    for this pool's region, or at a public https host (a custom domain); others are left out of
    `origins`. Raises `ProviderUnreachable` or `AddressRefused`.
    """
    home = origin_of(url)
    raw = web.fetch_json(url, {home})
    found = Discovery(
        url,
        issuer=_text(raw, "issuer"),
        authorization_endpoint=_text(raw, "authorization_endpoint"),
        token_endpoint=_text(raw, "token_endpoint"),
        jwks_uri=_text(raw, "jwks_uri"),
        userinfo_endpoint=_text(raw, "userinfo_endpoint"),
        revocation_endpoint=_text(raw, "revocation_endpoint"),
        end_session_endpoint=_text(raw, "end_session_endpoint"),
        scopes=tuple(one for one in _list(raw, "scopes_supported") if isinstance(one, str)),
    )
    origins = {home}
    for name in ENDPOINTS:
        address = getattr(found, name)
        if address and not _refusal(address, home, pool):
            origins.add(origin_of(address))
    return replace(found, origins=frozenset(origins))


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) and len(value) < 2000 else ""


def _list(raw: dict[str, Any], name: str) -> list[Any]:
    value = raw.get(name)
    return value[:100] if isinstance(value, list) else []


def _refusal(address: str, home: str, pool: KnownPool) -> ConsoleError | None:
    """Why the console wouldn't call an address that a description names; None if it would."""
    if origin_of(address) == home or origin_of(address) in pool.origins:
        return None
    parts = urlsplit(address)
    if (
        origin_of(address)
        and parts.scheme == "https"
        and pool.is_own_host(parts.hostname or "")
        and not parts.port
    ):
        return None
    try:
        web.refuse_inside(address)
    except (AddressRefused, ProviderUnreachable) as error:
        return error
    return None


def discovery_links(found: Discovery, pool: KnownPool, *, try_them: bool = True) -> tuple[Link, ...]:
    """One line per part of the description: is it there, may it be called, does it answer?

    `try_them` sends a request without any credentials to each address.
    """
    links = [_issuer_link(found, pool)]
    for name, title in ENDPOINTS.items():
        address = getattr(found, name)
        if not address:
            links.append(_missing(name, title))
            continue
        refusal = _refusal(address, origin_of(found.url), pool)
        if refusal is not None:
            links.append(failed(name, title, refusal.message, refusal.next_step, detail=address))
        elif try_them:
            links.append(_tried(name, title, address, found.origins))
        else:
            links.append(passed(name, title, address))
    return tuple(links)


def _missing(name: str, title: str) -> Link:
    if name in NEEDED:
        return failed(name, title, "The description doesn't name it.", _NO_DOMAIN)
    if name == "end_session_endpoint":
        return not_applicable(name, title, "Not named; Cognito has /logout at the pool's domain.")
    return not_applicable(name, title, "The description doesn't name it.")


def _issuer_link(found: Discovery, pool: KnownPool) -> Link:
    title = "Issuer"
    if not found.issuer:
        return failed("issuer", title, "The description names no issuer.", "Check the discovery address.")
    if found.issuer not in pool.issuers:
        return failed(
            "issuer",
            title,
            f"The description is of another provider than the pool {pool.name}: it names the issuer "
            f"{found.issuer}.",
            "Correct the discovery URL of the application (Configuration, Applications). "
            f"For this pool it is {pool.discovery_urls[0]}",
            detail=found.issuer,
        )
    named = found.url.removesuffix(DISCOVERY_PATH)
    if found.issuer != named and not pool.endpoint:
        return doubtful(
            "issuer",
            title,
            f"Asked at {named}, the pool calls itself {found.issuer}: programs that compare both refuse it.",
            f"Use {found.issuer}{DISCOVERY_PATH} as the discovery URL.",
        )
    return passed("issuer", title, found.issuer)


def _tried(name: str, title: str, address: str, origins: Iterable[str]) -> Link:
    try:
        if name == "jwks_uri":
            count = len(_list(web.fetch_json(address, origins), "keys"))
            if not count:
                return failed(name, title, f"{address} has no keys.", "Check the pool's region and id.")
            return passed(name, title, f"{address} has {counted(count, 'key')}.")
        with httpx.Client(**web.client_options(origins)) as client:
            # the two that programs post to answer an empty form with a refusal
            method = "POST" if name in ("token_endpoint", "revocation_endpoint") else "GET"
            status = client.request(method, address).status_code
    except httpx.HTTPError as error:
        told = web.unreachable(address, error)
        return failed(name, title, told.message, told.next_step, detail=address)
    except ConsoleError as error:
        return failed(name, title, error.message, error.next_step, detail=address)
    if status == httpx.codes.NOT_FOUND or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return failed(name, title, f"{address} answers {status}.", _NO_DOMAIN, detail=str(status))
    return passed(name, title, f"{address} answers.")
