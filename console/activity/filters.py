"""What to look for in the activity log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import streamlit as st

from console.context import Context
from console.widgets.words import zone
from services.activity_report import RESULT_TITLES, action_titles, title_of
from services.store.activity import ActivityFilter, ActivityResult

ANY = ""
PERIODS = {
    ANY: "Any time",
    "hour": "Last hour",
    "today": "Today",
    "week": "Last 7 days",
    "month": "Last 30 days",
    "dates": "From … to …",
}
_BACK = {"hour": timedelta(hours=1), "week": timedelta(days=7), "month": timedelta(days=30)}


def choose(ctx: Context) -> ActivityFilter:
    """Show the filters and return what is chosen. Choices stand in the address; typed words do not."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Person, reason, anything",
            placeholder="Words that all occur",
            icon=":material/search:",
            key="activity-text",
            width=230,
        )
        operators = sorted(one.username for one in ctx.store.operators.list())
        operator = _select("Operator", operators, "operator", "Any operator")
        action = _select("Action", list(action_titles()), "action", "Any action", title_of)
        pools = [one.name for one in ctx.store.pools.list()]
        pool = _select("Pool", pools, "in_pool", "Any pool")
        result = _select(
            "Result", [str(one) for one in ActivityResult], "result", "Any result", _result_title, width=140
        )
        period = _select("Time", [one for one in PERIODS if one], "period", PERIODS[ANY], PERIODS.__getitem__)
    since, until = _between(period)
    filters: ActivityFilter = {
        "text": text or "",
        "operator": operator,
        "action": action,
        "pool": pool,
        "result": result,
        "since": since,
        "until": until,
        "target": st.query_params.get("target", ""),
    }
    return filters


def _select(
    label: str,
    options: list[str],
    key: str,
    nothing: str,
    title: Callable[[str], str] = str,
    width: int = 165,
) -> str:
    all_options = [ANY, *options]
    asked = st.query_params.get(key, ANY)
    chosen = st.selectbox(
        label,
        all_options,
        # not `bind`: that puts the words on screen into the address, and links would break with them
        index=all_options.index(asked) if asked in all_options else 0,
        format_func=lambda one: title(one) if one else nothing,
        key=f"activity-{key}",
        on_change=_keep,
        args=(key,),
        width=width,
    )
    return chosen or ANY


def _keep(key: str) -> None:
    """Put the choice into the address, so that the view can be sent to a colleague."""
    chosen = st.session_state[f"activity-{key}"]
    if chosen:
        st.query_params[key] = chosen
    else:
        st.query_params.pop(key, None)


def _result_title(value: str) -> str:
    return RESULT_TITLES[ActivityResult(value)]


def _between(period: str) -> tuple[datetime | None, datetime | None]:
    """The chosen period as aware times, days counted in the browser's time zone."""
    now = datetime.now(zone())
    if period in _BACK:
        # to the minute, so that paging within the minute looks at the same lines
        return (now - _BACK[period]).replace(second=0, microsecond=0), None
    if period == "today":
        return _midnight(now.date()), None
    if period != "dates":
        return None, None
    days = st.date_input(
        "From and to",
        (now.date() - timedelta(days=6), now.date()),
        key="activity-dates",
        format="YYYY-MM-DD",
        width=260,
    )
    given = days if isinstance(days, tuple) else (days,)
    if not given or given[0] is None:
        return None, None
    # one day chosen so far means that day
    return _midnight(given[0]), _midnight(given[-1] + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone())
