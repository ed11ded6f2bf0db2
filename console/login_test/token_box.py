"""The paste box: any token, checked against the pools that are set up here."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import show_error
from console.login_test.result import show_claims
from console.theme import side_by_side
from console.widgets.chain import show_chain, show_checks
from console.widgets.words import md
from services.errors import ConsoleError
from services.login.chain import first_failure
from services.login.pasted import JudgedToken, check_pasted

_ROUND, _FOUND = "_login_token_round", "_login_token_found"
_ANY = "The one it was issued for"


def show_token_box(ctx: Context) -> None:
    """Ask for a token, check it, and show every check; the token itself is gone after the run."""
    left, right = side_by_side("token", (2, 3))
    with left:
        _box(ctx)
    with right:
        found = st.session_state.get(_FOUND)
        if found is None:
            st.markdown("Paste a token: every check of it is shown here, passed or failed, with the reason.")
        else:
            _show_all(found)


def _box(ctx: Context) -> None:
    # A new key each time: what was pasted leaves the session's state with the old one.
    round_ = st.session_state.setdefault(_ROUND, 0)
    applications = {
        application.id: f"{application.name} ({ctx.store.pools.get(application.pool_record_id).name})"
        for application in ctx.store.applications.list()
    }
    with st.form(f"login-token-{round_}", clear_on_submit=True):
        token = st.text_area(
            "Token",
            key=f"login-token-text-{round_}",
            height=160,
            placeholder="eyJ…",
            help="An ID token or an access token, as it comes: alone, in JSON, in a header, an address or a "
            "cookie. Of several, each is checked.",
        )
        chosen = st.selectbox(
            "Check it for the application",
            ["", *applications],
            format_func=lambda id: applications.get(id, _ANY),
            key=f"login-token-application-{round_}",
        )
        sent = st.form_submit_button("Check this token", type="primary")
    st.markdown(
        "It is checked with the keys of the user pools that are set up here; no address that a token "
        "names is ever called. It is neither kept nor logged."
    )
    if sent:
        try:
            found: tuple[JudgedToken | ConsoleError, ...] = check_pasted(
                ctx.store, ctx.who, token or "", chosen or ""
            )
        except ConsoleError as error:
            found = (error,)
        st.session_state[_FOUND] = found
        st.session_state[_ROUND] = round_ + 1
        st.rerun()


def _show_all(found: tuple[JudgedToken | ConsoleError, ...]) -> None:
    if len(found) > 1:
        st.markdown(f"**{len(found)} tokens** stood in it.")
    for number, token in enumerate(found):
        if number:
            st.divider()
        if isinstance(token, ConsoleError):
            show_error(token)
        else:
            _show(token, number)


def _show(found: JudgedToken, number: int) -> None:
    broken = first_failure(found.checks)
    person = f" of {md(found.person)}" if found.person else ""
    if broken is None:
        st.success(
            f"A good {md(found.kind.replace('Access', 'access'))}{person}, of the pool {md(found.pool)}.",
            icon=":material/check_circle:",
        )
    else:
        st.error(
            f"Don't accept this token. {md(broken.title)}: {md(broken.sentence)}", icon=":material/cancel:"
        )
        st.markdown(f"**What to do:** {md(broken.fix)}")
    st.header("Checks", anchor=False)
    show_checks(found.checks)
    if found.decision:
        st.header(f"What {md(found.application)} makes of it", anchor=False)
        show_chain(found.decision, key=f"token-decision-{number}")
    st.header("What it says" if found.genuine else "What it says (not to be believed)", anchor=False)
    show_claims(found.claims)
