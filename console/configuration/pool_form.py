"""The form for one pool."""

from __future__ import annotations

import streamlit as st

from console.configuration.editor import Editor, option_with_code
from console.feedback import done
from console.widgets.words import md
from services.cognito.connection import REGIONS, region_name
from services.cognito.models import PoolSummary
from services.configuration.connections import ConnectionService
from services.configuration.pools import PoolForm, PoolService, SavedPool, suggested_name
from services.errors import ConsoleError
from services.store.connections import Connection
from services.store.pools import PoolRecord

FIELDS = ("pool_id", "name", "region")


def show_form(
    service: PoolService,
    connections: ConnectionService,
    found: tuple[Connection, ...],
    opened: Editor,
) -> None:
    """Fields for a new pool or a stored one. Raises `RecordNotFound` when that is gone."""
    pools = service.list()
    old = service.get(opened.id) if opened.id else None
    st.subheader(f"Change {md(old.name)}" if old else "New pool", anchor=False)
    connection = _connection(found, old, opened)
    if old is None:
        pool_id, title = _pick(connections, connection, pools, opened)
    else:
        pool_id, title = old.pool_id, old.name
        st.text_input("User pool", pool_id, disabled=True, key=opened.key("fixed"), width=480)
    opened.problem("pool_id", pool_id)
    suggestion = old.name if old else suggested_name(title, [one.name for one in pools]) if title else ""
    name = st.text_input(
        "Short name",
        suggestion,
        # a new key with each pool picked, so that the suggestion follows the choice
        key=opened.key(f"name-{pool_id}"),
        help="Stands in the pool switch and in addresses: small letters, digits, hyphens.",
        width=480,
    )
    opened.problem("name", name)
    region = _region(connection, old, opened)
    opened.problem("region", region)
    opened.other_problem(FIELDS)
    with st.container(horizontal=True):
        pressed = st.button("Save", type="primary", key=opened.key("save"))
        opened.cancel_button()
    if pressed:
        form = PoolForm(connection.id, pool_id, name or "", region)
        saved: SavedPool = opened.save(lambda: service.change(old.id, form) if old else service.add(form))
        text = f"The pool {saved.pool.name} is saved."
        done(f"{text} {saved.warning}" if saved.warning else text, saved.activity_id)
        st.rerun()


def _connection(found: tuple[Connection, ...], old: PoolRecord | None, opened: Editor) -> Connection:
    by_id = {one.id: one for one in found}
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
    taken = {one.pool_id: one.name for one in pools if one.connection_id == connection.id}
    titles = {one.id: one.name for one in live}

    def label(pool_id: str) -> str:
        known = f" — here already as {taken[pool_id]}" if pool_id in taken else ""
        return option_with_code(titles.get(pool_id, ""), pool_id) + known

    picked = st.selectbox(
        "User pool",
        [one.id for one in live],
        index=None,
        format_func=label,
        accept_new_options=True,
        placeholder=f"Choose one of {len(live)}, or type a pool id" if live else "Type a pool id",
        key=opened.key(f"pool-{connection.id}"),
        width=480,
    )
    return picked or "", titles.get(picked or "", picked or "")


def _no_list(error: ConsoleError) -> None:
    st.warning(
        f"The list of pools could not be read: {md(error.message)} {md(error.next_step)}  \n"
        "You can still type the pool's id.",
        icon=":material/warning:",
    )


def _region(connection: Connection, old: PoolRecord | None, opened: Editor) -> str:
    same = f"As the connection ({connection.region})"
    options = ["", *[one for one in REGIONS if one != connection.region]]
    if old and old.region and old.region not in options:
        options.append(old.region)
    now = old.region if old else ""
    return (
        st.selectbox(
            "Region",
            options,
            index=options.index(now) if now in options else 0,
            format_func=lambda code: option_with_code(region_name(code), code) if code else same,
            key=opened.key("region"),
            width=480,
        )
        or ""
    )
