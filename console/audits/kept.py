"""The comparison that this tab shows, made once and kept until another one is asked for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from services.audits.differences import Differences

_KEY = "_audits_compared"


def kept(mark: str, make: Callable[[], Differences]) -> Differences:
    """The comparison called `mark`; made with a word about waiting when it isn't there yet."""
    known: tuple[str, Differences] | None = st.session_state.get(_KEY)
    if known is None or known[0] != mark:
        with st.spinner("Comparing …", show_time=True):
            known = (mark, make())
        st.session_state[_KEY] = known
    return known[1]
