"""A table of people with ticks, as the pages about groups show it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from console.context import Context
from console.groups.table import OPEN, fingerprint
from console.navigation import PAGES
from services.cognito.models import PasswordPolicy, User
from services.cognito.status import status_line


def pick_people(
    ctx: Context,
    users: Sequence[User],
    policy: PasswordPolicy,
    *,
    key: str,
    label: str,
    members: Collection[str] | None = None,
    rows: int = 11,
    selectable: bool = True,
) -> list[User]:
    """Show people and return those ticked. `label` names the table for screen readers.

    With `members` (subs) a column says who is in the group already. At most `rows` rows are seen
    without scrolling.
    """
    frame = people_frame(users, policy)
    key = f"{key}-{fingerprint([user.sub for user in users])}"
    if "user" in PAGES:
        frame.insert(0, OPEN, [OPEN] * len(users))
    if members is not None:
        frame.insert(
            list(frame.columns).index("E-mail"),
            "In this group",
            ["yes" if user.sub in members else "" for user in users],
        )
    on_select: Any = "rerun" if selectable else "ignore"
    event = st.dataframe(
        frame,
        # Ticks are kept by position: another set of people has to be another table.
        key=key,
        hide_index=True,
        alt=label,
        on_select=on_select,
        selection_mode="multi-row",
        height="content" if len(users) <= rows else 36 + 35 * rows,
        column_config={
            OPEN: st.column_config.ButtonColumn(
                "", type="tertiary", pinned=True, width=60, key=f"{key}-open"
            ),
            "In this group": st.column_config.TextColumn(width=100),
            "Name": st.column_config.TextColumn(width=190),
            "E-mail": st.column_config.TextColumn(width=250),
            "Username": st.column_config.TextColumn(width=150),
            "Status": st.column_config.TextColumn(width=190),
            "User ID": st.column_config.TextColumn(width="small", help="Cognito's lasting identifier (sub)"),
        },
    )
    clicked = st.session_state.get(f"{key}-open")
    if clicked is not None and clicked["row"] < len(users):
        st.switch_page(PAGES["user"], query_params={"pool": ctx.pool.name, "id": users[clicked["row"]].sub})
    if not selectable:
        return []
    return [users[row] for row in event["selection"]["rows"] if row < len(users)]


def people_frame(users: Sequence[User], policy: PasswordPolicy) -> pd.DataFrame:
    """What is shown about people: name, address, username, status in words."""
    now = datetime.now(UTC)
    named = [user.username if user.username != user.sub else "" for user in users]
    columns = {
        "Name": [user.name for user in users],
        "E-mail": [user.email for user in users],
        "Username": named,
        "Phone": [user.attributes.get("phone_number", "") for user in users],
        "Status": [status_line(user, policy, now) for user in users],
        "User ID": [user.sub for user in users],
    }
    if not any(columns["Username"]):
        del columns["Username"]
    if all(columns["E-mail"]):  # a number is wanted only where it is what people go by
        del columns["Phone"]
    return pd.DataFrame(columns)
