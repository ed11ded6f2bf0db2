"""The box for a password, passphrase or secret outside a form."""

from __future__ import annotations

from typing import Any

import streamlit as st


def secret_box(label: str, *, autocomplete: str, key: str, **more: Any) -> str:
    """What was typed, hidden until its eye is pressed; "" for nothing. `more` goes to `st.text_input`.

    Streamlit sends a box when the keyboard leaves it, but not when it leaves for the eye, where Tab
    leads to, nor from there: `live` sends it while it is typed. In a form everything is sent at once.
    """
    typed = st.text_input(label, type="password", autocomplete=autocomplete, live=True, key=key, **more)
    return typed or ""
