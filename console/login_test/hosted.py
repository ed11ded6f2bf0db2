"""A sign-in through the login page: what is asked for, and where it leads."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from console.context import Context
from console.feedback import guarded, show_error
from console.login_test.explain import CHOSEN, lead_here
from console.login_test.result import FIXES, callback_url, show_details, show_verdict
from console.theme import side_by_side
from console.web import urls
from console.widgets.chain import show_chain
from console.widgets.words import md
from services.cognito.models import AppClient
from services.configuration.applications import callback_of
from services.errors import CognitoError, ConsoleError, InvalidValue, LoginTestRefused
from services.login.chain import Report, not_reached, step
from services.login.client_fixes import ClientFix
from services.login.discovery import discovery_of, known_pool
from services.login.hosted import HOSTED_STEPS, HostedTests
from services.login.hosted_flow import DEFAULT_SCOPES, Flow
from services.store.applications import Application

PROVIDER = "provider"
"""The part of the address that names the identity provider to try."""

ROUND, _REFUSED = "_login_paste_round", "_login_paste_refused"


def show_hosted(ctx: Context) -> None:
    """The form, and the test that the address names (`?test=`), waiting or answered."""
    tests = HostedTests(ctx.store, ctx.who, ctx.session.id)
    test_id = st.query_params.get("test", "")
    left, right = side_by_side("hosted", (2, 3))
    found: Report | Flow | None = None
    with right:
        if test_id:
            with guarded():
                found = _found(ctx, tests, test_id)
        if isinstance(found, Report):
            show_verdict(ctx, found, _fixes(tests, test_id, found))
        elif isinstance(found, Flow):
            _show_waiting(ctx, tests, test_id, found)
        else:
            _show_empty()
    tried = (
        found.flow["application_id"] if isinstance(found, Report) else getattr(found, "application_id", "")
    )
    with left, guarded():
        show_form(ctx, tests, str(tried) or _asked_for(ctx))
    if isinstance(found, Report):
        show_details(ctx, test_id, found)


def _fixes(tests: HostedTests, test_id: str, report: Report) -> tuple[ClientFix, ...]:
    """What puts the app client right, asked for once for each test."""
    kept = st.session_state.get(FIXES)
    if kept is None or kept[0] != test_id:
        kept = (test_id, tests.fixes(report))
        st.session_state[FIXES] = kept
    found: tuple[ClientFix, ...] = kept[1]
    return found


def _asked_for(ctx: Context) -> str:
    """The application that the address names (`?application=`), by its id."""
    name = st.query_params.get("application", "")
    known = ctx.store.applications.list(ctx.pool.id) if name else ()
    return next((application.id for application in known if application.name == name), "")


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
    st.header("The chain", anchor=False)
    st.markdown(
        "What has to hold, in this order. Start a sign-in to see which of it does. If the login page itself "
        "refuses the person, it sends nobody back: “Why can’t they sign in?” says more then."
    )
    show_chain([not_reached(*step(key), " ") for key in HOSTED_STEPS], key="empty")


def _show_waiting(ctx: Context, tests: HostedTests, test_id: str, flow: Flow) -> None:
    st.header(f"Waiting for the sign-in to {md(flow.application or flow.client_id)}", anchor=False)
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
            with st.spinner("Exchanging the code and checking the tokens…"):
                tests.pasted(test_id, address or "")
        except ConsoleError as refused:
            st.session_state[_REFUSED] = refused
        # without delay: only then the old key and what was typed under it are gone
        st.rerun()


_BY_HAND = "by hand"
_AUTH = {
    "client_secret_basic": "Secret in a header (basic)",
    "client_secret_post": "Secret in the form (post)",
    "none": "No secret (public client)",
}
_HERE, _PASTE = "Come back to this console", "Paste the address it ends on"
_CLIENT_FRESH = 30.0  # seconds that an app client's settings are not read again


def show_form(ctx: Context, tests: HostedTests, tried: str = "") -> None:
    """Everything that a sign-in begins with, and the button. `tried` is the application last tested."""
    st.header("What to try", anchor=False)
    applications = {application.id: application for application in ctx.store.applications.list(ctx.pool.id)}
    options = [*applications, _BY_HAND]
    chosen = st.selectbox(
        "Application",
        options,
        index=options.index(tried) if tried in options else 0,
        format_func=lambda id: applications[id].name if id in applications else "Another app client…",
        key=f"login-application-{ctx.pool.id}-{tried}",
    )
    application = applications.get(chosen or "")
    st.session_state[CHOSEN] = (ctx.pool.id, application.id if application else "")
    hint = _hint()
    client_id = application.client_id if application else _typed_client()
    client = _client(ctx, client_id)
    redirect_uri, comes_back = _way_back(application, client)
    through = bool(st.query_params.get(PROVIDER))
    with st.expander("How it asks", icon=":material/tune:", expanded=through):
        asked = _asked(ctx, application, client)
    st.markdown(
        ":material/payments: A sign-in makes the person count as active this month, which AWS bills. "
        "Five wrong passwords lock them out for a while."
    )
    secret, pressed = _start(application, asked["auth_method"])
    if not pressed:
        return
    _begin(
        tests,
        Flow(
            pool_record_id=ctx.pool.id,
            pool_name=ctx.pool.name,
            client_id=client_id,
            redirect_uri=redirect_uri,
            comes_back=comes_back,
            login_hint=hint,
            secret=secret,
            **asked,
            **_of_application(application),
        ),
    )


def _hint() -> str:
    typed = st.text_input(
        "Person (optional)",
        key="login-hint",
        placeholder="What they type to sign in",
        help="Fills in the name on the login page (as login_hint), and whom to look at if it refuses them.",
        autocomplete="off",
    )
    return (typed or "").strip()


def _of_application(application: Application | None) -> dict[str, Any]:
    """What a flow knows of the application that it is tried for."""
    if application is None:
        return {"application_id": "", "application": "", "allowed_groups": (), "group_roles": {}}
    return {
        "application_id": application.id,
        "application": application.name,
        "allowed_groups": application.allowed_groups,
        "group_roles": application.group_roles,
    }


def _begin(tests: HostedTests, flow: Flow) -> None:
    with st.spinner("Reading the pool's description and asking its login page…"):
        started = tests.begin(flow)
    # also before leaving: the browser's Back button then finds the test that waits
    st.query_params["test"] = started.id
    if started.waits and flow.comes_back:
        urls.redirect(f"{urls.TEST_START_PATH}?test={started.id}")
    st.rerun()


def _typed_client() -> str:
    return (
        st.text_input(
            "Client ID",
            key="login-client-id",
            placeholder="1example23456789",
            help="Of an app client in the chosen user pool. Nothing of this is kept.",
        )
        or ""
    ).strip()


def _client(ctx: Context, client_id: str) -> AppClient | None:
    """The app client's settings, read a moment ago; None where they can't be read."""
    if not client_id:
        return None
    key = f"_login_client_{ctx.pool.id}_{client_id}"
    at, found = st.session_state.get(key, (0.0, None))
    if time.monotonic() - at > _CLIENT_FRESH:
        try:
            found = ctx.pool_session.gateway.describe_client(client_id)
        except CognitoError:
            found = None
        st.session_state[key] = (time.monotonic(), found)
    return found if isinstance(found, AppClient) else None


def _way_back(application: Application | None, client: AppClient | None) -> tuple[str, bool]:
    """The callback URL, and whether it is this console's."""
    here = callback_url()
    theirs = callback_of(application.application_url) if application else ""
    registered = client.callback_urls if client else ()
    ours_is_known = client is None or here in registered
    ways = [_HERE, _PASTE]
    way = st.radio(
        "After the sign-in",
        ways,
        index=0 if ours_is_known or not (theirs or registered) else 1,
        key=f"login-way-{client.id if client else ''}",
        horizontal=True,
    )
    if way == _HERE:
        if client is not None and not ours_is_known:
            st.warning(
                f"The app client “{md(client.name or client.id)}” doesn't accept this console's address yet. "
                "For the whole test add exactly this to its Allowed callback URLs (AWS console: the pool, "
                "App clients, Login pages), or choose to paste the address.",
                icon=":material/link_off:",
            )
        else:
            st.markdown("The login page must be allowed to send people to exactly this address:")
        st.code(here, language=None, wrap_lines=True)
        return here, True
    known = list(dict.fromkeys([*([theirs] if theirs else []), *registered]))
    if not known:
        typed = st.text_input("Callback URL of the app client", key="login-redirect-uri")
        return (typed or "").strip(), False
    picked = st.selectbox("Callback URL", known, key="login-redirect-choice")
    st.markdown(
        "The browser ends on the application's own address; you copy it from there and paste it here."
    )
    return picked or known[0], False


