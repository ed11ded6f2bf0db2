"""What takes a while to work out and is shown again in every run: kept in this tab until it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import streamlit as st

from services.directory.pool import PoolTables

T = TypeVar("T")


def kept(name: str, snapshot: PoolTables, mark: object, make: Callable[[], T], waiting: str) -> T:
    """The answer called `name` for this very `snapshot` and `mark`; made, with `waiting` shown, if it is new.

    Only the last answer of each name is kept. A snapshot with further changes on top is another one.
    """
    key = f"_audits_{name}"
    known = st.session_state.get(key)
    if known is None or known[0] is not snapshot or known[1] != (snapshot.version, mark):
        with st.spinner(waiting, show_time=True):
            known = (snapshot, (snapshot.version, mark), make())
        st.session_state[key] = known
    return cast(T, known[2])
