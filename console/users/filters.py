"""The search box and the filters of the users page, for a pool that is loaded whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from console.text import md
from console.users import address
from services.directory.filtering import STATE_TITLES, Criteria, Order, State
from services.directory.people import People

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
IN_ADDRESS = ("status", "group", "ungrouped", "account", "sort")


@dataclass(frozen=True, slots=True)
class Keys:
    """Session keys of the filter widgets, one set for each pool."""

    pool: str

    def of(self, name: str) -> str:
        """The key of one widget."""
        return f"users-{name}-{self.pool}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for."""

    criteria: Criteria
    order: Order


def filter_row(keys: Keys, people: People) -> Choice:
    """Show the search box and the filters but for the states, and return what is chosen."""
    address.follow(IN_ADDRESS, lambda values: _apply(keys, values))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            "Search",
            key=keys.of("search"),
            type="search",
            placeholder="Name, e-mail, group, anything …",
            label_visibility="collapsed",
            live="400ms",
            width=350,
            persist_state="session",
        )
        group = st.selectbox(
            "Group",
            [
                ANY,
                NONE,
                *(f"in:{one.name}" for one in sorted(people.groups, key=lambda one: one.name.casefold())),
            ],
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
    return Choice(
        Criteria(
            query=query or "",
            states=frozenset(st.session_state.get(keys.of("status")) or ()),
            enabled=None if not account else account == "enabled",
            group=group.removeprefix("in:") if group.startswith("in:") else "",
            ungrouped=group == NONE,
        ),
        order or Order.NAME,
    )


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


def remember(choice: Choice) -> None:
    """Put the filters into the address."""
    criteria = choice.criteria
    account = {None: [], True: ["enabled"], False: ["disabled"]}[criteria.enabled]
    address.write(
        {
            "status": sorted(criteria.states),
            "group": [criteria.group] if criteria.group else [],
            "ungrouped": ["1"] if criteria.ungrouped else [],
            "account": account,
            "sort": [] if choice.order is Order.NAME else [str(choice.order)],
        }
    )


def clear(keys: Keys) -> None:
    """Ask for nothing any more; for callbacks."""
    st.session_state[keys.of("search")] = ""
    st.session_state[keys.of("group")] = ANY
    st.session_state[keys.of("account")] = ""
    st.session_state[keys.of("status")] = []


def _apply(keys: Keys, values: address.Values) -> None:
    """Take the filters from the address; what doesn't exist is left out."""

    def first(name: str) -> str:
        return next(iter(values.get(name, [])), "")

    group, sort = first("group"), first("sort")
    states = [State(name) for name in values.get("status", []) if name in set(State)]
    st.session_state[keys.of("status")] = states
    st.session_state[keys.of("group")] = NONE if first("ungrouped") else f"in:{group}" if group else ANY
    st.session_state[keys.of("account")] = first("account") if first("account") in ACCOUNTS else ""
    st.session_state[keys.of("sort")] = Order(sort) if sort in set(Order) else Order.NAME


def _group_options(people: People) -> list[str]:
    names = sorted((group.name for group in people.groups), key=str.casefold)
    return [ANY, NONE, *(f"in:{name}" for name in names)]


def _group_title(option: str) -> str:
    return {ANY: "Any group", NONE: "In no group"}.get(option) or option.removeprefix("in:")
