"""An application's app client: its settings one at a time, and a second secret handed over once."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

BACK = "https://x.example.com/cb"


@pytest.fixture
def client(store: Any, cognito: Cognito, empty_pool: Any) -> tuple[str, str]:
    """Pool and id of an app client with a secret, which an application here uses."""
    connection = store.connections.add(
        Connection(
            "Embedded",
            cognito.region,
            CredentialKind.STATIC,
            endpoint_url=cognito.url,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    pool = empty_pool()
    record = store.pools.add(PoolRecord(connection.id, pool, "people"))
    raw = cognito.client().create_user_pool_client(
        UserPoolId=pool,
        ClientName="portal",
        GenerateSecret=True,
        SupportedIdentityProviders=["COGNITO"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[BACK],
    )["UserPoolClient"]
    store.applications.add(Application(record.id, "Portal", raw["ClientId"], secret=raw["ClientSecret"]))
    return pool, raw["ClientId"]


@pytest.fixture
def app(open_as: Any, client: tuple[str, str], store: Any) -> AppTest:
    """The app client, as an administrator has just opened it."""
    page = open_as("ann", "configuration", pool="people", tab="Applications")
    (application,) = store.applications.list()
    return press(page, f"app-client-{application.id}")


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return app.run()


def ending(app: AppTest, part: str) -> str:
    return next(str(button.key) for button in app.button if part in str(button.key))


def texts(app: AppTest) -> str:
    found = (*app.markdown, *app.warning, *app.error, *app.success, *app.text, *app.code)
    return "\n".join(str(element.value) for element in found)


def test_its_settings_are_shown_without_its_secret(app: AppTest, store: Any) -> None:
    said = texts(app)
    assert BACK in said
    assert "SRP (ALLOW_USER_SRP_AUTH): on" in said
    (application,) = store.applications.list()
    assert store.applications.secret(application.id) not in said


def test_a_flow_is_turned_on_and_all_else_stays(
    app: AppTest, client: tuple[str, str], cognito: Cognito
) -> None:
    pool, client_id = client
    before = cognito.client().describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    press(app, "client-fix-flow-ALLOW_USER_AUTH")
    press(app, ending(app, "client-fix-go-"))
    after = cognito.client().describe_user_pool_client(UserPoolId=pool, ClientId=client_id)["UserPoolClient"]
    assert "ALLOW_USER_AUTH" in after["ExplicitAuthFlows"]
    own = ("ExplicitAuthFlows", "LastModifiedDate")
    assert {name: after[name] for name in after if name not in own} == {
        name: before[name] for name in before if name not in own
    }


def test_a_second_secret_is_shown_once_and_used_for_login_tests(app: AppTest, store: Any) -> None:
    (application,) = store.applications.list()
    old = store.applications.secret(application.id)
    press(app, "client-secret-add")
    app = press(app, ending(app, "client-secret-go-"))
    new = store.applications.secret(application.id)
    assert new != old
    assert new in texts(app)
    app = press(app, ending(app, "client-secret-close-"))
    assert new not in texts(app)
    assert "has a second secret" in texts(app)
