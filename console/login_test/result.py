"""What a login test found: the chain of its links, its checks, what the tokens say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.web.process import PROCESS
from console.widgets.table import show_table
from console.widgets.words import md
from services.login.chain import EARLIER_FAILED, Link, LinkState, Report, TokenReport, first_failure
from services.login.hosted import Followups, Tried
from services.login.token_text import ClaimLine
from services.store.applications import CALLBACK_PATH

_TRIED = "_login_tried"


def show_verdict(report: Report) -> None:
    """The verdict in a sentence, and the chain."""
    flow = report.flow
    name = md(flow["application"] or flow["client_id"])
    person = md(report.person) if report.person else "Somebody"
    broken = first_failure(report.chain)
    role = next((link.detail for link in report.chain if link.key == "role" and link.detail), "")
    if broken is None:
        as_role = f" as {md(role)}" if role else ""
        st.success(f"{person} gets into {name}{as_role}.", icon=":material/check_circle:")
    elif report.person:
        st.error(f"{person} does not get into {name}: “{md(broken.title)}” fails.", icon=":material/cancel:")
    else:
        st.error(f"The sign-in to {name} fails: “{md(broken.title)}”.", icon=":material/cancel:")
    show_chain(report.chain, key="result")


def show_details(ctx: Context, test_id: str, report: Report) -> None:
    """Everything that was looked at, and what can be tried with the tokens."""
    flow = report.flow
    titles = [one.title for one in report.tokens]
    tabs = [*titles, "Discovery", *(["Try more"] if report.tokens else [])]
    if not report.discovery and not report.tokens:
        return
    shown = dict(zip(tabs, st.tabs(tabs, key=f"login-details-{test_id}", on_change="rerun"), strict=True))
    for one in report.tokens:
        with shown[one.title]:
            _show_token(one)
    with shown["Discovery"]:
        st.markdown(f"Read from {md(flow['discovery_url'])}")
        show_checks(report.discovery)
    if "Try more" in shown:
        with shown["Try more"]:
            _show_more(ctx, test_id, report)


def _show_token(one: TokenReport) -> None:
    show_checks(one.checks)
    show_claims(one.claims)


def _show_more(ctx: Context, test_id: str, report: Report) -> None:
    after = Followups(ctx.store, ctx.who, ctx.session.id, test_id)
    st.markdown("The tokens stay in this process's memory for ten minutes, for this sign-in of yours only.")
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
    of, tried = st.session_state.get(_TRIED, ("", None))
    if isinstance(tried, Tried) and of == test_id:
        show_checks([tried.link])
        show_claims(tried.claims)
        for one in tried.reports:
            with st.expander(one.title):
                _show_token(one)
    with guarded():
        st.link_button(
            "Sign out at the login page",
            after.logout_address(f"{base_url()}/login_test"),
            icon=":material/logout:",
            help="Ends the login page's own session in this browser. The app client must list this console's "
            "address among its sign-out URLs.",
        )
        _show_tokens(after)


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


SIGNS = {
    LinkState.PASSED: ":green[:material/check_circle:]",
    LinkState.FAILED: ":red[:material/cancel:]",
    LinkState.DOUBTFUL: ":orange[:material/error:]",
    LinkState.NOT_REACHED: ":gray[:material/radio_button_unchecked:]",
    LinkState.NOT_APPLICABLE: ":gray[:material/do_not_disturb_on:]",
}
_BADGES: Mapping[LinkState, Literal["green", "red", "orange", "gray"]] = {
    LinkState.PASSED: "green",
    LinkState.FAILED: "red",
    LinkState.DOUBTFUL: "orange",
    LinkState.NOT_REACHED: "gray",
    LinkState.NOT_APPLICABLE: "gray",
}
_NAMES = {state: state.name.lower().replace("_", "-") for state in LinkState}

_STYLE = """<style>
[class*="st-key-chainlink"] {
    border-left: 3px solid rgba(128, 137, 141, 0.45); padding: 0.35rem 0 0.55rem 1rem;
    box-sizing: border-box; max-width: 100%;
}
[class*="st-key-chainlink-passed"] { border-left-color: #2e8b57; }
[class*="st-key-chainlink-failed"] { border-left-color: #c8372d; }
[class*="st-key-chainlink-doubtful"] { border-left-color: #c77700; }
[class*="st-key-chainline"] { gap: 0 !important; }
</style>"""


def show_chain(links: Sequence[Link], *, key: str, fix_control: Callable[[Link], None] | None = None) -> None:
    """Show the chain. `key` is unique on the page.

    `fix_control` is called inside the "What to do" part of every failed or doubtful link and may
    draw the button that puts it right (nothing for links it has none for).
    """
    st.html(_STYLE)
    opened = first_failure(links)
    with st.container(key=f"chainline-{key}"):
        for link in links:
            # CSS finds the state in the container's key
            with st.container(key=f"chainlink-{_NAMES[link.state]}-{key}-{link.key}", gap="xsmall"):
                _show_link(link, link is opened, fix_control)


def _show_link(link: Link, opened: bool, fix_control: Callable[[Link], None] | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{SIGNS[link.state]} **{md(link.title)}**", width="content")
        # a chain that nobody has tried yet is only a list of what has to hold
        if link.sentence.strip():
            st.badge(str(link.state), color=_BADGES[link.state])
    # the badge has said as much already
    if link.sentence.strip() and link.sentence != EARLIER_FAILED:
        st.markdown(md(link.sentence))
    if link.state in (LinkState.FAILED, LinkState.DOUBTFUL) and (link.fix or fix_control):
        if not link.fix:
            assert fix_control is not None  # noqa: S101 - as the line above says
            fix_control(link)
            return
        with st.expander("What to do", expanded=opened, icon=":material/build:"):
            st.markdown(md(link.fix))
            if link.detail:
                st.markdown(f"Found: {md(link.detail)}")
            if fix_control is not None:
                fix_control(link)


def show_checks(links: Iterable[Link]) -> None:
    """One line per check: sign, name, state, reason; a broken one says what to do."""
    lines = []
    for link in links:
        line = f"{SIGNS[link.state]} **{md(link.title)}**: {link.state}. {md(link.sentence)}"
        if link.fix and link.state in (LinkState.FAILED, LinkState.DOUBTFUL):
            line += f" *What to do:* {md(link.fix)}"
        lines.append(line)
    st.markdown("  \n".join(lines))


def show_claims(claims: Sequence[ClaimLine]) -> None:
    """What the token says, with times in words."""
    if not claims:
        return
    show_table(
        pd.DataFrame(
            {
                "Claim": [one.name for one in claims],
                "Value": [one.value for one in claims],
                "What it is": [one.meaning for one in claims],
            }
        ),
        "What the token says",
        columns={
            "Claim": st.column_config.TextColumn(width=170),
            "Value": st.column_config.TextColumn(width="large"),
            "What it is": st.column_config.TextColumn(width="medium"),
        },
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
