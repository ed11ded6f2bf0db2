"""The applications of each pool, which groups open them, and the form for one of them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console.configuration import app_client, editor
from console.configuration.editor import Editor, option_with_code
from console.configuration.found import ask_for_proposals, offer_applications
from console.context import Context
from console.feedback import done, guarded
from console.theme import side_by_side
from console.widgets import dialog
from console.widgets.client_fix import offer_fixes, show_client_fix
from console.widgets.table import show_table
from console.widgets.words import md
from services.cognito.models import AppClient
from services.configuration.applications import (
    ApplicationService,
    callback_of,
    callback_problem,
    group_uses,
)
from services.configuration.service import Saved
from services.errors import ConsoleError
from services.login.client_fixes import allow_callback
from services.pool_session import open_pool_session
from services.store.activity import Why, reason_text
from services.store.applications import Application
from services.store.pools import PoolRecord
from services.store.records import settings_of
from services.words import counted, plural

KEEP, TYPE, READ, NONE = "Keep the stored one", "Type it", "Read it from Cognito", "None"
_OWN_WIDGET = (
    "name",
    "client_id",
    "secret",
    "application_url",
    "discovery_url",
    "allowed_groups",
    "group_roles",
)


def tab_of(pool: PoolRecord) -> str:
    """Where this pool's form is kept: one that is open stays with its pool when another is chosen."""
    return f"applications-{pool.id}"


def show_applications(ctx: Context) -> None:
    """The tab, for the pool chosen at the top of the page."""
    service = ApplicationService(ctx.store, ctx.who)
    pool = ctx.pool_record
    if pool is None:
        st.info("Add a connection and a pool first.", icon=":material/info:")
        return
    with guarded():
        opened = editor.current(tab_of(pool))
        if opened is not None:
            with editor.closing_when_gone(opened.tab):
                show_form(service, pool, opened)
            return
        looked_at = editor.current(app_client.tab_of(pool))
        if looked_at is not None:
            with editor.closing_when_gone(looked_at.tab):
                app_client.show_app_client(service, open_pool_session(ctx.store, pool, ctx.who), looked_at)
            return
        found = service.list(pool.id)
        st.markdown(
            f"Applications that people of **{md(pool.name)}** sign in to. "
            "For another pool, use the switch at the top."
        )
        if not found:
            st.info(
                "No application yet. An application ties an app client to the groups that may use it, so "
                "that this console can say who reaches what.",
                icon=":material/info:",
            )
        with st.container(horizontal=True):
            st.button(
                "Add an application…",
                icon=":material/add:",
                on_click=editor.open_editor,
                args=(tab_of(pool),),
                key="applications-add",
            )
            ask_for_proposals(pool, primary=not found)
        offer_applications(service, pool)
        for application in found:
            _card(ctx, service, pool, application)
        _groups(service, pool, found)
        show_client_fix(open_pool_session(ctx.store, pool, ctx.who))


def _card(ctx: Context, service: ApplicationService, pool: PoolRecord, application: Application) -> None:
    with st.container(border=True, key=f"application-{application.id}"):
        st.markdown(f"**{md(application.name)}**")
        st.markdown("  \n".join(_facts(application)))
        if not application.allowed_groups:
            st.warning(
                "No group is allowed, so this application is open to nobody.", icon=":material/warning:"
            )
        check, remove = _card_buttons(pool, application)
        if check:
            with guarded():
                show_callback_check(ctx, service, application)
    _confirm_removal(service, application, remove)


def _card_buttons(pool: PoolRecord, application: Application) -> tuple[bool, bool]:
    """The buttons below an application; whether to check its callback URL, whether to remove it."""
    with st.container(horizontal=True):
        check = st.button("Check the callback URL", icon=":material/rule:", key=f"callback-{application.id}")
        st.button(
            "Change…",
            icon=":material/edit:",
            key=f"change-application-{application.id}",
            on_click=editor.open_editor,
            args=(tab_of(pool), application.id),
        )
        st.button(
            "App client",
            icon=":material/tune:",
            key=f"app-client-{application.id}",
            help="Its callback URLs, flows, providers and secrets, as AWS has them now.",
            on_click=editor.open_editor,
            args=(app_client.tab_of(pool), application.id),
        )
        remove = st.button("Remove…", icon=":material/delete:", key=f"remove-application-{application.id}")
    return check, remove


