"""The user pools that this console knows: where each describes itself, and what it calls itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from services.cognito.connection import ConnectionSettings
from services.configuration.checks import DISCOVERY_PATH
from services.errors import ConsoleError
from services.login.web import origin_of
from services.store.applications import Application
from services.store.pools import PoolRecord
from services.store.store import Store


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
    return next((one for one in pools if issuer in one.issuers), None)


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
    fips = {one.replace("://cognito-idp.", "://cognito-idp-fips.") for one in pool.origins}
    elsewhere = not pool.endpoint and origin_of(discovery_url) not in pool.origins | fips
    return elsewhere or pool.pool_id not in urlsplit(discovery_url).path
