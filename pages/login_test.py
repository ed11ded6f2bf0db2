"""Login test: try it as the user would, check every token, and see why someone can't sign in."""

from __future__ import annotations

import streamlit as st

from console.feedback import guarded
from console.login_test.view import PARTS
from console.page import open_page
from services.roles import Permission

ctx = open_page(
    "Login test",
    "Sign in as a user would, and see the link of the chain that breaks.",
    permission=Permission.LOGIN_TEST,
)
for tab, show in zip(st.tabs(list(PARTS), key="tab", bind="query-params"), PARTS.values(), strict=True):
    with tab:
        if tab.open:
            with guarded():
                show(ctx)
