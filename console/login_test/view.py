"""The parts of the Login test page, those that are there."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

from console.context import Context

WHY = "Why can’t they sign in?"
_PARTS = (
    ("Hosted page", "hosted"),
    ("Password, SRP, administrator", "api_flows"),
    (WHY, "explain"),
    ("Pool check-up", "checkup"),
    ("Check a token", "token_box"),
)


def parts() -> dict[str, Callable[[Context], None]]:
    """Title → what shows it. Each is imported when the page is first opened."""
    found = {}
    for title, name in _PARTS:
        module = f"console.login_test.{name}"
        if importlib.util.find_spec(module) is not None:
            found[title] = importlib.import_module(module).show
    return found