def _confirm_removal(service: ApplicationService, application: Application, pressed: bool) -> None:
    def remove(why: Why) -> None:
        line = service.remove(application.id, reason_text(why))
        done(f"The application {application.name} is removed from this console.", line)

    dialog.confirm(
        pressed,
        f"Remove {application.name}",
        "The application and its stored client secret are deleted here. Its app client and its groups stay "
        "as they are at AWS, and people can still sign in.",
        typed=application.name,
        action=remove,
        button="Remove",
        key=f"remove-application-dialog-{application.id}",
    )


def _facts(application: Application) -> list[str]:
    secret = "secret stored" if application.has_secret else "no secret stored"
    line, known = editor.field_line, settings_of(Application)
    facts = [line(known["client_id"].label, f"{application.client_id} ({secret})")]
    if application.application_url:
        facts.append(line(known["application_url"].label, application.application_url))
        facts.append(line("Callback URL", application.callback_url))
    for field in ("discovery_url", *_others()):
        if value := getattr(application, field):
            facts.append(line(known[field].label, value))
    roles = application.group_roles
    groups = ", ".join(
        f"{group} → {roles[group]}" if group in roles else group for group in application.allowed_groups
    )
    facts.append(line("Allowed groups → role", groups or "none"))
    return facts


def show_callback_check(ctx: Context, service: ApplicationService, application: Application) -> None:
    """Compare the app client's callback URLs with the application's, live."""
    if not application.application_url:
        st.info("It has no application URL, so there is no callback URL to check.", icon=":material/info:")
        return
    client = service.client(application.pool_record_id, application.client_id)
    problem = callback_problem(client, application.application_url)
    if problem:
        st.warning(md(problem), icon=":material/warning:")
        if not client.is_program:
            offer_fixes(ctx, [allow_callback(client, application.callback_url)], application.id)
    else:
        st.success("The app client lists this callback URL.", icon=":material/check_circle:")


def _groups(service: ApplicationService, pool: PoolRecord, found: tuple[Application, ...]) -> None:
    """Every group of the pool with what it opens."""
    st.header("Groups and what they open", anchor=False)
    try:
        groups = [group.name for group in service.groups(pool.id)]
    except ConsoleError as error:
        st.warning(f"The groups could not be read: {md(error.message)} {md(error.next_step)}")
        return
    uses = group_uses(found, groups)
    idle = [use.group for use in uses if not use.applications]
    missing = [use.group for use in uses if not use.exists]
    several = sum(len(use.applications) > 1 for use in uses)
    st.markdown(
        f"{counted(len(groups), 'group')}: {several} {plural(several, 'opens', 'open')} several applications"
        f", {len(idle)} {plural(len(idle), 'is', 'are')} tied to none"
        + (f" ({md(', '.join(idle[:8]))}{' …' if len(idle) > 8 else ''})." if idle else ".")
    )
    if missing:
        st.warning(
            f"Allowed here, but not in the pool (any more): {md(', '.join(missing))}. Nobody can be in them.",
            icon=":material/warning:",
        )
    if uses:
        table = {
            "Group": [use.group for use in uses],
            "Applications": [", ".join(use.applications) or "—" for use in uses],
            "Number": [len(use.applications) for use in uses],
            "In the pool": ["yes" if use.exists else "no" for use in uses],
        }
        show_table(table, "Groups and the applications they open")


def show_form(service: ApplicationService, pool: PoolRecord, editor: Editor) -> None:
    """Fields for a new application of `pool`, or a stored one. Raises `RecordNotFound` when that is gone."""
    old = service.get(editor.id) if editor.id else None
    st.header(f"Change {md(old.name)}" if old else f"New application of {md(pool.name)}", anchor=False)
    left, right = side_by_side("application")
    with left:
        name = editor.text(Application, "name", old.name if old else "")
        client_id = _client(service, pool, editor, old)
        client = _described(service, pool, editor, client_id)
        way, secret = _secret(editor, old, client_id, client)
    with right:
        url = _addresses(editor, old, client)
        usual = service.discovery_url(pool.id)
        now = old.discovery_url if old else usual
        discovery = editor.text(Application, "discovery_url", now, placeholder=usual)
        others: dict[str, Any] = {
            field: editor.text(Application, field, getattr(old, field, "")) for field in _others()
        }
    groups, roles = _chosen_groups(service, pool, editor, old)
    editor.other_problem(settings_of(Application))
    with st.container(horizontal=True):
        pressed = st.button("Save", type="primary", key=editor.key("save"))
        editor.cancel_button()
    if pressed:
        typed = Application(pool.id, name, client_id, url, discovery, groups, roles, secret=secret, **others)
        read = way == READ
        saved: Saved[Application] = editor.save(
            lambda: (
                service.change(old.id, typed, read_secret=read)
                if old
                else service.add(typed, read_secret=read)
            )
        )
        done(f"The application {saved.record.name} is saved.", saved.activity_id)
        st.rerun()


