"""The cursor in the first field of a dialog as soon as it opens, which Streamlit leaves to a press of Tab.

A script of a page may only come from the console's own address (the Content-Security-Policy), so it is a
file that Streamlit serves, not text in the page.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.runtime import Runtime

NAME = "console.focus"
_SCRIPT = "focus.js"


def first_field(key: str) -> str | None:
    """Put the cursor into the first field of the open dialog, once for each `key`.

    Returns what stands in the field if Enter was just pressed there, else None.
    """
    if not Runtime.exists():
        return None  # no browser looks on: a test runs the page by itself
    manager = get_bidi_component_manager()
    if manager.get(NAME) is None:
        package, _, name = NAME.rpartition(".")
        manifest = ComponentManifest(package, "1", [ComponentConfig(name, "assets")])
        manager.register_from_manifest(manifest, Path(__file__).parents[1])
    focus = st.components.v2.component(NAME, js=_SCRIPT)
    return focus(key=key, height=0, on_entered_change=lambda: None).get("entered")
