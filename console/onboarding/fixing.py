"""Step 3, fixing many rows: problems by kind, each settled at once; every row with one in a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal

import pandas as pd
import streamlit as st

from console.context import Context
from console.onboarding.draft import UploadDraft, keep
from console.onboarding.preview import make_plan
from console.widgets.secret_box import secret_box
from console.widgets.table import fingerprint
from console.widgets.words import label, md
from services.bulk.cells.damage import KINDS, DamageKind
from services.bulk.files.csv_file import FileRow
from services.bulk.model import Plan, RowPlan
from services.bulk.problem_groups import ProblemGroup, changed_cells, grouped
from services.bulk.rows import PASSWORD_TARGETS
from services.words import counted

PAGE = 100
ROWS_SEEN = 7
OUT, ROW, PERSON, WRONG = 64, 55, 138, 280
"""Widths of the columns before the file's own: in a window of 800 a person and what is wrong are seen."""
LINE, LEAST_LINES, MOST_LINES = 22, 3, 6
"""Pixels and numbers of lines of a row: from more than 64 pixels on Streamlit breaks the text of a cell."""
LETTERS = 38
"""So many stand in a line of what is wrong."""
GROUPS = 8
"""Kinds of problems shown before “more”."""
NEAR = 0.8
"""So alike (0 to 1) is a name to that of a group which is there that it may be a slip of it."""
_LEAVE, _REPAIR = "leave", "repair"
_SAME, _REPLACE, _EMPTY = "Write the same in all", "Replace a part of them", "Empty them"
_OUT, _ROW, _PERSON, _WRONG = "leave out", "row", "person", "wrong"


def check_again(ctx: Context, draft: UploadDraft) -> None:
    """Compare the rows with the pool anew, and stay here."""
    if make_plan(ctx, draft):
        keep(ctx, draft)
        st.rerun()


def show_groups(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    """Problems by kind, each with what settles all of them."""
    groups = grouped(plan.problems)
    for group in groups[:GROUPS]:
        _group(ctx, draft, group)
    if len(groups) > GROUPS:
        with st.expander(counted(len(groups) - GROUPS, "more kind of problem", "more kinds of problems")):
            for group in groups[GROUPS:]:
                _group(ctx, draft, group)


def _group(ctx: Context, draft: UploadDraft, group: ProblemGroup) -> None:
    icon = ":red[:material/error:]" if group.is_error else ":orange[:material/warning:]"
    where = f" ({md(group.column)})" if group.column else ""
    example = f" {_example(group)}" if group.kind else f" {md(group.fix)}"
    key = f"{draft.key}-{_id(group)}"
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"{icon} **{md(group.headline)}**{where}{example}", width="stretch")
        # in a container of their own they stay together, beside the text or below it
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if group.kind and group.is_error:
                _damage(ctx, draft, group)
            elif group.column:
                _new_groups(ctx, draft, group, key)
                with st.popover("Fix all…", key=f"{key}-fix"):
                    _fix_all(ctx, draft, group, key)
            drop = f"onboarding-damage-{group.kind}-drop" if group.kind and group.is_error else f"{key}-drop"
            if st.button("Leave these rows out", key=drop):
                draft.edit(draft.table.without_rows(group.rows))
                check_again(ctx, draft)
            st.button("Show", key=f"{key}-show", type="tertiary", on_click=_show, args=(draft, group))


def _example(group: ProblemGroup) -> str:
    """One of the damaged cells and what to do about it, if possible one that can be put right."""
    problem = next((problem for problem in group.problems if problem.repairable), group.problems[0])
    return md(f"Row {problem.row}: {problem.what} {problem.fix}".strip())


