"""What the demo is, and three things to try in it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.downloads import download
from services.roles import Permission

STARTERS = Path(__file__).resolve().parents[2] / "demo" / "new-starters.csv"
POOL = "staff"


def show(ctx: Context) -> None:
    """The whole tour; what the operator's role may not do is said."""
    with st.container(border=True):
        st.header("This is a demo", anchor=False)
        st.markdown(
            "Brightwater, a made-up water and energy supplier, keeps two user pools: its staff, who sign "
            "in with usernames, and its customers, who sign in with e-mail addresses. Cognito is an "
            "emulator on this machine, so try anything: nothing leaves it, and everything is forgotten "
            "when the demo stops. Three things to try:"
        )
        three = st.grid(3, min_column_width=280, gap="medium")
        with three.cell():
            _invitation()
        with three.cell():
            _onboarding(ctx)
        with three.cell():
            _leaver(ctx)


def _invitation() -> None:
    st.markdown(
        "**1. Ann Lindqvist can’t sign in.** Her invitation ran out. Find her among the staff, see why, "
        "and send the invitation again."
    )
    _link("users", "Expired invitations", ":material/mail:", pool=POOL, status="expired")


def _onboarding(ctx: Context) -> None:
    st.markdown(
        "**2. New people start on Monday.** Take HR’s list of twelve and see, before anything is sent, who "
        "is new, who is there already, and which rows need a fix."
    )
    if STARTERS.exists():
        download("HR’s list", STARTERS.name, STARTERS.read_bytes, key="tour-starters")
    if ctx.may(Permission.BULK):
        _link("onboarding", "Onboarding", ":material/upload_file:", pool=POOL)
    else:
        st.markdown("Sign in as **max** for this: your role doesn’t do bulk work.")


def _leaver(ctx: Context) -> None:
    st.markdown(
        "**3. Toby Ashworth has left,** and is disabled, but still in three groups. Take him out of "
        "them, then look at what the log says about it."
    )
    _link("users", "Disabled people", ":material/person_off:", pool=POOL, account="disabled")
    if not ctx.may(Permission.USER_MEMBERSHIP):
        st.markdown("Sign in as **sam** for this: your role looks, and changes nothing.")


def _link(page: str, label: str, icon: str, **query: str) -> None:
    if page in PAGES:
        st.page_link(PAGES[page], label=label, icon=icon, query_params=query)