def _others() -> list[str]:
    """The names of the fields that are plain text boxes."""
    return [field for field in settings_of(Application) if field not in _OWN_WIDGET]


def _client(service: ApplicationService, pool: PoolRecord, editor: Editor, old: Application | None) -> str:
    live: tuple[AppClient, ...] = ()
    try:
        live = editor.remember("clients", lambda: service.clients(pool.id))
    except ConsoleError as error:
        _not_read("app clients", error)
    titles = {client.id: client.name for client in live}
    options = [client.id for client in live]
    if old and old.client_id not in options:
        options.append(old.client_id)
    known = settings_of(Application)["client_id"]
    picked = st.selectbox(
        known.label,
        options,
        index=options.index(old.client_id) if old else None,
        format_func=lambda id: option_with_code(titles.get(id, ""), id),
        accept_new_options=True,
        placeholder=known.placeholder,
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
) -> tuple[str, str | None]:
    """How the client secret is had, and the secret: None keeps the stored one, "" forgets it."""
    stored = old is not None and old.has_secret and old.client_id == client_id
    has_one = client is not None and client.has_secret
    ways = [KEEP, TYPE, READ, NONE] if stored else [READ, TYPE, NONE] if has_one else [NONE, TYPE, READ]
    known = settings_of(Application)["secret"]
    way = st.radio(
        known.label, ways, horizontal=True, key=editor.key(f"way-{client_id}-{ways[0]}"), help=known.help
    )
    if client is not None:
        st.markdown("This app client has a secret." if has_one else "This app client has no secret.")
    typed = ""
    if way == TYPE:
        blank = {"placeholder": "leave blank to keep"} if stored else {}
        typed = editor.secret(Application, "secret", **blank)
    elif way == READ:
        st.markdown("It is read when you save, and not shown.")
    if old is not None and old.has_secret and not stored:
        st.markdown("The stored secret belongs to another app client, so it is forgotten when you save.")
    if way != TYPE:
        editor.problem("secret", way)
    return way or NONE, "" if way == NONE else typed or None


def _addresses(editor: Editor, old: Application | None, client: AppClient | None) -> str:
    url = editor.text(Application, "application_url", old.application_url if old else "")
    if url.strip():
        st.markdown("Callback URL, to be listed in the app client:")
        st.code(callback_of(url), language=None)
        problem = callback_problem(client, url) if client is not None else ""
        if problem:
            st.warning(md(problem), icon=":material/warning:")
    return url


def _chosen_groups(
    service: ApplicationService, pool: PoolRecord, editor: Editor, old: Application | None
) -> tuple[tuple[str, ...], dict[str, str]]:
    live: list[str] = []
    try:
        live = [group.name for group in editor.remember("groups", lambda: service.groups(pool.id))]
    except ConsoleError as error:
        _not_read("groups", error)
    now = list(old.allowed_groups) if old else []
    known = settings_of(Application)
    chosen = st.multiselect(
        known["allowed_groups"].label,
        [*live, *(group for group in now if group not in live)],
        default=now,
        key=editor.key("groups"),
        accept_new_options=not live,
        placeholder=known["allowed_groups"].placeholder,
        help=known["allowed_groups"].help,
    )
    editor.problem("allowed_groups", chosen)
    roles: dict[str, str] = {}
    if chosen:
        st.markdown(f"**{known['group_roles'].label}** (blank where the application needs none)")
        columns = st.columns(3)
        for number, group in enumerate(chosen):
            with columns[number % 3]:
                roles[group] = (
                    st.text_input(
                        md(group),
                        old.group_roles.get(group, "") if old else "",
                        key=editor.key(f"role-{group}"),
                        placeholder=known["group_roles"].placeholder,
                    )
                    or ""
                )
        editor.problem("group_roles", roles)
    return tuple(chosen), roles


def _not_read(what: str, error: ConsoleError) -> None:
    st.warning(
        f"The {what} could not be read: {md(error.message)} {md(error.next_step)}", icon=":material/warning:"
    )
