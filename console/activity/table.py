"""The activity log: what is asked for, a page of lines as a table, one line in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.address import (
    FIND,
    Values,
    follow_address,
    opened_words,
    sealed_words,
    write_address,
)
from console.widgets.table import Column, fingerprint, pick, show_table
from console.widgets.words import md, minute, zone
from services.activity_report import (
    RESULT_MEANINGS,
    RESULT_TITLES,
    ActivityReader,
    action_title,
    action_titles,
    changes_of,
    summary_of,
)
from services.roles import Origin, Permission
from services.store.activity import Activity, ActivityFilter, ActivityResult

PAGE = 50
_TRAIL = "activity-trail"
_COLOURS = {
    ActivityResult.DONE: "green",
    ActivityResult.FAILED: "red",
    ActivityResult.UNKNOWN: "orange",
    ActivityResult.INTENDED: "orange",
}


def show_lines(reader: ActivityReader, filters: ActivityFilter) -> Activity | None:
    """One page of lines, newest first, with the way to older ones; returns the chosen line."""
    trail = _trail(filters)
    lines = reader.page(filters, limit=PAGE, before_id=trail[-1])
    total = reader.count(filters)
    if not lines:
        st.info(
            "No line of the log fits. Take a filter away."
            if any(filters.values())
            else "Nothing has been done yet. Every change made in this console will stand here.",
            icon=":material/info:",
        )
        return None
    picked = pick(
        _cells(lines),
        "Lines of the activity log",
        name="activity",
        identity=[line.id for line in lines],
        ticks="one",
        columns={"What changed": Column(width=180)},
    )
    first = (len(trail) - 1) * PAGE + 1
    _steps(trail, lines, first, total)
    return lines[picked.ticked[0]] if picked.ticked else None


def _cells(lines: Sequence[Activity]) -> dict[str, Any]:
    """What matters first: a narrow window shows the first columns."""
    return {
        "When": [line.at for line in lines],
        "Operator": [line.operator_name for line in lines],
        "Action": [action_title(line.action) for line in lines],
        "Result": [RESULT_TITLES[line.result] for line in lines],
        "On": [line.target_name for line in lines],
        "What changed": [summary_of(line) for line in lines],
        "Pool": [line.pool for line in lines],
    }


def _steps(trail: list[str], lines: Sequence[Activity], first: int, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Lines {first:,}–{first + len(lines) - 1:,} of {total:,}", width="content")
        if len(trail) > 1:
            st.button("Newest", icon=":material/first_page:", on_click=_to_start, args=(trail,))
            st.button("Newer", icon=":material/chevron_left:", on_click=_back, args=(trail,))
        if first + len(lines) <= total:
            st.button("Older", icon=":material/chevron_right:", on_click=trail.append, args=(lines[-1].id,))


def _to_start(trail: list[str]) -> None:
    del trail[1:]


def _back(trail: list[str]) -> None:
    # a second quick click may find the first page already
    if len(trail) > 1:
        trail.pop()


def _trail(filters: ActivityFilter) -> list[str]:
    """The lines below which each page so far began; starts afresh with other filters."""
    kept = st.session_state.get(_TRAIL)
    digest = fingerprint(sorted((name, str(value)) for name, value in filters.items()))
    if not isinstance(kept, tuple) or kept[0] != digest:
        kept = (digest, [""])
        st.session_state[_TRAIL] = kept
    trail: list[str] = kept[1]
    return trail


def show_line(ctx: Context, line: Activity) -> None:
    """One line in full: who did what to whom, and every value before and after."""
    with st.container(border=True, key="activity-line"):
        with st.container(horizontal=True, vertical_alignment="center"):
            on = f": {md(line.target_name)}" if line.target_name else ""
            st.markdown(f"**{md(action_title(line.action))}{on}**", width="content")
            st.badge(
                RESULT_TITLES[line.result],
                color=_COLOURS[line.result],  # type: ignore[arg-type]
                help=RESULT_MEANINGS[line.result],
            )
        st.markdown("  \n".join(_facts(line)))
        changes = changes_of(line)
        if changes:
            table = {
                "Field": [change.field for change in changes],
                "Before": [change.before for change in changes],
                "After": [change.after for change in changes],
            }
            show_table(table, "Values before and after", width="content")
        _links(ctx, line)


def _facts(line: Activity) -> list[str]:
    known = set(Origin)
    where = Origin(line.origin).words if line.origin in known else md(line.origin)
    facts = [
        f"{md(minute(line.at))}, by {md(line.operator_name)} ({md(line.role)}) "
        f"{where}" + (f", in the pool {md(line.pool)}" if line.pool else "")
    ]
    if line.result is not ActivityResult.DONE:
        facts.append(md(RESULT_MEANINGS[line.result]))
    if line.error:
        code = f" ({line.error_code})" if line.error_code else ""
        facts.append(f"Error: {md(line.error + code)}")
    if line.reason:
        facts.append(f"Reason given: {md(line.reason)}")
    if line.ticket:
        facts.append(f"Ticket: {md(line.ticket)}")
    if line.identified:
        facts.append(f"How the caller was identified: {md(line.identified)}")
    return facts


def _links(ctx: Context, line: Activity) -> None:
    with st.container(horizontal=True):
        if line.target_kind == "user" and line.pool:
            st.page_link(
                PAGES["user"],
                label="Open this person",
                icon=":material/person:",
                query_params={"id": line.target_id, "pool": line.pool},
            )
        if line.target_kind == "group" and line.pool:
            st.page_link(
                PAGES["group"],
                label="Open this group",
                icon=":material/group:",
                query_params={"name": line.target_id, "pool": line.pool},
            )
        if line.job_id and ctx.may(Permission.READ):
            st.page_link(
                PAGES["job"],
                label="Open the job",
                icon=":material/work_history:",
                query_params={"id": line.job_id},
            )
        if line.target_id:
            st.page_link(
                PAGES["activity"],
                label="Everything on the same target",
                icon=":material/filter_alt:",
                query_params={"target": line.target_id},
            )


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


ACTIVITY = "activity"
CHOICES = ("operator", "action", "in_pool", "result", "period")
"""What is chosen from lists, by its part of the address; typed words stand there sealed."""


def choose(ctx: Context) -> ActivityFilter:
    """Show the filters and return what is chosen; all of it stands in the address."""

    def take(values: Values) -> None:
        st.session_state["activity-text"] = opened_words(ctx.store, ACTIVITY, values)
        for name in CHOICES:
            st.session_state[f"activity-{name}"] = next(iter(values.get(name, ())), ANY)

    follow_address(ACTIVITY, (*CHOICES, FIND), take, typed=_typed())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Person, ticket, reason, anything",
            placeholder="Words that all occur",
            icon=":material/search:",
            key="activity-text",
            width=230,
        )
        chosen = _chosen(ctx)
    write_address(
        ACTIVITY,
        {name: [value] if value else [] for name, value in chosen.items()}
        | {FIND: sealed_words(ctx.store, ACTIVITY, _typed())},
    )
    since, until = _between(chosen["period"])
    return {
        "text": text or "",
        "operator": chosen["operator"],
        "action": chosen["action"],
        "pool": chosen["in_pool"],
        "result": chosen["result"],
        "since": since,
        "until": until,
        "target": st.query_params.get("target", ""),
    }


def _chosen(ctx: Context) -> dict[str, str]:
    """The lists to choose from, and what is chosen in each of `CHOICES`."""
    operators = sorted(operator.username for operator in ctx.store.operators.list())
    pools = [pool.name for pool in ctx.store.pools.list()]
    results = [str(result) for result in ActivityResult]
    periods = [period for period in PERIODS if period]
    return {
        "operator": _select("Operator", operators, "operator", "Any operator"),
        "action": _select("Action", list(action_titles()), "action", "Any action", action_title),
        "in_pool": _select("Pool", pools, "in_pool", "Any pool"),
        "result": _select("Result", results, "result", "Any result", _result_title, width=140),
        "period": _select("Time", periods, "period", PERIODS[ANY], PERIODS.__getitem__),
    }


def _select(
    label: str,
    options: list[str],
    key: str,
    nothing: str,
    title: Callable[[str], str] = str,
    width: int = 165,
) -> str:
    all_options = [ANY, *options]
    if st.session_state.get(f"activity-{key}", ANY) not in all_options:
        st.session_state[f"activity-{key}"] = ANY
    chosen = st.selectbox(
        label,
        all_options,
        # not `bind`: that puts the words on screen into the address, and links would break with them
        format_func=lambda key: title(key) if key else nothing,
        key=f"activity-{key}",
        width=width,
    )
    return chosen or ANY


def _typed() -> str:
    """The words in the box now."""
    return str(st.session_state.get("activity-text") or "")


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
