"""More people than may be changed while one watches: a preview, then a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from console.context import Context
from console.users import bulk
from console.widgets.dialog import open_dialog
from console.widgets.words import md
from services.bulk.plan import plan_for_people
from services.bulk.row_actions import RowAction
from services.cognito.actions import PersonChange
from services.cognito.models import User
from services.roles import Permission
from services.several import DIRECTLY


def why_not_many(ctx: Context, count: int) -> str:
    """Why this operator can't change so many people; "" when they may."""
    if count <= DIRECTLY:
        return ""
    why_not = ctx.why_not(Permission.BULK)
    return f"More than {DIRECTLY} people at once are done as a job. {why_not}" if why_not else ""


def left_out(ctx: Context, users: Sequence[User], kind: type[PersonChange]) -> set[str]:
    """Say for whom the action `kind` makes no sense now, and return their subs."""
    pool = ctx.pool_session.gateway.describe_pool()
    reasons = {user.sub: kind.why_not(user, pool) for user in users}
    refused = [user for user in users if reasons[user.sub]]
    if refused and len(users) <= DIRECTLY:
        lines = [f"{md(user.label)} is left out. {md(reasons[user.sub])}" for user in refused]
        st.warning("\n\n".join(lines), icon=":material/block:")
    return {user.sub for user in refused}


def preview(
    ctx: Context, users: Sequence[User], kind: type[PersonChange], group: str, reason: str = ""
) -> None:
    """Compare with the pool as it is now, and open the preview from which the job is started.

    Raises the gateway's errors. Nothing is changed yet.
    """
    with st.spinner("Comparing with the pool as it is now…", show_time=True):
        plan = plan_for_people(
            ctx.pool_session.gateway,
            users,
            RowAction.of(kind),
            groups=(group,),
            title=f"{kind.verb_for_many()} {group}: {len(users):,} people",
            pool_name=ctx.pool.name,
        )
    plan = replace(plan, rows=tuple(replace(row, note=reason) for row in plan.rows))
    open_dialog(bulk.NAME, bulk.Order(kind, tuple(users), (group,), reason, plan=plan))
    st.rerun()
