"""Reading a pool, against the embedded Cognito."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.cognito import permit as permits
from services.cognito.filters import exact, prefix
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Caller, Unpaced
from services.cognito.models import UserStatus
from services.errors import (
    ClientNotFound,
    GroupNotFound,
    InvalidRequest,
    NotAvailable,
    PoolNotFound,
    UserNotFound,
)
from tests.fixtures.cognito import Cognito

Factory = Callable[..., CognitoGateway]


@pytest.fixture
def staff(cognito: Cognito, gateway_factory: Factory) -> CognitoGateway:
    return gateway_factory(cognito.staff, limiter=Unpaced())


@pytest.fixture
def customers(cognito: Cognito, gateway_factory: Factory) -> CognitoGateway:
    return gateway_factory(cognito.customers, limiter=Unpaced())


def somebody(cognito: Cognito, pool: str) -> dict[str, Any]:
    return cognito.users(pool)[7]


def attribute(raw: dict[str, Any], name: str) -> str:
    return next(attribute["Value"] for attribute in raw["Attributes"] if attribute["Name"] == name)


def test_a_pool_has_the_same_key_however_its_endpoint_is_written(
    staff: CognitoGateway, cognito: Cognito
) -> None:
    settings = replace(staff.settings, endpoint_url=f"{cognito.url}/")
    written_otherwise = CognitoGateway(settings, staff.pool_id, limiter=Unpaced())
    assert written_otherwise.pool_key == staff.pool_key == f"{cognito.url}|{cognito.region}|{cognito.staff}"


def test_identity_names_account_and_caller(staff: CognitoGateway) -> None:
    who = staff.identity()
    assert who.account == "123456789012"
    assert who.arn.startswith("arn:aws:")


def test_pools_are_listed_by_name(staff: CognitoGateway, cognito: Cognito) -> None:
    pools = staff.list_pools()
    assert {cognito.staff, cognito.customers} <= {pool.id for pool in pools}
    assert [pool.name for pool in pools] == sorted((pool.name for pool in pools), key=str.casefold)


def test_a_pools_settings_hold_every_standard_attribute(staff: CognitoGateway) -> None:
    pool = staff.describe_pool()
    assert pool.estimated_users == len(list(staff.iter_users()))
    for name in ("sub", "email", "email_verified", "birthdate", "phone_number", "updated_at"):
        assert pool.attribute(name) is not None
    assert any(attribute.custom for attribute in pool.schema)
    assert len({attribute.name for attribute in pool.schema}) == len(pool.schema)


def test_settings_are_asked_for_once_a_minute_unless_refreshed(
    customers: CognitoGateway, cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = customers.client.read
    monkeypatch.setattr(
        customers.client,
        "read",
        lambda operation, *a, **k: asked.append(operation) or read(operation, *a, **k),
    )
    threads = [threading.Thread(target=customers.describe_pool) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == ["DescribeUserPool"]
    customers.for_caller(Caller("job", 0.5)).describe_pool()
    assert asked == ["DescribeUserPool"]
    customers.describe_pool(refresh=True)
    assert asked == ["DescribeUserPool"] * 2


def test_app_clients_and_their_secret(staff: CognitoGateway) -> None:
    clients = staff.list_clients()
    details = [staff.describe_client(client.id) for client in clients]
    assert {client.name for client in clients} == {detail.name for detail in details}
    with_secret = next(detail for detail in details if detail.has_secret)
    without = next(detail for detail in details if not detail.has_secret)
    assert len(staff.client_secret(with_secret.id)) > 10
    assert staff.client_secret(without.id) == ""


def test_everybody_is_read_once(staff: CognitoGateway, cognito: Cognito) -> None:
    subs = [user.sub for user in staff.iter_users()]
    assert len(subs) == len(set(subs)) > 60
    assert set(subs) == {attribute(raw, "sub") for raw in cognito.users(cognito.staff)}


def test_pages_follow_each_other_until_the_token_is_empty(staff: CognitoGateway) -> None:
    first = staff.users_page(limit=50)
    second = staff.users_page(token=first.token)
    assert len(first.users) == 50
    assert first.token
    assert not {user.sub for user in first.users} & {user.sub for user in second.users}
    assert second.token == ""


def test_a_page_is_never_asked_to_be_larger_than_aws_allows(staff: CognitoGateway) -> None:
    assert len(staff.users_page(limit=500).users) == 60


def test_a_refused_token_is_an_error_with_a_next_step(staff: CognitoGateway) -> None:
    with pytest.raises(InvalidRequest) as caught:
        staff.users_page(token="no-such-token")
    assert "first page" in caught.value.next_step


def test_a_filter_finds_by_prefix_and_exactly(staff: CognitoGateway, cognito: Cognito) -> None:
    email = attribute(somebody(cognito, cognito.staff), "email")
    assert all(user.email == email for user in staff.iter_users(exact("email", email)))
    found = list(staff.iter_users(prefix("email", email[:4])))
    assert found
    assert all(user.email.startswith(email[:4]) for user in found)


def test_disabled_people_can_be_filtered(staff: CognitoGateway) -> None:
    disabled = list(staff.iter_users(exact("status", "Disabled")))
    assert {user.sub for user in disabled} == {user.sub for user in staff.iter_users() if not user.enabled}
    assert disabled


def test_a_person_is_found_by_sub_and_by_username(staff: CognitoGateway, cognito: Cognito) -> None:
    raw = somebody(cognito, cognito.staff)
    by_sub = staff.find_user(sub=attribute(raw, "sub"))
    by_name = staff.find_user(username=raw["Username"])
    assert by_sub == by_name
    assert by_sub is not None
    assert by_sub.username == raw["Username"]


def test_a_person_is_found_by_the_e_mail_address_where_that_is_the_username(
    customers: CognitoGateway, cognito: Cognito
) -> None:
    raw = somebody(cognito, cognito.customers)
    found = customers.find_user(username=attribute(raw, "email"))
    assert found is not None
    assert found.username == raw["Username"]
    assert customers.find_user(username=raw["Username"]) == found


@pytest.mark.parametrize("certain", [False, True])
def test_nobody_is_found_as_none(staff: CognitoGateway, certain: bool) -> None:
    assert staff.find_user(sub="no-such-sub", certain=certain) is None
    assert staff.find_user(username="no-such-name", certain=certain) is None
    assert staff.find_user() is None


def test_looking_for_certain_does_not_take_a_namesake(staff: CognitoGateway, cognito: Cognito) -> None:
    username = somebody(cognito, cognito.staff)["Username"]
    assert staff.find_user(username=username, certain=True) is not None
    assert staff.find_user(sub="sub-of-a-deleted-person", username=username, certain=True) is None


def test_a_username_with_a_quotation_mark_is_found(
    gateway_factory: Factory, empty_pool: Callable[..., str], boto: Any
) -> None:
    pool = empty_pool()
    boto.admin_create_user(UserPoolId=pool, Username='o"neil\\x')
    found = gateway_factory(pool, limiter=Unpaced()).find_user(username='o"neil\\x')
    assert found is not None
    assert found.username == 'o"neil\\x'


def test_a_username_too_long_for_a_filter_is_found(
    gateway_factory: Factory, empty_pool: Callable[..., str], boto: Any
) -> None:
    pool, name = empty_pool(), '"' * 128
    boto.admin_create_user(UserPoolId=pool, Username=name)
    found = gateway_factory(pool, limiter=Unpaced()).find_user(username=name)
    assert found is not None


def test_ordinary_look_ups_never_use_the_billed_operation(
    staff: CognitoGateway, cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = somebody(cognito, cognito.staff)
    asked: list[str] = []
    read = staff.client.read
    monkeypatch.setattr(
        staff.client, "read", lambda operation, *a, **k: asked.append(operation) or read(operation, *a, **k)
    )
    staff.find_user(sub=attribute(raw, "sub"))
    staff.find_user(username=raw["Username"])
    staff.find_user(username="nobody")
    staff.users_page()
    list(staff.iter_users())
    staff.groups_of(raw["Username"])
    assert "AdminGetUser" not in asked


def test_details_are_those_of_the_list(staff: CognitoGateway, cognito: Cognito) -> None:
    raw = somebody(cognito, cognito.staff)
    detail = staff.user_detail(raw["Username"])
    assert detail.user == staff.find_user(username=raw["Username"])


def test_groups_and_members_agree_from_both_sides(staff: CognitoGateway, cognito: Cognito) -> None:
    groups = staff.list_groups()
    largest = max(groups, key=lambda group: len(cognito.members(cognito.staff, group.name)))
    members = list(staff.iter_members(largest.name))
    assert {user.username for user in members} == cognito.members(cognito.staff, largest.name)
    assert largest.name in {group.name for group in staff.groups_of(members[0].username)}
    assert staff.get_group(largest.name) == largest


def test_what_is_not_there_has_its_own_error(staff: CognitoGateway) -> None:
    with pytest.raises(GroupNotFound):
        staff.get_group("no-such-group")
    with pytest.raises(GroupNotFound):
        list(staff.iter_members("no-such-group"))
    with pytest.raises(UserNotFound):
        staff.groups_of("no-such-user")
    with pytest.raises(UserNotFound):
        staff.user_detail("no-such-user")
    with pytest.raises(ClientNotFound):
        staff.describe_client("nosuchclient")
    with pytest.raises(PoolNotFound):
        staff.for_pool("eu-west-1_nothere12").describe_pool()


def test_quotas_are_not_available_from_an_emulator(staff: CognitoGateway) -> None:
    with pytest.raises(NotAvailable):
        staff.learn_quotas()


def test_changes_can_be_read_back(gateway_factory: Factory, empty_pool: Callable[..., str]) -> None:
    gateway = gateway_factory(empty_pool(), limiter=Unpaced())
    with permits.issue("activity") as permit:
        made = gateway.create_user(
            permit, username="ann", attributes={"email": "ann@example.com"}, temporary_password="Abc-12345"
        )
        gateway.create_group(permit, "billing", description="Bills", precedence=0)
        gateway.create_group(permit, "plain")
        gateway.add_to_group(permit, "ann", "billing")
        gateway.add_to_group(permit, "ann", "billing")
        gateway.update_attributes(permit, "ann", {"name": "Ann Ek", "email_verified": "true"})
        gateway.set_password(permit, "ann", "Abc-123456", permanent=True)
        gateway.disable_user(permit, "ann")
    ann = gateway.find_user(username="ann")
    assert ann is not None
    assert ann.sub == made.sub
    assert (ann.name, ann.status, ann.enabled) == ("Ann Ek", UserStatus.CONFIRMED, False)
    assert [(group.name, group.precedence) for group in gateway.groups_of("ann")] == [("billing", 0)]
    assert gateway.get_group("plain").precedence is None
    with permits.issue("activity") as permit:
        gateway.clear_attributes(permit, "ann", ["name"])
        gateway.enable_user(permit, "ann")
        gateway.sign_out_user(permit, "ann")
        gateway.remove_from_group(permit, "ann", "billing")
        gateway.delete_group(permit, "billing")
        assert gateway.update_group(permit, "plain", description="New", precedence=3).description == "New"
    ann = gateway.find_user(username="ann")
    assert ann is not None
    assert (ann.name, ann.enabled, gateway.groups_of("ann")) == ("", True, ())
    with permits.issue("activity") as permit:
        gateway.delete_user(permit, "ann")
    assert gateway.find_user(username="ann") is None


def test_a_precedence_that_can_not_be_taken_away_is_said(
    gateway_factory: Factory, empty_pool: Callable[..., str]
) -> None:
    gateway = gateway_factory(empty_pool(), limiter=Unpaced())
    with permits.issue("activity") as permit:
        gateway.create_group(permit, "billing", precedence=5)
        with pytest.raises(InvalidRequest, match="keeps the precedence 5"):
            gateway.update_group(permit, "billing", description="x")


def test_many_threads_read_through_one_gateway(staff: CognitoGateway) -> None:
    results: list[int] = []

    def read() -> None:
        results.append(len(list(staff.iter_users())))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1
