"""What a rule offers to do makes a plan, and the plan carried out makes the rule content."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.audits.audit import audit
from services.audits.fixes import choices, fix_plan
from services.audits.rule import AuditContext, Fix, FixGroups, RuleResult, RuleState
from services.audits.rules import RULES, rules_named
from services.audits.thresholds import Thresholds
from services.bulk.model import Plan, RowVerdict
from services.cognito.actions import (
    ACTIONS,
    AddToGroup,
    ConfirmUser,
    DisableUser,
    MembershipChange,
    PersonChange,
    RemoveFromGroup,
    ResendInvitation,
    SetPassword,
    UpdateAttributes,
)
from services.directory.pool import PoolTables, pool_of
from services.errors import InvalidValue, RecordNotFound
from tests.services.audits.pools import application, read_pool
from tests.services.bulk.conftest import Bulk, aws_environment, customers, said, staff

__all__ = ["aws_environment", "customers", "staff"]

THRESHOLDS = Thresholds(unconfirmed_days=1, apart=(("billing", "billing-approvers"), ("auditors", "billing")))
APPS = (application("Billing desk", "billing"), application("Auditing", "auditors"))


def ask(bulk: Bulk, rule: str) -> tuple[PoolTables, RuleResult]:
    read = pool_of(read_pool(bulk.gateway))
    setting = AuditContext(datetime.now(UTC), THRESHOLDS, APPS)
    return read, audit(read, setting, rules_named([rule])).results[0]


def fix_of(result: RuleResult, action: type[PersonChange]) -> Fix:
    return next(fix for fix in result.rule.fixes if fix.kind is action)


def planned(
    bulk: Bulk, rule: str, action: type[PersonChange], groups: tuple[str, ...] = ()
) -> tuple[Plan, RuleResult]:
    read, result = ask(bulk, rule)
    fix = fix_of(result, action)
    return fix_plan(bulk.gateway, read, result, fix, result.subs, groups=groups, reason="audit"), result


def test_nobody_leaves_a_group_that_is_no_part_of_their_finding(staff: Bulk) -> None:
    read, result = ask(staff, "separation_of_duties")
    fix = fix_of(result, RemoveFromGroup)
    chosen = choices(result, fix, read)
    assert chosen == ["auditors", "billing", "billing-approvers"]
    plan = fix_plan(staff.gateway, read, result, fix, result.subs, groups=("billing-approvers",))
    found: dict[str, set[str]] = {}
    for sub, names in zip(result.findings["sub"], result.findings["groups"], strict=True):
        found.setdefault(sub, set()).update(names)
    for row in plan.rows:
        assert row.person is not None
        left = {step.change.group for step in row.steps}  # type: ignore[attr-defined]
        assert left == {"billing-approvers"} & found[row.person.sub]


@pytest.mark.parametrize(
    ("rule", "action", "groups"),
    [
        ("disabled_member", RemoveFromGroup, ()),
        ("separation_of_duties", RemoveFromGroup, ("billing",)),
        ("unconfirmed", ConfirmUser, ()),
        ("reset_pending", SetPassword, ()),
        ("in_no_group", AddToGroup, ("training",)),
        ("unused_group_member", RemoveFromGroup, ()),
        ("dormant", DisableUser, ()),
    ],
)
def test_a_fix_carried_out_leaves_only_those_who_can_t_be_fixed(
    staff: Bulk, rule: str, action: type[PersonChange], groups: tuple[str, ...]
) -> None:
    plan, before = planned(staff, rule, action, groups)
    assert before.state is RuleState.FOUND
    refused = {row.person.sub for row in plan.rows if row.verdict is RowVerdict.INVALID and row.person}
    assert len(refused) < len(before.subs)
    assert all(said(row) for row in plan.rows if row.verdict is RowVerdict.INVALID)
    staff.run(plan)
    assert set(ask(staff, rule)[1].subs) == refused


def test_marking_addresses_as_verified_leaves_nobody_unverified(customers: Bulk) -> None:
    plan, before = planned(customers, "unverified_email", UpdateAttributes)
    assert before.count > 1
    customers.run(plan)
    assert ask(customers, "unverified_email")[1].state is RuleState.CLEAN


def test_a_link_with_a_provider_that_is_gone_is_not_offered_to_be_taken_away() -> None:
    # AWS takes links away only from providers that the pool has
    (rule,) = rules_named(["link_to_gone_provider"])
    assert [fix.kind for fix in rule.fixes] == [DisableUser]
    assert "add it again" in rule.advice


def test_sending_invitations_again_says_what_it_will_send(customers: Bulk) -> None:
    plan, before = planned(customers, "invitation_expired", ResendInvitation)
    assert plan.totals.emails == len(before.subs) > 0
    assert plan.title.startswith("Invitation expired: send the invitation again (")
    assert {row.note for row in plan.rows} == {"audit"}


def test_a_fix_needs_somebody_and_a_group_where_one_is_asked_for(staff: Bulk) -> None:
    read, result = ask(staff, "in_no_group")
    fix = fix_of(result, AddToGroup)
    assert "training" in choices(result, fix, read)
    with pytest.raises(InvalidValue, match="Nobody is chosen"):
        fix_plan(staff.gateway, read, result, fix, [])
    with pytest.raises(InvalidValue, match="No group is chosen"):
        fix_plan(staff.gateway, read, result, fix, result.subs)
    with pytest.raises(RecordNotFound):
        fix_plan(staff.gateway, read, result, fix, ["nobody"], groups=("training",))


def test_every_fix_names_a_permission_and_asks_for_groups_where_it_needs_them() -> None:
    known = {change.permission for change in ACTIONS.values()}
    for rule in RULES:
        for fix in rule.fixes:
            assert fix.kind.permission in known
            assert fix.kind.row_action
            assert (fix.groups is not FixGroups.NONE) is issubclass(fix.kind, MembershipChange)
