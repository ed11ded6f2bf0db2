"""The activity log reads as sentences, and its CSV runs nothing in a spreadsheet."""

import csv
import io
from datetime import UTC, datetime

import pytest

from services.activity_report import (
    HEADER,
    RESULT_MEANINGS,
    RESULT_TITLES,
    ActivityReader,
    action_title,
    action_titles,
    changes_of,
    summary_of,
)
from services.cognito.actions import ACTIONS
from services.errors import NotPermitted, SessionEnded
from services.roles import Actor, Origin, Permission, Role
from services.store.activity import Activity, ActivityResult, NewActivity
from services.store.columns import new_id

SAM = Actor("o1", "sam", Role.SUPPORT, Origin.BROWSER)
MAX = Actor("o2", "max", Role.MANAGER, Origin.JOB)

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def line(before=None, after=None, **values):
    given = {
        "id": "1",
        "at": AT,
        "finished_at": AT,
        "operator_id": "o",
        "operator_name": "sam",
        "role": "support",
        "origin": "browser",
        "action": "update_attributes",
        "pool": "customers",
        "target_kind": "user",
        "target_id": "s",
        "target_name": "ann@example.com",
        "reason": "",
        "job_id": "",
        "result": ActivityResult.DONE,
        "error_code": "",
        "error": "",
        **values,
    }
    return Activity(**given, before=before or {}, after=after or {})


def said(before, after, **values):
    return [str(change) for change in changes_of(line(before, after, **values))]


def test_every_change_to_a_pool_has_its_own_words():
    assert set(ACTIONS) <= set(action_titles())
    assert set(RESULT_TITLES) == set(RESULT_MEANINGS) == set(ActivityResult)


def test_an_action_of_a_later_release_still_reads_well():
    assert action_title("operator.unlock_all") == "Operator unlock all"


def test_attributes_read_by_their_names_old_and_new():
    assert said(
        {"attributes": {"given_name": "Ann", "custom:cost": None, "email_verified": "true"}},
        {"attributes": {"given_name": "Anna", "custom:cost": "42", "email_verified": "true"}},
    ) == ["First name: Ann → Anna", "custom:cost: 42"]


def test_the_address_of_a_browser_is_no_postal_address():
    assert said({}, {"address": "192.0.2.7"}) == ["address: 192.0.2.7"]


def test_names_of_things_stay_as_they_are():
    assert said({}, {"Read the pool eu-west-1_aB": "passed", "role_arn": "x"}) == [
        "Read the pool eu-west-1_aB: passed",
        "role arn: x",
    ]


def test_what_was_only_read_beforehand_is_no_change():
    before = {"status": "CONFIRMED", "enabled": True}
    assert said(before, {"enabled": False}) == ["enabled: yes → no"]


def test_an_id_of_our_own_says_nothing_and_aws_id_of_a_person_is_their_user_id():
    taken = {"snapshot": new_id(), "people": 4, "complete": True}
    assert said({}, taken, action="take_snapshot") == ["people: 4", "complete: yes"]
    sub = "0f0fb3f6-33f2-4f4f-9a9b-3f7f1f6f1c11"
    assert said({}, {"sub": sub}) == [f"user ID: {sub}"]


def test_a_status_reads_in_plain_words():
    assert said({"status": "FORCE_CHANGE_PASSWORD"}, {"status": "CONFIRMED"}) == ["status: Invited → Active"]


def test_a_deletion_says_what_was_lost():
    before = {"enabled": False, "attributes": {"email": "a@b.c"}, "groups": ["x", "y"]}
    assert said(before, {"deleted": True}) == [
        "enabled: no → nothing",
        "E-mail address: a@b.c → nothing",
        "groups: x, y → nothing",
    ]


def test_members_of_a_deleted_group_are_named():
    before = {"members": [{"sub": "1", "name": "ann@x"}, {"sub": "2", "name": "bo@x"}]}
    assert said(before, {"deleted": True}) == ["members: ann@x, bo@x → nothing"]


def test_roles_of_an_application_stand_in_one_line():
    assert said({"group roles": {"a": "Clerk"}}, {"group roles": {"a": "Clerk", "b": "Boss"}}) == [
        "group roles: a: Clerk → a: Clerk, b: Boss"
    ]


def test_rules_of_a_company_sign_in_read_as_rules():
    (change,) = changes_of(line(after={"role rules": [["console-admins", "admin"], ["*", "auditor"]]}))
    assert change.after == "console-admins → admin, * → auditor"


def test_a_failure_says_why():
    failed = line({"enabled": True}, {}, result=ActivityResult.FAILED, error="There is no such group.")
    assert summary_of(failed) == "There is no such group."
    assert changes_of(failed) == ()


@pytest.fixture
def log(store):
    for number in range(3):
        new = NewActivity(
            SAM,
            "disable_user",
            "customers",
            "user",
            "s1",
            "=cmd()",
        )
        id = store.activity.intend(NewActivity(**{**fields(new), "before": {"enabled": True, "n": number}}))
        store.activity.finish(id, ActivityResult.DONE, {"enabled": False})
    store.activity.intend(
        NewActivity(
            MAX,
            "enable_user",
            "staff",
            "user",
            "s2",
            "bo",
            job_id="j1",
        )
    )
    return store


def fields(new):
    return {name: getattr(new, name) for name in NewActivity.__dataclass_fields__}


def actor(role):
    return lambda: Actor("x", "x", role, Origin.BROWSER)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_page_by_page_newest_first(log, role):
    reader = ActivityReader(log, actor(role))
    assert reader.count({}) == 4
    first = reader.page({}, limit=3)
    rest = reader.page({}, limit=3, before_id=first[-1].id)
    assert [entry.operator_name for entry in (*first, *rest)] == ["max", "sam", "sam", "sam"]
    assert [entry.before.get("n") for entry in (*first, *rest)] == [None, 2, 1, 0]
    assert reader.line(first[0].id) == first[0]


@pytest.mark.parametrize("role", list(Role))
def test_the_csv_holds_every_line_that_fits_and_no_formula(log, role):
    data = ActivityReader(log, actor(role)).csv({"operator": "sam"})
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert tuple(rows[0]) == HEADER
    assert {row["target"] for row in rows} == {"'=cmd()"}
    assert {row["changes"] for row in rows} == {"enabled: yes → no"}
    assert rows[0]["what"] == "Disabled a user"


def test_nothing_is_read_without_a_session_or_the_right(log):
    def ended():
        raise SessionEnded("Signed out.")

    class Nobody:
        def require(self, permission):
            assert permission in (Permission.READ, Permission.EXPORT)
            raise NotPermitted("No.")

    for who, error in ((ended, SessionEnded), (Nobody, NotPermitted)):
        reader = ActivityReader(log, who)
        for ask in (
            lambda r: r.page({}, limit=1),
            lambda r: r.count({}),
            lambda r: r.line("1"),
            lambda r: r.csv({}),
        ):
            with pytest.raises(error):
                ask(reader)


def test_a_membership_names_its_group():
    before, after = {"member": False, "group": "billing"}, {"member": True, "group": "billing"}
    assert said(before, after, action="add_to_group") == ["group billing: not in it → in it"]
    assert said(after, after, action="add_to_group") == []


def test_how_a_message_was_sent_is_said_in_words():
    assert said({}, {"delivery": ["EMAIL", "SMS"]}, action="resend_invitation") == ["sent by: e-mail, SMS"]
    assert said({}, {"delivery": []}, action="resend_invitation") == []
