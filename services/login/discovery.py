"""The user pools that this console knows, and how each describes itself as an OpenID provider."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from services import web
from services.cognito.connection import ConnectionSettings
from services.cognito.gateway import CognitoGateway
from services.errors import ConsoleError
from services.login.chain import Link, doubtful, failed, not_applicable, passed
from services.login.provider_metadata import oidc_from
from services.store.applications import Application
from services.store.checks import DISCOVERY_PATH
from services.store.pools import PoolRecord
from services.store.store import Store
from services.web import AddressRefused, ProviderUnreachable, origin_of
from services.words import counted


@dataclass(frozen=True, slots=True)
class KnownPool:
    """A user pool of a connection. `endpoint` is "" on AWS."""

    name: str
    region: str
    pool_id: str
    endpoint: str = ""

    @property
    def issuers(self) -> tuple[str, ...]:
        """What the pool may call itself in `iss`, the usual form first.

        AWS has two forms, chosen by the pool's IssuerConfiguration (Cognito developer guide, "User
        pool endpoints"). Another endpoint may use its own address too.
        """
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        forms = tuple(
            f"https://{host}.{self.region}.{suffix}/{self.pool_id}"
            for host in ("cognito-idp", "issuer-cognito-idp")
        )
        return (*forms, f"{self.endpoint}/{self.pool_id}") if self.endpoint else forms

    @property
    def discovery_urls(self) -> tuple[str, ...]:
        """Where the pool's OpenID description can stand, the usual place first."""
        if self.endpoint:
            return (f"{self.endpoint}/{self.pool_id}{DISCOVERY_PATH}",)
        return tuple(issuer + DISCOVERY_PATH for issuer in self.issuers)

    @property
    def keys_url(self) -> str:
        """Where the pool's public keys stand, found without asking anybody."""
        return self.discovery_urls[0].removesuffix(DISCOVERY_PATH) + "/.well-known/jwks.json"

    @property
    def origins(self) -> frozenset[str]:
        """The origins that describe the pool."""
        return frozenset(origin_of(url) for url in self.discovery_urls)

    def is_own_host(self, host: str) -> bool:
        """True for hosts that only AWS can hand out in this pool's region."""
        suffix = ".amazonaws.com.cn" if self.region.startswith("cn-") else ".amazonaws.com"
        domain = f".auth.{self.region}.amazoncognito.com"
        return host.endswith(domain) or host in {
            f"{name}.{self.region}{suffix}" for name in ("cognito-idp", "issuer-cognito-idp")
        }


def known_pool(store: Store, pool: PoolRecord) -> KnownPool:
    """Where a configured pool stands. Raises `RecordNotFound` when its connection is gone."""
    connection = store.connections.get(pool.connection_id)
    region = pool.region or connection.region
    is_aws = ConnectionSettings(region, endpoint_url=connection.endpoint_url).is_aws
    endpoint = "" if is_aws else connection.endpoint_url.rstrip("/")
    return KnownPool(pool.name, region, pool.pool_id, endpoint)


def place_of(gateway: CognitoGateway, name: str) -> KnownPool:
    """Where the gateway's pool stands, whether it is set up or not; `name` is what people call it."""
    settings = gateway.settings
    endpoint = "" if settings.is_aws else settings.endpoint_url.rstrip("/")
    return KnownPool(name, settings.region, gateway.pool_id, endpoint)


def known_pools(store: Store) -> tuple[KnownPool, ...]:
    """Every configured pool that can be placed, by name."""
    found = []
    for record in store.pools.list():
        try:
            found.append(known_pool(store, record))
        except ConsoleError:  # a connection that was just removed, or one with an impossible region
            continue
    return tuple(found)


def pool_of_issuer(pools: tuple[KnownPool, ...], issuer: str) -> KnownPool | None:
    """The pool that calls itself `issuer`, compared character by character."""
    return next((pool for pool in pools if issuer in pool.issuers), None)


def discovery_of(pool: KnownPool, application: Application | None) -> str:
    """The discovery address that a sign-in to this application begins with."""
    if application is not None and application.discovery_url:
        return application.discovery_url
    return pool.discovery_urls[0]


def names_other_pool(pool: KnownPool, discovery_url: str) -> bool:
    """True if a discovery address is plainly not this pool's: nothing is read from it then.

    A pool on AWS is described by AWS alone: whoever else claims to be it would name keys of their own.
    """
    if discovery_url in pool.discovery_urls:
        return False
    # FIPS endpoints: AWS general reference, "Amazon Cognito Identity endpoints and quotas"
    fips = {origin.replace("://cognito-idp.", "://cognito-idp-fips.") for origin in pool.origins}
    elsewhere = not pool.endpoint and origin_of(discovery_url) not in pool.origins | fips
    return elsewhere or pool.pool_id not in urlsplit(discovery_url).path


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
    described = oidc_from(raw, url)
    found = Discovery(
        url,
        issuer=described.issuer,
        authorization_endpoint=described.authorize_url,
        token_endpoint=described.token_url,
        jwks_uri=described.jwks_uri,
        userinfo_endpoint=described.attributes_url,
        revocation_endpoint=described.revocation_url,
        end_session_endpoint=described.end_session_url,
        scopes=described.scopes,
    )
    origins = {home}
    for name in ENDPOINTS:
        address = getattr(found, name)
        if address and not _refusal(address, home, pool):
            origins.add(origin_of(address))
    return replace(found, origins=frozenset(origins))


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
        # the two that programs post to answer an empty form with a refusal
        method = "POST" if name in ("token_endpoint", "revocation_endpoint") else "GET"
        status = web.status_of(address, origins, method=method)
    except ConsoleError as error:
        return failed(name, title, error.message, error.next_step, detail=address)
    if status == httpx.codes.NOT_FOUND or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return failed(name, title, f"{address} answers {status}.", _NO_DOMAIN, detail=str(status))
    return passed(name, title, f"{address} answers.")
