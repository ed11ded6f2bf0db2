"""What one operator wants to be told by mail, on “Your account”."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from console.widgets.words import md
from services.notices.channels import MailChoice
from services.notices.kinds import NoticeKind


def show_wishes(ctx: Context) -> None:
    """The form, where an administrator has set a mail server up and the operator has an address."""
    if not any(channel.is_mail for channel in ctx.store.channels.list()):
        return
    st.header("Notices by mail", anchor=False)
    if not ctx.operator.email:
        st.markdown("You have no e-mail address here; an administrator can give you one on Operators.")
        return
    wishes = MailChoice(ctx.store, ctx.who)
    with guarded():
        now = wishes.get()
        with st.form("own-notices", border=False):
            chosen = st.multiselect(
                f"Told to {md(ctx.operator.email)}",
                list(NoticeKind),
                default=list(now),
                format_func=lambda kind: kind.words,
                placeholder="Nothing",
            )
            if st.form_submit_button("Save") and set(chosen) != set(now):
                wishes.choose(chosen)
                done("Saved what you are told by mail.")
                st.rerun()
