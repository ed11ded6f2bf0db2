"""Checks and claims of a token, and sentences about links, as compact lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
import streamlit as st

from console.login_test.chain import SIGNS
from console.widgets.table import show_table
from console.widgets.words import md
from services.login.chain import Link, LinkState
from services.login.token_text import ClaimLine


def show_checks(links: Iterable[Link]) -> None:
    """One line per check: sign, name, state, reason; a broken one says what to do."""
    lines = []
    for link in links:
        line = f"{SIGNS[link.state]} **{md(link.title)}**: {link.state}. {md(link.sentence)}"
        if link.fix and link.state in (LinkState.FAILED, LinkState.DOUBTFUL):
            line += f" *What to do:* {md(link.fix)}"
        lines.append(line)
    st.markdown("  \n".join(lines))


def show_claims(claims: Sequence[ClaimLine]) -> None:
    """What the token says, with times in words."""
    if not claims:
        return
    show_table(
        pd.DataFrame(
            {
                "Claim": [one.name for one in claims],
                "Value": [one.value for one in claims],
                "What it is": [one.meaning for one in claims],
            }
        ),
        "What the token says",
        columns={
            "Claim": st.column_config.TextColumn(width=170),
            "Value": st.column_config.TextColumn(width="large"),
            "What it is": st.column_config.TextColumn(width="medium"),
        },
    )
