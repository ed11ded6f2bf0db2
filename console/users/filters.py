"""What is searched for on the users page: the box, the filters, the chips, and all of it in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from console.widgets.address import FIND, Values, opened_words, sealed_words, write_address
from console.widgets.words import md
from services.cognito.attributes import title_of
from services.directory.filtering import STATE_TITLES
from services.directory.people_order import PeopleOrder
from services.directory.person_state import PersonState
from services.directory.search_query import AttributeCondition, AttributeTest, DayRange, Query, parse
from services.store.store import Store
from services.words import calendar_day

ANY, NONE = "any", "none"  # of the group filter; Cognito's group names hold no spaces and stand behind "in:"
ACCOUNTS = {"": "Enabled or disabled", "enabled": "Enabled", "disabled": "Disabled"}
ORDER_TITLES = {
    PeopleOrder.NAME: "By name",
    PeopleOrder.SIGN_IN: "By e-mail or username",
    PeopleOrder.STATUS: "By status",
    PeopleOrder.NEWEST: "Newest first",
    PeopleOrder.OLDEST: "Oldest first",
    PeopleOrder.CHANGED: "Last changed first",
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
"""What says nothing about single people; words, attributes and domains stand beside it, sealed."""

USERS = "users"
"""The page whose address this is."""


@dataclass(frozen=True, slots=True)
class ChosenFilters:
    """The filters that are chosen on the users page."""

    query: Query
    order: PeopleOrder


def filter_row(keys: FilterKeys, groups: Sequence[str]) -> ChosenFilters:
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
    group = _group_box(keys, groups)
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
        list(PeopleOrder),
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
    return ChosenFilters(query, order or PeopleOrder.NAME)


def _group_box(keys: FilterKeys, groups: Sequence[str]) -> str:
    return st.selectbox(
        "Group",
        [ANY, NONE, *with_asked([f"in:{name}" for name in groups], _asked_group(keys))],
        key=keys.of("group"),
        format_func=_group_title,
        label_visibility="collapsed",
        width=170,
        persist_state="session",
    )


def state_row(keys: FilterKeys, by_state: Mapping[PersonState, int], wanted: frozenset[PersonState]) -> None:
    """Show how many people are in each state; a click shows only those."""
    states = [state for state in PersonState if by_state.get(state) or state in wanted]
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


def remember(store: Store, choice: ChosenFilters, search_id: str = "") -> None:
    """Put the filters into the address, or the saved search that says all of them."""
    values: dict[str, list[str]] = {name: [] for name in (*IN_ADDRESS, "search", FIND)}
    query = choice.query
    found = sealed_words(store, USERS, _personal(query))
    if search_id:
        write_address(USERS, values | {"search": [search_id]})
        return
    write_address(
        USERS,
        values
        | {
            FIND: found,
            "status": sorted(query.states),
            "group": list(query.groups[:1]),
            "also": list(query.groups[1:]),
            "without": list(query.without),
            "ungrouped": ["1"] if query.ungrouped else [],
            "account": {None: [], True: ["enabled"], False: ["disabled"]}[query.enabled],
            "app": [query.application] if query.application else [],
            "created": [str(query.created)] if query.created else [],
            "changed": [str(query.changed)] if query.changed else [],
            "sort": [] if choice.order is PeopleOrder.NAME else [str(choice.order)],
        },
    )


def _personal(query: Query) -> str:
    """What may name people, as a line."""
    return str(Query(words=query.words, attributes=query.attributes, domain=query.domain))


def typed(keys: FilterKeys) -> str:
    """The same of what is in the widgets now."""
    words, domain = _state(keys, "search") or "", _state(keys, "domain") or ""
    return _personal(Query(words=words, attributes=tuple(_wanted(keys).values()), domain=domain))


def take(keys: FilterKeys, query: Query, order: PeopleOrder) -> None:
    """Have the widgets ask for this; before they are made, or in callbacks."""
    st.session_state[keys.of("search")] = query.words
    first = query.groups[:1]
    st.session_state[keys.of("group")] = NONE if query.ungrouped else f"in:{first[0]}" if first else ANY
    account = {None: "", True: "enabled", False: "disabled"}[query.enabled]
    st.session_state[keys.of("account")] = account
    st.session_state[keys.of("status")] = [state for state in PersonState if state in query.states]
    st.session_state[keys.of("sort")] = order
    take_more(keys, query)


def clear_filters(keys: FilterKeys) -> None:
    """Clear all filters; for callbacks."""
    order = st.session_state.get(keys.of("sort"), PeopleOrder.NAME)
    take(keys, Query(), order)


def from_address(store: Store, values: Values) -> ChosenFilters:
    """The filters that stand in the address; what makes no sense is left out."""
    personal = parse(opened_words(store, USERS, values))

    def first(name: str) -> str:
        return next(iter(values.get(name, [])), "")

    sort, account, groups = first("sort"), first("account"), values.get("group", [])[:1]
    query = Query(
        states=frozenset(PersonState(name) for name in values.get("status", []) if name in set(PersonState)),
        enabled={"enabled": True, "disabled": False}.get(account),
        groups=(*groups, *values.get("also", ())) if groups else (),
        without=tuple(values.get("without", [])),
        ungrouped=bool(first("ungrouped")),
        application=first("app"),
        created=_days(first("created")),
        changed=_days(first("changed")),
        words=personal.words,
        attributes=personal.attributes,
        domain=personal.domain,
    )
    return ChosenFilters(query, PeopleOrder(sort) if sort in set(PeopleOrder) else PeopleOrder.NAME)


def _days(text: str) -> DayRange:
    first, dots, last = text.partition("..")
    days: list[date | None] = []
    for day in (first, last if dots else first):
        try:
            days.append(date.fromisoformat(day) if day else None)
        except ValueError:
            return DayRange()
    return DayRange(*days)


def only_known(choice: ChosenFilters, groups: Iterable[str], applications: Iterable[str]) -> ChosenFilters:
    """The choice without groups and applications that aren't there."""
    there, query = set(groups), choice.query
    kept = Query(
        words=query.words,
        states=query.states,
        enabled=query.enabled,
        groups=tuple(group for group in query.groups if group in there),
        without=tuple(group for group in query.without if group in there),
        ungrouped=query.ungrouped,
        application=query.application if query.application in set(applications) else "",
        created=query.created,
        changed=query.changed,
        attributes=query.attributes,
        domain=query.domain,
    )
    return ChosenFilters(kept, choice.order)


