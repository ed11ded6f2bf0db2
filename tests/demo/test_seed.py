"""The demo's pools hold what a support team meets, and the same every time."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from demo import pools, rules
from demo.backend import backend_of
from demo.people import OKTA, PASSWORD, customer_people, staff_people
from tests.fixtures.cognito import SMALL_EMAIL_PEOPLE, SMALL_PEOPLE, Cognito

TODAY = date(2025, 6, 1)


@pytest.fixture(scope="module")
def staff(cognito: Cognito) -> list[dict[str, Any]]:
    return cognito.users(cognito.staff)


@pytest.fixture(scope="module")
def customers(cognito: Cognito) -> list[dict[str, Any]]:
    return cognito.users(cognito.customers)


def held(user: dict[str, Any]) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}


def test_both_pools_have_as_many_people_as_asked(
    staff: list[dict[str, Any]], customers: list[dict[str, Any]]
) -> None:
    assert (len(staff), len(customers)) == (SMALL_PEOPLE, SMALL_EMAIL_PEOPLE)


def test_every_status_is_met(staff: list[dict[str, Any]]) -> None:
    wanted = {"UNCONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"}
    wanted |= {"EXTERNAL_PROVIDER", "ARCHIVED", "COMPROMISED", "UNKNOWN"}
    assert {user["UserStatus"] for user in staff} == wanted


def test_some_people_are_disabled(staff: list[dict[str, Any]]) -> None:
    assert 2 <= sum(not user["Enabled"] for user in staff) < SMALL_PEOPLE / 4


@pytest.mark.parametrize(("least", "most"), [(7, 1000), (5, 7)])
def test_invitations_have_expired_or_soon_will(
    staff: list[dict[str, Any]], least: float, most: float
) -> None:
    now = datetime.now(UTC)
    invited = [user for user in staff if user["UserStatus"] == "FORCE_CHANGE_PASSWORD"]
    ages = [(now - user["UserLastModifiedDate"]) / timedelta(days=1) for user in invited]
    assert any(least < age < most for age in ages)


def test_addresses_are_unverified_doubled_or_missing(staff: list[dict[str, Any]]) -> None:
    addresses = [held(user).get("email", "") for user in staff]
    assert Counter(addresses)["k.sorensen@brightwater.example"] == 2
    assert "K.Sorensen@Brightwater.example" in addresses
    assert "" in addresses
    assert any(held(user).get("email_verified") == "false" for user in staff)


def test_usernames_of_the_email_pool_are_subs(customers: list[dict[str, Any]]) -> None:
    assert all(user["Username"] == held(user)["sub"] for user in customers)


def test_names_come_in_many_scripts() -> None:
    names = " ".join(
        person.attributes.get("name", "") for person in staff_people(500, random.Random(1), TODAY)
    )
    scripts = {"Cyrillic": "Ѐӿ", "Arabic": "؀ۿ", "CJK": "一鿿", "Hangul": "가힣", "Kana": "぀ヿ", "Indic": "ऀॿ"}
    for first, last in scripts.values():
        assert any(first <= letter <= last for letter in names)


@pytest.mark.parametrize(
    "username", ["<b>bold</b>", "=SUM(A1:A9)", "[link](x)", "comma,semi;colon", "two.lines", "ñandú.açaí"]
)
def test_hostile_names_are_there(staff: list[dict[str, Any]], username: str) -> None:
    assert username in {user["Username"] for user in staff}


def test_newlines_are_there(staff: list[dict[str, Any]]) -> None:
    assert any("\n" in value for user in staff for value in held(user).values())


def test_every_name_and_password_is_one_that_aws_would_take() -> None:
    for person in staff_people(700, random.Random(2), TODAY):
        rules.check_username(pools.STAFF_CONFIG, person.username)
    for person in customer_people(200, random.Random(2)):
        rules.check_username(pools.CUSTOMERS_CONFIG, person.attributes["email"])
    for config in (pools.STAFF_CONFIG, pools.CUSTOMERS_CONFIG):
        rules.check_password(config, PASSWORD)


def test_every_attribute_is_one_that_aws_would_take(cognito: Cognito) -> None:
    for pool_id in (cognito.staff, cognito.customers):
        pool = backend_of(cognito.region).describe_user_pool(pool_id)
        for user in pool.users.values():
            given = [
                attribute for attribute in user.attributes if attribute["Name"] not in ("sub", "identities")
            ]
            rules.check_attributes(pool.schema_attributes, given, creating=True)


def test_there_are_fifteen_groups_some_empty_one_with_a_role(boto: Any, cognito: Cognito) -> None:
    groups = boto.list_groups(UserPoolId=cognito.staff, Limit=60)["Groups"]
    assert len(groups) == 15
    assert [group["GroupName"] for group in groups if group.get("RoleArn")] == ["administrators"]
    assert cognito.members(cognito.staff, "training") == set()
    assert all(group["Description"] for group in groups)
    assert {group.get("Precedence") for group in groups} > {1, 30, None}


def test_the_federation_group_holds_the_people_who_come_through_okta(
    cognito: Cognito, staff: list[dict[str, Any]]
) -> None:
    federated = {user["Username"] for user in staff if user["UserStatus"] == "EXTERNAL_PROVIDER"}
    assert len(federated) >= 2
    assert cognito.members(cognito.staff, f"{cognito.staff}_{OKTA}") == federated


def test_people_are_in_no_group_and_in_many(boto: Any, cognito: Cognito) -> None:
    def groups_of(username: str) -> list[Any]:
        return boto.admin_list_groups_for_user(UserPoolId=cognito.staff, Username=username)["Groups"]

    assert groups_of("rolf.vogt") == []
    assert len(groups_of("megan.hughes")) == 12


def test_three_clients_with_and_without_secret(boto: Any, cognito: Cognito) -> None:
    secrets = {}
    for pool_id in (cognito.staff, cognito.customers):
        for client in boto.list_user_pool_clients(UserPoolId=pool_id, MaxResults=60)["UserPoolClients"]:
            described = boto.describe_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"])
            secrets[client["ClientName"]] = "ClientSecret" in described["UserPoolClient"]
    assert secrets == {"billing-desk": True, "field-service-mobile": False, "my-brightwater-portal": True}


def test_a_demo_person_can_sign_in(boto: Any, cognito: Cognito) -> None:
    answer = boto.initiate_auth(
        ClientId=pools.FIELD_SERVICE.own_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "k.sorensen", "PASSWORD": PASSWORD},
    )
    assert answer["AuthenticationResult"]["IdToken"]
