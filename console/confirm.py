"""Asking before something dangerous is done: what will happen, to whom, a typed name, a reason."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console import context
from console.feedback import guarded
from console.text import md


def confirm_dialog(
    pressed: bool,
    title: str,
    consequence: str,
    *,
    typed: str,
    action: Callable[[str], object],
    button: str,
    key: str,
    typed_what: str = "name",
    needs_reason: bool = True,
) -> None:
    """Ask in a dialog, and run `action(reason)` once `typed` has been typed exactly and a reason given.

    Call it in every run; `pressed` is what its opening button returned:
    `confirm_dialog(st.button("Delete…"), "Delete Ann", …)`. `consequence` says in plain text what will
    happen to whom. After `action` the page is rerun, so that it shows what now holds; a `ConsoleError`
    from it is shown in the dialog, which stays open. `action` should call `console.feedback.done`.
    """
    opened = f"{key}-open"
    if pressed:
        st.session_state[opened] = True
    if not st.session_state.get(opened):
        return

    def close() -> None:
        st.session_state[opened] = False

    @st.dialog(md(title), width="medium", on_dismiss=close)
    def ask() -> None:
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
                close()
                st.rerun()

    ask()
