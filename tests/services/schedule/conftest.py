"""The stage of these tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.schedule.staged import Stage


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator], cognito: Cognito, empty_pool: Callable[..., str]) -> Stage:
    """Three people, two of them in a group, in a real pool that the console reaches."""
    made, client = empty_pool(PoolName="Staff"), cognito.client()
    client.create_group(UserPoolId=made, GroupName="billing")
    for name in ("ann", "bo", "cy"):
        mail: list[Any] = [{"Name": "email", "Value": f"{name}@example.com"}]
        client.admin_create_user(
            UserPoolId=made, Username=name, MessageAction="SUPPRESS", UserAttributes=mail
        )
    for name in ("ann", "bo"):
        client.admin_add_user_to_group(UserPoolId=made, Username=name, GroupName="billing")
    secret = ConnectionSecret(ACCESS_KEY, SECRET_KEY)
    connection = store.connections.add(
        Connection("moto", cognito.region, CredentialKind.STATIC, endpoint_url=cognito.url, secret=secret)
    )
    return Stage(store, cast, store.pools.add(PoolRecord(connection.id, made, "staff")))
