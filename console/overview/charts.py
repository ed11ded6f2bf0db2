"""The two charts of the overview. Every number stands in words on an axis or in the chart's description."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
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
    bars = (
        alt.Chart(pd.DataFrame(rows), description=f"People by status. {words}.")
        .mark_bar()
        .encode(
            y=alt.Y(
                "Status:N",
                sort=alt.EncodingSortField("Place", op="min"),
                title=None,
                axis=alt.Axis(labelLimit=240, labelOverlap=False),
            ),
            x=alt.X("People:Q", title="People", axis=alt.Axis(tickMinStep=1, format=",d")),
            color=alt.Color(
                "Account:N",
                title=None,
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(orient="bottom"),
            ),
            order=alt.Order("Account:N", sort="descending"),
            tooltip=["Status:N", "Account:N", "People:Q"],
        )
        .properties(height=BAR * len(states) + 110)
    )
    st.altair_chart(bars, width="stretch")


def per_week(weeks: Sequence[WeekCount]) -> None:
    """How many people were created in each of the last weeks, and how many left here."""
    table = pd.DataFrame(
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
    bars = (
        alt.Chart(table, description=f"People by week, {joined} joined and {left} left in all. {words}.")
        .mark_bar()
        .encode(
            x=alt.X("Week from:N", sort=None, title="Week from (Monday)", axis=alt.Axis(labelAngle=-45)),
            y=alt.Y("Height:Q", title="People", axis=alt.Axis(tickMinStep=1, labelExpr="abs(datum.value)")),
            color=alt.Color(
                "Who:N",
                title=None,
                scale=alt.Scale(domain=["Joined", "Left"], range=list(COLOURS.values())),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=["Week from:N", "Who:N", "People:Q"],
        )
        .properties(height=300)
    )
    st.altair_chart(bars, width="stretch")
    st.caption(
        "Joined: created in that week, and still there. Left: deleted here, or disabled here and still so."
    )
