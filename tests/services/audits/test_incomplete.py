"""What wasn't read never counts as passed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from services.audits.audit import Audit, audit
from services.audits.rule import AuditContext, LastSignIn, RuleResult, RuleState
from services.audits.rules import RULES
from services.audits.thresholds import Thresholds
from services.cognito.models import Group
from services.directory.snapshot import Completeness
from tests.services.audits.oracle import World
from tests.services.audits.pools import AUTOMATIC, DAY, NOW, application, seen_as, snapshot, user, worlds

NOTHING = Completeness(
    missing=("Page 3 of the users could not be read.",),
    users_known=False,
    groups_known=False,
    unread_groups=frozenset({"billing"}),
)
GROUPS = (Group("billing"), Group("auditors"), Group(AUTOMATIC))


def ask(completeness: Completeness, **setting: object) -> Audit:
    people = [user("ann"), user("bo", enabled=False)]
    made = snapshot(people, GROUPS, {"ann": ["auditors"]}, completeness=completeness)
    return audit(made, AuditContext(NOW, **setting))  # type: ignore[arg-type]


def result(made: Audit, rule: str) -> RuleResult:
    found = made.get(rule)
    assert found is not None
    return found


@given(worlds())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_no_rule_passes_on_a_snapshot_of_which_every_part_may_be_missing(world: World) -> None:
    made = audit(*seen_as(world, NOTHING))
    assert [answer.rule.id for answer in made.results if answer.state is RuleState.CLEAN] == []
    assert all(answer.reasons for answer in made.results)
    assert not made.certain


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_gap_that_nobody_explained_may_touch_any_rule(rule) -> None:
    made = ask(Completeness(missing=("Something odd happened.",)))
    assert result(made, rule.id).state is not RuleState.CLEAN
    assert "Something odd happened." in " ".join(result(made, rule.id).reasons) or (
        result(made, rule.id).state is RuleState.UNANSWERED
    )


def test_nobody_is_said_to_be_in_no_group_while_a_group_is_unread() -> None:
    made = ask(Completeness(missing=("x",), unread_groups=frozenset({"billing"})))
    found = result(made, "in_no_group")
    assert found.state is RuleState.INCOMPLETE
    assert found.reasons == ("Not all members could be read of billing.",)
    assert found.count == 0


def test_an_unread_group_is_not_called_empty_and_the_others_are() -> None:
    people, members = [user("ann")], {"ann": ["auditors"]}
    groups = (*GROUPS, Group("old"))
    unread = Completeness(missing=("x",), unread_groups=frozenset({"billing"}))
    found = result(
        audit(snapshot(people, groups, members, completeness=unread), AuditContext(NOW)), "empty_group"
    )
    assert found.groups == ["old"]
    assert found.at_least


def test_a_role_group_whose_members_are_unread_is_not_said_to_have_none() -> None:
    groups = [Group("billing", role_arn="arn:a"), Group("old", role_arn="arn:b")]
    unread = Completeness(missing=("x",), unread_groups=frozenset({"billing"}))
    found = result(
        audit(snapshot([user("ann")], groups, completeness=unread), AuditContext(NOW)), "role_group"
    )
    assert list(found.findings["detail"]) == ["arn:a, members not known", "arn:b, no members"]
    assert found.at_least


def test_an_unread_automatic_group_matters_only_where_it_counts() -> None:
    unread = Completeness(missing=("x",), unread_groups=frozenset({AUTOMATIC}))
    made = ask(unread)
    assert result(made, "in_no_group").state is RuleState.FOUND
    assert result(made, "many_groups").state is RuleState.CLEAN
    assert result(made, "near_limit").state is RuleState.INCOMPLETE
    strict = ask(unread, thresholds=Thresholds(ignore_automatic=False))
    assert result(strict, "in_no_group").state is RuleState.INCOMPLETE


def test_what_is_found_stands_though_people_are_missing() -> None:
    made = ask(Completeness(missing=("Page 3 failed.",), users_known=False))
    found = result(made, "in_no_group")
    assert (found.state, found.subs) == (RuleState.FOUND, ["bo"])
    assert found.reasons == ("People may be missing from this snapshot.",)
    assert result(made, "invitation_expired").state is RuleState.INCOMPLETE
    assert result(made, "equal_precedence").state is RuleState.CLEAN


def test_an_application_with_an_unread_group_is_not_called_closed() -> None:
    apps = (application("Open", "auditors"), application("Unsure", "billing"), application("Shut"))
    unread = Completeness(missing=("x",), unread_groups=frozenset({"billing"}))
    found = result(ask(unread, applications=apps), "application_open_to_nobody")
    assert found.applications == ["Shut"]
    assert found.at_least
    sure = result(ask(unread, applications=apps[:1]), "application_open_to_nobody")
    assert sure.state is RuleState.CLEAN


def test_a_rule_that_nobody_has_set_up_doesn_t_pass() -> None:
    made = ask(Completeness())
    for rule in ("separation_of_duties", "unused_group_member", "application_open_to_nobody", "dormant"):
        assert result(made, rule).state is RuleState.UNANSWERED, rule
        assert result(made, rule).reasons, rule


def test_a_pair_with_a_mistyped_group_doesn_t_pass() -> None:
    made = ask(Completeness(), thresholds=Thresholds(apart=(("auditors", "biling"),)))
    found = result(made, "separation_of_duties")
    assert found.state is RuleState.INCOMPLETE
    assert found.reasons == ("There is no group biling in this pool; correct the pairs.",)


def test_dormant_says_that_cognito_has_no_last_sign_in_and_shows_the_changed_date() -> None:
    people = [user("old", changed=NOW - 400 * DAY, created=NOW - 500 * DAY), user("new")]
    found = result(audit(snapshot(people), AuditContext(NOW)), "dormant")
    assert found.subs == ["old"]
    assert found.findings["since"].iloc[0] == NOW - 400 * DAY
    assert found.remark == "Cognito lists no last sign-in; the changed date is shown."


def test_recorded_sign_ins_take_people_off_the_dormant_list() -> None:
    people = [
        user(sub, changed=NOW - 400 * DAY, created=NOW - 500 * DAY)
        for sub in ("awake", "asleep", "never", "?")
    ]
    known = {
        "awake": LastSignIn(NOW - DAY),
        "asleep": LastSignIn(NOW - 300 * DAY),
        "never": LastSignIn(None),
    }
    found = result(audit(snapshot(people), AuditContext(NOW, sign_ins=known)), "dormant")
    assert dict(zip(found.findings["sub"], found.findings["detail"], strict=True)) == {
        "asleep": "last active 27 Jan 2026",
        "never": "no sign-in is recorded",
        "?": "",
    }
    assert "For 3 people" in found.remark


def test_results_come_gravest_first_and_clean_ones_last() -> None:
    made = ask(Completeness(), thresholds=Thresholds(apart=(("auditors", "billing"),)))
    states = [answer.state for answer in made.by_severity]
    assert states == sorted(
        states, key=[RuleState.FOUND, RuleState.INCOMPLETE, RuleState.UNANSWERED, RuleState.CLEAN].index
    )
    ranks = [answer.rule.severity.rank for answer in made.of(RuleState.FOUND)]
    assert ranks == sorted(ranks)
    assert made.worst() is made.of(RuleState.FOUND)[0].rule.severity
