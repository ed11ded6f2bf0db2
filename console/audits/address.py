"""Which rule or question is open stands in the address, so that a link can be sent to a colleague."""

from __future__ import annotations

import streamlit as st

RULE = "rule"
QUESTION = "ask"


def opened_rule() -> str:
    """The id of the rule that is open, or ""."""
    return st.query_params.get(RULE, "")


def open_rule(rule_id: str) -> None:
    """Show what a rule found; for callbacks."""
    st.query_params[RULE] = rule_id


def close_rule() -> None:
    """Back to all rules; for callbacks."""
    if RULE in st.query_params:
        del st.query_params[RULE]
