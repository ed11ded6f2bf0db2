"""What a new console still needs, as a list for administrators: done, next, later."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.words import md
from services.configuration.first_steps import FirstStep, FirstSteps, FirstStepState
from services.roles import Permission

TITLES = {
    FirstStep.CONNECTION: "Connect to AWS",
    FirstStep.POOLS: "Add the user pools",
    FirstStep.APPLICATIONS: "Name the applications",
    FirstStep.OPERATORS: "Let colleagues in",
    FirstStep.READING: "Read and audit a pool",
}
# the page of each step, and the tab of that page
PLACES = {
    FirstStep.CONNECTION: ("configuration", {"tab": "Connections"}),
    FirstStep.POOLS: ("configuration", {"tab": "Pools"}),
    FirstStep.APPLICATIONS: ("configuration", {"tab": "Applications"}),
    FirstStep.OPERATORS: ("operators", {}),
    FirstStep.READING: ("audits", {}),
}
# what can be done before any pool is there
_WITHOUT_POOL = {FirstStep.CONNECTION, FirstStep.POOLS, FirstStep.OPERATORS}


def show_first_steps(ctx: Context) -> bool:
    """The list, while a step is open and the operator may configure; whether it was shown."""
    if not ctx.may(Permission.CONFIGURE):
        return False
    service = FirstSteps(ctx.store, ctx.who)
    steps = service.wanted()
    if not steps:
        return False
    following = next(state.step for state in steps if not state.done)
    with st.container(border=True, key="first-steps"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            done = sum(state.done for state in steps)
            st.header(f"First steps: {done} of {len(steps)} done", anchor=False, width="content")
            if ctx.pool_record is not None:
                st.button(
                    "Hide this list",
                    type="tertiary",
                    key="first-steps-hide",
                    on_click=service.hide,
                    help="For everybody. Configuration and Operators stay in the menu.",
                )
        for state in steps:
            _step(ctx, state, following)
    return True


def _step(ctx: Context, state: FirstStepState, following: FirstStep) -> None:
    step = state.step
    sign = (
        ":green[:material/check_circle:]"
        if state.done
        else ":material/arrow_circle_right:"
        if step is following
        else ":gray[:material/radio_button_unchecked:]"
    )
    said = "done" if state.done else "next" if step is following else "later"
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"{sign} **{md(TITLES[step])}** ({said}): {md(state.sentence)}", width="content")
        if state.done or (ctx.pool_record is None and step not in _WITHOUT_POOL):
            return
        page, query = PLACES[step]
        pool = {"pool": ctx.pool_record.name} if ctx.pool_record is not None else {}
        if step is following:
            if st.button(TITLES[step], type="primary", key=f"first-step-{step}"):
                st.switch_page(PAGES[page], query_params={**query, **pool})
        else:
            st.page_link(PAGES[page], label=TITLES[step], query_params={**query, **pool})