def _damage(ctx: Context, draft: UploadDraft, group: ProblemGroup) -> None:
    """The ways to settle cells that look damaged."""
    if KINDS[DamageKind(group.kind)].never:
        return
    options = draft.options
    if group.repairable and st.button("Put right", key=f"onboarding-damage-{group.kind}-{_REPAIR}"):
        draft.choose(draft.columns, replace(options, repair=(*options.repair, group.kind)))
        check_again(ctx, draft)
    taken = KINDS[DamageKind(group.kind)].taken
    if taken and st.button("Take as they stand", key=f"onboarding-damage-{group.kind}-{_LEAVE}"):
        draft.choose(draft.columns, replace(options, accept=(*options.accept, group.kind)))
        check_again(ctx, draft)


def _new_groups(ctx: Context, draft: UploadDraft, group: ProblemGroup, key: str) -> None:
    """Groups that aren't there and could be created with the file, each to be ticked off."""
    if not group.missing_groups:
        return
    known = [known.name for known in ctx.pool_session.directory.groups()]
    chosen = []
    many = len(draft.options.groups_to_create)  # another key, so that it is closed afterwards
    with st.popover("Create missing groups…", key=f"{key}-new-groups-{many}"):
        st.markdown("They are created first, then people join them. Nothing is sent before the preview.")
        for name, rows in group.missing_groups.items():
            near = get_close_matches(name, known, n=1, cutoff=NEAR)
            hint = f", perhaps {near[0]} is meant" if near else ""
            text = f"{name} ({counted(rows, 'row')}{hint})"
            if st.checkbox(label(text), value=not near, key=f"{key}-new-group-{name}"):
                chosen.append(name)
        if st.button(
            f"Create {counted(len(chosen), 'group')} with the file" if chosen else "Create none",
            type="primary",
            disabled=not chosen,
            key=f"{key}-new-groups-do",
        ):
            wanted = (*draft.options.groups_to_create, *chosen)
            draft.choose(draft.columns, replace(draft.options, groups_to_create=wanted))
            check_again(ctx, draft)


def show_settled(ctx: Context, draft: UploadDraft) -> None:
    """What was decided about missing groups and damaged cells before, with the way back."""
    options = draft.options
    if options.groups_to_create:
        with st.container(horizontal=True, vertical_alignment="center"):
            named = md(", ".join(options.groups_to_create))
            st.markdown(f"Groups that are created with the file: **{named}**.", width="stretch")
            if st.button("Undo", key=f"{draft.key}-new-groups-undo", type="tertiary"):
                draft.choose(draft.columns, replace(options, groups_to_create=()))
                check_again(ctx, draft)
    for kind in dict.fromkeys((*options.repair, *options.accept)):
        how = "put right" if kind in options.repair else "taken as they stand"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Cells that {md(KINDS[DamageKind(kind)].what)}: {how}.", width="stretch")
            if st.button("Undo", key=f"onboarding-damage-{kind}-undo", type="tertiary"):
                repair = tuple(other for other in options.repair if other != kind)
                accept = tuple(other for other in options.accept if other != kind)
                draft.choose(draft.columns, replace(options, repair=repair, accept=accept))
                check_again(ctx, draft)


def _fix_all(ctx: Context, draft: UploadDraft, group: ProblemGroup, key: str) -> None:
    way = st.radio(
        f"The {counted(len(group.problems), 'cell')} under {label(group.column)}",
        (_SAME, _REPLACE, _EMPTY),
        key=f"{key}-way",
    )
    secret = group.column in {draft.columns.heading_of(target) for target in PASSWORD_TARGETS}
    old = st.text_input("This part", key=f"{key}-old", autocomplete="off") if way == _REPLACE else ""
    new = ""
    if way != _EMPTY:
        box = secret_box if secret else st.text_input
        new = box(
            "becomes" if way == _REPLACE else "What to write",
            key=f"{key}-new",
            autocomplete="off",
        )
    missing = (way == _REPLACE and not old) or (way == _SAME and not new)
    if st.button("Change them and check again", type="primary", disabled=missing, key=f"{key}-do"):
        edits = changed_cells(
            draft.table, group, lambda cell: cell.replace(old, new) if way == _REPLACE else new
        )
        if edits:
            draft.edit(draft.table.with_cells(edits))
            check_again(ctx, draft)
        st.info("That changes none of these cells.")


