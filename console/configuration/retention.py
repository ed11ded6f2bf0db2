"""How long things are kept: the table, and the dialog that changes it."""

from __future__ import annotations

import streamlit as st

from console.configuration.erasing import show_erasing
from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.table import show_table
from services.bulk.handover import PASSWORDS_KEPT
from services.retention import FOR_EVER, KINDS, KeptKind, Retention
from services.words import counted

_NAME = "retention"


def show_retention(ctx: Context) -> None:
    """What is kept for how long, and the button that changes it."""
    kept = Retention.read(ctx.store)
    st.markdown(
        "Each night the console erases what is older, and writes into the activity log what it was. "
        f"Temporary passwords that nobody took go after {counted(PASSWORDS_KEPT.days, 'day')} in any case."
    )
    table = {
        "What": [kind.title for kind in KINDS.values()],
        "Kept": [_told(kind, getattr(kept, name)) for name, kind in KINDS.items()],
        "What to know": [kind.help for kind in KINDS.values()],
    }
    show_table(table, "How long things are kept", width="content")
    st.button("Change…", icon=":material/edit:", key="retention-change", on_click=_open, args=(kept,))
    opened = dialog.opened(_NAME)
    if opened is not None:
        dialog.show_dialog("How long things are kept", lambda: _body(ctx, opened))
    show_erasing(ctx)


def _told(kind: KeptKind, number: int) -> str:
    return "For ever" if number == FOR_EVER else counted(number, kind.unit.removesuffix("s"))


def _open(kept: Retention) -> None:
    dialog.open_dialog(_NAME, kept)


def _body(ctx: Context, opened: Opened) -> None:
    if opened.once.succeeded:
        done("How long things are kept is changed; the next clean-up keeps to it.")
        dialog.close_dialog()
        st.rerun()
    kept: Retention = opened.subject
    with dialog.form(opened, "Save", reason="optional", on_action=_submit, args=(ctx, opened)):
        for name, kind in KINDS.items():
            st.number_input(
                f"{kind.title} ({kind.unit}{', 0 for ever' if kind.may_stay else ''})",
                FOR_EVER if kind.may_stay else kind.least,
                kind.most,
                getattr(kept, name),
                key=opened.key(name),
                help=kind.help,
            )


def _submit(ctx: Context, opened: Opened) -> None:
    kept: Retention = opened.subject
    numbers = {name: int(opened.value(name, getattr(kept, name))) for name in KINDS}
    store, who, why = ctx.store, ctx.who, opened.why

    def keep() -> bool:
        Retention(**numbers).write(store, who, why)
        return True

    opened.attempt(keep)
