"""What was done is taken back, as far as that can be; the rest is listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.activity_report import summary_of
from services.bulk.last_days import today_in
from services.bulk.model import RowResult, RowVerdict
from services.changes import Performed
from services.cognito.actions import (
    AddToGroup,
    Change,
    CreateUser,
    DeleteUser,
    DisableUser,
    LinkIdentity,
    ResetPassword,
    SetMfaPreference,
    UpdateAttributes,
)
from services.cognito.actions.factors import EMAIL
from services.cognito.identities import SUBJECT
from services.cognito.models import PersonRef
from services.csv_safe import CLEAR_CELL
from services.directory import local_changes
from services.errors import StateNotSupported
from services.pool_session import PoolSession, open_session_at
from services.several import perform_each
from services.undo import can_be_offered, plan_undo, take_back, ways_back
from tests.services.bulk.conftest import Bulk, aws_environment, only, said, staff

__all__ = ["aws_environment", "staff"]

NEW = ("username", "email", "given_name", "family_name", "groups")


@pytest.fixture
def session(staff: Bulk) -> PoolSession:
    """The pool as an operator works on it from pages."""
    return open_session_at(staff.store, staff.target, staff.who)


def performed(session: PoolSession, *changes: Change) -> list[Performed]:
    outcomes = list(perform_each(session.changes, changes, reason="course 7", ticket="OPS-1"))
    assert [outcome.message for outcome in outcomes] == [""] * len(changes)
    return [outcome.performed for outcome in outcomes if outcome.performed]


def test_what_was_done_on_a_page_comes_back_person_by_person(session: PoolSession, staff: Bulk) -> None:
    ann, bo = staff.user("ann.lindqvist").ref, staff.user("bo.li").ref
    groups = staff.groups("ann.lindqvist")
    done = performed(session, AddToGroup(ann, "legacy-crm"), DisableUser(ann), AddToGroup(bo, "legacy-crm"))
    assert take_back(session, done, {"reason": "course 7", "ticket": "OPS-1"}) == [
        f"{bo.label}: removed from group legacy-crm.",
        f"{ann.label}: enabled.",
        f"{ann.label}: removed from group legacy-crm.",
    ]
    assert (staff.groups("ann.lindqvist"), staff.user("ann.lindqvist").enabled) == (groups, True)
    newest = staff.store.activity.search(limit=1)[0]
    assert (newest.reason, newest.ticket) == ("Undo. course 7", "OPS-1")
    assert take_back(session, done, {}) == [f"{ann.label} was enabled since."]


def test_what_others_changed_meanwhile_is_left_alone_on_a_page_too(
    session: PoolSession, staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_changes, "SETTLING", timedelta(0))  # as if what was done here were long ago
    client, pool_id = staff.cognito.client(), staff.target.pool_id
    client.admin_create_user(UserPoolId=pool_id, Username="gone.soon", MessageAction="SUPPRESS")
    ann, bo = staff.user("ann.lindqvist").ref, staff.user("gone.soon").ref
    done = performed(session, DisableUser(ann), AddToGroup(bo, "legacy-crm"))
    client.admin_enable_user(UserPoolId=pool_id, Username=ann.username)
    client.admin_delete_user(UserPoolId=pool_id, Username=bo.username)
    back = list(ways_back(session, done, [DisableUser(bo)]))
    assert [way.changes for way in back] == [(), ()]
    assert [text for way in back for text in way.stays] == [
        f"{bo.label}: whether this took effect isn't known: disable.",
        f"{bo.label} is not in the pool any more.",
        f"{ann.label} was enabled since.",
    ]


def test_only_what_has_a_way_back_that_harms_nobody_is_offered() -> None:
    person = PersonRef("ann", "sub-ann", "ann@example.com")
    assert can_be_offered(AddToGroup(person, "billing"))
    assert not can_be_offered(CreateUser("bo"))
    assert not can_be_offered(DeleteUser(person))
    assert not can_be_offered(ResetPassword(person))


def test_attributes_memberships_and_state_come_back(staff: Bulk) -> None:
    before, groups = staff.user("ann.lindqvist"), staff.groups("ann.lindqvist")
    job, done = staff.run(
        staff.plan(
            ("username", "given_name", "nickname", "name", "all_groups", "enabled"),
            ("ann.lindqvist", "Annika", "Ann", CLEAR_CELL, "legacy-crm", "false"),
        )
    )
    assert done[0].result is RowResult.DONE
    assert staff.groups("ann.lindqvist") == {"legacy-crm"}
    plan = plan_undo(staff.store, staff.gateway, job.id, share=1.0)
    assert plan.totals.invalid == 0
    _, undone = staff.run(plan)
    assert [outcome.result for outcome in undone] == [RowResult.DONE]
    after = staff.user("ann.lindqvist")
    assert dict(after.attributes) == dict(before.attributes)
    assert after.enabled
    assert staff.groups("ann.lindqvist") == groups


def test_created_people_go_only_if_they_never_signed_in(staff: Bulk) -> None:
    job, _ = staff.run(
        staff.plan(
            NEW,
            ("undo.one", "undo.one@example.com", "Undo", "One", "billing"),
            ("undo.two", "undo.two@example.com", "Undo", "Two", "billing"),
        )
    )
    staff.cognito.client().admin_set_user_password(
        UserPoolId=staff.target.pool_id, Username="undo.two", Password="Their-Own-Pass-1!", Permanent=True
    )
    plan = plan_undo(staff.store, staff.gateway, job.id, share=1.0)
    assert [row.verdict for row in plan.rows] == [RowVerdict.CHANGE, RowVerdict.INVALID]
    assert "has signed in or has a password of their own" in said(plan.rows[1])
    assert plan.totals.irreversible == 1
    staff.run(plan)
    assert staff.gateway.find_user(username="undo.one") is None
    assert staff.groups("undo.two") == {"billing"}


@pytest.mark.parametrize(
    ("name", "said_of"),
    [
        ("attribute", "Nickname changed"),
        ("group", "added to billing"),
        ("out", "removed from auditors"),
        ("disabled", "disabled"),
    ],
)
def test_who_was_changed_since_is_not_deleted_with_what_others_did(
    name: str, said_of: str, staff: Bulk
) -> None:
    username = f"foreign.{name}"
    job, _ = staff.run(staff.plan(NEW, (username, f"{username}@example.com", "F", "Ek", "auditors")))
    client = staff.cognito.client()
    person = {"UserPoolId": staff.target.pool_id, "Username": username}
    if name == "attribute":
        client.admin_update_user_attributes(
            **person, UserAttributes=[{"Name": "nickname", "Value": "Theirs"}]
        )
    elif name == "group":
        client.admin_add_user_to_group(**person, GroupName="billing")
    elif name == "out":
        client.admin_remove_user_from_group(**person, GroupName="auditors")
    else:
        client.admin_disable_user(**person)
    plan = plan_undo(staff.store, staff.gateway, job.id)
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID]
    assert f"was changed since and is not deleted: {said_of}." in said(plan.rows[0])


def test_who_is_changed_after_the_plan_of_an_undo_is_not_deleted_either(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(NEW, ("foreign.late", "late@example.com", "F", "Late", "auditors")))
    plan = plan_undo(staff.store, staff.gateway, job.id, share=1.0)
    assert plan.totals.irreversible == 1
    staff.cognito.client().admin_update_user_attributes(
        UserPoolId=staff.target.pool_id,
        Username="foreign.late",
        UserAttributes=[{"Name": "given_name", "Value": "Later"}],
    )
    _, (row,) = staff.run(plan)
    assert row.result is RowResult.CHANGED
    assert staff.gateway.find_user(username="foreign.late") is not None


def test_what_was_changed_again_since_stays(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("bo.li", "Bobby")))
    staff.cognito.client().admin_update_user_attributes(
        UserPoolId=staff.target.pool_id,
        Username="bo.li",
        UserAttributes=[{"Name": "nickname", "Value": "Later"}],
    )
    plan = plan_undo(staff.store, staff.gateway, job.id)
    assert plan.totals.steps == 0
    assert "changed again since" in said(plan.rows[0])


def test_what_cannot_be_undone_is_listed(staff: Bulk) -> None:
    confirmed = [
        user for user in staff.gateway.iter_users() if str(user.status) == "CONFIRMED" and user.enabled
    ]
    job, _ = staff.run(
        staff.plan(
            ("username", "action"),
            (confirmed[0].username, "sign_out"),
            (confirmed[1].username, "set_password"),
        )
    )
    plan = plan_undo(staff.store, staff.gateway, job.id)
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID, RowVerdict.INVALID]
    assert "can't be undone" in said(plan.rows[0])


def test_undoing_twice_finds_nothing_to_do(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "enabled"), ("chidi.okafor", "false")))
    staff.run(plan_undo(staff.store, staff.gateway, job.id, share=1.0))
    assert staff.user("chidi.okafor").enabled
    assert plan_undo(staff.store, staff.gateway, job.id).totals.steps == 0


def test_an_address_that_comes_back_is_verified_again(staff: Bulk) -> None:
    before = staff.user("ann.lindqvist").attributes
    assert before["email_verified"] == "true"
    job, _ = staff.run(staff.plan(("username", "email"), ("ann.lindqvist", "new.ann@example.com")))
    # Cognito does this by itself with the new address; moto doesn't
    staff.cognito.client().admin_update_user_attributes(
        UserPoolId=staff.target.pool_id,
        Username="ann.lindqvist",
        UserAttributes=[{"Name": "email_verified", "Value": "false"}],
    )
    staff.run(plan_undo(staff.store, staff.gateway, job.id, share=1.0))
    assert dict(staff.user("ann.lindqvist").attributes) == dict(before)


def test_an_address_that_waits_for_its_code_is_listed(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = staff.user("ann.lindqvist").attributes
    job, _ = staff.run(staff.plan(("username", "email"), ("ann.lindqvist", "waits@example.com")))
    # Cognito keeps the old address meanwhile; moto writes the new one at once
    staff.cognito.client().admin_update_user_attributes(
        UserPoolId=staff.target.pool_id,
        Username="ann.lindqvist",
        UserAttributes=[{"Name": "email", "Value": before["email"]}],
    )
    pool = replace(staff.gateway.describe_pool(), verified_before_update=frozenset({"email"}))
    monkeypatch.setattr(staff.gateway, "describe_pool", lambda **_: pool)
    assert "may yet bring it in" in said(only(plan_undo(staff.store, staff.gateway, job.id)))


def test_who_was_deleted_is_listed_as_that(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "action"), ("ines.pena", "delete"), delete_enabled=True))
    row = only(plan_undo(staff.store, staff.gateway, job.id, share=1.0))
    assert row.verdict is RowVerdict.INVALID
    assert "was deleted, and nobody can be brought back" in said(row)


def test_people_who_leave_on_a_day_to_come_are_listed_since_their_runs_stay(staff: Bulk) -> None:
    day = today_in("UTC") + timedelta(days=30)
    lines = (
        ("bo.li", "leaver", day.isoformat()),
        ("ann.lindqvist", "leaver", (day + timedelta(1)).isoformat()),
    )
    job, _ = staff.run(staff.plan(("username", "action", "last day"), *lines))
    back = plan_undo(staff.store, staff.gateway, job.id)
    assert [row.verdict for row in back.rows] == [RowVerdict.INVALID] * 2
    for row in back.rows:
        assert "leaves all the same" in row.problems[0].what
        assert "Schedule" in row.problems[0].fix


def test_what_others_changed_in_the_same_minute_is_left_alone_on_a_page(
    session: PoolSession, staff: Bulk
) -> None:
    client, pool_id = staff.cognito.client(), staff.target.pool_id
    ann = staff.user("ann.lindqvist")
    done = performed(session, UpdateAttributes(ann.ref, {"given_name": "Annika"}))
    client.admin_update_user_attributes(
        UserPoolId=pool_id,
        Username="ann.lindqvist",
        UserAttributes=[{"Name": "given_name", "Value": "Foreign"}],
    )
    assert take_back(session, done, {}) == [f"{ann.label}: First name changed again since."]
    assert staff.user("ann.lindqvist").attributes["given_name"] == "Foreign"


def test_a_link_that_somebody_else_has_by_now_stays_with_them(session: PoolSession, staff: Bulk) -> None:
    client, pool_id = staff.cognito.client(), staff.target.pool_id
    account = {"ProviderName": "Okta", "ProviderAttributeName": SUBJECT, "ProviderAttributeValue": "x9"}
    done = performed(session, LinkIdentity(staff.user("ann.lindqvist").ref, "Okta", "x9"))
    client.admin_disable_provider_for_user(UserPoolId=pool_id, User=account)
    client.admin_link_provider_for_user(
        UserPoolId=pool_id,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "bo.li"},
        SourceUser=account,
    )
    assert take_back(session, done, {}) == ["It is as it was before already."]
    assert '"x9"' in staff.user("bo.li").attributes["identities"]


def test_second_factors_come_back_only_while_they_are_as_they_were_left(
    session: PoolSession, staff: Bulk
) -> None:
    client, pool_id = staff.cognito.client(), staff.target.pool_id
    megan = staff.user("megan.hughes")
    was = factors(staff, "megan.hughes")
    done = performed(session, SetMfaPreference(megan.ref, EMAIL))
    client.admin_set_user_mfa_preference(
        UserPoolId=pool_id,
        Username="megan.hughes",
        EmailMfaSettings={"Enabled": False},
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False},
    )
    theirs = factors(staff, "megan.hughes")
    with pytest.raises(StateNotSupported, match="were changed since; on are now: authenticator app"):
        take_back(session, done, {})
    assert factors(staff, "megan.hughes") == theirs
    done = performed(session, SetMfaPreference(megan.ref, EMAIL))
    take_back(session, done, {})
    assert factors(staff, "megan.hughes") == theirs
    client.admin_set_user_mfa_preference(
        UserPoolId=pool_id,
        Username="megan.hughes",
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    assert factors(staff, "megan.hughes") == was


def test_the_second_factors_of_a_file_come_back_as_they_were_found(staff: Bulk) -> None:
    was = factors(staff, "megan.hughes")
    head = ("username", "action", "second_factor")
    job, (outcome,) = staff.run(staff.plan(head, ("megan.hughes", "set_mfa_preference", "email")))
    assert outcome.result is RowResult.DONE
    (line,) = staff.store.activity.search(job_id=job.id, action="set_mfa_preference")
    assert "preferred factor: SOFTWARE_TOKEN_MFA → EMAIL_OTP" in summary_of(line)
    assert "replaced" not in summary_of(line)
    plan = plan_undo(staff.store, staff.gateway, job.id, share=1.0)
    assert [row.verdict for row in plan.rows] == [RowVerdict.CHANGE]
    _, (undone,) = staff.run(plan)
    assert undone.result is RowResult.DONE
    assert factors(staff, "megan.hughes") == was


def factors(staff: Bulk, username: str) -> tuple[str, set[str]]:
    """The preferred second factor in the pool itself, and all that are on."""
    known = staff.cognito.client().admin_get_user(UserPoolId=staff.target.pool_id, Username=username)
    return known.get("PreferredMfaSetting", ""), set(known.get("UserMFASettingList", ()))
