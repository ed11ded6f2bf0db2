"""What operators did to this person."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.table import show_table
from console.widgets.words import moments, time_column
from services.activity_report import RESULT_TITLES, ActivityReader, summary_of, title_of
from services.cognito.models import User
from services.store.activity import Activity

SHOWN = 20


def show_history(ctx: Context, user: User) -> None:
    """The newest lines of the activity log about this person."""
    lines = read(ctx, user)
    if not lines:
        st.info(
            "Nobody has changed this person from this console yet. Changes made elsewhere aren't seen here.",
            icon=":material/info:",
        )
        return
    show_table(
        pd.DataFrame(
            {
                "When": moments(line.at for line in lines),
                "Operator": [line.operator_name for line in lines],
                "What": [_what(line) for line in lines],
                "Result": [RESULT_TITLES[line.result] for line in lines],
                "Changes": [summary_of(line) for line in lines],
                "Reason": [line.reason for line in lines],
            }
        ),
        "What operators did to this user",
        columns={
            "When": time_column("When"),
            "Changes": st.column_config.TextColumn(width="large"),
        },
    )
    if "activity" in PAGES:
        st.page_link(PAGES["activity"], label="Open the activity log")


def read(ctx: Context, user: User) -> list[Activity]:
    """At most `SHOWN` lines about this person, newest first.

    Lines name people by their sub; only a creation was written before the sub was known, so it is
    looked for by name and taken if it led to this very person.
    """
    reader = ActivityReader(ctx.store, ctx.who)
    lines = {line.id: line for line in reader.page({"target": user.sub}, limit=SHOWN)}
    for name in {user.username, user.email} - {""}:
        for line in reader.page({"target": name, "action": "create_user"}, limit=SHOWN):
            if line.after.get("sub") == user.sub:
                lines[line.id] = line
    return sorted(lines.values(), key=lambda line: line.id, reverse=True)[:SHOWN]


def _what(line: Activity) -> str:
    """What was done; for memberships also to which group."""
    group = line.after.get("group") or line.before.get("group")
    return f"{title_of(line.action)}: {group}" if group else title_of(line.action)
