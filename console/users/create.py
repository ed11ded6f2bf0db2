"""Creating a user: the form, everything wrong with it at once, what was made; widgets for attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import streamlit as st

from console.context import Context
from console.feedback import done
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.cognito import passwords
from services.cognito.attributes import FormField, Widget, form_fields, title_of
from services.cognito.models import UserPool
from services.cognito.people import UsernameKind, sign_in_sentence, username_kind
from services.people.creation import Created, NewUser, create, problems
from services.roles import Permission

CREATE = "create-user"
HAND_OVER, BY_EMAIL, BY_SMS = "none", "EMAIL", "SMS"
WAYS = {
    HAND_OVER: "I pass on a temporary password (no message is sent)",
    BY_EMAIL: "Cognito sends an invitation by e-mail",
    BY_SMS: "Cognito sends an invitation by SMS",
}
# Asked for without opening the rest of the form, where the pool has them.
FLAGS = ("email_verified", "phone_number_verified")
USUAL = ("email", "phone_number", "name", "given_name", "family_name", *FLAGS)


def create_button(ctx: Context) -> None:
    """The button that opens the form; absent for roles that may not create."""
    if ctx.may(Permission.USER_CREATE):
        st.button(
            "New user",
            icon=":material/person_add:",
            type="primary",
            on_click=dialog.open_dialog,
            args=(CREATE,),
            key="users-new",
        )


def show_create(ctx: Context, opened: Opened) -> None:
    """The dialog. It can't be closed by a click beside it: what is typed, or a password, would be lost."""
    made: Created | None = opened.once.answer
    if made is None:
        dialog.show_dialog("New user", lambda: _create_form(ctx, opened))
    else:
        dialog.show_dialog("User created", lambda: _result(ctx, opened, made))


def _create_form(ctx: Context, opened: Opened) -> None:
    if opened.once.answer is not None:
        _result(ctx, opened, opened.once.answer)
        return
    directory = ctx.pool_session.directory
    pool = directory.gateway.describe_pool()
    st.markdown(md(f"{sign_in_sentence(pool)}"))
    way = st.radio("First password", list(WAYS), format_func=WAYS.__getitem__, key=opened.key("way"))
    fields = form_fields(pool, creating=True)
    usual = [field for field in fields if field.required or field.custom or field.name in USUAL]
    others = [field for field in fields if field not in usual]
    with dialog.form(
        opened,
        "Create user",
        reason="optional",
        marked=True,
        on_action=_submit,
        args=(ctx, opened, pool, fields),
    ):
        kind = username_kind(pool)
        if kind in (UsernameKind.NAME, UsernameKind.EITHER):
            st.text_input(
                dialog.required(str(kind).capitalize()),
                key=opened.key("username"),
                autocomplete="off",
                max_chars=128,
            )
        _fields(opened, pool, usual)
        if others:
            with st.expander("More attributes"):
                _fields(opened, pool, others)
        if way == HAND_OVER:
            st.text_input(
                "Temporary password",
                key=opened.key("password"),
                placeholder="Leave empty to have one made",
                help=md(passwords.describe(pool.policy)),
                autocomplete="off",
            )
        st.multiselect(
            "Groups",
            sorted((group.name for group in directory.groups()), key=str.casefold),
            key=opened.key("groups"),
            placeholder="None",
        )


def _fields(opened: Opened, pool: UserPool, fields: list[FormField]) -> None:
    """The widgets in two columns; whether an address is verified is asked right below it."""
    username = {UsernameKind.EMAIL: "email", UsernameKind.PHONE: "phone_number"}.get(username_kind(pool))
    flags = {field.name: field for field in fields if field.name in FLAGS}
    asked = [field for field in fields if field.name not in FLAGS]
    for start in range(0, len(asked), 2):
        for place, field in zip(st.columns(2), asked[start : start + 2], strict=False):
            with place:
                ask_attribute(field, opened.key, required=field.required or field.name == username)
                flag = flags.get(f"{field.name}_verified")
                if flag is not None:
                    st.checkbox(label_of(flag), key=opened.key(flag.name), help=md(flag.help))


def _submit(ctx: Context, opened: Opened, pool: UserPool, fields: list[FormField]) -> None:
    """Check what was entered, and create the person once. Runs as a callback."""
    attributes = attribute_answers(fields, opened.key)
    for name in FLAGS:
        if name in attributes:
            attributes[name] = "true" if opened.value(name, False) is True else ""
    way = opened.value("way", HAND_OVER)
    wanted = NewUser(
        username=opened.value("username"),
        attributes=attributes,
        groups=tuple(opened.value("groups", ())),
        delivery=() if way == HAND_OVER else (way,),
        temporary_password=opened.value("password") if way == HAND_OVER else "",
    )
    reason = opened.value("reason").strip()
    path, known = ctx.pool_session.changes, {group.name for group in ctx.pool_session.directory.groups()}
    found = problems(wanted, pool, known)
    opened.error = None
    opened.problems = [f"{one.title}: {one.sentence}" for one in found]
    if not found:
        opened.attempt(lambda: create(path, wanted, pool, reason=reason))