def _asked_group(keys: FilterKeys) -> str:
    """The group asked for, which a saved search may name although it is gone."""
    asked = str(st.session_state.get(keys.of("group")) or "")
    return asked if asked.startswith("in:") else ""


def _group_title(option: str) -> str:
    return {ANY: "Any group", NONE: "In no group"}.get(option) or option.removeprefix("in:")


MOST_CONDITIONS = 6
HOW_TITLES = {
    AttributeTest.CONTAINS: "contains",
    AttributeTest.IS: "is exactly",
    AttributeTest.EMPTY: "is empty",
    AttributeTest.FILLED: "is not empty",
}
_WITH_VALUE = (AttributeTest.CONTAINS, AttributeTest.IS)


@dataclass(frozen=True, slots=True)
class FilterKeys:
    """Session keys of the filter widgets, one set for each pool."""

    pool: str

    def of(self, name: str) -> str:
        """The key of one widget."""
        return f"users-{name}-{self.pool}"


def more_button(
    keys: FilterKeys,
    query: Query,
    groups: Sequence[str],
    applications: Sequence[str],
    attributes: Sequence[str],
) -> Query:
    """Show the button with the further filters behind it; `query` with what they ask for."""
    opened = st.popover("More filters", icon=":material/tune:", key=keys.of("more"), on_change="rerun")
    if not opened.open:  # fifteen widgets, for those who want them
        return _read(keys, query)
    # what a saved search asks for is never dropped, even if the pool no longer has it
    with opened:
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


def marks(keys: FilterKeys) -> None:
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


def take_more(keys: FilterKeys, query: Query) -> None:
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
        state[keys.of(f"how{number}")] = wanted.how if wanted else AttributeTest.CONTAINS
        state[keys.of(f"value{number}")] = wanted.value if wanted else ""


def _groups(keys: FilterKeys, groups: Sequence[str], applications: Sequence[str]) -> None:
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


def _spans(keys: FilterKeys) -> None:
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


def _conditions(keys: FilterKeys, attributes: Sequence[str]) -> None:
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
    return [*options, *(option for option in asked if option and option not in options)]


def _add(keys: FilterKeys) -> None:
    name = keys.of("conditions")
    st.session_state[name] = min(MOST_CONDITIONS, st.session_state.get(name, 1) + 1)


def _read(keys: FilterKeys, query: Query) -> Query:
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


def _state(keys: FilterKeys, name: str) -> Any:
    return st.session_state.get(keys.of(name))


def _between(keys: FilterKeys, name: str) -> DayRange:
    return DayRange(_state(keys, f"{name}-from"), _state(keys, f"{name}-to"))


def _wanted(keys: FilterKeys) -> dict[int, AttributeCondition]:
    """The conditions on attributes that are filled in, by the number of their row."""
    found = {}
    for number in range(_state(keys, "conditions") or 1):
        attribute, value = _state(keys, f"attribute{number}"), _state(keys, f"value{number}") or ""
        how = AttributeTest(_state(keys, f"how{number}") or AttributeTest.CONTAINS)
        if attribute and (value or how not in _WITH_VALUE):
            found[number] = AttributeCondition(attribute, how, value if how in _WITH_VALUE else "")
    return found


def _marks(keys: FilterKeys) -> list[tuple[str, dict[str, Any]]]:
    """Each further condition in words, and what the widgets hold without it."""
    query = _read(keys, Query())
    found: list[tuple[str, dict[str, Any]]] = []
    if query.application:
        found.append((f"May sign in to {query.application}", {"app": ""}))
    for title, name, groups in (("In", "also", query.groups), ("Not in", "without", query.without)):
        found += [(f"{title} {group}", {name: [it for it in groups if it != group]}) for group in groups]
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


def _span(span: DayRange) -> str:
    if span.first == span.last:
        return f"on {calendar_day(span.first)}" if span.first else ""
    since = f"from {calendar_day(span.first)}" if span.first else ""
    until = f"until {calendar_day(span.last)}" if span.last else ""
    return f"{since} {until}".strip()


def _title(name: str) -> str:
    title = title_of(name)
    return f"{title} ({name})" if ":" in name else title
