"""What can be read to the caller: forty and more set-ups, each with the first sentence of its explanation.

Facts about Cognito: API reference (AccountRecoverySetting, AdminSetUserPassword, LambdaConfigType,
UserPoolAddOnNotEnabledException) and developer guide ("Linking federated users to an existing user
profile", "Authentication flows", "Customizing user pool workflows with Lambda triggers").
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import botocore.session
import pytest

from services.cognito.models import AppClient, UserDetail, UserStatus
from services.cognito.person_reads import AuthEvent
from services.cognito.sign_in import Domain, IdentityProvider, MfaConfig
from services.login.chain import LinkState
from services.login.explain import explain
from services.login.explain_facts import Facts, FoundPerson
from services.login.explain_pool import TRIGGERS
from services.login.sign_in_flow import SignInFlow
from tests.services.login.explained import (
    ANN,
    APP,
    BY_NAME_ONLY,
    CLIENT,
    FEDERATED,
    FINE,
    INVITED,
    NOW,
    OKTA,
    OTHER,
    PASSKEYS,
    POOL,
    UNVERIFIED,
    client,
    person,
    pool,
    typed,
    without,
)

OKTA_ONLY = replace(
    FINE, client=replace(CLIENT, providers=("Okta",)), providers=(IdentityProvider("Okta", "SAML"),)
)
IDENTITIES = '[{"userId": "a1", "providerName": "Okta", "providerType": "SAML", "primary": false}]'
LINKED = {"email": "ann@x.org", "email_verified": "true", "identities": IDENTITIES}
BOTH = {**LINKED, "phone_number": "+4989123456", "phone_number_verified": "true"}
REACHED_TWICE = {name: value for name, value in BOTH.items() if name != "identities"}
BOTH_OFFERED = replace(OKTA_ONLY, client=replace(CLIENT, providers=("COGNITO", "Okta")))
RESET = UserStatus.RESET_REQUIRED
BY_SMS = replace(POOL, recovery=("verified_phone_number",))
FORGOT = (
    "Your old password no longer works; choose “Forgot password” when signing in, and set a new one with the "
    "code that you get."
)
NO_CODE = (
    "Your old password no longer works, and no code for a new one can be sent to you: we have to set one."
)
FINE_WORDS = (
    "Everything that I can see is in order, so the password is probably mistyped; after five "
    "wrong ones you have "
    "to wait, up to 15 minutes. Please wait, try once more, and if it fails, use “Forgot password”."
)
ZOE = FoundPerson("zoe", None)
NO_ACCOUNT = "I find no account under that name; please check how it is written."
WE_SET_ONE = "The password you typed last was wrong; if you don't know it any more, we have to set one."
MUTE = replace(POOL, sending_failure="SES is in the sandbox", unsent=frozenset({"email"}))
NO_SMS = replace(POOL, sending_failure="SNSSandbox", unsent=frozenset({"phone_number"}))
EXPIRED: dict[str, Any] = {
    "status": INVITED,
    "created": NOW - timedelta(days=9),
    "changed": NOW - timedelta(days=9),
}
BUTTON_ONLY = (
    "Use the button for Okta on the login page: your account is linked with it, and that application takes "
    "no passwords of ours."
)
THROUGH_OKTA = (
    "Please use the button for Okta on the login page: your account is linked with it, and it asks for no "
    "password or code of ours."
)
OURS = "It is not your account: {}, and we have to put that right."
ASK_OKTA = "You sign in through Okta; please ask there about your password."
AT_OKTA = replace(FEDERATED, client=replace(CLIENT, providers=("Okta",)))
EVENT = AuthEvent(NOW, "SignIn", "Fail", challenges=(("Password", "Failure"),))


def who(facts: Facts, **changes: Any) -> Facts:
    user = facts.user
    assert user is not None
    return replace(facts, found=replace(facts.found, user=replace(user, **changes)))


def factors(facts: Facts, *names: str, mode: str = "OPTIONAL") -> Facts:
    assert facts.user is not None
    detail = UserDetail(facts.user, names[0] if names else "", names)
    return replace(facts, mfa=MfaConfig(mode, sms=True, totp=True, email=True), second_factors=detail)


def flow(facts: Facts, by: SignInFlow, *allowed: str) -> Facts:
    assert isinstance(facts.client, AppClient)
    return replace(
        facts, flow=by, client=replace(facts.client, auth_flows=("ALLOW_REFRESH_TOKEN_AUTH", *allowed))
    )


SENTENCES: dict[str, tuple[Facts, str]] = {
    # the person
    "mistyped": (
        replace(FINE, found=FoundPerson("anm", None, suggestions=("ann",))),
        "I find no account under that name; could it be ann?",
    ),
    "nobody like it": (
        replace(FINE, found=FoundPerson("zoe", None)),
        "I find no account under that name; please check how it is written.",
    ),
    "deleted": (replace(FINE, found=FoundPerson("", None)), "That account has been deleted."),
    "capital letters": (
        typed(
            "Ann@x.org", "email", pool(username_attributes=frozenset({"email"}), alias_attributes=frozenset())
        ),
        "Please type your sign-in name exactly as ann@x.org: capital and small letters make a difference.",
    ),
    "address where usernames count": (
        typed("ann@x.org", "email", BY_NAME_ONLY),
        "Please sign in as ann; the e-mail address doesn't work as the sign-in name.",
    ),
    "address not verified": (
        typed("ann@x.org", "email", UNVERIFIED),
        "Your e-mail address has not been verified, so it doesn't work for signing in; ann does.",
    ),
    "two accounts": (
        replace(FINE, found=replace(FINE.found, others=(OTHER,))),
        "There is more than one account with your e-mail address; please sign in as ann.",
    ),
    "disabled": (
        person(enabled=False),
        "Your account has been switched off; it has to be enabled before you can sign in.",
    ),
    "invitation run out": (
        person(status=INVITED, created=NOW - timedelta(days=9), changed=NOW - timedelta(days=9)),
        "Your temporary password has expired; you need a new one.",
    ),
    "invited": (
        person(status=INVITED, created=NOW, changed=NOW),
        "Your password is still a temporary one: use the temporary password from your invitation or from us, "
        "and choose a password of your own when asked.",
    ),
    "invited, unknown whether expired": (
        person(status=INVITED, created=NOW - timedelta(days=9), changed=NOW),
        "Your password is still a temporary one, and may have run out: try the temporary password from your "
        "invitation or from us. If it is refused, we send another.",
    ),
    "registration not finished": (
        person(status=UserStatus.UNCONFIRMED),
        "Your registration was never finished: it waits for the code from the message, or for us to confirm "
        "it.",
    ),
    "password reset": (person(status=RESET), FORGOT),
    "compromised": (
        person(status=UserStatus.COMPROMISED),
        "Your account is in a state that only an administrator can look into.",
    ),
    # a way back in
    "password reset, nowhere to send a code": (
        without(person(status=RESET), email="ann@x.org", email_verified="false"),
        NO_CODE,
    ),
    "password reset, only an administrator recovers": (
        replace(person(status=RESET), pool=replace(POOL, recovery=("admin_only",))),
        NO_CODE,
    ),
    "password reset, text messages are the second factor too": (
        factors(replace(who(person(status=RESET), attributes=BOTH), pool=BY_SMS), "SMS_MFA"),
        NO_CODE,
    ),
    "password reset, e-mail is the second factor too": (
        factors(person(status=RESET), "EMAIL_OTP"),
        NO_CODE,
    ),
    "password reset, another second factor": (
        factors(person(status=RESET), "SOFTWARE_TOKEN_MFA"),
        FORGOT,
    ),
    # where they sign in
    "federated, all in order": (
        AT_OKTA,
        ASK_OKTA,
    ),
    "federated, application asks for a password": (
        replace(FEDERATED, flow=SignInFlow.SRP),
        "You have no password here; use the button for Okta on the login page.",
    ),
    "federated, application lets the person choose": (
        flow(replace(FEDERATED, client=CLIENT), SignInFlow.CHOICE, "ALLOW_USER_AUTH"),
        "You have no password here; use the button for Okta on the login page.",
    ),
    "federated, provider not offered": (
        FEDERATED,
        "The application doesn't offer your way of signing in (Okta); that has to be set up.",
    ),
    "federated, provider gone": (
        replace(FEDERATED, client=replace(CLIENT, providers=("Okta",)), providers=()),
        "Your way of signing in (Okta) is no longer connected.",
    ),
    "pool account, application for Okta only": (
        OKTA_ONLY,
        "That application only lets people in through Okta, and your account is not there.",
    ),
    "pool account, application for Okta only with a form of its own": (
        flow(OKTA_ONLY, SignInFlow.SRP, "ALLOW_USER_SRP_AUTH"),
        FINE_WORDS,
    ),
    "linked with Okta, application for Okta only": (
        who(OKTA_ONLY, attributes=LINKED),
        "Use the button for Okta on the login page: your account is linked with it, and that application "
        "takes no passwords of ours.",
    ),
    "linked with Okta, application for Google only": (
        who(replace(OKTA_ONLY, client=replace(CLIENT, providers=("Google",))), attributes=LINKED),
        "That application only lets people in through Google, and your account is not there.",
    ),
    "linked, both offered": (
        who(BOTH_OFFERED, attributes=LINKED),
        "You can sign in through Okta, or with your password here.",
    ),
    "federated person who was given a password": (
        typed("ann@x.org", "email", who(BOTH_OFFERED, username="Okta_a1", attributes=LINKED)),
        "You can sign in through Okta, or with your password here.",
    ),
    # groups and roles
    "in no group": (
        replace(FINE, groups=("field",)),
        "Your account has no access to Billing yet; somebody has to allow it.",
    ),
    "application opened to nobody": (
        replace(FINE, application=replace(APP, allowed_groups=())),
        "Billing isn't opened to anybody yet; the people who run it have to name its groups.",
    ),
    "no role": (
        replace(FINE, groups=("auditors",)),
        "You can sign in to Billing, but no role is assigned to you there.",
    ),
    # factors
    "second factor required, nowhere to send it": (
        replace(FINE, mfa=MfaConfig("ON", sms=True)),
        "Signing in needs a code that is sent to you, and we have nowhere to send it.",
    ),
    "authenticator app still to be set up": (
        replace(FINE, mfa=MfaConfig("ON", totp=True), second_factors=UserDetail(ANN)),
        "You need an authenticator app: at the next sign-in you are asked to set it up.",
    ),
    "passkey only, application asks for a password": (
        replace(flow(PASSKEYS, SignInFlow.SRP, "ALLOW_USER_SRP_AUTH"), first_factors=("WEB_AUTHN",)),
        "You have no password with us; you sign in in another way, which this application doesn't offer.",
    ),
    "passkey only, application lets the person choose": (
        replace(flow(PASSKEYS, SignInFlow.CHOICE, "ALLOW_USER_AUTH"), first_factors=("WEB_AUTHN",)),
        FINE_WORDS,
    ),
    # the application's client
    "client deleted": (
        replace(FINE, client=None, client_missing=True),
        OURS.format("Billing names an app client that the pool doesn't have"),
    ),
    "hosted pages off": (client(hosted=False), OURS.format("for Billing the hosted login pages are off")),
    "no code grant": (
        client(oauth_flows=("client_credentials",)),
        OURS.format("for Billing the authorization code grant is off"),
    ),
    "no code grant, but the implicit one, and a try that says more": (
        replace(client(oauth_flows=("implicit",)), events=(EVENT,)),
        "The password you typed last was wrong; please try “Forgot password”.",
    ),
    "flow off": (
        flow(FINE, SignInFlow.PASSWORD, "ALLOW_USER_SRP_AUTH"),
        OURS.format("the way in which Billing signs people in is switched off"),
    ),
    "choice off": (
        flow(FINE, SignInFlow.CHOICE, "ALLOW_USER_SRP_AUTH"),
        OURS.format("the way in which Billing signs people in is switched off"),
    ),
    "choice, plan too small": (
        replace(flow(FINE, SignInFlow.CHOICE, "ALLOW_USER_AUTH"), pool=replace(POOL, tier="LITE")),
        OURS.format("the way in which Billing signs people in needs a higher plan at AWS"),
    ),
    "choice on": (flow(FINE, SignInFlow.CHOICE, "ALLOW_USER_AUTH"), FINE_WORDS),
    "wrong callback": (
        client(callback_urls=()),
        OURS.format("the login page isn't allowed to send people back to Billing"),
    ),
    "openid missing": (
        client(scopes=("email",)),
        OURS.format("Billing isn't allowed to ask who has signed in"),
    ),
    "no provider at all": (
        client(providers=()),
        OURS.format("the login page of Billing offers no way to sign in"),
    ),
    "nobody stays signed in": (
        client(auth_flows=("ALLOW_USER_SRP_AUTH",)),
        "You are signed out again and again, because the application can't renew your sign-in.",
    ),
    # the pool
    "no domain": (
        replace(pool(domain=""), domain=None),
        OURS.format("the application has no login page to sign in at"),
    ),
    "domain failed": (
        replace(FINE, domain=Domain("acme", POOL.id, "FAILED")),
        OURS.format("the address of the login page doesn't work"),
    ),
    "no style": (
        replace(FINE, branding=False),
        OURS.format("the login page has no style, and so can't be shown"),
    ),
    "e-mails not sent": (
        replace(FINE, pool=MUTE),
        "Our e-mails with codes and invitations may not go out at the moment.",
    ),
    "text messages not sent, to somebody with a number": (
        replace(who(FINE, attributes=REACHED_TWICE), pool=NO_SMS),
        "Our text messages with codes and invitations may not go out at the moment.",
    ),
    "text messages not sent, to somebody without a number": (replace(FINE, pool=NO_SMS), FINE_WORDS),
    "no code grant, but the implicit one": (
        client(oauth_flows=("implicit",)),
        "It may not be your account: for Billing the login page gives no code; we look into that.",
    ),
    "last password wrong": (
        replace(FINE, events=(EVENT,)),
        "The password you typed last was wrong; please try “Forgot password”.",
    ),
    "stopped as risky": (
        replace(FINE, events=(replace(EVENT, challenges=(), risk="High", decision="AccountTakeover"),)),
        "Your last try looked unusual and was stopped.",
    ),
    "taken for risky, and nothing done about it": (
        replace(FINE, events=(replace(EVENT, challenges=(), risk="High", decision="NoRisk"),)),
        "Your last try was refused; please wait 15 minutes and try again.",
    ),
    # who is not there yet
    "migration function, nobody there": (
        replace(pool(triggers=frozenset({"UserMigration"})), found=ZOE),
        "You have no account here yet; it is made when you sign in with the password that you had before.",
    ),
    "migration function, application that sends no password": (
        flow(
            replace(pool(triggers=frozenset({"UserMigration"})), found=ZOE),
            SignInFlow.SRP,
            "ALLOW_USER_SRP_AUTH",
        ),
        NO_ACCOUNT,
    ),
    "application for Okta only, nobody there": (
        replace(OKTA_ONLY, found=ZOE),
        "You have no account here yet; it is made when you use the button for Okta on the login page.",
    ),
    "application for Okta only, somebody like it there": (
        replace(OKTA_ONLY, found=replace(ZOE, suggestions=("zoé",))),
        "I find no account under that name; could it be zoé?",
    ),
    "application for Okta too, nobody there": (replace(BOTH_OFFERED, found=ZOE), NO_ACCOUNT),
    # the last tries
    "invited, wrong password": (
        replace(person(status=INVITED, created=NOW, changed=NOW), events=(EVENT,)),
        "The password you typed last was wrong; it has to be the temporary one, and if you don't have it, we "
        "send or set another.",
    ),
    "wrong password, only an administrator recovers": (
        replace(pool(recovery=("admin_only",)), events=(EVENT,)),
        WE_SET_ONE,
    ),
    "wrong password, e-mail is the second factor too": (
        replace(factors(FINE, "EMAIL_OTP"), events=(EVENT,)),
        WE_SET_ONE,
    ),
    "wrong password, then a code asked for": (
        replace(FINE, events=(AuthEvent(NOW, "ForgotPassword", "Pass"), EVENT)),
        "The password you typed last was wrong; please try “Forgot password”.",
    ),
    "a new password asked for in vain, no sign-in tried": (
        replace(FINE, events=(AuthEvent(NOW, "ForgotPassword", "Fail"),)),
        FINE_WORDS,
    ),
    "wrong code": (
        replace(FINE, events=(replace(EVENT, challenges=(("Password", "Success"), ("Mfa", "Failure"))),)),
        "The code you entered last was wrong; please check the time on your phone.",
    ),
    # factors, once more
    "passkey only, classic hosted pages": (
        replace(PASSKEYS, first_factors=("WEB_AUTHN",), domain=Domain("acme", POOL.id, "ACTIVE", False)),
        "You have no password with us; you sign in in another way, which this application doesn't offer.",
    ),
    "passkey only, managed login": (replace(PASSKEYS, first_factors=("WEB_AUTHN",)), FINE_WORDS),
    "second factor required, none on offer": (
        replace(FINE, mfa=MfaConfig("ON")),
        OURS.format("a second factor is required, and none is on offer"),
    ),
    # the account and the address of the login page, once more
    "archived": (
        person(status=UserStatus.ARCHIVED),
        "Your account is in a state that only an administrator can look into.",
    ),
    "disabled, and the invitation run out": (
        person(
            enabled=False, status=INVITED, created=NOW - timedelta(days=9), changed=NOW - timedelta(days=9)
        ),
        "Your account has been switched off; it has to be enabled before you can sign in.",
    ),
    "number where only usernames and addresses work": (
        typed("+4989123456", "phone_number", who(FINE, attributes=BOTH)),
        "Please sign in as ann; the phone number doesn't work as the sign-in name.",
    ),
    "linked with Okta, provider gone": (
        who(FINE, attributes=LINKED),
        "Please sign in with your password; signing in through Okta is no longer connected.",
    ),
    "domain of another pool": (
        replace(FINE, domain=Domain("acme", "eu-west-1_other", "ACTIVE")),
        OURS.format("the address of the login page belongs to something else"),
    ),
    "domain being set up": (
        replace(FINE, domain=Domain("acme", POOL.id, "CREATING")),
        "The login page is being set up at the moment; please try again in an hour.",
    ),
    "domain that AWS doesn't know": (
        replace(FINE, domain=None),
        OURS.format("the address of the login page isn't known to AWS"),
    ),
    # linked people, for whom passwords and codes of the pool don't count
    "linked with Okta, invitation run out": (
        who(OKTA_ONLY, attributes=LINKED, **EXPIRED),
        THROUGH_OKTA,
    ),
    "linked with Okta, both offered, invitation run out": (
        who(BOTH_OFFERED, attributes=LINKED, **EXPIRED),
        THROUGH_OKTA,
    ),
    "linked with Okta, still with a temporary password": (
        who(OKTA_ONLY, attributes=LINKED, status=INVITED, created=NOW, changed=NOW),
        THROUGH_OKTA,
    ),
    "linked with Okta, password reset": (who(OKTA_ONLY, attributes=LINKED, status=RESET), THROUGH_OKTA),
    "linked with Okta, second factor required, nowhere to send it": (
        replace(who(OKTA_ONLY, attributes=LINKED), mfa=MfaConfig("ON", sms=True)),
        THROUGH_OKTA,
    ),
    "linked with Okta, switched off": (
        who(OKTA_ONLY, attributes=LINKED, enabled=False),
        "Your account has been switched off; it has to be enabled before you can sign in.",
    ),
    "linked with Okta, application for Okta only, provider gone": (
        replace(who(OKTA_ONLY, attributes=LINKED), providers=()),
        "Your way of signing in (Okta) is no longer connected.",
    ),
    "linked with Okta, both offered, provider gone": (
        replace(who(BOTH_OFFERED, attributes=LINKED), providers=()),
        "Please sign in with your password; signing in through Okta is no longer connected.",
    ),
    "linked with Okta, application with a form of its own": (
        flow(who(BOTH_OFFERED, attributes=LINKED), SignInFlow.SRP, "ALLOW_USER_SRP_AUTH"),
        FINE_WORDS,
    ),
    "linked with Okta, form of its own, invitation run out": (
        flow(who(BOTH_OFFERED, attributes=LINKED, **EXPIRED), SignInFlow.SRP, "ALLOW_USER_SRP_AUTH"),
        "Your temporary password has expired; you need a new one.",
    ),
    "application for Okta only, nobody there, provider gone": (
        replace(OKTA_ONLY, found=ZOE, providers=()),
        NO_ACCOUNT,
    ),
    # messages that don't go out
    "password reset, e-mails not sent": (replace(person(status=RESET), pool=MUTE), NO_CODE),
    "wrong password, e-mails not sent": (replace(FINE, pool=MUTE, events=(EVENT,)), WE_SET_ONE),
    "wrong password, only text messages not sent": (
        replace(FINE, pool=replace(MUTE, unsent=frozenset({"phone_number"})), events=(EVENT,)),
        "The password you typed last was wrong; please try “Forgot password”.",
    ),
    # tries, once more
    "federated, typed a password": (
        replace(FEDERATED, client=replace(CLIENT, providers=("COGNITO", "Okta")), events=(EVENT,)),
        "The password you typed last was wrong; you have none here, and sign in with the button for your own "
        "provider on the login page.",
    ),
    "password known from a leak": (
        replace(FINE, events=(replace(EVENT, compromised=True, decision="Block"),)),
        "Your password is known from a leak elsewhere, and isn't taken any more; please try “Forgot "
        "password”.",
    ),
    "wrong password, which is known from a leak": (
        replace(FINE, events=(replace(EVENT, compromised=True, decision="NoRisk"),)),
        "The password you typed last was wrong; please try “Forgot password”.",
    ),
    "blocked without a level": (
        replace(FINE, events=(replace(EVENT, challenges=(), decision="Block"),)),
        "Your last try looked unusual and was stopped.",
    ),
    # factors that nobody has, or that the pool has switched off
    "nothing set up, application lets the person choose": (
        replace(flow(PASSKEYS, SignInFlow.CHOICE, "ALLOW_USER_AUTH"), first_factors=()),
        "Your account has no password yet, nor anything else to sign in with; we have to set one.",
    ),
    "second factor required, theirs switched off in the pool": (
        replace(factors(FINE, "SOFTWARE_TOKEN_MFA"), mfa=MfaConfig("ON", sms=True)),
        "Signing in needs a code that is sent to you, and we have nowhere to send it.",
    ),
    # names, for linked people; duplicates, for federated ones
    "linked with Okta, application for Okta only, address not verified": (
        typed("ann@x.org", "email", who(OKTA_ONLY, attributes=LINKED | {"email_verified": "false"})),
        BUTTON_ONLY,
    ),
    "linked with Okta, both offered, address not verified": (
        typed("ann@x.org", "email", who(BOTH_OFFERED, attributes=LINKED | {"email_verified": "false"})),
        "Your e-mail address has not been verified, so it doesn't work for signing in; ann does.",
    ),
    "linked with Okta, application for Okta only, address where usernames count": (
        typed("ann@x.org", "email", replace(who(OKTA_ONLY, attributes=LINKED), pool=BY_NAME_ONLY.pool)),
        BUTTON_ONLY,
    ),
    "linked with Okta, nothing set up here": (
        replace(who(OKTA_ONLY, attributes=LINKED), pool=PASSKEYS.pool, first_factors=()),
        BUTTON_ONLY,
    ),
    "federated, mixed up with an account with a password": (
        replace(
            FEDERATED,
            client=replace(CLIENT, providers=("COGNITO", "Okta")),
            found=FoundPerson(
                "ann@x.org",
                replace(OKTA, attributes=ANN.attributes | {"identities": IDENTITIES}),
                "email",
                (ANN,),
            ),
        ),
        "There is more than one account with your e-mail address; this one opens with the button for Okta on "
        "the login page.",
    ),
    # who comes through a provider types no name here
    "federated, address where usernames count": (
        typed("ann@x.org", "email", replace(AT_OKTA, pool=BY_NAME_ONLY.pool)),
        ASK_OKTA,
    ),
    "federated, address not verified": (
        typed("ann@x.org", "email", who(AT_OKTA, attributes=LINKED | {"email_verified": "false"})),
        ASK_OKTA,
    ),
    # where the codes of a second factor go that is required of somebody who has set up none
    "second factor required, goes where codes for a new password go": (
        replace(FINE, mfa=MfaConfig("ON", email=True)),
        "It may be that no code for signing in reaches you; if none comes, we have to add another way.",
    ),
    "second factor required, and codes for a new password go elsewhere": (
        replace(who(FINE, attributes=REACHED_TWICE), mfa=MfaConfig("ON", sms=True, email=True)),
        FINE_WORDS,
    ),
    "passkey only, with a second factor": (
        replace(
            factors(flow(PASSKEYS, SignInFlow.CHOICE, "ALLOW_USER_AUTH"), "SOFTWARE_TOKEN_MFA"),
            first_factors=("WEB_AUTHN",),
        ),
        "You have a second factor, and with it only a password is taken; we have to set one.",
    ),
    # tries long ago, and codes that are sent
    "wrong password a hundred days ago": (
        replace(FINE, events=(replace(EVENT, at=NOW - timedelta(days=100)),)),
        FINE_WORDS,
    ),
    "wrong code, and codes are sent to them": (
        replace(
            factors(FINE, "SMS_MFA"),
            events=(replace(EVENT, challenges=(("Password", "Success"), ("Mfa", "Failure"))),),
        ),
        "The code you entered last was wrong; please use the newest one sent to you.",
    ),
    "nothing wrong": (FINE, FINE_WORDS),
}


@pytest.mark.parametrize("what", SENTENCES)
def test_the_first_sentence(what: str) -> None:
    facts, sentence = SENTENCES[what]
    assert explain(facts).sentence == sentence


def test_the_table_is_long_enough_to_lean_on() -> None:
    assert len(SENTENCES) >= 40


def test_every_trigger_of_the_service_model_is_known() -> None:
    model = botocore.session.Session().get_service_model("cognito-idp").shape_for("LambdaConfigType")
    assert set(TRIGGERS) == set(model.members) - {"KMSKeyID"}


@pytest.mark.parametrize(
    "name", ["PostAuthentication", "PreTokenGenerationConfig", "PreSignUp", "CustomEmailSender"]
)
def test_a_trigger_that_may_refuse_is_named_with_when_it_is_called(name: str) -> None:
    link = explain(pool(triggers=frozenset({name, "KMSKeyID"}))).check("triggers").link
    assert link.state is LinkState.DOUBTFUL
    assert f"{name} ({TRIGGERS[name]})" in link.sentence
    assert "KMSKeyID" not in link.sentence


@pytest.mark.parametrize("username", ["ann", "Okta_a1"])
def test_a_linked_person_is_not_called_not_there(username: str) -> None:
    check = explain(who(OKTA_ONLY, username=username, attributes=LINKED)).check("provider")
    assert check.link.state is LinkState.PASSED
    assert "linked with Okta" in check.link.sentence


def test_a_person_of_several_providers_gets_in_through_any_that_is_offered() -> None:
    two = '[{"providerName": "Google"}, {"providerName": "Okta"}]'
    facts = replace(FEDERATED, client=replace(CLIENT, providers=("Okta",)))
    assert (
        explain(who(facts, attributes={"identities": two})).check("provider").link.state is LinkState.PASSED
    )


@pytest.mark.parametrize(
    ("recovery", "names", "state", "words"),
    [
        (("verified_phone_number",), ("SMS_MFA",), LinkState.DOUBTFUL, "second factor"),
        (("verified_email",), ("EMAIL_OTP",), LinkState.DOUBTFUL, "second factor"),
        (("verified_email", "verified_phone_number"), ("EMAIL_OTP",), LinkState.PASSED, "their phone number"),
        (("verified_email", "verified_phone_number"), ("SMS_MFA",), LinkState.PASSED, "their e-mail address"),
        (("verified_email",), ("SMS_MFA",), LinkState.PASSED, "their e-mail address"),
    ],
)
def test_what_is_the_second_factor_recovers_no_password(
    recovery: tuple[str, ...], names: tuple[str, ...], state: LinkState, words: str
) -> None:
    facts = replace(who(FINE, attributes=BOTH), pool=replace(POOL, recovery=recovery))
    link = explain(factors(facts, *names)).check("recovery").link
    assert link.state is state
    assert words in link.sentence
    assert "verified" not in link.fix  # it is already


def test_a_code_is_said_to_go_only_where_the_pool_sends_one() -> None:
    facts = who(FINE, attributes=BOTH)  # the pool recovers by e-mail only
    assert explain(facts).check("recovery").link.sentence == "A code can be sent to their e-mail address."


def test_until_the_second_factor_is_known_recovery_says_what_would_rule_it_out() -> None:
    facts = replace(who(FINE, attributes=BOTH), mfa=MfaConfig("OPTIONAL", email=True))
    sentence = explain(facts).check("recovery").link.sentence
    assert "unless that is their second factor too" in sentence


def test_tries_through_a_provider_are_kept_nowhere_and_their_absence_says_nothing() -> None:
    federated = explain(replace(AT_OKTA, events=())).check("events").link
    assert federated.state is LinkState.NOT_APPLICABLE
    assert "keeps no tries of people who come through another provider" in federated.sentence
    linked = explain(replace(who(BOTH_OFFERED, attributes=LINKED), events=())).check("events").link
    assert "not those through Okta" in linked.sentence


def test_a_pool_of_phone_numbers_says_nothing_about_e_mail_addresses() -> None:
    by_phone = pool(username_attributes=frozenset({"phone_number"}), alias_attributes=frozenset())
    sentence = explain(replace(by_phone, found=FINE.found)).check("verified").link.sentence
    assert sentence == "Phone numbers need not be verified to sign in with them in this pool."


def test_a_temporary_password_that_has_run_out_is_not_said_to_be_used_before_it_does() -> None:
    link = explain(person(**EXPIRED)).check("status").link
    assert "before it expires" not in link.fix
    assert "Send the invitation again" in link.fix


def test_wrong_codes_are_not_helped_by_a_new_password() -> None:
    code = replace(EVENT, challenges=(("Password", "Success"), ("Mfa", "Failure")))
    link = explain(replace(FINE, events=(code,))).check("events").link
    assert link.fix.startswith("After five wrong codes")
    assert "Forgot password" not in link.fix
    assert (
        explain(replace(FINE, events=(EVENT,))).check("events").link.fix.startswith("After five wrong pass")
    )


def test_a_federated_account_is_said_to_be_there_once() -> None:
    link = explain(AT_OKTA).check("name").link
    assert link.sentence == "Whoever it is comes through their own provider, and types no name here."
    assert link.title not in link.sentence


def test_a_confirmed_account_is_not_said_to_have_a_password() -> None:
    assert "password" not in explain(FINE).check("status").link.sentence


def test_the_implicit_grant_alone_is_something_to_look_at() -> None:
    link = explain(client(oauth_flows=("implicit",))).check("flow").link
    assert link.state is LinkState.DOUBTFUL
    assert "only the implicit grant" in link.sentence


def test_recovery_by_an_address_to_which_nothing_goes_out_is_told_as_aws_tells_it() -> None:
    assert "AWS reports trouble" in explain(replace(FINE, pool=MUTE)).check("recovery").link.sentence


@pytest.mark.parametrize(
    ("tier", "words"),
    [("PLUS", "threat protection is off"), ("ESSENTIALS", "Plus plan"), ("", "Plus plan")],
)
def test_why_tries_are_not_kept_depends_on_the_plan(tier: str, words: str) -> None:
    assert words in explain(pool(tier=tier)).check("events").link.sentence


BAD: dict[str, tuple[Facts, str]] = {
    "enabled": (person(enabled=False), "The account is switched off"),
    "name": (replace(FINE, found=FoundPerson("anm", None)), "There is no such account"),
    "duplicates": (SENTENCES["two accounts"][0], "Another account is mixed up with it"),
    "temporary-password": (SENTENCES["invitation run out"][0], "The temporary password has expired"),
    "allowed-group": (replace(FINE, groups=()), "They are in no group that is let in"),
    "domain": (SENTENCES["no domain"][0], "The hosted login page has no working address"),
    "callback": (client(callback_urls=()), "The client doesn't send people back to the application"),
    "events": (replace(FINE, events=(EVENT,)), "Their last tries failed"),
    "pool": (SENTENCES["e-mails not sent"][0], "The pool may not send all its messages"),
}


@pytest.mark.parametrize("key", BAD)
def test_a_title_states_what_was_found(key: str) -> None:
    facts, title = BAD[key]
    assert explain(facts).check(key).link.title == title
    assert explain(FINE).check(key).link.title != title


def test_no_title_of_a_broken_link_states_the_good_case() -> None:
    good = {link.title for link in explain(FINE).links if link.state is LinkState.PASSED}
    for facts, _ in SENTENCES.values():
        links = [
            link for link in explain(facts).links if link.state in (LinkState.FAILED, LinkState.DOUBTFUL)
        ]
        assert not {link.title for link in links} & good


def test_what_was_not_looked_at_claims_nothing() -> None:
    nobody = explain(replace(FINE, found=FoundPerson("anm", None)))
    good = {link.title for link in explain(FINE).links if link.state is LinkState.PASSED}
    unseen = [link for link in nobody.links if link.state is LinkState.NOT_REACHED]
    assert unseen
    assert not {link.title for link in unseen} & good


def test_a_pool_that_never_set_recovery_sends_text_messages_all_the_same() -> None:
    """Only with AccountRecoverySetting SMS doesn't qualify beside SMS MFA (API reference)."""
    facts = replace(who(FINE, attributes=BOTH), pool=replace(POOL, recovery=()))
    link = explain(factors(facts, "SMS_MFA")).check("recovery").link
    assert link.sentence == "A code can be sent to their e-mail address or their phone number."


@pytest.mark.parametrize("have", [None, (), ("WEB_AUTHN",), ("PASSWORD", "WEB_AUTHN")])
def test_ways_to_begin_are_not_called_as_in_the_api(have: tuple[str, ...] | None) -> None:
    sentence = explain(replace(PASSKEYS, first_factors=have)).check("first-factor").link.sentence
    assert "passkey" in sentence
    assert "WEB_AUTHN" not in sentence


def test_an_invitation_that_would_not_go_out_is_not_offered() -> None:
    fixes = explain(replace(who(FINE, **EXPIRED), pool=MUTE)).fixes
    assert [fix.action for fix in fixes] == ["set_temporary_password"]
