"""Writes what an administrator would have set up into a store: operators, connection, pools, applications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import boto3
from botocore.config import Config

from demo import pools
from demo.company.colleagues import CONSOLE
from demo.pools import ClientSeed
from services.access.passwords import hash_password
from services.access.second_factor import demand_of
from services.audits.thresholds import Thresholds, keep_thresholds
from services.roles import Role
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store

# bcrypt's least cost: these passwords are public, and the demo should start at once.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class DemoOperator:
    """Someone who signs in to the demo; `about` says what they come for."""

    username: str
    name: str
    role: Role
    password: str
    about: str


OPERATORS = (
    DemoOperator("ada", "Ada Nwosu", Role.AUDITOR, "ada-may-look", "Looks and exports, changes nothing."),
    DemoOperator("sam", "Sam Keller", Role.SUPPORT, "sam-may-help", "Helps one person at a time."),
    DemoOperator("max", "Max Duarte", Role.MANAGER, "max-may-plan", "Onboards from CSV, keeps the groups."),
    DemoOperator("ann", "Ann Whitfield", Role.ADMIN, "ann-may-do-all", "Sets up connections and operators."),
)


COMPANY_GROUPS = (
    ("admins", Role.ADMIN),
    ("managers", Role.MANAGER),
    ("support", Role.SUPPORT),
    ("auditors", Role.AUDITOR),
)


def add_operators(store: Store) -> None:
    """Add all of them to a store. Raises `NameTaken` when they are there already.

    Nobody needs a second factor: the passwords stand on the sign-in page. They may set one up.
    """
    demand_of(store, ())
    for operator in OPERATORS:
        store.operators.add(
            username=operator.username,
            name=operator.name,
            email=f"{operator.username}@brightwater.example",
            role=operator.role,
            password_hash=hash_password(operator.password, ROUNDS),
        )


ACCOUNT = "123456789012"
# moto takes any keys; these have the length of real ones.
KEYS = ConnectionSecret("AKIADEMO0000BRIGHTWA", "demo/secret/access/key/of/nobody/at/all0")


@dataclass(frozen=True, slots=True)
class ApplicationSeed:
    """An application: its app client, and its groups with the role that each gives ("" for none)."""

    name: str
    client: ClientSeed
    groups: Mapping[str, str]


STAFF_APPLICATIONS = (
    ApplicationSeed(
        "Billing desk",
        pools.BILLING_DESK,
        {
            "billing": "clerk",
            "billing-approvers": "approver",
            "auditors": "reader",
            "administrators": "admin",
        },
    ),
    ApplicationSeed(
        "Field service",
        pools.FIELD_SERVICE,
        {
            "field-engineers": "engineer",
            "field-dispatch": "dispatcher",
            "meter-readers": "",
            "auditors": "reader",
        },
    ),
)
CUSTOMER_APPLICATIONS = (
    ApplicationSeed(
        "My Brightwater",
        pools.PORTAL,
        {"residential": "customer", "business": "company", "landlords": "landlord"},
    ),
)


STAFF_AUDIT = Thresholds(apart=(("billing", "billing-approvers"),))
"""Whoever writes refunds doesn't approve them."""


def install(store: Store, endpoint_url: str) -> None:
    """Fill an empty store for the embedded Cognito at `endpoint_url`, operators included."""
    with store.together():
        install_pools(store, endpoint_url)
        keep_thresholds(store, f"{endpoint_url.rstrip('/')}|{pools.REGION}|{pools.STAFF_ID}", STAFF_AUDIT)
        add_operators(store)
        add_company_sign_in(store, endpoint_url)


def add_company_sign_in(store: Store, endpoint_url: str) -> None:
    """Let operators sign in with the company's account, whose groups say as what."""
    store.sign_in_providers.add(
        SignInProvider(
            name="the company account",
            discovery_url=f"{endpoint_url}{pools.COMPANY_FOLDER}/.well-known/openid-configuration",
            client_id=CONSOLE.client_id,
            scopes="openid email profile groups",
            role_rules=tuple((f"console-{group}", str(role)) for group, role in COMPANY_GROUPS),
            signs_out_there=True,
            secret=CONSOLE.secret,
        )
    )


def install_pools(store: Store, endpoint_url: str) -> None:
    """The connection, both pools ("customers" and "staff") and their applications."""
    with store.together():
        connection = store.connections.add(
            Connection(
                name="Brightwater (demo)",
                region=pools.REGION,
                account=ACCOUNT,
                endpoint_url=endpoint_url,
                kind=CredentialKind.STATIC,
                secret=KEYS,
            )
        )
        for name, pool_id, applications in (
            ("customers", pools.CUSTOMERS_ID, CUSTOMER_APPLICATIONS),
            ("staff", pools.STAFF_ID, STAFF_APPLICATIONS),
        ):
            record = store.pools.add(PoolRecord(connection_id=connection.id, pool_id=pool_id, name=name))
            for seed in applications:
                store.applications.add(_application(record.id, pool_id, seed, endpoint_url))


def _application(record_id: str, pool_id: str, seed: ApplicationSeed, endpoint_url: str) -> Application:
    secret = _client_secret(pool_id, seed.client, endpoint_url) if seed.client.has_secret else None
    return Application(
        pool_record_id=record_id,
        name=seed.name,
        client_id=seed.client.own_id,
        application_url=seed.client.url,
        discovery_url=f"{endpoint_url}/{pool_id}/.well-known/openid-configuration",
        allowed_groups=tuple(seed.groups),
        group_roles={group: role for group, role in seed.groups.items() if role},
        secret=secret,
    )


def _client_secret(pool_id: str, client: ClientSeed, endpoint_url: str) -> str:
    cognito = boto3.client(
        "cognito-idp",
        region_name=pools.REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id=KEYS.access_key_id,
        aws_secret_access_key=KEYS.secret_access_key,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    described = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client.own_id)
    return str(described["UserPoolClient"]["ClientSecret"])
