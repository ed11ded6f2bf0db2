"""Copying the groups of somebody else, with a preview of what is added."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.user.outcomes import send, tell_outcomes
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.cognito.models import User, UserPool
from services.directory.lookup import candidates
from services.directory.people import Person
from services.people.memberships import CopyPlan, adding, copy_plan
from services.words import counted

NAME = "user-copy-groups"
SHOWN = 20


def show_dialog(ctx: Context, person: Person, pool: UserPool) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(NAME)
    if opened is not None and opened.subject.sub == person.user.sub:
        dialog.show_dialog("Copy groups from another person", lambda: _body(ctx, opened, person, pool))


def _body(ctx: Context, opened: Opened, person: Person, pool: UserPool) -> None:
    if tell_outcomes(opened, person.user.label):
        return
    dialog.who(person.user.name, person.user.label)
    source = _choose(ctx, opened, person)
    if source is None:
        dialog.buttons(opened, "Add groups", disabled=True)
        return
    look = ctx.pool_session.directory.person(source.sub)
    if look is None or look.person.groups is None:
        st.warning("The groups of this person could not be read.", icon=":material/warning:")
        return
    plan = copy_plan(look.person.groups, person.groups or (), pool.id)
    _preview(plan)
    dialog.ask_reason(opened, "optional")
    dialog.show_problems(opened)
    dialog.buttons(
        opened,
        f"Add {counted(len(plan.add), 'group')}",
        disabled=not plan.add or bool(plan.problem),
        on_action=_submit,
        args=(ctx, opened, person, plan),
    )


def _choose(ctx: Context, opened: Opened, person: Person) -> User | None:
    """Find the person to copy from."""
    query = st.text_input(
        "Whose groups?", key=opened.key("query"), type="search", placeholder="Name, e-mail or username"
    )
    found: list[User] = []
    more = False
    with guarded():
        found, more = candidates(ctx.pool_session.directory, query or "", limit=SHOWN)
    found = [user for user in found if user.sub != person.user.sub]
    if not found:
        if query:
            st.markdown("Nobody fits.")
        return None
    by_sub = {user.sub: user for user in found}
    sub = st.selectbox(
        "Person",
        list(by_sub),
        index=0 if len(found) == 1 else None,
        format_func=lambda one: _title(by_sub[one], found),
        key=opened.key("source"),
        placeholder=f"{len(found)}{' or more' if more else ''} found; choose one",
    )
    return by_sub.get(sub) if sub else None


def _title(user: User, found: list[User]) -> str:
    """Name and address; the ID too where two people would read the same."""

    def plain(one: User) -> str:
        return f"{one.name} · {one.label}" if one.name else one.label

    same = sum(1 for one in found if plain(one) == plain(user)) > 1
    return f"{plain(user)} · {user.sub}" if same else plain(user)


def _preview(plan: CopyPlan) -> None:
    if plan.add:
        st.markdown(f"**Will be added to:** {md(', '.join(plan.add))}")
    else:
        st.markdown("They are in all of these groups already; there is nothing to add.")
    if plan.already:
        st.markdown(f"In already: {md(', '.join(plan.already))}")
    if plan.left_out:
        st.markdown(f"Not copied, because Cognito manages them by itself: {md(', '.join(plan.left_out))}")
    if plan.add:
        st.markdown("No group is taken away.")
    if plan.problem:
        st.error(md(plan.problem), icon=":material/error:")


def _submit(ctx: Context, opened: Opened, person: Person, plan: CopyPlan) -> None:
    send(ctx, opened, adding(person.user.ref, plan.add))
