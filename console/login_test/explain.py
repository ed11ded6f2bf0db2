"""The tab that asks why somebody can't sign in: whom it is about, and the way there from a refused login."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.theme import side_by_side
from console.widgets.explanation import (
    WhyQuestion,
    ask_why,
    asked,
    choose_application,
    choose_flow,
    show_answer,
)
from console.widgets.words import label
from services.login.sign_in_flow import SignInFlow

WHY = "Why can’t they sign in?"  # the title of this tab

KEY = "explain"
_REFUSED, CHOSEN = "login-refused", "_login_application"


def lead_here(ctx: Context, application_id: str, person: str) -> None:
    """For whoever the login page refused, and so didn't send back: the way to the cause in one click."""
    st.markdown(
        "If the login page itself refuses the person (wrong password, switched off, expired invitation, an "
        "e-mail address that isn’t verified), nobody is sent back. Then come back to this page and see why."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Whom it refused", value=person, key=_REFUSED, autocomplete="off")
        st.button(
            label(WHY),
            icon=":material/troubleshoot:",
            key="login-why",
            on_click=_fill_in,
            args=(ctx.pool.id, application_id),
        )


def _fill_in(pool_id: str, application_id: str) -> None:
    """Open this part with the person and the application, and ask. For callbacks."""
    typed = str(st.session_state.get(_REFUSED, "")).strip()
    st.session_state["tab"] = WHY
    st.session_state[f"{KEY}-typed"] = typed
    st.session_state[f"{KEY}-application-{pool_id}"] = application_id
    st.session_state[f"{KEY}-way"] = SignInFlow.HOSTED
    if typed:
        ask_why(KEY, WhyQuestion(typed=typed, application_id=application_id, flow=SignInFlow.HOSTED))


def show_explain(ctx: Context) -> None:
    """The form on the left, the answer on the right. Nobody signs in, and nobody is billed."""
    left, right = side_by_side("explain", (2, 3))
    with left:
        _form(ctx)
    with right, guarded():
        if asked(KEY, ctx.pool.id) is None:
            st.header("The answer", anchor=False)
            st.markdown(
                "Enter whom it is about. You get the likeliest cause in a sentence that you can read to the "
                "caller, and below it everything that was looked at, with a button where something helps."
            )
        show_answer(ctx, KEY)


def _form(ctx: Context) -> None:
    st.header("Whom it is about", anchor=False)
    with st.form("explain-form", border=False):
        typed = st.text_input(
            "What they type to sign in",
            key="explain-typed",
            placeholder="Username, e-mail address or phone number",
            help="As they type it, with its capital and small letters: that may be the cause.",
            autocomplete="off",
        )
        of_pool, tried = st.session_state.get(CHOSEN, ("", ""))
        application_id = choose_application(ctx, KEY, first=tried if of_pool == ctx.pool.id else "")
        flow = choose_flow(KEY)
        sent = st.form_submit_button("Find out why", type="primary", icon=":material/troubleshoot:")
    st.markdown(
        ":material/savings: Nobody signs in for this, no password is needed, and nobody is counted as active."
    )
    if sent and not typed.strip():
        st.error("Enter what they type to sign in.", icon=":material/error:")
    elif sent:
        ask_why(KEY, WhyQuestion(typed=typed.strip(), application_id=application_id, flow=SignInFlow(flow)))
