"""Signing in through the embedded Cognito's API is as hard as at AWS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.cognitoidp.utils import cognito_totp
from pycognito.aws_srp import AWSSRP, generate_hash_device

from demo.backend import backend_of
from demo.people import PASSWORD
from demo.pools import BILLING_DESK, FIELD_SERVICE, STAFF_ID, ClientSeed
from demo.tokens import read


def secret_of(client: ClientSeed) -> str:
    return str(backend_of("eu-west-1").user_pools[STAFF_ID].clients[client.own_id].secret)


def hashed(username: str, client: ClientSeed = BILLING_DESK) -> str:
    digest = hmac.new(secret_of(client).encode(), f"{username}{client.own_id}".encode(), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


@pytest.fixture
def public(boto: Any) -> Callable[..., Any]:
    """InitiateAuth with a client that has no secret."""

    def ask(username: str = "rolf.vogt", flow: str = "USER_PASSWORD_AUTH", **more: str) -> Any:
        given = {"USERNAME": username, "PASSWORD": PASSWORD, **more}
        return boto.initiate_auth(ClientId=FIELD_SERVICE.own_id, AuthFlow=flow, AuthParameters=given)

    return ask


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def code(secret: str) -> str:
    return str(cognito_totp(secret).generate(int(time.time())).decode())


def answered(boto: Any, asked: Any, client: ClientSeed = FIELD_SERVICE, **given: str) -> Any:
    name = asked["ChallengeParameters"].get("USER_ID_FOR_SRP", "")
    return boto.respond_to_auth_challenge(
        ClientId=client.own_id,
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, **given},
    )


def test_tokens_of_an_api_sign_in_have_the_one_scope(public: Any) -> None:
    result = public("k.sorensen")["AuthenticationResult"]
    access, identity = read(result["AccessToken"]), read(result["IdToken"])
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert identity["cognito:groups"] == ["billing"]
    assert identity["email_verified"] is True
    assert access["origin_jti"] == identity["origin_jti"]


def test_a_flow_that_the_client_lacks_is_refused(boto: Any, cognito: Any) -> None:
    def ask() -> Any:
        return boto.initiate_auth(
            ClientId=BILLING_DESK.own_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={
                "USERNAME": "rolf.vogt",
                "PASSWORD": PASSWORD,
                "SECRET_HASH": hashed("rolf.vogt"),
            },
        )

    assert refused(ask) == (
        "InvalidParameterException",
        "USER_PASSWORD_AUTH flow not enabled for this client",
    )


@pytest.mark.parametrize(
    ("sent", "words"),
    [({}, "SECRET_HASH was not received"), ({"SECRET_HASH": "x"}, "SecretHash does not match")],
)
def test_the_secret_hash_is_checked(boto: Any, sent: dict[str, str], words: str) -> None:
    def ask() -> Any:
        return boto.admin_initiate_auth(
            UserPoolId=STAFF_ID,
            ClientId=BILLING_DESK.own_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "rolf.vogt", "PASSWORD": PASSWORD, **sent},
        )

    kind, message = refused(ask)
    assert kind == "NotAuthorizedException"
    assert words in message


@pytest.mark.parametrize(
    ("username", "password", "kind"),
    [
        ("rolf.vogt", "wrong", "NotAuthorizedException"),
        ("toby.ashworth", PASSWORD, "NotAuthorizedException"),
        ("ann.lindqvist", PASSWORD, "NotAuthorizedException"),
        ("chidi.okafor", PASSWORD, "PasswordResetRequiredException"),
        ("dana.petrova", PASSWORD, "UserNotConfirmedException"),
    ],
)
def test_people_who_may_not_enter_are_refused(public: Any, username: str, password: str, kind: str) -> None:
    assert refused(lambda: public(username, PASSWORD=password))[0] == kind


def srp_sign_in(boto: Any, username: str, password: str) -> Any:
    secret = secret_of(BILLING_DESK)
    client = AWSSRP(username, password, STAFF_ID, BILLING_DESK.own_id, client=boto, client_secret=secret)
    return client.authenticate_user()


def test_srp_takes_the_right_password_and_no_other(boto: Any) -> None:
    assert srp_sign_in(boto, "rolf.vogt", PASSWORD)["AuthenticationResult"]["IdToken"]
    assert refused(lambda: srp_sign_in(boto, "rolf.vogt", "wrong"))[0] == "NotAuthorizedException"


def test_a_temporary_password_leads_to_a_new_one(boto: Any, public: Any) -> None:
    backend_of("eu-west-1").user_pools[STAFF_ID].users["bo.li"].delete_attributes(["given_name"])
    asked = public("bo.li")
    assert json.loads(asked["ChallengeParameters"]["requiredAttributes"]) == ["userAttributes.given_name"]
    missing = refused(lambda: answered(boto, asked, NEW_PASSWORD="Another-Pass-12"))
    assert missing[0] == "InvalidParameterException"
    more = {"NEW_PASSWORD": "Another-Pass-12", "userAttributes.given_name": "Bo"}
    assert (
        refused(lambda: answered(boto, asked, **{**more, "NEW_PASSWORD": "x"}))[0]
        == "InvalidPasswordException"
    )
    assert "AuthenticationResult" in answered(boto, asked, **more)
    assert refused(lambda: answered(boto, asked, **more))[0] == "NotAuthorizedException"


def test_the_authenticator_apps_code_is_checked(boto: Any, public: Any) -> None:
    asked = public("megan.hughes")
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    wrong = lambda: answered(boto, asked, SOFTWARE_TOKEN_MFA_CODE="000000")  # noqa: E731
    assert refused(wrong)[0] == "CodeMismatchException"
    done = answered(boto, asked, SOFTWARE_TOKEN_MFA_CODE=code("asdfasdfasdf"))
    assert "AuthenticationResult" in done


def test_a_factor_can_be_chosen_and_set_up(boto: Any, public: Any) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    user = pool.users["rolf.vogt"]
    pool.mfa_config = "ON"
    try:
        asked = public("rolf.vogt")
        assert asked["ChallengeName"] == "MFA_SETUP"
        made = boto.associate_software_token(Session=asked["Session"])
        wrong = lambda: boto.verify_software_token(Session=made["Session"], UserCode="000000")  # noqa: E731
        assert refused(wrong)[0] == "EnableSoftwareTokenMFAException"
        checked = boto.verify_software_token(Session=made["Session"], UserCode=code(made["SecretCode"]))
        asked["Session"] = checked["Session"]
        assert "AuthenticationResult" in answered(boto, asked)
        user.sms_mfa_enabled, user.preferred_mfa_setting = True, ""
        asked = public("rolf.vogt")
        assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == [
            "SMS_MFA",
            "SOFTWARE_TOKEN_MFA",
        ]
        asked = answered(boto, asked, ANSWER="SMS_MFA")
        assert "AuthenticationResult" in answered(boto, asked, SMS_MFA_CODE=pool.messages[-1].code)
    finally:
        pool.mfa_config = "OPTIONAL"
        user.sms_mfa_enabled = user.software_token_mfa_enabled = False


def test_the_first_question_may_be_which_way(boto: Any, public: Any) -> None:
    asked = public("rolf.vogt", "USER_AUTH")
    assert asked["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    asked["ChallengeParameters"]["USER_ID_FOR_SRP"] = "rolf.vogt"
    assert "AuthenticationResult" in answered(boto, asked, ANSWER="PASSWORD", PASSWORD=PASSWORD)


def test_a_session_dies_after_three_minutes(boto: Any, public: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, now = public("megan.hughes"), time.monotonic()
    monkeypatch.setattr("demo.api_sign_in.time.monotonic", lambda: now + 181)
    late = lambda: answered(boto, asked, SOFTWARE_TOKEN_MFA_CODE="000000")  # noqa: E731
    assert refused(late) == ("NotAuthorizedException", "Invalid session for the user, session is expired.")


def test_refreshing_gives_new_tokens_of_the_same_sign_in(boto: Any, public: Any) -> None:
    first = public()["AuthenticationResult"]
    again = boto.initiate_auth(
        ClientId=FIELD_SERVICE.own_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": first["RefreshToken"]},
    )["AuthenticationResult"]
    assert "RefreshToken" not in again
    assert read(again["IdToken"])["origin_jti"] == read(first["IdToken"])["origin_jti"]


def test_codes_go_out_by_email_and_the_wrong_one_is_refused(boto: Any, public: Any) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    kirsten = {"UserPoolId": STAFF_ID, "Username": "kirsten"}
    on = {"Enabled": True, "PreferredMfa": True}
    boto.admin_set_user_mfa_preference(**kirsten, EmailMfaSettings=on)
    try:
        asked = public("kirsten")
        assert asked["ChallengeName"] == "EMAIL_OTP"
        told = asked["ChallengeParameters"]
        assert told["CODE_DELIVERY_DESTINATION"] == "K***@B***"
        right = pool.messages[-1].code
        wrong = lambda: answered(boto, asked, EMAIL_OTP_CODE=str((int(right) + 1) % 1_000_000))  # noqa: E731
        assert refused(wrong)[0] == "CodeMismatchException"
        assert "AuthenticationResult" in answered(boto, asked, EMAIL_OTP_CODE=right)
        assert right in pool.messages[-1].text
        latest = boto.admin_list_user_auth_events(**kirsten)["AuthEvents"][0]
        answers = [answer["ChallengeResponse"] for answer in latest["ChallengeResponses"]]
        assert (answers, latest["EventResponse"]) == (["Success", "Failure", "Success"], "Pass")
    finally:
        boto.admin_set_user_mfa_preference(**kirsten, EmailMfaSettings={"Enabled": False})


def test_a_wrong_password_is_an_event_too(boto: Any, public: Any) -> None:
    assert refused(lambda: public("two.lines", PASSWORD="wrong"))[0] == "NotAuthorizedException"
    (latest, *_) = boto.admin_list_user_auth_events(UserPoolId=STAFF_ID, Username="two.lines")["AuthEvents"]
    assert (latest["EventType"], latest["EventResponse"]) == ("SignIn", "Fail")
    assert latest["EventContextData"]["DeviceName"].startswith("Boto3")


def test_signing_in_begins_a_session_which_refreshing_keeps_alive(boto: Any, public: Any) -> None:
    result = public("null")["AuthenticationResult"]
    user = backend_of("eu-west-1").user_pools[STAFF_ID].users["null"]
    token = {"AccessToken": result["AccessToken"]}
    current = [
        session for session in boto.list_user_sessions(**token)["Sessions"] if session["IsCurrentSession"]
    ]
    assert [(session["SessionType"], session["ClientId"]) for session in current] == [
        ("TOKEN", FIELD_SERVICE.own_id)
    ]
    session = user.sessions[current[0]["SessionId"]]
    session.active -= timedelta(hours=3)
    before = session.active
    refresh = {"REFRESH_TOKEN": result["RefreshToken"]}
    again = {"ClientId": FIELD_SERVICE.own_id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": refresh}
    boto.initiate_auth(**again)
    assert session.active > before
    own = lambda: boto.revoke_user_session(**token, SessionId=session.id)  # noqa: E731
    assert refused(own)[0] == "InvalidParameterException"
    boto.admin_revoke_user_session(UserPoolId=STAFF_ID, Username="null", SessionId=session.id)
    assert refused(lambda: boto.initiate_auth(**again)) == (
        "NotAuthorizedException",
        "Refresh Token has been revoked",
    )


def test_the_session_used_longest_ago_makes_room(boto: Any, public: Any) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    pool.tracking.most = 2
    try:
        for _ in range(4):
            public("-")
    finally:
        pool.tracking.most = 20
    assert len(boto.admin_list_user_sessions(UserPoolId=STAFF_ID, Username="-")["Sessions"]) == 2


def test_a_remembered_device_stands_in_for_the_code(boto: Any, public: Any) -> None:
    megan = public("megan.hughes")
    result = answered(boto, megan, SOFTWARE_TOKEN_MFA_CODE=code("asdfasdfasdf"))["AuthenticationResult"]
    offered, token = result["NewDeviceMetadata"], {"AccessToken": result["AccessToken"]}
    group, key = offered["DeviceGroupKey"], offered["DeviceKey"]
    password, config = generate_hash_device(group, key)
    named = {"DeviceKey": key, "DeviceSecretVerifierConfig": config, "DeviceName": "New phone"}
    assert boto.confirm_device(**token, **named)["UserConfirmationNecessary"] is True
    assert refused(lambda: boto.confirm_device(**token, **named))[0] == "DeviceKeyExistsException"
    assert public("megan.hughes", DEVICE_KEY=key)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    boto.update_device_status(**token, DeviceKey=key, DeviceRememberedStatus="remembered")
    asked = public("megan.hughes", DEVICE_KEY=key)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    proof = AWSSRP(
        *("megan.hughes", "", STAFF_ID, FIELD_SERVICE.own_id),
        client=boto,
        device_key=key,
        device_group_key=group,
        device_password=password,
    )
    sent = {"SRP_A": f"{proof.large_a_value:x}", "DEVICE_KEY": key, "USERNAME": "megan.hughes"}
    asked = answered(boto, asked, **sent)
    assert asked["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    responses = proof.process_device_challenge(asked["ChallengeParameters"])
    done = boto.respond_to_auth_challenge(
        ClientId=FIELD_SERVICE.own_id,
        ChallengeName="DEVICE_PASSWORD_VERIFIER",
        ChallengeResponses=responses,
    )
    assert "NewDeviceMetadata" not in done["AuthenticationResult"]
    boto.admin_forget_device(UserPoolId=STAFF_ID, Username="megan.hughes", DeviceKey=key)
    assert public("megan.hughes", DEVICE_KEY=key)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
