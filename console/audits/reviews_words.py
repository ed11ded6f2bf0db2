"""What the parts of the Reviews tab share: the address, and words for states and numbers."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from services.store.campaigns import Campaign
from services.store.columns import utc_now
from services.words import counted

PARAMETER = "campaign"
NEW = "new"

Colour = Literal["green", "orange", "blue"]


def go_to(campaign: str) -> None:
    """Put another review, `NEW`, or "" for the list into the address. For callbacks."""
    if campaign:
        st.query_params[PARAMETER] = campaign
    else:
        st.query_params.pop(PARAMETER, None)


def state_of(campaign: Campaign) -> tuple[str, Colour]:
    """A review's state in a word, and the colour of its badge."""
    if not campaign.is_open:
        return "Signed off", "green"
    return ("Overdue", "orange") if campaign.is_overdue(utc_now()) else ("Open", "blue")


def memberships(count: int) -> str:
    """ "1 membership", "12 memberships"."""
    return counted(count, "membership")


def scope_of(campaign: Campaign) -> str:
    """What is reviewed, in a few words."""
    groups = ", ".join(campaign.scope.get("groups", ()))
    application = campaign.scope.get("application", "")
    return f"{application} ({groups})" if application else groups
