"""A new action is one class: plans, files, costs, undo, the log, the policy and lists know it from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.activity_report import action_title, action_titles
from services.audits.compare import compare
from services.audits.differences import attributed
from services.bulk.model import RowResult, RowVerdict
from services.bulk.plan import plan_for_people
from services.bulk.row_actions import RowAction, action_of, for_whole_files, row_actions
from services.changes import ChangePath
from services.cognito.actions import OFFERS, PersonChange, TargetRef, dump, load, reasons
from services.cognito.call import Call
from services.configuration.iam_policy import PolicyPool, policy_for
from services.directory.local_changes import Patch, patched_person
from services.directory.people import Person
from services.roles import Actor, Origin, Role
from services.several import perform_each
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.store import Store
from services.undo import plan_undo
from tests.fixtures.new_action import new_action
from tests.services.audits.made_pools import world
from tests.services.bulk.conftest import Bulk, aws_environment, only, said, staff

__all__ = ["aws_environment", "new_action", "staff"]


def test_a_file_may_ask_for_it(new_action: type[PersonChange], staff: Bulk) -> None:
    assert "forget_second_factor" in row_actions()
    assert action_of("Forget MFA") == "forget_second_factor"
    assert RowAction("forget_second_factor").sentence == "Take second factors away"
    assert RowAction("forget_second_factor") in for_whole_files()
    plan = staff.plan(("username", "action"), ("ann.lindqvist", "forget second factor"))
    row = only(plan)
    assert [step.change.wanted for step in row.steps] == ["take the second factor away"]
    assert row.verdict is RowVerdict.CHANGE
    refused = only(staff.plan(("username", "action"), ("toby.ashworth", "forget_mfa")))
    assert "There is nothing to sign in to" in said(refused)


def test_a_plan_counts_what_it_costs(new_action: type[PersonChange], staff: Bulk) -> None:
    totals = staff.plan(("username", "action"), ("ann.lindqvist", "forget_mfa")).totals
    assert totals.actions == {"forget_second_factor": 1}
    assert totals.calls == {"UserResourceUpdate": 1}
    assert (totals.billed, totals.irreversible, totals.emails) == (1, 1, 0)


def test_it_is_carried_out_logged_and_named_as_not_to_be_undone(
    new_action: type[PersonChange], staff: Bulk
) -> None:
    job, (outcome,) = staff.run(staff.plan(("username", "action"), ("ann.lindqvist", "forget_mfa")))
    assert outcome.result is RowResult.DONE, outcome.message
    assert outcome.message == "Second factor taken away."
    (line,) = [line for line in staff.store.activity.search(job_id=job.id) if line.target_kind == "user"]
    assert action_title(line.action) == action_titles()[line.action] == "Took a second factor away"
    back = only(plan_undo(staff.store, staff.gateway, job.id))
    assert (back.verdict, back.steps) == (RowVerdict.INVALID, ())
    assert "“second factor taken away” can't be undone" in said(back)


def test_people_selected_on_a_page_can_have_it(new_action: type[PersonChange], staff: Bulk) -> None:
    plan = plan_for_people(staff.gateway, [staff.user("ann.lindqvist")], RowAction.of(new_action))
    assert isinstance(only(plan).steps[0].change, new_action)
    assert (new_action.verb_for_many(), new_action.icon()) == (
        "Take second factor away",
        ":material/phonelink_erase:",
    )
    path = ChangePath(staff.gateway, staff.store.activity, staff.who, "staff")
    (done,) = perform_each(path, [new_action.on_user(staff.user("ann.lindqvist"))])
    assert done.activity_id


def test_it_says_when_it_makes_sense(new_action: type[PersonChange], staff: Bulk) -> None:
    pool = staff.gateway.describe_pool()
    assert reasons(staff.user("ann.lindqvist"), pool)["forget_second_factor"] == ""
    assert "disabled" in OFFERS["forget_second_factor"].why_not(staff.user("toby.ashworth"), pool)


def test_the_policy_allows_it_to_the_roles_that_may(new_action: type[PersonChange]) -> None:
    def allowed(*roles: Role) -> str:
        return policy_for([PolicyPool("eu-west-1", "eu-west-1_Abc123456")], roles, "123456789012").text

    assert "cognito-idp:AdminSetUserMFAPreference" in allowed(Role.SUPPORT)
    assert "AdminSetUserMFAPreference" not in allowed(Role.AUDITOR)


def test_a_list_in_memory_shows_it_whoever_made_it(new_action: type[PersonChange], staff: Bulk) -> None:
    user, now = staff.user("ann.lindqvist"), utc_now() + timedelta(days=1)
    here = new_action.on_user(user)
    logged = new_action.from_log(TargetRef("user", user.sub, user.label), here.expected)
    assert logged is not None
    attributes = {**user.attributes, "custom:factor": "none"}
    for change in (here, logged):
        shown = patched_person(Person(user, ("billing",)), Patch(change, change.expected, now))
        # an edit, after which nobody knows whether a password was set elsewhere before
        edited = replace(user, attributes=attributes, changed=now)
        edited = replace(edited, invited_from=user.created, invited_until=None)
        assert shown == Person(edited, ("billing",))


def test_two_dates_compared_name_whoever_made_it(new_action: type[PersonChange], store: Store) -> None:
    before, after, now = world({1: ()}), world({1: ()}), utc_now()
    ann = after.people["sub-1"]
    after.people["sub-1"] = replace(ann, attributes={**ann.attributes, "custom:factor": "none"})
    sam = Actor("sam", "sam", Role.SUPPORT, Origin.BROWSER)
    line = NewActivity(sam, new_action.action, pool="made", target_kind="user", target_id="sub-1")
    store.activity.record(line, ActivityResult.DONE, new_action.on_user(ann).expected)
    found = compare(before.snapshot(now), after.snapshot(now))
    named = attributed(store, found, ["made"], now, utc_now() + timedelta(hours=1))
    assert list(named.lines["by"]) == ["sam"]


def test_it_is_stored_and_its_errors_say_what_was_tried(new_action: type[PersonChange], staff: Bulk) -> None:
    change = new_action.on_user(staff.user("ann.lindqvist"))
    assert load(dump(change)) == change
    assert Call(change.operation, {"Username": "ann"}).phrase == "Taking the second factor of ann away"
