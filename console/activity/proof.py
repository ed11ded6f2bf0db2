"""Whether the log is as the console wrote it: a mark on top of the page, and what isn't."""

from __future__ import annotations

import streamlit as st

from console.widgets.words import md, minute, zone
from services.activity_report import log_words
from services.store.log_chain import LogChain, LogCheck
from services.words import counted

# a longer log is read whole when somebody asks, or by the nightly clean-up
READ_AT_ONCE = 5_000
_NAMED = 5


def show_proof(chain: LogChain) -> None:
    """The mark, with the way to check the whole log; what is broken is named."""
    found = None
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.empty()
        asked = st.button(
            "Check the whole log",
            icon=":material/fact_check:",
            type="tertiary",
            help="Reads every line and proves it; about 10 seconds for 100,000 lines.",
        )
        if asked:
            with st.spinner("Reading the whole log…"):
                found = chain.check()
        elif chain.last is not None or chain.length() <= READ_AT_ONCE:
            found = chain.check_on()
        with place.container():
            _mark(found)
    if found is not None and not found.intact:
        _broken(found)


def _mark(found: LogCheck | None) -> None:
    if found is None:
        st.badge("Log not checked yet", color="gray", help="It is checked each night, and when you ask.")
    elif found.intact:
        said = " ".join(log_words(found, zone())[1:])
        st.badge(
            "Log intact ✓",
            color="green",
            help=f"{counted(found.lines, 'line')}, none altered, removed or moved since they were written. "
            f"All of it was read at {minute(found.whole_at)}, newer lines just now. {said} "
            f"Mark of its end: {found.mark}",
        )
    else:
        st.badge("Log broken ✗", color="red")


def _broken(found: LogCheck) -> None:
    first, *rest = log_words(found, zone())
    named = [*rest[:_NAMED], f"And {len(rest) - _NAMED:,} more."] if len(rest) > _NAMED + 1 else rest
    st.error(
        f"{first}\n\n"
        + "\n".join(f"- {md(line)}" for line in named)
        + "\n\nSomebody changed the database past the console. Keep a copy of it as it is, find out who can "
        "write to it, and have it compared with a backup. Whoever runs the console gets every place named by "
        "`python -m console activity verify`.",
        icon=":material/gpp_bad:",
    )
