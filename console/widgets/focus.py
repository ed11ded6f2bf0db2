"""What Streamlit leaves to be done: dialogs, where the keyboard goes on, the open tab."""

from __future__ import annotations

from streamlit.runtime import Runtime

from console.widgets.component import component


def escape_cancels(key: str) -> None:
    """The Escape key presses Cancel in the open dialog, unless it closes a list of choices first."""
    if Runtime.exists():
        component("escape", script="escape.js")(key=key, height=0)


def first_field(key: str) -> str | None:
    """Put the cursor into the first field of the open dialog, once for each `key`.

    Returns what stands in the field if Enter was just pressed there, else None.
    """
    if not Runtime.exists():
        return None  # no browser looks on: a test runs the page by itself
    focus = component("focus", script="focus.js")
    entered: str | None = focus(key=key, height=0, on_entered_change=lambda: None).get("entered")
    return entered


def go_on_at(name: str, turn: int, *places: str, general: bool = False) -> None:
    """Give the keyboard to the first of `places` (CSS selectors) that is there, once for each new `turn`.

    What was pressed has often gone, or is switched off, when its work is done, and the keyboard would begin
    at the top of the page again. Nothing happens in turn 0, nor when somebody has gone on meanwhile.
    What is `general` gives way to what has a place of its own.
    """
    if Runtime.exists():
        given = {"name": name, "turn": turn, "places": list(places), "general": general}
        component("return", script="return.js")(key=f"go-on-{name}", data=given, height=0)


def open_tab_in_sight() -> None:
    """Scroll to the tab that is open, once when the page is there. Call it last, so that it takes no line."""
    if Runtime.exists():
        component("tab", script="tab.js")(key="tab-in-sight", height=0)
