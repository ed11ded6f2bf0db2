"""Every operation that the embedded Cognito has of its own is AWS's, by the installed service model."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from moto.core.utils import get_service_model

from demo.pools import FIELD_SERVICE, STAFF_ID
from demo.responses import OPERATIONS
from tests.demo.conftest import Ask

PERSON = {"UserPoolId": STAFF_ID, "Username": "rolf.vogt"}


def test_the_model_knows_each_of_them() -> None:
    assert set(OPERATIONS) <= set(get_service_model("cognito-idp").operation_names)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("AdminListDevices", {**PERSON, "Limit": 61}),
        ("AdminListDevices", {**PERSON, "Username": "two words"}),
        ("AdminGetDevice", {**PERSON, "DeviceKey": "no key"}),
        ("AdminUpdateDeviceStatus", {**PERSON, "DeviceKey": "r_0", "DeviceRememberedStatus": "kept"}),
        ("AdminRevokeUserSession", {**PERSON, "SessionId": "tkn" + "A" * 25}),
        ("AdminListUserAuthEvents", {**PERSON, "MaxResults": 61}),
        ("AdminUpdateAuthEventFeedback", {**PERSON, "EventId": "e", "FeedbackValue": "Maybe"}),
    ],
)
def test_what_breaks_a_limit_of_the_model_is_refused(
    boto: Any, refused: Any, operation: str, given: dict[str, Any]
) -> None:
    assert refused(operation, **given) == "InvalidParameterException"


@pytest.mark.parametrize("username", ["søren", "a·b", "李"])
def test_letters_of_every_script_fit_a_pattern(boto: Any, refused: Any, username: str) -> None:
    asked = {"UserPoolId": STAFF_ID, "Username": username}
    assert refused("AdminListUserSessions", **asked) == "UserNotFoundException"


@pytest.mark.parametrize(
    "operation",
    [
        "AdminListUserSessions",
        "AdminListUserAuthEvents",
        "AdminDeleteSoftwareToken",
        "AdminGetUserAuthFactors",
    ],
)
def test_nobody_and_nowhere_are_said_by_name(refused: Any, operation: str) -> None:
    assert refused(operation, UserPoolId=STAFF_ID, Username="nobody") == "UserNotFoundException"
    assert refused(operation, UserPoolId="eu-west-1_none", Username="x") == "ResourceNotFoundException"


def test_an_access_token_stands_for_its_owner(ask: Ask, refused: Any, signed_in: Any) -> None:
    token = signed_in()["AccessToken"]
    assert ask("GetUserAuthFactors", AccessToken=token)["Username"] == "rolf.vogt"
    assert refused("ListDevices", AccessToken="no.such.token") == "NotAuthorizedException"
    ask("GlobalSignOut", AccessToken=token)
    assert refused("ListDevices", AccessToken=token) == "NotAuthorizedException"


def test_the_client_is_looked_for_in_its_pool(refused: Any) -> None:
    asked = {"UserPoolId": "eu-west-1_Wtr7Cust2", "ClientId": FIELD_SERVICE.own_id}
    assert refused("GetUserPoolClientSessionConfiguration", **asked) == "ResourceNotFoundException"


def test_what_people_ask_about_themselves_has_the_models_shape_too(
    ask: Ask, refused: Any, signed_in: Any
) -> None:
    result = signed_in("o'brien")
    token = {"AccessToken": result["AccessToken"]}
    key = {"DeviceKey": result["NewDeviceMetadata"]["DeviceKey"]}
    assert refused("GetDevice", **token, **key) == "ResourceNotFoundException"
    assert ask("ConfirmDevice", **token, **key, DeviceName="Laptop")["UserConfirmationNecessary"]
    ask("UpdateDeviceStatus", **token, **key, DeviceRememberedStatus="remembered")
    assert ask("GetDevice", **token, **key)["Device"]["DeviceKey"] == key["DeviceKey"]
    assert key["DeviceKey"] in [device["DeviceKey"] for device in ask("ListDevices", **token)["Devices"]]
    ask("ForgetDevice", **token, **key)
    signed_in("o'brien")
    others = [
        session["SessionId"]
        for session in ask("ListUserSessions", **token)["Sessions"]
        if not session["IsCurrentSession"]
    ]
    for session in others:
        ask("RevokeUserSession", **token, SessionId=session, RevokeAssociatedSessions="NONE")
    assert len(ask("ListUserSessions", **token)["Sessions"]) == 1


def test_every_operation_is_asked_somewhere_with_its_answer_checked() -> None:
    folder = Path(__file__).parent
    asked = {
        name
        for file in folder.glob("test_*.py")
        for name in re.findall(r'\b(?:ask|refused)\(\s*"(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert set(OPERATIONS) - asked == set()
