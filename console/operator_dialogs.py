"""The dialogs of the page Operators: adding one, the password just made, another name or address."""

from __future__ import annotations

import streamlit as st

from console.feedback import done
from console.widgets import dialog
from console.widgets.words import md
from services.access.operators import FIRST_PASSWORD_LASTS, OperatorService
from services.roles import Role
from services.store.operators import Operator
from services.words import counted

ADD, CHANGE, PASSWORD = "operators-add", "operators-change", "operators-password"


def role_line(role: Role) -> str:
    """A role and what it adds to the one before."""
    return f"{role}: {role.adds}"


def tell_password(operator: Operator, password: str, what: str) -> None:
    """Have the next run say `what` was done and show the password that was just made."""
    done(what)
    dialog.open_dialog(PASSWORD, (operator.username, password))


def change_button(operator: Operator) -> None:
    """The button that opens the dialog, but for those whose company says what they are called."""
    if not operator.provider_id:
        st.button(
            "Change name or address…",
            icon=":material/edit:",
            on_click=dialog.open_dialog,
            args=(CHANGE, operator),
        )


def show_open_dialog(service: OperatorService) -> None:
    """Draw the dialog that is open, if any."""
    if adding := dialog.opened(ADD):
        dialog.show_dialog("Add an operator", lambda: _add_body(service, adding))
    elif changing := dialog.opened(CHANGE):
        dialog.show_dialog("Change an operator", lambda: _change_body(service, changing))
    elif telling := dialog.opened(PASSWORD):
        dialog.show_dialog("New password", lambda: _password_body(telling))


def _add_body(service: OperatorService, opened: dialog.Opened) -> None:
    """The form for a new operator."""
    with dialog.form(opened, "Add operator", marked=True) as sent:
        username = st.text_input(
            dialog.required("Operator name"),
            help="For signing in: letters a to z, digits and . _ - + @.",
            key=opened.key("name"),
        )
        name = st.text_input("Full name", key=opened.key("full"))
        email = st.text_input("E-mail address (optional)", key=opened.key("email"))
        role = st.radio("Role", list(Role), format_func=role_line, key=opened.key("role"))
    if sent:
        opened.attempt(lambda: service.add(username, name, email, role or Role.AUDITOR))
        if opened.once.answer is None:
            sent.show_problems(opened)
            return
        operator, password = opened.once.answer
        tell_password(operator, password, f"{operator.username} is added as {operator.role}.")
        st.rerun()


def _password_body(opened: dialog.Opened) -> None:
    """A password, shown until it has been noted."""
    username, password = opened.subject
    st.markdown(f"Password for **{md(username)}**. It is shown only now and can't be looked up later.")
    st.code(password, language=None)
    st.markdown(
        "Hand it over in person or by phone. At the first sign-in, within "
        f"{counted(FIRST_PASSWORD_LASTS.days, 'day')}, they choose their own."
    )
    if dialog.close_button(opened, "I have noted it", escape=False):
        st.rerun()


def _change_body(service: OperatorService, opened: dialog.Opened) -> None:
    operator: Operator = opened.subject
    with dialog.form(opened, "Change", marked=True) as sent:
        username = st.text_input(
            dialog.required("Operator name"),
            operator.username,
            help="They sign in by the new one from now on; lines of the activity log keep the old one.",
            key=opened.key("name"),
        )
        name = st.text_input("Full name", operator.name, key=opened.key("full"))
        email = st.text_input(
            "E-mail address (optional)",
            operator.email,
            help="Notices go there, where a mail server is set up.",
            key=opened.key("email"),
        )
    if not sent:
        return
    opened.attempt(lambda: service.change_person(operator.id, username, name, email))
    if opened.once.answer is None:
        sent.show_problems(opened)
        return
    done(f"{opened.once.answer.username} is changed.")
    st.rerun()
