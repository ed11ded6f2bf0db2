"""Filters in the address of the page, so that a link shows a colleague the same people.

Only what says nothing about single people goes there: never what was typed into the search box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

Values = Mapping[str, list[str]]
"""What the address holds, by parameter; absent or empty where nothing is asked for."""

_WRITTEN = "_users_address"


def follow(names: tuple[str, ...], apply: Callable[[Values], None]) -> None:
    """Call `apply` when the address holds other values than this page last wrote there.

    That is so when a link was opened or the browser went back. Call it before the widgets are made;
    `apply` sets their values in the session.
    """
    present = {name: st.query_params.get_all(name) for name in names if name in st.query_params}
    if present and present != st.session_state.get(_WRITTEN):
        apply(present)


def write(values: Values) -> None:
    """Put the values into the address."""
    wanted = {name: found for name, found in values.items() if found}
    for name in values:
        if name not in wanted:
            st.query_params.pop(name, None)
        elif st.query_params.get_all(name) != wanted[name]:
            st.query_params[name] = wanted[name]
    st.session_state[_WRITTEN] = wanted


def last_written() -> dict[str, list[str]]:
    """What this tab's users page last had in its address, for the way back to it."""
    return dict(st.session_state.get(_WRITTEN, {}))
