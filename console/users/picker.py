"""Choosing the columns of the table."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from console.context import Context
from console.users.fields import Column, default_columns
from services.cognito.models import UserPool


def choose_columns(ctx: Context, pool: UserPool, columns: Mapping[str, Column]) -> list[Column]:
    """Show the chooser and return the chosen columns in their usual order.

    The choice is kept for this tab, one for each pool.
    """
    key = f"users-columns-{ctx.pool.name}"
    with st.popover("Columns", icon=":material/view_column:"):
        chosen = st.multiselect(
            "Columns of the table",
            list(columns),
            default=[name for name in default_columns(pool) if name in columns],
            key=key,
            format_func=lambda name: columns[name].title,
            placeholder="Choose at least one",
            persist_state="session",
        )
    names = chosen or default_columns(pool)
    return [column for name, column in columns.items() if name in names]
