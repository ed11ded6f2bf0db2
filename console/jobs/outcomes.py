"""The outcomes of a job's rows, a page at a time, in the file's order."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from console.context import Context
from console.jobs.words import RESULTS
from console.widgets.table import show_table
from services.bulk.model import Result
from services.bulk.report import outcomes

PAGE = 100


def show_outcomes(ctx: Context, job_id: str, results: Mapping[str, int]) -> None:
    """A filter by outcome and the table; pages go by row number, so no row is read twice."""
    present = [result for result in Result if results.get(result)]
    chosen = st.segmented_control(
        "Show",
        present,
        format_func=lambda one: f"{RESULTS[one]} ({results.get(one, 0):,})",
        key=f"job-show-{job_id}",
        label_visibility="collapsed",
    )
    key = f"_job-after-{job_id}-{chosen}"
    trail = turn_pages(key)
    rows = list(outcomes(ctx.store, job_id, after=trail[-1], limit=PAGE + 1, result=chosen))
    shown = rows[:PAGE]
    frame = pd.DataFrame(
        {
            "Row": [one.row for one in shown],
            "Person": [one.label for one in shown],
            "Outcome": [RESULTS[one.result] for one in shown],
            "What happened": [one.message for one in shown],
            "Note": [one.note for one in shown],
        }
    )
    show_table(
        frame if any(frame["Note"]) else frame.drop(columns="Note"),
        "Outcome of each row",
        columns={
            "Row": st.column_config.NumberColumn(width="small"),
            "What happened": st.column_config.TextColumn(width="large"),
        },
    )
    show_turning(key, trail, shown[-1].row if shown else 0, more=len(rows) > PAGE)


def turn_pages(key: str) -> list[int]:
    """The row numbers behind which the pages looked at so far begin; the last one is shown now."""
    trail: list[int] = st.session_state.setdefault(key, [0])
    return trail


def show_turning(key: str, trail: list[int], last_row: int, *, more: bool) -> None:
    """Buttons to turn pages, where there is more than one."""
    if len(trail) < 2 and not more:
        return
    with st.container(horizontal=True):
        first = len(trail) < 2
        st.button("Earlier rows", disabled=first, on_click=_back, args=(trail,), key=f"{key}-back")
        st.button("Later rows", disabled=not more, on_click=trail.append, args=(last_row,), key=f"{key}-on")


def _back(trail: list[int]) -> None:
    trail.pop()
