"""Forgotten, reset and invited: codes and passwords of the embedded Cognito's messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from moto.core.utils import utcnow

from demo.backend import backend_of
from demo.pools import BILLING_DESK, FIELD_SERVICE, STAFF_ID
from tests.demo.conftest import Ask
from tests.demo.test_login_pages import Visitor, sent_back
from tests.fixtures.cognito import Cognito

CLIENT = {"ClientId": FIELD_SERVICE.own_id}
NEW = "A-new-passw0rd!"


def pool() -> Any:
    return backend_of("eu-west-1").user_pools[STAFF_ID]


def last_code() -> str:
    return str(pool().messages[-1].code)


def test_a_forgotten_password_is_chosen_anew_with_the_code(ask: Ask, refused: Any, signed_in: Any) -> None:
    told = ask("ForgotPassword", **CLIENT, Username="k.sorensen.test")["CodeDeliveryDetails"]
    assert told == {"Destination": "k***@b***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    given = {**CLIENT, "Username": "k.sorensen.test", "Password": NEW}
    wrong = {**given, "ConfirmationCode": "none"}
    assert refused("ConfirmForgotPassword", **wrong) == "CodeMismatchException"
    short = {**given, "ConfirmationCode": last_code(), "Password": "short"}
    assert refused("ConfirmForgotPassword", **short) == "InvalidPasswordException"
    ask("ConfirmForgotPassword", **given, ConfirmationCode=last_code())
    again = {**given, "ConfirmationCode": last_code()}
    assert refused("ConfirmForgotPassword", **again) == "ExpiredCodeException"
    assert signed_in("k.sorensen.test", PASSWORD=NEW)["AccessToken"]
    events = ask("AdminListUserAuthEvents", UserPoolId=STAFF_ID, Username="k.sorensen.test")["AuthEvents"]
    assert {event["EventType"] for event in events[:2]} == {"SignIn", "ForgotPassword"}


def test_a_code_is_good_for_an_hour(ask: Ask, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("ForgotPassword", **CLIENT, Username="mark.down")
    late = utcnow() + timedelta(minutes=61)
    monkeypatch.setattr("demo.password_recovery.utcnow", lambda: late)
    given = {**CLIENT, "Username": "mark.down", "Password": NEW, "ConfirmationCode": last_code()}
    assert refused("ConfirmForgotPassword", **given) == "ExpiredCodeException"


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("bo.li", "NotAuthorizedException"),
        ("toby.ashworth", "NotAuthorizedException"),
        ("Okta_mira.petrova@brightwater.example", "NotAuthorizedException"),
        ("ines.pena", "InvalidParameterException"),
    ],
)
def test_some_can_t_have_a_code(refused: Any, username: str, code: str) -> None:
    assert refused("ForgotPassword", **CLIENT, Username=username) == code


def test_the_way_that_brings_the_second_factors_codes_does_not_count(ask: Ask, refused: Any) -> None:
    person = {"UserPoolId": STAFF_ID, "Username": "kirsten"}
    ask("AdminSetUserMFAPreference", **person, EmailMfaSettings={"Enabled": True})
    assert refused("AdminResetUserPassword", **person) == "InvalidParameterException"
    ask("AdminSetUserMFAPreference", **person, EmailMfaSettings={"Enabled": False})
    ask("AdminResetUserPassword", **person)
    assert ask("AdminGetUser", **person)["UserStatus"] == "RESET_REQUIRED"


def test_nobody_learns_who_is_not_there_and_the_secret_is_needed(ask: Ask, refused: Any) -> None:
    told = ask("ForgotPassword", **CLIENT, Username="nobody")["CodeDeliveryDetails"]
    assert told["DeliveryMedium"] == "EMAIL"
    secret = pool().clients[BILLING_DESK.own_id].secret
    asked = {"ClientId": BILLING_DESK.own_id, "Username": "rolf.vogt"}
    assert refused("ForgotPassword", **asked) == "NotAuthorizedException"
    message = f"rolf.vogt{BILLING_DESK.own_id}".encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    assert ask("ForgotPassword", **asked, SecretHash=base64.b64encode(digest).decode())
    gone = {"ClientId": "nosuchclient", "Username": "rolf.vogt"}
    assert refused("ForgotPassword", **gone) == "ResourceNotFoundException"


def test_an_invitation_brings_the_password_and_a_new_one_voids_it(
    ask: Ask, boto: Any, signed_in: Any
) -> None:
    person = {"UserPoolId": STAFF_ID, "Username": "new.starter"}
    mail = [{"Name": "email", "Value": "new.starter@brightwater.example"}]
    boto.admin_create_user(**person, UserAttributes=mail)
    first = pool().messages[-1]
    assert (first.to, first.code in first.text) == ("new.starter@brightwater.example", True)
    boto.admin_create_user(**person, MessageAction="RESEND")
    assert last_code() != first.code
    assert pool().users["new.starter"].password == last_code()
    before = len(pool().messages)
    boto.admin_create_user(UserPoolId=STAFF_ID, Username="quiet", MessageAction="SUPPRESS")
    assert len(pool().messages) == before


def test_the_login_pages_lead_from_a_reset_to_a_new_password(cognito: Cognito) -> None:
    staff = Visitor(cognito.url)
    page = staff.sign_in("chidi.okafor")
    assert "Forgot your password?" in page.text
    page = staff.send(page, username="chidi.okafor", choice="forgot")
    assert last_code() in page.text
    page = staff.send(page, code=last_code(), new_password=NEW, again="another")
    assert "The two passwords differ." in page.text
    page = staff.send(page, code=last_code(), new_password=NEW, again=NEW)
    assert "code" in sent_back(staff.send(page, username="chidi.okafor", password=NEW))


def test_a_code_for_nobody_is_refused_on_the_page(cognito: Cognito) -> None:
    staff = Visitor(cognito.url)
    page = staff.send(staff.ask(), username="nobody", choice="forgot")
    assert "No code can be sent" in page.text