def _asked(ctx: Context, application: Application | None, client: AppClient | None) -> dict[str, Any]:
    """How the application asks the login page, with what it usually asks as the first choice."""
    tied = application.id if application else _BY_HAND
    place = known_pool(ctx.store, ctx.pool)
    usual = discovery_of(place, application)
    addresses = list(dict.fromkeys([usual, *place.discovery_urls]))
    offered = list(dict.fromkeys([*(client.scopes if client else ()), *DEFAULT_SCOPES]))
    wanted = [scope for scope in DEFAULT_SCOPES if not client or scope in client.scopes] or list(
        DEFAULT_SCOPES
    )
    has_secret = application.has_secret if application else bool(client and client.has_secret)
    discovery = st.selectbox("Discovery", addresses, key=f"login-discovery-{tied}")
    scopes = st.multiselect(
        "Scopes", offered, default=wanted, accept_new_options=True, key=f"login-scopes-{tied}"
    )
    auth = st.selectbox(
        "How the client proves itself",
        list(_AUTH),
        index=0 if has_secret else 2,
        format_func=_AUTH.__getitem__,
        key=f"login-auth-{tied}-{has_secret}",
    )
    return {
        "discovery_url": discovery or usual,
        "scopes": tuple(scopes),
        "auth_method": auth or "none",
        **_asked_of_people(client, tied),
    }


