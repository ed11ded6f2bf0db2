"""Sending several changes of membership for one person, and telling what became of each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.cognito.actions import Change
from services.several import Outcome, Result, perform_each


def send(ctx: Context, opened: Opened, changes: Sequence[Change]) -> None:
    """Carry out changes of membership once. Runs as a callback."""
    path, reason = ctx.pool_session.changes, opened.value("reason").strip()
    opened.attempt(lambda: list(perform_each(path, changes, reason=reason)))


def tell_outcomes(opened: Opened, label: str) -> bool:
    """True when there is something to tell, and then the dialog shows nothing else.

    It closes by itself when everything was done; otherwise it says what was and what wasn't.
    """
    outcomes: list[Outcome] | None = opened.once.answer
    if outcomes is None:
        return False
    good = [one for one in outcomes if one.result in (Result.DONE, Result.UNCHANGED)]
    bad = [one for one in outcomes if one not in good]
    names = ", ".join(group_of(one) for one in good)
    verb = "added to" if outcomes[0].change.joins else "removed from"
    said = f"{label} was {verb}: {names}."
    if not bad:
        done(said, good[-1].activity_id or None)
        dialog.close_dialog()
        st.rerun()
    if good:
        st.success(md(said), icon=":material/check_circle:")
    for one in bad:
        st.error(md(f"Not {verb} {group_of(one)}: {one.message}"), icon=":material/error:")
    if dialog.close_button(opened):
        st.rerun()
    return True


def group_of(outcome: Outcome) -> str:
    """The group that a change of membership is about."""
    return outcome.change.joins or outcome.change.leaves or outcome.name
