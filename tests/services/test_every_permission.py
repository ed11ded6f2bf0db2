"""Each permission is demanded by a service, for every role: what a page shows is no protection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.access.operators import OperatorService
from services.activity_report import ActivityReader
from services.audits.reviews.campaigns import Reviews
from services.audits.thresholds import AuditSettings, Thresholds
from services.bulk import control
from services.bulk.handover import take_passwords
from services.bulk.model import Plan, PlanOptions, Reading
from services.bulk.saved import save_plan
from services.cognito.actions import ACTIONS, AddToGroup
from services.cognito.models import Group, PersonRef
from services.configuration.applications import ApplicationService
from services.configuration.connections import ConnectionService
from services.configuration.pools import PoolService
from services.configuration.transfer import TransferService
from services.errors import FileRejected, NotPermitted, RecordNotFound
from services.group_guard import GroupGuard
from services.login.flows import ApiTests
from services.roles import Actor, Origin, Permission, Role, allows
from services.store.store import Store

Ask = Callable[[Store, Actor], object]
P = Permission
AWS_GROUP = Group("aws", role_arn="arn:aws:iam::123456789012:role/staff")
NO_PLAN = Plan("none", "csv", "staff", datetime.now(UTC), (), PlanOptions(), Reading("", "", 0), ())
# Whatever an operator can ask for that is no change to a user pool.
ASKED: dict[str, tuple[Permission, Ask]] = {
    "hand out a group that gives rights in AWS": (
        P.GROUP_PROTECTED,
        lambda store, who: GroupGuard(store, "none", lambda: [AWS_GROUP]).check(
            AddToGroup(PersonRef("ann", "sub-1", "Ann"), AWS_GROUP.name), who
        ),
    ),
    "close a review": (P.REVIEW, lambda store, who: Reviews(store, lambda: who).close("none")),
    "read the log": (P.READ, lambda store, who: ActivityReader(store, lambda: who).count({})),
    "export the log": (P.EXPORT, lambda store, who: ActivityReader(store, lambda: who).csv({})),
    "take passwords": (P.USER_PASSWORD, lambda store, who: take_passwords(store, "none", who)),
    "save a plan": (P.BULK, lambda store, who: save_plan(store, NO_PLAN, target={}, actor=who)),
    "choose whether jobs go on": (
        P.CONFIGURE,
        lambda store, who: control.set_resumes_by_itself(store, False, who),
    ),
    "start a job": (P.BULK, lambda store, who: control.start(store, "none", who)),
    "pause a job": (P.BULK, lambda store, who: control.pause(store, "none", who)),
    "go on with a job": (P.BULK, lambda store, who: control.resume(store, "none", who)),
    "stop a job": (P.BULK, lambda store, who: control.stop(store, "none", who)),
    "throw a plan away": (P.BULK, lambda store, who: control.delete_plan(store, "none", who)),
    "change audit rules": (
        P.AUDIT_RULES,
        lambda store, who: AuditSettings(store, lambda: who).change("key", "staff", Thresholds()),
    ),
    "look at a login test": (
        P.LOGIN_TEST,
        lambda store, who: ApiTests(store, None, lambda: who, "none").progress("none"),  # type: ignore[arg-type]
    ),
    "see connections": (P.CONFIGURE, lambda store, who: ConnectionService(store, lambda: who).list()),
    "see pools": (P.CONFIGURE, lambda store, who: PoolService(store, lambda: who).list()),
    "see applications": (P.CONFIGURE, lambda store, who: ApplicationService(store, lambda: who).list()),
    "export the configuration": (
        P.CONFIGURE,
        lambda store, who: TransferService(store, lambda: who).export(),
    ),
    "read a configuration": (
        P.CONFIGURE,
        lambda store, who: TransferService(store, lambda: who).read(b"{", None),
    ),
    "see operators": (P.OPERATORS, lambda store, who: OperatorService(store, lambda: who).list()),
    "see all sessions": (
        P.OPERATORS,
        lambda store, who: OperatorService(store, lambda: who).sessions(),
    ),
}


def test_every_permission_is_demanded_somewhere() -> None:
    of_changes = {change.permission for change in ACTIONS.values()}  # tests/services/test_changes.py
    assert of_changes | {permission for permission, _ in ASKED.values()} == set(Permission)


@pytest.mark.parametrize("what", ASKED)
def test_exactly_the_roles_that_may_are_let_through(store: Store, what: str) -> None:
    permission, ask = ASKED[what]
    for role in Role:
        actor = Actor("op-1", "Somebody", role, Origin.BROWSER)
        refused = False
        try:
            ask(store, actor)
        except NotPermitted:
            refused = True
        except (RecordNotFound, FileRejected):
            pass  # let through, to something that isn't there
        assert refused is not allows(role, permission), role
