"""Words and colours of findings."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from services.audits.rule import Result, Severity, State

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

COLOURS: dict[Severity, Colour] = {
    Severity.HIGH: "red",
    Severity.MEDIUM: "orange",
    Severity.LOW: "blue",
    Severity.INFO: "gray",
}
NAMES = {
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "To know",
}


def badge(result: Result) -> None:
    """How grave the finding is, or why there is no answer, in words."""
    match result.state:
        case State.FOUND:
            severity = result.rule.severity
            st.badge(NAMES[severity], color=COLOURS[severity])
            if result.rule.own:
                st.badge("Own question", icon=":material/contact_support:", color="violet")
        case State.CLEAN:
            st.badge("Nothing found", icon=":material/check:", color="green")
        case State.INCOMPLETE:
            st.badge("Could not be evaluated", icon=":material/warning:", color="orange")
        case _:
            st.badge("Not answered", icon=":material/help:", color="gray")
