"""Step 1, the file: uploading it, what its columns may be, and the draft that the steps share."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from console.context import Context
from console.onboarding.reading import (
    Upload,
    forget_upload,
    keep_upload,
    kept_upload,
    read_upload,
    show_choices,
)
from console.widgets.downloads import download
from console.widgets.table import show_table
from console.widgets.words import md
from services.bulk.columns import ColumnMap, recognise, reference, template
from services.bulk.csv_file import CsvTable
from services.bulk.model import Plan, PlanOptions
from services.words import counted


def show_file(ctx: Context) -> None:
    """The uploader with the template beside it; what is in hand already, if anything."""
    draft = current(ctx)
    if draft is not None:
        _in_hand(ctx, draft)
    left, right = st.columns([3, 2], gap="large")
    with left:
        # any kind of file may be dropped: what can't be read is said in a sentence, not by a red chip
        uploaded = st.file_uploader(
            "File with one row per person",
            key=f"onboarding-file-{ctx.pool.id}",
            help="CSV or other text, or a workbook (.xlsx, .xlsm, .xls, .ods). Nothing is sent by uploading.",
        )
        upload = kept_upload(ctx)
        if uploaded is not None and (upload is None or upload.file_id != uploaded.file_id):
            upload = Upload(uploaded.name, uploaded.getvalue(), uploaded.file_id)
            keep_upload(ctx, upload)
        if upload is not None and not upload.taken:
            _take(ctx, upload)
        elif upload is not None and draft is not None:
            with st.expander("Not read as it is meant?"):
                show_choices(ctx, upload, draft.table.sheets)
    with right:
        pool = ctx.pool_session.gateway.describe_pool()
        st.markdown("**No file yet?** Fill in the template: its columns are those of this user pool.")
        download("Download the template", f"{ctx.pool.name}-template.csv", lambda: template(pool))
    _reading_help(ctx)


def _in_hand(ctx: Context, draft: UploadDraft) -> None:
    table = draft.table
    rows = counted(table.row_count, "row")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{md(table.name)}**: {rows}, {len(table.header)} columns, {md(table.how)}.",
            width="stretch",
        )
        st.button("Go on with this file", type="primary", on_click=go, args=(ctx, 2))
        st.button("Begin again", on_click=discard, args=(ctx,))


def _take(ctx: Context, upload: Upload) -> None:
    """Read the upload; a file that can't be read, or not surely, leaves what is in hand alone."""
    table = read_upload(ctx, upload)
    if table is None:
        return
    keep(ctx, UploadDraft(table, recognise(table.header, ctx.pool_session.gateway.describe_pool())))
    go(ctx, 2)
    st.rerun()


def _reading_help(ctx: Context) -> None:
    with st.expander("What the columns mean"):
        st.markdown(
            "An **empty cell** leaves the value as it is. A cell with only **\\-** clears it. "
            "Several groups stand in one cell with **;** between them. Rows for people who are already "
            "there change only what differs."
        )
        targets = reference(ctx.pool_session.gateway.describe_pool())
        show_table(
            pd.DataFrame(
                {
                    "Column": [target.name for target in targets],
                    "Meaning": [target.title for target in targets],
                    "How to fill it in": [target.help for target in targets],
                }
            ),
            "Columns that a file may have",
            columns={"How to fill it in": st.column_config.TextColumn(width="large")},
        )


STEPS = ("File", "Columns", "Check", "Preview", "Result")


@dataclass
class UploadDraft:
    """A file on its way into one pool.

    `chosen` are columns and options as they stand in the open form; leaving the step keeps them.
    `stale` says that the file or its meaning changed since `plan` was made.
    """

    table: CsvTable
    columns: ColumnMap
    options: PlanOptions = field(default_factory=PlanOptions)
    plan: Plan | None = None
    stale: bool = False
    job_id: str = ""
    chosen: tuple[ColumnMap, PlanOptions] | None = None

    def settle(self) -> None:
        """Keep what was chosen in the form of step 2."""
        if self.chosen is not None and self.chosen != (self.columns, self.options):
            self.columns, self.options = self.chosen
            self.stale = True
        self.chosen = None

    def edit(self, table: CsvTable) -> None:
        """Replace the file by a corrected one."""
        self.table = table
        self.stale = True

    @property
    def furthest(self) -> int:
        """The last step that can be opened, from 1."""
        if self.job_id:
            return 5
        if self.plan is None:
            return 2
        return 3 if self.stale else 4


def current(ctx: Context) -> UploadDraft | None:
    """The draft for the chosen pool, if there is one."""
    found = st.session_state.get(_key(ctx))
    return found if isinstance(found, UploadDraft) else None


def keep(ctx: Context, draft: UploadDraft) -> None:
    """Make `draft` the one for the chosen pool."""
    st.session_state[_key(ctx)] = draft


def discard(ctx: Context) -> None:
    """Forget the draft and the file, and begin again."""
    st.session_state.pop(_key(ctx), None)
    forget_upload(ctx)
    go(ctx, 1)


def step(ctx: Context) -> int:
    """The step shown now, 1 to 5."""
    draft = current(ctx)
    wanted = int(st.session_state.get(f"{_key(ctx)}-step", 1))
    return min(wanted, draft.furthest if draft else 1)


def go(ctx: Context, number: int) -> None:
    """Show step `number` with the next run."""
    draft = current(ctx)
    if draft is not None:
        draft.settle()
    st.session_state[f"{_key(ctx)}-step"] = number


def show_line(ctx: Context) -> int:
    """The five steps as a line of buttons; returns the one shown now."""
    now = step(ctx)
    draft = current(ctx)
    reachable = draft.furthest if draft else 1
    with st.container(horizontal=True, gap="small", key="onboarding-steps"):
        for number, name in enumerate(STEPS, start=1):
            st.button(
                f"{number}  {name}",
                key=f"onboarding-step-{number}",
                type="primary" if number == now else "secondary",
                disabled=number > reachable,
                on_click=go,
                args=(ctx, number),
            )
    if draft is not None and now > 1:
        rows = counted(draft.table.row_count, "row")
        st.markdown(f"**{md(draft.table.name)}**: {rows}, {md(draft.table.how)}")
    return now


def _key(ctx: Context) -> str:
    return f"_onboarding-{ctx.pool.id}"
