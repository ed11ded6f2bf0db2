"""The attributes of one person, and the form to edit them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.attribute_form import ask_attribute, attribute_answers
from console.widgets.dialog import Opened
from console.widgets.table import Column, show_table
from console.widgets.words import md
from services.changes import ChangePath
from services.cognito.actions import UpdateAttributes
from services.cognito.attributes import STANDARD, FormField, form_fields, title_of
from services.cognito.identities import identities_in
from services.cognito.models import User, UserPool
from services.cognito.people import needs_verified
from services.directory.listing import Directory
from services.people import editing
from services.roles import Permission
from services.several import ChangeOutcome, ChangeState, perform_each
from services.store.activity import Why

NAME = "user-edit"
FLAGS = ("email_verified", "phone_number_verified")
# Shown even when the person hasn't got them; other standard attributes stand further down.
USUAL = ("email", "phone_number", "name", "given_name", "family_name")


def show_profile(ctx: Context, user: User, pool: UserPool) -> None:
    """The attributes as a table, with a button to edit them."""
    names = sorted({*user.attributes} - {"sub"}, key=lambda name: (_place(name), name))
    show_table(
        {
            "Attribute": [title_of(name) for name in names],
            "Value": [_in_words(name, user.attributes[name]) for name in names],
            "Name in Cognito": names,
        },
        "Attributes of this user",
        columns={"Value": Column(width=180)},
    )
    why = ctx.why_not(Permission.USER_EDIT) or UpdateAttributes.why_not(user, pool)
    if why and not ctx.may(Permission.USER_EDIT):
        return
    st.button(
        "Edit…",
        icon=":material/edit:",
        on_click=dialog.open_dialog,
        args=(NAME, user),
        disabled=bool(why),
        key="user-edit-open",
    )
    if why:
        st.markdown(md(why))


def _in_words(name: str, value: str) -> str:
    """Cognito's true and false, and what it notes of other providers; what anybody may have written stays."""
    if name == "identities" and (linked := identities_in(value)):
        return "; ".join(f"{entry.provider}: {entry.user_id}" for entry in linked)
    return {"true": "yes", "false": "no"}.get(value.lower(), value) if name in FLAGS else value


def show_editor(ctx: Context, user: User, pool: UserPool) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(NAME)
    if opened is not None and opened.subject.sub == user.sub:
        dialog.show_dialog("Edit the profile", lambda: _body(ctx, opened, pool))


def _body(ctx: Context, opened: Opened, pool: UserPool) -> None:
    _leave_when_done(opened, pool)
    user: User = opened.subject
    fields = [field for field in form_fields(pool, creating=False) if field.name not in FLAGS]
    dialog.who(user.name, user.label)
    st.markdown("An emptied field is removed from the person. Only what you change is sent.")
    near = [
        field
        for field in fields
        if field.required or field.custom or field.name in {*USUAL, *user.attributes}
    ]
    with dialog.form(
        opened,
        "Save",
        reason="optional",
        identified=True,
        marked=any(field.required for field in fields),
        billed=True,
        on_action=_submit,
        args=(ctx, opened, pool, fields),
    ):
        _ask_all(opened, near)
        if len(near) < len(fields):
            with st.expander("More attributes"):
                _ask_all(opened, [field for field in fields if field not in near])
        for name in editing.VERIFIABLE:
            if pool.attribute(name) is not None:
                _ask_verified(opened, pool, name)


def _ask_all(opened: Opened, fields: list[FormField]) -> None:
    attributes = opened.subject.attributes
    left, right = st.columns(2)
    for number, field in enumerate(fields):
        with left if number % 2 == 0 else right:
            ask_attribute(field, opened.key, attributes.get(field.name, ""), required=field.required)


def _ask_verified(opened: Opened, pool: UserPool, name: str) -> None:
    title = title_of(name).lower()
    if name in pool.verified_before_update:
        otherwise = "Otherwise the old one stays until they enter the code that Cognito sends."
    elif name in needs_verified(pool):
        otherwise = "Otherwise they can't sign in with it until it is verified."
    else:
        otherwise = "Otherwise it can't be used to recover a password until it is verified."
    st.checkbox(
        f"If the {title} is changed: I know that the new one is theirs, mark it verified",
        key=opened.key(f"{name}_sure"),
        help=otherwise,
    )


def _submit(ctx: Context, opened: Opened, pool: UserPool, fields: list[FormField]) -> None:
    """Find what differs and what is wrong, and send it once. Runs as a callback."""
    user: User = opened.subject
    edited = editing.changed_values(user, attribute_answers(fields, opened.key), pool)
    verified = {name for name in editing.VERIFIABLE if opened.value(f"{name}_sure", False) is True}
    why = opened.why
    directory, path = ctx.pool_session.directory, ctx.pool_session.changes
    opened.error = None
    opened.problems = [
        f"{problem.title}: {problem.sentence}" for problem in editing.editing_problems(user, edited, pool)
    ]
    if not edited:
        opened.problems = ["Nothing was changed in the form."]
    if not opened.problems:
        opened.attempt(lambda: _save(directory, path, opened, pool, edited, verified, why))


def _save(
    directory: Directory,
    path: ChangePath,
    opened: Opened,
    pool: UserPool,
    edited: Mapping[str, str],
    verified: set[str],
    why: Why,
) -> list[ChangeOutcome]:
    """Send the changes, unless somebody else has changed the same attributes since the form was opened."""
    user: User = opened.subject
    view = directory.person(user.sub, refresh=True)
    now = view.person.user.attributes if view else user.attributes
    moved = [name for name in edited if now.get(name, "") != user.attributes.get(name, "")]
    if moved:
        raise editing.changed_meanwhile(title_of(name) for name in moved)
    changes = editing.changes_for(user, edited, pool, verified)
    return list(perform_each(path, changes, **why))


def _leave_when_done(opened: Opened, pool: UserPool) -> None:
    outcomes: list[ChangeOutcome] | None = opened.once.answer
    if outcomes is None:
        return
    saved = [outcome for outcome in outcomes if outcome.result in (ChangeState.DONE, ChangeState.UNCHANGED)]
    failed = [outcome for outcome in outcomes if outcome not in saved]
    for outcome in failed:
        st.error(md(f"{_what(outcome)} was not saved: {outcome.message}"), icon=":material/error:")
    for outcome in saved:
        if failed:
            st.success(md(f"{_what(outcome)} was saved."), icon=":material/check_circle:")
        else:
            done(f"Saved for {opened.subject.label}: {_what(outcome)}.", outcome.performed)
    if failed:
        if dialog.close_button(opened):
            st.rerun()
        st.stop()
    waiting = editing.held_back(_sent(outcomes), pool)
    for name in waiting:
        title = title_of(name).lower()
        done(f"The new {title} shows once they have entered the code that Cognito sends to it.")
    dialog.close_dialog()
    st.rerun()


def _what(outcome: ChangeOutcome) -> str:
    """The attributes that a change is about, in words."""
    change = outcome.change
    names = list(getattr(change, "attributes", ())) or list(getattr(change, "names", ()))
    shown = [title_of(name) for name in names if name not in FLAGS or len(names) == 1]
    return ", ".join(shown)


def _sent(outcomes: list[ChangeOutcome]) -> dict[str, str]:
    sent: dict[str, str] = {}
    for outcome in outcomes:
        sent |= getattr(outcome.change, "attributes", {})
    return {name: value for name, value in sent.items() if sent.get(f"{name}_verified") != "true"}


def _place(name: str) -> int:
    order = list(STANDARD)
    return order.index(name) if name in order else len(order)
