"""Telling the operator what happened: errors with their next step, and what has been done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from console.context import Context, arrival, leave_if_over
from console.web import urls
from console.widgets.focus import go_on_at
from console.widgets.words import md
from services.activity_report import changes_of, ticket_text
from services.errors import ConsoleError, ProofNeeded, RecordNotFound

if TYPE_CHECKING:
    from services.changes import Performed

_PENDING = "_console_done"
_TOLD = "_console_done_told"


@dataclass(frozen=True)
class _Notice:
    """What was done, in plain text; the line of the log that says so; what could be taken back."""

    text: str
    activity_id: str = ""
    undo: tuple[Performed, ...] = field(default=(), repr=False)
    error: ConsoleError | None = None


def show_error(error: ConsoleError) -> None:
    """Show what happened and what to do next; leaves for the sign-in page when the session is over."""
    leave_if_over(error)
    text = md(error.message)
    if isinstance(error, ProofNeeded):
        st.warning(f"{text}\n\n{md(error.next_step)}", icon=":material/verified_user:")
        # in a tab of its own: what was being filled in here stays as it is
        st.link_button("Show that it is you", urls.PROVE_PATH, icon=":material/open_in_new:")
        return
    st.error(f"{text}\n\n{md(error.next_step)}" if error.next_step else text, icon=":material/error:")


def done(text: str, activity: str | Performed | None = None, *, undo: Sequence[Performed] = ()) -> None:
    """Remember that `text` was done; `open_page` shows it in the next run, once.

    `text` is plain (not Markdown). `activity` is the line in the activity log, or what was performed:
    then it can be taken back, where there is a way; `undo` names what else belongs to it.
    """
    if activity is None or isinstance(activity, str):
        notice = _Notice(text, activity or "", tuple(undo))
    else:
        notice = _Notice(text, activity.activity_id, (activity, *undo))
    st.session_state.setdefault(_PENDING, []).append(notice)


def failed(error: ConsoleError) -> None:
    """Remember an error of a callback; it is shown where `done` would have been."""
    st.session_state.setdefault(_PENDING, []).append(_Notice("", error=error))


def show_done(ctx: Context) -> None:
    """Show what `done` remembered, in a corner of the window: nothing on the page moves for it."""
    notices: list[_Notice] = st.session_state.pop(_PENDING, [])
    # It has its place in every run: what stands below would else be drawn anew, and a dialog that closes
    # couldn't give the keyboard back to what opened it.
    place = st.container(key="console-done-place")
    if not notices:
        if new := arrival():
            with place:
                # what led to another page has gone with the page it stood on
                go_on_at("page", new, '[data-testid="stMain"]', general=True)
        return
    with place, st.container(key="console-done", gap="small"):
        for number, notice in enumerate(notices):
            if notice.error is not None:
                show_error(notice.error)
            else:
                _notice(ctx, notice, number)
        st.button("Close", type="tertiary", key="console-done-close")
        # where what opened the dialog has gone with it, as “Disable…” has
        turn = st.session_state[_TOLD] = st.session_state.get(_TOLD, 0) + 1
        go_on_at("done", turn, ".st-key-console-done-close button", general=True)


def _notice(ctx: Context, notice: _Notice, number: int) -> None:
    # Imported here: navigation builds pages, and pages import this module; boto3 takes a second.
    from console.navigation import PAGES  # noqa: PLC0415

    st.success(md(notice.text), icon=":material/check_circle:")
    if not notice.activity_id:
        return
    try:
        line = ctx.store.activity.get(notice.activity_id)
    except RecordNotFound:
        return
    if changed := "; ".join(map(str, changes_of(line))):
        st.text(changed)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        back = _with_way_back(notice.undo)
        if back and ctx.pool_record is not None:
            st.button(
                "Undo",
                icon=":material/undo:",
                key=f"console-undo-{number}",
                on_click=_take_back,
                args=(ctx, back),
            )
        here = {"pool": ctx.pool.name} if ctx.pool_record is not None else {}
        st.page_link(
            PAGES["activity"], label="See it in the log", query_params={**here, "id": notice.activity_id}
        )
        with st.popover("For the ticket", icon=":material/content_copy:", type="tertiary"):
            st.code(ticket_text(line), language=None, wrap_lines=True)


def _with_way_back(performed: Sequence[Performed]) -> tuple[Performed, ...]:
    if not performed:
        return ()
    from services.undo import can_be_offered  # noqa: PLC0415 - boto3 takes a second

    return tuple(done for done in performed if can_be_offered(done.change))


def _take_back(ctx: Context, performed: Sequence[Performed]) -> None:
    """Take it back and say what came of it. Runs as a callback."""
    from services.undo import take_back  # noqa: PLC0415 - boto3 takes a second

    pending = st.session_state.setdefault(_PENDING, [])
    try:
        line = ctx.store.activity.get(performed[-1].activity_id)
        said = take_back(ctx.pool_session, performed, {"reason": line.reason, "ticket": line.ticket})
    except ConsoleError as error:
        failed(error)
        return
    newest = ctx.store.activity.search(limit=1, target=line.target_id)
    pending.append(_Notice(" ".join(said), newest[0].id if newest else ""))


@contextmanager
def guarded() -> Iterator[None]:
    """Turn a `ConsoleError` raised inside into a shown error; the rest of the page goes on."""
    try:
        yield
    except ConsoleError as error:
        show_error(error)