def _result(ctx: Context, opened: Opened, made: Created) -> None:
    pool = ctx.pool_session.directory.gateway.describe_pool()
    st.success("Created:", icon=":material/check_circle:")
    st.text(made.person.label)
    if made.password:
        days = pool.policy.temporary_days or 7
        st.markdown(
            f"Temporary password, shown only now. It works for {days} days, and has to be changed at the "
            "first sign-in. Pass it on by another way than the username."
        )
        st.code(made.password, language=None)
    else:
        st.markdown("Cognito has been asked to send the invitation with a temporary password.")
    _groups(made)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if made.person.sub and st.button("Open this user", key=opened.key("open")):
            dialog.close_dialog()
            st.switch_page(PAGES["user"], query_params={"id": made.person.sub, "pool": ctx.pool.name})
        another = st.button("Another one", key=opened.key("another"))
        if another or st.button("Close", type="primary", key=opened.key("close")):
            done(f"{made.person.label} was created.", made.activity_id)
            if another:
                dialog.open_dialog(CREATE)
            else:
                dialog.close_dialog()
            st.rerun()


def _groups(made: Created) -> None:
    if made.joined:
        of = len(made.joined) + len(made.not_joined)
        st.markdown(md(f"In {len(made.joined)} of {of} groups: {', '.join(made.joined)}."))
    for name, why in made.not_joined:
        st.warning(
            md(f"The user was created, but not added to {name}: {why} Add the group on the user's page."),
            icon=":material/warning:",
        )
    if made.asked_later:
        titles = ", ".join(title_of(name) for name in made.asked_later)
        st.markdown(md(f"At the first sign-in they are asked for: {titles}."))


# Letters, digits and single marks that mean nothing to Markdown.
_PLAIN = re.compile(r"[^\W_]+([ ()'-]{1,2}[^\W_]+)*\)?")
# Numbers beyond this aren't exact in a browser.
_SAFE = 2**53 - 1
_EARLIEST = date(1900, 1, 1)
_YES_NO = {"": "Not set", "true": "Yes", "false": "No"}

KeyOf = Callable[[str], str]
"""From the name of an attribute to the session key of its widget."""


def ask_attribute(field: FormField, key_of: KeyOf, value: str = "", *, required: bool = False) -> None:
    """Show the widget for one attribute, holding `value`."""
    key = key_of(field.name)
    label = label_of(field) + (" *" if required else "")
    if not field.mutable:
        label += " (can't be changed later)"
    help_text = md(field.help)
    match _widget(field, value):
        case Widget.CHECKBOX:
            st.selectbox(
                label,
                list(_YES_NO),
                index=list(_YES_NO).index(value),
                format_func=_YES_NO.__getitem__,
                key=key,
                help=help_text,
            )
        case Widget.DATE:
            st.date_input(
                label,
                date.fromisoformat(value) if value else None,
                min_value=_EARLIEST,
                max_value=date(2100, 12, 31),
                format="YYYY-MM-DD",
                key=key,
                help=help_text,
            )
        case Widget.NUMBER:
            st.number_input(
                label,
                field.min_value,
                field.max_value,
                int(value) if value else None,
                1,
                key=key,
                help=help_text,
                placeholder="",
            )
        case Widget.LONG_TEXT:
            st.text_area(label, value, key=key, help=help_text, height=80)
        case Widget.EMAIL:
            st.text_input(
                label, value, key=key, type="email", help=help_text, placeholder=field.example, validate=""
            )
        case Widget.PHONE:
            st.text_input(label, value, key=key, type="phone", help=help_text, placeholder=field.example)
        case _:
            st.text_input(
                label, value, key=key, help=help_text, placeholder=field.example, autocomplete="off"
            )


def label_of(field: FormField) -> str:
    """The title as a label. Escapes would be read aloud, so they stand only where a title needs them."""
    return field.title if _PLAIN.fullmatch(field.title) else md(field.title)


def attribute_answers(fields: Iterable[FormField], key_of: KeyOf) -> dict[str, str]:
    """What was entered, as Cognito stores it; "" for what was left empty."""
    return {field.name: _text(st.session_state.get(key_of(field.name))) for field in fields}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _widget(field: FormField, value: str) -> Widget:
    """The widget; plain text where the value there is doesn't fit into a better one."""
    match field.widget:
        case Widget.DATE if value and not _is_date(value):
            return Widget.TEXT
        case Widget.NUMBER if not _fits_number(field, value):
            return Widget.TEXT
        case Widget.CHECKBOX if value not in _YES_NO:
            return Widget.TEXT
        case _:
            return field.widget


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value) >= _EARLIEST and len(value) == 10
    except ValueError:
        return False


def _fits_number(field: FormField, value: str) -> bool:
    low, high = field.min_value, field.max_value
    if any(bound is not None and abs(bound) > _SAFE for bound in (low, high)):
        return False
    if not value:
        return True
    if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 16):
        return False
    number = int(value)
    return (low is None or number >= low) and (high is None or number <= high) and str(number) == value
