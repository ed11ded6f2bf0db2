"""No secret that was handed to the gateway comes out of it in an error."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from services.cognito.connection import AssumedRole, ConnectionSettings, StaticKeys
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.permit import Permit
from services.errors import CognitoError, InvalidRequest
from tests.services.cognito.conftest import POOL, SECRET
from tests.services.cognito.fake_aws import RESET, FakeAws, page, refusal

PASSWORD = "Hunter2-UserPoolId-Password"  # holds names of parameters, to trip a naive search


def everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(error) + repr(vars(error))


def test_a_value_that_botocore_itself_refuses_is_not_repeated(
    gateway: CognitoGateway, permit: Permit
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        gateway.set_password(permit, "", PASSWORD + "x" * 300)
    assert "Hunter2" not in everything_said(caught.value)
    assert "Username" in caught.value.message
    assert "Nothing was changed" in caught.value.message


def test_a_value_of_the_wrong_type_is_not_repeated(gateway: CognitoGateway, permit: Permit) -> None:
    with pytest.raises(InvalidRequest) as caught:
        gateway.set_password(permit, "ann", [PASSWORD])  # type: ignore[arg-type]
    assert "Hunter2" not in everything_said(caught.value)


@pytest.mark.parametrize(
    "trouble",
    [
        RESET,
        page(500),
        refusal("InvalidPasswordException", f"Password {PASSWORD} is bad"),
        refusal("InvalidParameterException", f"Value '{PASSWORD}' at 'password' failed"),
        refusal("SomethingNew", PASSWORD),
    ],
)
def test_no_answer_brings_the_password_back(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit, trouble: object
) -> None:
    aws.answer("AdminSetUserPassword", trouble)  # type: ignore[arg-type]
    with pytest.raises(CognitoError) as caught:
        gateway.set_password(permit, "ann", PASSWORD)
    error = caught.value
    assert "Hunter2" not in everything_said(error)
    assert error.__cause__ is None
    assert error.__context__ is None  # botocore's own error, with the request in it, is left behind


def test_settings_hide_their_secrets() -> None:
    keys = StaticKeys("AKIAFAKEFAKEFAKEFAKE", SECRET, "session-token-value")
    shown = repr(ConnectionSettings("eu-west-1", credentials=AssumedRole("arn", "external", "ann", keys)))
    assert SECRET not in shown
    assert "session-token-value" not in shown
    assert "external" not in shown


def test_wrong_keys_do_not_show_themselves(
    aws: FakeAws, settings_to: Callable[..., ConnectionSettings]
) -> None:
    aws.otherwise = refusal("UnrecognizedClientException", "The security token included is invalid.")
    with pytest.raises(CognitoError) as caught:
        CognitoGateway(settings_to(aws.url), POOL, limiter=Unpaced()).list_groups()
    assert SECRET not in everything_said(caught.value)
