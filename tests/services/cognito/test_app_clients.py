"""App clients: the whole of one is sent with one thing changed; nothing is written over others' work."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from services.changes import ChangePath
from services.cognito.actions import AddClientSecret, DeleteClientSecret, UpdateClient
from services.cognito.app_clients import (
    DEFAULT_FLOWS,
    NOT_SENT,
    ClientEdit,
    ClientSetting,
    ClientSettings,
)
from services.cognito.gateway import CognitoGateway
from services.errors import ChangedMeanwhile, InvalidValue
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult
from services.store.store import Store
from tests.services.cognito.fake_aws import FakeAws, ok

RAW: dict[str, Any] = {
    "UserPoolId": "eu-west-1_Abc123456",
    "ClientId": "client1",
    "ClientName": "Billing",
    "ClientSecret": "Hunter2-Hunter2-Hunter2-Hunter2",
    "RefreshTokenValidity": 7,
    "AccessTokenValidity": 20,
    "TokenValidityUnits": {"AccessToken": "minutes"},
    "ReadAttributes": ["email"],
    "WriteAttributes": ["name"],
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://billing.example.com/cb"],
    "LogoutURLs": ["https://billing.example.com"],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": True,
    "AuthSessionValidity": 5,
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
}
NEW = "https://new.example.com/cb"


@pytest.fixture
def path(gateway: CognitoGateway, store: Store) -> ChangePath:
    def who() -> Actor:
        return Actor("op-1", "Ada", Role.ADMIN, Origin.BROWSER)

    return ChangePath(gateway, store.activity, who, "staff")


def client(**changes: Any) -> ClientSettings:
    raw = {**RAW, **changes}
    return ClientSettings(
        "client1", "Billing", {name: value for name, value in raw.items() if name not in NOT_SENT}
    )


def adding_the_callback() -> UpdateClient:
    edit = ClientEdit(ClientSetting.CALLBACK_URLS, NEW)
    return UpdateClient("client1", "Billing", (edit,), client().stamp)


def described(**changes: Any) -> Any:
    return ok(UserPoolClient={**RAW, **changes})


def test_every_setting_that_aws_tells_can_be_sent_back() -> None:
    model = botocore.session.Session().get_service_model("cognito-idp")
    told = set(model.shape_for("UserPoolClientType").members)
    taken = set(model.operation_model("UpdateUserPoolClient").input_shape.members)
    assert told - taken == NOT_SENT - {"UserPoolId", "ClientId"}
    assert set(ClientSetting) <= taken


def test_a_change_sends_the_whole_client_with_one_thing_changed(path: ChangePath, aws: FakeAws) -> None:
    edit = ClientEdit(ClientSetting.CALLBACK_URLS, NEW)
    aws.answer("DescribeUserPoolClient", described(), described())
    aws.answer("DescribeUserPoolClient", described(CallbackURLs=[*RAW["CallbackURLs"], NEW]))
    done = path.perform(UpdateClient("client1", "Billing", (edit,), client().stamp))
    sent = next(call.parameters for call in aws.seen if call.operation == "UpdateUserPoolClient")
    wanted = {**client().values, "CallbackURLs": [*RAW["CallbackURLs"], NEW]}
    assert sent == {"UserPoolId": path.gateway.pool_id, "ClientId": "client1", **wanted}
    assert done.before == {"callback_URLs": RAW["CallbackURLs"]}
    assert done.after == {"callback_URLs": [*RAW["CallbackURLs"], NEW]}


def test_a_client_that_was_changed_since_it_was_shown_is_not_written_to(
    path: ChangePath, aws: FakeAws, store: Store
) -> None:
    aws.otherwise = described(LogoutURLs=["https://elsewhere.example.com"])
    change = UpdateClient(
        "client1", "Billing", (ClientEdit(ClientSetting.CALLBACK_URLS, NEW),), client().stamp
    )
    with pytest.raises(ChangedMeanwhile, match="nothing was changed"):
        path.perform(change)
    assert aws.count("UpdateUserPoolClient") == 0
    (line,) = store.activity.search()
    assert line.result is ActivityResult.FAILED


def test_what_became_different_besides_is_named(path: ChangePath, aws: FakeAws) -> None:
    aws.answer("DescribeUserPoolClient", described(), described())
    both = [*RAW["CallbackURLs"], NEW]
    aws.answer("DescribeUserPoolClient", described(CallbackURLs=both, LogoutURLs=[]))
    change = UpdateClient(
        "client1", "Billing", (ClientEdit(ClientSetting.CALLBACK_URLS, NEW),), client().stamp
    )
    assert path.perform(change).after["also_changed"] == ["LogoutURLs"]


def test_the_secret_is_neither_sent_nor_logged(path: ChangePath, aws: FakeAws, store: Store) -> None:
    aws.otherwise = described()
    path.perform(adding_the_callback())
    assert "Hunter2" not in repr([call.parameters for call in aws.seen])
    assert "Hunter2" not in repr(store.activity.search())
    assert "Hunter2" not in repr(path.gateway.client_settings("client1"))


def test_flows_that_were_never_set_stand_for_aws_default_ones() -> None:
    bare = client(ExplicitAuthFlows=[], RefreshTokenRotation={"Feature": "DISABLED"})
    after = bare.with_edit(ClientEdit(ClientSetting.FLOWS, "ALLOW_USER_PASSWORD_AUTH"))
    assert after.values["ExplicitAuthFlows"] == [*DEFAULT_FLOWS, "ALLOW_USER_PASSWORD_AUTH"]


def test_attributes_that_may_be_written_are_all_standard_ones_until_some_are_chosen() -> None:
    after = client(WriteAttributes=[]).with_edit(ClientEdit(ClientSetting.WRITABLE, "custom:cost_centre"))
    written = after.values["WriteAttributes"]
    assert {"email", "name", "custom:cost_centre"} <= set(written)
    assert not {"sub", "email_verified", "identities"} & set(written)


def test_a_switch_is_turned() -> None:
    off = client(PreventUserExistenceErrors="LEGACY")
    after = off.with_edit(ClientEdit(ClientSetting.EXISTENCE))
    assert after.values["PreventUserExistenceErrors"] == "ENABLED"
    assert off.shown(ClientSetting.EXISTENCE) == ("off",)
    assert after.shown(ClientSetting.EXISTENCE) == ("on",)


def test_taking_out_leaves_the_others() -> None:
    after = client(CallbackURLs=["https://a.example.com", NEW]).with_edit(
        ClientEdit(ClientSetting.CALLBACK_URLS, NEW, on=False)
    )
    assert after.values["CallbackURLs"] == ["https://a.example.com"]


@pytest.mark.parametrize(
    ("edit", "changes", "words"),
    [
        (ClientEdit(ClientSetting.CALLBACK_URLS, "http://x.example.com/cb"), {}, "isn't encrypted"),
        (ClientEdit(ClientSetting.CALLBACK_URLS, "https://x.example.com/#cb"), {}, "doesn't take"),
        (ClientEdit(ClientSetting.CALLBACK_URLS, "cb"), {}, "doesn't take"),
        (ClientEdit(ClientSetting.CALLBACK_URLS, ""), {}, "nothing to change"),
        (
            ClientEdit(ClientSetting.SCOPES, "email"),
            {"AllowedOAuthFlowsUserPoolClient": False},
            "doesn't use the login pages",
        ),
        (
            ClientEdit(ClientSetting.FLOWS, "ALLOW_USER_SRP_AUTH"),
            {"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]},
            "before 2018",
        ),
    ],
)
def test_what_aws_would_not_take_is_refused_before(
    edit: ClientEdit, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidValue, match=words):
        client(**changes).with_edit(edit)


def test_http_is_taken_for_this_machine() -> None:
    client().with_edit(ClientEdit(ClientSetting.CALLBACK_URLS, "http://localhost:8501/oauth/v2/callback"))


def test_the_login_pages_are_turned_on_with_all_they_need() -> None:
    off = client(
        AllowedOAuthFlowsUserPoolClient=False, AllowedOAuthFlows=[], AllowedOAuthScopes=[], CallbackURLs=[]
    )
    after = off.with_edits(
        (
            ClientEdit(ClientSetting.HOSTED),
            ClientEdit(ClientSetting.GRANTS, "code"),
            ClientEdit(ClientSetting.SCOPES, "openid"),
            ClientEdit(ClientSetting.CALLBACK_URLS, NEW),
        )
    )
    assert set(after.differs(off)) == {
        "AllowedOAuthFlowsUserPoolClient",
        "AllowedOAuthFlows",
        "AllowedOAuthScopes",
        "CallbackURLs",
    }


def test_a_new_secret_is_told_once_and_logged_by_its_id_only(
    path: ChangePath, aws: FakeAws, store: Store
) -> None:
    aws.answer("ListUserPoolClientSecrets", ok(ClientSecrets=[{"ClientSecretId": "client1--1"}]))
    aws.answer(
        "AddUserPoolClientSecret",
        ok(ClientSecretDescriptor={"ClientSecretId": "client1--2", "ClientSecretValue": "Hunter2-new"}),
    )
    change = AddClientSecret("client1", "Billing")
    path.perform(change)
    assert change.made is not None
    assert change.made.value == "Hunter2-new"
    assert "Hunter2" not in repr(change) + repr(change.made)
    (line,) = store.activity.search()
    assert (line.before, line.after) == ({"secret_ids": ["client1--1"]}, {"secret_id": "client1--2"})
    assert "Hunter2" not in repr(line)


def test_a_deleted_secret_is_gone_from_the_list(path: ChangePath, aws: FakeAws) -> None:
    aws.answer("ListUserPoolClientSecrets", ok(ClientSecrets=[{"ClientSecretId": "client1--1"}]))
    path.perform(DeleteClientSecret("client1", "Billing", "client1--1"))
    sent = next(call.parameters for call in aws.seen if call.operation == "DeleteUserPoolClientSecret")
    assert sent["ClientSecretId"] == "client1--1"


def test_a_client_of_programs_does_not_become_one_of_people() -> None:
    programs = client(AllowedOAuthFlows=["client_credentials"])
    with pytest.raises(InvalidValue, match="stands alone"):
        programs.with_edit(ClientEdit(ClientSetting.GRANTS, "code"))
    with pytest.raises(InvalidValue, match="stands alone"):
        client().with_edit(ClientEdit(ClientSetting.GRANTS, "client_credentials"))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (ClientSetting.CALLBACK_URLS, "https://billing.example.com/cb"),
        (ClientSetting.PROVIDERS, "COGNITO"),
        (ClientSetting.SCOPES, "openid"),
        (ClientSetting.GRANTS, "code"),
    ],
)
def test_the_last_of_what_the_login_pages_need_stays(setting: ClientSetting, value: str) -> None:
    with pytest.raises(InvalidValue, match="is the last of the"):
        client().with_edit(ClientEdit(setting, value, on=False))
    off = client(AllowedOAuthFlowsUserPoolClient=False)
    assert off.with_edit(ClientEdit(setting, value, on=False)).shown(setting) == ()


def test_the_default_address_to_come_back_to_stays() -> None:
    first = "https://billing.example.com/cb"
    both = client(CallbackURLs=[first, NEW], DefaultRedirectURI=first)
    with pytest.raises(InvalidValue, match="when nothing else is said"):
        both.with_edit(ClientEdit(ClientSetting.CALLBACK_URLS, first, on=False))
    assert both.with_edit(ClientEdit(ClientSetting.CALLBACK_URLS, NEW, on=False))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https:///x",
        "x:",
        "https://*.example/",
        "https://user:pw@ex.example/",
    ],
)
def test_nobody_is_sent_back_to_what_is_no_place(url: str) -> None:
    with pytest.raises(InvalidValue, match="no place to send people back to"):
        client().with_edit(ClientEdit(ClientSetting.CALLBACK_URLS, url))


@pytest.mark.parametrize("url", ["myapp://callback", "com.example.app:/back", "http://localhost:8000/cb"])
def test_an_app_has_a_scheme_of_its_own(url: str) -> None:
    edited = client().with_edit(ClientEdit(ClientSetting.CALLBACK_URLS, url))
    assert url in edited.shown(ClientSetting.CALLBACK_URLS)


def test_a_flow_that_does_not_work_beside_new_refresh_tokens_is_not_turned_on() -> None:
    rotating = client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    with pytest.raises(InvalidValue, match="new refresh token each time"):
        rotating.with_edit(ClientEdit(ClientSetting.FLOWS, "ALLOW_REFRESH_TOKEN_AUTH"))
    unset = client(ExplicitAuthFlows=[]).with_edit(ClientEdit(ClientSetting.FLOWS, "ALLOW_USER_AUTH"))
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in unset.shown(ClientSetting.FLOWS)
