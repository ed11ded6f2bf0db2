"""Signing in with a password: through SRP, plainly, as an administrator; and every step that follows."""

from __future__ import annotations

import time

import streamlit as st

from console import context
from console.context import Context
from console.feedback import guarded, show_error
from console.login_test.result import show_claims, show_verdict
from console.theme import side_by_side
from console.widgets import dialog
from console.widgets.chain import show_chain, show_checks
from console.widgets.qr_code import show_totp
from console.widgets.words import label, md
from services.cognito.models import AppClient
from services.errors import CognitoError, ConsoleError
from services.login.chain import LinkState, not_reached, step
from services.login.challenges import Field, FieldKind, SignInQuestion
from services.login.client_flows import allows
from services.login.flow_steps import LOCKS_AT, FlowProgress
from services.login.flows import LATER, ApiTests
from services.login.sign_in_flow import API_FLOWS, FLOWS, SignInFlow
from services.store.activity import Why
from services.store.applications import Application

_TEST, _ROUND, _TRIED = "_login_api_test", "_login_api_round", "_login_api_tried"
_FORM_ERROR, _STEP_ERROR = "_login_api_form_error", "_login_api_step_error"
_CLIENT_FRESH = 30.0  # seconds that an app client's settings are not read again
_FIRST = ("flow", "client-secret", "password")


def show_api_flows(ctx: Context) -> None:
    """The form on the left; on the right the chain, and the step that Cognito asks for."""
    tests = ApiTests(ctx.store, ctx.pool_session, ctx.who, ctx.session.id)
    left, right = side_by_side("api-flows", (2, 3))
    with left, guarded():
        _form(ctx, tests)
    with right, guarded():
        progress = tests.progress(str(st.session_state.get(_TEST, "")))
        if progress is None:
            _show_empty()
        else:
            _show_progress(ctx, tests, progress)


def _form(ctx: Context, tests: ApiTests) -> None:
    st.header("What to try", anchor=False)
    applications = {application.id: application for application in ctx.store.applications.list(ctx.pool.id)}
    if not applications:
        st.info("No application is set up for this pool.", icon=":material/info:")
        return
    chosen = st.selectbox(
        "Application",
        list(applications),
        format_func=lambda id: label(applications[id].name),
        key=f"login-api-application-{ctx.pool.id}",
    )
    application = applications[chosen or next(iter(applications))]
    flow = _flow(_client(ctx, application))
    round_ = st.session_state.setdefault(_ROUND, 0)
    username_key, password_key = "login-api-username", f"login-api-password-{round_}"
    _show_told(_FORM_ERROR)
    with st.form("login-api-form", border=False):
        username = st.text_input(
            "What the person types to sign in",
            key=username_key,
            placeholder="Username, e-mail address or phone number",
            autocomplete="off",
        )
        password = st.text_input(
            "Password" if flow is not SignInFlow.CHOICE else "Password (may be left empty)",
            type="password",
            key=password_key,
            autocomplete="off",
            help="Used for this one try, then forgotten. It is written down nowhere.",
        )
        _warn(tests, str(username or ""))
        sent = st.form_submit_button("Sign in", type="primary", icon=":material/login:")
    if sent:
        # A new key each time: the password leaves the session's state with the old one.
        st.session_state[_ROUND] = round_ + 1
        st.session_state.pop(password_key, None)
        _begin(tests, application, username or "", flow, password or "")


def _begin(tests: ApiTests, application: Application, username: str, flow: SignInFlow, password: str) -> None:
    try:
        with st.spinner("Signing in…"):
            progress = tests.begin(tests.subject(application, username), flow, password)
    except ConsoleError as error:
        _tell_again(error, _FORM_ERROR)
    else:
        st.session_state[_TEST] = progress.id
        st.session_state.pop(_TRIED, None)
        st.rerun()


def _tell_again(error: ConsoleError, where: str) -> None:
    """Show `error` in a fresh run: the form of this one is gone with what was typed into it."""
    context.leave_if_over(error)
    st.session_state[where] = error
    st.rerun()


def _show_told(where: str) -> None:
    error = st.session_state.pop(where, None)
    if isinstance(error, ConsoleError):
        show_error(error)


def _flow(client: AppClient | None) -> SignInFlow:
    """The way to sign in; those that the client doesn't allow say so."""
    usable = [flow for flow in API_FLOWS if client is None or allows(client, flow)]

    def words(flow: SignInFlow) -> str:
        return FLOWS[flow].title + ("" if flow in usable else " (the client doesn't allow it)")

    picked = st.radio(
        "Way",
        list(API_FLOWS),
        index=list(API_FLOWS).index(usable[0]) if usable else 0,
        format_func=words,
        captions=[FLOWS[flow].about for flow in API_FLOWS],
        key=f"login-api-way-{client.id if client else ''}",
    )
    return picked or SignInFlow.SRP


def _warn(tests: ApiTests, username: str) -> None:
    """What a try costs, said before it is made."""
    st.markdown(
        ":material/payments: A sign-in makes the person count as active this month, which AWS bills.\n\n"
        f":material/lock_clock: {LOCKS_AT} wrong passwords in a row lock them out, for a second at first, "
        "for longer each time. Tries elsewhere count too."
    )
    wrong = tests.wrong_passwords(username.strip()) if username.strip() else 0
    if wrong >= LOCKS_AT:
        st.error(
            f"{wrong} wrong passwords for {md(username)} from this console: they are locked out for a while.",
            icon=":material/lock:",
        )
    elif wrong:
        st.warning(
            f"{wrong} of {LOCKS_AT} wrong passwords for {md(username)} from this console.",
            icon=":material/warning:",
        )


