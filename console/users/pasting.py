"""A pasted list on the users page: who of it is in the pool becomes what the table shows."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from console.feedback import guarded
from console.users.more import Keys
from console.widgets.not_found import Missing, missing_of, show_missing
from console.widgets.words import md
from services.directory.identify import MOST_IN_SNAPSHOT, Resolution, look_up
from services.directory.lookup import TablesSource
from services.directory.pool import PoolTables
from services.words import plural

FOUND, SEVERAL = "found", "several"


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list came to: subs of those found, and of those among whom an entry can't choose."""

    found: tuple[str, ...]
    several: tuple[str, ...]
    ambiguous: int
    missing: tuple[Missing, ...]
    repeated: int
    complete: bool


def button(keys: Keys, tables: PoolTables) -> None:
    """Show the button with the box for a list behind it."""
    # another popover after each look-up: a new one is closed
    turn = st.session_state.get(keys.of("paste-turn"), 0)
    with st.popover("Paste a list", icon=":material/content_paste_search:", key=keys.of(f"paste{turn}")):
        with st.form(keys.of("paste-form"), border=False, enter_to_submit=False):
            pasted = st.text_area(
                "E-mail addresses, usernames, phone numbers or user IDs",
                height=160,
                placeholder="One per line, or with commas or semicolons between",
                key=keys.of("pasted"),
            )
            pressed = st.form_submit_button("Look them up", icon=":material/person_search:")
        st.markdown("Looking up changes nothing. The table then shows those who were found.")
        if pressed:
            with guarded():
                found = look_up(TablesSource(tables), pasted or "", most=MOST_IN_SNAPSHOT)
                st.session_state[_key(keys)] = listed(found) if found.entries else None
                st.session_state[keys.of("paste-turn")] = turn + 1
                st.rerun()


def listed(found: Resolution) -> Listed:
    """What is kept of a look-up: no names, and entries only where nobody was found."""
    several = dict.fromkeys(user.sub for entry in found.ambiguous for user in entry.users)
    return Listed(
        tuple(user.sub for user in found.people),
        tuple(several),
        len(found.ambiguous),
        missing_of(found.missing),
        found.repeated,
        found.complete,
    )


def banner(keys: Keys) -> tuple[str, ...] | None:
    """Show what the list came to; the subs that the table is to show, None without a list."""
    kept: Listed | None = st.session_state.get(_key(keys))
    if kept is None:
        return None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**From your list:** {_counts(kept)}", width="content")
            st.space("stretch")
            st.button(
                "Drop the list", icon=":material/close:", key=keys.of("drop"), on_click=_drop, args=(keys,)
            )
        if not kept.complete:
            st.warning(
                "Not everybody could be read, so somebody may be missing here.", icon=":material/warning:"
            )
        if kept.missing:
            with st.expander(f"Not found: {len(kept.missing):,}", icon=":material/person_off:"):
                show_missing(kept.missing)
        if not kept.several:
            return kept.found
        titles = {
            FOUND: f"The {len(kept.found):,} found",
            SEVERAL: f"The {len(kept.several):,} among whom to choose",
        }
        shown = st.segmented_control(
            "Show",
            list(titles),
            default=FOUND,
            required=True,
            format_func=lambda one: md(titles[one]),
            key=keys.of("list-part"),
            label_visibility="collapsed",
        )
    return kept.several if shown == SEVERAL else kept.found


def _counts(kept: Listed) -> str:
    parts = [f"{len(kept.found):,} found", f"{len(kept.missing):,} not found"]
    if kept.ambiguous:
        fits = plural(kept.ambiguous, "entry fits", "entries fit")
        parts.append(f"{kept.ambiguous:,} {fits} several people")
    if kept.repeated:
        parts.append(f"{kept.repeated:,} repeated")
    return " · ".join(parts)


def _drop(keys: Keys) -> None:
    st.session_state[_key(keys)] = None


def _key(keys: Keys) -> str:
    return keys.of("list")
