"""Listings from backends that page badly, filter badly or forget where they were."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.cognito.client import AwsClient
from services.cognito.filters import exact
from services.cognito.gateway import CognitoGateway
from services.errors import InvalidRequest, ServiceFault
from tests.services.cognito.fake_aws import FakeAws, Reply, ok, refusal

REFUSED = refusal("InvalidParameterException", "Paging Marker is Invalid for Request")


def person(number: int, **attributes: str) -> dict[str, Any]:
    pairs = {"sub": f"sub-{number}", "email": f"p{number}@example.com"} | attributes
    return {
        "Username": f"p{number}",
        "Attributes": [{"Name": name, "Value": value} for name, value in pairs.items()],
        "UserCreateDate": 1_700_000_000,
        "UserStatus": "CONFIRMED",
        "Enabled": True,
    }


def people(*numbers: int, token: str = "") -> Reply:
    more = {"PaginationToken": token} if token else {}
    return ok(Users=[person(number) for number in numbers], **more)


def subs(gateway: CognitoGateway) -> list[str]:
    return [user.sub for user in gateway.iter_users()]


def test_a_short_or_empty_page_is_not_the_end(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("ListUsers", people(1, token="a"), people(token="b"), people(2, 3))
    assert subs(gateway) == ["sub-1", "sub-2", "sub-3"]


def test_somebody_who_comes_twice_is_counted_once(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("ListUsers", people(1, 2, token="a"), people(2, 3))
    assert subs(gateway) == ["sub-1", "sub-2", "sub-3"]


def test_a_refused_token_restarts_the_list_once(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("ListUsers", people(1, 2, token="a"), REFUSED, people(1, 2, token="c"), people(3))
    assert subs(gateway) == ["sub-1", "sub-2", "sub-3"]
    assert [call.parameters.get("PaginationToken", "") for call in aws.seen] == ["", "a", "", "c"]


def test_a_token_refused_again_ends_the_list_with_an_error(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("ListUsers", people(1, token="a"), REFUSED, people(1, token="b"), REFUSED)
    with pytest.raises(InvalidRequest):
        subs(gateway)


def test_a_first_page_that_is_refused_is_not_asked_for_again(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("ListUsers", REFUSED)
    with pytest.raises(InvalidRequest):
        subs(gateway)
    assert aws.count("ListUsers") == 1


def test_a_backend_that_repeats_its_token_is_not_followed_for_ever(
    aws: FakeAws, gateway: CognitoGateway
) -> None:
    aws.otherwise = people(1, token="again")
    with pytest.raises(ServiceFault, match="not complete"):
        subs(gateway)


def test_a_backend_that_ignores_the_filter_is_not_believed(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.otherwise = people(1, 2, 3)
    wanted = exact("email", "p2@example.com")
    assert [user.sub for user in gateway.iter_users(wanted)] == ["sub-2"]
    assert [user.sub for user in gateway.users_page(wanted).users] == ["sub-2"]
    found = gateway.find_user(sub="sub-3")
    assert found is not None
    assert found.username == "p3"
    assert gateway.find_user(sub="sub-9") is None


def test_every_page_asks_for_sixty_and_for_the_same_thing(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("ListUsers", people(1, token="a"), people(2))
    list(gateway.iter_users(exact("email", "x@example.com")))
    first, second = (call.parameters for call in aws.seen)
    assert first["Limit"] == second["Limit"] == 60
    assert first["Filter"] == second["Filter"] == 'email = "x@example.com"'
    assert "AttributesToGet" not in first


def test_user_pools_are_listed_without_naming_one(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer(
        "ListUserPools",
        ok(UserPools=[{"Id": "b", "Name": "beta"}], NextToken="x"),
        ok(UserPools=[{"Id": "a", "Name": "Alpha"}]),
    )
    assert [pool.name for pool in gateway.list_pools()] == ["Alpha", "beta"]
    assert "UserPoolId" not in aws.seen[0].parameters
    assert aws.seen[0].parameters["MaxResults"] == 60


def test_in_a_pool_that_ignores_case_any_spelling_is_found(aws: FakeAws, gateway: CognitoGateway) -> None:
    pool = {"Id": "x", "Name": "x", "UsernameConfiguration": {"CaseSensitive": False}}
    aws.answer("DescribeUserPool", ok(UserPool=pool))
    aws.answer("ListUsers", people(), people(1))
    found = gateway.find_user(username="P1")
    assert found is not None
    assert [call.parameters["Filter"] for call in aws.seen if call.operation == "ListUsers"] == [
        'username = "P1"',
        'username = "p1"',
    ]


def test_in_a_pool_that_heeds_case_another_spelling_is_somebody_else(
    aws: FakeAws, gateway: CognitoGateway
) -> None:
    aws.answer("DescribeUserPool", ok(UserPool={"Id": "x", "Name": "x"}))
    aws.answer("ListUsers", people(1))
    assert gateway.find_user(username="P1") is None


def test_without_the_right_to_look_for_certain_the_list_is_asked(
    aws: FakeAws, gateway: CognitoGateway
) -> None:
    aws.answer("AdminGetUser", refusal("AccessDeniedException", "no"))
    aws.answer("ListUsers", people(1))
    assert gateway.find_user(sub="sub-1", username="p1", certain=True) is not None


def test_an_answer_without_its_main_part_is_a_fault(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.otherwise = Reply(body=json.dumps({"Other": 1}))
    with pytest.raises(ServiceFault, match="UserPool"):
        gateway.describe_pool()
    with pytest.raises(ServiceFault):
        gateway.get_group("x")


def test_real_quotas_are_read_and_kept_to(aws: FakeAws, gateway: CognitoGateway) -> None:
    told: dict[str, float] = {}
    gateway.client.pacer.set_quota = told.__setitem__  # type: ignore[method-assign]
    aws.otherwise = ok(Limit={"ProvisionedLimitValue": 200, "FreeLimitValue": 50})
    learned = gateway.learn_quotas()
    assert learned == told
    assert learned["UserCreation"] == 200
    assert "UserUpdate" not in learned  # AWS doesn't raise that one
    assert isinstance(gateway.client, AwsClient)
