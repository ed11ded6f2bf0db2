"""Step 1: choose the file, or get the template to fill in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import show_error
from console.onboarding.draft import UploadDraft, current, discard, go, keep
from console.widgets.downloads import download
from console.widgets.table import show_table
from console.widgets.words import md
from services.bulk.columns import recognise, reference, template
from services.bulk.csv_file import DELIMITERS, read_csv
from services.errors import FileRejected
from services.words import counted

TYPES = ["csv", "txt", "tsv"]


def show_file(ctx: Context) -> None:
    """The uploader with the template beside it; what is in hand already, if anything."""
    draft = current(ctx)
    if draft is not None:
        _in_hand(ctx, draft)
    left, right = st.columns([3, 2], gap="large")
    with left:
        uploaded = st.file_uploader(
            "CSV file with one row per person",
            type=TYPES,
            key=f"onboarding-file-{ctx.pool.id}",
            help="UTF-8, UTF-16 or Windows-1252; comma, semicolon or tab. Nothing is sent by uploading.",
        )
        if uploaded is not None and _is_new(ctx, uploaded.file_id):
            _take(ctx, uploaded.name, uploaded.getvalue(), uploaded.file_id)
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
            f"**{md(table.name)}**: {rows}, {len(table.header)} columns, {table.encoding}, "
            f"separated by {DELIMITERS.get(table.delimiter, 'comma')}.",
            width="stretch",
        )
        st.button("Go on with this file", type="primary", on_click=go, args=(ctx, 2))
        st.button("Begin again", on_click=discard, args=(ctx,))


def _is_new(ctx: Context, file_id: str) -> bool:
    return st.session_state.get(f"_onboarding-read-{ctx.pool.id}") != file_id


def _take(ctx: Context, name: str, data: bytes, file_id: str) -> None:
    """Read the upload once; a file that can't be read leaves what is in hand alone."""
    try:
        with st.spinner("Reading the file…", show_time=True):
            table = read_csv(data, name)
    except FileRejected as error:
        show_error(error)
        return
    columns = recognise(table.header, ctx.pool_session.gateway.describe_pool())
    st.session_state[f"_onboarding-read-{ctx.pool.id}"] = file_id
    keep(ctx, UploadDraft(table, columns))
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
                    "Column": [one.name for one in targets],
                    "Meaning": [one.title for one in targets],
                    "How to fill it in": [one.help for one in targets],
                }
            ),
            "Columns that a file may have",
            columns={"How to fill it in": st.column_config.TextColumn(width="large")},
        )
