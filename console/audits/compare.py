"""Compare: two dates with each other, or the directory with a list of how it should be."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console.audits import differences, expecting
from console.audits.kept import kept
from console.context import Context
from console.widgets.table import fingerprint
from console.widgets.words import minute
from services.audits.compare import compare
from services.audits.differences import Differences, attributed, pool_names
from services.audits.tables import about
from services.directory.pool import PoolTables
from services.directory.snapshots import SnapshotLine, Snapshots

DATES, LIST = "Two dates", "Against a list"
NOW = "now"


def show(ctx: Context, snapshot: PoolTables) -> None:
    """The tab. `snapshot` is the directory as the page shows it."""
    view = st.segmented_control(
        "Compare",
        (DATES, LIST),
        default=DATES,
        key="compare-view",
        label_visibility="collapsed",
        required=True,
    )
    if view == LIST:
        expecting.show(ctx, snapshot)
    else:
        _dates(ctx, snapshot)


def _dates(ctx: Context, snapshot: PoolTables) -> None:
    snapshots = Snapshots(ctx.store)
    lines = {one.id: one for one in snapshots.list(snapshot.about.pool_key)}
    choices = [*([NOW] if snapshot.changed else []), *lines]
    if len(choices) < 2:
        st.info(
            "There is only one snapshot of this pool so far. Refresh the directory another day (above, or by "
            "“python -m console snapshot” every night): then you see here who joined and left and what "
            "changed in between. You can compare with a list at once.",
            icon=":material/info:",
        )
        return

    def words(id: str) -> str:
        return _words(lines[id]) if id in lines else f"Now, with {len(snapshot.changed):,} changed here since"

    with st.container(horizontal=True, vertical_alignment="bottom"):
        older = st.selectbox(
            "From", choices[1:], format_func=words, key=f"compare-older-{choices[0]}", width=420
        )
        newer = st.selectbox(
            "To",
            choices[: choices.index(older)],
            format_func=words,
            key=f"compare-newer-{choices[0]}-{older}",
            width=420,
        )

    def opened(id: str) -> PoolTables:
        return snapshot if id == NOW else snapshots.tables(id)

    mark = fingerprint(older, newer)

    def made() -> Differences:
        before, after = opened(older), opened(newer)
        found = compare(before, after)
        until = datetime.now(UTC) if newer == NOW else after.about.finished_at
        names = {*pool_names(ctx.store, after.about.pool.id), after.about.pool_name}
        return attributed(ctx.store, found, sorted(names), before.about.taken_at, until)

    found = kept("dates", snapshot, mark, made, "Comparing …")
    differences.statements(found)
    differences.show(
        ctx,
        opened(newer),
        found,
        lambda: about("Compare two dates", opened(older), opened(newer)),
        key=f"compare-{mark}",
    )


def _words(line: SnapshotLine) -> str:
    state = "" if line.complete else ", NOT complete"
    return f"{minute(line.taken_at)}: {line.users:,} people{state}"
