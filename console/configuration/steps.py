"""The steps of a connection test, live or as they were saved."""

from __future__ import annotations

from typing import Protocol

import streamlit as st

from console.text import md


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
    None: ":gray[:material/do_not_disturb_on:] not reached",
}


def show_step(step: Step) -> None:
    """One line: what was tried, how it went, and what to do about it."""
    text = f"{_SIGNS[step.passed]}: **{md(step.title)}**"
    if step.sentence:
        text += f"  \n{md(step.sentence)}"
    if step.next_step and step.passed is not True:
        text += f"  \n**What to do:** {md(step.next_step)}"
    st.markdown(text)
