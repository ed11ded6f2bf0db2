"""More people than may be changed while one watches: a preview, then a job."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from console.context import Context
from console.widgets import bulk_order
from console.widgets.bulk_dialog import NAME
from console.widgets.dialog import open_dialog
from console.widgets.words import md
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
    """Open the preview from which the job is started. Nothing is changed yet."""
    open_dialog(NAME, bulk_order.order(ctx, kind, tuple(users), group=group, reason=reason))
    st.rerun()
