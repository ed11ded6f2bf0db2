"""What operators have to say with an action: reason, ticket number, how they knew who was asking."""

from __future__ import annotations

import streamlit as st

from console.context import Context, note_rules
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from services.note_rules import DEMAND_TITLES, Demand, NoteRules

_NAME = "note-rules"


def show_notes(ctx: Context) -> None:
    """The rules in sentences, and the button that changes them."""
    rules = note_rules()
    st.markdown("The forms of all actions ask for this, and the activity log keeps it.")
    reason = "With every action" if rules.reason_always else "With actions that cut somebody off"
    ticket = DEMAND_TITLES[rules.ticket]
    if rules.pattern and rules.ticket is not Demand.OFF:
        ticket += f", as in {rules.example}" if rules.example else f", written {rules.pattern}"
    identified = "Asked with passwords, second factors and profiles" if rules.identified else "Not asked for"
    st.text(f"A reason: {reason}\nA ticket number: {ticket}\nHow the caller was identified: {identified}")
    st.button("Change…", icon=":material/edit:", key="notes-change", on_click=_open, args=(rules,))
    opened = dialog.opened(_NAME)
    if opened is not None:
        dialog.show_dialog("What has to be said with an action", lambda: _body(ctx, opened))


def _open(rules: NoteRules) -> None:
    dialog.open_dialog(_NAME, rules)


def _body(ctx: Context, opened: Opened) -> None:
    if opened.once.succeeded:
        done("What has to be said with an action is changed.")
        dialog.close_dialog()
        st.rerun()
    now: NoteRules = opened.subject
    with dialog.form(opened, "Save", reason="optional", on_action=_submit, args=(ctx, opened)):
        st.checkbox(
            "A reason with every action, not only with those that cut somebody off",
            value=now.reason_always,
            key=opened.key("always"),
        )
        st.radio(
            "Ticket number",
            list(Demand),
            index=list(Demand).index(now.ticket),
            format_func=DEMAND_TITLES.__getitem__,
            key=opened.key("demand"),
            horizontal=True,
        )
        with st.container(horizontal=True):
            st.text_input(
                "Pattern (a regular expression; empty for any)",
                now.pattern,
                key=opened.key("pattern"),
                placeholder="(OPS|INC)-[0-9]+",
                autocomplete="off",
            )
            st.text_input(
                "Example", now.example, key=opened.key("example"), placeholder="OPS-1234", autocomplete="off"
            )
        st.checkbox(
            "Ask how the caller was identified, with passwords, second factors and profiles (never required)",
            value=now.identified,
            key=opened.key("asks"),
        )


def _submit(ctx: Context, opened: Opened) -> None:
    rules = NoteRules(
        reason_always=bool(opened.value("always", False)),
        ticket=Demand(opened.value("demand", Demand.OPTIONAL)),
        pattern=opened.value("pattern").strip(),
        example=opened.value("example").strip(),
        identified=bool(opened.value("asks", False)),
    )
    store, who, why = ctx.store, ctx.who, opened.why

    def keep() -> bool:
        rules.keep(store, who(), why)
        return True

    opened.attempt(keep)
