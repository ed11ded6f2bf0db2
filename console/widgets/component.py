"""The console's own components: scripts and styles among its assets, which the browser is given when it asks.

A script of a page may only come from the console's own address (the Content-Security-Policy), so it is a
file that Streamlit serves, not text in the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

_MADE: WeakKeyDictionary[BidiComponentManager, dict[str, Any]] = WeakKeyDictionary()
"""Those made for a server (a test has many): making one takes as long as drawing a small table."""


def component(name: str, *, script: str, style: str | None = None, isolated: bool = True) -> Any:
    """The component `name` of a `script` and a `style` in console/assets; call it to mount it.

    `isolated`: the page's styles don't reach into it, nor its own out of it.
    """
    manager = get_bidi_component_manager()
    made = _MADE.setdefault(manager, {})
    if name not in made:
        manifest = ComponentManifest("console", "1", [ComponentConfig(name, "assets")])
        manager.register_from_manifest(manifest, Path(__file__).parents[1])
        made[name] = st.components.v2.component(
            f"console.{name}", js=script, css=style, isolate_styles=isolated
        )
    return made[name]
