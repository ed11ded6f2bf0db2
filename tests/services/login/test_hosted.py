"""A sign-in through the hosted login page, from the first look to the role, and every way it can break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.errors import InvalidValue, LoginTestRefused, NotPermitted, SessionEnded
from services.login.chain import Link, LinkState, Report, first_failure, holds
from services.login.hosted import Followups, HostedTests, come_back
from services.login.hosted_flow import CallbackAnswer, answer_in
from services.login.kept import KeptTokens
from services.store import login_tests
from services.store.columns import utc_now
from tests.fixtures.cognito import Cognito
from tests.fixtures.login import sign_in_at
from tests.services.login.conftest import CALLBACK, Change, World

CLIENT = "7h2brightwaterbillingdesk1"
WHO = "ines.pena"


def signed_in(world: World, username: str, tests: HostedTests, **changes: Any) -> tuple[str, Report]:
    """A whole test, the browser's part played with HTTP."""
    started = tests.begin(world.flow(**changes))
    assert started.waits, first_failure(tests.report(started.id).chain)  # type: ignore[union-attr]
    departure = tests.depart(started.id)
    answer = answer_in(sign_in_at(departure.address, username))
    assert come_back(world.store, answer.state, departure.browser, answer) == started.id
    report = tests.report(started.id)
    assert report is not None
    return started.id, report


def broken(world: World, **changes: Any) -> Link:
    """What a test that can't even begin says."""
    tests, _ = world.of("sam")
    started = tests.begin(world.flow(**changes))
    assert not started.waits
    report = tests.report(started.id)
    assert report is not None
    found = first_failure(report.chain)
    assert found is not None
    assert report.chain[-1].state is LinkState.NOT_REACHED
    return found


@pytest.fixture(scope="module")
def billing_person(cognito: Cognito) -> str:
    """Somebody active who is in billing and nowhere else that gives a role."""
    cognito.client().admin_add_user_to_group(
        UserPoolId=cognito.staff, Username="rolf.vogt", GroupName="billing"
    )
    return "rolf.vogt"


def test_a_whole_sign_in_ends_in_green_links_and_the_role(world: World, billing_person: str) -> None:
    tests, session = world.of("sam")
    id, report = signed_in(world, billing_person, tests)
    assert holds(report.chain), [link for link in report.chain if link.state == "failed"]
    assert report.chain[-1].sentence == "clerk, through billing."
    assert [token.title for token in report.tokens] == ["ID token", "Access token"]
    assert "rolf.vogt" in report.person
    states = {link.key: link.state for link in report.tokens[0].checks}
    assert states["nonce"] is states["at-hash"] is LinkState.PASSED
    (line,) = world.store.activity.search(action="login_test")
    assert line.operator_name == "sam"
    assert line.after["role"] == "clerk"
    assert KeptTokens(world.store).get(id, session) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"pkce": False},
        {"auth_method": "client_secret_post"},
        {"response_mode": True, "language": "de", "login_hint": "rolf.vogt"},
        {"application": "Field service"},
    ],
    ids=["no PKCE", "post", "all options", "public client"],
)
def test_each_way_of_asking_works(world: World, billing_person: str, changes: dict[str, Any]) -> None:
    _, report = signed_in(world, billing_person, world.of("sam")[0], **changes)
    links = {link.key: link.state for link in report.chain}
    assert links["in-time"] is LinkState.PASSED


def test_fields_typed_by_hand_work_and_their_secret_is_sealed_then_erased(
    world: World, billing_person: str, cognito: Cognito
) -> None:
    secret = cognito.client().describe_user_pool_client(UserPoolId=cognito.staff, ClientId=CLIENT)[
        "UserPoolClient"
    ]["ClientSecret"]
    tests, _ = world.of("sam")
    id, report = signed_in(world, billing_person, tests, application_id="", secret=secret)
    assert holds(report.chain)
    assert secret not in str(world.store.login_tests.result(id))
    assert world.store.login_tests.pending(id) is None


def test_someone_in_no_allowed_group_is_told_so(world: World) -> None:
    _, report = signed_in(world, "k.sorensen.test", world.of("sam")[0])
    found = first_failure(report.chain)
    assert found is not None
    assert found.key == "allowed-group"
    assert "add them to billing" in found.fix


