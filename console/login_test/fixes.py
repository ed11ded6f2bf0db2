"""Buttons that put a link right: the same dialogs as on the user's page, and one for the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.user.actions import (
    PASSWORD_DIALOG,
    confirm_danger,
    send,
    show_password,
    show_simple,
    simple_offers,
    tell_outcomes,
)
from console.user.groups import warn_about_roles
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import label, md
from services.cognito.actions import OFFERS, AddToGroup, Confirm
from services.cognito.models import User, UserPool
from services.login.explain_facts import Explanation, Fix
from services.roles import Permission
from services.store.applications import Application

JOIN = "explain-join"
ASK = "ask_second_factors"

_PAGE_NEEDS = {"configuration": Permission.CONFIGURE}


@dataclass(frozen=True, slots=True)
class Joining:
    """Whom to add to which of an application's groups."""

    user: User
    groups: tuple[str, ...]
    application: Application


def show_fixes(ctx: Context, answer: Explanation, fixes: Sequence[Fix], key: str) -> None:
    """A button for each fix; the reason instead where the operator's role doesn't allow any."""
    user = answer.facts.user
    with st.container(horizontal=True, key=f"fixes-{key}"):
        for number, fix in enumerate(fixes):
            if fix.page:
                _link(ctx, fix, user, f"{key}-{number}")
            elif user is not None and fix.action in OFFERS and ctx.may(OFFERS[fix.action].permission):
                _button(ctx, answer, fix, user, f"{key}-{fix.action}")
    refused = {ctx.why_not(OFFERS[fix.action].permission) for fix in fixes if fix.action in OFFERS} - {""}
    for sentence in sorted(refused):
        st.markdown(sentence)


def _link(ctx: Context, fix: Fix, user: User | None, key: str) -> None:
    if fix.page not in PAGES or not ctx.may(_PAGE_NEEDS.get(fix.page, Permission.READ)):
        return
    query = {"pool": ctx.pool.name}
    if fix.page == "user" and user is not None:
        query["id"] = user.sub
    with st.container(key=f"link-{key}", width="content"):
        st.page_link(PAGES[fix.page], label=fix.label, icon=":material/arrow_forward:", query_params=query)


def _button(ctx: Context, answer: Explanation, fix: Fix, user: User, key: str) -> None:
    offer = OFFERS[fix.action]
    if offer.confirm is Confirm.TYPED:
        # what cuts somebody off wants their name typed
        pressed = st.button(f"{fix.label} …", icon=offer.icon, key=f"fix-{key}")
        confirm_danger(ctx, offer, user, pressed=pressed, key=f"fix-{key}-{user.sub}")
        return
    name, subject = f"user-{fix.action}", user
    if offer.kind is AddToGroup:
        application = answer.facts.application
        assert application is not None  # noqa: S101 - no group is asked for without one
        groups = tuple(one.group for one in fix.changes if isinstance(one, AddToGroup))
        st.button(
            f"{fix.label} …",
            icon=offer.icon,
            key=f"fix-{key}",
            on_click=dialog.open_dialog,
            args=(JOIN, Joining(user, groups, application)),
        )
        return
    st.button(
        f"{label(fix.label)} …",
        icon=offer.icon,
        key=f"fix-{key}",
        on_click=dialog.open_dialog,
        args=(name, subject),
    )


def show_dialogs(ctx: Context, user: User, pool: UserPool, *, also_users: bool) -> None:
    """Draw whichever dialog is open for this person; `also_users`: those of the user's page too.

    That page draws its own.
    """
    if also_users:
        show_simple(ctx, user)
        show_password(ctx, user, pool)
    opened = dialog.opened(JOIN)
    if opened is not None and opened.subject.user.sub == user.sub:
        _join(ctx, opened)


def is_open() -> bool:
    """Whether a dialog of a fix is open now, so that its work isn't done yet."""
    names = (JOIN, PASSWORD_DIALOG, *(f"user-{one.name}" for one in simple_offers()))
    return any(dialog.opened(name) is not None for name in names)


def _join(ctx: Context, opened: Opened) -> None:
    wanted: Joining = opened.subject
    person = wanted.user

    def body() -> None:
        if tell_outcomes(opened, person.label):
            return
        dialog.who(person.name, person.label)
        known = {group.name: group for group in ctx.pool_session.directory.groups()}
        roles = wanted.application.group_roles
        with dialog.form(
            opened, "Add", reason="optional", marked=True, on_action=_submit, args=(ctx, opened)
        ):
            st.radio(
                dialog.required(f"Group that opens {label(wanted.application.name)}"),
                list(wanted.groups),
                format_func=lambda name: label(f"{name}, as {roles[name]}" if roles.get(name) else name),
                captions=[md(known[name].description) if name in known else "" for name in wanted.groups],
                index=0 if len(wanted.groups) == 1 else None,
                key=opened.key("group"),
            )
            warn_about_roles(group for name, group in known.items() if name in wanted.groups)

    dialog.show_dialog("Let them in", body)


def _submit(ctx: Context, opened: Opened) -> None:
    group = opened.value("group", None)
    opened.problems = [] if group else ["Choose a group."]
    if not opened.problems:
        send(ctx, opened, [AddToGroup(opened.subject.user.ref, group)])
