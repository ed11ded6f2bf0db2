"""Further filters of the users page, behind a button, and the marks that say which are in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from console.widgets.words import md
from services.cognito.attributes import title_of
from services.directory.search_query import Between, How, Query, Wanted

MOST_CONDITIONS = 6
HOW_TITLES = {
    How.CONTAINS: "contains",
    How.IS: "is exactly",
    How.EMPTY: "is empty",
    How.FILLED: "is not empty",
}
_WITH_VALUE = (How.CONTAINS, How.IS)


@dataclass(frozen=True, slots=True)
class Keys:
    """Session keys of the filter widgets, one set for each pool."""

    pool: str

    def of(self, name: str) -> str:
        """The key of one widget."""
        return f"users-{name}-{self.pool}"


def button(
    keys: Keys, query: Query, groups: Sequence[str], applications: Sequence[str], attributes: Sequence[str]
) -> Query:
    """Show the button with the further filters behind it; `query` with what they ask for."""
    active = len(_marks(keys))
    label = f"More filters ({active})" if active else "More filters"
    # what a saved search asks for is never dropped, even if the pool no longer has it
    with st.popover(label, icon=":material/tune:", key=keys.of("more")):
        _groups(keys, groups, with_asked(applications, _state(keys, "app")))
        _spans(keys)
        st.text_input(
            "E-mail domain",
            key=keys.of("domain"),
            placeholder="example.org",
            persist_state="session",
            autocomplete="off",
        )
        _conditions(keys, attributes)
    return _read(keys, query)


def marks(keys: Keys) -> None:
    """Show what the further filters ask for, each with a button that takes it away."""
    found = _marks(keys)
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for number, (text, rest) in enumerate(found):
            st.button(
                md(text),
                icon=":material/close:",
                key=keys.of(f"mark{number}"),
                help="Take this filter away",
                on_click=st.session_state.update,
                args=({keys.of(name): value for name, value in rest.items()},),
            )


def take(keys: Keys, query: Query) -> None:
    """Have the widgets here ask for this; before they are made, or in callbacks."""
    state = st.session_state
    state[keys.of("also")] = list(query.groups[1:])
    state[keys.of("without")] = list(query.without)
    state[keys.of("app")] = query.application
    for name, span in (("created", query.created), ("changed", query.changed)):
        state[keys.of(f"{name}-from")], state[keys.of(f"{name}-to")] = span.first, span.last
    state[keys.of("domain")] = query.domain
    state[keys.of("conditions")] = max(1, len(query.attributes))
    for number in range(MOST_CONDITIONS):
        wanted = query.attributes[number] if number < len(query.attributes) else None
        state[keys.of(f"attribute{number}")] = wanted.attribute if wanted else ""
        state[keys.of(f"how{number}")] = wanted.how if wanted else How.CONTAINS
        state[keys.of(f"value{number}")] = wanted.value if wanted else ""


def _groups(keys: Keys, groups: Sequence[str], applications: Sequence[str]) -> None:
    st.selectbox(
        "May sign in to",
        ["", *applications],
        key=keys.of("app"),
        format_func=lambda name: name or "Any application",
        persist_state="session",
    )
    for name, title in (("also", "In all of these groups"), ("without", "In none of these groups")):
        st.multiselect(
            title,
            with_asked(groups, *(_state(keys, name) or ())),
            key=keys.of(name),
            placeholder="Choose",
            persist_state="session",
        )


def _spans(keys: Keys) -> None:
    for name, title in (("created", "Created"), ("changed", "Last changed")):
        with st.container(horizontal=True):
            for side in ("from", "to"):
                st.date_input(
                    f"{title}, {side}",
                    None,
                    key=keys.of(f"{name}-{side}"),
                    format="YYYY-MM-DD",
                    width=170,
                    persist_state="session",
                )


def _conditions(keys: Keys, attributes: Sequence[str]) -> None:
    count = st.session_state.get(keys.of("conditions"), 1)
    for number in range(count):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                "Attribute",
                ["", *with_asked(attributes, _state(keys, f"attribute{number}"))],
                key=keys.of(f"attribute{number}"),
                format_func=lambda name: _title(name) if name else "Any",
                label_visibility="visible" if number == 0 else "collapsed",
                width=200,
                persist_state="session",
            )
            how = st.selectbox(
                "How",
                list(HOW_TITLES),
                key=keys.of(f"how{number}"),
                format_func=HOW_TITLES.__getitem__,
                label_visibility="collapsed",
                width=140,
                persist_state="session",
            )
            st.text_input(
                "Value",
                key=keys.of(f"value{number}"),
                label_visibility="collapsed",
                width=160,
                disabled=how not in _WITH_VALUE,
                persist_state="session",
                autocomplete="off",
            )
    if count < MOST_CONDITIONS:
        st.button(
            "Another attribute", icon=":material/add:", key=keys.of("condition"), on_click=_add, args=(keys,)
        )


def with_asked(options: Sequence[str], *asked: str | None) -> list[str]:
    """The options, and what is asked for although it isn't one of them."""
    return [*options, *(one for one in asked if one and one not in options)]


