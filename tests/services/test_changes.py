"""The one path for changes: permission, intent, call, result; and a look when no answer came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.changes import ChangePath, Performed
from services.cognito import actions
from services.cognito.actions import (
    ACTIONS,
    Change,
    ChoosePassword,
    ChoosePasswordAsAdmin,
    CreateImportJob,
    SetUpTotp,
    StartImportJob,
    StopImportJob,
)
from services.cognito.app_clients import ClientEdit, ClientSetting, ClientSettings
from services.cognito.connection import ConnectionSettings, StaticKeys
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.models import PersonRef, UserStatus
from services.cognito.permit import PermitMissing
from services.cognito.providers import ProviderSettings
from services.errors import (
    DeliveryFailed,
    EndpointUnreachable,
    FollowUpFailed,
    NotPermitted,
    OutcomeUnknown,
    ReasonMissing,
    ServiceFault,
    SessionEnded,
    Throttled,
    TriggerFailed,
    UserExists,
    UserNotFound,
)
from services.note_rules import Demand, NoteRules
from services.roles import ROLE_PERMISSIONS, Actor, Origin, Role, allows
from services.store.activity import Activity, ActivityResult
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.cognito.fake_aws import (
    DONE_THEN_RESET,
    RESET,
    FakeAws,
    Reply,
    done_then,
    fake_aws,
    ok,
    page,
    refusal,
)

ANN = PersonRef("ann", "sub-of-ann", "ann@example.com")
SESSION = "Hunter2-Session-of-a-sign-in"
CLIENT = {
    "ClientId": "client1",
    "ClientName": "Billing",
    "AllowedOAuthFlowsUserPoolClient": True,
    "CallbackURLs": ["https://billing.example.com/cb"],
}
STAMP = ClientSettings(
    "client1", "Billing", {name: value for name, value in CLIENT.items() if name != "ClientId"}
).stamp
PROVIDER = {"ProviderName": "Company", "ProviderType": "OIDC", "ProviderDetails": {"client_id": "c"}}
PROVIDER_STAMP = ProviderSettings("Company", "OIDC", {"client_id": "c"}).stamp
SAMPLES: dict[type[Change], Change] = {
    actions.CreateUser: actions.CreateUser("bo", {"email": "bo@example.com"}, "Hunter2-Hunter2"),
    actions.ResendInvitation: actions.ResendInvitation(ANN, "Hunter2-Hunter2"),
    actions.UpdateAttributes: actions.UpdateAttributes(ANN, {"name": "Ann Ek"}),
    actions.ClearAttributes: actions.ClearAttributes(ANN, ("name",)),
    actions.EnableUser: actions.EnableUser(ANN),
    actions.DisableUser: actions.DisableUser(ANN),
    actions.DeleteUser: actions.DeleteUser(ANN),
    actions.SetPassword: actions.SetPassword(ANN, "Hunter2-Hunter2", True),
    actions.ResetPassword: actions.ResetPassword(ANN),
    actions.ConfirmUser: actions.ConfirmUser(ANN),
    actions.SignOutUser: actions.SignOutUser(ANN),
    actions.SetMfaPreference: actions.SetMfaPreference(ANN, "SMS_MFA"),
    actions.RemoveAuthenticator: actions.RemoveAuthenticator(ANN),
    actions.ForgetDevices: actions.ForgetDevices(ANN),
    actions.EndSession: actions.EndSession(ANN, "tkn0123456789012345678901234"),
    actions.JudgeSignIn: actions.JudgeSignIn(ANN, "event-1", own=False),
    actions.LinkIdentity: actions.LinkIdentity(ANN, "Okta", "00u7"),
    actions.UnlinkIdentity: actions.UnlinkIdentity(ANN, "Okta", "00u7"),
    actions.AddToGroup: actions.AddToGroup(ANN, "billing"),
    actions.RemoveFromGroup: actions.RemoveFromGroup(ANN, "billing"),
    actions.CreateGroup: actions.CreateGroup("new", "New", 3),
    actions.UpdateGroup: actions.UpdateGroup("billing", "Bills", 4),
    actions.DeleteGroup: actions.DeleteGroup("billing"),
    actions.UpdateClient: actions.UpdateClient(
        "client1", "Billing", (ClientEdit(ClientSetting.CALLBACK_URLS, "https://x.example.com/cb"),), STAMP
    ),
    actions.AddClientSecret: actions.AddClientSecret("client1", "Billing"),
    actions.DeleteClientSecret: actions.DeleteClientSecret("client1", "Billing", "client1--1"),
    actions.CreateProvider: actions.CreateProvider(
        "Company",
        {"oidc_issuer": "https://id.example.com", "client_id": "c"},
        {"email": "email"},
        secret={"client_secret": "Hunter2-Of-A-Provider"},
        kind="OIDC",
    ),
    actions.UpdateProvider: actions.UpdateProvider(
        "Company",
        {"oidc_issuer": "https://id.example.com", "client_id": "c"},
        {"email": "email"},
        secret={"client_secret": "Hunter2-Of-A-Provider"},
        stamp=PROVIDER_STAMP,
    ),
    actions.DeleteProvider: actions.DeleteProvider("Company"),
    CreateImportJob: CreateImportJob("spring", "arn:aws:iam::123456789012:role/logs", 20_000),
    StartImportJob: StartImportJob("import-1", "spring"),
    StopImportJob: StopImportJob("import-1", "spring"),
    ChoosePassword: ChoosePassword(ANN, "client1", "Hunter2-Secret", SESSION, "", "Hunter2-Hunter2"),
    ChoosePasswordAsAdmin: ChoosePasswordAsAdmin(ANN, "client1", "", SESSION, "", "Hunter2-Hunter2"),
    SetUpTotp: SetUpTotp(ANN, SESSION, "123456"),
}
LOOKING_FIRST = (
    actions.SetMfaPreference,
    actions.ForgetDevices,
    actions.LinkIdentity,
    actions.UnlinkIdentity,
)
"""Changes that read what is there before they send anything: nobody there, nothing sent."""


def actor(role: Role = Role.ADMIN) -> Actor:
    return Actor("op-1", "Ann Admin", role, Origin.BROWSER)


@pytest.fixture
def aws(cognito: Cognito) -> Iterator[FakeAws]:
    """A fake in front of the embedded Cognito: passes everything on unless told otherwise."""
    with fake_aws(behind=cognito.url) as running:
        yield running


@pytest.fixture
def pool(cognito: Cognito, empty_pool: Callable[..., str]) -> str:
    """A pool with ann, who has no password yet, and the group billing."""
    pool_id, client = empty_pool(), cognito.client()
    client.admin_create_user(
        UserPoolId=pool_id,
        Username="ann",
        MessageAction="SUPPRESS",
        TemporaryPassword="Abc-12345",
        UserAttributes=[
            {"Name": "email", "Value": "ann@example.com"},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "name", "Value": "A"},
        ],
    )
    client.create_group(UserPoolId=pool_id, GroupName="billing")
    return pool_id


@pytest.fixture
def gateway(aws: FakeAws, cognito: Cognito, pool: str) -> CognitoGateway:
    keys = StaticKeys("AKIAFAKEFAKEFAKEFAKE", "s")
    settings = ConnectionSettings(cognito.region, aws.url, credentials=keys, read_timeout=3.0)
    return CognitoGateway(settings, pool, limiter=Unpaced(), attempts=2)


@pytest.fixture
def ann(gateway: CognitoGateway) -> PersonRef:
    user = gateway.find_user(username="ann")
    assert user is not None
    return user.ref


@pytest.fixture
def path(gateway: CognitoGateway, store: Store) -> ChangePath:
    return ChangePath(gateway, store.activity, actor, "staff")


def lines(store: Store) -> list[Activity]:
    return store.activity.search()


def changing_calls(aws: FakeAws) -> list[str]:
    operations = {change.operation for change in ACTIONS.values()}
    return [call.operation for call in aws.seen if call.operation in operations]


def test_every_change_has_a_sample_here() -> None:
    assert set(SAMPLES) == set(ACTIONS.values())


# permission


@pytest.fixture(scope="module")
def refusing() -> Iterator[tuple[CognitoGateway, FakeAws]]:
    """A gateway to an AWS that knows nobody, and what a change has to read before it."""
    with fake_aws() as aws:
        aws.otherwise = refusal("UserNotFoundException")
        settings = ConnectionSettings("eu-west-1", aws.url, credentials=StaticKeys("AKIAFAKE", "s"))
        yield CognitoGateway(settings, "eu-west-1_Abc123456", limiter=Unpaced()), aws


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("change", SAMPLES.values(), ids=lambda change: change.action)
def test_a_role_may_make_exactly_the_changes_it_is_allowed(
    change: Change, role: Role, refusing: tuple[CognitoGateway, FakeAws], store: Store
) -> None:
    gateway, aws = refusing
    aws.seen.clear()
    aws.answer("DescribeUserPoolClient", ok(UserPoolClient=CLIENT))
    aws.answer("DescribeIdentityProvider", ok(IdentityProvider=PROVIDER))
    path = ChangePath(gateway, store.activity, lambda: actor(role), "staff")
    if allows(role, change.permission):
        with pytest.raises(UserNotFound):
            path.perform(change, before={})
        assert aws.seen
        assert changing_calls(aws) == ([] if isinstance(change, LOOKING_FIRST) else [change.operation])
        assert len(lines(store)) == 1
        return
    with pytest.raises(NotPermitted, match="nothing was changed"):
        path.perform(change)
    assert aws.seen == []
    assert lines(store) == []


RULES = NoteRules(reason_always=True, ticket=Demand.REQUIRED, pattern="OPS-[0-9]+", example="OPS-12")


@pytest.mark.parametrize("change", SAMPLES.values(), ids=lambda change: change.action)
def test_where_every_change_says_why_none_goes_without(
    change: Change, refusing: tuple[CognitoGateway, FakeAws], store: Store
) -> None:
    gateway, aws = refusing
    aws.seen.clear()
    aws.answer("DescribeUserPoolClient", ok(UserPoolClient=CLIENT))
    aws.answer("DescribeIdentityProvider", ok(IdentityProvider=PROVIDER))
    path = ChangePath(gateway, store.activity, actor, "staff", rules=lambda: RULES)
    with pytest.raises(ReasonMissing, match=r"Give a reason\. Give the ticket number\. Nothing was changed"):
        path.perform(change)
    with pytest.raises(ReasonMissing, match="no ticket number"):
        path.perform(change, reason="they called", ticket="12")
    assert (aws.seen, lines(store)) == ([], [])
    with pytest.raises(UserNotFound):
        path.perform(change, before={}, reason="they called", ticket="OPS-12")
    (line,) = lines(store)
    assert (line.reason, line.ticket) == ("they called", "OPS-12")


def test_auditors_may_change_nothing() -> None:
    assert not {change.permission for change in ACTIONS.values()} & ROLE_PERMISSIONS[Role.AUDITOR]


def test_a_session_that_ended_stops_everything(gateway: CognitoGateway, store: Store, aws: FakeAws) -> None:
    def ended() -> Actor:
        raise SessionEnded("Your session has ended.")

    with pytest.raises(SessionEnded):
        ChangePath(gateway, store.activity, ended, "staff").perform(SAMPLES[actions.DisableUser])
    assert aws.seen == []
    assert lines(store) == []


def test_the_actor_is_asked_anew_for_every_change(
    gateway: CognitoGateway, store: Store, aws: FakeAws, ann: PersonRef
) -> None:
    role = Role.SUPPORT
    path = ChangePath(gateway, store.activity, lambda: actor(role), "staff")
    path.perform(actions.DisableUser(ann))
    role = Role.AUDITOR
    before = len(aws.seen)
    with pytest.raises(NotPermitted):
        path.perform(actions.EnableUser(ann))
    assert len(aws.seen) == before


# intent and result


def test_the_intent_is_written_before_the_call_and_the_result_after(
    path: ChangePath, store: Store, ann: PersonRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_during: list[Activity] = []
    disable = CognitoGateway.disable_user

    def watched(self: CognitoGateway, *arguments: Any) -> None:
        seen_during.extend(lines(store))
        disable(self, *arguments)

    monkeypatch.setattr(CognitoGateway, "disable_user", watched)
    performed = path.perform(actions.DisableUser(ann), reason="left the company", job_id="job-1")
    (during,) = seen_during
    (after,) = lines(store)
    assert during.result is ActivityResult.INTENDED
    assert after.result is ActivityResult.DONE
    assert after.id == during.id == performed.activity_id
    assert (after.action, after.target_id, after.target_name) == ("disable_user", ann.sub, ann.label)
    assert (after.operator_name, after.role, after.pool) == ("Ann Admin", "admin", "staff")
    assert (after.reason, after.job_id) == ("left the company", "job-1")
    assert after.before["enabled"] is True
    assert after.after == {"enabled": False}


def test_when_the_intent_can_not_be_written_nothing_is_sent(
    path: ChangePath, aws: FakeAws, ann: PersonRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> str:
        raise OSError("disk full")

    monkeypatch.setattr(path.activity, "intend", full)
    with pytest.raises(OSError, match="disk full"):
        path.perform(actions.DisableUser(ann))
    assert changing_calls(aws) == []


def test_somebody_hears_of_what_took_effect_and_of_nothing_else(
    gateway: CognitoGateway, store: Store, aws: FakeAws, ann: PersonRef
) -> None:
    heard: list[Performed] = []
    path = ChangePath(gateway, store.activity, actor, "staff", heard.append)
    aws.answer("AdminEnableUser", refusal("UserNotFoundException"))
    with pytest.raises(UserNotFound):
        path.perform(actions.EnableUser(ann))
    assert heard == []
    performed = path.perform(actions.DisableUser(ann))
    assert heard == [performed]


def test_a_failure_is_logged_with_its_code(path: ChangePath, store: Store) -> None:
    with pytest.raises(UserExists):
        path.perform(actions.CreateUser("ann", {}, "Hunter2-Hunter2"))
    (line,) = lines(store)
    assert line.result is ActivityResult.FAILED
    assert line.error_code == "UsernameExistsException"
    assert "in use" in line.error


def test_a_person_who_is_gone_is_noticed_before_anything_is_sent(
    path: ChangePath, aws: FakeAws, store: Store
) -> None:
    with pytest.raises(UserNotFound, match="nothing was changed"):
        path.perform(actions.DisableUser(replace(ANN, username="gone")))
    assert changing_calls(aws) == []
    assert lines(store) == []


def test_every_change_works_against_a_pool(
    path: ChangePath, gateway: CognitoGateway, store: Store, ann: PersonRef
) -> None:
    order = [
        actions.CreateUser,
        actions.UpdateAttributes,
        actions.ClearAttributes,
        actions.ResendInvitation,
        actions.DisableUser,
        actions.EnableUser,
        actions.SetPassword,
        actions.ResetPassword,
        actions.SignOutUser,
        actions.AddToGroup,
        actions.RemoveFromGroup,
        actions.CreateGroup,
        actions.UpdateGroup,
        actions.DeleteGroup,
        actions.DeleteUser,
    ]
    for kind in order:
        change = SAMPLES[kind].on(ann)
        performed = path.perform(change)
        assert performed.change == change
    assert gateway.find_user(username="ann") is None
    found = store.activity.search(limit=100)
    assert {line.result for line in found} == {ActivityResult.DONE}
    assert [line.action for line in reversed(found)] == [kind.action for kind in order]


def test_a_registration_is_confirmed(
    path: ChangePath, gateway: CognitoGateway, cognito: Cognito, pool: str
) -> None:
    client = cognito.client()
    app = client.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
    client.sign_up(ClientId=app, Username="cy", Password="Abc-12345")
    waiting = gateway.find_user(username="cy")
    assert waiting is not None
    path.perform(actions.ConfirmUser(waiting.ref))
    confirmed = gateway.find_user(username="cy")
    assert confirmed is not None
    assert confirmed.status is UserStatus.CONFIRMED


def test_no_password_reaches_the_log(path: ChangePath, store: Store, ann: PersonRef, aws: FakeAws) -> None:
    path.perform(SAMPLES[actions.CreateUser])
    path.perform(actions.SetPassword(ann, "Hunter2-Hunter2", True))
    aws.answer("AdminSetUserPassword", refusal("InvalidParameterException", "Hunter2-Hunter2 is bad"))
    with pytest.raises(Exception, match="did not work"):
        path.perform(actions.SetPassword(ann, "Hunter2-Hunter2"))
    assert "Hunter2" not in repr(lines(store))
    assert "Hunter2" not in repr(list(SAMPLES.values()))


def test_the_log_of_a_deletion_keeps_who_it_was(path: ChangePath, store: Store, ann: PersonRef) -> None:
    path.perform(actions.AddToGroup(ann, "billing"))
    path.perform(actions.DeleteUser(ann), reason="asked to be forgotten")
    line = lines(store)[0]
    assert line.before["groups"] == ["billing"]
    assert line.before["attributes"]["email"] == "ann@example.com"
    assert line.after == {"deleted": True}


# lost answers

LOSABLE = [
    SAMPLES[kind]
    for kind in (
        actions.CreateUser,
        actions.UpdateAttributes,
        actions.ClearAttributes,
        actions.DisableUser,
        actions.DeleteUser,
        actions.AddToGroup,
        actions.CreateGroup,
        actions.UpdateGroup,
        actions.DeleteGroup,
    )
]


@pytest.mark.parametrize("change", LOSABLE, ids=lambda change: change.action)
def test_a_change_whose_answer_was_lost_is_found_to_have_worked(
    change: Change, path: ChangePath, aws: FakeAws, store: Store, ann: PersonRef
) -> None:
    aws.answer(change.operation, DONE_THEN_RESET)
    performed = path.perform(change.on(ann))
    assert "no answer came" in performed.after["found"]
    assert changing_calls(aws) == [change.operation]
    assert lines(store)[0].result is ActivityResult.DONE


@pytest.mark.parametrize("trouble", [RESET, page(502), refusal("InternalErrorException", "", 500)])
@pytest.mark.parametrize("change", LOSABLE, ids=lambda change: change.action)
def test_a_change_that_was_lost_on_its_way_stays_unknown_and_is_not_repeated(
    change: Change, trouble: Reply, path: ChangePath, aws: FakeAws, store: Store, ann: PersonRef
) -> None:
    aws.answer(change.operation, trouble)
    with pytest.raises((OutcomeUnknown, ServiceFault), match="may or may not"):
        path.perform(change.on(ann))
    assert changing_calls(aws) == [change.operation]
    assert lines(store)[0].result is ActivityResult.UNKNOWN


UNDELIVERED = refusal("CodeDeliveryFailureException", "Could not send.")
LATE_TRIGGER = refusal("UserLambdaValidationException", "CustomMessage failed with error no.")


@pytest.mark.parametrize("answer", [UNDELIVERED, LATE_TRIGGER])
def test_what_took_effect_although_its_message_or_trigger_failed_is_logged_and_said_so(
    answer: Reply, path: ChangePath, aws: FakeAws, store: Store
) -> None:
    heard: list[Performed] = []
    path.on_done = heard.append
    aws.answer("AdminCreateUser", done_then(answer))
    with pytest.raises(FollowUpFailed, match=r"^bo@example.com: created, but ") as failed:
        path.perform(SAMPLES[actions.CreateUser])
    assert "Nothing was changed" not in str(failed.value)
    line = lines(store)[0]
    assert line.result is ActivityResult.DONE
    assert line.error_code == failed.value.code
    assert [performed.activity_id for performed in heard] == [line.id] == [failed.value.activity_id]


@pytest.mark.parametrize("answer", [UNDELIVERED, LATE_TRIGGER])
def test_what_did_not_take_effect_is_not_said_to_have(
    answer: Reply, path: ChangePath, aws: FakeAws, store: Store
) -> None:
    aws.answer("AdminCreateUser", answer)
    with pytest.raises((DeliveryFailed, TriggerFailed), match="may or may not"):
        path.perform(SAMPLES[actions.CreateUser])
    assert lines(store)[0].result is ActivityResult.UNKNOWN


def test_a_trigger_that_is_asked_before_refuses_without_a_look(
    path: ChangePath, aws: FakeAws, store: Store
) -> None:
    aws.answer("AdminCreateUser", refusal("UserLambdaValidationException", "PreSignUp failed with error no."))
    with pytest.raises(TriggerFailed, match="Nothing was changed"):
        path.perform(SAMPLES[actions.CreateUser])
    assert [call.operation for call in aws.seen] == ["AdminCreateUser"]
    assert lines(store)[0].result is ActivityResult.FAILED


def test_a_change_that_can_not_be_looked_for_stays_unknown(
    path: ChangePath, aws: FakeAws, store: Store, ann: PersonRef
) -> None:
    aws.answer("AdminSetUserPassword", DONE_THEN_RESET)
    with pytest.raises(OutcomeUnknown):
        path.perform(actions.SetPassword(ann, "Hunter2-Hunter2", True))
    assert changing_calls(aws) == ["AdminSetUserPassword"]
    assert lines(store)[0].result is ActivityResult.UNKNOWN


def test_when_the_look_fails_too_the_outcome_stays_unknown(
    path: ChangePath, aws: FakeAws, store: Store, ann: PersonRef
) -> None:
    aws.answer("AdminDisableUser", DONE_THEN_RESET)
    aws.answer("AdminGetUser", *[refusal("TooManyRequestsException")] * 2)
    with pytest.raises(OutcomeUnknown):
        path.perform(actions.DisableUser(ann))
    assert lines(store)[0].result is ActivityResult.UNKNOWN


def test_an_earlier_try_that_had_worked_is_not_repeated(
    path: ChangePath, aws: FakeAws, store: Store, ann: PersonRef, cognito: Cognito, pool: str
) -> None:
    cognito.client().admin_disable_user(UserPoolId=pool, Username="ann")
    performed = path.perform(actions.DisableUser(ann), before={}, first_sent=datetime.now(UTC))
    assert changing_calls(aws) == []
    assert performed.after == {"found": "an earlier try had taken effect"}
    assert lines(store)[0].result is ActivityResult.DONE


def test_an_earlier_try_that_had_not_worked_is_sent_again(
    path: ChangePath, aws: FakeAws, ann: PersonRef
) -> None:
    path.perform(actions.DisableUser(ann), before={}, first_sent=datetime.now(UTC))
    assert changing_calls(aws) == ["AdminDisableUser"]


def test_a_person_made_by_somebody_else_before_is_not_taken_for_ours(
    path: ChangePath, aws: FakeAws, ann: PersonRef
) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(UserExists):
        path.perform(actions.CreateUser("ann", {}), before={}, first_sent=later)


@pytest.mark.parametrize("trouble", [RESET, refusal("TooManyRequestsException")])
def test_when_nobody_can_look_after_an_earlier_try_nothing_is_sent(
    trouble: Reply, path: ChangePath, aws: FakeAws, store: Store, ann: PersonRef
) -> None:
    aws.answer("AdminGetUser", trouble, trouble)
    with pytest.raises((EndpointUnreachable, Throttled)):
        path.perform(actions.DisableUser(ann), before={}, first_sent=datetime.now(UTC))
    assert changing_calls(aws) == []
    assert lines(store)[0].result is ActivityResult.UNKNOWN


def test_the_gateway_refuses_what_does_not_come_by_this_path(gateway: CognitoGateway, aws: FakeAws) -> None:
    with pytest.raises(PermitMissing):
        gateway.disable_user(None, "ann")  # type: ignore[arg-type]
    assert aws.seen == []


# changes as data


@pytest.mark.parametrize("change", SAMPLES.values(), ids=lambda change: change.action)
def test_a_change_survives_being_written_down(change: Change) -> None:
    data = actions.dump(change)
    assert actions.load(data) == change
    assert set(data) == {"action"} | {field.name for field in fields(change)}
