"""The parts of the Login test page."""

from __future__ import annotations

from collections.abc import Callable

from console.context import Context
from console.login_test import api_flows, checkup, explain, hosted, token_box

PARTS: dict[str, Callable[[Context], None]] = {
    "Hosted page": hosted.show,
    "Password, SRP, administrator": api_flows.show,
    explain.WHY: explain.show,
    "Pool check-up": checkup.show,
    "Check a token": token_box.show,
}
"""Title → what shows it."""
