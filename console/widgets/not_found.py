"""Entries of a list that name nobody: the list to copy, and why, where there is more to say."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from console.widgets.words import md
from services.directory.identify import Identification

MOST_TOLD = 20

Missing = tuple[str, str]
"""An entry and what may help to find who is meant ("" for nothing)."""


def missing_of(answers: Iterable[Identification]) -> tuple[Missing, ...]:
    """The entries of `answers`, nobody's names kept but those that look like the entry."""
    return tuple((answer.text, answer.advice) for answer in answers)


def show_missing(missing: tuple[Missing, ...]) -> None:
    """Show the entries, then what may help."""
    st.markdown("Nobody in this pool has these as e-mail, username, phone number or user ID.")
    height = min(300, 60 + 24 * len(missing))
    st.code("\n".join(text for text, _ in missing), language=None, height=height)
    told = [answer for answer in missing if answer[1]]
    for text, advice in told[:MOST_TOLD]:
        st.markdown(f"**{md(text)}**: {md(advice)}")
