"""The whole chain of a sign-in through the API: its tokens checked, and what the application decides."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from services.login.api_ways import Subject
from services.login.chain import Link, failed, first_failure, not_reached
from services.login.decision import decide, decision_links
from services.login.exchange import person_in, summed_up
from services.login.flow import Flow
from services.login.jwks import KEYS, Keys
from services.login.jwt_text import NotAToken, Parts, take_apart
from services.login.places import KnownPool, known_pool
from services.login.report import Report, TokenReport
from services.login.token_checks import Expected, check_token, groups_in
from services.login.token_memory import Tokens
from services.login.words import claim_lines
from services.store.pools import PoolRecord
from services.store.store import Store

LATER = (
    ("signed-in", "Signed in"),
    ("signed-by-pool", "Token signed by this pool"),
    ("for-client", "For this client and this sign-in"),
    ("in-time", "In time"),
    ("allowed-group", "In an allowed group"),
    ("role", "Role"),
)


def report_of(
    store: Store, pool: PoolRecord, subject: Subject, links: Sequence[Link], tokens: Tokens
) -> Report:
    """The finished test. `links` lead up to the tokens; without tokens the rest was not reached."""
    chain, person = list(links), ""
    reports: list[TokenReport] = []
    if tokens.id_token or tokens.access_token:
        place = known_pool(store, pool)
        reports, claims = checked(place, subject, tokens)
        chain += [link for link in summed_up(reports) if link.key != "scopes"]
        person = person_in(claims)
        if first_failure(chain) is None:
            decision = decide(groups_in(claims), subject.allowed_groups, subject.group_roles)
            chain += decision_links(
                decision, subject.allowed_groups, subject.group_roles, subject.application
            )
    there = {link.key for link in chain}
    chain += [not_reached(key, title) for key, title in LATER if key not in there]
    return Report(
        flow=_facts(pool, subject),
        chain=tuple(chain),
        tokens=tuple(reports),
        person=person,
        refreshable=bool(tokens.refresh_token),
    )


def result_facts(way: str, person: str, chain: Sequence[Link]) -> dict[str, Any]:
    """What the activity log keeps of a finished test."""
    broken = first_failure(chain)
    role = next((link.detail for link in chain if link.key == "role" and link.detail), "")
    result = f"failed at: {broken.title}" if broken else "signed in"
    return {"way": way, "person": person, "result": result, **({"role": role} if role and not broken else {})}


def checked(place: KnownPool, subject: Subject, tokens: Tokens) -> tuple[list[TokenReport], dict[str, Any]]:
    """Both tokens checked against the pool's keys, and the claims to decide by."""
    reports: list[TokenReport] = []
    claims: dict[str, Any] = {}
    now = time.time()
    for title, use, token in (
        ("Access token", "access", tokens.access_token),
        ("ID token", "id", tokens.id_token),
    ):
        if token:
            report, parts = check(title, use, token, place, subject, now)
            reports.insert(0, report)
            claims = dict(parts.claims) if parts else {}
    return reports, claims


def check(
    title: str, use: str, token: str, place: KnownPool, subject: Subject, now: float
) -> tuple[TokenReport, Parts | None]:
    """One token of an API sign-in; the parts are None when it is none at all."""
    try:
        parts = take_apart(token)
    except NotAToken as error:
        return TokenReport(title, (failed("signature", "Form", error.message, error.next_step),), ()), None

    def keys(kid: str) -> Keys:
        return KEYS.keys(place.keys_url, place.origins, kid)

    expected = Expected(
        place.name,
        place.issuers,
        client_id=subject.client.id,
        clients={subject.client.id: subject.name},
        token_use=use,
        fresh=True,
    )
    return TokenReport(title, check_token(parts, keys, expected, now), claim_lines(parts.claims, now)), parts


def _facts(pool: PoolRecord, subject: Subject) -> dict[str, Any]:
    return Flow(
        pool_record_id=pool.id,
        pool_name=pool.name,
        application_id=subject.application_id,
        application=subject.application,
        client_id=subject.client.id,
        discovery_url="",
        redirect_uri="",
        allowed_groups=subject.allowed_groups,
        group_roles=subject.group_roles,
    ).facts()
