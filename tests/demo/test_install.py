"""The demo's store is set up as an administrator would have done it."""

from __future__ import annotations

import pytest

from demo.install import OPERATORS, install
from services.access.passwords import bcrypt_input, matches
from services.audits.thresholds import read_thresholds
from services.roles import Role
from services.store.store import Store
from tests.fixtures.cognito import Cognito


@pytest.fixture
def installed(store: Store, cognito: Cognito) -> Store:
    install(store, cognito.url)
    return store


def test_one_connection_leads_to_the_embedded_cognito(installed: Store, cognito: Cognito) -> None:
    (connection,) = installed.connections.list()
    assert (connection.endpoint_url, connection.region) == (cognito.url, cognito.region)
    assert installed.connections.secret(connection.id) is not None


def test_both_pools_are_there(installed: Store, cognito: Cognito) -> None:
    pools = {pool.name: pool.pool_id for pool in installed.pools.list()}
    assert pools == {"customers": cognito.customers, "staff": cognito.staff}


def test_applications_know_their_clients_and_secrets(installed: Store) -> None:
    applications = {application.name: application for application in installed.applications.list()}
    assert {name: application.has_secret for name, application in applications.items()} == {
        "Billing desk": True,
        "Field service": False,
        "My Brightwater": True,
    }
    assert (
        applications["Billing desk"].callback_url == "https://billing.brightwater.example/oauth/v2/callback"
    )
    assert applications["Billing desk"].group_roles["billing"] == "clerk"


def test_a_group_opens_two_applications_and_some_open_none(installed: Store, cognito: Cognito) -> None:
    staff = installed.pools.by_name("staff")
    allowed = [set(application.allowed_groups) for application in installed.applications.list(staff.id)]
    groups = {
        group["GroupName"]
        for group in cognito.client().list_groups(UserPoolId=cognito.staff, Limit=60)["Groups"]
    }
    assert set.intersection(*allowed) == {"auditors"}
    assert set.union(*allowed) < groups


def test_there_is_an_operator_for_every_role_with_the_password_shown(installed: Store) -> None:
    assert [operator.role for operator in OPERATORS] == list(Role)
    for wanted in OPERATORS:
        operator = installed.operators.by_username(wanted.username)
        assert operator is not None
        assert operator.role == wanted.role
        assert matches(bcrypt_input(wanted.password), installed.operators.password_hash(operator.id))


def test_staff_have_a_pair_of_groups_that_don_t_go_together(installed: Store, cognito: Cognito) -> None:
    kept = read_thresholds(installed, f"{cognito.url}|{cognito.region}|{cognito.staff}")
    assert kept.apart == (("billing", "billing-approvers"),)
