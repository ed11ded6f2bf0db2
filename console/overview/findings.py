"""What the audit rules found in the newest snapshot of the pool, the gravest first."""

from __future__ import annotations

import streamlit as st

from console.audits.asking import audit_of
from console.audits.words import NAMES
from console.context import Context
from console.navigation import PAGES
from console.overview.table import show_rows
from console.widgets.words import md
from services.audits.audit import counted
from services.audits.rule import State
from services.directory.pool_key import pool_key_of
from services.directory.snapshots import Snapshots
from services.words import ago, plural

LINES = 10
AT_ONCE = 150_000
"""In a larger pool the rules are asked on the audits page only: the overview has to open at once."""


def show(ctx: Context) -> None:
    """The findings, how old they are, and the way to them. Raises the store's errors."""
    if "audits" not in PAGES:
        return
    st.header("Findings", anchor=False)
    kept, pool_key = Snapshots(ctx.store), pool_key_of(ctx.pool_session.gateway)
    line = kept.newest_line(pool_key)
    if line is None:
        st.markdown("Nobody has read this pool for an audit yet.")
        _link(ctx, "Read and audit it")
        return
    if line.users > AT_ONCE:
        st.markdown(f"{line.users:,} people were read {md(ago(line.taken_at))}.")
        _link(ctx, "Audit them")
        return
    snapshot = kept.view(pool_key)
    if snapshot is None:
        return
    made = audit_of(ctx, snapshot)
    found = made.of(State.FOUND)
    if found:
        shown = found[:LINES]
        show_rows(
            {
                "Severity": [NAMES[one.rule.severity] for one in shown],
                "What": [one.rule.title for one in shown],
                "Found": [counted(one) for one in shown],
            },
            about="What the audit rules found, the gravest first",
            page="audits",
            opens="What",
            queries=[{"rule": one.rule.id, "pool": ctx.pool.name} for one in shown],
        )
    undecided = len(made.of(State.INCOMPLETE))
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
    _link(ctx, "All rules")


def _link(ctx: Context, title: str) -> None:
    st.page_link(
        PAGES["audits"], label=title, icon=":material/fact_check:", query_params={"pool": ctx.pool.name}
    )
