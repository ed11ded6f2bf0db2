"""The two charts of the overview. Every number stands in words on an axis or in the chart's description.

They are written in Vega-Lite itself, over Arrow's tables, which are sent as they are: a chart object that
checks each of its parts takes most of a run, and frames made anew in each run a tenth of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from services.directory.overview import StateCount, WeekCount

# Both stand out from the light and from the dark background (3:1 at least); order of the legend.
COLOURS = {"Enabled": "#0f8f83", "Disabled": "#8a979c"}
BAR = 28  # pixels for one status


def by_status(states: Sequence[StateCount]) -> None:
    """People by status, one bar each, those disabled apart."""
    rows = [
        {
            "Status": f"{state.title} ({state.enabled + state.disabled:,})",
            "Account": account,
            "People": number,
            "Place": place,
        }
        for place, state in enumerate(states)
        for account, number in (("Enabled", state.enabled), ("Disabled", state.disabled))
        if number
    ]
    words = "; ".join(
        f"{state.title}: {state.enabled} enabled, {state.disabled} disabled" for state in states
    )
    spec = {
        "description": f"People by status. {words}.",
        "mark": "bar",
        "height": BAR * len(states) + 110,
        # room for the last number of the axis, which stands on the edge
        "padding": {"right": 14},
        "encoding": {
            "y": {
                "field": "Status",
                "type": "nominal",
                "sort": {"field": "Place", "op": "min"},
                "title": None,
                "axis": {"labelLimit": 240, "labelOverlap": False},
            },
            "x": _count("People"),
            "color": _colour("Account", list(COLOURS)),
            "order": {"field": "Account", "type": "nominal", "sort": "descending"},
            "tooltip": _told("Status", "Account", "People"),
        },
    }
    st.vega_lite_chart(pa.Table.from_pylist(rows), spec, width="stretch")


def per_week(weeks: Sequence[WeekCount]) -> None:
    """How many people were created in each of the last weeks, and how many left here."""
    table = pa.Table.from_pylist(
        [
            {
                "Week from": f"{week.monday.day} {week.monday:%b}",
                "Who": who,
                # those who left stand below the line
                "Height": -number if who == "Left" else number,
                "People": number,
            }
            for week in weeks
            for who, number in (("Joined", week.created), ("Left", week.left))
        ]
    )
    joined, left = sum(week.created for week in weeks), sum(week.left for week in weeks)
    words = ", ".join(
        f"{week.monday.day} {week.monday:%B}: {week.created} joined, {week.left} left" for week in weeks
    )
    spec = {
        "description": f"People by week, {joined} joined and {left} left in all. {words}.",
        "mark": "bar",
        "height": 300,
        "encoding": {
            "x": {
                "field": "Week from",
                "type": "nominal",
                "sort": None,
                "title": "Week from (Monday)",
                "axis": {"labelAngle": -45},
            },
            "y": _count("Height", labelExpr="abs(datum.value)"),
            "color": _colour("Who", ["Joined", "Left"]),
            "tooltip": _told("Week from", "Who", "People"),
        },
    }
    st.vega_lite_chart(table, spec, width="stretch")
    st.caption(
        "Joined: created in that week, and still there. Left: deleted here, or disabled here and still so."
    )


def _count(field: str, **axis: Any) -> dict[str, Any]:
    """An axis of whole people."""
    return {
        "field": field,
        "type": "quantitative",
        "title": "People",
        "axis": {"tickMinStep": 1, "format": ",d", **axis},
    }


def _colour(field: str, names: list[str]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": list(COLOURS.values())},
        "legend": {"orient": "bottom"},
    }


def _told(*fields: str) -> list[dict[str, str]]:
    """What the tooltip says; the last of `fields` is a number."""
    *names, number = fields
    told = [{"field": name, "type": "nominal"} for name in names]
    return [*told, {"field": number, "type": "quantitative"}]