def _client(ctx: Context, application: Application) -> AppClient | None:
    """The app client's settings, read a moment ago; None where they can't be read."""
    key = f"_login_api_client_{ctx.pool.id}_{application.client_id}"
    at, found = st.session_state.get(key, (0.0, None))
    if time.monotonic() - at > _CLIENT_FRESH:
        try:
            found = ctx.pool_session.gateway.describe_client(application.client_id)
        except CognitoError:
            found = None
        st.session_state[key] = (time.monotonic(), found)
    return found if isinstance(found, AppClient) else None


def _show_empty() -> None:
    st.header("The chain", anchor=False)
    st.markdown("What has to hold, in this order. Sign in to see which of it does.")
    show_chain([not_reached(*step(key), " ") for key in (*_FIRST, *LATER)], key="api-empty")


def _show_progress(ctx: Context, tests: ApiTests, progress: FlowProgress) -> None:
    if progress.report is not None:
        _show_end(ctx, tests, progress)
        return
    st.header(f"{md(progress.username)} is signing in to {md(progress.name)}", anchor=False)
    if progress.question is not None:
        _show_step(tests, progress)
    show_chain(progress.links, key="api-so-far")


def _show_step(tests: ApiTests, progress: FlowProgress) -> None:
    assert progress.question is not None  # noqa: S101 - the caller has looked
    _clock(progress.until)
    _show_told(_STEP_ERROR)
    typed = show_question(progress.question, progress.id)
    left = st.button("Leave this sign-in", icon=":material/close:", key="login-api-leave")
    if left:
        tests.give_up(progress.id)
        st.session_state.pop(_TEST, None)
        st.rerun()
    if typed is None:
        return
    why = dialog.noted(_note_key) if progress.question.changes else Why()
    try:
        with st.spinner("Answering…"):
            tests.answer(progress.id, typed, **why)
    except ConsoleError as error:
        _tell_again(error, _STEP_ERROR)
    st.rerun()


@st.fragment(run_every=1.0)
def _clock(until: float) -> None:
    """How long this step can still be answered."""
    context.require_live()
    left = int(until - time.time())
    if left <= 0:
        st.error("The time for this step is over. Begin again.", icon=":material/timer_off:")
        return
    st.markdown(f":material/timer: Answer within **{left // 60}:{left % 60:02d}**, then Cognito forgets it.")


def _show_end(ctx: Context, tests: ApiTests, progress: FlowProgress) -> None:
    assert progress.report is not None  # noqa: S101 - the caller has looked
    show_verdict(ctx, progress.report, tests.fixes(progress.id))
    if progress.wrong:
        more = (
            "they are locked out for a while" if progress.wrong >= LOCKS_AT else f"{LOCKS_AT} lock them out"
        )
        st.warning(
            f"Wrong passwords for {md(progress.username)} from this console: {progress.wrong}; {more}.",
            icon=":material/lock_clock:",
        )
    if not progress.report.tokens:
        return
    tabs = st.tabs([*(token.title for token in progress.report.tokens), "Try more"])
    for tab, token in zip(tabs, progress.report.tokens, strict=False):
        with tab:
            show_checks(token.checks)
            show_claims(token.claims)
    with tabs[-1]:
        _show_more(tests, progress)


def _show_more(tests: ApiTests, progress: FlowProgress) -> None:
    st.markdown("The tokens are kept encrypted for ten minutes, for this sign-in of yours only.")
    with st.container(horizontal=True):
        refresh = st.button("Refresh", icon=":material/refresh:", key="login-api-refresh")
        revoke = st.button("Revoke", icon=":material/block:", key="login-api-revoke")
    with guarded():
        if refresh:
            st.session_state[_TRIED] = tests.refresh(progress.id)
        elif revoke:
            st.session_state[_TRIED] = (tests.revoke(progress.id), ())
    if _TRIED not in st.session_state:
        return
    link, reports = st.session_state[_TRIED]
    show_checks([link])
    for token in reports if link.state is LinkState.PASSED else ():
        with st.expander(token.title):
            show_checks(token.checks)
            show_claims(token.claims)


_STEP = "_login_api_step"


def show_question(question: SignInQuestion, test_id: str) -> dict[str, str] | None:
    """Show the form; the values once it was sent, else None. They are not kept here."""
    st.markdown(f"**{md(question.title)}**")
    st.markdown(md(question.about))
    if question.changes:
        st.warning(md(question.changes), icon=":material/edit:")
    if question.totp:
        show_totp(question.totp)
    round_ = int(st.session_state.setdefault(_STEP, 0))
    keys = {field.name: f"login-api-{test_id}-{round_}-{field.name}" for field in question.fields}
    with st.form(f"login-api-step-{test_id}-{question.challenge}-{round_}", border=True):
        typed = {field.name: _input(field, keys[field.name]) for field in question.fields}
        if question.changes:
            dialog.ask_note(_note_key, "optional")
        sent = st.form_submit_button("Go on", type="primary", icon=":material/arrow_forward:")
    if not sent:
        return None
    st.session_state[_STEP] = round_ + 1
    for key in keys.values():
        st.session_state.pop(key, None)
    return typed


def _note_key(part: str) -> str:
    return f"login-api-{part}"


def _input(field: Field, key: str) -> str:
    if field.kind is FieldKind.CHOICE:
        picked = st.radio(
            field.label, list(field.options), format_func=lambda name: label(field.options[name]), key=key
        )
        return picked or ""
    typed = st.text_input(
        label(field.label),
        type="password" if field.kind is FieldKind.SECRET else "default",
        autocomplete="off",
        key=key,
        placeholder="123456" if field.kind is FieldKind.CODE else "",
    )
    return typed if field.kind is FieldKind.SECRET else typed.strip()
