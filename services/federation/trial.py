"""A provider looked at before it is saved: does it answer, is it the one that is meant, does it fit the pool?

Nothing is changed by it, and no secret is sent anywhere. What is called from here has to be called from
AWS, too: an answer here makes that likely, not certain.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx

from services import web
from services.cognito.models import UserPool
from services.errors import ConsoleError
from services.federation.draft import ProviderDraft, ProviderKind, issuer_of
from services.login.chain import Link, Title, doubtful, failed, not_applicable, not_reached, passed
from services.login.checkup_providers import SOON, SPECIAL, mapping_problems
from services.login.provider_metadata import (
    OidcDescription,
    SamlDescription,
    oidc_from,
    read_oidc,
    read_saml,
    saml_from,
)
from services.web import origin_of
from services.words import counted, day

DESCRIPTION = Title("It describes itself", "It doesn't describe itself", "Its description")
ISSUER = Title("It is the one that is meant", "It is another one", "Which provider it is")
PLACES = {
    "authorize_url": Title("Its sign-in page answers", "Its sign-in page doesn't answer", "Its sign-in page"),
    "token_url": Title(
        "Its token endpoint answers", "Its token endpoint doesn't answer", "Its token endpoint"
    ),
    "attributes_url": Title("Its user info answers", "Its user info doesn't answer", "Its user info"),
    "jwks_uri": Title("Its keys are there", "Its keys aren't there", "Its keys"),
}
CERTIFICATE = Title("Its certificate lasts", "Its certificate runs out", "Its certificate")
EMAIL = Title("The e-mail address is mapped", "The e-mail address isn't mapped", "The e-mail address")
FITS = Title("The mapping fits the pool", "The mapping doesn't fit the pool", "The mapping")
BACK = Title(
    "Where it sends people back to",
    "Nowhere to send people back to",
    "Where it sends people back to",
)


SENDS_BACK = "sends-back"
"""The key of the link that says where the provider sends people back to; its detail is that address alone."""


def try_out(draft: ProviderDraft, pool: UserPool, home: str, region: str) -> tuple[Link, ...]:
    """Every check of a draft, in order. `home` is the origin of the connection's own endpoint, or ""."""
    links = [*_provider(draft, home)]
    links += [email(draft), fits(draft, pool), sends_back(draft, pool, region)]
    return tuple(links)


def description_of(draft: ProviderDraft, home: str) -> OidcDescription | SamlDescription | None:
    """What the provider says of itself; None for Google, which AWS knows. Raises as the readers do."""
    if draft.kind is ProviderKind.GOOGLE:
        return None
    if draft.kind is ProviderKind.SAML:
        return saml_from(draft.file.encode()) if draft.file else read_saml(draft.source, home)
    if draft.endpoints:
        named = {"issuer": draft.source, **_by_discovery_name(draft)}
        return oidc_from(named, "")
    return read_oidc(draft.source, home)


def _by_discovery_name(draft: ProviderDraft) -> dict[str, str]:
    names = {"authorize_url": "authorization_endpoint", "token_url": "token_endpoint"}
    names |= {"attributes_url": "userinfo_endpoint", "jwks_uri": "jwks_uri"}
    return {names[key]: value for key, value in draft.endpoints.items() if key in names}


def _provider(draft: ProviderDraft, home: str) -> Iterator[Link]:
    """Whether the provider answers, and is the one that the draft names."""
    if draft.kind is ProviderKind.GOOGLE:
        yield not_applicable("description", DESCRIPTION, "AWS knows where Google is.")
        return
    try:
        found = description_of(draft, home)
    except ConsoleError as error:
        yield failed("description", DESCRIPTION, error.message, error.next_step, detail=draft.source)
        yield not_reached("issuer", ISSUER)
        return
    yield passed("description", DESCRIPTION, f"Read from {draft.source or 'the file'}.")
    if isinstance(found, SamlDescription):
        yield from _saml(found, home)
    elif found is not None:
        yield issuer(draft, found)
        yield from (place(key, address, home) for key, address in found.endpoints.items())


