"""Second factors, devices, sessions and linked accounts: what is sent, and what is refused before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.cognito.actions import (
    OFFERS,
    Change,
    EndSession,
    Facts,
    ForgetDevices,
    JudgeSignIn,
    LinkIdentity,
    RemoveAuthenticator,
    SetMfaPreference,
    UnlinkIdentity,
)
from services.cognito.gateway import CognitoGateway
from services.cognito.identities import LinkedIdentity, written_identities
from services.cognito.models import PersonRef, User, UserPool, UserStatus
from services.cognito.permit import Permit
from services.errors import InvalidRequest, InvalidValue, NothingThere, PermissionMissing, StateNotSupported
from tests.services.cognito.fake_aws import FakeAws, ok, refusal

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
BO = PersonRef("bo", "sub-bo", "bo@example.com")
NAMES = {"email": "bo@example.com", "phone_number": "+4915112345678"}
APP, SMS = "SOFTWARE_TOKEN_MFA", "SMS_MFA"
OKTA = LinkedIdentity("Okta", "00u7")


def person(status: UserStatus = UserStatus.CONFIRMED, **attributes: str) -> User:
    return User("bo", "sub-bo", status, True, AT, AT, {"sub": "sub-bo", **NAMES, **attributes})


def listed(aws: FakeAws, times: int = 1, **attributes: str) -> None:
    """The fake finds bo."""
    raw = {
        "Username": "bo",
        "UserStatus": "CONFIRMED",
        "Attributes": [
            {"Name": name, "Value": value} for name, value in person(**attributes).attributes.items()
        ],
    }
    aws.answer("ListUsers", *[ok(Users=[raw])] * times)


def known(aws: FakeAws, *factors: str, preferred: str = "", times: int = 1, **attributes: str) -> None:
    """The fake tells of bo, asked for certain: these second factors and further attributes."""
    pairs = [{"Name": name, "Value": value} for name, value in person(**attributes).attributes.items()]
    answer = ok(
        Username="bo",
        UserStatus="CONFIRMED",
        UserAttributes=pairs,
        UserMFASettingList=list(factors),
        PreferredMfaSetting=preferred,
    )
    aws.answer("AdminGetUser", *[answer] * times)


def has(aws: FakeAws, *factors: str, preferred: str = "", times: int = 1, mode: str = "OPTIONAL") -> None:
    """The fake knows these second factors of bo, in a pool with SMS and an app."""
    known(aws, *factors, preferred=preferred, times=times)
    config = ok(
        MfaConfiguration=mode,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsConfiguration": {"SnsCallerArn": "arn"}},
    )
    aws.answer("GetUserPoolMfaConfig", config)


def sent(aws: FakeAws, operation: str) -> list[dict[str, object]]:
    return [seen.parameters for seen in aws.seen if seen.operation == operation]


class Nowhere:
    """No groups."""

    groups: frozenset[str] = frozenset()

    def is_member(self, user: User, group: str) -> bool:
        return False


def back(change: Change, before: Facts, after: Facts, user: User | None = None) -> list[Change]:
    """The changes that take it back."""
    way = change.way_back(user or person(), Nowhere(), before, after, frozenset())
    return [undo for undo, _, _ in way.changes]


def test_an_app_that_is_gone_when_a_job_comes_to_it_is_called_gone(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    has(aws, SMS)
    aws.answer("AdminDeleteSoftwareToken", refusal("InvalidParameterException", "No software token"))
    change = RemoveAuthenticator(BO)
    with pytest.raises(NothingThere, match=r"has no authenticator app \(any more\)") as caught:
        change.send(gateway, permit)
    assert change.found_there(caught.value) == "there was no authenticator app"
    assert caught.value.why.startswith("bo@example.com has")  # nobody's address is written large


# the preference


def test_a_preferred_factor_is_turned_on_and_the_others_stay(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    has(aws, APP, preferred=APP)
    after = SetMfaPreference(BO, SMS).send(gateway, permit)
    (parameters,) = sent(aws, "AdminSetUserMFAPreference")
    assert parameters["SMSMfaSettings"] == {"Enabled": True, "PreferredMfa": True}
    assert parameters["SoftwareTokenMfaSettings"] == {"Enabled": True, "PreferredMfa": False}
    assert "EmailMfaSettings" not in parameters
    assert after == {
        "second_factors": [APP, SMS],
        "preferred_factor": SMS,
        "replaced": {"second_factors": [APP], "preferred_factor": APP},
    }


def test_none_turns_off_what_is_on_and_the_way_back_turns_it_on_again(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    has(aws, APP, SMS, preferred=APP)
    change = SetMfaPreference(BO, "")
    after = change.send(gateway, permit)
    (parameters,) = sent(aws, "AdminSetUserMFAPreference")
    assert parameters["SMSMfaSettings"] == parameters["SoftwareTokenMfaSettings"]
    assert parameters["SMSMfaSettings"] == {"Enabled": False, "PreferredMfa": False}
    before = {"second_factors": [APP, SMS], "preferred_factor": APP}
    (undo,) = back(change, before, after)
    has(aws)
    assert undo.send(gateway, permit).items() >= before.items()
    assert sent(aws, "AdminSetUserMFAPreference")[1]["SoftwareTokenMfaSettings"] == {
        "Enabled": True,
        "PreferredMfa": True,
    }


@pytest.mark.parametrize(
    ("change", "mode", "words"),
    [
        (SetMfaPreference(BO, APP), "OPTIONAL", "no authenticator app set up"),
        (SetMfaPreference(BO, "EMAIL_OTP"), "OPTIONAL", "doesn't offer the code by e-mail"),
        (SetMfaPreference(BO, ""), "ON", "requires a second factor"),
        (SetMfaPreference(BO), "OPTIONAL", "Nothing says which second factor"),
    ],
)
def test_what_would_leave_them_without_a_way_in_is_not_sent(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit, change: SetMfaPreference, mode: str, words: str
) -> None:
    has(aws, SMS, mode=mode)
    with pytest.raises(InvalidValue, match=words):
        change.send(gateway, permit)
    assert sent(aws, "AdminSetUserMFAPreference") == []


@pytest.mark.parametrize(
    ("word", "factor"),
    [
        ("App", APP),
        ("Authenticator app", APP),
        ("SOFTWARE_TOKEN_MFA", APP),
        ("sms", SMS),
        ("Code by SMS", SMS),
        ("e-mail", "EMAIL_OTP"),
        ("Code by e-mail", "EMAIL_OTP"),
        ("none", ""),
        ("pigeon", "pigeon"),
    ],
)
def test_a_row_names_the_factor_in_a_word(word: str, factor: str) -> None:
    change = SetMfaPreference(BO).entered({"second_factor": word})
    assert change.preferred == factor
    assert [what for _, what, _ in change.lacks(person())] == (
        ["“pigeon” is no second factor."] if factor == "pigeon" else []
    )


def test_a_code_needs_somewhere_to_go() -> None:
    lonely = User("bo", "sub-bo", UserStatus.CONFIRMED, True, AT, AT)
    assert SetMfaPreference(BO, SMS).lacks(lonely)[0][1] == "bo has no phone number."


@pytest.mark.parametrize(
    ("offer", "user", "mode", "words"),
    [
        ("set_mfa_preference", person(), "OPTIONAL", ""),
        ("set_mfa_preference", person(), "OFF", "asks nobody"),
        ("set_mfa_preference", person(UserStatus.RESET_REQUIRED), "ON", "a password that works"),
        ("remove_authenticator", person(UserStatus.EXTERNAL_PROVIDER), "ON", "own provider"),
        ("remove_authenticator", person(UserStatus.UNCONFIRMED), "ON", "aren't confirmed"),
        ("forget_devices", person(), "ON", "remembers no devices"),
        ("link_identity", person(UserStatus.EXTERNAL_PROVIDER), "ON", "sign in elsewhere already"),
        ("unlink_identity", person(), "ON", "linked with no account"),
        ("unlink_identity", person(UserStatus.EXTERNAL_PROVIDER), "ON", "only way in"),
    ],
)
def test_it_is_offered_where_it_makes_sense(offer: str, user: User, mode: str, words: str) -> None:
    why = OFFERS[offer].why_not(user, UserPool("p", "p", mfa=mode))
    assert (words in why) if words else why == ""


# a lost app


def test_a_lost_app_is_removed_and_its_removal_seen(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    change = RemoveAuthenticator(BO)
    listed(aws)
    has(aws, APP, preferred=APP)
    assert change.before(gateway) == {"second_factors": [APP], "preferred_factor": APP}
    change.send(gateway, permit)
    assert sent(aws, "AdminDeleteSoftwareToken") == [{"UserPoolId": gateway.pool_id, "Username": "bo"}]
    has(aws)
    assert change.took_effect(gateway, AT)


def test_an_app_that_was_turned_off_is_removed_too(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    change = RemoveAuthenticator(BO)
    listed(aws)
    has(aws, SMS)
    assert change.before(gateway)["second_factors"] == [SMS]
    aws.answer("AdminDeleteSoftwareToken", ok())
    assert change.send(gateway, permit) == {"authenticator_app": "removed"}


def test_an_app_that_is_on_and_stays_is_not_called_gone(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    has(aws, APP)
    aws.answer("AdminDeleteSoftwareToken", refusal("InvalidParameterException", "Something else"))
    with pytest.raises(InvalidRequest):
        RemoveAuthenticator(BO).send(gateway, permit)


# devices and sessions


def test_all_devices_are_forgotten_or_just_one(aws: FakeAws, gateway: CognitoGateway, permit: Permit) -> None:
    both = ok(Devices=[{"DeviceKey": "eu-west-1_a1"}, {"DeviceKey": "eu-west-1_b2"}])
    aws.answer("AdminListDevices", both, both)
    ForgetDevices(BO).send(gateway, permit)
    ForgetDevices(BO, ("eu-west-1_b2",)).send(gateway, permit)
    assert [device["DeviceKey"] for device in sent(aws, "AdminForgetDevice")] == [
        "eu-west-1_a1",
        "eu-west-1_b2",
        "eu-west-1_b2",
    ]
    aws.answer("AdminListDevices", ok(Devices=[{"DeviceKey": "eu-west-1_a1"}]))
    assert ForgetDevices(BO, ("eu-west-1_b2",)).took_effect(gateway, AT)


A1, B2 = {"DeviceKey": "eu-west-1_a1"}, {"DeviceKey": "eu-west-1_b2"}


def test_a_device_that_is_gone_counts_as_forgotten(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminListDevices", ok(Devices=[A1, B2]), ok(Devices=[B2]))
    aws.answer("AdminForgetDevice", refusal("ResourceNotFoundException", "Device does not exist."), ok())
    assert ForgetDevices(BO).send(gateway, permit) == {"devices_forgotten": ["eu-west-1_a1", "eu-west-1_b2"]}


def test_what_was_forgotten_before_a_refusal_is_said(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminListDevices", ok(Devices=[A1, B2]))
    aws.answer("AdminForgetDevice", ok(), refusal("AccessDeniedException", "no"))
    with pytest.raises(PermissionMissing) as caught:
        ForgetDevices(BO).send(gateway, permit)
    assert "Nothing was changed" not in caught.value.message
    assert caught.value.message.endswith("Forgotten before that: eu-west-1_a1.")
    assert "Forgotten before that: eu-west-1_a1." in caught.value.why


def test_a_device_that_is_gone_before_anything_is_sent_is_not_called_forgotten(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminListDevices", ok(Devices=[A1]))
    with pytest.raises(StateNotSupported, match="no such device"):
        ForgetDevices(BO, ("eu-west-1_b2",)).send(gateway, permit)
    assert sent(aws, "AdminForgetDevice") == []


def test_a_session_that_is_gone_is_called_gone(aws: FakeAws, gateway: CognitoGateway, permit: Permit) -> None:
    aws.answer("AdminRevokeUserSession", refusal("ResourceNotFoundException", "Session does not exist."))
    with pytest.raises(StateNotSupported, match="that session isn't there any more"):
        EndSession(BO, "tkn" + "0" * 25).send(gateway, permit)


def test_a_session_ends_with_those_linked_to_it(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    change = EndSession(BO, "tkn" + "0" * 25)
    change.send(gateway, permit)
    assert sent(aws, "AdminRevokeUserSession")[0]["RevokeAssociatedSessions"] == "LINKED"
    aws.answer("AdminListUserSessions", ok(Sessions=[{"SessionId": "tkn" + "1" * 25}]))
    assert change.took_effect(gateway, AT)


def test_a_judgement_is_turned_round_but_not_taken_away(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    change = JudgeSignIn(BO, "e1", own=False)
    after = change.send(gateway, permit)
    assert sent(aws, "AdminUpdateAuthEventFeedback")[0]["FeedbackValue"] == "Invalid"
    assert back(change, {"judged": ""}, after) == []
    assert back(change, {"judged": "their own"}, after) == [JudgeSignIn(BO, "e1", True)]


# links


def linkable(aws: FakeAws, **attributes: str) -> None:
    """The fake has bo, the provider Okta, and nobody who signed in through it."""
    listed(aws, **attributes)
    aws.answer("ListIdentityProviders", ok(Providers=[{"ProviderName": "Okta", "ProviderType": "OIDC"}]))
    aws.answer("DescribeUserPool", ok(UserPool={"Id": "eu-west-1_Fake12345"}))


def test_an_account_is_linked_to_the_profile_by_its_identifier(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    linkable(aws)
    LinkIdentity(BO, "Okta", "00u7").send(gateway, permit)
    (parameters,) = sent(aws, "AdminLinkProviderForUser")
    assert parameters["DestinationUser"] == {"ProviderName": "Cognito", "ProviderAttributeValue": "bo"}
    assert parameters["SourceUser"] == {
        "ProviderName": "Okta",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "00u7",
    }


def test_whoever_has_signed_in_with_it_already_is_not_taken_over(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    linkable(aws)
    raw = {"Username": "Okta_00u7", "Attributes": [{"Name": "sub", "Value": "s2"}]}
    aws.answer("ListUsers", ok(Users=[raw]))
    with pytest.raises(InvalidValue, match="a profile of their own"):
        LinkIdentity(BO, "Okta", "00u7").send(gateway, permit)
    assert sent(aws, "AdminLinkProviderForUser") == []


def test_a_provider_that_the_pool_lacks_is_not_linked(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    linkable(aws)
    with pytest.raises(InvalidValue, match="no identity provider “Entra”"):
        LinkIdentity(BO, "Entra", "00u7").send(gateway, permit)


def test_nobody_has_more_than_five_accounts_and_none_twice(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    full = written_identities([LinkedIdentity("Okta", str(number)) for number in range(5)])
    assert "Cognito allows 5" in LinkIdentity(BO, "Okta", "9").problems(person(identities=full))[0]
    assert (
        "linked with that account already"
        in LinkIdentity(BO, "Okta", "3").problems(person(identities=full))[0]
    )
    listed(aws, identities=full)
    with pytest.raises(InvalidValue, match="Cognito allows 5"):
        LinkIdentity(BO, "Okta", "9").send(gateway, permit)


def test_a_link_is_taken_away_and_shown_gone_and_can_be_made_again(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    linked = person(identities=written_identities([OKTA]))
    known(aws, identities=written_identities([OKTA]))
    change = UnlinkIdentity(BO, "Okta", "00u7")
    change.send(gateway, permit)
    (parameters,) = sent(aws, "AdminDisableProviderForUser")
    assert parameters["User"] == {
        "ProviderName": "Okta",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "00u7",
    }
    shown = change.apply_to(linked, change.expected, AT, frozenset())
    assert shown is not None
    assert "identities" not in shown.attributes
    (undo,) = back(change, change.replaces(linked), change.expected, shown)
    assert undo == LinkIdentity(shown.ref, "Okta", "00u7")
    again = undo.apply_to(shown, undo.expected, AT, frozenset())
    assert again is not None
    assert undo.already({"identities": ["Okta_00u7"]})


def test_a_link_by_an_address_that_was_not_used_yet_is_taken_away_by_that_address(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    own = replace(OKTA, user_id="bo@example.com")
    known(aws, identities=written_identities([own]))
    aws.answer("AdminDisableProviderForUser", refusal("UserNotFoundException"), ok())
    change = UnlinkIdentity(BO, "Okta", "bo@example.com")
    after = change.send(gateway, permit)
    # linking it by its subject would be another link
    assert back(change, change.replaces(person(identities=written_identities([own]))), after, person()) == []
    tried = [parameters["User"] for parameters in sent(aws, "AdminDisableProviderForUser")]
    assert [user["ProviderAttributeName"] for user in tried] == ["Cognito_Subject", "email"]
    assert {user["ProviderAttributeValue"] for user in tried} == {"bo@example.com"}


def test_a_link_that_goes_by_something_unknown_is_refused_with_the_reason(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    known(aws, identities=written_identities([OKTA]))
    aws.answer("AdminDisableProviderForUser", refusal("UserNotFoundException"))
    with pytest.raises(InvalidValue, match="by another attribute than its subject") as caught:
        UnlinkIdentity(BO, "Okta", "00u7").send(gateway, permit)
    assert "Nothing was changed" in caught.value.message


def test_a_link_with_a_provider_that_is_gone_stays_until_that_is_back(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    known(aws, identities=written_identities([OKTA]))
    aws.answer("AdminDisableProviderForUser", refusal("ResourceNotFoundException", "No provider"))
    with pytest.raises(InvalidValue, match="only while the provider is there") as caught:
        UnlinkIdentity(BO, "Okta", "00u7").send(gateway, permit)
    assert "adds it again" in caught.value.next_step


@pytest.mark.parametrize(
    ("user_id", "words"),
    [
        ("00u1\u200b", "invisible character"),
        ("00u3\n", "invisible character"),
        ("Okta_00u5", "what follows “Okta_”"),
    ],
)
def test_an_id_that_can_not_be_an_accounts_is_not_linked(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit, user_id: str, words: str
) -> None:
    change = LinkIdentity(BO, "Okta", user_id)
    assert words in change.lacks(person())[0][1]
    listed(aws)
    with pytest.raises(InvalidValue, match=words):
        change.send(gateway, permit)
    assert sent(aws, "AdminLinkProviderForUser") == []


@pytest.mark.parametrize("kind", [LinkIdentity, UnlinkIdentity])
def test_a_row_says_which_account(kind: type[LinkIdentity]) -> None:
    change = kind(BO).entered({"identity_provider": " Okta ", "provider_user_id": "00u7"})
    assert (change.provider, change.user_id) == ("Okta", "00u7")
    assert [column for column, _, _ in kind(BO).lacks(person())] == ["identity_provider", "provider_user_id"]


def test_an_account_elsewhere_is_read_from_a_line_of_the_log() -> None:
    assert LinkIdentity.logged_on(BO, {"identity": "Okta_00u7", "linked": True}) == LinkIdentity(
        BO, "Okta", "00u7"
    )
