"""What can be done with this person now, and why the rest can't."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.words import md
from services.changes import Performed
from services.cognito.actions import OFFERS, Confirm, Offer, reasons
from services.cognito.models import User, UserPool
from services.people.acting import check_now

MENU = (
    "confirm_user",
    "resend_invitation",
    "reset_password",
    "set_temporary_password",
    "verify_email",
    "verify_phone",
    "enable_user",
    "disable_user",
    "sign_out_user",
)
"""What is offered (names of `services.cognito.actions.OFFERS`), in this order; deleting stands apart."""

DELETE = "delete_user"


def show_actions(ctx: Context, user: User, pool: UserPool) -> None:
    """Buttons for what can be done now; the rest greyed, each with its reason."""
    offered = [OFFERS[name] for name in MENU if ctx.may(OFFERS[name].permission)]
    with st.container(border=True, key="user-actions"):
        st.markdown("**What you can do**")
        if not offered:
            st.markdown(md(f"Your role is {ctx.operator.role}: you can look at people, not change them."))
            return
        why_not = reasons(user, pool)
        possible = [one for one in offered if not why_not[one.name]]
        others = [one for one in offered if why_not[one.name]]
        for one in possible:
            _offer(ctx, one, user)
        if not possible:
            st.markdown("Nothing makes sense in this status.")
        if others:
            with st.expander(f"Not possible now ({len(others)})"):
                for one in others:
                    st.button(
                        one.label, icon=one.icon, key=f"user-{one.name}-off", disabled=True, width="stretch"
                    )
                    st.markdown(md(why_not[one.name]))


def _offer(ctx: Context, offer: Offer, user: User) -> None:
    if offer.confirm is Confirm.TYPED:
        offer_danger(ctx, offer, user)
        return
    st.button(
        offer.label,
        icon=offer.icon,
        key=f"user-{offer.name}",
        width="stretch",
        on_click=dialog.open_dialog,
        args=(f"user-{offer.name}", user),
    )


def offer_danger(ctx: Context, offer: Offer, user: User, *, disabled: bool = False) -> None:
    """A button that asks for the typed name and a reason before it does anything."""
    pressed = st.button(
        f"{offer.label} …", icon=offer.icon, key=f"user-{offer.name}", width="stretch", disabled=disabled
    )
    confirm_danger(ctx, offer, user, pressed=pressed, key=f"user-{offer.name}-{user.sub}")


def confirm_danger(ctx: Context, offer: Offer, user: User, *, pressed: bool, key: str) -> None:
    """Ask, and do what is offered; see `dialog.confirm`."""
    directory, path = ctx.pool_session.directory, ctx.pool_session.changes

    def act(reason: str) -> Performed:
        check_now(directory, user.sub, offer.name)
        return path.perform(offer.change_for(user), reason=reason)

    dialog.confirm(
        pressed,
        offer.title.format(user.label),
        offer.about.format(user.label),
        typed=user.label,
        action=act,
        then=lambda performed: done(offer.said.format(user.label), performed.activity_id),
        button=offer.button,
        key=key,
    )
