"""The pools of each connection, as cards."""

from __future__ import annotations

import streamlit as st

from console.configuration import editor
from console.configuration.editor import option_with_code
from console.configuration.pool_form import show_form
from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.words import md
from services.cognito.connection import region_name
from services.configuration.connections import ConnectionService
from services.configuration.pools import PoolService
from services.store.applications import Application
from services.store.connections import Connection
from services.store.pools import PoolRecord

TAB = "pools"


def show(ctx: Context) -> None:
    """The tab: the form when one is open, else the pools by connection."""
    service = PoolService(ctx.store, ctx.who)
    with guarded():
        connections = ConnectionService(ctx.store, ctx.who)
        found = connections.list()
        if not found:
            st.info("Add a connection first: it says how AWS is reached.", icon=":material/info:")
            return
        opened = editor.current(TAB)
        if opened is not None:
            with editor.closing_when_gone(TAB):
                show_form(service, connections, found, opened)
            return
        pools = service.list()
        if not pools:
            st.info("No user pool yet. Pick one that a connection can see.", icon=":material/info:")
        st.button(
            "Add a pool",
            icon=":material/add:",
            type="secondary" if pools else "primary",
            on_click=editor.open_editor,
            args=(TAB,),
            key="pools-add",
        )
        applications = ctx.store.applications.list()
        for connection in found:
            own = [one for one in pools if one.connection_id == connection.id]
            if own:
                st.markdown(f"**{md(connection.name)}**")
            for pool in own:
                _card(
                    service, connection, pool, [one for one in applications if one.pool_record_id == pool.id]
                )


def _card(
    service: PoolService, connection: Connection, pool: PoolRecord, applications: list[Application]
) -> None:
    region = pool.region or connection.region
    place = option_with_code(region_name(region), region)
    used = ", ".join(one.name for one in applications)
    with st.container(border=True, key=f"pool-{pool.id}"):
        st.markdown(f"**{md(pool.name)}**")
        lines = (("User pool", f"{pool.pool_id} in {place}"), ("Applications", used or "none yet"))
        st.markdown("  \n".join(editor.field_line(*line) for line in lines))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Change",
                icon=":material/edit:",
                key=f"change-pool-{pool.id}",
                on_click=editor.open_editor,
                args=(TAB, pool.id),
            )
            pressed = st.button("Remove…", icon=":material/delete:", key=f"remove-pool-{pool.id}")
            if "users" in PAGES:
                st.page_link(
                    PAGES["users"],
                    label="Its users",
                    icon=":material/person:",
                    query_params={"pool": pool.name},
                )
    if pressed and applications:
        st.warning(
            f"{md(pool.name)} still has applications ({md(used)}). Remove these first (tab Applications).",
            icon=":material/warning:",
        )
        return
    _confirm_removal(service, pool, pressed)


def _confirm_removal(service: PoolService, pool: PoolRecord, pressed: bool) -> None:
    def remove(reason: str) -> None:
        line = service.remove(pool.id, reason)
        done(f"The pool {pool.name} is removed from this console.", line)

    dialog.confirm(
        pressed,
        f"Remove {pool.name}",
        "The pool disappears from this console, and links to it stop working. The user pool itself, its "
        "users and groups stay as they are at AWS.",
        typed=pool.name,
        action=remove,
        button="Remove",
        key=f"remove-pool-dialog-{pool.id}",
    )
