"""The parts of the Login test page, and the check-up of a pool and its app clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from console.context import Context
from console.login_test.api_flows import show_api_flows
from console.login_test.explain import WHY, show_explain
from console.login_test.hosted import show_hosted
from console.login_test.result import callback_url
from console.login_test.token_box import show_token_box
from console.widgets.client_fix import offer_fixes, show_client_fix
from console.widgets.words import md
from services.login.advice import Advice, CheckupVerdict
from services.login.checkup import CheckUp, check_up, read_facts
from services.login.severity import AdviceSeverity
from services.words import ago, capital

_COLOURS: dict[AdviceSeverity, Literal["red", "orange", "blue"]] = {
    AdviceSeverity.HIGH: "red",
    AdviceSeverity.MEDIUM: "orange",
    AdviceSeverity.LOW: "blue",
}
_KEPT, _AGAIN = "checkup-result", "checkup-again"


def show_checkup(ctx: Context) -> None:
    """What is to be mended, gravest first; then what couldn't be checked, and what is good.

    Raises `CognitoError`s when the pool's settings can't be read.
    """
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        st.markdown(
            "The settings of this pool and its app clients, compared with what has proved itself. It only "
            "reads settings: nobody is looked at, nothing is changed. What an app client lacks can be put "
            "right from here; the rest is changed in AWS."
        )
    with right:
        again = st.button("Check now", type="primary", icon=":material/checklist:", key="checkup-now")
    kept = st.session_state.get(_KEPT)
    # once something was put right the pool is looked at again by itself
    again = st.session_state.pop(_AGAIN, False) or again
    if not again and (kept is None or kept[0] != ctx.pool.id):
        return
    if again or kept is None:
        with st.spinner("Reading the settings of the pool and its app clients…", show_time=True):
            applications = ctx.store.applications.list(ctx.pool.id)
            result = check_up(read_facts(ctx.pool_session.gateway, applications, callback_url()))
        kept = (ctx.pool.id, datetime.now(UTC), result)
        st.session_state[_KEPT] = kept
    _, at, result = kept
    _numbers(result, at)
    _to_mend(ctx, result.of(CheckupVerdict.MEND))
    _others("Couldn’t be checked", result.of(CheckupVerdict.UNKNOWN))
    _others("As it should be", result.of(CheckupVerdict.GOOD))
    _others("Not needed here", result.of(CheckupVerdict.NOT_APPLICABLE))
    show_client_fix(ctx.pool_session, _forget_checkup)


def _numbers(result: CheckUp, at: datetime) -> None:
    wrong = result.of(CheckupVerdict.MEND)
    by_severity = ", ".join(
        f"{count} {severity}"
        for severity in AdviceSeverity
        if (count := sum(mistake.severity is severity for mistake in wrong))
    )
    said = f"**{len(wrong)} to mend** ({by_severity})" if wrong else "**Nothing to mend**"
    st.markdown(
        f"{said} · {len(result.of(CheckupVerdict.GOOD))} as they should be · "
        f"{len(result.of(CheckupVerdict.UNKNOWN))} couldn’t be checked · looked at {md(ago(at))}"
    )


def _forget_checkup() -> None:
    st.session_state.pop(_KEPT, None)
    st.session_state[_AGAIN] = True


def _to_mend(ctx: Context, advice: Sequence[Advice]) -> None:
    for number, hint in enumerate(advice):
        with st.container(border=True, key=f"checkup-mend-{number}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge(
                    capital(str(hint.severity)),
                    color=_COLOURS[hint.severity],
                    icon=":material/priority_high:",
                )
                st.markdown(f"**{md(hint.title)}**", width="content")
                if hint.subject:
                    st.badge(md(hint.subject), color="gray")
            st.markdown(f"{md(hint.found)} **{md(hint.fix)}**")
            st.markdown(f"Why: {md(hint.setting.why)}")
            st.markdown(f"Where: {md(hint.setting.where)}")
            if hint.detail:
                st.markdown(f"Found: {md(hint.detail)}")
            offer_fixes(ctx, hint.fixes, f"checkup-{number}")


def _others(title: str, advice: Sequence[Advice]) -> None:
    if not advice:
        return
    with st.expander(f"{title} ({len(advice)})"):
        for hint in advice:
            subject = f" · {md(hint.subject)}" if hint.subject else ""
            st.markdown(f"**{md(hint.title)}**{subject}: {md(hint.found)}")


PARTS: dict[str, Callable[[Context], None]] = {
    "Login page": show_hosted,
    "Own form, server": show_api_flows,
    WHY: show_explain,
    "Pool check-up": show_checkup,
    "Check a token": show_token_box,
}
"""Title → what shows it."""
