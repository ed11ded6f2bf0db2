"""Telling the operator what happened: errors with their next step, and what has been done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from console.context import leave_if_over
from console.widgets.words import md
from services.errors import ConsoleError

_PENDING = "_console_done"


def show_error(error: ConsoleError) -> None:
    """Show what happened and what to do next; leaves for the sign-in page when the session is over."""
    leave_if_over(error)
    text = md(error.message)
    st.error(f"{text}\n\n{md(error.next_step)}" if error.next_step else text, icon=":material/error:")


def done(text: str, activity_id: str | None = None) -> None:
    """Remember that `text` was done; `open_page` shows it at the top of the next run, once.

    `text` is plain (not Markdown). `activity_id` adds a link to the line in the activity log.
    """
    st.session_state.setdefault(_PENDING, []).append((text, activity_id))


def show_done() -> None:
    """Show what `done` remembered."""
    # Imported here: navigation builds pages, and pages import this module.
    from console.navigation import PAGES  # noqa: PLC0415

    for text, activity_id in st.session_state.pop(_PENDING, []):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(md(text), icon=":material/check_circle:")
            if activity_id:
                st.page_link(PAGES["activity"], label="See it in the log", query_params={"id": activity_id})


@contextmanager
def guarded() -> Iterator[None]:
    """Turn a `ConsoleError` raised inside into a shown error; the rest of the page goes on."""
    try:
        yield
    except ConsoleError as error:
        show_error(error)
