"""A short table whose rows open a page of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from console.navigation import PAGES

OPEN = "Open"


def show(
    columns: Mapping[str, Sequence[Any]],
    *,
    about: str,
    page: str,
    queries: Sequence[Mapping[str, str]],
    config: Mapping[str, Any] | None = None,
) -> None:
    """Show `columns`; the button of a row opens `page` with that row's query, where there is such a page.

    `about` says what the table holds, for those who can't see it.
    """
    data: dict[str, Sequence[Any]] = dict(columns)
    if page in PAGES:
        data = {OPEN: [OPEN] * len(queries), **data}
    # A click is told by its place in the table, so other rows make it another table.
    key = f"overview-{page}-{sha256(repr(queries).encode('utf-8', 'replace')).hexdigest()[:16]}"
    button = st.column_config.ButtonColumn(
        "Details", type="tertiary", pinned=True, width=70, key=f"{key}-open"
    )
    st.dataframe(
        pd.DataFrame(data),
        key=key,
        hide_index=True,
        width="stretch",
        height="content",
        column_config={OPEN: button, **(config or {})},
        lazy=False,
        alt=about,
    )
    clicked = st.session_state.get(f"{key}-open")
    if clicked is not None and clicked["row"] < len(queries):
        st.switch_page(PAGES[page], query_params=dict(queries[clicked["row"]]))
