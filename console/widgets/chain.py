"""The links of a chain of reasons: each with its state, what was found and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from console.widgets.words import md
from services.login.chain import EARLIER_FAILED, Link, LinkState, first_failure

SIGNS = {
    LinkState.PASSED: ":green[:material/check_circle:]",
    LinkState.FAILED: ":red[:material/cancel:]",
    LinkState.DOUBTFUL: ":orange[:material/error:]",
    LinkState.NOT_REACHED: ":gray[:material/radio_button_unchecked:]",
    LinkState.NOT_APPLICABLE: ":gray[:material/do_not_disturb_on:]",
}
_BADGES = {
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
    # one element for all of it: a page has many links, and each element costs it time
    text = f"{SIGNS[link.state]} **{md(link.title)}**"
    # a chain that nobody has tried yet is only a list of what has to hold
    if link.sentence.strip():
        text += f" :{_BADGES[link.state]}-badge[{link.state}]"
        # the badge has said as much already
        if link.sentence != EARLIER_FAILED:
            text += f"  \n{md(link.sentence)}"
    st.markdown(text)
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
