"""Somebody, a pool, an app client and an application with nothing wrong, and every way to break them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.cognito.models import AppClient, User, UserDetail, UserPool, UserStatus
from services.cognito.sign_in import Domain, IdentityProvider, MfaConfig
from services.login.chain import Unknown
from services.login.explain_facts import Facts, FoundPerson
from services.login.sign_in_flow import SignInFlow
from services.store.applications import Application

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)
ANN = User(
    "ann",
    "sub-ann",
    UserStatus.CONFIRMED,
    True,
    LONG_AGO,
    LONG_AGO,
    {"email": "ann@x.org", "email_verified": "true"},
)
OTHER = replace(ANN, username="ann.old", sub="sub-old", enabled=False)
POOL = UserPool(
    "eu-west-1_p", "Staff", alias_attributes=frozenset({"email"}), recovery=("verified_email",), domain="acme"
)
CLIENT = AppClient(
    "c1",
    "billing-desk",
    auth_flows=("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
    oauth_flows=("code",),
    scopes=("openid", "email", "profile"),
    callback_urls=("https://billing.x.org/oauth/v2/callback",),
    providers=("COGNITO",),
    hosted=True,
)
APP = Application(
    id="a1",
    pool_record_id="r1",
    name="Billing",
    client_id="c1",
    has_secret=False,
    application_url="https://billing.x.org",
    discovery_url="",
    allowed_groups=("billing", "auditors"),
    group_roles={"billing": "clerk"},
    created_at=NOW,
    changed_at=NOW,
)
FINE = Facts(
    pool=POOL,
    found=FoundPerson("ann", ANN, "username"),
    at=NOW,
    application=APP,
    groups=("billing",),
    existing=frozenset({"billing", "auditors"}),
    client=CLIENT,
    domain=Domain("acme", POOL.id, "ACTIVE", managed_login=True),
    branding=True,
    providers=(),
    mfa=MfaConfig("OFF"),
)
NOT_HERE = Unknown("the Cognito behind this connection doesn't have the operation.", "Use AWS.")


def person(**changes: Any) -> Facts:
    return replace(FINE, found=replace(FINE.found, user=replace(ANN, **changes)))


def client(**changes: Any) -> Facts:
    return replace(FINE, client=replace(CLIENT, **changes))


def pool(**changes: Any) -> Facts:
    return replace(FINE, pool=replace(POOL, **changes))


def typed(name: str, by: str, facts: Facts = FINE) -> Facts:
    return replace(facts, found=replace(facts.found, typed=name, by=by))


def without(facts: Facts, **attributes: str) -> Facts:
    assert facts.user
    return replace(facts, found=replace(facts.found, user=replace(facts.user, attributes=attributes)))


INVITED = UserStatus.FORCE_CHANGE_PASSWORD
OKTA = replace(ANN, username="Okta_ann", status=UserStatus.EXTERNAL_PROVIDER)
FEDERATED = replace(FINE, found=FoundPerson("", OKTA), providers=(IdentityProvider("Okta", "OIDC"),))
BY_NAME_ONLY = pool(alias_attributes=frozenset())
PASSKEYS = pool(first_factors=frozenset({"PASSWORD", "WEB_AUTHN"}))
UNVERIFIED = without(FINE, email="ann@x.org", email_verified="false")

BROKEN: dict[str, tuple[Facts, str, str, str, tuple[str, ...]]] = {
    # what is broken: facts, the link that fails, words of its sentence, of its fix, the fixes on offer
    "nobody of that name": (
        replace(FINE, found=FoundPerson("anm", None, suggestions=("ann",))),
        "name",
        "Nobody in the pool has anm",
        "Much like it: ann",
        ("",),
    ),
    "person gone": (
        replace(FINE, found=FoundPerson("", None)),
        "name",
        "not in the pool any more",
        "create it anew",
        (),
    ),
    "another case": (
        typed(
            "Ann@x.org", "email", pool(username_attributes=frozenset({"email"}), alias_attributes=frozenset())
        ),
        "name",
        "tells capitals from small letters",
        "type ann@x.org exactly",
        (),
    ),
    "e-mail where only usernames work": (
        typed("ann@x.org", "email", BY_NAME_ONLY),
        "name",
        "ann@x.org is the e-mail address of ann, and this pool lets nobody sign in with that",
        "sign in as ann",
        (),
    ),
    "user disabled": (person(enabled=False), "enabled", "disabled it", "enable it", ("enable_user",)),
    "expired temporary password": (
        person(status=INVITED, created=NOW - timedelta(days=9), changed=NOW - timedelta(days=9)),
        "temporary-password",
        "It has expired, 21 Nov 2026",
        "Send the invitation again",
        ("resend_invitation", "set_temporary_password"),
    ),
    "never confirmed": (
        person(status=UserStatus.UNCONFIRMED),
        "status",
        "were never confirmed",
        "Confirm the registration",
        ("confirm_user",),
    ),
    "must reset": (
        person(status=UserStatus.RESET_REQUIRED),
        "status",
        "the old one no longer works",
        "Forgot password",
        ("set_temporary_password",),
    ),
    "compromised": (person(status=UserStatus.COMPROMISED), "status", "no longer uses", "in AWS", ()),
    "unverified alias": (
        typed("ann@x.org", "email", UNVERIFIED),
        "verified",
        "is not verified, so they can't sign in with it; ann works",
        "Mark the e-mail address as verified",
        ("verify_email",),
    ),
    "wrong group": (
        replace(FINE, groups=("field",)),
        "allowed-group",
        "Billing lets in billing or auditors",
        "add them to a group",
        ("add_to_group",),
    ),
    "group that the pool lacks": (
        replace(FINE, groups=(), existing=frozenset()),
        "allowed-group",
        "The pool has no group billing or auditors",
        "",
        ("",),
    ),
    "federated person and a form": (
        replace(FEDERATED, flow=SignInFlow.SRP),
        "provider",
        "asks for a password of this pool",
        "hosted login page",
        (),
    ),
    "provider not offered": (
        FEDERATED,
        "provider",
        "which the app client doesn't offer",
        "add Okta",
        ("update_app_client",),
    ),
    "provider gone": (
        replace(FEDERATED, client=replace(CLIENT, providers=("Okta",)), providers=()),
        "provider",
        "no provider of that name",
        "external providers",
        (),
    ),
    "client only for others": (
        client(providers=("Okta",)),
        "provider",
        "only through Okta",
        "add the Cognito user pool",
        ("update_app_client", "link_identity"),
    ),
    "no way to get a code": (
        replace(FINE, mfa=MfaConfig("ON", sms=True)),
        "second-factor",
        "no phone number to send a code to",
        "profile",
        ("",),
    ),
    "client deleted": (
        replace(FINE, client=None, client_missing=True),
        "client",
        "no app client c1",
        "Configuration",
        ("",),
    ),
    "hosted pages off": (
        client(hosted=False),
        "flow",
        "hosted login pages are off",
        "OAuth grant types",
        ("update_app_client",),
    ),
    "no code grant": (
        client(oauth_flows=("client_credentials",)),
        "flow",
        "code grant is off",
        "grant types",
        (),  # a client of programs can't become one of people
    ),
    "flow off": (
        replace(FINE, flow=SignInFlow.PASSWORD),
        "flow",
        "that flow is off for its app client",
        "choose ALLOW_USER_PASSWORD_AUTH",
        ("update_app_client",),
    ),
    "admin flow off": (
        replace(FINE, flow=SignInFlow.ADMIN),
        "flow",
        "its server",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        ("update_app_client",),
    ),
    "wrong callback": (
        client(callback_urls=("https://billing.x.org/oauth/v2/callback/",)),
        "callback",
        "redirect_mismatch",
        "add https://billing.x.org/oauth/v2/callback.",
        ("update_app_client", ""),
    ),
    "missing scope": (
        client(scopes=("email", "profile")),
        "scopes",
        "“openid” is not allowed",
        "OpenID",
        ("update_app_client",),
    ),
    "no providers": (
        client(providers=()),
        "client-providers",
        "offers no way",
        "Identity providers",
        ("update_app_client",),
    ),
    "no hosted domain": (
        replace(pool(domain=""), domain=None),
        "domain",
        "The pool has no domain",
        "Create Cognito",
        (),
    ),
    "unknown domain": (
        replace(FINE, domain=None),
        "domain",
        "AWS knows none of that name",
        "create it again",
        (),
    ),
    "domain of another pool": (
        replace(FINE, domain=Domain("acme", "other")),
        "domain",
        "belongs to another pool",
        "a domain of its own",
        (),
    ),
    "domain failed": (
        replace(FINE, domain=Domain("acme", POOL.id, "FAILED")),
        "domain",
        "doesn't work",
        "certificate",
        (),
    ),
    "no style": (replace(FINE, branding=False), "branding", "No managed login style", "Create a style", ()),
    "second factor without method": (
        replace(FINE, mfa=MfaConfig("ON"), second_factors=UserDetail(ANN, "", ("SMS_MFA",))),
        "pool",
        "offers none",
        "choose a method",
        (),
    ),
}
