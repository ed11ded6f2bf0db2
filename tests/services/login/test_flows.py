"""Signing in through the API, step by step, against the embedded Cognito and against a fake AWS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from moto.cognitoidp.utils import cognito_totp

from demo.backend import backend_of
from demo.install import install_pools
from demo.people import PASSWORD
from demo.pools import BILLING_DESK, STAFF_ID
from services.access.sessions import browser_actor
from services.cognito.connection import ConnectionSettings, StaticKeys
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.errors import InvalidValue, LoginTestRefused, NotPermitted
from services.login.chain import LinkState, first_failure, holds
from services.login.flow_steps import FlowProgress, found
from services.login.flows import ApiTests
from services.login.kept import KeptSignIns, KeptTokens
from services.login.sign_in_flow import SignInFlow
from services.login.tokens import KEYS
from services.pool_session import open_pool_session
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.vault import KeyRing, new_key
from tests.fixtures.cognito import Cognito
from tests.fixtures.store import make_cast
from tests.services.cognito.fake_aws import RESET, FakeAws, fake_aws, ok, refusal
from tests.services.login.conftest import World

SESSION = "a-session-of-more-than-20-characters"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, cognito: Cognito) -> Iterator[World]:
    """One store for the whole file; tests look at the newest lines of its log."""
    KEYS.forget()
    folder = tmp_path_factory.mktemp("api-flows")
    with open_store(f"sqlite:///{folder / 'console.db'}", KeyRing((new_key(),))) as store:
        install_pools(store, cognito.url)
        yield World(store, make_cast(store))


@pytest.fixture
def tests_of(world: World) -> Callable[..., ApiTests]:
    """Login tests of one of the cast on the staff's pool."""

    def make(who: str = "sam") -> ApiTests:
        _, session_id = world.of(who)
        actor = browser_actor(world.store, session_id)
        opened = open_pool_session(world.store, world.store.pools.by_name("staff"), actor)
        return ApiTests(world.store, opened, actor, session_id)

    return make


@pytest.fixture
def begin(tests_of: Callable[..., ApiTests], world: World) -> Callable[..., tuple[ApiTests, FlowProgress]]:
    """Begins a sign-in: `begin("rolf.vogt", Way.SRP)`."""

    def go(
        username: str,
        flow: SignInFlow = SignInFlow.SRP,
        password: str = PASSWORD,
        app: str = "Billing desk",
        **changed: Any,
    ) -> tuple[ApiTests, FlowProgress]:
        tests = tests_of()
        application = next(
            application for application in world.store.applications.list() if application.name == app
        )
        subject = replace(tests.subject(application, username), **changed)
        return tests, tests.begin(subject, flow, password)

    return go


def failed_at(progress: FlowProgress) -> tuple[str, str]:
    assert progress.report is not None
    link = first_failure(progress.report.chain)
    assert link is not None
    return link.key, link.sentence


def person(username: str) -> Any:
    return backend_of("eu-west-1").user_pools[STAFF_ID].users[username]


def code(secret: str) -> str:
    return str(cognito_totp(secret).generate(int(time.time())).decode())


# In


@pytest.mark.parametrize(
    ("flow", "app"),
    [(SignInFlow.SRP, "Billing desk"), (SignInFlow.ADMIN, "Billing desk"), (SignInFlow.SRP, "Field service"),
     (SignInFlow.PASSWORD, "Field service"), (SignInFlow.CHOICE, "Field service")],
)  # fmt: skip
def test_the_right_password_ends_in_a_green_chain(
    begin: Any, world: World, flow: SignInFlow, app: str
) -> None:
    who = "kirsten"  # in auditors, which both applications let in
    _, progress = begin(who, flow, app=app)
    assert progress.report is not None
    assert holds(progress.report.chain), failed_at(progress)
    assert [link.key for link in progress.report.chain] == [
        *("flow", "client-secret", "password", "signed-in"),
        *("signed-by-pool", "for-client", "in-time", "allowed-group", "role"),
    ]
    assert progress.report.chain[-1].detail == "reader"
    line = world.store.activity.search(action="login_test")[0]
    assert line.after["result"] == "signed in"
    assert line.after["person"] == who


