"""The way through the hosted login page: what to try on the left, the chain on the right."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded, show_error
from console.login_test.chain import show_chain
from console.login_test.explain import CHOSEN, lead_here
from console.login_test.hosted_form import show_form
from console.login_test.result import show_details, show_verdict
from console.web import urls
from console.widgets.words import md
from services.errors import ConsoleError, LoginTestRefused
from services.login.chain import Report, not_reached, step
from services.login.hosted import HOSTED_STEPS, HostedTests
from services.login.hosted_flow import Flow

ROUND, _REFUSED = "_login_paste_round", "_login_paste_refused"


def show(ctx: Context) -> None:
    """The form, and the test that the address names (`?test=`), waiting or answered."""
    tests = HostedTests(ctx.store, ctx.who, ctx.session.id)
    test_id = st.query_params.get("test", "")
    left, right = st.columns([2, 3], gap="large")
    found: Report | Flow | None = None
    with right:
        if test_id:
            with guarded():
                found = _found(ctx, tests, test_id)
        if isinstance(found, Report):
            show_verdict(found)
        elif isinstance(found, Flow):
            _show_waiting(ctx, tests, test_id, found)
        else:
            _show_empty()
    tried = (
        found.flow["application_id"] if isinstance(found, Report) else getattr(found, "application_id", "")
    )
    with left, guarded():
        show_form(ctx, tests, str(tried))
    if isinstance(found, Report):
        show_details(ctx, test_id, found)


def _found(ctx: Context, tests: HostedTests, test_id: str) -> Report | Flow | None:
    """The result of a test, or what it waits for; None for one that got no answer, which is said.

    Raises `LoginTestRefused`.
    """
    found = tests.report(test_id) or tests.waiting(test_id)
    if found is None:
        show_error(
            LoginTestRefused(
                "This login test got no answer within five minutes, so it is over.",
                "Start the sign-in again.",
            )
        )
        of_pool, application_id = st.session_state.get(CHOSEN, ("", ""))
        lead_here(ctx, application_id if of_pool == ctx.pool.id else "", "")
    return found


def _show_empty() -> None:
    st.subheader("The chain", anchor=False)
    st.markdown(
        "What has to hold, in this order. Start a sign-in to see which of it does. If the login page itself "
        "refuses the person, it sends nobody back: “Why can’t they sign in?” says more then."
    )
    show_chain([not_reached(*step(key), " ") for key in HOSTED_STEPS], key="empty")


def _show_waiting(ctx: Context, tests: HostedTests, test_id: str, flow: Flow) -> None:
    st.subheader(f"Waiting for the sign-in to {md(flow.application or flow.client_id)}", anchor=False)
    st.markdown("**1.** Open the login page and sign in as the person you test, within five minutes.")
    st.link_button(
        "Open the login page",
        f"{urls.TEST_START_PATH}?test={test_id}",
        type="primary",
        icon=":material/open_in_new:",
    )
    if flow.comes_back:
        st.markdown("**2.** You come back here by yourself.")
    else:
        st.markdown(
            "**2.** The sign-in ends on a page of the application, which may show an error: that doesn't "
            "matter. Copy the whole address of that page (from the address bar) and paste it here."
        )
        _paste(tests, test_id)
    st.divider()
    lead_here(ctx, flow.application_id, flow.login_hint)


def _paste(tests: HostedTests, test_id: str) -> None:
    # A new key each time: the code in the address leaves the session's state with the old one.
    round_ = st.session_state.setdefault(ROUND, 0)
    with st.form(f"login-paste-{round_}", clear_on_submit=True):
        address = st.text_input(
            "Address that the browser ended on",
            key=f"login-paste-text-{round_}",
            placeholder="https://…/oauth/v2/callback?code=…&state=…",
            autocomplete="off",
        )
        sent = st.form_submit_button("Check this answer", type="primary")
    error = st.session_state.pop(_REFUSED, None)
    if isinstance(error, ConsoleError):
        show_error(error)
    if sent:
        st.session_state[ROUND] = round_ + 1
        try:
            with st.spinner("Exchanging the code and checking the tokens …"):
                tests.pasted(test_id, address or "")
        except ConsoleError as refused:
            st.session_state[_REFUSED] = refused
        # without delay: only then the old key and what was typed under it are gone
        st.rerun()
