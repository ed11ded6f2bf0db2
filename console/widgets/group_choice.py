"""Choosing groups for somebody, guarded ones each by a tick of its own, and what is special about a group."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from console.context import Context
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import label, md
from services.cognito.models import Group


def remarks(group: Group, provider: str) -> str:
    """What is special about a group, in a few words. `provider`: whose people Cognito puts into it, or ""."""
    notes = ["gives an AWS role"] if group.role_arn else []
    if provider:
        notes.append(f"filled by {provider} sign-in")
    return ", ".join(notes)


def choose_groups(
    ctx: Context, opened: Opened, names: Iterable[str], *, required: bool = True, preset: Iterable[str] = ()
) -> None:
    """Draw the choice; `chosen_groups` reads it.

    Guarded groups (`services.group_guard`) stand apart, so that neither “Select all” nor the Enter key
    takes one along; those that the operator may not hand out are named with who may.
    """
    guard, actor = ctx.pool_session.guard, ctx.who()
    guarded = guard.guarded()
    ordered = sorted(names, key=str.casefold)
    ordinary = [name for name in ordered if name not in guarded]
    title = "Groups"
    st.multiselect(
        dialog.required(title) if required else title,
        ordinary,
        default=[name for name in preset if name in ordinary],
        key=opened.key("groups"),
        placeholder="Choose" if required else "None",
    )
    opened.offered = []
    for name in ordered:
        if name not in guarded:
            continue
        group = guarded[name]
        if group.allows(actor):
            opened.offered.append(name)
            st.checkbox(label(group.why.removesuffix(".")), key=opened.key(_tick(name)))
        else:
            st.markdown(f":material/shield: {md(guard.why_not(name, actor))}")


def chosen_groups(opened: Opened) -> list[str]:
    """The groups chosen, as they were offered: what was guarded or made since moves no tick."""
    ticked = [name for name in opened.offered if opened.value(_tick(name), False) is True]
    return [*opened.value("groups", ()), *ticked]


def _tick(name: str) -> str:
    return f"guarded-{name}"
