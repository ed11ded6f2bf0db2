"""The groups of one person: what they are in, what that opens, joining, leaving, copying from somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.group_choice import choose_groups, chosen_groups, remarks
from console.widgets.person_actions import send, tell_memberships
from console.widgets.table import show_table
from console.widgets.words import label, md
from services.cognito.actions import AddToGroup, RemoveFromGroup
from services.cognito.group_rules import provider_of, too_many_groups
from services.cognito.models import Group, User, UserPool
from services.directory.lookup import candidates
from services.directory.people import Person
from services.people import memberships
from services.people.memberships import CopyPlan, adding, copy_plan
from services.roles import Permission
from services.store.applications import Application
from services.words import counted

ADD, REMOVE = "user-add-groups", "user-remove-groups"


def show_groups(ctx: Context, person: Person, pool: UserPool) -> None:
    """The groups as a table, the applications they open, and the buttons to change them."""
    if person.groups is None:
        st.warning(
            "Their groups could not be read, so nothing can be changed here.", icon=":material/warning:"
        )
        return
    groups = {group.name: group for group in ctx.pool_session.directory.groups()}
    applications = ctx.store.applications.list(ctx.pool.id)
    if person.groups:
        _table([groups.get(name, Group(name)) for name in person.groups], applications, pool)
    else:
        st.info("They are in no group.", icon=":material/info:")
    _buttons(ctx, person, pool, others=len(groups) > len(person.groups))
    _access(person.groups, applications)


def _table(groups: Sequence[Group], applications: Sequence[Application], pool: UserPool) -> None:
    show_table(
        {
            "Group": [group.name for group in groups],
            "Description": [group.description for group in groups],
            "Opens": [_opened_by(group.name, applications) for group in groups],
            "Remarks": [remarks(group, provider_of(group.name, pool.id)) for group in groups],
        },
        "Groups of this user",
    )


def _buttons(ctx: Context, person: Person, pool: UserPool, *, others: bool) -> None:
    if not ctx.may(Permission.USER_MEMBERSHIP):
        return
    with st.container(horizontal=True):
        join, leave = AddToGroup.why_not(person.user, pool), RemoveFromGroup.why_not(person.user, pool)
        for name, label, icon, off in (
            (ADD, "Add to groups", AddToGroup.icon(), join or not others),
            (REMOVE, "Remove from groups", RemoveFromGroup.icon(), leave or not person.groups),
            (COPY, "Copy from another person", ":material/content_copy:", join),
        ):
            st.button(
                f"{label}…",
                icon=icon,
                key=name,
                disabled=bool(off),
                on_click=dialog.open_dialog,
                args=(name, person.user),
            )
    if join:
        st.markdown(md(join))


def _access(names: Sequence[str], applications: Sequence[Application]) -> None:
    if not applications:
        return
    st.markdown("**Applications**")
    answers = memberships.access(names, applications)
    show_table(
        {
            "Application": [access.application.name for access in answers],
            "May sign in": ["Yes" if access.allowed else "No" for access in answers],
            "Through": [", ".join(access.through) or _why_closed(access.application) for access in answers],
            "As": [", ".join(access.roles) for access in answers],
        },
        "Applications that this user's groups open",
    )


def _why_closed(application: Application) -> str:
    if not application.allowed_groups:
        return "no allowed groups are set up for it"
    return "needs " + " or ".join(application.allowed_groups)


def show_dialogs(ctx: Context, person: Person, pool: UserPool) -> None:
    """Draw whichever of the dialogs about groups is open for this person."""
    for name in (ADD, REMOVE):
        opened = dialog.opened(name)
        if opened is not None and opened.subject.sub == person.user.sub:
            _dialog(ctx, opened, person)
    show_copy_dialog(ctx, person, pool)


def _dialog(ctx: Context, opened: Opened, person: Person) -> None:
    label = person.user.label
    adding = opened.name == ADD
    title = "Add to groups" if adding else "Remove from groups"

    def body() -> None:
        if tell_memberships(opened, label):
            return
        dialog.who(person.user.name, label)
        mine = person.groups or ()
        all_groups = {group.name: group for group in ctx.pool_session.directory.groups()}
        names = [name for name in all_groups if name not in mine] if adding else list(mine)
        with dialog.form(
            opened,
            "Add" if adding else "Remove",
            reason="optional",
            marked=True,
            billed=True,
            on_action=_submit,
            args=(ctx, opened, person),
        ):
            if adding:
                choose_groups(ctx, opened, names)
            else:
                st.multiselect(
                    dialog.required("Groups"),
                    sorted(names, key=str.casefold),
                    key=opened.key("groups"),
                    placeholder="Choose",
                )
                st.markdown("What these groups open is closed to them at the next sign-in or token refresh.")

    dialog.show_dialog(title, body)


def _submit(ctx: Context, opened: Opened, person: Person) -> None:
    adding = opened.name == ADD
    chosen = chosen_groups(opened) if adding else list(opened.value("groups", ()))
    problem = too_many_groups("They", len(person.groups or ()) + len(chosen)) if adding else ""
    opened.problems = [problem] if problem else [] if chosen else ["Choose at least one group."]
    if opened.problems:
        return
    make = memberships.adding if adding else memberships.removing
    send(ctx, opened, make(person.user.ref, chosen))


def _opened_by(name: str, applications: Sequence[Application]) -> str:
    return ", ".join(application.name for application in applications if name in application.allowed_groups)


COPY = "user-copy-groups"
SOURCES_SHOWN = 20


def show_copy_dialog(ctx: Context, person: Person, pool: UserPool) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(COPY)
    if opened is not None and opened.subject.sub == person.user.sub:
        dialog.show_dialog("Copy groups from another person", lambda: _copy_body(ctx, opened, person, pool))


def _copy_body(ctx: Context, opened: Opened, person: Person, pool: UserPool) -> None:
    if tell_memberships(opened, person.user.label):
        return
    dialog.who(person.user.name, person.user.label)
    source = _choose_source(ctx, opened, person)
    if source is None:
        dialog.buttons(opened, "Add groups", disabled=True)
        return
    view = ctx.pool_session.directory.person(source.sub)
    if view is None or view.person.groups is None:
        st.warning("The groups of this person could not be read.", icon=":material/warning:")
        return
    plan = copy_plan(view.person.groups, person.groups or (), pool.id)
    lacking = plan.add
    plan = _without_guarded(ctx, opened, plan)
    _copy_preview(plan, nothing="None of the groups that they lack is copied." if lacking else _ALL_THERE)
    dialog.ask_note(opened.key, "optional")
    dialog.show_problems(opened)
    dialog.buttons(
        opened,
        f"Add {counted(len(plan.add), 'group')}",
        disabled=not plan.add or bool(plan.problem),
        on_action=_submit_copy,
        args=(ctx, opened, person, plan),
    )


def _choose_source(ctx: Context, opened: Opened, person: Person) -> User | None:
    """Find the person to copy from."""
    query = st.text_input(
        "Whose groups?", key=opened.key("query"), type="search", placeholder="Name, e-mail or username"
    )
    found: list[User] = []
    more = False
    with guarded():
        found, more = candidates(ctx.pool_session.directory, query or "", limit=SOURCES_SHOWN)
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
        format_func=lambda sub: _title_of_source(by_sub[sub], found),
        key=opened.key("source"),
        placeholder=f"{len(found)}{' or more' if more else ''} found; choose one",
    )
    return by_sub.get(sub) if sub else None


def _title_of_source(user: User, found: list[User]) -> str:
    """Name and address; the ID too where two people would read the same."""

    def plain(person: User) -> str:
        return f"{person.name} · {person.label}" if person.name else person.label

    same = sum(1 for person in found if plain(person) == plain(user)) > 1
    return f"{plain(user)} · {user.sub}" if same else plain(user)


def _without_guarded(ctx: Context, opened: Opened, plan: CopyPlan) -> CopyPlan:
    """The plan without guarded groups, but for those that the operator may hand out and ticks."""
    guard, actor = ctx.pool_session.guard, ctx.who()
    guarded = guard.guarded()
    kept = [name for name in plan.add if name not in guarded]
    for name in plan.add:
        if name not in guarded:
            continue
        if guarded[name].allows(actor):
            if st.checkbox(f"{label(name)} – {label(guarded[name].why)}", key=opened.key(f"copy-{name}")):
                kept.append(name)
        else:
            st.markdown(f":material/shield: Not copied: {md(guard.why_not(name, actor))}")
    return replace(plan, add=tuple(kept))


_ALL_THERE = "They are in all of these groups already; there is nothing to add."


def _copy_preview(plan: CopyPlan, *, nothing: str) -> None:
    """`nothing` is said where no group is to be added."""
    if plan.add:
        st.markdown(f"**Will be added to:** {md(', '.join(plan.add))}")
    else:
        st.markdown(nothing)
    if plan.already:
        st.markdown(f"In already: {md(', '.join(plan.already))}")
    if plan.left_out:
        st.markdown(f"Not copied, because Cognito manages them by itself: {md(', '.join(plan.left_out))}")
    if plan.add:
        st.markdown("No group is taken away.")
    if plan.problem:
        st.error(md(plan.problem), icon=":material/error:")


def _submit_copy(ctx: Context, opened: Opened, person: Person, plan: CopyPlan) -> None:
    opened.problems = dialog.note_problems(opened.why, "optional")
    if not opened.problems:
        send(ctx, opened, adding(person.user.ref, plan.add))
