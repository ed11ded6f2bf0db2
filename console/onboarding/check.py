"""Step 3: figures, every problem, and why the way on is open or closed."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.onboarding.draft import PREVIEW, UploadDraft, go
from console.onboarding.fixing import check_again, show_grid, show_groups, show_settled
from console.widgets.downloads import XLSX, download
from console.widgets.file_reading import show_reading_notes
from console.widgets.plan import WORDS
from services.bulk.model import Plan, RowVerdict
from services.bulk.to_fix import rows_to_fix
from services.words import counted


def show_check(ctx: Context, draft: UploadDraft) -> None:
    """Figures, the problems by kind, the rows to correct in a grid, and the way on."""
    plan = draft.plan
    if plan is None:
        _unchecked(ctx, draft)
        return
    _figures(plan)
    if plan.rows and plan.totals.unchanged == plan.totals.rows:
        st.info(
            "Every row of this file is already right: there is nothing to do, and nothing has been sent.",
            icon=":material/done_all:",
        )
    elif not plan.problems:
        st.success("Every row can be carried out. Nothing has been sent yet.", icon=":material/check_circle:")
    if plan.problems:
        show_groups(ctx, draft, plan)
    show_settled(ctx, draft)
    if plan.problems:
        show_grid(ctx, draft, plan)
        _to_fix(ctx, draft, plan)
    show_reading_notes(plan.remarks)
    _way_on(ctx, draft, plan)


def _unchecked(ctx: Context, draft: UploadDraft) -> None:
    if st.button("Check again", type="primary", icon=":material/refresh:", key=f"{draft.key}-check"):
        check_again(ctx, draft)


def _figures(plan: Plan) -> None:
    totals = plan.totals
    warned = sum(1 for row in plan.rows if row.problems and not row.errors)
    right = ((WORDS[RowVerdict.UNCHANGED], totals.unchanged),) if totals.unchanged else ()
    figures = (
        ("Rows", totals.rows),
        ("Ready", totals.waiting + totals.later),
        *right,
        ("With a warning", warned),
        ("To fix", totals.invalid),
    )
    with st.container(horizontal=True):
        for title, value in figures:
            st.metric(title, f"{value:,}", border=True, width=160)


def _to_fix(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    """The same rows as a file, for those who rather correct them in a spreadsheet."""
    if not plan.totals.invalid:
        return
    file = rows_to_fix(plan, draft.table, ctx.who)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "Rows that can't be carried out are left out and listed in the result. Or correct them in a "
            "spreadsheet: the file has the columns of yours and one that says what is wrong.",
            width="stretch",
        )
        download(
            f"{counted(plan.totals.invalid, 'row')} to fix",
            f"{ctx.pool.name}-to-fix{file.ending}",
            file.build,
            pool=ctx.pool.name,
            key="onboarding-to-fix",
            mime=XLSX if file.ending == ".xlsx" else "text/csv",
        )


def _way_on(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    why_not = why_closed(draft, plan)
    with st.container(horizontal=True, vertical_alignment="center"):
        if draft.stale and not plan.problems:
            _unchecked(ctx, draft)
        st.button(
            "Go on to the preview",
            type="primary",
            disabled=bool(why_not),
            on_click=go,
            args=(ctx, draft, PREVIEW),
            key="onboarding-to-preview",
        )
        if why_not:
            st.markdown(why_not)


def why_closed(draft: UploadDraft, plan: Plan) -> str:
    """Why there is no preview yet, as a sentence; empty when there is."""
    if draft.stale:
        return "The file was changed since the last check: press **Check again** first."
    if plan.totals.waiting or plan.totals.later:
        return ""
    if plan.totals.invalid == plan.totals.rows:
        return "No row can be carried out yet: correct at least one."
    if plan.totals.invalid:
        return "The other rows are already right: correct at least one to go on."
    return "There is nothing to go on with."
