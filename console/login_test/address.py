"""Where this console is reached, and so where login pages must send people back to."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from console.web.process import PROCESS
from services.store.applications import CALLBACK_PATH


def base_url() -> str:
    """The public address set by whoever runs the console, else the one in this browser's address bar."""
    if PROCESS.settings.public_url:
        return PROCESS.settings.public_url
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "http://localhost:8501"


def callback_url() -> str:
    """The exact address that an app client must list for the whole test."""
    return base_url() + CALLBACK_PATH
