"""A part of the user page that is read only when it is asked for, and says before what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import streamlit as st

from console.context import Context
from console.feedback import show_error
from console.widgets.person_actions import newest_change
from console.widgets.words import md
from services.cognito.models import User
from services.errors import ConsoleError, NotAvailable
from services.words import ago

T = TypeVar("T")

FREE = "One question to AWS; it bills nobody."


@dataclass(frozen=True)
class Section(Generic[T]):
    """One such part: `read` asks for it, `show` draws what came.

    `about` says what is there, `cost` what asking costs; `lacking` says, in a sentence, why nothing can
    be asked, "" where it can.
    """

    name: str
    title: str
    about: str
    read: Callable[[], T]
    show: Callable[[T], object]
    cost: str = FREE
    lacking: str = ""


@dataclass(frozen=True)
class Asked(Generic[T]):
    """What came back for a section: its value, or the sentence that says what is missing for it."""

    at: datetime
    change: str
    value: T | None = None
    lacking: str = ""


def show_section(ctx: Context, user: User, section: Section[T]) -> None:
    """Draw the section: the button that asks, or what came, read again after a change made here."""
    key = f"user-{section.name}"
    with st.container(border=True, key=f"{key}-section"):
        st.markdown(f"**{section.title}**")
        if section.lacking:
            st.markdown(md(section.lacking))
            return
        kept = f"{key}-{user.sub}"
        if kept not in st.session_state:
            st.markdown(md(f"{section.about} {section.cost}"))
            st.button("Show", icon=":material/visibility:", key=f"{key}-show", on_click=_ask, args=(kept,))
            return
        asked = _answer(ctx, user, section, kept)
        if asked is None:
            return
        if asked.lacking:
            st.markdown(md(asked.lacking))
        else:
            section.show(asked.value)  # type: ignore[arg-type]  # there is one where nothing is lacking
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Look again",
                icon=":material/refresh:",
                type="tertiary",
                key=f"{key}-again",
                help=section.cost,
                on_click=_ask,
                args=(kept,),
            )
            st.markdown(f"Looked at {md(ago(asked.at))}")


def came_of(name: str, user: User) -> Any:
    """What came when the section `name` was asked for this person; None while it wasn't."""
    found = st.session_state.get(f"user-{name}-{user.sub}")
    return found.value if isinstance(found, Asked) else None


def _ask(kept: str) -> None:
    st.session_state[kept] = None


def _answer(ctx: Context, user: User, section: Section[T], kept: str) -> Asked[T] | None:
    """What came, asked anew when something was done to the person since; None when it failed."""
    change = newest_change(ctx, user.sub)
    found: Any = st.session_state[kept]
    if isinstance(found, Asked) and found.change == change:
        return found
    try:
        with st.spinner("Asking…", show_time=True):
            asked = Asked(datetime.now(UTC), change, section.read())
    except NotAvailable as error:
        asked = Asked(datetime.now(UTC), change, lacking=f"{error.message} {error.next_step}".strip())
    except ConsoleError as error:
        del st.session_state[kept]
        show_error(error)
        return None
    st.session_state[kept] = asked
    return asked
