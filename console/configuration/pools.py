"""The pools of each connection, as cards, and the form for one of them."""

from __future__ import annotations

import streamlit as st

from console.configuration import editor
from console.configuration.editor import Editor, option_with_code
from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.words import md
from services.cognito.models import PoolSummary
from services.cognito.regions import REGIONS, region_name
from services.configuration.connections import ConnectionService
from services.configuration.pools import PoolService, pool_meant, suggested_name
from services.configuration.service import Saved
from services.errors import ConsoleError
from services.store.activity import Why, reason_text
from services.store.applications import Application
from services.store.connections import Connection
from services.store.pools import PoolRecord
from services.store.records import settings_of

TAB = "pools"


def show_pools(ctx: Context) -> None:
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
            "Add a pool…",
            icon=":material/add:",
            type="secondary" if pools else "primary",
            on_click=editor.open_editor,
            args=(TAB,),
            key="pools-add",
        )
        applications = ctx.store.applications.list()
        for connection in found:
            own = [pool for pool in pools if pool.connection_id == connection.id]
            if own:
                st.markdown(f"**{md(connection.name)}**")
            for pool in own:
                _card(
                    service,
                    connection,
                    pool,
                    [application for application in applications if application.pool_record_id == pool.id],
                )


def _card(
    service: PoolService, connection: Connection, pool: PoolRecord, applications: list[Application]
) -> None:
    region = pool.region or connection.region
    place = option_with_code(region_name(region), region)
    used = ", ".join(application.name for application in applications)
    with st.container(border=True, key=f"pool-{pool.id}"):
        st.markdown(f"**{md(pool.name)}**")
        lines = (("User pool", f"{pool.pool_id} in {place}"), ("Applications", used or "none yet"))
        st.markdown("  \n".join(editor.field_line(*line) for line in lines))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Change…",
                icon=":material/edit:",
                key=f"change-pool-{pool.id}",
                on_click=editor.open_editor,
                args=(TAB, pool.id),
            )
            pressed = st.button("Remove…", icon=":material/delete:", key=f"remove-pool-{pool.id}")
            st.page_link(
                PAGES["configuration"],
                label="Identity providers",
                icon=":material/domain:",
                query_params={"pool": pool.name, "tab": "Identity providers"},
            )
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
    def remove(why: Why) -> None:
        line = service.remove(pool.id, reason_text(why))
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


def show_form(
    service: PoolService,
    connections: ConnectionService,
    found: tuple[Connection, ...],
    opened: Editor,
) -> None:
    """Fields for a new pool or a stored one. Raises `RecordNotFound` when that is gone."""
    pools = service.list()
    old = service.get(opened.id) if opened.id else None
    st.header(f"Change {md(old.name)}" if old else "New pool", anchor=False)
    connection = _connection(found, old, opened)
    if old is None:
        pool_id, title = _pick(connections, connection, pools, opened)
    else:
        pool_id, title = old.pool_id, old.name
        st.text_input(_label("pool_id"), pool_id, disabled=True, key=opened.key("fixed"), width=480)
    opened.problem("pool_id", pool_id)
    suggestion = old.name if old else suggested_name(title, [pool.name for pool in pools]) if title else ""
    # a new key with each pool picked, so that the suggestion follows the choice
    name = opened.text(PoolRecord, "name", suggestion, key=opened.key(f"name-{pool_id}"), width=480)
    region = _region(connection, old, opened)
    opened.problem("region", region)
    phone_region = opened.text(PoolRecord, "phone_region", old.phone_region if old else "", width=480)
    opened.other_problem(settings_of(PoolRecord))
    with st.container(horizontal=True):
        pressed = st.button("Save", type="primary", key=opened.key("save"))
        opened.cancel_button()
    if pressed:
        typed = PoolRecord(connection.id, pool_id, name, region, phone_region)
        saved: Saved[PoolRecord] = opened.save(
            lambda: service.change(old.id, typed) if old else service.add(typed)
        )
        text = f"The pool {saved.record.name} is saved."
        done(f"{text} {saved.warning}" if saved.warning else text, saved.activity_id)
        st.rerun()


def _connection(found: tuple[Connection, ...], old: PoolRecord | None, opened: Editor) -> Connection:
    by_id = {connection.id: connection for connection in found}
    chosen = st.selectbox(
        "Connection",
        list(by_id),
        index=list(by_id).index(old.connection_id) if old else 0,
        format_func=lambda id: by_id[id].name,
        key=opened.key("connection"),
        width=480,
    )
    return by_id[chosen]


def _pick(
    connections: ConnectionService, connection: Connection, pools: tuple[PoolRecord, ...], opened: Editor
) -> tuple[str, str]:
    """A pool from the live list, or its id typed; returns id and title (the title may be "")."""
    live: tuple[PoolSummary, ...] = ()
    try:
        with st.spinner("Asking AWS for its user pools…"):
            live = opened.remember(connection.id, lambda: connections.live_pools(connection.id))
    except ConsoleError as error:
        _no_list(error)
    taken = {pool.pool_id: pool.name for pool in pools if pool.connection_id == connection.id}
    titles = {summary.id: summary.name for summary in live}

    def label(pool_id: str) -> str:
        known = f" — here already as {taken[pool_id]}" if pool_id in taken else ""
        return option_with_code(titles.get(pool_id, ""), pool_id) + known

    picked = st.selectbox(
        _label("pool_id"),
        [summary.id for summary in live],
        index=None,
        format_func=label,
        accept_new_options=True,
        placeholder=f"Choose one of {len(live)}, or type a name or ID" if live else "Type a pool ID",
        key=opened.key(f"pool-{connection.id}"),
        width=480,
    )
    meant = pool_meant(picked or "", live)
    return meant, titles.get(meant, meant)


def _no_list(error: ConsoleError) -> None:
    st.warning(
        f"The list of pools could not be read: {md(error.message)} {md(error.next_step)}  \n"
        "You can still type the pool's id.",
        icon=":material/warning:",
    )


def _region(connection: Connection, old: PoolRecord | None, opened: Editor) -> str:
    same = f"As the connection ({connection.region})"
    options = ["", *[region for region in REGIONS if region != connection.region]]
    if old and old.region and old.region not in options:
        options.append(old.region)
    now = old.region if old else ""
    return (
        st.selectbox(
            _label("region"),
            options,
            index=options.index(now) if now in options else 0,
            format_func=lambda code: option_with_code(region_name(code), code) if code else same,
            key=opened.key("region"),
            width=480,
        )
        or ""
    )


def _label(field: str) -> str:
    return settings_of(PoolRecord)[field].label
