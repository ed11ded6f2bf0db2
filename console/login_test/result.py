"""What a login test found: the chain of its links, its checks, what the tokens say."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.navigation import PAGES
from console.web.process import PROCESS
from console.widgets.chain import show_chain, show_checks
from console.widgets.client_fix import offer_fixes, show_client_fix
from console.widgets.table import Column, show_table
from console.widgets.words import md
from services.login.chain import Link, Report, TokenReport, first_failure
from services.login.client_fixes import ClientFix
from services.login.hosted import FollowupResult, Followups
from services.login.token_text import ClaimLine
from services.store.applications import CALLBACK_PATH

_TRIED = "_login_tried"
FIXES = "_login_fixes"
"""Where the fixes of the test on show are kept."""


def show_verdict(ctx: Context, report: Report, fixes: Sequence[ClientFix] = ()) -> None:
    """The verdict in a sentence, the way to the person, and the chain with what puts the client right."""
    flow = report.flow
    name = md(flow["application"] or flow["client_id"])
    person = md(report.person) if report.person else "Somebody"
    broken = first_failure(report.chain)
    role = next((link.detail for link in report.chain if link.key == "role" and link.detail), "")
    if broken is None:
        as_role = f" as {md(role)}" if role else ""
        st.success(f"{person} gets into {name}{as_role}.", icon=":material/check_circle:")
    else:
        fails = f"{person} does not get into {name}" if report.person else f"The sign-in to {name} fails"
        st.error(f"{fails}: “{md(broken.title)}”. {md(broken.sentence)}", icon=":material/cancel:")
    if report.sub:
        st.page_link(
            PAGES["user"],
            label="Their page",
            icon=":material/person:",
            query_params={"pool": ctx.pool.name, "id": report.sub},
        )

    def control(link: Link) -> None:
        if link is broken:
            offer_fixes(ctx, fixes, "result")

    show_chain(report.chain, key="result", fix_control=control)
    show_client_fix(ctx.pool_session, lambda: st.session_state.pop(FIXES, None))


def show_details(ctx: Context, test_id: str, report: Report) -> None:
    """Everything that was looked at, and what can be tried with the tokens."""
    flow = report.flow
    titles = [token.title for token in report.tokens]
    tabs = [*titles, "Discovery", *(["Try more"] if report.tokens else [])]
    if not report.discovery and not report.tokens:
        return
    shown = dict(zip(tabs, st.tabs(tabs, key=f"login-details-{test_id}", on_change="rerun"), strict=True))
    for token in report.tokens:
        with shown[token.title]:
            _show_token(token)
    with shown["Discovery"]:
        st.markdown(f"Read from {md(flow['discovery_url'])}")
        show_checks(report.discovery)
    if "Try more" in shown:
        with shown["Try more"]:
            _show_more(ctx, test_id, report)


def _show_token(token: TokenReport) -> None:
    show_checks(token.checks)
    show_claims(token.claims)


def _show_more(ctx: Context, test_id: str, report: Report) -> None:
    after = Followups(ctx.store, ctx.who, ctx.session.id, test_id)
    st.markdown("The tokens are kept encrypted for ten minutes, for this sign-in of yours only.")
    secret = ""
    by_hand = not report.flow["application_id"] and report.flow["auth_method"] != "none"
    with st.form(f"login-more-{test_id}", clear_on_submit=True, border=by_hand):
        if by_hand:
            secret = (
                st.text_input(
                    "Client secret (for refresh and revoke)",
                    type="password",
                    autocomplete="off",
                    help="It was typed by hand, so it wasn't kept.",
                )
                or ""
            )
        with st.container(horizontal=True):
            info = st.form_submit_button("User info", icon=":material/person_search:")
            refresh = st.form_submit_button(
                "Refresh", icon=":material/refresh:", disabled=not report.refreshable
            )
            revoke = st.form_submit_button("Revoke", icon=":material/block:", disabled=not report.refreshable)
            forget = st.form_submit_button("Forget the tokens", icon=":material/delete:")
    with guarded():
        if info:
            st.session_state[_TRIED] = (test_id, after.user_info())
        elif refresh:
            st.session_state[_TRIED] = (test_id, after.refresh(secret))
        elif revoke:
            st.session_state[_TRIED] = (test_id, after.revoke(secret))
        elif forget:
            after.forget()
            st.session_state.pop(_TRIED, None)
    _show_tried(test_id)
    with guarded():
        st.link_button(
            "Sign out at the login page",
            after.logout_address(f"{base_url()}/login_test"),
            icon=":material/logout:",
            help="Ends the login page's own session in this browser. The app client must list this console's "
            "address among its sign-out URLs.",
        )
        _show_tokens(after)


def _show_tried(test_id: str) -> None:
    """What the last of the four buttons brought."""
    of, tried = st.session_state.get(_TRIED, ("", None))
    if isinstance(tried, FollowupResult) and of == test_id:
        show_checks([tried.link])
        show_claims(tried.claims)
        for token in tried.reports:
            with st.expander(token.title):
                _show_token(token)


def _show_tokens(after: Followups) -> None:
    """The tokens themselves, only while they are asked for."""
    if not st.toggle(
        "Show the tokens themselves",
        value=False,
        key="login-show-tokens",
        help="Whoever has them is the person, until they expire. Don't put them into chats or tickets.",
    ):
        return
    tokens = after.tokens()
    for title, token in (
        ("ID token", tokens.id_token),
        ("Access token", tokens.access_token),
        ("Refresh token", tokens.refresh_token),
    ):
        if token:
            st.markdown(f"**{title}**")
            st.code(token, language=None, wrap_lines=True)


def show_claims(claims: Sequence[ClaimLine]) -> None:
    """What the token says, with times in words."""
    if not claims:
        return
    show_table(
        {
            "Claim": [claim.name for claim in claims],
            "What it is": [claim.meaning for claim in claims],
            "Value": [claim.value for claim in claims],
        },
        "What the token says",
        columns={"What it is": Column(width=150), "Value": Column(width=200)},
        rows=30,
    )


def base_url() -> str:
    """The public address set by whoever runs the console, else the one in this browser's address bar."""
    if PROCESS.settings.public_url:
        return PROCESS.settings.public_url
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "http://localhost:8501"


def callback_url() -> str:
    """The exact address that an app client must list for the whole test."""
    return base_url() + CALLBACK_PATH