def issuer(draft: ProviderDraft, found: OidcDescription) -> Link:
    """Whether the provider calls itself what was typed: Cognito refuses tokens of another issuer."""
    meant = issuer_of(draft.source)
    if found.issuer == meant:
        return passed("issuer", ISSUER, f"It calls itself {found.issuer}.")
    if found.issuer.rstrip("/") == meant.rstrip("/"):
        return failed(
            "issuer",
            ISSUER,
            f"It calls itself {found.issuer}: the slash at the end counts.",
            f"Enter {found.issuer}",
        )
    return failed(
        "issuer",
        ISSUER,
        f"It calls itself {found.issuer or 'nothing at all'}, and {meant} was entered.",
        f"Enter {found.issuer}" if found.issuer else "Ask whoever runs the provider for its issuer.",
    )


def place(key: str, address: str, home: str) -> Link:
    """Whether an endpoint is named and answers, to a request without any credentials."""
    title = PLACES[key]
    if not address:
        return failed(key, title, "The description doesn't name it.", "Cognito needs it; ask the provider.")
    try:
        if origin_of(address) != home:
            web.refuse_inside(address)
        status = web.status_of(address, {origin_of(address)}, method="POST" if key == "token_url" else "GET")
    except ConsoleError as error:
        return failed(key, title, error.message, error.next_step, detail=address)
    if status == httpx.codes.NOT_FOUND or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return failed(
            key, title, f"{address} answers {status}.", "Ask whoever runs the provider.", detail=str(status)
        )
    return passed(key, title, f"{address} answers.")


def _saml(found: SamlDescription, home: str) -> Iterator[Link]:
    if found.entity_id:
        yield passed("issuer", ISSUER, f"It calls itself {found.entity_id}.")
    else:
        yield failed("issuer", ISSUER, "It has no name (entityID).", "Ask for complete metadata.")
    yield place("authorize_url", found.sign_in, home)
    ends, now = found.ends, datetime.now(UTC)
    if ends is None:
        yield failed(
            "certificate",
            CERTIFICATE,
            "The metadata holds no certificate that can be read.",
            "Ask for complete metadata.",
        )
    elif ends <= now:
        yield failed("certificate", CERTIFICATE, f"It ran out on {day(ends)}.", "Ask for newer metadata.")
    elif ends - now <= SOON:
        left = counted((ends - now).days, "day")
        yield doubtful("certificate", CERTIFICATE, f"It runs out on {day(ends)}, in {left}.")
    else:
        yield passed("certificate", CERTIFICATE, f"Until {day(ends)}.")


def email(draft: ProviderDraft) -> Link:
    """Whether people who come through it can be found and written to."""
    claim = draft.mapping.get("email", "")
    if claim:
        return passed("email", EMAIL, f"From {claim}.")
    return failed(
        "email",
        EMAIL,
        "People who come through it would have no e-mail address here.",
        "Map “email” to what the provider calls the address.",
    )


def fits(draft: ProviderDraft, pool: UserPool) -> Link:
    """Whether the pool can take what is mapped, and gets what it requires."""
    problems = mapping_problems(dict(draft.mapping), pool)
    if problems:
        text = "; ".join(why for _, why in problems)
        return failed("mapping", FITS, f"{text[:1].upper()}{text[1:]}.", "Correct the mapping.")
    names = [name for name in draft.mapping if name != SPECIAL]
    return passed("mapping", FITS, f"{counted(len(names), 'attribute')}: {', '.join(names)}.")


def sends_back(draft: ProviderDraft, pool: UserPool, region: str) -> Link:
    """What has to be registered at the provider."""
    host = pool.custom_domain or (f"{pool.domain}.auth.{region}.amazoncognito.com" if pool.domain else "")
    if not host:
        return failed(
            SENDS_BACK,
            BACK,
            "The pool has no domain, so it has no login page that could ask the provider.",
            "AWS console → Cognito → the pool → Branding → Domain: create one.",
        )
    saml = draft.kind is ProviderKind.SAML
    address = f"https://{host}/{'saml2' if saml else 'oauth2'}/idpresponse"
    also = f" (as the service provider urn:amazon:cognito:sp:{pool.id})" if saml else ""
    return passed(SENDS_BACK, BACK, f"Register this at the provider: {address}{also}", detail=address)