class TestBrokenSetUps:
    @pytest.fixture(autouse=True)
    def as_it_was(self, change_client: Change, cognito: Cognito) -> Iterator[None]:
        read = cognito.client().describe_user_pool_client(UserPoolId=cognito.staff, ClientId=CLIENT)
        before = read["UserPoolClient"]
        yield
        names = ("AllowedOAuthFlows", "AllowedOAuthScopes", "CallbackURLs", "AllowedOAuthFlowsUserPoolClient")
        change_client(CLIENT, **{name: before[name] for name in names})

    def test_a_callback_that_is_not_registered(self, world: World) -> None:
        link = broken(world, redirect_uri="https://elsewhere.example/callback")
        assert link.key == "callback"
        assert "https://elsewhere.example/callback" in link.fix
        assert CALLBACK in link.detail

    def test_what_the_client_lacks_can_be_put_right_where_the_test_ends(self, world: World) -> None:
        tests, _ = world.of("sam")
        started = tests.begin(world.flow(redirect_uri="https://elsewhere.example/callback"))
        report = tests.report(started.id)
        assert report is not None
        (fix,) = tests.fixes(report)
        (edit,) = fix.edits
        assert (edit.setting, edit.value) == ("CallbackURLs", "https://elsewhere.example/callback")

    def test_a_flow_that_is_off(self, world: World, change_client: Change) -> None:
        change_client(CLIENT, AllowedOAuthFlows=["implicit"])
        assert "Authorization code grant" in broken(world).fix

    def test_a_scope_that_is_not_allowed(self, world: World) -> None:
        link = broken(world, scopes=("openid", "phone"))
        assert "one of the scopes: phone" in link.sentence
        assert "Scopes" in link.fix

    def test_an_identity_provider_that_the_client_does_not_offer(self, world: World) -> None:
        assert (
            "doesn't offer the identity provider Nobody" in broken(world, identity_provider="Nobody").sentence
        )

    def test_a_client_with_a_secret_that_is_not_set_here(self, world: World) -> None:
        assert "has a secret" in broken(world, auth_method="none").sentence

    def test_a_client_that_does_not_exist(self, world: World) -> None:
        link = broken(world, client_id="nobodys0client")
        assert "no app client nobodys0client" in link.sentence
        assert "client ID" in link.fix

    def test_the_login_page_itself_is_asked_where_settings_cannot_be_read(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(HostedTests, "_by_settings", lambda *_: None)
        assert "doesn't accept the callback URL" in broken(world, redirect_uri="https://x.example/").sentence
        assert "one of the scopes" in broken(world, scopes=("openid", "phone")).sentence

    def test_the_discovery_of_another_pool(self, world: World) -> None:
        application = next(
            application
            for application in world.store.applications.list()
            if application.name == "Billing desk"
        )
        wrong = application.discovery_url.replace("_Brt4Staff", "_Wtr7Cust2")
        world.store.applications.update(replace(application, discovery_url=wrong))
        link = broken(world)
        assert link.key == "discovery"
        assert "not of the pool staff" in link.sentence
        assert application.discovery_url in link.fix

    def test_a_wrong_secret(self, world: World, billing_person: str) -> None:
        application = next(
            application
            for application in world.store.applications.list()
            if application.name == "Billing desk"
        )
        world.store.applications.update(replace(application, secret="not the secret"))
        _, report = signed_in(world, billing_person, world.of("sam")[0])
        found = first_failure(report.chain)
        assert found is not None
        assert (found.key, found.detail) == ("code", "invalid_client")
        assert "secret is wrong" in found.sentence

    def test_a_pool_without_hosted_login_page(self, world: World, cognito: Cognito) -> None:
        client = cognito.client()
        client.delete_user_pool_domain(Domain="brightwater-staff", UserPoolId=cognito.staff)
        try:
            link = broken(world)
        finally:
            client.create_user_pool_domain(Domain="brightwater-staff", UserPoolId=cognito.staff)
        assert "no hosted login page" in link.sentence
        assert "domain" in link.fix


def test_what_the_provider_refuses_on_the_way_back_is_explained(world: World) -> None:
    tests, _ = world.of("sam")
    started = tests.begin(world.flow())
    departure = tests.depart(started.id)
    state = str(world.store.login_tests.pending(started.id)["state"])  # type: ignore[index]
    come_back(
        world.store, state, departure.browser, CallbackAnswer(state, error="access_denied", description="No!")
    )
    report = tests.report(started.id)
    assert report is not None
    assert "refused or cancelled" in report.chain[2].sentence
    assert "It says: No!" in report.chain[2].sentence


def test_an_answer_of_an_identity_provider_that_the_pool_cannot_use_leads_to_its_settings(
    world: World,
) -> None:
    tests, _ = world.of("sam")
    started = tests.begin(world.flow(identity_provider="Okta"))
    departure = tests.depart(started.id)
    state = str(world.store.login_tests.pending(started.id)["state"])  # type: ignore[index]
    said = CallbackAnswer(state, error="invalid_request", description="invalid_client")
    come_back(world.store, state, departure.browser, said)
    report = tests.report(started.id)
    assert report is not None
    link = next(link for link in report.chain if link.key == "signed-in")
    assert "The pool couldn't use what Okta answered." in link.sentence
    assert "client secret" in link.fix
    assert "Configuration → Identity providers" in link.fix


def test_a_code_that_is_no_good_is_explained(world: World) -> None:
    tests, _ = world.of("sam")
    started = tests.begin(world.flow())
    departure = tests.depart(started.id)
    state = str(world.store.login_tests.pending(started.id)["state"])  # type: ignore[index]
    come_back(world.store, state, departure.browser, CallbackAnswer(state, code="made-up"))
    report = tests.report(started.id)
    assert report is not None
    assert report.chain[3].detail == "invalid_grant"
    assert "five minutes" in report.chain[3].sentence


# the one-time state


def test_a_state_counts_once(world: World, billing_person: str) -> None:
    tests, _ = world.of("sam")
    started = tests.begin(world.flow())
    departure = tests.depart(started.id)
    answer = answer_in(sign_in_at(departure.address, billing_person))
    come_back(world.store, answer.state, departure.browser, answer)
    with pytest.raises(LoginTestRefused, match="taken already"):
        come_back(world.store, answer.state, departure.browser, answer)
    with pytest.raises(LoginTestRefused, match="over"):
        tests.pasted(started.id, f"{CALLBACK}?code={answer.code}&state={answer.state}")


def test_a_state_that_nobody_gave_out_is_refused(world: World) -> None:
    for state in ("", "made-up"):
        with pytest.raises(LoginTestRefused, match="Nothing in this console waits for this answer"):
            come_back(world.store, state, "", CallbackAnswer(state, code="x"))


def test_a_state_brought_by_another_browser_is_refused_and_the_owner_can_still_finish(
    world: World, billing_person: str
) -> None:
    sam, _ = world.of("sam")
    max_, _ = world.of("max")
    of_sam, of_max = sam.begin(world.flow()), max_.begin(world.flow())
    to_sam, to_max = sam.depart(of_sam.id), max_.depart(of_max.id)
    answer = answer_in(sign_in_at(to_sam.address, billing_person))
    with pytest.raises(LoginTestRefused, match="This browser didn't begin"):
        come_back(world.store, answer.state, to_max.browser, answer)
    with pytest.raises(LoginTestRefused, match="isn't the answer to this test"):
        max_.pasted(of_max.id, f"{CALLBACK}?code={answer.code}&state={answer.state}")
    assert come_back(world.store, answer.state, to_sam.browser, answer) == of_sam.id


def test_a_test_and_its_result_belong_to_one_session(world: World, billing_person: str) -> None:
    sam, session = world.of("sam")
    id, _ = signed_in(world, billing_person, sam)
    for other in (world.of("max")[0], world.of("sam")[0]):
        for look in (other.report, other.waiting, other.depart):
            with pytest.raises(LoginTestRefused, match="belongs to another"):
                look(id)
    other_session = world.of("max")[1]
    assert KeptTokens(world.store).get(id, other_session) is None
    assert KeptTokens(world.store).get(id, session) is not None


def test_a_state_older_than_five_minutes_is_refused_and_what_it_held_is_erased(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests, _ = world.of("sam")
    started = tests.begin(world.flow(application_id="", secret="typed by hand"))
    departure = tests.depart(started.id)
    state = str(world.store.login_tests.pending(started.id)["state"])  # type: ignore[index]
    later = utc_now() + timedelta(minutes=5, seconds=1)
    monkeypatch.setattr(login_tests, "utc_now", lambda: later)
    with pytest.raises(LoginTestRefused, match="more than five minutes"):
        come_back(world.store, state, departure.browser, CallbackAnswer(state, code="x"))
    world.store.login_tests.sweep()
    monkeypatch.undo()
    assert world.store.login_tests.pending(started.id) is None


def test_an_answer_for_someone_who_signed_out_or_lost_the_role_is_refused(world: World) -> None:
    tests, session = world.of("sam")
    started = tests.begin(world.flow())
    departure = tests.depart(started.id)
    state = str(world.store.login_tests.pending(started.id)["state"])  # type: ignore[index]
    world.store.operators.update(world.cast["sam"].id, role="auditor")
    with pytest.raises(NotPermitted):
        come_back(world.store, state, departure.browser, CallbackAnswer(state, code="x"))
    world.store.operators.update(world.cast["sam"].id, role="support")
    world.store.sessions.revoke(session)
    with pytest.raises(SessionEnded):
        come_back(world.store, state, departure.browser, CallbackAnswer(state, code="x"))


def test_an_auditor_begins_no_test(world: World) -> None:
    with pytest.raises(NotPermitted):
        world.of("ada")[0].begin(world.flow())


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/.well-known/openid-configuration",
        "http://169.254.169.254/eu-west-1_Brt4Staff/.well-known/openid-configuration",
        "file:///etc/passwd",
    ],
)
def test_no_address_is_read_that_no_administrator_set_up(world: World, address: str) -> None:
    with pytest.raises(InvalidValue, match="neither the pool's"):
        world.of("sam")[0].begin(world.flow(discovery_url=address))


