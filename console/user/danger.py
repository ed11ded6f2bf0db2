"""Deleting a person, apart from everything else."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.user.actions import DELETE, offer_danger
from console.widgets.words import md
from services.cognito.actions import OFFERS
from services.cognito.models import User, UserPool


def show_danger(ctx: Context, user: User, pool: UserPool) -> None:
    """The button that deletes; absent for roles that may not, off with the reason while it can't be done."""
    offer = OFFERS[DELETE]
    if not ctx.may(offer.permission):
        return
    why = offer.why_not(user, pool)
    with st.container(border=True, key="user-danger"):
        st.markdown("**Delete this user**")
        st.markdown("What Cognito knows about them is lost for good. Disabling is enough in most cases.")
        if why:
            st.markdown(md(why))
        with st.container(width=260):
            offer_danger(ctx, offer, user, disabled=bool(why))
