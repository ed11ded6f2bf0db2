"""Files of the people found: CSV, XLSX, Parquet, JSON, each saying where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from console.context import Context
from console.users.table import Column
from console.widgets.downloads import download
from console.widgets.words import md
from services.directory.export import about_of, fits_workbook, users_table
from services.directory.export_files import MIME, ExportAbout, Format, filename, write
from services.directory.orders import Rows
from services.directory.pool import PoolTables
from services.roles import Permission
from services.words import people

TITLES = {
    Format.CSV: "CSV",
    Format.XLSX: "Excel (XLSX)",
    Format.PARQUET: "Parquet",
    Format.JSON: "JSON",
}
SHOWN, ALL = "shown", "all"
MANY = 20_000


def button(
    ctx: Context, tables: PoolTables, rows: Rows, columns: Sequence[Column], selection: str, *, key: str
) -> None:
    """Show the button with the four files behind it. `selection` says in words who is in them."""
    count = people(len(rows))
    with st.popover("Export", icon=":material/download:", key=f"{key}-open", disabled=not len(rows)):
        st.markdown(f"**{count}**. {md(tables.completeness.sentence)}")
        which = st.radio(
            "Columns",
            [SHOWN, ALL],
            format_func={SHOWN: "Those shown", ALL: "All attributes"}.__getitem__,
            horizontal=True,
            key=f"{key}-columns",
        )
        names = None if which == ALL else [column.name for column in columns]
        about = replace(about_of(tables, "Users", selection, ctx.operator.username), pool=ctx.pool.name)
        fits = fits_workbook(tables, rows, names)
        with st.container(horizontal=True):
            for format, title in TITLES.items():
                download(
                    title,
                    filename(about, format),
                    _builder(tables, rows, names, about, format),
                    mime=MIME[format],
                    key=f"{key}-{format}",
                    icon=None,
                    disabled=not len(rows)
                    or not ctx.may(Permission.EXPORT)
                    or (format is Format.XLSX and not fits),
                )
        if not fits:
            st.markdown("This is too much for an Excel file: search for fewer people, or show fewer columns.")
        elif len(rows) > MANY:
            st.markdown("An Excel file of this size takes a while; the others come quickly.")
        st.markdown("The CSV can be edited and uploaded on the Onboarding page.")


def _builder(
    tables: PoolTables, rows: Rows, names: Sequence[str] | None, about: ExportAbout, format: Format
) -> Callable[[], bytes]:
    def build() -> bytes:
        table = users_table(tables, rows, names)
        return write(table, about, format)

    return build