# --- the grid ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grid:
    """The rows that are shown for editing, as they stood when they came up: typing doesn't move them."""

    made_at: datetime
    filter: str
    page: int
    frame: pd.DataFrame
    key: str


def show_grid(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    """Every row with a problem, its cells to be corrected, rows to be ticked and left out."""
    rows = _filtered(draft, plan)
    pages = max(1, -(-len(rows) // PAGE))
    page = st.pagination(pages, key=f"{draft.key}-grid-page") if pages > 1 else 1
    shown = rows[(page - 1) * PAGE : page * PAGE]
    grid = _grid(draft, plan, shown, page)
    row_height = _row_height(grid.frame)
    seen = min(len(shown), ROWS_SEEN * LEAST_LINES * LINE // row_height)
    height: Literal["content"] | int = "content" if len(shown) == seen else 36 + seen * row_height
    edited = st.data_editor(
        grid.frame,
        key=grid.key,
        hide_index=True,
        disabled=[_ROW, _PERSON, _WRONG],
        column_config=_config(draft, grid.frame),
        width="stretch",
        height=height,
        row_height=row_height,
        alt="Rows with problems, to be corrected",
    )
    ticked = [int(row) for row in edited.loc[edited[_OUT], _ROW]]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            f"Leave out {counted(len(ticked), 'ticked row')}" if ticked else "Leave out ticked rows",
            disabled=not ticked,
            key=f"{draft.key}-leave-out",
        ):
            draft.edit(draft.table.without_rows(ticked))
            check_again(ctx, draft)
        if st.button(
            "Check again",
            type="primary",
            icon=":material/refresh:",
            disabled=not draft.stale,
            key=f"{draft.key}-check",
        ):
            check_again(ctx, draft)
        st.markdown(
            "Cells were changed since the last check."
            if draft.stale
            else "Type into the cells to correct them."
        )
    edits = _edits(draft, edited)
    if edits:
        draft.edit(draft.table.with_cells(edits))
        keep(ctx, draft)
        st.rerun()


def _filtered(draft: UploadDraft, plan: Plan) -> list[RowPlan]:
    """The rows to show, by the kind of problem that is chosen above them."""
    groups = {_id(group): group for group in grouped(plan.problems)}
    rows = [row for row in plan.rows if row.problems and row.row not in draft.table.dropped]
    names = {"": "All rows with a problem", "error": "Only what must be fixed"}
    names |= {id: group.headline for id, group in groups.items()}
    chosen = st.selectbox(
        "Rows to look at", list(names), format_func=lambda id: label(names[id]), key=_filter_key(draft)
    )
    if chosen == "error":
        return [row for row in rows if row.errors]
    if chosen:
        wanted = set(groups[chosen].rows)
        return [row for row in rows if row.row in wanted]
    return rows


def _show(draft: UploadDraft, group: ProblemGroup) -> None:
    st.session_state[_filter_key(draft)] = _id(group)


def _filter_key(draft: UploadDraft) -> str:
    return f"{draft.key}-filter"


def _id(group: ProblemGroup) -> str:
    return fingerprint(group.severity, group.kind, group.column, group.alike)


def _grid(draft: UploadDraft, plan: Plan, rows: Sequence[RowPlan], page: int) -> _Grid:
    chosen = str(st.session_state.get(_filter_key(draft), ""))
    known = st.session_state.get(_GRID)
    if isinstance(known, _Grid) and (known.made_at, known.filter, known.page) == (plan.made_at, chosen, page):
        return known
    number = st.session_state[_GRIDS] = st.session_state.get(_GRIDS, 0) + 1
    made = _Grid(plan.made_at, chosen, page, _frame(draft, rows), f"{draft.key}-grid-{number}")
    st.session_state[_GRID] = made
    return made


_GRID, _GRIDS = "_onboarding-grid", "_onboarding-grids"


def _frame(draft: UploadDraft, rows: Sequence[RowPlan]) -> pd.DataFrame:
    cells = _cells(draft, rows)
    places = _places(draft, rows)
    hidden = _secret(draft)
    return pd.DataFrame(
        {
            _OUT: [False] * len(rows),
            _ROW: [row.row for row in rows],
            _PERSON: [_person(draft, row, cells[row.row]) for row in rows],
            _WRONG: [_wrong(row) for row in rows],
        }
        | {
            str(place): ["" if place in hidden else cells[row.row].cells[place] for row in rows]
            for place in places
        }
    )


def _wrong(row: RowPlan) -> str:
    """What is wrong with a row and how to mend it; of several things only what: how stands above the grid."""
    if len(row.problems) == 1:
        (problem,) = row.problems
        return f"{problem.what} {problem.fix}".strip()
    gravest_first = sorted(row.problems, key=lambda problem: not problem.is_error)
    return " ".join(problem.what for problem in gravest_first)


def _row_height(frame: pd.DataFrame) -> int:
    """Pixels in which what is wrong with any of the rows can be read; all rows of a grid are as high."""
    longest = max((len(text) for text in frame[_WRONG]), default=0)
    return LINE * min(MOST_LINES, max(LEAST_LINES, -(-longest // LETTERS)))


def _cells(draft: UploadDraft, rows: Sequence[RowPlan]) -> Mapping[int, FileRow]:
    wanted = {row.row for row in rows}
    return {row.number: row for row in draft.table.rows() if row.number in wanted}


def _places(draft: UploadDraft, rows: Sequence[RowPlan]) -> list[int]:
    """The columns to show: those with a problem first, so that they are in reach in a wide file."""
    wrong = {problem.column for row in rows for problem in row.problems}
    used = [column for column in draft.columns.columns if column.target or column.heading in wrong]
    return [column.index for column in sorted(used, key=lambda column: column.heading not in wrong)]


def _secret(draft: UploadDraft) -> set[int]:
    return {place for target, place in draft.columns.used.items() if target in PASSWORD_TARGETS}


def _person(draft: UploadDraft, row: RowPlan, cells: FileRow) -> str:
    """The name in the row, else what it is recognised by, which stands in the file's columns as well."""
    used = draft.columns.used

    def cell(target: str) -> str:
        return cells.cells[used[target]].strip() if target in used else ""

    name = cell("name") or f"{cell('given_name')} {cell('family_name')}".strip()
    return name or row.label


def _config(draft: UploadDraft, frame: pd.DataFrame) -> dict[str, Any]:
    """Titles and widths; what is typed into a column of passwords isn't shown again."""
    hidden = _secret(draft)
    config: dict[str, Any] = {
        _OUT: st.column_config.CheckboxColumn(
            "Out", width=OUT, pinned=True, help="Tick the rows to leave out."
        ),
        _ROW: st.column_config.NumberColumn(
            "Row", width=ROW, pinned=True, help="As a spreadsheet counts: the header is 1."
        ),
        _PERSON: st.column_config.TextColumn("Person", width=PERSON, pinned=True),
        _WRONG: st.column_config.TextColumn("What is wrong", width=WRONG),
    }
    for name in frame.columns[len(config) :]:
        heading = draft.table.header[int(name)]
        config[name] = st.column_config.TextColumn(
            heading, help="Not shown. Type a new one to replace it." if int(name) in hidden else None
        )
    return config


def _edits(draft: UploadDraft, edited: pd.DataFrame) -> dict[tuple[int, int], str]:
    """Cells that hold something else now than the file; an empty cell of a password is none."""
    hidden = _secret(draft)
    places = [int(name) for name in edited.columns[4:]]
    now = {int(row): values for row, *values in edited[[_ROW, *map(str, places)]].itertuples(index=False)}
    found: dict[tuple[int, int], str] = {}
    for row in draft.table.rows():
        for place, value in zip(places, now.get(row.number, ()), strict=False):
            text = "" if value is None else str(value)
            if text != row.cells[place] and (text or place not in hidden):
                found[row.number, place] = text
    return found
