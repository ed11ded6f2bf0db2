"""The connections: as cards, each with its last test, and the form for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import streamlit as st

from console.configuration import editor
from console.configuration.editor import Editor, option_with_code
from console.configuration.found import offer_pools
from console.context import Context
from console.feedback import done, guarded
from console.theme import side_by_side
from console.widgets import dialog
from console.widgets.words import md
from services.cognito.regions import REGIONS, region_name
from services.configuration.connections import (
    KEY_KINDS,
    KIND_CAPTIONS,
    KIND_TITLES,
    SOURCES,
    ConnectionService,
)
from services.configuration.service import Saved
from services.store.activity import Why, reason_text
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.records import settings_of
from services.words import ago

TAB = "connections"
TEST_NEXT = "connections-test-next"
JUST_TESTED = "connections-just-tested"
_HOW = ("kind", "profile", "role_arn", "external_id", "secret")
"""Fields that say how the console signs in to AWS; all others say where."""
_KEYS = tuple(settings_of(ConnectionSecret))


def show_connections(ctx: Context) -> None:
    """The tab: the form when one is open, else the cards."""
    service = ConnectionService(ctx.store, ctx.who)
    with guarded():
        opened = editor.current(TAB)
        if opened is not None:
            with editor.closing_when_gone(TAB):
                show_form(service, opened)
            return
        found = service.list()
        _intro(bool(found))
        pools = ctx.store.pools.list()
        saved: Saved[Connection] | None = st.session_state.pop(TEST_NEXT, None)
        for connection in found:
            own = [pool for pool in pools if pool.connection_id == connection.id]
            just_saved = saved if saved is not None and saved.record.id == connection.id else None
            _card(ctx, service, connection, own, just_saved)


def _intro(any_yet: bool) -> None:
    if not any_yet:
        st.info(
            "No connection yet. A connection says how this console reaches AWS: which account and region, "
            "and with which credentials. After it, add a user pool on the next tab.",
            icon=":material/info:",
        )
    st.button(
        "Add a connection…",
        icon=":material/add:",
        type="secondary" if any_yet else "primary",
        on_click=editor.open_editor,
        args=(TAB,),
        key="connections-add",
    )


def _card(
    ctx: Context,
    service: ConnectionService,
    connection: Connection,
    own: list[PoolRecord],
    just_saved: Saved[Connection] | None,
) -> None:
    with st.container(border=True, key=f"connection-{connection.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{md(connection.name)}**", width="content")
            _badge(connection)
        st.markdown("  \n".join(connection_lines(connection, own)))
        with st.container(horizontal=True):
            test = st.button("Test", icon=":material/network_check:", key=f"test-{connection.id}")
            st.button(
                "Change…",
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
            if all_passed(connection.last_test) and (
                not own or st.session_state.get(JUST_TESTED) == connection.id
            ):
                with guarded():
                    offer_pools(ctx, service, connection)
    _confirm_removal(service, connection, own, remove)


def _badge(connection: Connection) -> None:
    if connection.last_test is None:
        st.badge("Not tested", color="gray", icon=":material/help:")
    elif all_passed(connection.last_test):
        st.badge(f"Test passed {ago(connection.tested_at)}", color="green", icon=":material/check:")
    else:
        st.badge(f"Test failed {ago(connection.tested_at)}", color="red", icon=":material/close:")


def connection_lines(connection: Connection, pools: list[PoolRecord]) -> list[str]:
    """Lines of Markdown that say how this connection reaches AWS."""
    place = editor.option_with_code(region_name(connection.region), connection.region)
    if connection.account:
        place += f" · account {connection.account}"
    lines = [editor.field_line("Where", place)]
    if connection.endpoint_url:
        lines.append(editor.field_line("Endpoint", connection.endpoint_url))
    lines.append(editor.field_line("Credentials", credentials_in_words(connection)))
    names = ", ".join(pool.name for pool in pools)
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


def _run_test(
    service: ConnectionService, connection: Connection, just_saved: Saved[Connection] | None
) -> None:
    """Show each step as it ends; the next run shows the saved result."""
    with st.spinner("Testing: asking AWS…", show_time=True):
        steps = []
        for step in service.test(connection.id):
            show_step(step)
            steps.append(step)
    st.session_state[JUST_TESTED] = connection.id
    if just_saved is not None:
        found = (
            "and its test passed" if all_passed(steps) else "but its test found something wrong: see below"
        )
        done(f"The connection {connection.name} is saved, {found}.", just_saved.activity_id)
    st.rerun()


def _last_test(connection: Connection) -> None:
    steps = connection.last_test or ()
    failed = not all_passed(steps)
    just_now = st.session_state.get(JUST_TESTED) == connection.id
    with st.expander("Result of the last test", expanded=failed or just_now):
        for step in steps:
            show_step(step)


def _confirm_removal(
    service: ConnectionService, connection: Connection, pools: list[PoolRecord], pressed: bool
) -> None:
    if pressed and pools:
        names = ", ".join(pool.name for pool in pools)
        st.warning(
            f"{md(connection.name)} is still used by the pools {md(names)}. Remove these first "
            "(tab Pools), or give them another connection.",
            icon=":material/warning:",
        )
        return

    def remove(why: Why) -> None:
        line = service.remove(connection.id, reason_text(why))
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


def show_form(service: ConnectionService, editor: Editor) -> None:
    """Fields for a new connection or a stored one. Raises `RecordNotFound` when that is gone."""
    old = service.get(editor.id) if editor.id else None
    st.header(f"Change {md(old.name)}" if old else "New connection", anchor=False)
    left, right = side_by_side("connection")
    with left:
        where = _where(editor, old)
    with right:
        how, source = _how(service, editor, old)
    editor.other_problem({*settings_of(Connection), *_KEYS, "source"})
    with st.container(horizontal=True):
        both = st.button("Save and test", type="primary", key=editor.key("save-test"))
        only = st.button("Save", key=editor.key("save"))
        editor.cancel_button()
    if both or only:
        typed = Connection(**where, **how)
        saved: Saved[Connection] = editor.save(
            lambda: service.change(old.id, typed, source) if old is not None else service.add(typed, source)
        )
        if both:
            st.session_state[TEST_NEXT] = saved
        else:
            done(f"The connection {saved.record.name} is saved.", saved.activity_id)
        st.rerun()


def _where(editor: Editor, old: Connection | None) -> dict[str, Any]:
    st.markdown("**Which account and region**")
    name = editor.text(Connection, "name", old.name if old else "")
    values = {"name": name, "region": _region(editor, old)}
    for field in settings_of(Connection):
        if field not in (*values, *_HOW):
            values[field] = editor.text(Connection, field, getattr(old, field) if old else "")
    return values


def _region(editor: Editor, old: Connection | None) -> str:
    known = settings_of(Connection)["region"]
    regions = list(REGIONS)
    chosen = old.region if old else None
    if chosen and chosen not in regions:
        regions.append(chosen)
    region = st.selectbox(
        known.label,
        regions,
        index=regions.index(chosen) if chosen else None,
        format_func=lambda code: option_with_code(region_name(code), code),
        placeholder=known.placeholder,
        key=editor.key("region"),
    )
    editor.problem("region", region)
    return region or ""


def _how(
    service: ConnectionService, editor: Editor, old: Connection | None
) -> tuple[dict[str, Any], CredentialKind]:
    """What is typed about the credentials, and what a role is taken on with."""
    st.markdown("**How this console signs in to AWS**")
    kinds = list(CredentialKind)
    kind = st.radio(
        settings_of(Connection)["kind"].label,
        kinds,
        index=kinds.index(old.kind) if old else 0,
        format_func=KIND_TITLES.__getitem__,
        captions=[md(KIND_CAPTIONS[kind]) for kind in kinds],
        key=editor.key("kind"),
        label_visibility="collapsed",
    )
    kind = source = CredentialKind(kind or kinds[0])
    values: dict[str, Any] = {"kind": kind}
    if kind is CredentialKind.ROLE:
        for field in ("role_arn", "external_id"):
            values[field] = editor.text(Connection, field, getattr(old, field) if old else "")
        st.markdown("The role session is named after the operator, so CloudTrail shows who acted.")
        source = _source(service, editor, old)
    if source is CredentialKind.PROFILE:
        values["profile"] = editor.text(Connection, "profile", old.profile if old else "")
    if source in KEY_KINDS:
        values["secret"] = _keys(service, editor, old, source)
    return values, source


def _source(service: ConnectionService, editor: Editor, old: Connection | None) -> CredentialKind:
    now = service.source(old) if old and old.kind is CredentialKind.ROLE else CredentialKind.DEFAULT
    source = st.selectbox(
        "Taken on with",
        SOURCES,
        index=SOURCES.index(now),
        format_func=KIND_TITLES.__getitem__,
        key=editor.key("source"),
        help="The credentials that are allowed to take on the role (sts:AssumeRole).",
    )
    editor.problem("source", source)
    return source or now


def _keys(
    service: ConnectionService, editor: Editor, old: Connection | None, kind: CredentialKind
) -> ConnectionSecret:
    stored = old is not None and service.source(old) is kind
    if stored and old is not None:
        ending = f" (the one ending in {md(old.access_key_hint)})" if old.access_key_hint else ""
        st.markdown(f"A key is stored{ending}. It is never shown again. Leave these fields blank to keep it.")
    found = {}
    for field, setting in settings_of(ConnectionSecret).items():
        if field == "session_token" and kind is not CredentialKind.SESSION:
            continue
        blank = {"placeholder": "leave blank to keep"} if stored else {}
        if setting.secret:
            found[field] = editor.secret(ConnectionSecret, field, **blank)
        else:
            found[field] = editor.text(ConnectionSecret, field, "", autocomplete="off", **blank)
    return ConnectionSecret(**found)


class ShownStep(Protocol):
    """What a live step and a saved one have in common."""

    @property
    def title(self) -> str:
        """What was tried."""

    @property
    def passed(self) -> bool | None:
        """Whether it worked; None where that isn't known."""

    @property
    def sentence(self) -> str:
        """What came of it; may be empty."""

    @property
    def next_step(self) -> str:
        """What to do about it; empty when there is nothing to do."""


_SIGNS = {
    True: ":green[:material/check_circle:] passed",
    False: ":red[:material/cancel:] failed",
    None: ":gray[:material/help:] not known",
}


def show_step(step: ShownStep) -> None:
    """One line: what was tried, how it went, and what to do about it."""
    text = f"{_SIGNS[step.passed]}: **{md(step.title)}**"
    if step.sentence:
        text += f"  \n{md(step.sentence)}"
    if step.next_step:
        text += f"  \n{'' if step.passed else '**What to do:** '}{md(step.next_step)}"
    st.markdown(text)


def all_passed(steps: Sequence[ShownStep]) -> bool:
    """True when something passed and nothing failed (a step may not be known: STS out of reach)."""
    outcomes = {step.passed for step in steps}
    return True in outcomes and False not in outcomes
