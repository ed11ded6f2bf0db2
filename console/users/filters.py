"""The search box and the filters of the users page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from console.users import address, more
from console.users.more import Keys
from console.widgets.words import md
from services.directory.filtering import STATE_TITLES, Order, State
from services.directory.search_query import Between, Query

ANY, NONE = "any", "none"  # of the group filter; Cognito's group names hold no spaces and stand behind "in:"
ACCOUNTS = {"": "Enabled or disabled", "enabled": "Enabled", "disabled": "Disabled"}
ORDER_TITLES = {
    Order.NAME: "By name",
    Order.SIGN_IN: "By e-mail or username",
    Order.STATUS: "By status",
    Order.NEWEST: "Newest first",
    Order.OLDEST: "Oldest first",
    Order.CHANGED: "Last changed first",
}
IN_ADDRESS = (
    "status",
    "group",
    "also",
    "without",
    "ungrouped",
    "account",
    "app",
    "created",
    "changed",
    "sort",
)
"""What says nothing about single people. Words, attributes and domains never stand in the address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for."""

    query: Query
    order: Order


def filter_row(keys: Keys, groups: Sequence[str]) -> Choice:
    """Show the search box and the filters always there, in a row of the caller's.

    The answer lacks what `more` holds.
    """
    words = st.text_input(
        "Search",
        key=keys.of("search"),
        type="search",
        placeholder="Name, e-mail, group, anything …",
        label_visibility="collapsed",
        live="400ms",
        width=300,
        persist_state="session",
    )
    group = st.selectbox(
        "Group",
        [ANY, NONE, *more.with_asked([f"in:{name}" for name in groups], _asked_group(keys))],
        key=keys.of("group"),
        format_func=_group_title,
        label_visibility="collapsed",
        width=170,
        persist_state="session",
    )
    account = st.selectbox(
        "Enabled or disabled",
        list(ACCOUNTS),
        key=keys.of("account"),
        format_func=ACCOUNTS.__getitem__,
        label_visibility="collapsed",
        width=180,
        persist_state="session",
    )
    order = st.selectbox(
        "Order",
        list(Order),
        key=keys.of("sort"),
        format_func=ORDER_TITLES.__getitem__,
        label_visibility="collapsed",
        width=185,
        persist_state="session",
    )
    query = Query(
        words=words or "",
        states=frozenset(st.session_state.get(keys.of("status")) or ()),
        enabled=None if not account else account == "enabled",
        groups=(group.removeprefix("in:"),) if group.startswith("in:") else (),
        ungrouped=group == NONE,
    )
    return Choice(query, order or Order.NAME)


def state_row(keys: Keys, by_state: Mapping[State, int], wanted: frozenset[State]) -> None:
    """Show how many people are in each state; a click shows only those."""
    states = [state for state in State if by_state.get(state) or state in wanted]
    if not states:
        return
    st.pills(
        "Status",
        states,
        selection_mode="multi",
        key=keys.of("status"),
        format_func=lambda state: f"{STATE_TITLES[state]} {md(f'{by_state.get(state, 0):,}')}",
        label_visibility="collapsed",
        persist_state="session",
    )


def remember(choice: Choice, search_id: str = "") -> None:
    """Put the filters into the address, or the saved search that says all of them."""
    values: dict[str, list[str]] = {name: [] for name in (*IN_ADDRESS, "search")}
    if search_id:
        address.write(values | {"search": [search_id]})
        return
    query = choice.query
    address.write(
        values
        | {
            "status": sorted(query.states),
            "group": list(query.groups[:1]),
            "also": list(query.groups[1:]),
            "without": list(query.without),
            "ungrouped": ["1"] if query.ungrouped else [],
            "account": {None: [], True: ["enabled"], False: ["disabled"]}[query.enabled],
            "app": [query.application] if query.application else [],
            "created": [str(query.created)] if query.created else [],
            "changed": [str(query.changed)] if query.changed else [],
            "sort": [] if choice.order is Order.NAME else [str(choice.order)],
        }
    )


def take(keys: Keys, query: Query, order: Order) -> None:
    """Have the widgets ask for this; before they are made, or in callbacks."""
    st.session_state[keys.of("search")] = query.words
    first = query.groups[:1]
    st.session_state[keys.of("group")] = NONE if query.ungrouped else f"in:{first[0]}" if first else ANY
    account = {None: "", True: "enabled", False: "disabled"}[query.enabled]
    st.session_state[keys.of("account")] = account
    st.session_state[keys.of("status")] = [state for state in State if state in query.states]
    st.session_state[keys.of("sort")] = order
    more.take(keys, query)


def clear(keys: Keys) -> None:
    """Ask for nothing any more; for callbacks."""
    order = st.session_state.get(keys.of("sort"), Order.NAME)
    take(keys, Query(), order)


def from_address(values: address.Values) -> Choice:
    """The filters that stand in the address; what makes no sense is left out."""

    def first(name: str) -> str:
        return next(iter(values.get(name, [])), "")

    sort, account, groups = first("sort"), first("account"), values.get("group", [])[:1]
    query = Query(
        states=frozenset(State(name) for name in values.get("status", []) if name in set(State)),
        enabled={"enabled": True, "disabled": False}.get(account),
        groups=(*groups, *values.get("also", [])) if groups else (),
        without=tuple(values.get("without", [])),
        ungrouped=bool(first("ungrouped")),
        application=first("app"),
        created=_days(first("created")),
        changed=_days(first("changed")),
    )
    return Choice(query, Order(sort) if sort in set(Order) else Order.NAME)


def _days(text: str) -> Between:
    first, dots, last = text.partition("..")
    days: list[date | None] = []
    for one in (first, last if dots else first):
        try:
            days.append(date.fromisoformat(one) if one else None)
        except ValueError:
            return Between()
    return Between(*days)


def known(choice: Choice, groups: Iterable[str], applications: Iterable[str]) -> Choice:
    """The choice without groups and applications that aren't there."""
    there, query = set(groups), choice.query
    kept = Query(
        words=query.words,
        states=query.states,
        enabled=query.enabled,
        groups=tuple(one for one in query.groups if one in there),
        without=tuple(one for one in query.without if one in there),
        ungrouped=query.ungrouped,
        application=query.application if query.application in set(applications) else "",
        created=query.created,
        changed=query.changed,
        attributes=query.attributes,
        domain=query.domain,
    )
    return Choice(kept, choice.order)


def _asked_group(keys: Keys) -> str:
    """The group asked for, which a saved search may name although it is gone."""
    asked = str(st.session_state.get(keys.of("group")) or "")
    return asked if asked.startswith("in:") else ""


def _group_title(option: str) -> str:
    return {ANY: "Any group", NONE: "In no group"}.get(option) or option.removeprefix("in:")
