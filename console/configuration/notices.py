"""Channels for notices: the mail server, chats and webhooks, and what is told there."""

from __future__ import annotations

import streamlit as st

from console.configuration import editor
from console.configuration.editor import Editor, field_line
from console.context import Context
from console.feedback import done, guarded
from console.widgets import dialog
from console.widgets.table import show_table
from console.widgets.words import md
from services.configuration.service import Saved
from services.notices.channels import ChannelService
from services.notices.kinds import FOR_CHANNELS
from services.store.activity import Why, reason_text
from services.store.notices import Channel, NoticeRecord, NoticeState
from services.store.records import settings_of

TAB = "notices"
STATES = {
    NoticeState.WAITING: "On its way",
    NoticeState.SENDING: "On its way",
    NoticeState.SENT: "Sent",
    NoticeState.FAILED: "Given up",
}


def show_notices(ctx: Context) -> None:
    """The tab “Notices”: where what happens is told."""
    service = ChannelService(ctx.store, ctx.who)
    with guarded():
        opened = editor.current(TAB)
        if opened is not None:
            with editor.closing_when_gone(TAB):
                _form(ctx, service, opened)
            return
        channels = service.list()
        st.markdown(
            "Jobs that end or wait, passwords to be handed over, findings, reviews and trouble with the "
            "console itself can be told by mail, "
            "in a chat, or to a webhook. Notices hold numbers and a link, no names of people. What operators "
            "get by mail, each chooses on “Your account”."
        )
        if not channels:
            st.info("No channel yet: nothing is told outside the console.", icon=":material/info:")
        st.button(
            "Add a channel…",
            icon=":material/add:",
            type="secondary" if channels else "primary",
            on_click=editor.open_editor,
            args=(TAB,),
            key="notices-add",
        )
        for channel in channels:
            _card(ctx, service, channel)
        _newest(ctx, channels)


def _card(ctx: Context, service: ChannelService, channel: Channel) -> None:
    with st.container(border=True, key=f"channel-{channel.id}"):
        st.markdown(f"**{md(channel.name)}**")
        words = "; ".join(kind.words for kind in FOR_CHANNELS if kind in channel.kinds)
        told = "everything" if set(channel.kinds) >= set(FOR_CHANNELS) else words
        pools = {pool.id: pool.name for pool in ctx.store.pools.list()}
        pool = (
            pools.get(channel.pool_record_id, "a pool that is gone")
            if channel.pool_record_id
            else "every pool"
        )
        lines = (
            ["The mail server by which operators get what they chose."]
            if channel.is_mail
            else [field_line("Told here", told), field_line("Of", pool)]
        )
        st.markdown("  \n".join(lines))
        with st.container(horizontal=True):
            tried = st.button("Try it", icon=":material/play_arrow:", key=f"try-channel-{channel.id}")
            st.button(
                "Change…",
                icon=":material/edit:",
                key=f"change-channel-{channel.id}",
                on_click=editor.open_editor,
                args=(TAB, channel.id),
            )
            pressed = st.button("Remove…", icon=":material/delete:", key=f"remove-channel-{channel.id}")
    if tried:
        with guarded(), st.spinner("Sending…"):
            service.try_out(channel.id)
            done(f"“{channel.name}” took a notice. See whether it arrived.")
            st.rerun()

    def remove(why: Why) -> None:
        done(f"“{channel.name}” is removed.", service.remove(channel.id, reason_text(why)))

    dialog.confirm(
        pressed,
        f"Remove {channel.name}",
        "Nothing is told there any more, also not what is on its way.",
        typed=channel.name,
        action=remove,
        button="Remove",
        key=f"remove-channel-dialog-{channel.id}",
        needs_reason=False,
    )


def _form(ctx: Context, service: ChannelService, editor: Editor) -> None:
    old = service.get(editor.id) if editor.id else None
    st.header(f"Change {md(old.name)}" if old else "New channel", anchor=False)
    name = editor.text(Channel, "name", old.name if old else "")
    secret = editor.secret(Channel, "secret", **({"placeholder": "leave blank to keep"} if old else {}))
    is_mail = st.checkbox(
        settings_of(Channel)["is_mail"].label,
        old.is_mail if old else False,
        help="Mail goes to each operator's own address, about what they chose on “Your account”.",
        key=editor.key("is_mail"),
    )
    editor.problem("is_mail", is_mail)
    kinds, pool_id = ((), "") if is_mail else _told(ctx, editor, old)
    editor.other_problem(settings_of(Channel))
    with st.container(horizontal=True):
        pressed = st.button("Save", type="primary", key=editor.key("save"))
        editor.cancel_button()
    if pressed:
        typed = Channel(
            name=name,
            kinds=kinds,
            pool_record_id=pool_id,
            is_mail=is_mail,
            secret=secret or (None if old else ""),
        )
        saved: Saved[Channel] = editor.save(
            lambda: service.change(old.id, typed) if old else service.add(typed)
        )
        done(f"“{saved.record.name}” is saved. Try it before you rely on it.", saved.activity_id)
        st.rerun()


def _told(ctx: Context, editor: Editor, old: Channel | None) -> tuple[tuple[str, ...], str]:
    """The fields for what is told in a channel, and of which pool ("" for every one)."""
    kinds = st.multiselect(
        settings_of(Channel)["kinds"].label,
        FOR_CHANNELS,
        default=[kind for kind in FOR_CHANNELS if old is None or kind in old.kinds],
        format_func=lambda kind: kind.words,
        key=editor.key("kinds"),
    )
    editor.problem("kinds", kinds)
    pools = {"": "Every user pool"} | {pool.id: pool.name for pool in ctx.store.pools.list()}
    now = old.pool_record_id if old and old.pool_record_id in pools else ""
    pool_id = st.selectbox(
        settings_of(Channel)["pool_record_id"].label,
        list(pools),
        index=list(pools).index(now),
        format_func=lambda id: pools[id],
        key=editor.key("pool"),
    )
    return tuple(str(kind) for kind in kinds), pool_id or ""


def _newest(ctx: Context, channels: tuple[Channel, ...]) -> None:
    """What was told lately, and whether it was taken."""
    found = ctx.store.notices.newest(20)
    if not found:
        return
    names = {channel.id: channel.name for channel in channels}
    names |= {operator.id: f"mail to {operator.username}" for operator in ctx.store.operators.list()}
    st.header("Told lately", anchor=False)
    show_table(
        {
            "When": [notice.created_at for notice in found],
            "What": [str(notice.text["title"]) for notice in found],
            "Where": [names.get(notice.target, "a place that is gone") for notice in found],
            "State": [_state(notice) for notice in found],
        },
        "Notices told lately",
    )


def _state(notice: NoticeRecord) -> str:
    state = STATES[notice.state]
    return f"{state}: {notice.error}" if notice.error else state
