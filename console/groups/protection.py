"""Marking a group protected: who, beside managers, may put people into it."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.cognito.models import Group
from services.roles import Permission, allows

PROTECT = "group-protect"


def show_protection(ctx: Context, group: Group) -> None:
    """Whether the group is guarded, and who may hand it out."""
    guarded = ctx.pool_session.guard.guarded().get(group.name)
    if guarded is None:
        return
    names = [
        operator.name or operator.username
        for operator in ctx.store.operators.list()
        if operator.id in guarded.operators
    ]
    named = f", and {', '.join(names)}" if names else ""
    st.markdown(f":material/shield: {md(guarded.why)} Managers put people into it{md(named)}.")


def show_protect(ctx: Context, group: Group, opened: Opened) -> None:
    """The dialog that marks it, or takes the mark away."""

    def body() -> None:
        line: str | None = opened.once.answer
        if line is not None:
            done(f"Who may put people into {group.name} is changed.", line)
            dialog.close_dialog()
            st.rerun()
        kept = ctx.pool_session.guard.protected().get(group.name)
        support = {
            operator.id: operator.name or operator.username
            for operator in ctx.store.operators.list()
            if allows(operator.role, Permission.USER_MEMBERSHIP)
            and not allows(operator.role, Permission.GROUP_PROTECTED)
        }
        if group.role_arn:
            st.markdown("It gives an AWS role, so it is guarded in any case.")
        with dialog.form(opened, "Save", reason="optional", on_action=_submit, args=(ctx, group, opened)):
            st.checkbox(
                "Protected: only managers, and those named below, put people into it",
                value=kept is not None or bool(group.role_arn),
                key=opened.key("protected"),
            )
            st.multiselect(
                "Also these operators",
                list(support),
                default=[id for id in kept or () if id in support],
                format_func=support.__getitem__,
                key=opened.key("operators"),
                placeholder="Nobody else",
            )

    dialog.show_dialog(f"Protect {group.name}", body)


def _submit(ctx: Context, group: Group, opened: Opened) -> None:
    guard, who, why = ctx.pool_session.guard, ctx.who, opened.why
    operators = opened.value("operators", ()) if opened.value("protected", False) else None
    opened.attempt(lambda: guard.protect(group.name, operators, who(), why))
