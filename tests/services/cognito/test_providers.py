"""Identity providers at the seam: whole when written, secrets handed on and kept nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from services.changes import ChangePath
from services.cognito.actions import CreateProvider, DeleteProvider, UpdateProvider
from services.cognito.gateway import CognitoGateway
from services.errors import ChangedMeanwhile, ProviderExists, ProviderNotFound
from services.roles import Actor, Origin, Role
from services.store.store import Store
from tests.services.cognito.fake_aws import FakeAws, ok, refusal

RAW: dict[str, Any] = {
    "ProviderName": "Company",
    "ProviderType": "OIDC",
    "ProviderDetails": {
        "client_id": "console",
        "client_secret": "Hunter2-of-the-company",
        "oidc_issuer": "https://id.example.com",
    },
    "AttributeMapping": {"email": "email", "username": "sub"},
    "IdpIdentifiers": ["example.com"],
    "AcrMapping": {"Level1": "pwd"},
}


@pytest.fixture
def path(gateway: CognitoGateway, store: Store) -> ChangePath:
    def who() -> Actor:
        return Actor("op-1", "Ada", Role.ADMIN, Origin.BROWSER)

    return ChangePath(gateway, store.activity, who, "staff")


def sent(aws: FakeAws, operation: str) -> dict[str, Any]:
    return dict(next(call.parameters for call in aws.seen if call.operation == operation))


def test_a_provider_is_read_without_its_secret(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.otherwise = ok(IdentityProvider=RAW)
    provider = gateway.describe_provider("Company")
    assert provider.details == {"client_id": "console", "oidc_issuer": "https://id.example.com"}
    assert provider.secrets == {}
    assert "Hunter2" not in repr(gateway.describe_provider("Company", secrets=True))


def test_a_change_sends_the_whole_provider_with_the_secret_it_has(
    path: ChangePath, aws: FakeAws, store: Store
) -> None:
    aws.otherwise = ok(IdentityProvider=RAW)
    now = path.gateway.describe_provider("Company")
    change = UpdateProvider(
        "Company", now.details, {**now.mapping, "name": "name"}, now.identifiers, stamp=now.stamp
    )
    path.perform(change)
    assert sent(aws, "UpdateIdentityProvider") == {
        "UserPoolId": path.gateway.pool_id,
        "ProviderName": "Company",
        "ProviderDetails": RAW["ProviderDetails"],
        "AttributeMapping": {**RAW["AttributeMapping"], "name": "name"},
        "IdpIdentifiers": ["example.com"],
        "AcrMapping": {"Level1": "pwd"},
    }
    assert "Hunter2" not in repr(store.activity.search())


def test_a_secret_that_was_typed_replaces_the_one_that_is_there(
    path: ChangePath, aws: FakeAws, store: Store
) -> None:
    aws.otherwise = ok(IdentityProvider=RAW)
    now = path.gateway.describe_provider("Company")
    change = UpdateProvider(
        "Company",
        now.details,
        now.mapping,
        now.identifiers,
        secret={"client_secret": "Hunter3"},
        stamp=now.stamp,
    )
    path.perform(change)
    assert sent(aws, "UpdateIdentityProvider")["ProviderDetails"]["client_secret"] == "Hunter3"
    assert "Hunter3" not in repr(change) + repr(store.activity.search())
    assert store.activity.search()[0].after["secret"] == "changed"


def test_a_provider_that_was_changed_since_it_was_shown_is_not_written_to(
    path: ChangePath, aws: FakeAws
) -> None:
    aws.otherwise = ok(IdentityProvider=RAW)
    now = path.gateway.describe_provider("Company")
    aws.otherwise = ok(IdentityProvider={**RAW, "AttributeMapping": {"email": "mail"}})
    with pytest.raises(ChangedMeanwhile, match="nothing was changed"):
        path.perform(UpdateProvider("Company", now.details, now.mapping, stamp=now.stamp))
    assert aws.count("UpdateIdentityProvider") == 0


def test_what_saml_metadata_leads_to_is_not_sent_back(aws: FakeAws, gateway: CognitoGateway) -> None:
    details = {"MetadataURL": "https://id.example.com/saml", "ActiveEncryptionCertificate": "MII…"}
    aws.otherwise = ok(
        IdentityProvider={"ProviderName": "S", "ProviderType": "SAML", "ProviderDetails": details}
    )
    assert gateway.describe_provider("S").details == {"MetadataURL": "https://id.example.com/saml"}


def test_refusals_of_a_provider_are_told_in_words(path: ChangePath, aws: FakeAws) -> None:
    aws.answer("CreateIdentityProvider", refusal("DuplicateProviderException"))
    with pytest.raises(ProviderExists, match="already"):
        path.perform(CreateProvider("Company", {}, {}, kind="OIDC"))
    aws.answer("DescribeIdentityProvider", refusal("ResourceNotFoundException"))
    with pytest.raises(ProviderNotFound, match="no such identity provider"):
        path.perform(DeleteProvider("Company"))


def test_a_metadata_file_is_not_copied_into_the_log(path: ChangePath, aws: FakeAws, store: Store) -> None:
    details = {"MetadataFile": "<x>" * 2000}
    aws.otherwise = ok(
        IdentityProvider={"ProviderName": "S", "ProviderType": "SAML", "ProviderDetails": details}
    )
    path.perform(CreateProvider("S", details, {}, kind="SAML"))
    assert store.activity.search()[0].after["details"] == {"MetadataFile": "6,000 characters"}
