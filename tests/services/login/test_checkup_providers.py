"""The check-up of identity providers: each setting with its good case and its bad ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.cognito.app_clients import ClientEdit, ClientSetting
from services.cognito.models import AppClient, SchemaAttribute, UserPool
from services.cognito.providers import ProviderSettings
from services.cognito.sign_in import MfaConfig
from services.login.advice import Advice, CheckupVerdict, ClientFacts, PoolFacts, ProviderFacts
from services.login.chain import Unknown
from services.login.checkup_providers import metadata_of, provider_advice
from services.login.provider_metadata import SamlDescription, SigningCertificate
from services.login.severity import AdviceSeverity
from tests.services.login.test_provider_metadata import NOW, certificate, metadata

POOL = UserPool(
    "eu-west-1_p",
    "Staff",
    schema=(
        SchemaAttribute("email"),
        SchemaAttribute("email_verified", "Boolean"),
        SchemaAttribute("name"),
        SchemaAttribute("custom:badge", mutable=False),
        SchemaAttribute("custom:unit"),
    ),
)
COMPANY = ProviderSettings(
    "Company", "OIDC", {}, {"email": "email", "email_verified": "email_verified", "username": "sub"}
)
CLIENT = AppClient("c1", "portal", providers=("COGNITO", "Company"), hosted=True)


def facts(
    settings: ProviderSettings | Unknown = COMPANY,
    client: AppClient = CLIENT,
    pool: UserPool = POOL,
    saml: SamlDescription | Unknown | None = None,
) -> PoolFacts:
    kind = settings.kind if isinstance(settings, ProviderSettings) else "OIDC"
    return PoolFacts(
        pool,
        MfaConfig("OFF"),
        (ClientFacts(client.id, client.name, client),),
        providers=(ProviderFacts("Company", kind, settings, saml),),
    )


def advice(key: str, given: PoolFacts) -> Advice:
    return next(found for found in provider_advice(given, NOW) if found.key == key)


def mapped(**more: str) -> ProviderSettings:
    names = {name.replace("custom_", "custom:"): claim for name, claim in more.items()}
    return replace(COMPANY, mapping={**COMPANY.mapping, **names})


def test_all_is_well_with_a_provider_that_is_offered_and_maps_a_verified_address() -> None:
    assert {found.verdict for found in provider_advice(facts(), NOW)} == {
        CheckupVerdict.GOOD,
        CheckupVerdict.NOT_APPLICABLE,
    }


WRONG: tuple[tuple[PoolFacts, str, AdviceSeverity, str], ...] = (
    (facts(client=replace(CLIENT, providers=("COGNITO",))), "provider-offered", AdviceSeverity.LOW, "Nobody"),
    (
        facts(client=replace(CLIENT, providers=("Company", "Okta"))),
        "client-providers",
        AdviceSeverity.MEDIUM,
        "Okta: the pool has no such",
    ),
    (facts(mapped(custom_gone="x")), "provider-mapping", AdviceSeverity.HIGH, "no attribute custom:gone"),
    (
        facts(mapped(custom_badge="x")),
        "provider-mapping",
        AdviceSeverity.HIGH,
        "can't be changed once it is set",
    ),
    (
        facts(pool=replace(POOL, schema=(*POOL.schema, SchemaAttribute("birthdate", required=True)))),
        "provider-mapping",
        AdviceSeverity.HIGH,
        "requires Date of birth",
    ),
    (
        facts(replace(COMPANY, mapping={"username": "sub"})),
        "provider-mapping",
        AdviceSeverity.MEDIUM,
        "e-mail address isn't mapped",
    ),
    (facts(mapped(name="name")), "provider-overwrites", AdviceSeverity.LOW, "lasts until the next sign-in"),
    (
        facts(replace(COMPANY, mapping={"email": "email"})),
        "provider-overwrites",
        AdviceSeverity.LOW,
        "E-mail address comes unverified",
    ),
    (facts(mapped(custom_unit="unit")), "client-writes", AdviceSeverity.HIGH, "custom:unit"),
)


@pytest.mark.parametrize(("given", "key", "severity", "words"), WRONG, ids=lambda value: str(value)[:25])
def test_what_is_wrong_is_said_in_words(
    given: PoolFacts, key: str, severity: AdviceSeverity, words: str
) -> None:
    found = advice(key, given)
    assert found.verdict is CheckupVerdict.MEND
    assert found.severity is severity
    assert words in found.found
    assert found.fix
    assert found.title == found.setting.title.bad


def test_what_is_an_app_clients_is_put_right_there() -> None:
    gone = advice("client-providers", facts(client=replace(CLIENT, providers=("Company", "Okta"))))
    assert [fix.edits for fix in gone.fixes] == [(ClientEdit(ClientSetting.PROVIDERS, "Okta", on=False),)]
    writes = advice("client-writes", facts(mapped(custom_unit="unit")))
    assert [fix.edits for fix in writes.fixes] == [(ClientEdit(ClientSetting.WRITABLE, "custom:unit"),)]


@pytest.mark.parametrize(
    ("days", "verdict", "severity"),
    [
        (-1, CheckupVerdict.MEND, AdviceSeverity.HIGH),
        (5, CheckupVerdict.MEND, AdviceSeverity.HIGH),
        (40, CheckupVerdict.MEND, AdviceSeverity.MEDIUM),
        (100, CheckupVerdict.GOOD, AdviceSeverity.MEDIUM),
    ],
)
def test_a_certificate_is_told_before_it_runs_out(days: int, verdict: Any, severity: Any) -> None:
    saml = SamlDescription("x", certificates=(SigningCertificate("x", NOW, NOW + timedelta(days=days)),))
    found = advice("provider-certificate", facts(replace(COMPANY, kind="SAML"), saml=saml))
    assert (found.verdict, found.severity) == (verdict, severity)


def test_metadata_that_was_not_read_is_never_good() -> None:
    lost = facts(replace(COMPANY, kind="SAML"), saml=Unknown("id.example.com can't be reached."))
    assert advice("provider-certificate", lost).verdict is CheckupVerdict.UNKNOWN
    assert advice("provider-mapping", facts(Unknown("no permission"))).verdict is CheckupVerdict.UNKNOWN
    nothing = replace(facts(), providers=Unknown("no permission"))
    assert {found.verdict for found in provider_advice(nothing, NOW)} == {CheckupVerdict.UNKNOWN}


def test_the_metadata_of_a_file_is_read_without_calling_anybody() -> None:
    text = metadata(certificate(NOW + timedelta(days=3))).decode()
    found = metadata_of(ProviderSettings("S", "SAML", {"MetadataFile": text}))
    assert isinstance(found, SamlDescription)
    assert found.ends == NOW + timedelta(days=3)
    assert isinstance(metadata_of(ProviderSettings("S", "SAML", {"MetadataFile": "<x/>"})), Unknown)


def test_what_a_client_may_not_write_is_told_as_aws_tells_it_two_ways() -> None:
    found = advice("client-writes", facts(mapped(custom_unit="unit")))
    assert "isn't written, or ends the sign-in" in found.setting.why
