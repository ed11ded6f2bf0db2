"""Putting an app client right where a diagnosis ends: one thing, shown before and after, then written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import label, md
from services.changes import Performed
from services.cognito.actions import UpdateClient
from services.cognito.app_clients import ClientSettings
from services.errors import ChangedMeanwhile, InvalidValue
from services.login.client_fixes import ClientFix
from services.pool_session import PoolSession

DIALOG = "client-fix"


@dataclass
class ClientFixing:
    """A fix on its way: the client as it was shown, None until it was read.

    `refused` says that it wasn't written because somebody else had changed the client.
    """

    fix: ClientFix
    seen: ClientSettings | None = None
    refused: ChangedMeanwhile | None = None


def offer_fixes(ctx: Context, fixes: Iterable[ClientFix], key: str) -> None:
    """A button for each fix; who may do it, for operators who may not."""
    offered = tuple(fixes)
    if not offered:
        return
    if not ctx.may(UpdateClient.permission):
        st.markdown("An administrator can put this right here.")
        return
    with st.container(horizontal=True, key=f"client-fixes-{key}"):
        for number, fix in enumerate(offered):
            fix_button(fix, f"{key}-{number}")


def fix_button(fix: ClientFix, key: str, *, title: str = "") -> None:
    """The button that opens the dialog of a fix; `title` in place of its own order."""
    st.button(
        f"{label(title or fix.label)}…",
        icon=":material/build:",
        key=f"client-fix-{key}",
        on_click=dialog.open_dialog,
        args=(DIALOG, ClientFixing(fix)),
    )


def show_client_fix(session: PoolSession, then: Callable[[], None] | None = None) -> None:
    """Draw the dialog while it is open. `then` is called once the client was written."""
    opened = dialog.opened(DIALOG)
    if opened is None:
        return
    fixing: ClientFixing = opened.subject

    def body() -> None:
        if opened.once.succeeded:
            _told(opened, fixing, then)
            return
        if fixing.seen is None:
            opened.try_out(lambda: _read(session, fixing))
        if fixing.seen is None:
            dialog.show_problems(opened)
            dialog.close_button(opened)
            return
        _ask(session, opened, fixing, fixing.seen)

    dialog.show_dialog(f"{fixing.fix.client_name}: {fixing.fix.label}", body, width="large")


def _read(session: PoolSession, fixing: ClientFixing) -> None:
    fixing.seen = session.gateway.client_settings(fixing.fix.client_id)


def _ask(session: PoolSession, opened: Opened, fixing: ClientFixing, seen: ClientSettings) -> None:
    """Show the settings before and after, and the button that changes them."""
    if fixing.refused is not None:
        show_error(fixing.refused)
    try:
        differences = fixing.fix.differences(seen)
    except InvalidValue as error:
        show_error(error)
        dialog.close_button(opened)
        return
    if not differences:
        st.info("It is so already: somebody has put it right.", icon=":material/info:")
        dialog.close_button(opened)
        return
    for words, before, after in differences:
        with st.container(border=True):
            st.markdown(f"**{md(words[:1].upper() + words[1:])}**")
            left, right = st.columns(2)
            left.markdown(f"Now: {md(before)}")
            right.markdown(f"Then: {md(after)}")
    st.markdown(
        f"The {len(seen.values)} settings of the app client are sent as they are now, but for this. If "
        "somebody changes it before you do, nothing is written."
    )
    if any(not edit.on for edit in fixing.fix.edits):
        st.warning("An application that uses what is turned off stops working.", icon=":material/warning:")
    with dialog.form(
        opened,
        label(fixing.fix.label),
        reason="optional",
        on_action=_submit,
        args=(session, opened, fixing, seen),
    ):
        pass


def _submit(session: PoolSession, opened: Opened, fixing: ClientFixing, seen: ClientSettings) -> None:
    why = opened.why
    opened.attempt(lambda: session.changes.perform(fixing.fix.change(seen), **why))
    if isinstance(opened.error, ChangedMeanwhile):
        # the next run shows the client as it is now, with what was said
        fixing.seen, fixing.refused, opened.error = None, opened.error, None


def _told(opened: Opened, fixing: ClientFixing, then: Callable[[], None] | None) -> None:
    performed: Performed | None = opened.once.answer
    assert performed is not None  # noqa: S101 - as the only caller has seen to
    other = performed.after.get("also_changed")
    what = f"{fixing.fix.client_name}: “{fixing.fix.label}” is done"
    text = f"{what}, and the app client was read again."
    if other:
        text += f" AWS changed besides: {', '.join(other)}. Look at the app client in the AWS console."
    if performed.after.get("read_again"):
        text = f"{what}; it could not be read again."
    done(text, performed.activity_id)
    dialog.close_dialog()
    if then is not None:
        then()
    st.rerun()
