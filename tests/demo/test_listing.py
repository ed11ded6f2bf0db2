"""Pages and filters of the embedded Cognito are those of AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def pool(boto: Any, empty_pool: Callable[..., str]) -> str:
    """Seven people, p0 … p6."""
    pool = empty_pool()
    for number in range(7):
        given = [{"Name": "name", "Value": f'Per "P{number}" \\ son'}]
        boto.admin_create_user(UserPoolId=pool, Username=f"p{number}", UserAttributes=given)
    return pool


def found(boto: Any, pool: str, expression: str) -> list[str]:
    users = boto.list_users(UserPoolId=pool, Filter=expression)["Users"]
    return [user["Username"] for user in users]


def test_deleting_people_between_two_pages_loses_nobody_else(boto: Any, pool: str) -> None:
    first = boto.list_users(UserPoolId=pool, Limit=3)
    for username in ("p2", "p3"):
        boto.admin_delete_user(UserPoolId=pool, Username=username)
    rest = boto.list_users(UserPoolId=pool, Limit=60, PaginationToken=first["PaginationToken"])
    assert [user["Username"] for user in rest["Users"]] == ["p4", "p5", "p6"]


def test_a_full_last_page_has_no_token(boto: Any, pool: str) -> None:
    assert "PaginationToken" not in boto.list_users(UserPoolId=pool, Limit=7)


def test_members_are_paged_in_order(boto: Any, pool: str) -> None:
    boto.create_group(UserPoolId=pool, GroupName="all")
    for number in range(7):
        boto.admin_add_user_to_group(UserPoolId=pool, GroupName="all", Username=f"p{number}")
    names: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = boto.list_users_in_group(UserPoolId=pool, GroupName="all", Limit=3, **more)
        names += [user["Username"] for user in answer["Users"]]
        if not answer.get("NextToken"):
            break
        more = {"NextToken": answer["NextToken"]}
    assert names == [f"p{number}" for number in range(7)]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ('username = "p3"', ["p3"]),
        ('username ^= "p"', [f"p{number}" for number in range(7)]),
        (r'name = "Per \"P4\" \\ son"', ["p4"]),
        ('cognito:user_status = "force_change_password"', [f"p{number}" for number in range(7)]),
        ('status = "Disabled"', []),
        ('email ^= "p"', []),
        ("", [f"p{number}" for number in range(7)]),
    ],
)
def test_filters_choose(boto: Any, pool: str, expression: str, names: list[str]) -> None:
    assert found(boto, pool, expression) == names


@pytest.mark.parametrize("expression", ['name = "a"b"', "name", 'custom:x = "1"', f'name = "{"a" * 250}"'])
def test_filters_that_aws_cannot_read_are_refused(boto: Any, pool: str, expression: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        found(boto, pool, expression)


@pytest.mark.parametrize("parameters", [{"Limit": 61}, {"PaginationToken": "bm9uc2Vuc2U="}])
def test_impossible_pages_are_refused(boto: Any, pool: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        boto.list_users(UserPoolId=pool, **parameters)


def test_a_token_is_good_for_the_same_filter_only(boto: Any, pool: str) -> None:
    token = boto.list_users(UserPoolId=pool, Limit=3)["PaginationToken"]
    with pytest.raises(ClientError, match="Paging Marker is Invalid"):
        boto.list_users(UserPoolId=pool, Filter='username ^= "p"', PaginationToken=token)
