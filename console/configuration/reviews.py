"""Who may sign reviews off."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from services.audits.reviews.sign_off import SignOffRule

_NAME = "sign-off"
BY_ANOTHER = "Another operator than the one who started it"
BY_ANYBODY = "Anybody who may run reviews, also whoever started it"


def show_sign_off(ctx: Context) -> None:
    """The rule in a sentence, and the button that changes it."""
    rule = SignOffRule.stored(ctx.store)
    st.text(f"A review is closed and signed off by: {_title(rule.by_another).lower()}.")
    st.button(
        "Change…",
        icon=":material/edit:",
        key="sign-off-change",
        on_click=dialog.open_dialog,
        args=(_NAME, rule),
    )
    opened = dialog.opened(_NAME)
    if opened is not None:
        dialog.show_dialog("Who signs reviews off", lambda: _body(ctx, opened))


def _title(by_another: bool) -> str:
    return BY_ANOTHER if by_another else BY_ANYBODY


def _body(ctx: Context, opened: Opened) -> None:
    if opened.once.succeeded:
        done("Who signs reviews off is changed.")
        dialog.close_dialog()
        st.rerun()
    now: SignOffRule = opened.subject
    with dialog.form(opened, "Save", reason="optional", on_action=_submit, args=(ctx, opened)):
        st.radio(
            "A review is closed and signed off by",
            [False, True],
            index=int(now.by_another),
            format_func=_title,
            key=opened.key("another"),
        )
        st.markdown("It holds for reviews that are open now, too.")


def _submit(ctx: Context, opened: Opened) -> None:
    rule, store, who, why = SignOffRule(bool(opened.value("another"))), ctx.store, ctx.who, opened.why

    def keep() -> bool:
        rule.keep(store, who(), why)
        return True

    opened.attempt(keep)
