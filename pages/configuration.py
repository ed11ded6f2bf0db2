"""Configuration: how AWS is reached, which pools and applications there are, keys and backup."""

from __future__ import annotations

import streamlit as st

from console.configuration import applications, backup, connections, policy, pools
from console.page import open_page
from services.roles import Permission

TABS = {
    "Connections": connections.show,
    "Pools": pools.show,
    "Applications": applications.show,
    "Encryption and backup": backup.show,
    "IAM policy": policy.show,
}

ctx = open_page(
    "Configuration",
    "How this console reaches AWS, which user pools it works on, and which applications people sign in to.",
    permission=Permission.CONFIGURE,
    needs_pool=False,
)
for tab, show in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
    with tab:
        if tab.open:
            show(ctx)
