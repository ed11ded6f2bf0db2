"""What needs attention, what runs now, and what was done lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.snapshots import newest_reading
from console.widgets.findings import audit_of, show_trend, since_words
from console.widgets.plan import state_words
from console.widgets.table import Column, pick
from console.widgets.words import md
from services.activity_report import RESULT_TITLES, ActivityReader, action_title
from services.audits.audit import findings_counted
from services.audits.history import history_of
from services.audits.rule import RuleState
from services.directory.snapshots import Snapshots
from services.store.jobs import JobState
from services.words import ago, plural

LINES = 10
GOING = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED, JobState.STOPPING)


def show_jobs(ctx: Context) -> None:
    """The jobs of this pool that aren't over."""
    st.header("Running jobs", anchor=False)
    jobs = ctx.store.jobs.list(states=GOING, pool_name=ctx.pool.name)
    if not jobs:
        st.markdown("None.")
        return
    show_leading_rows(
        {
            "Job": [job.title for job in jobs],
            "State": [state_words(job.state, job.control) for job in jobs],
            "Rows": [job.total_rows for job in jobs],
            "By": [job.started_by_name or job.created_by_name for job in jobs],
            "Since": [job.started_at or job.created_at for job in jobs],
        },
        about="Jobs of this pool that are not over",
        page="job",
        opens="Job",
        queries=[{"id": job.id, "pool": ctx.pool.name} for job in jobs],
    )
    st.page_link(PAGES["jobs"], label="Jobs", icon=":material/work_history:")


def show_activity(ctx: Context) -> None:
    """The newest lines of the log about this pool; a job is one line, not one for each of its steps."""
    st.header("Done lately", anchor=False)
    lines = ActivityReader(ctx.store, ctx.who).page({"pool": ctx.pool.name, "steps": False}, limit=LINES)
    if not lines:
        st.markdown("Nothing yet. What operators change in this pool is listed here, newest first.")
        return
    show_leading_rows(
        {
            "When": [line.at for line in lines],
            "Operator": [line.operator_name for line in lines],
            "What": [action_title(line.action) for line in lines],
            "Whom": [line.target_name for line in lines],
            "Result": [RESULT_TITLES[line.result] for line in lines],
        },
        about="The newest lines of the activity log about this pool",
        page="activity",
        opens="What",
        queries=[{"id": line.id, "pool": ctx.pool.name} for line in lines],
    )
    st.page_link(
        PAGES["activity"],
        label="The whole log",
        icon=":material/history:",
        query_params={"pool": ctx.pool.name},
    )


FINDINGS = 10
AT_ONCE = 150_000
"""In a larger pool the rules are asked on the audits page only: the overview has to open at once."""


def show_findings(ctx: Context) -> None:
    """The findings, how old they are, and the way to them. Raises the store's errors."""
    st.header("Findings", anchor=False)
    line = Snapshots(ctx.store).newest_line(ctx.pool_session.gateway.pool_key)
    if line is None:
        st.markdown("Nobody has read this pool for an audit yet.")
        _rule_link(ctx, "Read and audit it")
        return
    if line.users > AT_ONCE:
        st.markdown(f"{line.users:,} people were read {md(ago(line.taken_at))}.")
        _rule_link(ctx, "Audit them")
        return
    snapshot = newest_reading(ctx)
    if snapshot is None:
        return
    made = audit_of(ctx, snapshot)
    found = made.of(RuleState.FOUND)
    if found:
        shown = found[:FINDINGS]
        show_leading_rows(
            {
                "Severity": [line.rule.severity.words for line in shown],
                "What": [line.rule.title for line in shown],
                "Found": [findings_counted(line) for line in shown],
            },
            about="What the audit rules found, the gravest first",
            page="audits",
            opens="What",
            queries=[{"rule": line.rule.id, "pool": ctx.pool.name} for line in shown],
        )
    undecided = len(made.of(RuleState.INCOMPLETE))
    if undecided:
        rules = f"{undecided:,} {plural(undecided, 'rule')}"
        st.warning(
            f"{rules} could not be evaluated. {md(snapshot.completeness.sentence)}", icon=":material/warning:"
        )
    elif not snapshot.completeness.complete:
        st.warning(md(snapshot.completeness.sentence), icon=":material/warning:")
    if not found:
        st.markdown("The rules that could be answered found nothing.")
    st.markdown(f"From the directory as it was read {md(ago(snapshot.about.taken_at))}.")
    history = history_of(ctx.store, ctx.pool, made)
    if history.last is not None:
        st.markdown(f"Findings by day, {since_words(history, sum(map(len, history.new.values())))}:")
        show_trend(history.days)
    _rule_link(ctx, "All rules")


def _rule_link(ctx: Context, title: str) -> None:
    st.page_link(
        PAGES["audits"], label=title, icon=":material/fact_check:", query_params={"pool": ctx.pool.name}
    )


def show_leading_rows(
    columns: Mapping[str, Sequence[Any]],
    *,
    about: str,
    page: str,
    opens: str,
    queries: Sequence[Mapping[str, str]],
    pages: Sequence[str] = (),
    config: Mapping[str, Column] | None = None,
) -> None:
    """Show `columns`; the cell under `opens` leads to `page`, or the row's of `pages`, with its query.

    `about` says what the table holds, for those who can't see it.
    """
    picked = pick(
        columns,
        about,
        name=f"overview-{page}",
        identity=[sorted(query.items()) for query in queries],
        opens=opens,
        columns=config,
    )
    row = picked.opened
    if row is not None:
        st.switch_page(PAGES[pages[row] if pages else page], query_params=dict(queries[row]))
