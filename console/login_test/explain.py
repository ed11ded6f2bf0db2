"""Why can't they sign in? A name as the caller gives it, an application, and the answer."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.login_test.explanation import (
    Question,
    ask,
    asked,
    choose_application,
    choose_way,
    show_answer,
)
from services.login.explain_model import Way

KEY = "explain"


def show(ctx: Context) -> None:
    """The form on the left, the answer on the right. Nobody signs in, and nobody is billed."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        _form(ctx)
    with right, guarded():
        if asked(KEY, ctx.pool.id) is None:
            st.subheader("The answer", anchor=False)
            st.markdown(
                "Enter whom it is about. You get the likeliest cause in a sentence that you can read to the "
                "caller, and below it everything that was looked at, with a button where something helps."
            )
        show_answer(ctx, KEY)


def _form(ctx: Context) -> None:
    st.subheader("Whom it is about", anchor=False)
    with st.form("explain-form", border=False):
        typed = st.text_input(
            "What they type to sign in",
            key="explain-typed",
            placeholder="Username, e-mail address or phone number",
            help="As they type it, with its capital and small letters: that may be the cause.",
            autocomplete="off",
        )
        first = str(st.session_state.get(f"login-application-{ctx.pool.id}", ""))
        application_id = choose_application(ctx, KEY, first=first)
        way = choose_way(KEY)
        sent = st.form_submit_button("Find out why", type="primary", icon=":material/troubleshoot:")
    st.markdown(
        ":material/savings: Nobody signs in for this, no password is needed, and nobody is counted as active."
    )
    if sent and not typed.strip():
        st.error("Enter what they type to sign in.", icon=":material/error:")
    elif sent:
        ask(KEY, Question(typed=typed.strip(), application_id=application_id, way=Way(way)))
