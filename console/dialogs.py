"""Dialogs that stay open until their work is done, one at a time.

Streamlit forgets a dialog whenever the whole page runs again. So what is open stands in the
session: a button's callback opens it, the page draws it in every run while it is open, and
whatever closes it takes it away. Widgets in it get keys that end with `Opened.id`, so that a dialog
opened again starts empty; every dialog has at least one such widget.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st

from console import context
from console.once import Once
from console.widgets.words import md
from services.errors import ConsoleError

_KEY = "_console_dialog"


@dataclass
class Opened:
    """An open dialog: its `name`, what it is about, and what has come of it so far."""

    name: str
    subject: Any = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    once: Once[Any] = field(default_factory=Once)
    problems: list[str] = field(default_factory=list)
    error: ConsoleError | None = None
    drawn: bool = False

    def key(self, part: str) -> str:
        """The key for a widget of this dialog."""
        return f"{self.name}-{part}-{self.id}"

    def value(self, part: str, default: Any = "") -> Any:
        """What was entered into the widget `part`."""
        return st.session_state.get(self.key(part), default)

    def try_out(self, action: Callable[[], Any]) -> None:
        """Run `action`, which changes nothing and may be repeated; what it raises is kept as `error`."""
        self.error = None
        try:
            action()
        except ConsoleError as error:
            self.error = error

    def attempt(self, action: Callable[[], Any]) -> None:
        """Run `action` once (see `Once.run`); what it raises is kept as `error`."""
        self.error = None
        try:
            self.once.run(action)
        except ConsoleError as error:
            self.error = error


def open_dialog(name: str, subject: Any = None) -> None:
    """Open a dialog with the next run; for callbacks. It takes the place of one that is open."""
    st.session_state[_KEY] = Opened(name, subject)


def opened(name: str) -> Opened | None:
    """The dialog of this name if it is open."""
    found = st.session_state.get(_KEY)
    if not isinstance(found, Opened) or found.name != name:
        return None
    if found.drawn and not any(str(key).endswith(found.id) for key in st.session_state):
        # Streamlit drops widgets when another page is shown: somebody went away and came back. What
        # is shown only once (a password) must not be there again.
        close_dialog()
        return None
    return found


def close_dialog() -> None:
    """Close whatever dialog is open."""
    st.session_state.pop(_KEY, None)


def show_dialog(
    title: str,
    body: Callable[[], None],
    *,
    width: Literal["small", "medium", "large"] = "medium",
    dismissible: bool = True,
) -> None:
    """Draw a dialog. `title` is plain text; `body` fills it, and runs only for a live session."""

    @st.dialog(md(title), width=width, dismissible=dismissible, on_dismiss=close_dialog)
    def draw() -> None:
        context.require_live()
        body()
        shown = st.session_state.get(_KEY)
        if isinstance(shown, Opened):
            shown.drawn = True

    draw()


def who(name: str, label: str) -> None:
    """Say whom a dialog is about. As plain text: in Markdown an address would become a link."""
    st.text(f"{name} · {label}" if name and name != label else label)
