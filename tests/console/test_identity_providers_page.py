"""Configuration, Identity providers: listed with what is wrong, tried out, saved, offered, deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.words import day
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.login.test_provider_metadata import certificate, metadata

TAB = {"pool": "people", "tab": "Identity providers"}
HOSTILE = "Evil ![x](http://evil.example/i.png) <b>"
DETAILS = {
    "client_id": "cognito",
    "client_secret": "Hunter2-of-the-company",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://id.example.com",
    "authorize_scopes": "openid email",
}


@pytest.fixture
def pool_id(store: Any, cognito: Cognito, empty_pool: Any) -> str:
    """A pool with a provider that one of two clients offers."""
    connection = store.connections.add(
        Connection(
            "Embedded",
            cognito.region,
            CredentialKind.STATIC,
            endpoint_url=cognito.url,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    pool, client = empty_pool(), cognito.client()
    record = store.pools.add(PoolRecord(connection.id, pool, "people"))
    client.create_identity_provider(
        UserPoolId=pool,
        ProviderName="Company",
        ProviderType="OIDC",
        ProviderDetails=DETAILS,
        AttributeMapping={"email": HOSTILE},
    )
    ids = [
        client.create_user_pool_client(
            UserPoolId=pool,
            ClientName=name,
            SupportedIdentityProviders=providers,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid"],
            CallbackURLs=["https://x.example.com/cb"],
        )["UserPoolClient"]["ClientId"]
        for name, providers in (("portal", ["COGNITO", "Company"]), ("billing", ["COGNITO"]))
    ]
    store.applications.add(Application(record.id, "Portal", ids[0], allowed_groups=("staff",)))
    return str(pool)


def texts(app: AppTest) -> str:
    found = (*app.markdown, *app.warning, *app.error, *app.info, *app.success, *app.text)
    return "\n".join(str(element.value) for element in found)


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return app.run()


def test_a_provider_is_shown_with_who_offers_it_and_what_is_wrong_as_text(open_as: Any, pool_id: str) -> None:
    app = open_as("ann", "configuration", **TAB)
    assert not app.exception
    said = texts(app)
    assert "Offered by: portal" in said
    assert "It overwrites what is changed here" in said
    assert HOSTILE not in said
    assert "Hunter2" not in said


def test_another_client_offers_it_after_a_look_before_and_after(
    open_as: Any, pool_id: str, cognito: Cognito, store: Any
) -> None:
    app = open_as("ann", "configuration", **TAB)
    client_id = next(
        client["ClientId"]
        for client in cognito.client().list_user_pool_clients(UserPoolId=pool_id, MaxResults=9)[
            "UserPoolClients"
        ]
        if client["ClientName"] == "billing"
    )
    press(app, f"client-fix-Company-{client_id}")
    assert "Now: COGNITO" in texts(app)
    assert "Then: COGNITO, Company" in texts(app)
    app = press(app, next(str(button.key) for button in app.button if "client-fix-go-" in str(button.key)))
    told = cognito.client().describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    assert told["UserPoolClient"]["SupportedIdentityProviders"] == ["COGNITO", "Company"]
    assert told["UserPoolClient"]["CallbackURLs"] == ["https://x.example.com/cb"]
    assert store.activity.search(limit=1)[0].action == "update_app_client"


def test_a_client_that_changed_meanwhile_is_not_written_over(
    open_as: Any, pool_id: str, cognito: Cognito
) -> None:
    app, boto = open_as("ann", "configuration", **TAB), cognito.client()
    clients = boto.list_user_pool_clients(UserPoolId=pool_id, MaxResults=9)["UserPoolClients"]
    client_id = next(client["ClientId"] for client in clients if client["ClientName"] == "billing")
    press(app, f"client-fix-Company-{client_id}")
    boto.update_user_pool_client(UserPoolId=pool_id, ClientId=client_id, ClientName="renamed")
    app = press(app, next(str(button.key) for button in app.button if "client-fix-go-" in str(button.key)))
    assert "changed by somebody else" in texts(app)
    told = boto.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    assert "Company" not in told.get("SupportedIdentityProviders", [])


def test_a_provider_is_saved_only_once_it_was_tried_out(open_as: Any, pool_id: str, cognito: Cognito) -> None:
    app = open_as("ann", "configuration", **TAB)
    press(app, "change-provider-Company")
    scopes = next(field for field in app.text_input if "scopes" in field.label)
    scopes.set_value("openid email profile")
    # as it is copied from the card of the provider, with the mark that keeps it from becoming a link
    source = next(field for field in app.text_input if "-source-" in str(field.key))
    source.set_value("https://\N{WORD JOINER}id.example.com")
    app.run()
    save = next(button for button in app.button if "-save-" in str(button.key))
    assert save.disabled
    app = press(app, next(str(button.key) for button in app.button if "-try-" in str(button.key)))
    assert "finds no host" in texts(app) or "can't be reached" in texts(app)
    save = next(button for button in app.button if "-save-" in str(button.key))
    assert save.label == "Save in spite of it"
    app = press(app, str(save.key))
    told = cognito.client().describe_identity_provider(UserPoolId=pool_id, ProviderName="Company")
    details = told["IdentityProvider"]["ProviderDetails"]
    assert details["authorize_scopes"] == "openid email profile"
    assert details["oidc_issuer"] == "https://id.example.com"
    assert details["client_secret"] == "Hunter2-of-the-company"


def test_a_provider_that_changed_meanwhile_is_compared_with_how_it_is_now(
    open_as: Any, pool_id: str, cognito: Cognito
) -> None:
    app, boto = open_as("ann", "configuration", **TAB), cognito.client()
    press(app, "change-provider-Company")
    next(field for field in app.text_input if "scopes" in field.label).set_value("openid email profile")
    app.run()
    app = press(app, next(str(button.key) for button in app.button if "-try-" in str(button.key)))
    boto.update_identity_provider(
        UserPoolId=pool_id, ProviderName="Company", AttributeMapping={"email": "mail"}
    )
    save = next(str(button.key) for button in app.button if "-save-" in str(button.key))
    app = press(app, save)
    said = texts(app)
    assert "changed by somebody else" in said
    # what somebody else did, and that saving would take it back
    assert "→ **mail**" in said
    assert "Mapping of email: mail →" in said
    assert "openid email → **openid email profile**" in said
    told = boto.describe_identity_provider(UserPoolId=pool_id, ProviderName="Company")["IdentityProvider"]
    assert told["AttributeMapping"] == {"email": "mail"}
    app = press(app, save)
    assert not app.exception
    told = boto.describe_identity_provider(UserPoolId=pool_id, ProviderName="Company")["IdentityProvider"]
    assert told["ProviderDetails"]["authorize_scopes"] == "openid email profile"


def test_how_long_a_certificate_lasts_is_shown_though_nothing_is_wrong_with_it(
    open_as: Any, pool_id: str, cognito: Cognito
) -> None:
    ends = datetime.now(UTC) + timedelta(days=400)
    cognito.client().create_identity_provider(
        UserPoolId=pool_id,
        ProviderName="Partner",
        ProviderType="SAML",
        ProviderDetails={"MetadataFile": metadata(certificate(ends)).decode()},
        AttributeMapping={"email": "mail"},
    )
    said = texts(open_as("ann", "configuration", **TAB))
    assert f"Its certificate lasts until: {day(ends)}" in said
    assert "Its certificate runs out" not in said


def test_deleting_says_what_it_breaks_and_wants_the_name(
    open_as: Any, pool_id: str, cognito: Cognito
) -> None:
    app = open_as("ann", "configuration", **TAB)
    press(app, "delete-provider-Company")
    assert "portal would still show its button" in texts(app).replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "unlink people before" in texts(app)
    next(field for field in app.text_input if "To confirm" in field.label).set_value("Company")
    next(field for field in app.text_input if "Reason" in field.label).set_value("the contract ended")
    app = press(app, next(str(button.key) for button in app.button if "-go-" in str(button.key)))
    found = cognito.client().list_identity_providers(UserPoolId=pool_id)["Providers"]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "details", "because"),
    [
        ("Facebook", {"api_version": "v21.0"}, "version of Facebook"),
        ("LoginWithAmazon", {}, "speak OpenID Connect"),
        ("SignInWithApple", {"team_id": "T", "key_id": "K", "private_key": "P"}, "private key"),
    ],
)
def test_a_kind_that_is_not_changed_here_is_shown_with_the_reason(
    open_as: Any, pool_id: str, cognito: Cognito, kind: str, details: dict[str, str], because: str
) -> None:
    secret = {} if kind == "SignInWithApple" else {"client_secret": "s"}
    cognito.client().create_identity_provider(
        UserPoolId=pool_id,
        ProviderName=kind,
        ProviderType=kind,
        ProviderDetails={"client_id": "c", "authorize_scopes": "email", **secret, **details},
        AttributeMapping={"email": "email"},
    )
    app = open_as("ann", "configuration", **TAB)
    assert because in texts(app)
    assert "changed in the AWS console" in texts(app)
    assert app.button(key=f"change-provider-{kind}").disabled
    assert not app.button(key=f"delete-provider-{kind}").disabled
