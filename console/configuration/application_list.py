"""The applications of each pool, and which groups open them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console.configuration import editor
from console.configuration.application_form import show_form
from console.context import Context
from console.feedback import done, guarded
from console.widgets import dialog
from console.widgets.words import md
from services.configuration.applications import (
    ApplicationService,
    callback_problem,
    group_uses,
)
from services.errors import ConsoleError
from services.store.applications import Application
from services.store.pools import PoolRecord


def tab_of(pool: PoolRecord) -> str:
    """Where this pool's form is kept: one that is open stays with its pool when another is chosen."""
    return f"applications-{pool.id}"


def show(ctx: Context) -> None:
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
        st.button(
            "Add an application",
            icon=":material/add:",
            type="secondary" if found else "primary",
            on_click=editor.open_editor,
            args=(tab_of(pool),),
            key="applications-add",
        )
        for application in found:
            _card(service, pool, application)
        _groups(service, pool, found)


def _card(service: ApplicationService, pool: PoolRecord, application: Application) -> None:
    with st.container(border=True, key=f"application-{application.id}"):
        st.markdown(f"**{md(application.name)}**")
        st.markdown("  \n".join(_facts(application)))
        if not application.allowed_groups:
            st.warning(
                "No group is allowed, so this application is open to nobody.", icon=":material/warning:"
            )
        with st.container(horizontal=True):
            check = st.button(
                "Check the callback URL", icon=":material/rule:", key=f"callback-{application.id}"
            )
            st.button(
                "Change",
                icon=":material/edit:",
                key=f"change-application-{application.id}",
                on_click=editor.open_editor,
                args=(tab_of(pool), application.id),
            )
            pressed = st.button(
                "Remove…", icon=":material/delete:", key=f"remove-application-{application.id}"
            )
        if check:
            with guarded():
                show_callback_check(service, application)

    def remove(reason: str) -> None:
        line = service.remove(application.id, reason)
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
    line = editor.field_line
    facts = [line("App client", f"{application.client_id} ({secret})")]
    if application.application_url:
        facts.append(line("Application URL", application.application_url))
        facts.append(line("Callback URL", application.callback_url))
    facts.append(line("Discovery URL", application.discovery_url))
    roles = application.group_roles
    groups = ", ".join(
        f"{group} → {roles[group]}" if group in roles else group for group in application.allowed_groups
    )
    facts.append(line("Allowed groups → role", groups or "none"))
    return facts


def show_callback_check(service: ApplicationService, application: Application) -> None:
    """Compare the app client's callback URLs with the application's, live."""
    if not application.application_url:
        st.info("It has no application URL, so there is no callback URL to check.", icon=":material/info:")
        return
    client = service.client(application.pool_record_id, application.client_id)
    problem = callback_problem(client, application.application_url)
    if problem:
        st.warning(md(problem), icon=":material/warning:")
    else:
        st.success("The app client lists this callback URL.", icon=":material/check_circle:")


def _groups(service: ApplicationService, pool: PoolRecord, found: tuple[Application, ...]) -> None:
    """Every group of the pool with what it opens."""
    st.subheader("Groups and what they open", anchor=False)
    try:
        groups = [one.name for one in service.groups(pool.id)]
    except ConsoleError as error:
        st.warning(f"The groups could not be read: {md(error.message)} {md(error.next_step)}")
        return
    uses = group_uses(found, groups)
    idle = [one.group for one in uses if not one.applications]
    missing = [one.group for one in uses if not one.exists]
    several = sum(len(one.applications) > 1 for one in uses)
    st.markdown(
        f"{len(groups)} groups: {several} open several applications, {len(idle)} are tied to none"
        + (f" ({md(', '.join(idle[:8]))}{' …' if len(idle) > 8 else ''})." if idle else ".")
    )
    if missing:
        st.warning(
            f"Allowed here, but not in the pool (any more): {md(', '.join(missing))}. Nobody can be in them.",
            icon=":material/warning:",
        )
    if uses:
        table = pd.DataFrame(
            {
                "Group": [one.group for one in uses],
                "Applications": [", ".join(one.applications) or "—" for one in uses],
                "Number": [len(one.applications) for one in uses],
                "In the pool": ["yes" if one.exists else "no" for one in uses],
            }
        )
        st.dataframe(
            table, hide_index=True, key="application-groups", alt="Groups and the applications they open"
        )
