"""Two dates compared, a pool against a list, and the plan that sets differences right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.snapshots import kept
from console.theme import side_by_side
from console.widgets import dialog
from console.widgets.address import keep_words
from console.widgets.bulk_dialog import NAME, BulkEntries, BulkOrder
from console.widgets.downloads import downloads
from console.widgets.file_reading import read_upload
from console.widgets.people_table import name_first, people_table
from console.widgets.table import Column, fingerprint, turn
from console.widgets.words import label, md, minute, zone
from services.audits.compare import compare, statements
from services.audits.corrections import WORDS, corrections, plans
from services.audits.differences import DifferenceKind, Differences, attributed
from services.audits.expected import ExpectedList, against, from_names, from_table
from services.audits.log_lines import pool_names
from services.audits.tables import ExportHead, about, statement_of
from services.bulk.columns import ColumnMap, recognise
from services.bulk.files.csv_file import CsvTable
from services.bulk.model import Plan
from services.bulk.reading import Progress
from services.directory.identify import HOW_TO_LIST, split_list
from services.directory.pool import PoolTables
from services.directory.snapshots import SnapshotLine, Snapshots
from services.roles import Permission
from services.words import counted, plural

DATES, LIST = "Two dates", "Against a list"
NOW = "now"


def show_compare(ctx: Context, snapshot: PoolTables) -> None:
    """The tab. `snapshot` is the directory as the page shows it."""
    view = st.segmented_control(
        "Compare",
        (DATES, LIST),
        default=DATES,
        key="compare-view",
        label_visibility="collapsed",
        required=True,
        bind="query-params",
    )
    if view == LIST:
        show_expecting(ctx, snapshot)
    else:
        _dates(ctx, snapshot)


def _dates(ctx: Context, snapshot: PoolTables) -> None:
    snapshots = Snapshots(ctx.store)
    lines = {kept.id: kept for kept in snapshots.list(snapshot.about.pool_key)}
    choices = [*([NOW] if snapshot.changed or snapshot.about.id not in lines else []), *lines]
    if len(choices) < 2:
        st.info(
            "There is only one snapshot of this pool so far. Read the pool again another day (above, or "
            "every night by the Schedule page): then you see here who joined and left and what changed in "
            "between. You can compare with a list at once.",
            icon=":material/info:",
        )
        return

    older, newer = _sides(choices, lines, len(snapshot.changed))

    def opened(id: str) -> PoolTables:
        return snapshot if id == NOW else snapshots.tables(id)

    mark = fingerprint(older, newer)

    def made() -> Differences:
        before, after = opened(older), opened(newer)
        found = compare(before, after)
        until = datetime.now(UTC) if newer == NOW else after.about.finished_at
        names = {*pool_names(ctx.store, after.about.pool.id), after.about.pool_name}
        return attributed(ctx.store, found, sorted(names), before.about.taken_at, until)

    found = kept("dates", snapshot, mark, made, "Comparing…")
    show_statements(*statements(opened(older), opened(newer), zone()))
    show_differences(
        ctx,
        opened(newer),
        found,
        lambda: about("Compare two dates", opened(older), opened(newer), made_by=ctx.who().name),
        key=f"compare-{mark}",
    )


def _sides(choices: list[str], lines: Mapping[str, SnapshotLine], changed: int) -> tuple[str, str]:
    """Which two are compared, the older first; each an id, or `NOW`."""

    def words(id: str) -> str:
        changes = f", with {changed:,} changed here since" if changed else ""
        return _words(lines[id]) if id in lines else f"Now{changes}"

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
    return older, newer


def _words(line: SnapshotLine) -> str:
    state = "" if line.complete else ", NOT complete"
    return f"{minute(line.taken_at)}: {line.users:,} people{state}"


TITLES = {
    "kind": "Difference",
    "person": "E-mail or username",
    "name": "Name",
    "what": "What",
    "before": "Before",
    "after": "After",
    "by": "Changed by",
    "at": "Changed at",
    "remark": "Remark",
}


def show_differences(
    ctx: Context,
    snapshot: PoolTables,
    found: Differences,
    head: Callable[[], ExportHead],
    *,
    key: str,
    sides: tuple[str, str] = ("Before", "After"),
) -> None:
    """All of it. `key` names the comparison; `sides` head the two columns of values."""
    _numbers(found)
    if found.lines.empty:
        return
    keep_words(ctx.store, "audits", f"{key}-text", part="compare")
    lines = _filtered(found, key)
    with st.container(horizontal=True, vertical_alignment="center"):
        count = len(lines)
        st.markdown(f"**{count:,}** {plural(count, 'line')} shown", width="content")
        ticked = st.container(width="content", horizontal=True, vertical_alignment="center")
        st.space("stretch")
        downloads(
            ctx, snapshot, "differences", found.table, lambda: (found.summary(), found.table()), head, key=key
        )
    if lines.empty:
        st.markdown("Nothing fits. Choose other kinds above, or shorten what you search for.")
        return
    chosen = _table(ctx, lines, key, sides)
    with ticked:
        if ctx.may(Permission.BULK):
            name = f"{key}-all-{fingerprint(list(lines.index))}"
            if st.checkbox(f"Tick all {len(lines):,}", key=name):
                chosen = lines.index.tolist()
        _plan_button(ctx, found, chosen, f"{key}-plan")


def _numbers(found: Differences) -> None:
    counts = found.counts
    untold = counts.get(DifferenceKind.UNTOLD, 0)
    if not len(found):
        if untold:
            st.info("No difference is certain.", icon=":material/help:")
        elif not found.complete:
            st.info("No differences in what was read, but not everything was.", icon=":material/help:")
        else:
            st.success("No differences.", icon=":material/check_circle:")
    if untold:
        what = counted(untold, "line")
        st.warning(
            f"{what} can't be told, because not everything was read. "
            f"They are listed as “{DifferenceKind.UNTOLD}”, each with the reason, "
            "and count as no difference.",
            icon=":material/help:",
        )


def _filtered(found: Differences, key: str) -> pd.DataFrame:
    counts = found.counts
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills(
            "Kinds",
            list(counts),
            selection_mode="multi",
            format_func=lambda kind: f"{kind} {counts[kind]:,}",
            key=f"{key}-kinds",
            label_visibility="collapsed",
        )
        st.space("stretch")
        text = st.text_input(
            "Find in differences",
            placeholder="Person, group, value",
            icon=":material/search:",
            key=f"{key}-text",
            width=260,
        )
    lines = found.of(*kinds) if kinds else found.lines
    for word in text.casefold().split():
        hit = pd.Series(False, index=lines.index)
        for name in ("person", "name", "username", "what", "before", "after"):
            hit |= lines[name].str.casefold().str.contains(word, regex=False).astype(bool)
        lines = lines[hit]
    return lines


def _table(ctx: Context, lines: pd.DataFrame, key: str, sides: tuple[str, str]) -> list[int]:
    """One page of the lines; the indexes of those ticked."""
    place = st.container()
    mark = fingerprint(list(lines.index))
    first, last = turn(len(lines), f"{key}-{mark}")
    page = lines.iloc[first:last]
    shown = page[[name for name in TITLES if name in page.columns and page[name].notna().any()]]
    always = ("kind", "person", "name")
    shown = shown[[name for name in shown.columns if name in always or (shown[name] != "").any()]]
    cells = name_first(shown, "person", "name")
    subs = page["sub"].tolist()
    titles = {**TITLES, "before": sides[0], "after": sides[1]}
    with place:
        rows = people_table(
            ctx,
            cells,
            subs,
            name=f"{key}-table",
            identity=(mark, first),
            opens="name",
            alt="Differences",
            rows=20,
            columns={name: Column(title) for name, title in titles.items()},
        )
    return [int(page.index[row]) for row in rows]


def _plan_button(ctx: Context, found: Differences, chosen: list[int], key: str) -> None:
    """The button that opens the dialog; off, with the reason, where it makes no sense."""
    why_not = ctx.why_not(Permission.BULK) or ("" if chosen else "Tick differences first, at the left.")
    st.button(
        f"Set {len(chosen):,} right…" if chosen else "Set right…",
        icon=":material/build:",
        key=key,
        disabled=bool(why_not),
        help=why_not or None,
        on_click=lambda: dialog.open_dialog(NAME, _order(ctx, found, tuple(chosen))),
    )


def _order(ctx: Context, found: Differences, chosen: tuple[int, ...]) -> BulkOrder:
    """What is asked and planned about the differences ticked."""
    gateway, pool_name = ctx.pool_session.gateway, ctx.pool.name
    counts = Counter(DifferenceKind(kind) for kind in found.lines.loc[list(chosen)]["kind"])
    said = [f"- **{counts[kind]:,}** × {kind}: {WORDS[kind]}" for kind in WORDS if counts[kind]]
    left = [
        f"- {counts[DifferenceKind(kind)]:,} × {md(kind)} stay as they are. {md(why)}"
        for kind, why in corrections(found, chosen).impossible
    ]
    how = (
        "Everybody is compared with the pool as it is now. You see what will happen to whom before "
        "anything is changed."
    )

    def plan(entered: BulkEntries, progress: Progress) -> Sequence[Plan]:
        made = corrections(found, chosen, entered.why.get("reason", ""))
        return plans(gateway, made, pool_name=pool_name, progress=progress)

    return BulkOrder(
        title="Set differences right",
        verb="Set right",
        plan=plan,
        permission=Permission.BULK,
        about="\n".join((*said, *left, "", how)),
        reason="required",
        refused="" if said else "None of these can be set right by a plan.",
    )


def show_statements(*statements: str) -> None:
    """What the comparison rests on."""
    st.markdown("  \n".join(map(md, statements)))


FILE, PASTED = "A file", "One group, pasted list"
SIDES = ("In the pool", "On the list")


def show_expecting(ctx: Context, snapshot: PoolTables) -> None:
    """Choose the list, then see what differs."""
    how = st.segmented_control(
        "List",
        (FILE, PASTED),
        default=FILE,
        key="expect-how",
        label_visibility="collapsed",
        required=True,
        bind="query-params",
    )
    with guarded():
        asked = _pasted(snapshot) if how == PASTED else _file(snapshot)
        if asked is None:
            return
        wishes, mark = asked
        found = kept("list", snapshot, mark, lambda: against(snapshot, wishes), "Comparing…")
        show_statements(statement_of(snapshot, zone()), *wishes.notes)
        show_differences(
            ctx,
            snapshot,
            found,
            lambda: about("Compare with a list", snapshot, made_by=ctx.who().name, list=wishes.title),
            key=f"expect-{mark}",
            sides=SIDES,
        )


def _file(snapshot: PoolTables) -> tuple[ExpectedList, str] | None:
    left, right = side_by_side("expected", (3, 2))
    with left:
        uploaded = st.file_uploader(
            "File with one row per person, or one per person and group",
            key="expect-file",
            help="CSV or other text, or a workbook. Nothing is changed by uploading.",
        )
    with right:
        group, whole, everybody = _what_it_names(snapshot)
    if uploaded is None:
        st.markdown(
            "Columns as on the onboarding page: **email**, **username**, **sub** or **phone\\_number** say "
            "who is meant, **groups** which groups they should be in (with **;** between them). Other "
            "columns, such as **name** or **enabled**, are compared as well."
        )
        return None
    data = uploaded.getvalue()
    table = read_upload(data, uploaded.name, "expect-file")
    if table is None:
        return None
    pool = snapshot.about.pool
    columns = recognise(table.header, pool, table.repeated, table.empty)
    _columns(table, columns)
    wishes = from_table(table, columns, pool, group=group, all_groups=whole, everybody=everybody)
    if not (wishes.groups or wishes.all_groups or wishes.everybody):
        st.info(
            "The file names no group. Choose at the right where its people belong; until then only their "
            "other values are compared.",
            icon=":material/info:",
        )
    mark = fingerprint(table.digest, table.how, table.header, table.row_count, group, whole, everybody)
    return wishes, mark


def _what_it_names(snapshot: PoolTables) -> tuple[str, bool, bool]:
    """The group that everybody on the list belongs in, whether it names all groups, and all people."""
    group = st.selectbox(
        "Everybody on the list belongs in",
        ["", *snapshot.group_names],
        format_func=lambda name: label(name) if name else "the groups that the file names",
        key="expect-group",
    )
    whole = st.checkbox(
        "The list names every group of its people",
        key="expect-whole",
        help="Groups that it doesn't name are extra, too; automatic groups of sign-in providers aren't.",
    )
    everybody = st.checkbox("The list names everybody who should be in the pool", key="expect-everybody")
    return group or "", whole, everybody


def _columns(table: CsvTable, columns: ColumnMap) -> None:
    used = ", ".join(
        f"{md(column.heading)} → {md(column.target)}" for column in columns.columns if column.target
    )
    rows = counted(table.row_count, "row")
    st.markdown(f"{rows}, {md(table.how)}. Compared: {used or 'nothing'}.")


def _pasted(snapshot: PoolTables) -> tuple[ExpectedList, str] | None:
    if not snapshot.group_names:
        st.info("This pool has no groups.", icon=":material/info:")
        return None
    with st.form("expect-form", border=False, enter_to_submit=False):
        group = st.selectbox("Group", snapshot.group_names, key="expect-one", format_func=label, width=320)
        text = st.text_area(
            "Who should be in it",
            placeholder="ann@example.com\nbo.li\n+4915112345678",
            help=f"E-mail addresses, usernames, phone numbers or user IDs. {HOW_TO_LIST}.",
            key="expect-names",
            height=160,
        )
        st.form_submit_button("Compare", type="primary")
    # line by line, so that no list is too long
    names = [entry for line in text.splitlines() for entry in split_list(line)]
    if not names:
        st.markdown("Paste who should be in the group. Nobody is changed by it.")
        return None
    return from_names(list(dict.fromkeys(names)), group), fingerprint(group, names)
