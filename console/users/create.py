"""Creating a user: the form, everything wrong with it at once, what was made."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.attribute_form import ask_attribute, attribute_answers, label_of
from console.widgets.dialog import Opened
from console.widgets.group_choice import choose_groups, chosen_groups
from console.widgets.words import md
from services.cognito import passwords
from services.cognito.attributes import FormField, form_fields, title_of
from services.cognito.models import UserPool
from services.cognito.people import UsernameKind, sign_in_sentence, username_kind
from services.people.creation import Created, NewUser, create, creation_problems
from services.roles import Permission
from services.words import counted

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
            "New user…",
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
        billed=True,
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
                help=md(passwords.policy_sentence(pool.policy)),
                autocomplete="off",
            )
        choose_groups(ctx, opened, _group_names(ctx), required=False)


def _group_names(ctx: Context) -> list[str]:
    return [group.name for group in ctx.pool_session.directory.groups()]


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
        groups=tuple(chosen_groups(opened)),
        delivery=() if way == HAND_OVER else (way,),
        temporary_password=opened.value("password") if way == HAND_OVER else "",
    )
    path, known = ctx.pool_session.changes, {group.name for group in ctx.pool_session.directory.groups()}
    found = creation_problems(wanted, pool, known)
    opened.error = None
    opened.problems = [f"{problem.title}: {problem.sentence}" for problem in found]
    if not found:
        why = opened.why
        opened.attempt(lambda: create(path, wanted, pool, **why))


def _result(ctx: Context, opened: Opened, made: Created) -> None:
    pool = ctx.pool_session.directory.gateway.describe_pool()
    st.success("Created:", icon=":material/check_circle:")
    st.text(made.person.label)
    if made.password:
        days = counted(pool.policy.valid_days, "day")
        st.markdown(
            f"Temporary password, shown only now. It works for {days}, and has to be changed at the "
            "first sign-in. Pass it on by another way than the username."
        )
        st.code(made.password, language=None)
    elif made.problem:
        st.warning(md(made.problem), icon=":material/warning:")
    else:
        st.markdown("Cognito has been asked to send the invitation with a temporary password.")
    _groups(made)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if made.person.sub and st.button("Open this user", key=opened.key("open")):
            dialog.close_dialog()
            st.switch_page(PAGES["user"], query_params={"id": made.person.sub, "pool": ctx.pool.name})
        another = st.button("Another one…", key=opened.key("another"))
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
