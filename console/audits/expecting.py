"""The directory against a list: a file of people and their groups, or one group and who should be in it."""

from __future__ import annotations

from hashlib import sha256

import streamlit as st

from console.audits import differences
from console.audits.kept import kept
from console.context import Context
from console.feedback import guarded, show_error
from console.widgets.table import fingerprint
from console.widgets.words import label, md
from services.audits.expected import Wishes, against, from_names, from_table
from services.audits.tables import about
from services.bulk.columns import ColumnMap, recognise
from services.bulk.csv_file import CsvTable, read_file
from services.directory.identify import split_list
from services.directory.pool import PoolTables
from services.errors import FileRejected
from services.words import counted

FILE, PASTED = "A file", "One group, pasted list"
SIDES = ("In the pool", "On the list")


def show(ctx: Context, snapshot: PoolTables) -> None:
    """Choose the list, then see what differs."""
    how = st.segmented_control(
        "List", (FILE, PASTED), default=FILE, key="expect-how", label_visibility="collapsed", required=True
    )
    with guarded():
        asked = _pasted(snapshot) if how == PASTED else _file(snapshot)
        if asked is None:
            return
        wishes, mark = asked
        found = kept("list", snapshot, mark, lambda: against(snapshot, wishes), "Comparing …")
        differences.statements(found)
        differences.show(
            ctx,
            snapshot,
            found,
            lambda: about("Compare with a list", snapshot, list=wishes.title),
            key=f"expect-{mark}",
            sides=SIDES,
        )


def _file(snapshot: PoolTables) -> tuple[Wishes, str] | None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        uploaded = st.file_uploader(
            "File with one row per person, or one per person and group",
            type=["csv", "txt", "tsv", "xlsx", "xlsm", "xls", "ods"],
            key="expect-file",
            help="CSV or other text, or a workbook. Nothing is changed by uploading.",
        )
    with right:
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
    if uploaded is None:
        st.markdown(
            "Columns as on the onboarding page: **email**, **username**, **sub** or **phone\\_number** say "
            "who is meant, **groups** which groups they should be in (with **;** between them). Other "
            "columns, such as **name** or **enabled**, are compared as well."
        )
        return None
    data = uploaded.getvalue()
    try:
        table = read_file(data, uploaded.name)
    except FileRejected as error:
        show_error(error)
        return None
    pool = snapshot.about.pool
    columns = recognise(table.header, pool)
    _columns(table, columns)
    wishes = from_table(table, columns, pool, group=group or "", all_groups=whole, everybody=everybody)
    if not (wishes.groups or wishes.all_groups or wishes.everybody):
        st.info(
            "The file names no group. Choose at the right where its people belong; until then only their "
            "other values are compared.",
            icon=":material/info:",
        )
    return wishes, fingerprint(sha256(data).hexdigest(), group, whole, everybody)


def _columns(table: CsvTable, columns: ColumnMap) -> None:
    used = ", ".join(f"{md(one.heading)} → {md(one.target)}" for one in columns.columns if one.target)
    rows = counted(table.row_count, "row")
    st.markdown(f"{rows}, {md(table.how)}. Compared: {used or 'nothing'}.")


def _pasted(snapshot: PoolTables) -> tuple[Wishes, str] | None:
    if not snapshot.group_names:
        st.info("This pool has no groups.", icon=":material/info:")
        return None
    with st.form("expect-form", border=False, enter_to_submit=False):
        group = st.selectbox("Group", snapshot.group_names, key="expect-one", format_func=label, width=320)
        text = st.text_area(
            "Who should be in it",
            placeholder="ann@example.com\nbo.li\n+4915112345678",
            help="E-mail addresses, usernames, phone numbers or subs; one per line, or with commas between.",
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
