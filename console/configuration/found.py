"""What AWS has that this console doesn't have yet: pools of a connection, app clients of a pool."""

from __future__ import annotations

from typing import cast

import pandas as pd
import streamlit as st

from console.configuration.editor import option_with_code
from console.context import Context
from console.feedback import done
from console.widgets.words import md
from services.configuration.applications import ApplicationService, ProposedApplication
from services.configuration.connections import ConnectionService
from services.configuration.pools import PoolService
from services.store.applications import Application
from services.store.connections import Connection
from services.store.pools import PoolRecord
from services.words import counted

MOST_TICKED = 12
"""So many pools or less are ticked at once; of more, one chooses."""


def offer_pools(ctx: Context, service: ConnectionService, connection: Connection) -> None:
    """The pools that the connection sees, to be added with one click.

    Asks AWS once for each test. Raises `CognitoError`s.
    """
    key = f"found-pools-{connection.id}"
    asked_at, seen = st.session_state.get(key, (None, ()))
    if asked_at != connection.tested_at:
        seen = service.pools_to_add(connection.id)
        st.session_state[key] = (connection.tested_at, seen)
    here = {pool.pool_id for pool in ctx.store.pools.list()}
    found = {summary.id: summary for summary in seen if summary.id not in here}
    if not found:
        return
    many = counted(len(found), "user pool")
    st.markdown(f"**Found {many} that {'is' if len(found) == 1 else 'are'} not here yet.**")
    chosen = st.multiselect(
        "User pools to add",
        list(found),
        default=list(found) if len(found) <= MOST_TICKED else [],
        format_func=lambda id: option_with_code(found[id].name, id),
        placeholder="Choose",
        key=f"{key}-{len(found)}",
    )
    if st.button(
        f"Add {counted(len(chosen), 'pool')}" if chosen else "Add",
        type="primary",
        icon=":material/add:",
        disabled=not chosen,
        key=f"{key}-add",
    ):
        saved = PoolService(ctx.store, ctx.who).add_found(connection.id, [found[id] for id in chosen])
        names = ", ".join(made.record.name for made in saved)
        done(f"{counted(len(saved), 'user pool')} added: {names}.", saved[-1].activity_id)
        st.rerun()


def ask_for_proposals(pool: PoolRecord, *, primary: bool) -> None:
    """The button that has `offer_applications` look at the pool's app clients."""
    if _asked(pool) in st.session_state:
        return
    if st.button(
        "Propose some from the app clients",
        icon=":material/auto_awesome:",
        type="primary" if primary else "secondary",
        key=f"{_asked(pool)}-ask",
    ):
        st.session_state[_asked(pool)] = ()
        st.rerun()


def offer_applications(service: ApplicationService, pool: PoolRecord) -> None:
    """The pool's app clients that no application here stands for, to be added, once that was asked for."""
    key = _asked(pool)
    if key not in st.session_state:
        return
    st.session_state[key] = st.session_state[key] or service.proposals(pool.id)
    with st.container(border=True):
        _propose(service, pool, st.session_state[key], key)


def _asked(pool: PoolRecord) -> str:
    return f"found-clients-{pool.id}"


def _propose(
    service: ApplicationService, pool: PoolRecord, proposed: tuple[ProposedApplication, ...], key: str
) -> None:
    taken = {application.client_id for application in service.list(pool.id)}
    proposed = tuple(proposal for proposal in proposed if proposal.application.client_id not in taken)
    if not proposed:
        st.markdown("Every app client that people sign in with has its application here.")
        return
    st.markdown(
        f"**{counted(len(proposed), 'app client')} of {md(pool.name)} without an application here.** Untick "
        "what isn't one, mend names and addresses, and choose the groups whose members may use it: without a "
        "group, it is open to nobody. Client secrets stay at AWS until you read them under Change."
    )
    rows = _ticked(service, pool, proposed, f"{key}-table-{len(proposed)}")
    with st.container(horizontal=True):
        pressed = st.button(
            f"Add {counted(len(rows), 'application')}" if rows else "Add",
            type="primary",
            icon=":material/add:",
            disabled=not rows,
            key=f"{key}-add",
        )
        st.button("Not now", key=f"{key}-close", on_click=st.session_state.pop, args=(key,))
    if pressed:
        saved = [service.add(application) for application in rows]
        names = ", ".join(made.record.name for made in saved)
        done(f"{counted(len(saved), 'application')} added: {names}.", saved[-1].activity_id)
        st.session_state.pop(key)
        st.rerun()


def _ticked(
    service: ApplicationService, pool: PoolRecord, proposed: tuple[ProposedApplication, ...], key: str
) -> list[Application]:
    """Show what is proposed, to be mended; the applications that are ticked, as they stand there now."""
    edited = st.data_editor(
        pd.DataFrame(
            {
                "Add": [proposal.usable for proposal in proposed],
                "Name": [proposal.application.name for proposal in proposed],
                "Application URL": [proposal.application.application_url for proposal in proposed],
                "Allowed groups": [list(proposal.application.allowed_groups) for proposal in proposed],
                "App client": [proposal.application.client_id for proposal in proposed],
                "Note": [proposal.note for proposal in proposed],
            }
        ),
        hide_index=True,
        disabled=["App client", "Note"],
        column_config={
            "Add": st.column_config.CheckboxColumn(width=70),
            "Allowed groups": st.column_config.MultiselectColumn(
                options=[group.name for group in service.groups(pool.id)], width=220
            ),
        },
        key=key,
    )
    by_client = {proposal.application.client_id: proposal for proposal in proposed}
    return [
        by_client[row["App client"]].edited(
            cast("str", row["Name"]) or "",
            cast("str", row["Application URL"]) or "",
            tuple(row["Allowed groups"] if row["Allowed groups"] is not None else ()),
        )
        for row in edited.to_dict("records")
        if row["Add"]
    ]
