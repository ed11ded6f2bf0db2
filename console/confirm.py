"""Asking before something dangerous is done: what will happen, to whom, a typed name, a reason."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console import context
from console.feedback import guarded
from console.text import md


def confirm_dialog(
    title: str,
    consequence: str,
    *,
    typed: str,
    action: Callable[[str], None],
    button: str,
    key: str,
    typed_what: str = "name",
    needs_reason: bool = True,
) -> None:
    """Open a dialog that runs `action(reason)` once `typed` has been typed exactly and a reason given.

    Call it in the run in which its opening button was pressed. `consequence` says in plain text what
    will happen to whom. After `action` the page is rerun, so that it shows what now holds; a
    `ConsoleError` from it is shown in the dialog. `action` should call `console.feedback.done`.
    """

    @st.dialog(title, width="medium")
    def show() -> None:
        context.require_live()
        st.markdown(md(consequence))
        with st.form(f"{key}-form", border=False, enter_to_submit=False):
            given = st.text_input(
                f"To confirm, type the {typed_what}: {md(typed)}", key=f"{key}-typed", autocomplete="off"
            )
            reason = ""
            if needs_reason:
                reason = st.text_input("Reason (for the activity log)", key=f"{key}-reason", max_chars=300)
            sent = st.form_submit_button(button, type="primary")
        if not sent:
            return
        if given.strip() != typed.strip():
            st.error(f"That is not the {typed_what}. Nothing was done.")
        elif needs_reason and not reason.strip():
            st.error("Give a reason. Nothing was done.")
        else:
            with guarded():
                action(reason.strip())
                st.rerun()

    show()
