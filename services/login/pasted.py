"""Any token, checked against the user pools that this console knows, and against nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass

from services.configuration.checks import DISCOVERY_PATH
from services.errors import ConsoleError
from services.login.chain import Link
from services.login.decision import decide, decision_links
from services.login.exchange import person_in
from services.login.jwks import KEYS, Keys
from services.login.jwt_text import Parts, take_apart
from services.login.places import KnownPool, known_pools, pool_of_issuer
from services.login.token_checks import Expected, check_token, groups_in, token_use_of
from services.login.words import ClaimLine, claim_lines
from services.roles import ActorSource, Permission
from services.store.applications import Application
from services.store.store import Store


class UnknownIssuer(ConsoleError):
    """The token names no user pool that is set up here; its claims are not believed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A token and what became of it. `decision` is what the application makes of it, if it is known."""

    pool: str
    kind: str
    application: str
    person: str
    checks: tuple[Link, ...]
    claims: tuple[ClaimLine, ...]
    decision: tuple[Link, ...] = ()


def check_pasted(store: Store, who: ActorSource, token: str, application_id: str = "") -> Judged:
    """Check a token for one application, or for whichever it was issued.

    Keys are fetched from the address of a pool that is set up here; what the token says about
    where to find keys is never followed. Nothing of the token is kept or logged. Raises
    `NotAToken`, `UnknownIssuer`, `NotPermitted`.
    """
    who().require(Permission.LOGIN_TEST)
    parts, now = take_apart(token), time.time()
    wanted = store.applications.get(application_id) if application_id else None
    pool = _pool(store, parts, wanted)
    mine = [one for one in _applications(store, pool) if wanted is None or one.id == wanted.id]
    expected = Expected(
        pool.name,
        pool.issuers,
        issuer=wanted.discovery_url.removesuffix(DISCOVERY_PATH) if wanted and not pool.endpoint else "",
        client_id=wanted.client_id if wanted else "",
        clients={one.client_id: one.name for one in mine},
    )
    checks = check_token(parts, lambda kid: _keys(pool, parts, kid), expected, now)
    client = parts.claims.get("client_id" if token_use_of(parts.claims) == "access" else "aud")
    application = wanted or next((one for one in mine if one.client_id == client), None)
    decision: tuple[Link, ...] = ()
    if application is not None and not any(link.state == "failed" for link in checks):
        made = decide(groups_in(parts.claims), application.allowed_groups, application.group_roles)
        decision = decision_links(made, application.allowed_groups, application.group_roles, application.name)
    kind = {"id": "ID token", "access": "Access token"}.get(token_use_of(parts.claims), "Token")
    return Judged(
        pool.name,
        kind,
        application.name if application else "",
        person_in(parts.claims),
        checks,
        claim_lines(parts.claims, now),
        decision,
    )


def _pool(store: Store, parts: Parts, wanted: Application | None) -> KnownPool:
    """The pool to check against: the application's, else the one that the token names."""
    pools = known_pools(store)
    if wanted is not None:
        record = store.pools.get(wanted.pool_record_id)
        found = next((one for one in pools if one.name == record.name), None)
    else:
        issuer = parts.claims.get("iss")
        found = pool_of_issuer(pools, issuer) if isinstance(issuer, str) else None
    if found is None:
        names = ", ".join(one.name for one in pools) or "none"
        raise UnknownIssuer(
            f"The token names the issuer {str(parts.claims.get('iss'))[:200]}, which is no user pool that is "
            "set up here. Nothing was fetched from there, and nothing in the token was believed.",
            f"Pools set up here: {names}. An administrator can add the pool on the Configuration page.",
        )
    return found


def _applications(store: Store, pool: KnownPool) -> tuple[Application, ...]:
    return store.applications.list(store.pools.by_name(pool.name).id)


def _keys(pool: KnownPool, parts: Parts, kid: str) -> Keys:
    """The pool's keys. On AWS each form of the issuer has its own address, both known beforehand."""
    issuer = parts.claims.get("iss")
    url = pool.keys_url
    if not pool.endpoint and issuer in pool.issuers:
        url = f"{issuer}/.well-known/jwks.json"
    return KEYS.keys(url, pool.origins, kid)