def test_the_address_that_the_browser_ended_on_can_be_pasted(world: World, billing_person: str) -> None:
    tests, _ = world.of("sam")
    mine = "https://billing.brightwater.example/oauth/v2/callback"
    started = tests.begin(world.flow(redirect_uri=mine, comes_back=False))
    address = sign_in_at(tests.depart(started.id).address, billing_person)
    assert address.startswith(mine)
    for wrong in ("", "https://x.example/", "https://x.example/?code=1&state=made-up", "x" * 9000):
        with pytest.raises(LoginTestRefused):
            tests.pasted(started.id, wrong)
    assert holds(tests.pasted(started.id, address).chain)


def test_user_info_refresh_revoke_and_sign_out_can_be_tried(world: World, billing_person: str) -> None:
    tests, session = world.of("sam")
    id, _ = signed_in(world, billing_person, tests)
    after = Followups(world.store, tests._who, session, id)
    info = after.user_info()
    assert info.link.state is LinkState.PASSED
    assert "sub" in {line.name for line in info.claims}
    fresh = after.refresh()
    assert fresh.link.state is LinkState.PASSED, fresh.link
    assert fresh.reports
    assert after.revoke().link.state is LinkState.PASSED
    again = after.refresh()
    assert again.link.state is LinkState.FAILED
    assert "isn't good any more" in again.link.sentence
    assert "logout_uri=" in after.logout_address("http://localhost:8501/login_test")
    after.forget()
    with pytest.raises(LoginTestRefused, match="gone"):
        after.user_info()


