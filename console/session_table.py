"""A list of live sessions, each with a button that ends it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from console.feedback import done, guarded
from console.widgets.words import md
from services import words
from services.access.operators import OperatorService
from services.store.sessions import Session


def show_sessions(service: OperatorService, sessions: Sequence[Session], *, own: str, key: str) -> None:
    """Show live sessions. `own` is the id of the session looking on, which has no button."""
    if not sessions:
        st.markdown("Not signed in anywhere.")
    for session in sessions:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(
                f"**{md(browser_of(session.agent))}** from {md(session.address or 'unknown')}  \n"
                f"signed in {md(words.ago(session.created_at))}, last used {md(words.ago(session.seen_at))}",
                width="stretch",
            )
            if session.id == own:
                st.badge("This browser", color="green")
            elif st.button("End", key=f"{key}-end-{session.id}", help="Sign this browser out"):
                with guarded():
                    service.revoke(session.id)
                    done("The session is ended.")
                    st.rerun()


def browser_of(agent: str) -> str:
    """A browser's User-Agent header in two words, as in "Firefox on Windows"."""
    names = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    name = next((title for mark, title in names if mark in agent), "A browser")
    system = next((title for mark, title in systems if mark in agent), "")
    return f"{name} on {system}" if system else name