def _add(keys: Keys) -> None:
    name = keys.of("conditions")
    st.session_state[name] = min(MOST_CONDITIONS, st.session_state.get(name, 1) + 1)


def _read(keys: Keys, query: Query) -> Query:
    """`query` with what the widgets here say, shown or not."""
    return replace(
        query,
        groups=(*query.groups, *(_state(keys, "also") or ())),
        without=tuple(_state(keys, "without") or ()),
        application=_state(keys, "app") or "",
        created=_between(keys, "created"),
        changed=_between(keys, "changed"),
        attributes=tuple(_wanted(keys).values()),
        domain=_state(keys, "domain") or "",
    )


def _state(keys: Keys, name: str) -> Any:
    return st.session_state.get(keys.of(name))


def _between(keys: Keys, name: str) -> Between:
    return Between(_state(keys, f"{name}-from"), _state(keys, f"{name}-to"))


def _wanted(keys: Keys) -> dict[int, Wanted]:
    """The conditions on attributes that are filled in, by the number of their row."""
    found = {}
    for number in range(_state(keys, "conditions") or 1):
        attribute, value = _state(keys, f"attribute{number}"), _state(keys, f"value{number}") or ""
        how = How(_state(keys, f"how{number}") or How.CONTAINS)
        if attribute and (value or how not in _WITH_VALUE):
            found[number] = Wanted(attribute, how, value if how in _WITH_VALUE else "")
    return found


def _marks(keys: Keys) -> list[tuple[str, dict[str, Any]]]:
    """Each further condition in words, and what the widgets hold without it."""
    query = _read(keys, Query())
    found: list[tuple[str, dict[str, Any]]] = []
    if query.application:
        found.append((f"May sign in to {query.application}", {"app": ""}))
    for title, name, groups in (("In", "also", query.groups), ("Not in", "without", query.without)):
        found += [(f"{title} {one}", {name: [it for it in groups if it != one]}) for one in groups]
    for title, name, span in (
        ("Created", "created", query.created),
        ("Last changed", "changed", query.changed),
    ):
        if span:
            found.append((f"{title} {_span(span)}", {f"{name}-from": None, f"{name}-to": None}))
    if query.domain:
        found.append((f"E-mail ends with @{query.domain}", {"domain": ""}))
    for number, wanted in _wanted(keys).items():
        words = " ".join(filter(None, (_title(wanted.attribute), HOW_TITLES[wanted.how], wanted.value)))
        found.append((words, {f"attribute{number}": ""}))
    return found


def _span(span: Between) -> str:
    if span.first == span.last:
        return f"on {span.first}"
    since = f"from {span.first}" if span.first else ""
    until = f"until {span.last}" if span.last else ""
    return f"{since} {until}".strip()


def _title(name: str) -> str:
    title = title_of(name)
    return f"{title} ({name})" if ":" in name else title
