"""A console with the demo's pools "staff" and "customers", as the pages about people need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.directory.cache import forget_everything
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito


@pytest.fixture
def pools(console_store: Store, cognito: Cognito) -> Iterator[Store]:
    """The console's store with both pools, and an application for members of billing."""
    forget_everything()
    connection = console_store.connections.add(
        Connection(
            name="Embedded",
            region=cognito.region,
            account="123456789012",
            endpoint_url=cognito.url,
            kind=CredentialKind.STATIC,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    add = console_store.pools.add
    staff = add(PoolRecord(connection.id, cognito.staff, "staff"))
    add(PoolRecord(connection.id, cognito.customers, "customers"))
    console_store.applications.add(
        Application(
            staff.id, "Billing desk", "client", allowed_groups=("billing",), group_roles={"billing": "clerk"}
        )
    )
    yield console_store
    forget_everything()


@pytest.fixture
def asked(cognito: Cognito) -> Callable[..., Any]:
    """`asked("bo.li")`: what Cognito itself says about a member of staff, groups included."""

    def ask(username: str) -> dict[str, Any]:
        client = cognito.client()
        answer = client.admin_get_user(UserPoolId=cognito.staff, Username=username)
        groups = client.admin_list_groups_for_user(UserPoolId=cognito.staff, Username=username)["Groups"]
        return {
            "status": answer["UserStatus"],
            "enabled": answer["Enabled"],
            "attributes": {attribute["Name"]: attribute["Value"] for attribute in answer["UserAttributes"]},
            "groups": {group["GroupName"] for group in groups},
        }

    return ask


def unfold(page: AppTest, key: str) -> AppTest:
    """The page with what stands behind a button or in a folded part of it, by its key: shown when opened."""
    page.session_state[key] = True
    return page.run()


def by_key(elements: Any, start: str) -> Any:
    """The one element of a page whose key starts so."""
    (found,) = [element for element in elements if (element.key or "").startswith(start)]
    return found


def keys(elements: Any) -> set[str]:
    """The keys of elements."""
    return {element.key for element in elements if element.key}


def shown(page: AppTest) -> str:
    """All plain and Markdown text on the page, escapes taken out."""
    parts = [*page.markdown, *page.text, *page.error, *page.warning, *page.info, *page.success, *page.code]
    return "\n".join(str(part.value) for part in parts).replace("\\", "").replace("\N{WORD JOINER}", "")
