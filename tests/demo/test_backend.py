"""The embedded Cognito changes people as AWS does where moto would not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model

from demo.backend import KnownKeys, pool_with_id

SCHEMA = [
    {"Name": "family_name", "Required": True, "Mutable": True},
    {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
    {"Name": "floor", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MaxValue": "9"}},
]


@pytest.fixture
def pool(empty_pool: Callable[..., str]) -> str:
    return empty_pool(Schema=SCHEMA)


@pytest.fixture
def ann(boto: Any, pool: str) -> dict[str, Any]:
    """A person with an e-mail address, invited."""
    return boto.admin_create_user(
        UserPoolId=pool,
        Username="ann",
        TemporaryPassword="Temp-Passw0rd!",
        UserAttributes=[{"Name": "email", "Value": "ann@brightwater.example"}],
    )["User"]


def attributes(boto: Any, pool: str, username: str = "ann") -> dict[str, str]:
    user = boto.admin_get_user(UserPoolId=pool, Username=username)
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}


def refusal(call: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_resending_an_invitation_keeps_the_person(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    before = attributes(boto, pool)
    boto.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="RESEND")
    assert attributes(boto, pool) == before


def test_resending_moves_the_date_that_validity_counts_from(
    boto: Any, pool: str, ann: dict[str, Any]
) -> None:
    boto.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="RESEND")
    after = boto.admin_get_user(UserPoolId=pool, Username="ann")
    assert after["UserLastModifiedDate"] > ann["UserLastModifiedDate"]


def test_resending_to_someone_confirmed_is_refused(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    boto.admin_set_user_password(UserPoolId=pool, Username="ann", Password="Perm-Passw0rd!", Permanent=True)
    resend = {"UserPoolId": pool, "Username": "ann", "MessageAction": "RESEND"}
    assert refusal(boto.admin_create_user, **resend) == "UnsupportedUserStateException"


def test_resending_to_nobody_is_refused(boto: Any, pool: str) -> None:
    resend = {"UserPoolId": pool, "Username": "nobody", "MessageAction": "RESEND"}
    assert refusal(boto.admin_create_user, **resend) == "UserNotFoundException"


def test_a_name_in_use_is_refused(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    assert refusal(boto.admin_create_user, UserPoolId=pool, Username="ann") == "UsernameExistsException"


@pytest.mark.parametrize("username", ["ann ek", "a" * 129, "tab\there"])
def test_impossible_usernames_are_refused(boto: Any, pool: str, username: str) -> None:
    code = refusal(boto.admin_create_user, UserPoolId=pool, Username=username)
    assert code == "InvalidParameterException"


def test_an_email_pool_takes_only_email_addresses(boto: Any, empty_pool: Callable[..., str]) -> None:
    pool = empty_pool(UsernameAttributes=["email"])
    assert refusal(boto.admin_create_user, UserPoolId=pool, Username="ann") == "InvalidParameterException"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("custom:unknown", "x"),
        ("email", "not an address"),
        ("phone_number", "0123"),
        ("sub", "mine"),
        ("custom:floor", "ten"),
        ("custom:floor", "10"),
        ("birthdate", "1.1.2000"),
    ],
)
def test_unfit_attributes_are_refused(boto: Any, pool: str, name: str, value: str) -> None:
    given = [{"Name": name, "Value": value}]
    code = refusal(boto.admin_create_user, UserPoolId=pool, Username="bo", UserAttributes=given)
    assert code == "InvalidParameterException"


def test_an_immutable_attribute_is_written_once(boto: Any, pool: str) -> None:
    badge = [{"Name": "custom:badge", "Value": "7"}]
    boto.admin_create_user(UserPoolId=pool, Username="bo", UserAttributes=badge)
    change = {"UserPoolId": pool, "Username": "bo", "UserAttributes": badge}
    assert refusal(boto.admin_update_user_attributes, **change) == "InvalidParameterException"


def test_a_weak_temporary_password_is_refused(boto: Any, pool: str) -> None:
    weak = {"UserPoolId": pool, "Username": "bo", "TemporaryPassword": "password"}
    assert refusal(boto.admin_create_user, **weak) == "InvalidPasswordException"


def test_a_blank_value_deletes_the_attribute(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    blank = [{"Name": "email", "Value": ""}, {"Name": "nickname", "Value": "Annie"}]
    boto.admin_update_user_attributes(UserPoolId=pool, Username="ann", UserAttributes=blank)
    assert attributes(boto, pool) == {"sub": attributes(boto, pool)["sub"], "nickname": "Annie"}


def test_deleting_an_attribute_that_is_not_there_is_fine(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    boto.admin_delete_user_attributes(UserPoolId=pool, Username="ann", UserAttributeNames=["nickname"])


def test_an_address_in_use_for_signing_in_is_refused_to_others_only(
    boto: Any, empty_pool: Callable[..., str]
) -> None:
    pool = empty_pool(UsernameAttributes=["email"])
    for name in ("ann", "bo"):
        boto.admin_create_user(UserPoolId=pool, Username=f"{name}@brightwater.example")
    change = [{"Name": "email", "Value": "ann@brightwater.example"}]
    boto.admin_update_user_attributes(
        UserPoolId=pool, Username="ann@brightwater.example", UserAttributes=change
    )
    theft = {"UserPoolId": pool, "Username": "bo@brightwater.example", "UserAttributes": change}
    assert refusal(boto.admin_update_user_attributes, **theft) == "AliasExistsException"


def test_people_are_found_by_sub_too(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    sub = attributes(boto, pool)["sub"]
    assert boto.admin_get_user(UserPoolId=pool, Username=sub)["Username"] == "ann"


@pytest.mark.parametrize("action", ["admin_disable_user", "admin_enable_user"])
def test_the_changed_date_moves(boto: Any, pool: str, ann: dict[str, Any], action: str) -> None:
    getattr(boto, action)(UserPoolId=pool, Username="ann")
    after = boto.admin_get_user(UserPoolId=pool, Username="ann")
    assert after["UserLastModifiedDate"] > ann["UserLastModifiedDate"]


def test_only_someone_unconfirmed_can_be_confirmed(boto: Any, pool: str, ann: dict[str, Any]) -> None:
    code = refusal(boto.admin_confirm_sign_up, UserPoolId=pool, Username="ann")
    assert code == "NotAuthorizedException"


def test_the_schema_holds_aws_standard_attributes_beside_the_pools_own(boto: Any, pool: str) -> None:
    described = boto.describe_user_pool(UserPoolId=pool)["UserPool"]
    schema = {attribute["Name"]: attribute for attribute in described["SchemaAttributes"]}
    assert schema["family_name"]["Required"]
    assert schema["birthdate"]["StringAttributeConstraints"]["MaxLength"] == "10"
    assert {"sub", "email_verified", "updated_at", "custom:badge", "custom:floor"} <= schema.keys()


def test_pool_ids_are_as_short_as_those_of_aws(pool: str) -> None:
    region, _, rest = pool.partition("_")
    assert (region, len(rest)) == ("eu-west-1", 9)


def test_an_alias_works_once_it_is_verified(boto: Any, empty_pool: Callable[..., str]) -> None:
    pool = empty_pool(AliasAttributes=["email"])
    mail = {"Name": "email", "Value": "ann@example.com"}
    boto.admin_create_user(UserPoolId=pool, Username="ann", UserAttributes=[mail])
    with pytest.raises(ClientError, match="User does not exist"):
        boto.admin_get_user(UserPoolId=pool, Username="ann@example.com")
    verified = [{"Name": "email_verified", "Value": "true"}]
    boto.admin_update_user_attributes(UserPoolId=pool, Username="ann", UserAttributes=verified)
    assert boto.admin_get_user(UserPoolId=pool, Username="ann@example.com")["Username"] == "ann"


def test_values_are_looked_for_where_moto_looks_for_them(pool: str) -> None:
    answer: Any = get_service_model("cognito-idp").operation_model("DescribeUserPool").output_shape
    for found in ({}, pool_with_id(pool), {}):
        for key, member in answer.members["UserPool"].members.items():
            wanted = AttributePickerContext(found, key, member)
            worked_out = XFormedAttributePicker().get_possible_keys(wanted)
            assert [*KnownKeys().get_possible_keys(wanted)] == [*dict.fromkeys(worked_out)]
