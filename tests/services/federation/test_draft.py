"""A provider as it is typed: refused by field, and sent as AWS wants it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.cognito.providers import ProviderSettings
from services.errors import InvalidValue
from services.federation.draft import (
    ProviderDraft,
    ProviderKind,
    checked_draft,
    draft_of,
    issuer_of,
    usual_claim,
)

OIDC = ProviderDraft(
    ProviderKind.OIDC,
    "Company",
    "https://id.example.com",
    client_id="cognito",
    secret="Hunter2-of-the-company",
    scopes="openid email",
    mapping={"email": "email"},
)
SAML = ProviderDraft(ProviderKind.SAML, "Partner", "https://id.example.com/saml", mapping={"email": "mail"})
GOOGLE = replace(OIDC, kind=ProviderKind.GOOGLE, name="Google", source="")


@pytest.mark.parametrize("draft", [OIDC, SAML, GOOGLE])
def test_a_whole_provider_is_taken(draft: ProviderDraft) -> None:
    assert checked_draft(draft, ["Okta"], new=True) == draft


@pytest.mark.parametrize(
    ("draft", "changes", "field", "words"),
    [
        (OIDC, {"name": "My_Company"}, "name", "without “_”"),
        (OIDC, {"name": "Co"}, "name", "3 to 32"),
        (OIDC, {"name": "My Company"}, "name", "without spaces"),
        (OIDC, {"name": "COGNITO"}, "name", "AWS's own"),
        (OIDC, {"name": "okta"}, "name", "already"),
        (OIDC, {"source": ""}, "source", "Which issuer"),
        (OIDC, {"client_id": " "}, "client_id", "which client"),
        (OIDC, {"secret": ""}, "secret", "missing"),
        (OIDC, {"scopes": "email"}, "scopes", "openid"),
        (OIDC, {"identifiers": ("a/b",)}, "identifiers", "a/b"),
        (OIDC, {"mapping": {"email": " "}}, "mapping", "nothing usable"),
        (OIDC, {"mapping": {"sub": "sub"}}, "mapping", "Cognito's own"),
        (SAML, {"source": ""}, "source", "metadata"),
    ],
)
def test_what_is_not_usable_is_refused_at_its_field(
    draft: ProviderDraft, changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidValue, match=words) as refused:
        checked_draft(replace(draft, **changes), ["Okta"], new=True)
    assert refused.value.field == field


def test_a_change_needs_no_secret_and_may_keep_its_name() -> None:
    assert checked_draft(replace(OIDC, secret=""), ["Company"], new=False)


def test_an_openid_provider_is_sent_by_its_issuer_alone_when_it_has_an_address() -> None:
    assert OIDC.details() == {
        "client_id": "cognito",
        "authorize_scopes": "openid email",
        "oidc_issuer": "https://id.example.com",
        "attributes_request_method": "GET",
    }
    assert OIDC.secrets == {"client_secret": "Hunter2-of-the-company"}
    assert "Hunter2" not in repr(OIDC)


def test_an_address_of_the_description_stands_for_its_issuer() -> None:
    assert (
        issuer_of("https://id.example.com/a/.well-known/openid-configuration") == "https://id.example.com/a"
    )


def test_endpoints_of_an_uploaded_description_are_sent() -> None:
    details = replace(OIDC, endpoints={"jwks_uri": "https://id.example.com/k", "token_url": ""}).details()
    assert details["jwks_uri"] == "https://id.example.com/k"
    assert "token_url" not in details


def test_what_a_provider_has_besides_stays_and_endpoints_of_another_issuer_do_not() -> None:
    there = {"oidc_issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/k", "extra": "1"}
    assert OIDC.details(there)["jwks_uri"] == "https://id.example.com/k"
    moved = replace(OIDC, source="https://new.example.com").details(there)
    assert "jwks_uri" not in moved
    assert moved["extra"] == "1"


def test_metadata_comes_from_one_place_only() -> None:
    assert SAML.details({"MetadataFile": "<x/>", "RequestSigningAlgorithm": "rsa-sha256"}) == {
        "RequestSigningAlgorithm": "rsa-sha256",
        "MetadataURL": "https://id.example.com/saml",
        "IDPSignout": "false",
    }
    assert "MetadataURL" not in replace(SAML, file="<x/>").details({"MetadataURL": "https://old"})


@pytest.mark.parametrize("draft", [OIDC, SAML, GOOGLE])
def test_a_stored_provider_is_shown_as_it_was_typed(draft: ProviderDraft) -> None:
    stored = ProviderSettings(draft.name, draft.kind.value, draft.details(), draft.mapping)
    assert draft_of(stored) == replace(draft, secret="")


def test_kinds_that_are_not_changed_here_are_said_so() -> None:
    with pytest.raises(InvalidValue, match="Sign in with Apple"):
        draft_of(ProviderSettings("SignInWithApple", "SignInWithApple", {}))


def test_a_required_attribute_is_mapped_to_what_providers_of_its_kind_call_it() -> None:
    schema = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
    assert usual_claim(ProviderKind.SAML, "family_name") == f"{schema}/surname"
    assert usual_claim(ProviderKind.SAML, "email") == f"{schema}/emailaddress"
    assert usual_claim(ProviderKind.OIDC, "family_name") == "family_name"
