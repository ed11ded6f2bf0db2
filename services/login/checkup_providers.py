"""The checks of identity providers: who offers them, what they map, and how long their certificates last.

Sources: Cognito developer guide, "Mapping IdP attributes to profiles and tokens" (mapped attributes are
written at every sign-in and must be mutable; addresses come unverified unless that is mapped too; what the
app client may not write is left out) and "Using SAML identity providers with a user pool"; API reference,
CreateUserPoolClient (WriteAttributes: what the client may not write is an error); AWS Security Blog, "How to
monitor the expiration of SAML identity provider certificates in an Amazon Cognito user pool".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.cognito.attributes import title_of
from services.cognito.gateway import CognitoGateway
from services.cognito.models import AppClient, UserPool
from services.cognito.providers import ProviderSettings
from services.cognito.sign_in import IdentityProvider
from services.errors import ConsoleError
from services.login.advice import (
    Advice,
    ClientFacts,
    PoolFacts,
    PoolSetting,
    ProviderFacts,
    good,
    mend,
    not_applicable,
    not_checked,
)
from services.login.chain import Title, Unknown, or_unknown
from services.login.client_fixes import LOCAL, allow_writing, stop_offering
from services.login.provider_metadata import SamlDescription, read_saml, saml_from
from services.login.severity import AdviceSeverity
from services.words import counted, day

HERE = "Configuration → Identity providers, in this console"
SOON, SOONER = timedelta(days=60), timedelta(days=14)
"""How long before its end a certificate is worth a warning, and a grave one."""

SPECIAL = "username"
"""The key of a mapping that names what a person is called in the pool, and no attribute (API reference)."""

OFFERED = PoolSetting(
    "provider-offered",
    Title("An app client offers it", "No app client offers it", "Which app clients offer it"),
    AdviceSeverity.LOW,
    "A provider is a way in only where the login page of an app client has its button.",
    HERE,
)
GONE = PoolSetting(
    "client-providers",
    Title(
        "The providers that it offers are there",
        "It offers a provider that is gone",
        "Providers that it offers",
    ),
    AdviceSeverity.MEDIUM,
    "Whoever chooses it on the login page only gets an error.",
    HERE,
)
CERTIFICATE = PoolSetting(
    "provider-certificate",
    Title("Its certificate lasts", "Its certificate runs out", "How long its certificate lasts"),
    AdviceSeverity.MEDIUM,
    "After that day nobody gets in through this provider. It renews the certificate, and the pool has to "
    "know the new one: by itself with a metadata address, by a new file otherwise.",
    HERE,
)
MAPPING = PoolSetting(
    "provider-mapping",
    Title("Its mapping fits the pool", "Its mapping doesn't fit the pool", "Whether its mapping fits"),
    AdviceSeverity.HIGH,
    "Cognito writes what is mapped at every sign-in; what it can't write, or lacks, ends the sign-in.",
    HERE,
)
OVERWRITES = PoolSetting(
    "provider-overwrites",
    Title(
        "It overwrites nothing that is kept here",
        "It overwrites what is changed here",
        "What it overwrites",
    ),
    AdviceSeverity.LOW,
    "At every sign-in what is mapped is taken from the provider: a name that is corrected here comes back "
    "as it was. Corrections belong to the provider.",
    HERE,
)
WRITES = PoolSetting(
    "client-writes",
    Title(
        "It may write what its providers map",
        "It may not write what its providers map",
        "What it may write",
    ),
    AdviceSeverity.HIGH,
    "Mapped attributes are written through the app client; what it may not write isn't written, or ends the "
    "sign-in: AWS's documents say both.",
    "AWS console → Cognito → the pool → App clients → this client → Attribute permissions",
)


def read_providers(
    gateway: CognitoGateway, *, with_metadata: bool = True
) -> tuple[ProviderFacts, ...] | Unknown:
    """The pool's identity providers, by name.

    A SAML provider's metadata is read at its address unless `with_metadata` is False.
    """
    listed = or_unknown(gateway.identity_providers)
    if isinstance(listed, Unknown):
        return listed
    return tuple(_read(gateway, provider, with_metadata) for provider in listed)


def _read(gateway: CognitoGateway, provider: IdentityProvider, with_metadata: bool) -> ProviderFacts:
    settings = or_unknown(lambda: gateway.describe_provider(provider.name))
    metadata = None
    if provider.kind == "SAML" and isinstance(settings, ProviderSettings) and with_metadata:
        metadata = metadata_of(settings)
    return ProviderFacts(provider.name, provider.kind, settings, metadata)


def metadata_of(settings: ProviderSettings) -> SamlDescription | Unknown:
    """The metadata of a SAML provider, from its file or its address."""
    try:
        if text := settings.details.get("MetadataFile", ""):
            return saml_from(text.encode())
        return read_saml(settings.details.get("MetadataURL", ""))
    except ConsoleError as error:
        return Unknown(error.message, error.next_step)


def provider_advice(facts: PoolFacts, now: datetime | None = None) -> list[Advice]:
    """Every check of identity providers; `now` is aware."""
    if isinstance(facts.providers, Unknown):
        return [
            not_checked(setting, facts.providers, subject="identity providers") for setting in PER_PROVIDER
        ]
    advice: list[Advice] = []
    for provider in facts.providers:
        advice += [
            offered(provider, facts),
            certificate(provider, now or datetime.now(UTC)),
            *_by_settings(provider, facts.pool),
        ]
    if not isinstance(facts.clients, Unknown):
        for client in facts.clients:
            advice += _of_client(client, facts)
    return advice


PER_PROVIDER = (OFFERED, CERTIFICATE, MAPPING, OVERWRITES)


def offered(provider: ProviderFacts, facts: PoolFacts) -> Advice:
    """Whether some app client offers it."""
    if isinstance(facts.clients, Unknown):
        return not_checked(OFFERED, facts.clients, subject=provider.name)
    by = [client.name or client.id for client in facts.readable if provider.name in client.providers]
    if by:
        return good(OFFERED, f"{', '.join(by)}.", subject=provider.name)
    unread = next((client.settings for client in facts.clients if isinstance(client.settings, Unknown)), None)
    if unread is not None:
        return not_checked(OFFERED, unread, subject=provider.name)
    return mend(
        OFFERED,
        "Nobody can sign in through it.",
        "Offer it in an app client, or delete it.",
        subject=provider.name,
    )


def certificate(provider: ProviderFacts, now: datetime) -> Advice:
    """How long a SAML provider's certificate lasts. `now` is aware."""
    subject = provider.name
    if provider.kind != "SAML":
        return not_applicable(CERTIFICATE, "Only SAML providers have one that runs out.", subject=subject)
    if not isinstance(provider.metadata, SamlDescription):
        return not_checked(CERTIFICATE, provider.metadata or _NOT_READ, subject=subject)
    ends = provider.metadata.ends
    if ends is None:
        return mend(
            CERTIFICATE,
            "Its metadata holds no certificate that can be read.",
            "Ask whoever runs the provider for complete metadata.",
            subject=subject,
        )
    last = day(ends)
    if ends <= now:
        return mend(
            CERTIFICATE,
            f"It ran out on {last}: nobody gets in.",
            "Get the provider's new metadata, and put it in here.",
            subject=subject,
            severity=AdviceSeverity.HIGH,
        )
    left = counted((ends - now).days, "day")
    if ends - now <= SOON:
        return mend(
            CERTIFICATE,
            f"It runs out on {last}, in {left}.",
            "Ask whoever runs the provider for its new metadata.",
            subject=subject,
            severity=AdviceSeverity.HIGH if ends - now <= SOONER else None,
        )
    return good(CERTIFICATE, f"Until {last}.", subject=subject)


