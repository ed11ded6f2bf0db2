"""An app client's secret replaced without an interruption, on the embedded Cognito."""

from __future__ import annotations

from typing import Any

import pytest

from services.cognito.models import AppClient
from services.configuration.applications import ApplicationService
from services.configuration.client_secrets import ClientSecrets
from services.errors import CognitoError, NotPermitted
from services.pool_session import open_pool_session
from services.store.applications import Application
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import Cognito


@pytest.fixture
def made(store: Store, embedded: Any, cognito: Cognito, empty_pool: Any) -> tuple[PoolRecord, AppClient]:
    """A pool with a client that has a secret, and an application that keeps it."""
    pool_id = empty_pool()
    raw = cognito.client().create_user_pool_client(
        UserPoolId=pool_id, ClientName="billing", GenerateSecret=True
    )["UserPoolClient"]
    record = store.pools.add(PoolRecord(embedded.id, pool_id, "people"))
    store.applications.add(Application(record.id, "Billing", raw["ClientId"], secret=raw["ClientSecret"]))
    return record, AppClient(raw["ClientId"], "billing", has_secret=True)


def secrets_for(store: Store, record: PoolRecord, who: Any) -> ClientSecrets:
    return ClientSecrets(open_pool_session(store, record, who), ApplicationService(store, who))


def test_a_second_secret_is_handed_over_once_and_the_old_one_deleted(
    store: Store, made: tuple[PoolRecord, AppClient], acting: Any
) -> None:
    record, client = made
    service, (application,) = secrets_for(store, record, acting("ann")), store.applications.list()
    old = service.list(client.id)
    handed = service.add(client, application, reason="a laptop was lost")
    assert len(service.list(client.id)) == len(old) + 1 == 2
    assert store.applications.secret(application.id) == handed.value != ""
    service.delete(client, old[0].id)
    assert [secret.id for secret in service.list(client.id)] == [handed.secret_id]
    log = store.activity.search()
    assert [line.action for line in log] == [
        "delete_client_secret",
        "change_application",
        "add_client_secret",
    ]
    assert log[-1].reason == "a laptop was lost"
    assert handed.value not in repr(log) + repr(handed)


def test_a_client_has_two_secrets_at_most_and_one_at_least(
    store: Store, made: tuple[PoolRecord, AppClient], acting: Any
) -> None:
    record, client = made
    service = secrets_for(store, record, acting("ann"))
    with pytest.raises(CognitoError):
        service.delete(client, service.list(client.id)[0].id)
    service.add(client, None)
    with pytest.raises(CognitoError):
        service.add(client, None)


def test_only_administrators_replace_secrets(
    store: Store, made: tuple[PoolRecord, AppClient], acting: Any
) -> None:
    record, client = made
    service = secrets_for(store, record, acting("max"))
    for call in (lambda: service.list(client.id), lambda: service.add(client, None)):
        with pytest.raises(NotPermitted):
            call()
