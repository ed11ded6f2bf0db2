"""Choosing groups for somebody: ordinary ones from a list, guarded ones each by a tick of its own."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from console.context import Context
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import label, md


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
    for number, name in enumerate(name for name in ordered if name in guarded):
        group = guarded[name]
        if group.allows(actor):
            st.checkbox(label(group.why.removesuffix(".")), key=opened.key(f"guarded{number}"))
        else:
            st.markdown(f":material/shield: {md(guard.why_not(name, actor))}")


def chosen_groups(ctx: Context, opened: Opened, names: Iterable[str]) -> list[str]:
    """The groups chosen among `names`, which are those that `choose_groups` was given."""
    guarded = ctx.pool_session.guard.guarded()
    apart = (name for name in sorted(names, key=str.casefold) if name in guarded)
    ticked = [name for number, name in enumerate(apart) if opened.value(f"guarded{number}", False) is True]
    return [*opened.value("groups", ()), *ticked]
