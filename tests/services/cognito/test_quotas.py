"""The quota table."""

from __future__ import annotations

import botocore.session
import pytest

from services.cognito.actions import ACTIONS
from services.cognito.quotas import CATEGORIES, UNLISTED, category_of, operation_rps


@pytest.mark.parametrize(
    ("operation", "category", "rps"),
    [
        ("AdminCreateUser", "UserCreation", 50),
        ("AdminSetUserPassword", "UserAccountRecovery", 30),
        ("AdminAddUserToGroup", "UserUpdate", 25),
        ("ListUsers", "UserList", 30),
        ("AdminListGroupsForUser", "UserResourceRead", 50),
        ("AdminGetUser", "UserRead", 120),
        ("DescribeUserPool", "UserPoolRead", 15),
        ("ListTerms", "Unlisted", 5),
    ],
)
def test_operations_have_the_rate_of_their_category(operation: str, category: str, rps: float) -> None:
    assert (category_of(operation).name, operation_rps(operation)) == (category, rps)


@pytest.mark.parametrize("operation", ["GetGroup", "CreateGroup", "ListUserPoolClients"])
def test_some_operations_have_five_a_second_per_pool(operation: str) -> None:
    assert operation_rps(operation) == 5


def test_every_operation_named_exists_and_stands_once() -> None:
    model = botocore.session.Session().get_service_model("cognito-idp")
    named = [operation for category in CATEGORIES.values() for operation in category.operations]
    assert len(named) == len(set(named))
    assert set(named) <= set(model.operation_names)


def test_every_change_has_a_published_quota_but_those_of_client_secrets_and_sessions() -> None:
    slow = {change.operation for change in ACTIONS.values() if category_of(change.operation) is UNLISTED}
    assert slow == {"AddUserPoolClientSecret", "DeleteUserPoolClientSecret", "AdminRevokeUserSession"}
