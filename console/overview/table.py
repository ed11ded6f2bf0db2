"""A short table whose rows open a page of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from console.navigation import PAGES
from console.widgets.table import pick, show_table


def show_rows(
    columns: Mapping[str, Sequence[Any]],
    *,
    about: str,
    page: str,
    opens: str,
    queries: Sequence[Mapping[str, str]],
    config: Mapping[str, Any] | None = None,
) -> None:
    """Show `columns`; the cell under `opens` leads to `page` with its row's query, where the role has it.

    `about` says what the table holds, for those who can't see it.
    """
    frame = pd.DataFrame(dict(columns))
    if page not in PAGES:
        show_table(frame, about, columns=config)
        return
    picked = pick(
        frame,
        about,
        name=f"overview-{page}",
        identity=[sorted(query.items()) for query in queries],
        opens=opens,
        ticks="one",
        columns=config,
    )
    for row in (picked.opened, *picked.ticked):
        if row is not None:
            st.switch_page(PAGES[page], query_params=dict(queries[row]))
