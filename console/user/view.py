"""The page about one person, put together."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.user import groups, history, password, profile, sign_in
from console.user.actions import show_actions, show_danger, show_simple
from console.user.header import show_header
from console.widgets.words import md
from services.directory.people import Look

_REFRESH = "_user_refresh"


def read(ctx: Context, sub: str) -> Look | None:
    """The person as the pool has them now; None when there is nobody."""
    refresh = bool(st.session_state.pop(_REFRESH, False))
    with st.spinner("Looking them up …", show_time=True):
        return ctx.pool_session.directory.person(sub, refresh=refresh)


def show(ctx: Context, look: Look) -> None:
    """Header, actions, tabs, and the dialog that is open."""
    pool = ctx.pool_session.directory.gateway.describe_pool()
    person = look.person
    for sentence in look.missing:
        st.warning(md(sentence), icon=":material/warning:")
    left, right = st.columns([3, 2])
    with left:
        show_header(look, pool)
        st.button(
            "Read again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_ask_for_refresh,
            key="user-refresh",
        )
    with right:
        show_actions(ctx, person.user, pool)
    # No counts in the titles: a tab with another title would be another tab, and the first one opens.
    profile_tab, groups_tab, sign_in_tab, history_tab = st.tabs(
        ["Profile", "Groups", "Sign-in", "Activity"], key="user-tabs"
    )
    with profile_tab:
        profile.show_profile(ctx, person.user, pool)
    with groups_tab, guarded():
        groups.show_groups(ctx, person, pool)
    with sign_in_tab:
        sign_in.show_sign_in(ctx, person.user, pool)
    with history_tab, guarded():
        history.show_history(ctx, person.user)
    show_danger(ctx, person.user, pool)
    profile.show_editor(ctx, person.user, pool)
    password.show_password(ctx, person.user, pool)
    show_simple(ctx, person.user)
    groups.show_dialogs(ctx, person, pool)


def _ask_for_refresh() -> None:
    st.session_state[_REFRESH] = True
