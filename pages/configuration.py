"""Configuration: how AWS is reached, which pools and applications there are, keys and backup."""

from __future__ import annotations

import streamlit as st

from console.configuration import application_list, backup, connection_list, policy, pool_list
from console.page import open_page
from services.roles import Permission

TABS = {
    "Connections": connection_list.show,
    "Pools": pool_list.show,
    "Applications": application_list.show,
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
