"""Actions that harm nobody: asked once, with room for a note."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.user.actions import MENU
from console.widgets import dialog
from console.widgets.dialog import Opened
from services.changes import Performed
from services.cognito.actions import OFFERS, Confirm, Offer
from services.cognito.models import User
from services.people.acting import check_now

MEDIA = {"EMAIL": "By e-mail", "SMS": "By SMS"}


def simple_offers() -> list[Offer]:
    """What the menu offers with one of these dialogs."""
    return [OFFERS[name] for name in MENU if OFFERS[name].confirm is Confirm.ONCE]


def show_simple(ctx: Context, user: User) -> None:
    """Draw whichever of these dialogs is open for this person."""
    for offer in simple_offers():
        opened = dialog.opened(f"user-{offer.name}")
        if opened is not None and opened.subject.sub == user.sub:
            _dialog(ctx, opened, offer)


def _dialog(ctx: Context, opened: Opened, offer: Offer) -> None:
    user: User = opened.subject

    def body() -> None:
        _leave_when_done(opened, offer)
        dialog.who(user.name, user.label)
        st.markdown(offer.about)
        with dialog.form(
            opened, offer.button, reason="optional", on_action=_submit, args=(ctx, opened, offer)
        ):
            if offer.kind.asks_delivery:
                media = _media(user)
                st.radio("Send it", list(media), format_func=media.__getitem__, key=opened.key("delivery"))

    dialog.show_dialog(offer.title, body)


def _submit(ctx: Context, opened: Opened, offer: Offer) -> None:
    directory, path, change = (
        ctx.pool_session.directory,
        ctx.pool_session.changes,
        offer.change_for(opened.subject),
    )
    if offer.kind.asks_delivery:
        change = change.by((opened.value("delivery"),))
    reason = opened.value("reason").strip()

    def act() -> Performed:
        check_now(directory, opened.subject.sub, offer.name)
        return path.perform(change, reason=reason)

    opened.attempt(act)


def _leave_when_done(opened: Opened, offer: Offer) -> None:
    performed: Performed | None = opened.once.answer
    if performed is not None:
        done(offer.said.format(opened.subject.label), performed.activity_id)
        dialog.close_dialog()
        st.rerun()


def _media(user: User) -> dict[str, str]:
    """The ways in which a message can reach the person."""
    present = {"EMAIL": user.email, "SMS": user.attributes.get("phone_number")}
    return {name: title for name, title in MEDIA.items() if present[name]}