_NOT_READ = Unknown("its metadata was not read.", "Open Configuration → Identity providers.")


def _by_settings(provider: ProviderFacts, pool: UserPool) -> tuple[Advice, ...]:
    if isinstance(provider.settings, Unknown):
        return tuple(
            not_checked(setting, provider.settings, subject=provider.name)
            for setting in (MAPPING, OVERWRITES)
        )
    return mapping(provider.settings, pool), overwrites(provider.settings)


def mapping_problems(mapped: dict[str, str], pool: UserPool) -> tuple[tuple[str, str], ...]:
    """What of a mapping ends sign-ins, as (attribute of the pool, why)."""
    found = []
    for name in mapped:
        attribute = pool.attribute(name)
        if name == SPECIAL:
            continue
        if attribute is None:
            found.append((name, f"the pool has no attribute {name}"))
        elif not attribute.mutable:
            found.append((name, f"{title_of(name)} can't be changed once it is set, so signing in fails"))
    lacking = [
        attribute.name
        for attribute in pool.schema
        if attribute.required and attribute.name not in mapped and attribute.name != "sub"
    ]
    found += [(name, f"the pool requires {title_of(name)}, and it isn't mapped") for name in lacking]
    return tuple(found)


def mapping(settings: ProviderSettings, pool: UserPool) -> Advice:
    """Whether Cognito can write what is mapped, and finds all it needs."""
    shown = ", ".join(f"{name} ← {claim}" for name, claim in settings.mapping.items()) or "nothing is mapped"
    problems = mapping_problems(dict(settings.mapping), pool)
    if problems:
        text = "; ".join(why for _, why in problems)
        return mend(
            MAPPING,
            f"{text[:1].upper()}{text[1:]}.",
            "Correct the mapping.",
            subject=settings.name,
            detail=shown,
        )
    if "email" not in settings.mapping:
        return mend(
            MAPPING,
            "The e-mail address isn't mapped: people who come through it can't be found by it, and nothing "
            "reaches them.",
            "Map email.",
            subject=settings.name,
            detail=shown,
            severity=AdviceSeverity.MEDIUM,
        )
    return good(MAPPING, f"{shown}.", subject=settings.name)


