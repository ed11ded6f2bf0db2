"""Step 1, the file: uploading it, how it is read, and what its columns may be."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.onboarding.draft import (
    COLUMNS,
    JOB,
    RESULT,
    Draft,
    UnreadDraft,
    UploadDraft,
    begin,
    go,
    leave,
    read_again,
    throw_away,
)
from console.onboarding.waiting import show_waiting
from console.theme import side_by_side
from console.widgets.downloads import XLSX, download
from console.widgets.file_reading import show_unread, show_way
from console.widgets.table import Column, show_table
from console.widgets.words import md
from services.bulk.columns import reference
from services.bulk.files.csv_file import Choices
from services.bulk.files.dialect import DELIMITERS
from services.bulk.saved import file_source_of
from services.bulk.template import delimiter_for, template_csv, template_xlsx
from services.words import counted

STEPS = ("File", "Columns", "Check", "Preview", "Result")


def show_file(ctx: Context, draft: Draft | None) -> None:
    """The file in hand and how it is read; or what waits, and the uploader with the template beside it."""
    if draft is not None:
        _in_hand(ctx, draft)
        return
    show_waiting(ctx)
    left, right = side_by_side("file", (3, 2))
    with left:
        _upload(ctx)
    with right:
        _template(ctx)
    _reading_help(ctx)


def _template(ctx: Context) -> None:
    pool, delimiter = ctx.pool_session.gateway.describe_pool(), delimiter_for(st.context.locale)
    st.markdown(
        "**No file yet?** Fill in the template: its columns are those of this user pool. "
        "Its example rows are left out when it is uploaded."
    )
    with st.container(horizontal=True):
        download(
            "Template for Excel",
            f"{ctx.pool.name}-template.xlsx",
            lambda: template_xlsx(pool),
            mime=XLSX,
            logged=False,
        )
        download(
            "Template as CSV",
            f"{ctx.pool.name}-template.csv",
            lambda: template_csv(pool, delimiter),
            logged=False,
            icon=None,
            help=f"With a {DELIMITERS[delimiter]} between the cells, as spreadsheets expect where you are.",
        )


def _upload(ctx: Context) -> None:
    """The uploader. What is dropped there becomes a draft at once, also what can't be read yet."""
    taken = f"_onboarding-taken-{ctx.pool.id}"
    # any kind of file may be dropped: what can't be read is said in a sentence, not by a red chip
    uploaded = st.file_uploader(
        "File with one row per person",
        key=f"onboarding-file-{ctx.pool.id}-{st.session_state.get(taken, 0)}",
        help="CSV or other text, or a workbook (.xlsx, .xlsm, .xls, .ods). Nothing is sent by uploading.",
    )
    if uploaded is None:
        return
    begin(ctx, uploaded.name, uploaded.getvalue())
    # another key is another uploader: an empty one, for the next file
    st.session_state[taken] = st.session_state.get(taken, 0) + 1
    st.rerun()


def _in_hand(ctx: Context, draft: Draft) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if isinstance(draft, UploadDraft):
            st.button("Go on with this file", type="primary", on_click=go, args=(ctx, draft, COLUMNS))
        st.button(
            "Another file",
            on_click=leave,
            args=(ctx,),
            icon=":material/upload_file:",
            help="This one waits as a draft.",
        )
        st.button(
            "Throw this draft away",
            icon=":material/delete:",
            on_click=throw_away,
            args=(ctx, draft.saved.id, draft.saved.name),
            help="The file and what you changed are forgotten here. Nothing was sent.",
        )

    def choose(choices: Choices) -> None:
        read_again(ctx, draft, choices)
        st.rerun()

    if isinstance(draft, UnreadDraft):
        show_unread(draft.unread, draft.saved.choices, f"onboarding-{draft.saved.id}", choose)
        return
    made = len(draft.table.edits) + len(draft.table.dropped)
    warning = f"Reading the file in another way drops {counted(made, 'correction')} made so far."
    show_way(draft.table, draft.saved.choices, draft.key, choose, warning=warning if made else "")


def show_line(ctx: Context, draft: Draft | None, now: int) -> None:
    """The five steps as a line of buttons, and which file it is."""
    furthest = draft.furthest if draft is not None else 1
    with st.container(horizontal=True, gap="small", key="onboarding-steps"):
        for number, name in enumerate(STEPS, start=1):
            st.button(
                f"{number}  {name}",
                key=f"onboarding-step-{number}",
                type="primary" if number == now else "secondary",
                disabled=number > furthest and number != now,
                on_click=leave if draft is None else go,
                args=(ctx,) if draft is None else (ctx, draft, number),
            )
    if now == RESULT:
        job = ctx.store.jobs.get(st.query_params[JOB])
        how = file_source_of(job).how
        st.markdown(f"**{md(job.title)}**: {counted(job.total_rows, 'row')}{f', {md(how)}' if how else ''}.")
    elif isinstance(draft, UploadDraft):
        table = draft.table
        rows, columns = counted(table.row_count, "row"), counted(len(table.header), "column")
        st.markdown(f"**{md(table.name)}**: {rows}, {columns}, {md(table.how)}.")
    elif draft is not None:
        st.markdown(f"**{md(draft.saved.name)}**: how it is to be read isn't settled yet.")


def _reading_help(ctx: Context) -> None:
    with st.expander("What the columns mean"):
        st.markdown(
            "An **empty cell** leaves the value as it is. A cell with only **\\-** clears it. "
            "Several groups stand in one cell with **;** between them. Rows for people who are already "
            "there change only what differs."
        )
        targets = reference(ctx.pool_session.gateway.describe_pool())
        show_table(
            {
                "Column": [target.name for target in targets],
                "Meaning": [target.title for target in targets],
                "How to fill it in": [target.help for target in targets],
            },
            "Columns that a file may have",
            columns={"How to fill it in": Column(width=180)},
        )
