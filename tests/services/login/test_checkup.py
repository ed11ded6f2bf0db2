"""The check-up: every setting has a good case and a bad one, and what can't be read is never good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.pools import BILLING_DESK
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.models import AppClient, PasswordPolicy, UserPool
from services.cognito.sign_in import MfaConfig
from services.login import checkup
from services.login.advice import Advice, CheckupVerdict, ClientFacts, PoolFacts
from services.login.chain import Unknown
from services.login.checkup import CheckUpExit, as_data, check_up, read_facts
from services.login.severity import AdviceSeverity
from services.store.applications import Application
from tests.fixtures.cognito import Cognito

NOW = datetime(2026, 11, 23, tzinfo=UTC)
STRONG = PasswordPolicy(12, True, True, True, True)
POOL = UserPool(
    "eu-west-1_p",
    "Staff",
    username_attributes=frozenset({"email"}),
    case_sensitive=False,
    policy=STRONG,
    recovery=("verified_email",),
    deletion_protection=True,
    domain="acme",
    invite_email="Sign in as {username} with {####}",
    email_sender="DEVELOPER",
    admins_create_only=True,
)
APP = Application(
    "r1", "Billing", "c1", "https://b.x.org", allowed_groups=("billing",), has_secret=True, id="a1"
)
CLIENT = AppClient(
    "c1",
    "billing-desk",
    has_secret=True,
    auth_flows=("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
    oauth_flows=("code",),
    scopes=("openid",),
    callback_urls=("https://b.x.org/oauth/v2/callback",),
    hosted=True,
    prevent_user_existence="ENABLED",
    token_revocation=True,
)
FINE = PoolFacts(
    POOL,
    MfaConfig("OPTIONAL", totp=True),
    (ClientFacts("c1", "billing-desk", CLIENT, (APP,)),),
    (APP,),
    frozenset({"billing", "field"}),
)
NOT_HERE = Unknown("the credentials lack the permission cognito-idp:DescribeUserPoolClient.")


def pool(**changes: Any) -> PoolFacts:
    return replace(FINE, pool=replace(POOL, **changes))


def client(**changes: Any) -> PoolFacts:
    settings = replace(CLIENT, **changes)
    return replace(FINE, clients=(ClientFacts("c1", "billing-desk", settings, (APP,)),))


def app(**changes: Any) -> PoolFacts:
    client = replace(APP, **changes)
    return replace(
        FINE, applications=(client,), clients=(ClientFacts("c1", "billing-desk", CLIENT, (client,)),)
    )


def advice(facts: PoolFacts, key: str) -> Advice:
    (found,) = [advice for advice in check_up(facts).advice if advice.key == key]
    return found


def policy(**changes: Any) -> PoolFacts:
    return pool(policy=replace(STRONG, **changes))


H, M, L = AdviceSeverity.HIGH, AdviceSeverity.MEDIUM, AdviceSeverity.LOW
WRONG: list[tuple[PoolFacts, str, AdviceSeverity, str]] = [
    (pool(username_attributes=frozenset()), "sign-in-by-email", L, "with their username"),
    (policy(minimum_length=10), "password-policy", M, "10 characters are enough."),
    (policy(minimum_length=6, symbols=False), "password-policy", H, "without a special character"),
    (policy(numbers=False, uppercase=False), "password-policy", M, "but not a number or a capital letter"),
    (policy(lowercase=False), "password-policy", M, "but not a small letter"),
    (pool(recovery=()), "recovery-by-email", L, "SMS first"),
    (pool(recovery=("verified_phone_number",)), "recovery-by-email", M, "By SMS only"),
    (pool(recovery=("admin_only",)), "recovery-by-email", M, "By an administrator only"),
    (
        pool(recovery=("verified_phone_number", "verified_email")),
        "recovery-by-email",
        L,
        "By SMS first, and by e-mail for those without a number",
    ),
    (pool(device_tracking="opt-in"), "device-tracking", L, "may have"),
    (pool(deletion_protection=False), "deletion-protection", H, "can, at once"),
    (replace(FINE, mfa=MfaConfig("OFF")), "mfa", M, "It is off"),
    (replace(FINE, mfa=MfaConfig("ON")), "mfa", H, "without any method"),
    (replace(FINE, mfa=MfaConfig("ON", sms=True)), "mfa", L, "by SMS only"),
    (pool(invite_email="Welcome, {username}"), "invitation-template", H, "has no {####}"),
    (pool(invite_email="Use {####}"), "invitation-template", L, "doesn't say the sign-in name"),
    (pool(email_sender="COGNITO_DEFAULT"), "email-sender", M, "50 a day"),
    (
        pool(sending_failure="InvalidSmsRoleAccessPolicyException", unsent=frozenset({"phone_number"})),
        "sending",
        H,
        "AWS reports trouble with text messages.",
    ),
    (
        pool(sending_failure="SNSSandbox", unsent=frozenset({"phone_number"})),
        "sending",
        H,
        "only the numbers verified there",
    ),
    (pool(case_sensitive=True), "case-sensitivity", M, "They matter here"),
    (pool(admins_create_only=False), "self-sign-up", L, "Anybody can register"),
    (pool(domain=""), "hosted-domain", H, "billing-desk would use it"),
    (client(token_revocation=False), "token-revocation", M, "They can't"),
    (client(prevent_user_existence="LEGACY"), "user-existence-errors", M, "whether a name is known"),
    (client(oauth_flows=("code", "implicit")), "client-flows", M, "implicit grant"),
    (client(auth_flows=("ALLOW_USER_PASSWORD_AUTH",)), "client-flows", L, "sends the password itself"),
    (client(auth_flows=("ALLOW_CUSTOM_AUTH",)), "client-flows", L, "no function for it"),
    (
        client(auth_flows=("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"), has_secret=False),
        "client-flows",
        M,
        "is for servers",
    ),
    (client(callback_urls=("https://b.x.org/oauth/v2/callback/",)), "callback-url", H, "Not allowed: https"),
    (app(application_url="https://other.x.org"), "callback-url", H, "https://other.x.org/oauth/v2/callback"),
    (app(has_secret=False), "client-secret", M, "keeps none for Billing"),
    (client(has_secret=False), "client-secret", M, "keeps one for Billing"),
    (app(allowed_groups=()), "application-group", M, "so nobody gets in"),
    (app(allowed_groups=("gone",)), "application-group", H, "so nobody gets in"),
    (app(allowed_groups=("billing", "gone")), "application-group", M, "no group gone"),
]


@pytest.mark.parametrize(("facts", "key", "severity", "words"), WRONG)
def test_what_is_wrong_is_told_with_why_and_where(
    facts: PoolFacts, key: str, severity: AdviceSeverity, words: str
) -> None:
    found = advice(facts, key)
    assert (found.verdict, found.severity) == (CheckupVerdict.MEND, severity)
    assert words in found.found
    assert found.fix
    assert found.setting.why
    assert found.setting.where
    assert check_up(facts).exit_code() is CheckUpExit.MEND


def test_a_pool_that_is_set_up_well_has_nothing_to_mend() -> None:
    result = check_up(FINE)
    assert [advice for advice in result.advice if advice.verdict is not CheckupVerdict.GOOD] == []
    assert result.exit_code() is CheckUpExit.GOOD
    keys = {advice.key for advice in result.advice}
    assert {key for _, key, _, _ in WRONG} == keys
    assert len(as_data(result)) == len(result.advice)


def with_client(settings: AppClient) -> PoolFacts:
    return replace(FINE, clients=(ClientFacts("c2", "other", settings),))


@pytest.mark.parametrize(
    ("settings", "key", "verdict", "words"),
    [
        (replace(CLIENT, hosted=False), "callback-url", CheckupVerdict.NOT_APPLICABLE, "doesn't use"),
        (replace(CLIENT, callback_urls=()), "callback-url", CheckupVerdict.MEND, "There is none"),
        (
            replace(CLIENT, callback_urls=("http://x.org/cb",)),
            "callback-url",
            CheckupVerdict.MEND,
            "Not encrypted",
        ),
        (
            replace(CLIENT, callback_urls=("http://localhost:8080/cb",)),
            "callback-url",
            CheckupVerdict.MEND,
            "a developer's",
        ),
        (
            replace(CLIENT, has_secret=False),
            "client-secret",
            CheckupVerdict.MEND,
            "right for an app on a phone",
        ),
    ],
)
def test_a_client_that_no_application_here_uses(
    settings: AppClient, key: str, verdict: CheckupVerdict, words: str
) -> None:
    found = advice(with_client(settings), key)
    assert found.verdict is verdict
    assert words in found.found


@pytest.mark.parametrize(
    ("url", "title", "why"),
    [
        ("http://x.org/cb", "A callback URL isn't encrypted", "can be read on the way"),
        ("http://localhost:8080/cb", "A callback URL leads to the machine of whoever signs in", "developers"),
    ],
)
def test_a_callback_url_that_is_there_and_better_were_not_is_called_so(
    url: str, title: str, why: str
) -> None:
    found = advice(with_client(replace(CLIENT, callback_urls=(url,))), "callback-url")
    assert found.title == title
    assert why in found.setting.why


def test_the_way_back_of_this_console_belongs_there() -> None:
    urls = ("https://x.org/cb", "http://127.0.0.1:8501/oauth/v2/callback")
    facts = with_client(replace(CLIENT, callback_urls=urls))
    assert advice(facts, "callback-url").verdict is CheckupVerdict.MEND
    own = replace(facts, own_callback="http://localhost:8501/oauth/v2/callback")
    assert advice(own, "callback-url").verdict is CheckupVerdict.GOOD
    elsewhere = replace(facts, own_callback="http://localhost:8502/oauth/v2/callback")
    assert advice(elsewhere, "callback-url").verdict is CheckupVerdict.MEND


def test_remembered_devices_matter_more_to_servers() -> None:
    facts = replace(
        client(auth_flows=("ALLOW_ADMIN_USER_PASSWORD_AUTH",)), pool=replace(POOL, device_tracking="always")
    )
    found = advice(facts, "device-tracking")
    assert found.severity is AdviceSeverity.MEDIUM
    assert "billing-desk signs people in from a server" in found.found


def test_an_application_that_shares_all_its_groups() -> None:
    other = replace(APP, id="a2", name="Audit")
    found = [
        advice
        for advice in check_up(replace(FINE, applications=(APP, other))).advice
        if advice.key == "application-group"
    ]
    assert [advice.subject for advice in found] == ["Billing", "Audit"]
    assert "opens another application too: billing (Audit)" in found[0].found


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        (replace(FINE, mfa=NOT_HERE), {"mfa"}),
        (pool(email_sender=""), {"email-sender"}),
        (client(token_revocation=None), {"token-revocation"}),
        (client(prevent_user_existence=""), {"user-existence-errors"}),
        (replace(FINE, groups=NOT_HERE), {"application-group"}),
        (
            replace(FINE, clients=(ClientFacts("c1", "x", NOT_HERE, (APP,)),)),
            {"token-revocation", "user-existence-errors", "client-flows", "callback-url", "client-secret"},
        ),
        (
            replace(FINE, clients=NOT_HERE),
            {"token-revocation", "user-existence-errors", "client-flows", "callback-url", "client-secret"},
        ),
        (replace(pool(domain=""), clients=(ClientFacts("c1", "x", NOT_HERE),)), {"hosted-domain"}),
    ],
)
def test_what_cannot_be_read_is_said_and_never_good(facts: PoolFacts, keys: set[str]) -> None:
    result = check_up(facts)
    assert keys <= {advice.key for advice in result.of(CheckupVerdict.UNKNOWN)}
    assert not keys & {advice.key for advice in result.of(CheckupVerdict.GOOD)}
    assert result.exit_code() is CheckUpExit.NOT_ALL_CHECKED


def test_the_gravest_come_first_and_the_exit_code_may_ask_for_them_only() -> None:
    result = check_up(pool(deletion_protection=False, username_attributes=frozenset(), case_sensitive=True))
    assert [advice.severity for advice in result.of(CheckupVerdict.MEND)] == [H, M, L]
    low = check_up(pool(username_attributes=frozenset()))
    assert low.exit_code(AdviceSeverity.LOW) is CheckUpExit.MEND
    assert low.exit_code(AdviceSeverity.HIGH) is CheckUpExit.GOOD


def test_the_pools_of_the_demo(
    cognito: Cognito, gateway_factory: Callable[..., CognitoGateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    billing = replace(APP, client_id=BILLING_DESK.own_id, application_url=BILLING_DESK.url)
    staff = gateway_factory(cognito.staff, limiter=Unpaced())
    result = check_up(read_facts(staff, [billing]))
    found = {(advice.key, advice.subject): advice.verdict for advice in result.advice}
    assert found["deletion-protection", ""] is CheckupVerdict.GOOD
    assert found["mfa", ""] is CheckupVerdict.GOOD
    assert ("callback-url", "billing-desk") in found
    assert found["client-flows", "field-service-mobile"] is CheckupVerdict.MEND
    assert found["application-group", "Billing"] is CheckupVerdict.GOOD
    customers = check_up(read_facts(gateway_factory(cognito.customers, limiter=Unpaced())))
    wrong = {advice.key for advice in customers.of(CheckupVerdict.MEND)}
    assert {"deletion-protection", "password-policy", "case-sensitivity", "self-sign-up", "mfa"} <= wrong
    # a pool with very many app clients
    monkeypatch.setattr(checkup, "MOST_CLIENTS", 1)
    few = check_up(read_facts(staff, [billing]))
    assert {advice.subject for advice in few.of(CheckupVerdict.UNKNOWN)} >= {"field-service-mobile"}
    assert ("callback-url", "billing-desk") in found


@pytest.mark.parametrize(("facts", "key"), [(facts, key) for facts, key, *_ in WRONG])
def test_the_title_of_what_is_to_mend_states_what_was_found(facts: PoolFacts, key: str) -> None:
    found = next(
        advice
        for advice in check_up(facts).advice
        if advice.key == key and advice.verdict is CheckupVerdict.MEND
    )
    good = next(advice for advice in check_up(FINE).advice if advice.key == key)
    assert good.verdict is CheckupVerdict.GOOD
    assert found.title == found.setting.title.bad != good.title


def test_a_client_without_a_secret_and_a_console_that_differs_have_titles_of_their_own() -> None:
    bare = with_client(replace(CLIENT, has_secret=False))
    assert advice(bare, "client-secret").title == "The client has no secret"
    assert advice(app(has_secret=False), "client-secret").title == (
        "The client and the console differ about a secret"
    )


def test_the_title_of_what_was_not_checked_claims_nothing() -> None:
    unknown = check_up(replace(FINE, mfa=NOT_HERE)).of(CheckupVerdict.UNKNOWN)
    assert [advice.title for advice in unknown] == ["Second factor"]


def test_revoking_single_sign_ins_has_nothing_to_do_with_signing_somebody_out_everywhere() -> None:
    (found,) = check_up(client(token_revocation=False)).of(CheckupVerdict.MEND)
    assert "single" in found.setting.why
    assert "everywhere works either way" in found.setting.why


def test_that_aws_reports_no_trouble_is_said_of_text_messages_only() -> None:
    assert "E-mails that fail stand in CloudTrail only" in advice(FINE, "sending").found


def test_hiding_who_has_an_account_has_gaps_that_are_told() -> None:
    assert "registering" not in advice(FINE, "user-existence-errors").found
    public = advice(pool(admins_create_only=False), "user-existence-errors").found
    assert "Registering still says when a username is taken" in public
    aliases = advice(
        pool(username_attributes=frozenset(), alias_attributes=frozenset({"email"})), "user-existence-errors"
    )
    assert "SRP may still tell" in aliases.found


def test_a_deleted_pool_is_not_said_to_be_lost_at_once() -> None:
    (found,) = check_up(pool(deletion_protection=False)).of(CheckupVerdict.MEND)
    assert "14 days" in found.setting.why
