"""The form for one application."""

from __future__ import annotations

import streamlit as st

from console.configuration.editor import Editor, option_with_code
from console.feedback import done
from console.widgets.words import md
from services.cognito.models import AppClient
from services.configuration.applications import (
    ApplicationForm,
    ApplicationService,
    SavedApplication,
    callback_of,
    callback_problem,
)
from services.errors import ConsoleError
from services.store.applications import Application
from services.store.pools import PoolRecord

FIELDS = (
    "name",
    "client_id",
    "client_secret",
    "application_url",
    "discovery_url",
    "allowed_groups",
    "group_roles",
)
KEEP, TYPE, READ, NONE = "Keep the stored one", "Type it", "Read it from Cognito", "None"


def show_form(service: ApplicationService, pool: PoolRecord, editor: Editor) -> None:
    """Fields for a new application of `pool`, or a stored one. Raises `RecordNotFound` when that is gone."""
    old = service.get(editor.id) if editor.id else None
    st.subheader(f"Change {md(old.name)}" if old else f"New application of {md(pool.name)}", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        name = st.text_input("Name", old.name if old else "", key=editor.key("name"), placeholder="Billing")
        editor.problem("name", name)
        client_id = _client(service, pool, editor, old)
        client = _described(service, pool, editor, client_id)
        secret = _secret(editor, old, client_id, client)
    with right:
        url = _addresses(editor, old, client)
        discovery = _discovery(service, pool, editor, old)
    groups, roles = _groups(service, pool, editor, old)
    editor.other_problem(FIELDS)
    with st.container(horizontal=True):
        pressed = st.button("Save", type="primary", key=editor.key("save"))
        editor.cancel_button()
    if pressed:
        form = ApplicationForm(
            name=name or "",
            client_id=client_id,
            application_url=url,
            discovery_url=discovery,
            allowed_groups=groups,
            group_roles=roles,
            client_secret=secret[1],
            read_secret=secret[0] == READ,
            forget_secret=secret[0] == NONE,
        )
        saved: SavedApplication = editor.save(
            lambda: service.change(old.id, form) if old else service.add(pool.id, form)
        )
        done(f"The application {saved.application.name} is saved.", saved.activity_id)
        st.rerun()


def _client(service: ApplicationService, pool: PoolRecord, editor: Editor, old: Application | None) -> str:
    live: tuple[AppClient, ...] = ()
    try:
        live = editor.remember("clients", lambda: service.clients(pool.id))
    except ConsoleError as error:
        _not_read("app clients", error)
    titles = {one.id: one.name for one in live}
    options = [one.id for one in live]
    if old and old.client_id not in options:
        options.append(old.client_id)
    picked = st.selectbox(
        "App client",
        options,
        index=options.index(old.client_id) if old else None,
        format_func=lambda one: option_with_code(titles.get(one, ""), one),
        accept_new_options=True,
        placeholder="Choose it, or type a client ID",
        key=editor.key("client"),
    )
    editor.problem("client_id", picked)
    return picked or ""


def _described(
    service: ApplicationService, pool: PoolRecord, editor: Editor, client_id: str
) -> AppClient | None:
    """The chosen app client as it is now, or None when it can't be read."""
    if not client_id:
        return None
    try:
        return editor.remember(client_id, lambda: service.client(pool.id, client_id))
    except ConsoleError as error:
        _not_read("app client", error)
        return None


def _secret(
    editor: Editor, old: Application | None, client_id: str, client: AppClient | None
) -> tuple[str, str]:
    """How the client secret is had, and what is typed."""
    stored = old is not None and old.has_secret and old.client_id == client_id
    has_one = client is not None and client.has_secret
    ways = [KEEP, TYPE, READ, NONE] if stored else [READ, TYPE, NONE] if has_one else [NONE, TYPE, READ]
    way = st.radio(
        "Client secret",
        ways,
        horizontal=True,
        key=editor.key(f"way-{client_id}-{ways[0]}"),
        help="It is stored encrypted and never shown again.",
    )
    if client is not None:
        st.markdown("This app client has a secret." if has_one else "This app client has no secret.")
    typed = ""
    if way == TYPE:
        typed = (
            st.text_input(
                "Secret",
                type="password",
                key=editor.key("secret"),
                autocomplete="new-password",
                placeholder="leave blank to keep" if stored else "",
                live=True,  # as in the form for a connection
            )
            or ""
        )
    elif way == READ:
        st.markdown("It is read when you save, and not shown.")
    if old is not None and old.has_secret and not stored:
        st.markdown("The stored secret belongs to another app client, so it is forgotten when you save.")
    editor.problem("client_secret", (way, typed))
    return way or NONE, typed


def _addresses(editor: Editor, old: Application | None, client: AppClient | None) -> str:
    url = (
        st.text_input(
            "Application URL",
            old.application_url if old else "",
            key=editor.key("url"),
            placeholder="https://billing.example.com",
        )
        or ""
    )
    editor.problem("application_url", url)
    if url.strip():
        st.markdown("Callback URL, to be listed in the app client:")
        st.code(callback_of(url), language=None)
        problem = callback_problem(client, url) if client is not None else ""
        if problem:
            st.warning(md(problem), icon=":material/warning:")
    return url


def _discovery(service: ApplicationService, pool: PoolRecord, editor: Editor, old: Application | None) -> str:
    usual = service.discovery_url(pool.id)
    found = st.text_input(
        "Discovery URL",
        old.discovery_url if old else usual,
        key=editor.key("discovery"),
        placeholder=usual,
        help="Filled in from region and pool. Blank takes that one again.",
    )
    editor.problem("discovery_url", found)
    return found or ""


def _groups(
    service: ApplicationService, pool: PoolRecord, editor: Editor, old: Application | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    live: list[str] = []
    try:
        live = [one.name for one in editor.remember("groups", lambda: service.groups(pool.id))]
    except ConsoleError as error:
        _not_read("groups", error)
    now = list(old.allowed_groups) if old else []
    chosen = st.multiselect(
        "Allowed groups",
        [*live, *(one for one in now if one not in live)],
        default=now,
        key=editor.key("groups"),
        accept_new_options=not live,
        placeholder="Choose the groups whose members may use it",
        help="Members of any of these groups may use the application.",
    )
    editor.problem("allowed_groups", chosen)
    roles: dict[str, str] = {}
    if chosen:
        st.markdown("**Role in the application, by group** (blank where the application needs none)")
        columns = st.columns(3)
        for number, group in enumerate(chosen):
            with columns[number % 3]:
                roles[group] = (
                    st.text_input(
                        md(group),
                        old.group_roles.get(group, "") if old else "",
                        key=editor.key(f"role-{group}"),
                        placeholder="no role",
                    )
                    or ""
                )
        editor.problem("group_roles", roles)
    return tuple(chosen), roles


def _not_read(what: str, error: ConsoleError) -> None:
    st.warning(
        f"The {what} could not be read: {md(error.message)} {md(error.next_step)}", icon=":material/warning:"
    )
