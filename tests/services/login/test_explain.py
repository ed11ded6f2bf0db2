"""Why can't they sign in? Every broken set-up has its own sentence, its own fix and its own exit code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.cognito.actions import (
    AddToGroup,
    ConfirmUser,
    EnableUser,
    ResendInvitation,
    UpdateAttributes,
)
from services.cognito.models import PasswordPolicy, UserDetail, UserStatus
from services.cognito.person_reads import AuthEvent
from services.cognito.sign_in import Domain, MfaConfig
from services.login.chain import LinkState, Unknown
from services.login.exit_codes import EXIT_CODES
from services.login.explain import CHECKS, exit_code, explain
from services.login.explain_facts import Explanation, Facts, FoundPerson
from services.login.sign_in_flow import SignInFlow
from tests.services.login.explained import (
    ANN,
    APP,
    BROKEN,
    CLIENT,
    FEDERATED,
    FINE,
    INVITED,
    LONG_AGO,
    NOT_HERE,
    NOW,
    OKTA,
    OTHER,
    PASSKEYS,
    POOL,
    client,
    person,
    pool,
    without,
)


def state(answer: Explanation, key: str) -> LinkState:
    return answer.check(key).link.state


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_set_up_is_named_first_with_its_own_sentence_and_fix(what: str) -> None:
    facts, key, sentence, fix, offered = BROKEN[what]
    answer = explain(facts)
    assert answer.cause is not None
    assert answer.cause.link.key == key
    assert answer.cause.blocks
    assert sentence in answer.cause.link.sentence
    assert fix in answer.cause.link.fix
    assert tuple(fix.action for fix in answer.cause.fixes) == offered
    assert answer.sentence == answer.cause.reply
    assert len(answer.sentence.split()) > 4
    assert exit_code(answer) == EXIT_CODES[key]


def test_every_broken_set_up_says_something_else() -> None:
    causes = [explain(facts).cause for facts, *_ in BROKEN.values()]
    sentences = [cause.link.sentence for cause in causes if cause]
    assert len(set(sentences)) == len(BROKEN)
    told = {what: explain(facts).sentence for what, (facts, *_) in BROKEN.items()}
    asked_for = (
        "flow off",
        "user disabled",
        "wrong group",
        "expired temporary password",
        "unverified alias",
        "no hosted domain",
        "wrong callback",
        "missing scope",
    )
    assert len({told[what] for what in asked_for}) == len(asked_for)
    assert len(set(EXIT_CODES.values())) == len(CHECKS)


def test_nothing_wrong_says_so_and_gives_a_way_out() -> None:
    answer = explain(FINE)
    assert answer.cause is None
    assert "password is probably mistyped" in answer.sentence
    assert "Forgot password" in answer.sentence
    assert exit_code(answer) == 0
    assert [fix.action for fix in answer.fixes] == ["reset_password", "set_temporary_password"]
    assert {check.link.state for check in answer.checks} <= {LinkState.PASSED, LinkState.NOT_APPLICABLE}


def test_the_links_stand_in_order_under_their_own_keys() -> None:
    assert [link.key for link in explain(FINE).links] == [key for key, _ in CHECKS]
    for facts, *_ in BROKEN.values():
        assert [link.key for link in explain(facts).links] == [key for key, _ in CHECKS]


def test_without_a_person_the_application_is_still_looked_at() -> None:
    answer = explain(replace(FINE, found=FoundPerson("anm", None), client=replace(CLIENT, hosted=False)))
    assert state(answer, "enabled") is LinkState.NOT_REACHED
    assert state(answer, "flow") is LinkState.FAILED


def test_without_an_application_only_the_person_and_the_pool_are_looked_at() -> None:
    answer = explain(replace(FINE, application=None, client=None, domain=None, branding=None))
    for key in ("allowed-group", "role", "client", "flow", "callback", "scopes", "domain", "branding"):
        assert state(answer, key) is LinkState.NOT_APPLICABLE
    assert exit_code(answer) == 0


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        (
            replace(FINE, client=NOT_HERE),
            {"client", "flow", "callback", "scopes", "client-providers", "lifetimes"},
        ),
        (replace(FINE, groups=NOT_HERE), {"allowed-group", "role"}),
        (replace(FINE, domain=NOT_HERE), {"domain"}),
        (replace(FINE, branding=NOT_HERE), {"branding"}),
        (replace(client(providers=("COGNITO", "Okta")), providers=NOT_HERE), {"client-providers"}),
        (replace(FINE, mfa=NOT_HERE), {"pool"}),
        (replace(FINE, mfa=MfaConfig("OPTIONAL"), second_factors=NOT_HERE), {"second-factor"}),
        (replace(FINE, mfa=MfaConfig("OPTIONAL")), {"second-factor"}),
        (replace(FINE, events=NOT_HERE), {"events"}),
        (pool(triggers=frozenset({"PreAuthentication", "PostConfirmation"})), {"triggers"}),
    ],
)
def test_what_cannot_be_looked_at_never_passes(facts: Facts, keys: set[str]) -> None:
    answer = explain(facts)
    assert {check.link.key for check in answer.unknown} == keys
    assert all(not check.blocks and check.link.state is not LinkState.PASSED for check in answer.unknown)
    assert exit_code(answer) == 3


def test_fixes_carry_the_change_that_makes_them_true() -> None:
    def changes(what: str) -> tuple[Any, ...]:
        cause = explain(BROKEN[what][0]).cause
        assert cause is not None
        return cause.fixes[0].changes

    assert changes("user disabled") == (EnableUser(ANN.ref),)
    assert changes("never confirmed") == (ConfirmUser(ANN.ref),)
    assert changes("expired temporary password") == (ResendInvitation(ANN.ref),)
    assert changes("unverified alias") == (UpdateAttributes(ANN.ref, {"email_verified": "true"}),)
    assert changes("wrong group") == (AddToGroup(ANN.ref, "billing"), AddToGroup(ANN.ref, "auditors"))


def test_a_disabled_person_is_not_offered_an_invitation() -> None:
    facts = person(enabled=False, status=INVITED, created=LONG_AGO, changed=LONG_AGO)
    answer = explain(facts)
    assert answer.cause is answer.check("enabled")
    assert [fix.action for fix in answer.check("temporary-password").fixes] == ["set_temporary_password"]


def test_an_invitation_that_still_works_is_the_first_thing_to_say() -> None:
    answer = explain(person(status=INVITED, created=NOW, changed=NOW))
    assert state(answer, "temporary-password") is LinkState.PASSED
    assert "last known to be set" in answer.check("temporary-password").link.sentence
    assert "use the temporary password from your invitation" in answer.sentence


def test_times_are_those_of_the_reader_s_zone_and_say_so_where_there_is_none() -> None:
    facts = person(status=INVITED, created=NOW, changed=NOW)
    here = replace(facts, zone=ZoneInfo("Asia/Kathmandu"))
    said = [explain(known).check("temporary-password").link.sentence for known in (facts, here)]
    due = NOW + timedelta(days=7)
    assert f"{due:%H:%M} UTC" in said[0]
    assert f"{due.astimezone(here.zone):%H:%M} at least" in said[1]


def test_an_invitation_changed_since_for_unknown_reasons_is_not_called_valid() -> None:
    link = explain(person(status=INVITED, created=LONG_AGO, changed=NOW)).check("temporary-password").link
    assert link.state is LinkState.DOUBTFUL
    assert "Nobody here knows" in link.sentence


def test_a_longer_validity_of_the_pool_counts() -> None:
    nine = NOW - timedelta(days=9)
    facts = replace(
        person(status=INVITED, created=nine, changed=nine),
        pool=replace(POOL, policy=PasswordPolicy(temporary_days=30)),
    )
    assert state(explain(facts), "temporary-password") is LinkState.PASSED


def test_others_with_the_same_address_are_told_with_how_they_stand() -> None:
    facts = replace(FINE, found=replace(FINE.found, others=(OTHER,)))
    answer = explain(facts)
    link = answer.check("duplicates").link
    assert link.state is LinkState.DOUBTFUL
    assert "ann.old (disabled)" in link.sentence
    expired = replace(OTHER, enabled=True, status=UserStatus.FORCE_CHANGE_PASSWORD)
    facts = replace(FINE, found=replace(FINE.found, others=(expired,)))
    assert "ann.old (invitation expired)" in explain(facts).check("duplicates").link.sentence
    assert "more than one account" in answer.sentence
    assert exit_code(answer) == 2


def test_a_large_pool_says_how_it_was_searched() -> None:
    found = replace(FINE.found, everywhere=False)
    assert "small letters" in explain(replace(FINE, found=found)).check("duplicates").link.sentence
    nobody = replace(FINE, found=FoundPerson("anm", None, everywhere=False))
    assert "small letters only" in explain(nobody).check("name").link.sentence


@pytest.mark.parametrize(
    ("status", "expected"),
    [(UserStatus.CONFIRMED, LinkState.DOUBTFUL), (UserStatus.RESET_REQUIRED, LinkState.FAILED)],
)
def test_no_way_back_in_blocks_only_those_who_need_it(status: UserStatus, expected: LinkState) -> None:
    facts = without(person(status=status), email="ann@x.org", email_verified="false")
    answer = explain(facts)
    assert state(answer, "recovery") is expected
    assert {fix.action for fix in answer.check("recovery").fixes} == {
        "verify_email",
        "set_temporary_password",
    }


MFA: list[tuple[MfaConfig, UserDetail | None, LinkState, str]] = [
    (MfaConfig("OFF"), None, LinkState.NOT_APPLICABLE, "asks for no second factor"),
    (MfaConfig("OPTIONAL", totp=True), None, LinkState.NOT_REACHED, "counts this person as active"),
    (MfaConfig("OPTIONAL", totp=True), UserDetail(ANN), LinkState.PASSED, "do without"),
    (MfaConfig("ON", totp=True), None, LinkState.NOT_REACHED, "The pool requires one"),
    (MfaConfig("ON", totp=True), UserDetail(ANN), LinkState.DOUBTFUL, "set up an authenticator app"),
    (MfaConfig("ON", email=True), None, LinkState.DOUBTFUL, "where codes for a new password go first"),
    (
        MfaConfig("ON", totp=True),
        UserDetail(ANN, "SOFTWARE_TOKEN_MFA", ("SOFTWARE_TOKEN_MFA",)),
        LinkState.PASSED,
        "authenticator app. If the phone with the app is lost, remove the app",
    ),
]


@pytest.mark.parametrize(("mfa", "detail", "expected", "words"), MFA)
def test_a_second_factor(mfa: MfaConfig, detail: UserDetail | None, expected: LinkState, words: str) -> None:
    check = explain(replace(FINE, mfa=mfa, second_factors=detail)).check("second-factor")
    assert check.link.state is expected
    assert words in check.link.sentence
    asks = [fix.action for fix in check.fixes] == ["ask_second_factors"]
    assert asks == (expected is LinkState.NOT_REACHED)


@pytest.mark.parametrize(
    ("have", "flow", "expected"),
    [
        (None, SignInFlow.HOSTED, LinkState.NOT_REACHED),
        (NOT_HERE, SignInFlow.HOSTED, LinkState.DOUBTFUL),
        (("WEB_AUTHN",), SignInFlow.HOSTED, LinkState.PASSED),
        (("WEB_AUTHN",), SignInFlow.SRP, LinkState.FAILED),
        (("PASSWORD",), SignInFlow.SRP, LinkState.PASSED),
        ((), SignInFlow.HOSTED, LinkState.FAILED),
    ],
)
def test_where_passkeys_are_possible_not_everybody_has_a_password(
    have: Any, flow: SignInFlow, expected: LinkState
) -> None:
    check = explain(replace(PASSKEYS, first_factors=have, flow=flow)).check("first-factor")
    assert check.link.state is expected
    assert check.unknown is (expected in (LinkState.NOT_REACHED, LinkState.DOUBTFUL))
    assert [fix.action for fix in check.fixes] == {
        LinkState.NOT_REACHED: ["ask_second_factors"],
        LinkState.FAILED: ["set_temporary_password"],
    }.get(expected, [])


@pytest.mark.parametrize(
    ("identities", "username", "provider"),
    [('[{"providerName": "Okta"}]', "x", "Okta"), ("", "Google_1", "Google"), ("broken", "plain", "another")],
)
def test_people_from_elsewhere_are_sent_to_their_provider(
    identities: str, username: str, provider: str
) -> None:
    user = replace(OKTA, username=username, attributes={"identities": identities})
    facts = replace(
        FEDERATED, found=FoundPerson("", user), client=replace(CLIENT, providers=()), providers=NOT_HERE
    )
    assert f"through {provider}" in explain(facts).check("provider").link.sentence


def test_a_link_with_a_provider_that_is_gone_is_said_and_cannot_be_taken_away() -> None:
    linked = person(attributes={**ANN.attributes, "identities": '[{"providerName": "Okta", "userId": "7"}]'})
    check = explain(replace(linked, providers=())).check("provider")
    assert check.link.state is LinkState.DOUBTFUL
    assert check.fixes == ()
    assert "adds the provider again" in check.link.fix
    assert explain(replace(linked, providers=Unknown("No.", ""))).check("provider").fixes == ()


def test_where_only_another_provider_lets_people_in_linking_is_offered() -> None:
    check = explain(client(providers=("Okta",))).check("provider")
    assert [fix.action for fix in check.fixes][-1] == "link_identity"


def test_a_group_without_a_role_is_worth_a_look() -> None:
    facts = replace(FINE, groups=("auditors",))
    answer = explain(facts)
    assert state(answer, "allowed-group") is LinkState.PASSED
    assert state(answer, "role") is LinkState.DOUBTFUL
    assert "no role is assigned" in answer.sentence


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (lambda: client(has_secret=True), "client", "the console keeps none"),
        (lambda: client(scopes=("openid",)), "scopes", "“email” and “profile”"),
        (lambda: client(auth_flows=("ALLOW_USER_SRP_AUTH",)), "lifetimes", "refreshing is off"),
        (lambda: client(refresh_token=timedelta(hours=1)), "lifetimes", "doesn't outlive"),
        (lambda: client(providers=("COGNITO", "Okta")), "client-providers", "which the pool doesn't have"),
        (lambda: pool(domain="a", sending_failure="no"), "pool", "trouble with sending messages"),
        (
            lambda: replace(FINE, application=replace(APP, application_url="")),
            "callback",
            "nothing is compared",
        ),
        (lambda: person(status=UserStatus.UNKNOWN), "status", "doesn't know"),
    ],
)
def test_what_may_be_wrong_is_worth_a_look(change: Callable[[], Facts], key: str, words: str) -> None:
    link = explain(change()).check(key).link
    assert link.state is LinkState.DOUBTFUL
    assert words in link.sentence


def test_a_client_without_flows_has_the_defaults_of_aws() -> None:
    facts = replace(client(auth_flows=()), flow=SignInFlow.SRP)
    assert state(explain(facts), "flow") is LinkState.PASSED
    assert state(explain(facts), "callback") is LinkState.NOT_APPLICABLE


EVENT = AuthEvent(NOW, "SignIn", "Fail", challenges=(("Password", "Failure"),), city="Leeds")
GOOD = AuthEvent(NOW, "SignIn", "Pass")


@pytest.mark.parametrize(
    ("events", "expected", "words"),
    [
        ((), LinkState.PASSED, "Nothing has been tried"),
        ((GOOD,), LinkState.PASSED, "worked"),
        ((GOOD, EVENT), LinkState.PASSED, "1 of the last 2 failed"),
        ((EVENT, GOOD), LinkState.DOUBTFUL, "from Leeds: the password was wrong"),
        ((replace(EVENT, challenges=(("Mfa", "Failure"),)),), LinkState.DOUBTFUL, "the code was wrong"),
        ((replace(EVENT, challenges=(), decision="Block"),), LinkState.DOUBTFUL, "risky"),
        ((replace(EVENT, challenges=()),), LinkState.DOUBTFUL, "doesn't say why"),
    ],
)
def test_the_last_tries_are_told(events: tuple[AuthEvent, ...], expected: LinkState, words: str) -> None:
    link = explain(replace(FINE, events=events)).check("events").link
    assert link.state is expected
    assert words in link.sentence


@pytest.mark.parametrize(
    ("refused", "mended", "minutes", "expected"),
    [
        ("Mfa", "Mfa", 5, LinkState.PASSED),
        ("Password", "Password", 5, LinkState.PASSED),
        ("Password", "Mfa", 5, LinkState.DOUBTFUL),
        ("Mfa", "Password", 5, LinkState.DOUBTFUL),
        ("Mfa", "Mfa", -5, LinkState.DOUBTFUL),
    ],
)
def test_tries_before_it_was_mended_here_count_no_more(
    refused: str, mended: str, minutes: int, expected: LinkState
) -> None:
    failed = replace(EVENT, challenges=((refused, "Failure"),))
    facts = replace(FINE, events=(failed,), helped={mended: NOW + timedelta(minutes=minutes)})
    link = explain(facts).check("events").link
    assert link.state is expected
    assert ("mended here" in link.sentence) is (expected is LinkState.PASSED)


@pytest.mark.parametrize(
    ("domain", "branding", "key", "expected"),
    [
        (Domain("a", POOL.id, "CREATING"), True, "domain", LinkState.DOUBTFUL),
        (Domain("a", POOL.id, "", managed_login=False), None, "branding", LinkState.NOT_APPLICABLE),
        (Domain("a", POOL.id), False, "branding", LinkState.DOUBTFUL),
        (None, None, "branding", LinkState.NOT_REACHED),
    ],
)
def test_domain_and_branding(
    domain: Domain | None, branding: bool | None, key: str, expected: LinkState
) -> None:
    facts = replace(pool(domain="a" if domain else ""), domain=domain, branding=branding)
    assert state(explain(facts), key) is expected


@pytest.mark.parametrize("changes", [{"hosted": False}, {"callback_urls": ()}])
def test_no_login_pages_are_offered_for_a_client_of_programs(changes: dict[str, Any]) -> None:
    program = replace(CLIENT, oauth_flows=("client_credentials",), **changes)
    answer = explain(replace(FINE, client=program))
    offered = [fix for checked in answer.checks for fix in checked.fixes if fix.client is not None]
    assert offered == []
    people = explain(replace(FINE, client=replace(CLIENT, **changes)))
    assert [fix for checked in people.checks for fix in checked.fixes if fix.client is not None]