def test_nothing_secret_is_left_in_the_database_or_the_log(
    world: World, billing_person: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    tests, session = world.of("sam")
    started = tests.begin(world.flow(application_id="", secret="typed-by-hand-secret"))
    departure = tests.depart(started.id)
    pending = dict(world.store.login_tests.pending(started.id) or {})
    answer = answer_in(sign_in_at(departure.address, billing_person))
    come_back(world.store, answer.state, departure.browser, answer)
    id, _ = signed_in(world, billing_person, tests)
    tokens = KeptTokens(world.store).get(id, session)
    assert tokens is not None
    secrets = [
        "typed-by-hand-secret",
        answer.code,
        answer.state,
        departure.browser,
        pending["nonce"],
        pending["verifier"],
        tokens.id_token,
        tokens.access_token,
        tokens.refresh_token,
        tokens.id_token.split(".")[2],
    ]
    stored = "".join(str(row) for row in _rows(world.store)) + str(world.store.login_tests.result(id))
    stored += str([line.after for line in world.store.activity.search()])
    # the emulator itself runs in this process too
    emulator = ("authlib.oauth2.rfc6749", "demo", "werkzeug")
    ours = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith(emulator))
    for secret in secrets:
        assert len(secret) > 10
        assert secret not in stored
        assert secret not in ours
        assert secret not in repr(tokens) + repr(departure) + repr(answer)


def _rows(store: Any) -> list[Any]:
    from sqlalchemy import text  # noqa: PLC0415

    with store.database.read() as db:
        found: list[Any] = []
        for table in ("login_tests", "activity", "sessions", "settings"):
            found += db.execute(text(f"SELECT * FROM {table}")).all()
        return found
