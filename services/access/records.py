"""Lines in the activity log about operators and their sign-in."""

from __future__ import annotations

from services.roles import Actor, Origin
from services.store.activity import ActivityResult, Facts, NewActivity
from services.store.operators import Operator
from services.store.store import Store


def record(
    store: Store,
    actor: Actor,
    action: str,
    target: Operator,
    *,
    result: ActivityResult = ActivityResult.DONE,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str = "",
) -> str:
    """Write what `actor` did to the operator `target`; returns the line's id."""
    line = NewActivity(
        actor,
        action,
        target_kind="operator",
        target_id=target.id,
        target_name=target.username,
        before=before or {},
        reason=reason,
    )
    return store.activity.record(line, result, after)


def record_own(
    store: Store,
    operator: Operator,
    action: str,
    address: str = "",
    result: ActivityResult = ActivityResult.DONE,
) -> str:
    """Write what an operator did about their own sign-in, or what someone did in their name."""
    actor = Actor(operator.id, operator.username, operator.role, Origin.BROWSER)
    after = {"address": address} if address else None
    return record(store, actor, action, operator, result=result, after=after)
