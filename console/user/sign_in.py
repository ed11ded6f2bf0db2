"""How this person signs in, and why they can't."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.login_test.explanation import Question, ask, choose_application, choose_flow, show_answer
from console.widgets.words import md
from services.cognito.attributes import title_of
from services.cognito.models import User, UserPool
from services.cognito.people import names_that_work


def show_sign_in(ctx: Context, user: User, pool: UserPool) -> None:
    """The names they can sign in with, and the answer for any application."""
    names = names_that_work(user, pool)
    st.markdown("**They can sign in as**")
    st.text("\n".join(f"{value} ({title_of(name).lower()})" for name, value in names.items()))
    if not pool.case_sensitive:
        st.markdown("Capital and small letters make no difference.")
    else:
        st.markdown("Capital and small letters make a difference in this pool.")
    st.markdown("**Why can’t they sign in?**")
    key = f"why-{user.sub}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        application_id = choose_application(ctx, key)
        flow = choose_flow(key)
        st.button(
            "Find out why",
            type="primary",
            icon=":material/troubleshoot:",
            key=f"{key}-find",
            on_click=ask,
            args=(key, Question(sub=user.sub, application_id=application_id, flow=flow)),
        )
    st.markdown(
        md("Looks at everything that can stop a sign-in. Nobody signs in, and nobody is counted as active.")
    )
    with guarded():
        show_answer(ctx, key, on_user_page=True)
