"""Configuration: how AWS is reached, which pools and applications there are, keys and backup."""

from __future__ import annotations

import streamlit as st

from console.configuration.applications import show_applications
from console.configuration.backup import show_backup
from console.configuration.connections import show_connections
from console.configuration.notes import show_notes
from console.configuration.notices import show_notices
from console.configuration.policy import show_policy
from console.configuration.pools import show_pools
from console.configuration.providers import show_providers
from console.configuration.retention import show_retention
from console.configuration.reviews import show_sign_off
from console.configuration.sign_in import show_sign_in_providers
from console.page import open_page
from console.widgets.focus import open_tab_in_sight
from services.roles import Permission

TABS = {
    "Connections": show_connections,
    "Pools": show_pools,
    "Applications": show_applications,
    "Identity providers": show_providers,
    "Notes on actions": show_notes,
    "Reviews": show_sign_off,
    "Sign-in": show_sign_in_providers,
    "Notices": show_notices,
    "Retention": show_retention,
    "Encryption and backup": show_backup,
    "IAM policy": show_policy,
}

OF_A_POOL = ("Applications", "Identity providers")
"""Tabs that show what one pool has; the others have no use for the switch."""

# the tabs first, though they stand below: which is open decides what stands on top
top = st.container()
tabs = dict(zip(TABS, st.tabs(list(TABS), key="tab", bind="query-params"), strict=True))
with top:
    ctx = open_page(
        "Configuration",
        "How this console reaches AWS, which user pools it works on, and which applications people sign in "
        "to.",
        permission=Permission.CONFIGURE,
        needs_pool=False,
        about_a_pool=any(tabs[name].open for name in OF_A_POOL),
    )
for name, show in TABS.items():
    with (tab := tabs[name]):
        if tab.open:
            show(ctx)
open_tab_in_sight()
