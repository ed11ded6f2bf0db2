"""A download button whose file is made when it is pressed, by a session that is still live."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console import context
from services.roles import Permission


def download(
    label: str,
    filename: str,
    build: Callable[[], bytes],
    *,
    key: str | None = None,
    mime: str = "text/csv",
    help: str | None = None,
    icon: str | None = ":material/download:",
    disabled: bool = False,
    permission: Permission = Permission.EXPORT,
) -> None:
    """Show a download button. `build` returns the file and runs only when someone presses it.

    Streamlit calls `build` outside the page's script, so the session and its operator's
    `permission` are checked again just before; without them nothing is built or sent. `build` must
    not call Streamlit.
    """
    who = context.current().who

    def checked() -> bytes:
        who().require(permission)
        return build()

    st.download_button(
        label, checked, filename, mime, key=key, help=help, icon=icon, disabled=disabled, on_click="ignore"
    )
