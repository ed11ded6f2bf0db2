"""The first call of every page: who is there, which pool, and the top of the page."""

from __future__ import annotations

import streamlit as st

from console import context, theme
from console.context import Context
from console.feedback import guarded, show_done
from console.first_steps import show_first_steps
from console.navigation import PAGES
from console.widgets.address import came_to
from console.widgets.words import md
from services.errors import NotPermitted
from services.roles import Permission
from services.store.pools import PoolRecord
from services.store.store import Store

_CHOSEN = "_console_pool"
_TITLE = "_console_title"
_DETAIL_OF = {"user": "users", "group": "groups"}


def open_page(
    title: str,
    about: str,
    *,
    permission: Permission = Permission.READ,
    needs_pool: bool = True,
    about_a_pool: bool = True,
) -> Context:
    """Show the top of a page and return what it works with.

    `title` and `about` (one line saying what the page is for, or "") are plain text. The run ends here,
    with a message that says what to do, when the operator's role does not allow `permission` or
    when there is no pool although `needs_pool`. A page that isn't `about_a_pool` has no switch for them.
    """
    ctx = context.current_context()
    came_to(context.page_name())
    theme.tab_title(title)
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(width="content"):
            place = st.empty()
        place.title(md(title), anchor=False, width="content")
        st.session_state[_TITLE] = place
        pools = ctx.store.pools.list()
        if pools and about_a_pool:
            ctx.pool_record = _switch(pools)
        else:
            ctx.pool_record = _wanted(pools)
    if about:
        st.markdown(md(about))
    show_done(ctx)
    with guarded():
        if not ctx.may(permission):
            raise NotPermitted("You may not open this page.", ctx.why_not(permission))
        if needs_pool and ctx.pool_record is None:
            _no_pool(ctx)
            st.stop()
        return ctx
    st.stop()


def name_page(title: str) -> None:
    """Give the page and its tab another name, once it is known whom or what they are about."""
    theme.tab_title(title)
    place = st.session_state.get(_TITLE)
    if place is not None:
        place.title(md(title), anchor=False, width="content")


def _wanted(pools: tuple[PoolRecord, ...] | list[PoolRecord]) -> PoolRecord | None:
    """The pool that the address names, else the one last chosen in this tab, else the first."""
    by_name = {pool.name: pool for pool in pools}
    asked = st.query_params.get("pool") or st.session_state.get(_CHOSEN, "")
    return by_name.get(asked) or next(iter(pools), None)


def chosen_pool(store: Store) -> PoolRecord | None:
    """The pool that a page of this tab would show now; None where none is set up."""
    return _wanted(store.pools.list())


def _switch(pools: tuple[PoolRecord, ...] | list[PoolRecord]) -> PoolRecord:
    """The pool switch; the choice stands in `?pool=` so that a link can be sent to a colleague."""
    by_name = {pool.name: pool for pool in pools}
    asked = st.query_params.get("pool", "")
    pool = _wanted(pools)
    assert pool is not None  # noqa: S101 - the caller has pools
    key = f"_console_pool_switch_{pool.name}"
    picked = st.selectbox(
        "User pool",
        list(by_name),
        index=list(by_name).index(pool.name),
        key=key,
        label_visibility="collapsed",
        width=240,
        icon=":material/database:",
    )
    if picked is not None and picked != pool.name:
        st.session_state[_CHOSEN] = picked
        del st.session_state[key]
        _go_to(picked)
    if asked and asked != pool.name:
        st.warning(
            f"There is no user pool of the name in the address; this is {md(pool.name)}.",
            icon=":material/warning:",
        )
    st.session_state[_CHOSEN] = pool.name
    if asked != pool.name:
        st.query_params["pool"] = pool.name
    return pool


def _go_to(pool_name: str) -> None:
    """Show this page for another pool; a page about one person or group gives way to its list."""
    path = context.page_name()
    if path in _DETAIL_OF:
        st.switch_page(PAGES[_DETAIL_OF[path]], query_params={"pool": pool_name})
    st.query_params["pool"] = pool_name
    st.rerun()


def _no_pool(ctx: Context) -> None:
    if show_first_steps(ctx):
        return
    st.info("No user pool is set up yet, so there is nothing to show here.", icon=":material/info:")
    if ctx.may(Permission.CONFIGURE):
        st.page_link(
            PAGES["configuration"], label="Set up a connection and a user pool", icon=":material/settings:"
        )
    else:
        st.write("Ask an administrator of this console to set one up on the Configuration page.")
