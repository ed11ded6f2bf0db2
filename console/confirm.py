"""Asking before something dangerous is done: what will happen, to whom, a typed name, a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from console import context
from console.feedback import done, guarded
from console.once import Once, once
from console.widgets.words import md


def confirm_dialog(
    pressed: bool,
    title: str,
    consequence: str,
    *,
    typed: str,
    action: Callable[[str], Any],
    button: str,
    key: str,
    then: Callable[[Any], None] | None = None,
    typed_what: str = "name",
    needs_reason: bool = True,
) -> None:
    """Ask in a dialog, and run `action(reason)` once `typed` has been typed exactly and a reason given.

    Call it in every run; `pressed` is what its opening button returned:
    `confirm_dialog(st.button("Delete…"), "Delete Ann", …)`. `consequence` says in plain text what will
    happen to whom. However often the button is pressed, `action` takes place once; it should make no
    Streamlit call. What it returns goes to `then`, or is told with `done` if it is text; then the page
    is rerun, so that it shows what now holds. A `ConsoleError` from `action` is shown in the dialog,
    which stays open.
    """
    opened, carried_out = f"{key}-open", f"{key}-carried-out"
    if pressed:
        st.session_state[opened] = True
        st.session_state.pop(carried_out, None)
    elif f"{key}-typed" not in st.session_state:
        # Streamlit drops widgets when another page is shown: someone went away without answering.
        st.session_state[opened] = False
    if not st.session_state.get(opened):
        return

    def close() -> None:
        st.session_state[opened] = False

    def carry_out(reason: str) -> None:
        doing: Once[Any] = once(carried_out)
        answer = doing.run(lambda: action(reason))
        if then is not None:
            then(answer)
        elif isinstance(answer, str):
            done(answer)
        close()
        st.rerun()

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
                carry_out(reason.strip())

    ask()
