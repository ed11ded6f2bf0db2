"""Step 3: every problem of every row, to be fixed in place or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from console.context import Context
from console.onboarding.draft import PREVIEW, UploadDraft, go, keep
from console.onboarding.preview import make_plan
from console.widgets.downloads import download
from console.widgets.table import show_table
from console.widgets.words import label, md
from services.bulk.csv_file import FileRow
from services.bulk.damage import KINDS, DamageKind, count_by_kind, told
from services.bulk.model import Plan, Problem
from services.bulk.rows import PASSWORD_TARGETS
from services.csv_safe import write_csv
from services.words import counted

PAGE = 100
_LEAVE, _REPAIR, _DROP = "leave", "repair", "drop"
WIDEST_FORM = 12
HEADER = ("Row", "Column", "What is wrong", "How to fix it", "Weight")


def show_check(ctx: Context, draft: UploadDraft) -> None:
    """Figures, the problems, the form to fix a row, and the way on."""
    plan = draft.plan
    if plan is None:
        return
    if draft.stale:
        _stale(ctx, draft)
    _figures(plan)
    problems = plan.problems
    if not problems:
        st.success("Every row can be carried out. Nothing has been sent yet.", icon=":material/check_circle:")
    else:
        _damage(ctx, draft, plan)
        _problems(ctx, problems)
        _fix(ctx, draft, problems)
    for remark in plan.remarks:
        st.info(md(remark), icon=":material/info:")
    st.button(
        "Go on to the preview",
        type="primary",
        disabled=draft.stale or not plan.totals.waiting,
        help=None if plan.totals.waiting else "No row of this file would change anything.",
        on_click=go,
        args=(ctx, draft, PREVIEW),
        key="onboarding-to-preview",
    )


def _again(ctx: Context, draft: UploadDraft) -> None:
    """Check the rows anew, here."""
    if make_plan(ctx, draft):
        keep(ctx, draft)
        st.rerun()


def _stale(ctx: Context, draft: UploadDraft) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown("You changed the file or its columns. What stands below is from before.", width="stretch")
        if st.button("Check again", type="primary", icon=":material/refresh:"):
            _again(ctx, draft)


def _figures(plan: Plan) -> None:
    totals = plan.totals
    warned = sum(1 for row in plan.rows if row.problems and not row.errors)
    for place, (title, value) in zip(
        st.columns(4),
        (
            ("Rows", totals.rows),
            ("Can be carried out", totals.rows - totals.invalid),
            ("With a warning", warned),
            ("Can't be carried out", totals.invalid),
        ),
        strict=True,
    ):
        place.metric(title, f"{value:,}", border=True)


def _damage(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    """Cells that look damaged, a line for each kind: whoever settles one has the rows checked again."""
    for kind, count in count_by_kind(plan.problems).items():
        about = KINDS[kind]
        found = [problem for problem in plan.problems if problem.kind == kind and problem.is_error]
        ways = {_DROP: "Leave these rows out"}
        if not about.never:
            ways = {_LEAVE: "Take as they stand"} | ways
        if not about.never and any(problem.repairable for problem in found):
            ways = {_REPAIR: "Put right"} | ways
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{md(told(kind, count))}.** Row {found[0].row}: {md(found[0].what)}", width="stretch"
            )
            for way, title in ways.items():
                if st.button(title, key=f"onboarding-damage-{kind}-{way}"):
                    _settle(draft, found, kind, way)
                    _again(ctx, draft)
    _settled(ctx, draft)


def _settle(draft: UploadDraft, found: Sequence[Problem], kind: DamageKind, way: str) -> None:
    options = draft.options
    if way == _REPAIR:
        draft.options = replace(options, repair=(*options.repair, kind))
    elif way == _LEAVE:
        draft.options = replace(options, accept=(*options.accept, kind))
    else:
        draft.edit(draft.table.without_rows(problem.row for problem in found))


def _settled(ctx: Context, draft: UploadDraft) -> None:
    """What was decided before, with the way back."""
    options = draft.options
    for kind in dict.fromkeys((*options.repair, *options.accept)):
        how = "put right" if kind in options.repair else "taken as they stand"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Cells that {md(KINDS[DamageKind(kind)].what)}: {how}.", width="stretch")
            if st.button("Undo", key=f"onboarding-damage-{kind}-undo", type="tertiary"):
                repair = tuple(other for other in options.repair if other != kind)
                accept = tuple(other for other in options.accept if other != kind)
                draft.options = replace(options, repair=repair, accept=accept)
                _again(ctx, draft)


def _problems(ctx: Context, problems: Sequence[Problem]) -> None:
    pages = -(-len(problems) // PAGE)
    number = st.pagination(pages, key="onboarding-problem-page") if pages > 1 else 1
    shown = problems[(number - 1) * PAGE : number * PAGE]
    show_table(
        pd.DataFrame([_line(problem) for problem in shown], columns=list(HEADER)),
        "Problems found in the file",
        columns={
            "Row": st.column_config.NumberColumn(
                width="small", help="As a spreadsheet counts: the header is 1."
            ),
            "What is wrong": st.column_config.TextColumn(width="large"),
            "How to fix it": st.column_config.TextColumn(width="large"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        count = counted(len(problems), "problem")
        st.markdown(f"{count}. Rows that can't be carried out are left out and listed in the result.")
        download(
            "Download the problems",
            f"{ctx.pool.name}-problems.csv",
            lambda: write_csv(HEADER, [_line(problem) for problem in problems]),
            key="onboarding-problems-csv",
        )


def _line(problem: Problem) -> tuple[int, str, str, str, str]:
    weight = "must be fixed" if problem.is_error else "warning"
    return problem.row, problem.column, problem.what, problem.fix, weight


def _fix(ctx: Context, draft: UploadDraft, problems: Sequence[Problem]) -> None:
    """Choose a row with problems, and correct its cells or leave it out."""
    numbers = list(dict.fromkeys(problem.row for problem in problems))
    labels = {row.row: row.label for row in draft.plan.rows} if draft.plan else {}
    left = [number for number in numbers if number not in draft.table.dropped]
    if not left:
        return
    with st.expander("Fix a row here, or leave it out", expanded=len(left) <= 3):
        number = st.selectbox(
            "Row",
            left,
            format_func=lambda row: f"Row {row}: {labels.get(row, '')}",
            key=f"onboarding-fix-{draft.table.digest[:12]}",
        )
        record = next((row for row in draft.table.rows() if row.number == number), None)
        if record is None:
            return
        _form(ctx, draft, record, [problem for problem in problems if problem.row == number])


def _form(ctx: Context, draft: UploadDraft, record: FileRow, problems: Sequence[Problem]) -> None:
    key = f"onboarding-row-{draft.table.digest[:12]}-{record.number}"
    wrong = {problem.column for problem in problems}
    used = [column for column in draft.columns.columns if column.target or column.heading in wrong]
    # what is wrong comes first, so that it is in reach in a file of many columns
    used.sort(key=lambda column: column.heading not in wrong)
    for problem in problems:
        where = f"{problem.column}: " if problem.column else ""
        st.markdown(md(f"{where}{problem.what} {problem.fix}"))
    with st.form(key, border=False):
        places = st.columns(3)
        given: dict[int, str] = {}
        for place, column in enumerate(used[:WIDEST_FORM]):
            secret = column.target in PASSWORD_TARGETS
            given[column.index] = places[place % 3].text_input(
                label(column.heading) + (" (to fix)" if column.heading in wrong else ""),
                value=record.cells[column.index],
                type="password" if secret else "default",
                key=f"{key}-{column.index}",
                autocomplete="off",
            )
        with st.container(horizontal=True):
            saved = st.form_submit_button("Save this row", type="primary")
            dropped = st.form_submit_button("Leave this row out")
    if dropped:
        draft.edit(draft.table.without_rows([record.number]))
        keep(ctx, draft)
        st.rerun()
    if saved:
        edits = {
            (record.number, index): value for index, value in given.items() if value != record.cells[index]
        }
        if edits:
            draft.edit(draft.table.with_cells(edits))
            keep(ctx, draft)
        st.rerun()