def test_no_secret_is_left_anywhere(begin: Any, world: World) -> None:
    tests, progress = begin("kirsten", SignInFlow.ADMIN)
    session = tests._session_id
    secret = backend_of("eu-west-1").user_pools[STAFF_ID].clients[BILLING_DESK.own_id].secret
    waiting = KeptSignIns(world.store).get(progress.id, session)
    assert waiting is not None
    tokens = KeptTokens(world.store).get(progress.id, session)
    assert tokens is not None
    said = repr(progress) + repr(waiting) + repr(world.store.activity.search())
    for hidden in (PASSWORD, secret, tokens.id_token, tokens.access_token, tokens.refresh_token):
        assert hidden
        assert hidden not in said


def test_tokens_can_be_refreshed_and_revoked(begin: Any) -> None:
    tests, progress = begin("kirsten")
    link, reports = tests.refresh(progress.id)
    assert link.state is LinkState.PASSED
    assert [report.title for report in reports] == ["ID token", "Access token"]
    assert tests.revoke(progress.id).state is LinkState.DOUBTFUL  # the emulator has no RevokeToken
    with pytest.raises(LoginTestRefused):
        tests.refresh(progress.id)


def test_being_in_no_allowed_group_is_the_link_that_fails(begin: Any) -> None:
    _, progress = begin("ines.pena")
    assert failed_at(progress)[0] == "allowed-group"


# Not in


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("kirsten", "wrong-Passw0rd", "username or password are wrong"),
        ("toby.ashworth", PASSWORD, "disabled"),
        ("dana.petrova", PASSWORD, "never confirmed"),
        ("chidi.okafor", PASSWORD, "password was reset"),
        ("ann.lindqvist", PASSWORD, "temporary password is too old"),
        ("nobody.here", PASSWORD, "username or password are wrong"),
    ],
)
@pytest.mark.parametrize("flow", [SignInFlow.SRP, SignInFlow.ADMIN])
def test_each_refusal_has_its_own_sentence(
    begin: Any, flow: SignInFlow, username: str, password: str, words: str
) -> None:
    _, progress = begin(username, flow, password)
    key, sentence = failed_at(progress)
    assert key == "password"
    assert words in sentence


def test_wrong_passwords_are_counted_until_cognito_locks(begin: Any) -> None:
    person("ines.pena").wrong_passwords = (0, None)
    counts = [begin("ines.pena", password="wrong")[1].wrong for _ in range(5)]
    assert counts == [1, 2, 3, 4, 5]
    tests, progress = begin("ines.pena")
    assert "Too many wrong passwords" in failed_at(progress)[1]
    assert tests.wrong_passwords("ines.pena") == 5
    wrong, last = person("ines.pena").wrong_passwords
    person("ines.pena").wrong_passwords = (0, last)
    begin("ines.pena")
    assert wrong == 5
    assert tests.wrong_passwords("ines.pena") == 0


def test_wrong_passwords_are_one_persons_whatever_they_typed_and_whichever_process_sent_them(
    begin: Any, world: World
) -> None:
    person("rolf.vogt").wrong_passwords = (0, None)
    begin("rolf.vogt", password="wrong")
    tests, progress = begin(person("rolf.vogt").id, SignInFlow.ADMIN, "wrong")
    assert progress.wrong == 2
    assert tests.wrong_passwords("rolf.vogt") == tests.wrong_passwords(person("rolf.vogt").id) == 2
    assert tests.wrong_passwords("megan.hughes") == 0
    assert world.store.activity.search(limit=1)[0].after["password"] == "wrong"


def test_wrong_passwords_of_names_that_nobody_has_are_counted_by_the_name(begin: Any) -> None:
    names = ("nobody.else", "nobody.at.all", "nobody.else")
    assert [begin(name, password="wrong")[1].wrong for name in names] == [1, 1, 2]


