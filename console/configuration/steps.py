"""The steps of a connection test, live or as they were saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from console.widgets.words import md


class Step(Protocol):
    """What a live step and a saved one have in common."""

    @property
    def title(self) -> str: ...
    @property
    def passed(self) -> bool | None: ...
    @property
    def sentence(self) -> str: ...
    @property
    def next_step(self) -> str: ...


_SIGNS = {
    True: ":green[:material/check_circle:] passed",
    False: ":red[:material/cancel:] failed",
    None: ":gray[:material/help:] not known",
}


def show_step(step: Step) -> None:
    """One line: what was tried, how it went, and what to do about it."""
    text = f"{_SIGNS[step.passed]}: **{md(step.title)}**"
    if step.sentence:
        text += f"  \n{md(step.sentence)}"
    if step.next_step:
        text += f"  \n{'' if step.passed else '**What to do:** '}{md(step.next_step)}"
    st.markdown(text)


def passed(steps: Sequence[Step]) -> bool:
    """True when something passed and nothing failed (a step may not be known: STS out of reach)."""
    outcomes = {step.passed for step in steps}
    return True in outcomes and False not in outcomes
