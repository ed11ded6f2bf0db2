"""Access by application: who can sign in where, and why one person can or can't."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.snapshots import kept
from console.widgets.address import keep_words
from console.widgets.downloads import downloads
from console.widgets.people_table import address_column, name_first, people_table
from console.widgets.table import Column, fingerprint, show_table, turn
from console.widgets.words import label, md
from services.audits.access import (
    CAN,
    ApplicationAccess,
    PersonAccess,
    access_table,
    applications_table,
    by_application,
    of_person,
)
from services.audits.matrix import MatrixFilter, matrix_of
from services.audits.tables import about
from services.directory.pool import PoolTables
from services.directory.standing import AccessVerdict
from services.roles import Permission
from services.store.applications import Application
from services.store.columns import utc_now

APPLICATIONS, PERSON = "By application", "One person"
ICONS = {
    AccessVerdict.YES: ":material/check_circle:",
    AccessVerdict.STEP: ":material/pending:",
    AccessVerdict.NO: ":material/cancel:",
    AccessVerdict.UNTOLD: ":material/help:",
}
MOST_OFFERED = 50


def show_access(ctx: Context, snapshot: PoolTables) -> None:
    """The tab “Access by application”: who can sign in to which application."""
    applications = ctx.store.applications.list(ctx.pool.id)
    if not applications:
        _none(ctx)
        return
    view = st.segmented_control(
        "View",
        (APPLICATIONS, PERSON),
        default=APPLICATIONS,
        key="access-view",
        label_visibility="collapsed",
        required=True,
        bind="query-params",
    )
    if view == PERSON:
        _person(ctx, snapshot, applications)
    else:
        _applications(ctx, snapshot, applications)


def _none(ctx: Context) -> None:
    st.info(
        "No application is set up for this pool, so nobody can say who gets in where.", icon=":material/info:"
    )
    if ctx.may(Permission.CONFIGURE):
        st.page_link(PAGES["configuration"], label="Set up an application", icon=":material/settings:")
    else:
        st.markdown("An administrator sets up applications on the Configuration page.")


def _applications(ctx: Context, snapshot: PoolTables, applications: tuple[Application, ...]) -> None:
    mark = [(application.id, application.changed_at) for application in applications]
    found = kept(
        "access",
        snapshot,
        mark,
        lambda: [by_application(snapshot, application, utc_now()) for application in applications],
        "Working out who can sign in where…",
    )
    _show_applications(found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {answer.application.name: answer for answer in found}
        chosen = st.selectbox("Application", list(names), key="access-application", width=280)
        verdict = st.selectbox(
            CAN,
            [None, *AccessVerdict],
            format_func=lambda verdict: verdict or "Everybody in its groups",
            key="access-verdict",
            width=240,
        )
        st.space("stretch")
        downloads(
            ctx,
            snapshot,
            "access",
            lambda: access_table(found),
            lambda: (applications_table(found), access_table(found)),
            lambda: about("Access by application", snapshot, made_by=ctx.who().name),
            key="access",
        )
    # usernames that Cognito made tell nobody anything
    _one(
        ctx,
        names[chosen],
        verdict,
        hidden=("sub", "Username") if snapshot.about.pool.username_attributes else ("sub",),
    )


def _show_applications(found: list[ApplicationAccess]) -> None:
    """A row for each application: how many people can sign in to it."""
    show_table(
        {
            "Application": [answer.application.name for answer in found],
            **{verdict.heading: [answer.count(verdict) for answer in found] for verdict in AccessVerdict},
            "Complete": ["no, see below" if answer.gaps else "yes" for answer in found],
            # the numbers first: what stands behind them may be out of view in a narrow window
            "Allowed groups": [", ".join(_group_words(answer)) or "none set up" for answer in found],
        },
        "Applications and how many people can sign in to each",
        columns={
            AccessVerdict.NO.heading: Column(help="Disabled, not confirmed, invitation expired …"),
        },
    )


def _group_words(answer: ApplicationAccess) -> list[str]:
    return [use.group if use.exists else f"{use.group} (not in this pool)" for use in answer.groups]


def _one(
    ctx: Context, found: ApplicationAccess, verdict: AccessVerdict | None, hidden: tuple[str, ...]
) -> None:
    st.markdown(f"**{md(found.application.name)}**: {md(found.sentence)}")
    for gap in found.gaps:
        st.warning(md(gap), icon=":material/warning:")
    people = found.people if verdict is None else found.people[found.people[CAN] == str(verdict)]
    if people.empty:
        st.markdown("Nobody.")
        return
    place = st.container()
    first, last = turn(len(people), f"access-{fingerprint(found.application.id, verdict)}")
    subs = people["sub"].iloc[first:last].tolist()
    shown = people.iloc[first:last].drop(columns=list(hidden))
    if "Username" in shown:  # behind what is asked here: in a narrow window the first columns are seen
        shown["Username"] = shown.pop("Username")
    with place:
        people_table(
            ctx,
            name_first(shown, "Person"),
            subs,
            name="access-table",
            identity=found.application.id,
            opens="Name",
            alt=f"People in the groups of {found.application.name}",
            rows=20,
            ticks=False,
            columns={
                "Person": address_column(),
                "Why": Column(width=160),
            },
        )


def _person(ctx: Context, snapshot: PoolTables, applications: tuple[Application, ...]) -> None:
    keep_words(ctx.store, "audits", "access-person-text", part="access")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find a person",
            placeholder="Name, e-mail, username",
            icon=":material/search:",
            key="access-person-text",
            width=300,
        )
        if not text.strip():
            st.markdown("Type a part of a name, an e-mail address or a username.")
            return
        matrix = matrix_of(snapshot, MatrixFilter(text=text))
        page = matrix.page(0, MOST_OFFERED, ())
        if page.empty:
            st.markdown("Nobody fits.")
            return
        offered = {
            sub: f"{line['Name']}  {line['Person']}".strip()
            for sub, line in zip(matrix.subs(0, MOST_OFFERED), page.to_dict("records"), strict=True)
        }
        more = f" (the first {MOST_OFFERED} of {len(matrix):,})" if len(matrix) > MOST_OFFERED else ""
        sub = st.selectbox(
            f"Person{more}",
            list(offered),
            format_func=lambda sub: label(offered[sub]),
            key=f"access-person-{fingerprint(text)}",
            width=420,
        )
    found = of_person(snapshot, sub, applications, utc_now())
    if found is None:
        return
    able = sum(answer.verdict in (AccessVerdict.YES, AccessVerdict.STEP) for answer in found)
    st.text(offered[sub])  # in Markdown an address would become a link
    st.markdown(f"Can sign in to **{able} of {len(found)}** applications.")
    for answer in found:
        _answer(answer)


def _answer(answer: PersonAccess) -> None:
    with st.container(border=True):
        st.markdown(f"{ICONS[answer.verdict]} **{md(answer.application.name)}**: {answer.verdict.lower()}")
        if answer.through:
            role = f", as {md(', '.join(answer.roles))}" if answer.roles else ", without a role of its own"
            st.markdown(f"Through {md(', '.join(answer.through))}{role}.")
        for reason in answer.why:
            st.markdown(md(reason))
