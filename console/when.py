"""Times as people read them, in the time zone of the operator's browser."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def zone() -> tzinfo:
    """The browser's time zone, or UTC while it isn't known."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def day(moment: datetime) -> str:
    """The date, as in "3 Mar 2025"; `moment` is aware."""
    local = moment.astimezone(zone())
    return f"{local.day} {local:%b %Y}"


def minute(moment: datetime) -> str:
    """Date and time, as in "3 Mar 2025, 14:05"; `moment` is aware."""
    return f"{day(moment)}, {moment.astimezone(zone()):%H:%M}"
