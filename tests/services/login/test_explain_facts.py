"""Gathering the facts from the embedded Cognito: whom a name means, and what it costs to look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from demo.pools import BILLING_DESK, CALLBACK, PORTAL
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.models import AppClient
from services.directory.cache import forget_everything
from services.directory.listing import Directory, directory_for
from services.errors import PermissionMissing
from services.login.chain import LinkState, Unknown
from services.login.explain import explain
from services.login.explain_facts import Explanation, find_person, gather, person_by_sub
from services.login.sign_in_flow import SignInFlow
from services.store.applications import Application
from tests.fixtures.cognito import Cognito


def application(client_id: str, url: str, *groups: str, has_secret: bool = True) -> Application:
    return Application("r", "App", client_id, url, allowed_groups=groups, has_secret=has_secret, id="a")


BILLING = application(BILLING_DESK.own_id, BILLING_DESK.url, "billing", "auditors")
CUSTOMER = application(PORTAL.own_id, PORTAL.url, "residential")


@pytest.fixture
def asked() -> list[str]:
    """The operations that were called, in order."""
    return []


@pytest.fixture
def open_directory(
    gateway_factory: Callable[..., CognitoGateway], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Directory]]:
    forget_everything()

    def make(pool_id: str) -> Directory:
        gateway = gateway_factory(pool_id, limiter=Unpaced())
        read = gateway.client.read

        def noted(operation: str, *a: Any, **k: Any) -> Any:
            asked.append(operation)
            return read(operation, *a, **k)

        monkeypatch.setattr(gateway.client, "read", noted)
        return directory_for(gateway)

    yield make
    forget_everything()


@pytest.fixture
def staff(open_directory: Callable[[str], Directory], cognito: Cognito) -> Directory:
    return open_directory(cognito.staff)


@pytest.fixture
def customers(open_directory: Callable[[str], Directory], cognito: Cognito) -> Directory:
    return open_directory(cognito.customers)


def answer(
    directory: Directory, typed: str, app: Application | None = BILLING, **options: Any
) -> Explanation:
    return explain(gather(directory, find_person(directory, typed), app, **options))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("toby.ashworth", "enabled"),
        ("ann.lindqvist", "temporary-password"),
        ("dana.petrova", "status"),
        ("chidi.okafor", "status"),
        ("rolf.vogt", "allowed-group"),
        ("bo.li@brightwater.example", "name"),
        ("nobody.at.all", "name"),
        ("ann.lindquist", "name"),
    ],
)
def test_people_of_the_demo_are_explained(staff: Directory, asked: list[str], typed: str, key: str) -> None:
    told = answer(staff, typed)
    assert told.cause is not None
    assert told.cause.link.key == key
    assert told.cause.blocks
    # nobody is counted as active for having been looked at
    assert not {"AdminGetUser", "AdminGetUserAuthFactors"} & set(asked)


def test_a_slip_of_the_pen_finds_whom_it_may_mean(staff: Directory) -> None:
    assert "ann.lindqvist" in answer(staff, "ann.lindquist").check("name").link.fix


def test_second_factors_are_asked_for_only_when_wanted(staff: Directory, asked: list[str]) -> None:
    assert answer(staff, "megan.hughes").check("second-factor").link.state is LinkState.NOT_REACHED
    assert "AdminGetUser" not in asked
    told = answer(staff, "megan.hughes", second_factors=True).check("second-factor").link
    assert "authenticator app" in told.sentence
    assert asked.count("AdminGetUser") == 1


def test_the_application_of_the_demo_is_set_up_and_what_moto_lacks_is_said(staff: Directory) -> None:
    told = answer(staff, "bo.li")
    for key in ("client", "flow", "callback", "scopes", "client-providers", "lifetimes", "domain", "pool"):
        assert told.check(key).link.state is LinkState.PASSED, key
    assert isinstance(told.facts.branding, Unknown)
    assert "Couldn't be checked here" in told.check("branding").link.sentence
    assert told.facts.events == ()


def test_the_settings_of_the_client_are_read_afresh(
    staff: Directory, change_client: Callable[..., None]
) -> None:
    client = BILLING_DESK.own_id
    change_client(client, CallbackURLs=["https://elsewhere.example/cb"], AllowedOAuthScopes=["email"])
    try:
        broken = answer(staff, "kirsten")
        assert broken.check("callback").link.state is LinkState.FAILED
        assert broken.check("scopes").link.state is LinkState.FAILED
    finally:
        change_client(
            client,
            CallbackURLs=[BILLING_DESK.url + CALLBACK],
            AllowedOAuthScopes=["openid", "email", "profile"],
        )


def test_a_client_that_is_gone_is_told_from_one_that_cannot_be_read(staff: Directory) -> None:
    gone = answer(staff, "kirsten", application("nosuchclientatall00000001", "https://x.example"))
    assert gone.check("client").link.state is LinkState.FAILED


def test_without_the_right_to_read_clients_it_is_said_which_one_is_lacking(
    staff: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(client_id: str) -> AppClient:
        action = "cognito-idp:DescribeUserPoolClient"
        raise PermissionMissing(f"Reading {client_id}: lacks {action}.", "Allow it.", iam_action=action)

    monkeypatch.setattr(staff.gateway, "describe_client", refused)
    told = answer(staff, "kirsten")
    assert "Couldn't be checked here" in told.check("client").link.sentence
    assert "cognito-idp:DescribeUserPoolClient" in told.check("client").link.sentence
    for key in ("client", "flow", "callback", "scopes", "lifetimes"):
        assert told.check(key) in told.unknown


def test_the_same_address_in_another_case_is_another_account(customers: Directory) -> None:
    told = answer(customers, "Ann.Ek@mail.example", CUSTOMER)
    assert told.facts.user is not None
    assert told.facts.user.email == "Ann.Ek@mail.example"
    assert "ann.ek@mail.example" in told.check("duplicates").link.sentence
    shouted = answer(customers, "ANN.EK@MAIL.EXAMPLE", CUSTOMER)
    assert shouted.cause is shouted.check("name")
    assert "tells capitals from small letters" in shouted.cause.link.sentence
    for spelling in ("ann.ek@mail.example", "Ann.Ek@mail.example"):
        assert spelling in shouted.sentence


def test_a_large_pool_is_asked_and_not_read(
    staff: Directory, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff, "tables", lambda: None)
    found = find_person(staff, "K.Sorensen@Brightwater.example")
    assert found.user is not None
    assert not found.everywhere
    assert {"k.sorensen", "k.sorensen.old", "kirsten"} == {
        user.username for user in (found.user, *found.others)
    }
    assert "AdminGetUser" not in asked


def test_a_person_picked_from_a_list(staff: Directory) -> None:
    found = find_person(staff, "bo.li")
    assert found.user is not None
    again = person_by_sub(staff, found.user.sub)
    assert again.user == found.user
    assert person_by_sub(staff, "no-such-sub").user is None
    assert "They sign in as bo.li" in explain(gather(staff, again, None)).check("name").link.sentence


@pytest.fixture
def broken(
    boto: Any, empty_pool: Callable[..., str], open_directory: Callable[[str], Directory]
) -> Callable[..., Explanation]:
    """`broken(CallbackURLs=[…])`: a fresh pool with aliases, one person, and a client set up so."""

    def make(
        groups: tuple[str, ...] = ("billing",),
        verified: str = "true",
        typed: str = "ann",
        domain: str = "",
        enabled: bool = True,
        flow: SignInFlow = SignInFlow.HOSTED,
        **settings: Any,
    ) -> Explanation:
        pool_id = empty_pool(AliasAttributes=["email"])
        client = boto.create_user_pool_client(
            UserPoolId=pool_id,
            **{
                "ClientName": "desk",
                "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", "email", "profile"],
                "CallbackURLs": [f"https://desk.example{CALLBACK}"],
                "SupportedIdentityProviders": ["COGNITO"],
                **settings,
            },
        )["UserPoolClient"]
        if domain:
            boto.create_user_pool_domain(UserPoolId=pool_id, Domain=domain)
        person = {"UserPoolId": pool_id, "Username": "ann"}
        mail = [{"Name": "email", "Value": "ann@x.example"}, {"Name": "email_verified", "Value": verified}]
        boto.admin_create_user(**person, UserAttributes=mail, MessageAction="SUPPRESS")
        boto.admin_set_user_password(**person, Password="Fine-Passw0rd!", Permanent=True)
        for name in ("billing", "field"):
            boto.create_group(UserPoolId=pool_id, GroupName=name)
        for name in groups:
            boto.admin_add_user_to_group(**person, GroupName=name)
        if not enabled:
            boto.admin_disable_user(**person)
        app = application(client["ClientId"], "https://desk.example", "billing", has_secret=False)
        return answer(open_directory(pool_id), typed, app, flow=flow)

    return make


def test_a_pool_made_for_it_lets_its_person_in(broken: Callable[..., Explanation]) -> None:
    told = broken(domain="fine", typed="ann@x.example")
    assert told.cause is None
    assert told.facts.found.by == "email"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"enabled": False}, "enabled"),
        ({"groups": ("field",)}, "allowed-group"),
        ({"verified": "false", "typed": "ann@x.example"}, "verified"),
        ({"flow": SignInFlow.PASSWORD}, "flow"),
        ({"AllowedOAuthFlowsUserPoolClient": False}, "flow"),
        ({"CallbackURLs": ["https://elsewhere.example/cb"]}, "callback"),
        ({"AllowedOAuthScopes": ["email"]}, "scopes"),
        ({"domain": ""}, "domain"),
    ],
)
def test_each_broken_set_up_is_found_in_a_live_pool(
    broken: Callable[..., Explanation], settings: dict[str, Any], key: str
) -> None:
    told = broken(**{"domain": f"broken-{key}", **settings})
    assert told.cause is not None
    assert told.cause.blocks
    assert told.cause.link.key == key