def overwrites(settings: ProviderSettings) -> Advice:
    """What of a person is taken from the provider at every sign-in."""
    names = [
        name for name in settings.mapping if name not in (SPECIAL, "email_verified", "phone_number_verified")
    ]
    subject = settings.name
    if not names:
        return good(OVERWRITES, "Nothing is mapped.", subject=subject)
    bare = [
        name
        for name in ("email", "phone_number")
        if name in settings.mapping and f"{name}_verified" not in settings.mapping
    ]
    titles = ", ".join(map(title_of, names))
    if bare:
        what = " and ".join(map(title_of, bare))
        return mend(
            OVERWRITES,
            f"{titles}. {what} comes unverified, because "
            f"{' and '.join(f'{name}_verified' for name in bare)} isn't mapped.",
            f"Map {' and '.join(f'{name}_verified' for name in bare)} where the provider vouches for it.",
            subject=subject,
        )
    if set(names) - {"email"}:
        return mend(
            OVERWRITES,
            f"{titles}: what is changed here lasts until the next sign-in.",
            "Map only what the provider shall decide; tell support where to correct it.",
            subject=subject,
        )
    return good(OVERWRITES, f"{titles} only, with whether it is verified.", subject=subject)


def _of_client(client: ClientFacts, facts: PoolFacts) -> tuple[Advice, ...]:
    settings = client.settings
    if isinstance(settings, Unknown):
        return tuple(not_checked(setting, settings, subject=client.label) for setting in (GONE, WRITES))
    if not set(settings.providers) - {LOCAL}:
        return ()
    assert not isinstance(facts.providers, Unknown)  # noqa: S101 - as the only caller has seen to
    return offers_gone(settings, facts.providers), writes(settings, facts.providers)


def offers_gone(client: AppClient, providers: tuple[ProviderFacts, ...]) -> Advice:
    """Whether the client offers a provider that the pool lacks."""
    subject, known = client.name or client.id, {provider.name for provider in providers}
    gone = [name for name in client.providers if name != LOCAL and name not in known]
    if not gone:
        return good(GONE, f"{', '.join(client.providers)}.", subject=subject)
    return mend(
        GONE,
        f"{', '.join(gone)}: the pool has no such provider.",
        "Stop offering it, or add the provider again.",
        subject=subject,
        fixes=[stop_offering(client, gone)],
    )


def writes(client: AppClient, providers: tuple[ProviderFacts, ...]) -> Advice:
    """Whether the client may write everything that the providers it offers map."""
    subject = client.name or client.id
    mapped = {
        name
        for provider in providers
        if provider.name in client.providers and isinstance(provider.settings, ProviderSettings)
        for name in provider.settings.mapping
        if name != SPECIAL and not name.endswith("_verified")
    }
    custom = sorted(name for name in mapped if not client.may_write(name))
    if not custom:
        return good(WRITES, "All that is mapped.", subject=subject)
    return mend(
        WRITES,
        f"Not writable through it: {', '.join(custom)}.",
        "Let it write them.",
        subject=subject,
        fixes=[allow_writing(client, custom)],
    )