def _asked_of_people(client: AppClient | None, tied: str) -> dict[str, Any]:
    """What else the login page is told; `tied` keeps the choices of one application apart from others'."""
    pkce = st.toggle(
        "PKCE (S256)", value=True, key="login-pkce", help="Off for a client that doesn't use it."
    )
    again = st.toggle(
        "Ask for the password even if this browser is signed in",
        value=True,
        key="login-again",
        help="Sends prompt=login. The classic hosted page of AWS ignores it: sign out there first.",
    )
    mode = st.toggle("Send response_mode=query", value=False, key="login-mode")
    offered = ["", *(client.providers if client else ())]
    asked = st.query_params.get(PROVIDER, "")
    provider = st.selectbox(
        "Identity provider",
        offered,
        index=offered.index(asked) if asked in offered else 0,
        format_func=lambda name: name or "The login page asks",
        accept_new_options=True,
        key=f"login-provider-{tied}-{asked}",
    )
    language = st.text_input("Language", key="login-language", placeholder="en, de, fr …", max_chars=10)
    return {
        "pkce": pkce,
        "ask_again": again,
        "response_mode": mode,
        "identity_provider": provider or "",
        "language": (language or "").strip(),
    }


def _start(application: Application | None, auth_method: object) -> tuple[str, bool]:
    """The button, and the secret where it has to be typed: it leaves the session's state at once."""
    if application is not None or auth_method == "none":
        return "", st.button("Start the sign-in", type="primary", icon=":material/login:", key="login-start")
    round_ = st.session_state.setdefault("_login_secret_round", 0)
    with st.form(f"login-secret-form-{round_}", clear_on_submit=True):
        secret = st.text_input(
            "Client secret",
            type="password",
            key=f"login-secret-{round_}",
            autocomplete="off",
            help="Kept encrypted until the answer comes, five minutes at most.",
        )
        pressed = st.form_submit_button("Start the sign-in", type="primary", icon=":material/login:")
    if pressed:
        st.session_state["_login_secret_round"] = round_ + 1
        st.session_state.pop(f"login-secret-{round_}", None)
        if not secret:
            raise InvalidValue("Enter the client secret, or choose “No secret”.", field="secret")
    return secret or "", pressed