def test_wrong_passwords_are_forgotten_after_an_hour(begin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tests, _ = begin("somebody.once", password="wrong")
    assert tests.wrong_passwords("somebody.once") == 1
    later = utc_now() + timedelta(minutes=61)
    monkeypatch.setattr("services.login.flows.utc_now", lambda: later)
    assert tests.wrong_passwords("somebody.once") == 0


def test_a_client_without_the_flow_is_told_before_anything_is_sent(begin: Any) -> None:
    before = getattr(person("kirsten"), "wrong_passwords", None)
    _, progress = begin("kirsten", SignInFlow.PASSWORD, "wrong")
    key, sentence = failed_at(progress)
    assert key == "flow"
    assert "nothing was sent" in sentence
    assert "Administrator, SRP" in sentence
    assert getattr(person("kirsten"), "wrong_passwords", None) == before


@pytest.mark.parametrize(
    ("secret", "app", "words"),
    [
        ("", "Billing desk", "set up here without one"),
        ("something", "Field service", "public client"),
        ("wrongsecretwrongsecretwrong", "Billing desk", "secret is wrong"),
    ],
)
def test_a_wrong_set_up_of_the_secret_is_named(begin: Any, secret: str, app: str, words: str) -> None:
    _, progress = begin("kirsten", app=app, secret=secret)
    key, sentence = failed_at(progress)
    assert key == "client-secret"
    assert words in sentence


def test_people_from_another_provider_have_no_password_to_try(begin: Any) -> None:
    _, progress = begin("Okta_mira.petrova@brightwater.example")
    assert failed_at(progress)[0] == "person"


def test_an_empty_or_endless_password_is_no_try(begin: Any, world: World) -> None:
    before = len(world.store.activity.search(action="login_test"))
    for password in ("", "x" * 257):
        with pytest.raises(InvalidValue):
            begin("kirsten", password=password)
    assert len(world.store.activity.search(action="login_test")) == before


def test_auditors_may_not_test_logins(tests_of: Callable[..., ApiTests], world: World) -> None:
    application = world.store.applications.list()[0]
    with pytest.raises(NotPermitted):
        tests_of("ada").subject(application, "kirsten")


def test_a_test_belongs_to_its_session(begin: Any, tests_of: Callable[..., ApiTests]) -> None:
    _, progress = begin("bo.li")
    other = tests_of("max")
    assert other.progress(progress.id) is None
    with pytest.raises(LoginTestRefused):
        other.answer(progress.id, {})


# Steps


def test_a_temporary_password_is_changed_through_the_one_path(begin: Any, world: World) -> None:
    person("bo.li").delete_attributes(["family_name"])
    tests, progress = begin("bo.li")
    asked = progress.question
    assert asked is not None
    assert [field.name for field in asked.fields] == ["NEW_PASSWORD", "again", "userAttributes.family_name"]
    assert "becomes the person's password" in asked.changes
    assert 170 < progress.until - time.time() <= 180
    typed = {"NEW_PASSWORD": "A-brand-new-1", "again": "other", "userAttributes.family_name": "Li"}
    with pytest.raises(InvalidValue, match="differ"):
        tests.answer(progress.id, typed)
    with pytest.raises(InvalidValue, match="password policy"):
        tests.answer(progress.id, {**typed, "NEW_PASSWORD": "short", "again": "short"})
    progress = tests.answer(progress.id, {**typed, "again": "A-brand-new-1"})
    assert progress.report is not None
    assert holds(progress.report.chain), failed_at(progress)
    assert person("bo.li").attribute_lookup["family_name"] == "Li"
    changed = world.store.activity.search(action="choose_password")
    assert [str(line.result) for line in changed] == ["done", "failed"]
    assert changed[0].after["attributes"] == {"family_name": "Li"}
    assert "A-brand-new-1" not in repr(changed)
    person("bo.li").password, person("bo.li").status = PASSWORD, "FORCE_CHANGE_PASSWORD"


def test_the_admins_way_changes_it_as_an_admin(begin: Any, world: World) -> None:
    tests, progress = begin("bo.li", SignInFlow.ADMIN)
    tests.answer(progress.id, {"NEW_PASSWORD": "A-brand-new-1", "again": "A-brand-new-1"})
    line = world.store.activity.search(action="choose_password_as_admin")[0]
    assert str(line.result) == "done"


def test_a_wrong_code_may_be_typed_again(begin: Any) -> None:
    tests, progress = begin("megan.hughes")
    assert progress.question is not None
    assert progress.question.challenge == "SOFTWARE_TOKEN_MFA"
    with pytest.raises(InvalidValue, match="code is wrong"):
        tests.answer(progress.id, {"SOFTWARE_TOKEN_MFA_CODE": "000000"})
    with pytest.raises(InvalidValue, match="digits only"):
        tests.answer(progress.id, {"SOFTWARE_TOKEN_MFA_CODE": "12 34"})
    progress = tests.answer(progress.id, {"SOFTWARE_TOKEN_MFA_CODE": code("asdfasdfasdf")})
    assert progress.report is not None
    assert holds([link for link in progress.report.chain if link.key != "role"])


def test_an_authenticator_app_is_set_up_and_logged(begin: Any, world: World) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    pool.mfa_config = "ON"
    try:
        tests, progress = begin("kirsten")
        assert progress.question is not None
        address = urlsplit(progress.question.totp)
        assert (address.scheme, address.netloc) == ("otpauth", "totp")
        secret = parse_qs(address.query)["secret"][0]
        assert secret not in repr(progress)
        with pytest.raises(InvalidValue, match="code is wrong"):
            tests.answer(progress.id, {"code": "000000"})
        progress = tests.answer(progress.id, {"code": code(secret)})
        assert progress.report is not None
        assert holds(progress.report.chain), failed_at(progress)
    finally:
        pool.mfa_config = "OPTIONAL"
        person("kirsten").software_token_mfa_enabled = False
    lines = world.store.activity.search(action="set_up_totp")
    assert [str(line.result) for line in lines] == ["done", "failed"]


def test_a_factor_is_chosen_among_those_offered(begin: Any) -> None:
    user = person("kirsten")
    user.sms_mfa_enabled = user.software_token_mfa_enabled = True
    user.preferred_mfa_setting = ""
    try:
        tests, progress = begin("kirsten")
        assert progress.question is not None
        assert set(progress.question.fields[0].options) == {"SMS_MFA", "SOFTWARE_TOKEN_MFA"}
        with pytest.raises(InvalidValue, match="one of those offered"):
            tests.answer(progress.id, {"ANSWER": "EMAIL_OTP"})
        progress = tests.answer(progress.id, {"ANSWER": "SMS_MFA"})
        sent = backend_of("eu-west-1").user_pools[STAFF_ID].messages[-1]
        progress = tests.answer(progress.id, {"SMS_MFA_CODE": sent.code})
        assert progress.report is not None
        assert holds(progress.report.chain)
    finally:
        user.sms_mfa_enabled = user.software_token_mfa_enabled = False


@pytest.mark.parametrize("choice", ["PASSWORD", "PASSWORD_SRP"])
def test_the_first_step_is_chosen_where_cognito_lets_people(begin: Any, choice: str) -> None:
    tests, progress = begin("kirsten", SignInFlow.CHOICE, "", "Field service")
    assert progress.question is not None
    assert set(progress.question.fields[0].options) == {"PASSWORD", "PASSWORD_SRP"}
    with pytest.raises(InvalidValue, match="Enter the password"):
        tests.answer(progress.id, {"ANSWER": choice, "PASSWORD": ""})
    progress = tests.answer(progress.id, {"ANSWER": choice, "PASSWORD": PASSWORD})
    assert progress.report is not None
    assert holds(progress.report.chain), failed_at(progress)


def test_a_step_has_its_time(begin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tests, progress = begin("megan.hughes")
    late = progress.until + 1
    monkeypatch.setattr("services.login.flows.time.time", lambda: late)
    progress = tests.answer(progress.id, {"SOFTWARE_TOKEN_MFA_CODE": "123456"})
    assert "time for this step is over" in failed_at(progress)[1]


def test_what_was_left_half_done_is_logged_as_that(begin: Any, world: World) -> None:
    tests, progress = begin("megan.hughes")
    tests.give_up(progress.id)
    assert tests.progress(progress.id) is None
    line = world.store.activity.search(action="login_test")[0]
    assert line.after["result"] == "left at: Second factor"


# Challenges that the embedded Cognito lacks


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    with fake_aws() as running:
        pool = {"Id": STAFF_ID, "Name": "Staff"}
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]
        client = {"ClientId": "client1", "ClientName": "app", "ExplicitAuthFlows": flows}
        running.replies["DescribeUserPool"].extend([ok(UserPool=pool)] * 20)
        running.replies["DescribeUserPoolClient"].extend([ok(UserPoolClient=client)] * 20)
        running.replies["ListUsers"].extend([ok(Users=[])] * 20)
        yield running


@pytest.fixture
def faked(aws: FakeAws, tests_of: Callable[..., ApiTests]) -> ApiTests:
    tests = tests_of()
    settings = ConnectionSettings("eu-west-1", aws.url, credentials=StaticKeys("AKIAFAKE", "s"))
    gateway = CognitoGateway(settings, STAFF_ID, limiter=Unpaced(), attempts=1)
    tests._pool_session = replace(tests._pool_session, gateway=gateway)
    return tests


def asked(challenge: str, **parameters: str) -> Any:
    return ok(ChallengeName=challenge, Session=SESSION, ChallengeParameters=parameters)


def at(faked: ApiTests, aws: FakeAws, *answers: Any) -> FlowProgress:
    aws.answer("InitiateAuth", answers[0])
    for answer in answers[1:]:
        aws.answer("RespondToAuthChallenge", answer)
    return faked.begin(faked.subject_of_client("client1", "ann"), SignInFlow.PASSWORD, PASSWORD)


def last(aws: FakeAws, operation: str = "RespondToAuthChallenge") -> dict[str, Any]:
    return next(call.parameters for call in reversed(aws.seen) if call.operation == operation)


@pytest.mark.parametrize(
    ("challenge", "key"),
    [("SMS_MFA", "SMS_MFA_CODE"), ("EMAIL_OTP", "EMAIL_OTP_CODE"), ("SMS_OTP", "SMS_OTP_CODE")],
)
def test_codes_by_message_say_where_they_went(
    faked: ApiTests, aws: FakeAws, challenge: str, key: str
) -> None:
    denied = refusal("ExpiredCodeException", "Code expired")
    progress = at(faked, aws, asked(challenge, CODE_DELIVERY_DESTINATION="a***@e***"), denied)
    assert progress.question is not None
    assert "a***@e***" in progress.question.about
    progress = faked.answer(progress.id, {key: "123456"})
    assert last(aws)["ChallengeResponses"] == {"USERNAME": "ann", key: "123456"}
    assert last(aws)["Session"] == SESSION
    assert "code is too old" in failed_at(progress)[1]


def test_a_password_that_nobody_gave_is_not_said_to_be_taken(faked: ApiTests, aws: FakeAws) -> None:
    aws.answer("InitiateAuth", asked("EMAIL_OTP", CODE_DELIVERY_DESTINATION="a***@e***"))
    aws.answer("RespondToAuthChallenge", refusal("NotAuthorizedException", "Invalid session for the user."))
    progress = faked.begin(faked.subject_of_client("client1", "ann"), SignInFlow.CHOICE, "")
    assert progress.question is not None
    assert "password" not in {link.key for link in progress.links}
    progress = faked.answer(progress.id, {"EMAIL_OTP_CODE": "123456"})
    assert "password" not in {link.key for link in progress.links}


def test_the_pools_own_question_is_asked_in_its_own_words(faked: ApiTests, aws: FakeAws) -> None:
    again = asked("CUSTOM_CHALLENGE", captchaUrl="https://x.example/2.png", USERNAME="ann")
    done = refusal("NotAuthorizedException", "Incorrect username or password.")
    progress = at(faked, aws, asked("CUSTOM_CHALLENGE", captchaUrl="https://x.example/1.png"), again, done)
    assert progress.question is not None
    assert "captchaUrl: https://x.example/1.png" in progress.question.about
    progress = faked.answer(progress.id, {"ANSWER": "4711"})
    assert progress.question is not None
    assert "2.png" in progress.question.about
    assert last(aws)["ChallengeResponses"]["ANSWER"] == "4711"
    assert failed_at(faked.answer(progress.id, {"ANSWER": "0815"}))[0] == "custom-challenge"


def test_a_remembered_device_is_asked_for_its_own_proof(faked: ApiTests, aws: FakeAws) -> None:
    second = asked("DEVICE_PASSWORD_VERIFIER", SRP_B="ab12", SALT="cd", SECRET_BLOCK="AAAA", USERNAME="ann")
    progress = at(faked, aws, asked("DEVICE_SRP_AUTH"), second, refusal("NotAuthorizedException", "no"))
    typed = {"DEVICE_KEY": "eu-west-1_dev", "device_group_key": "grp", "device_password": "device-pass"}
    faked.answer(progress.id, typed)
    first, then = [call.parameters for call in aws.seen if call.operation == "RespondToAuthChallenge"]
    assert set(first["ChallengeResponses"]) == {"USERNAME", "DEVICE_KEY", "SRP_A"}
    assert {"PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP", "DEVICE_KEY"} <= set(then["ChallengeResponses"])
    assert "device-pass" not in str(aws.seen)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (asked("WEB_AUTHN"), "passkey"),
        (asked("SOMETHING_NEW"), "SOMETHING_NEW"),
        (asked("MFA_SETUP", MFAS_CAN_SETUP='["SMS_MFA"]'), "none of it can be set up from here"),
        (asked("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE="broken"), "can't answer"),
    ],
)
def test_what_cannot_be_answered_here_is_said(faked: ApiTests, aws: FakeAws, answer: Any, words: str) -> None:
    assert words in failed_at(at(faked, aws, answer))[1]


def test_an_answer_that_never_came_is_not_sent_again(faked: ApiTests, aws: FakeAws) -> None:
    progress = at(faked, aws, asked("SMS_MFA"), RESET)
    assert "may or may not" in failed_at(faked.answer(progress.id, {"SMS_MFA_CODE": "123456"}))[1]
    assert len([call for call in aws.seen if call.operation == "RespondToAuthChallenge"]) == 1


def test_somebody_who_cannot_be_looked_up_is_not_changed(faked: ApiTests, aws: FakeAws) -> None:
    progress = at(faked, aws, asked("NEW_PASSWORD_REQUIRED"))
    progress = faked.answer(progress.id, {"NEW_PASSWORD": "A-brand-new-1", "again": "A-brand-new-1"})
    assert "can't be looked up" in failed_at(progress)[1]
    assert not [call for call in aws.seen if call.operation == "RespondToAuthChallenge"]


def test_somebody_is_known_under_their_alias_too(
    cognito: Cognito, empty_pool: Callable[..., str], world: World, tests_of: Callable[..., ApiTests]
) -> None:
    pool = empty_pool(AliasAttributes=["email"])
    mail = {"Name": "email", "Value": "ann@example.com"}
    cognito.client().admin_create_user(UserPoolId=pool, Username="ann", UserAttributes=[mail])
    gateway = CognitoGateway(cognito.settings(), pool, limiter=Unpaced())
    known = found(replace(tests_of()._pool_session, gateway=gateway), "ann@example.com")
    assert known is not None
    assert known.username == "ann"
