"""Connections as cards, each with its last test."""

from __future__ import annotations

import streamlit as st

from console.configuration import editor
from console.configuration.connection_form import KIND_TITLES, show_form
from console.configuration.steps import passed, show_step
from console.context import Context
from console.feedback import done, guarded
from console.widgets import dialog
from console.widgets.words import md
from services.cognito.connection import region_name
from services.configuration.connections import ConnectionService, Saved
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.words import ago

TAB = "connections"
TEST_NEXT = "connections-test-next"
JUST_TESTED = "connections-just-tested"


def show(ctx: Context) -> None:
    """The tab: the form when one is open, else the cards."""
    service = ConnectionService(ctx.store, ctx.who)
    with guarded():
        opened = editor.current(TAB)
        if opened is not None:
            with editor.closing_when_gone(TAB):
                show_form(service, opened, TEST_NEXT)
            return
        found = service.list()
        _intro(bool(found))
        pools = ctx.store.pools.list()
        saved: Saved | None = st.session_state.pop(TEST_NEXT, None)
        for connection in found:
            own = [one for one in pools if one.connection_id == connection.id]
            just_saved = saved if saved is not None and saved.connection.id == connection.id else None
            _card(service, connection, own, just_saved)


def _intro(any_yet: bool) -> None:
    if not any_yet:
        st.info(
            "No connection yet. A connection says how this console reaches AWS: which account and region, "
            "and with which credentials. After it, add a user pool on the next tab.",
            icon=":material/info:",
        )
    st.button(
        "Add a connection",
        icon=":material/add:",
        type="secondary" if any_yet else "primary",
        on_click=editor.open_editor,
        args=(TAB,),
        key="connections-add",
    )


def _card(
    service: ConnectionService, connection: Connection, pools: list[PoolRecord], just_saved: Saved | None
) -> None:
    with st.container(border=True, key=f"connection-{connection.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(connection.name)}**", width="content")
            _badge(connection)
        st.markdown("  \n".join(facts(connection, pools)))
        with st.container(horizontal=True):
            test = st.button("Test", icon=":material/network_check:", key=f"test-{connection.id}")
            st.button(
                "Change",
                icon=":material/edit:",
                key=f"change-{connection.id}",
                on_click=editor.open_editor,
                args=(TAB, connection.id),
            )
            remove = st.button("Remove…", icon=":material/delete:", key=f"remove-{connection.id}")
        if test or just_saved is not None:
            _run_test(service, connection, just_saved)
        elif connection.last_test:
            _last_test(connection)
    _confirm_removal(service, connection, pools, remove)


def _badge(connection: Connection) -> None:
    if connection.last_test is None:
        st.badge("Not tested", color="gray", icon=":material/help:")
    elif passed(connection.last_test):
        st.badge(f"Test passed {ago(connection.tested_at)}", color="green", icon=":material/check:")
    else:
        st.badge(f"Test failed {ago(connection.tested_at)}", color="red", icon=":material/close:")


def facts(connection: Connection, pools: list[PoolRecord]) -> list[str]:
    """Lines of Markdown that say how this connection reaches AWS."""
    place = editor.option_with_code(region_name(connection.region), connection.region)
    if connection.account:
        place += f" · account {connection.account}"
    lines = [editor.field_line("Where", place)]
    if connection.endpoint_url:
        lines.append(editor.field_line("Endpoint", connection.endpoint_url))
    lines.append(editor.field_line("Credentials", credentials_in_words(connection)))
    names = ", ".join(one.name for one in pools)
    lines.append(editor.field_line("Pools", names or "none yet: add one on the tab Pools"))
    return lines


def credentials_in_words(connection: Connection) -> str:
    """What the connection signs in to AWS with, in one line."""
    title = KIND_TITLES[connection.kind]
    key = f"key ending in {connection.access_key_hint}" if connection.access_key_hint else ""
    if connection.kind is CredentialKind.ROLE:
        start = key or (f"profile {connection.profile}" if connection.profile else "this machine")
        return f"{title} {connection.role_arn}, starting from {start}"
    detail = key or connection.profile
    return f"{title} ({detail})" if detail else title


def _run_test(service: ConnectionService, connection: Connection, just_saved: Saved | None) -> None:
    """Show each step as it ends; the next run shows the saved result."""
    with st.spinner("Testing: asking AWS…", show_time=True):
        steps = []
        for step in service.test(connection.id):
            show_step(step)
            steps.append(step)
    st.session_state[JUST_TESTED] = connection.id
    if just_saved is not None:
        found = "and its test passed" if passed(steps) else "but its test found something wrong: see below"
        done(f"The connection {connection.name} is saved, {found}.", just_saved.activity_id)
    st.rerun()


def _last_test(connection: Connection) -> None:
    steps = connection.last_test or ()
    failed = not passed(steps)
    just_now = st.session_state.get(JUST_TESTED) == connection.id
    with st.expander("Result of the last test", expanded=failed or just_now):
        for step in steps:
            show_step(step)


def _confirm_removal(
    service: ConnectionService, connection: Connection, pools: list[PoolRecord], pressed: bool
) -> None:
    if pressed and pools:
        names = ", ".join(one.name for one in pools)
        st.warning(
            f"{md(connection.name)} is still used by the pools {md(names)}. Remove these first "
            "(tab Pools), or give them another connection.",
            icon=":material/warning:",
        )
        return

    def remove(reason: str) -> None:
        line = service.remove(connection.id, reason)
        done(f"The connection {connection.name} is removed.", line)

    dialog.confirm(
        pressed,
        f"Remove {connection.name}",
        "The connection and the keys stored for it are deleted here. Nothing changes at AWS; if the keys "
        "were made for this console only, delete them there too.",
        typed=connection.name,
        action=remove,
        button="Remove",
        key=f"remove-connection-{connection.id}",
    )
