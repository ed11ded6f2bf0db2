"""More people than may be changed while one watches: a preview, then a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from console.context import Context
from console.dialogs import open_dialog
from console.users import bulk
from services.access.permissions import Permission
from services.bulk.model import Action
from services.bulk.plan import plan_for_people
from services.cognito.models import User
from services.several import DIRECTLY


def why_not_many(ctx: Context, count: int) -> str:
    """Why this operator can't change so many people; "" when they may."""
    if count <= DIRECTLY:
        return ""
    why_not = ctx.why_not(Permission.BULK)
    return f"More than {DIRECTLY} people at once are done as a job. {why_not}" if why_not else ""


def preview(ctx: Context, users: Sequence[User], action: Action, group: str, reason: str = "") -> None:
    """Compare with the pool as it is now, and open the preview from which the job is started.

    Raises the gateway's errors. Nothing is changed yet.
    """
    choice = next(one for one in bulk.CHOICES if one.action is action)
    with st.spinner("Comparing with the pool as it is now…", show_time=True):
        plan = plan_for_people(
            ctx.desk.gateway,
            users,
            action,
            groups=(group,),
            title=f"{choice.verb} {group}: {len(users):,} people",
            pool_name=ctx.pool.name,
        )
    plan = replace(plan, rows=tuple(replace(row, note=reason) for row in plan.rows))
    open_dialog(bulk.NAME, bulk.Order(choice, tuple(users), (group,), reason, plan))
    st.rerun()
