"""One search for people, groups, applications, pages and states, on every page, with a key of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import streamlit as st
from rapidfuzz.distance import OSA

from console.context import Context
from console.feedback import show_error
from console.navigation import PAGES, pages_for
from console.snapshots import newest_reading
from console.widgets import dialog, focus
from console.widgets.address import FIND, opened_words, sealed_words
from console.widgets.dialog import Opened
from console.widgets.words import label, md
from services.cognito.models import User, UserPool
from services.cognito.status import status_line
from services.directory.filtering import STATE_TITLES
from services.directory.finder import find_people
from services.directory.people import folded
from services.directory.person_state import PersonState
from services.errors import ConsoleError
from services.people.looked_at import LookedAt
from services.store.columns import utc_now

NAME = "find"
SHORTCUT = "Ctrl+K"
ANYWHERE = "anywhere"
"""The part of the address with the words looked for, sealed."""

_FOLLOWED = "_finder_followed"
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FinderHit:
    """Something found: what it is called, what it is, and the page that shows it."""

    title: str
    what: str
    icon: str
    page: str
    query: dict[str, str] = field(default_factory=dict)


def remember_person(ctx: Context, user: User) -> None:
    """Keep a person among those whom this operator looked at lately."""
    LookedAt(ctx.store, ctx.operator.id, ctx.pool.id).note(user.sub)


def show_button() -> None:
    """The button in the sidebar that opens the search, as its key does."""
    st.button(
        "Find anything",
        icon=":material/search:",
        key="console-find",
        width="stretch",
        shortcut=SHORTCUT,
        on_click=dialog.open_dialog,
        args=(NAME,),
    )


def show_finder(ctx: Context) -> None:
    """Draw the search while it is open, or when the address holds what was looked for."""
    _follow_address(ctx)
    opened = dialog.opened(NAME)
    if opened is not None:
        dialog.show_dialog("Find anything", lambda: _body(ctx, opened))


def _follow_address(ctx: Context) -> None:
    """Open the search with the words of a link, or of a page that was gone back to or loaded again."""
    sealed = st.query_params.get(ANYWHERE, "")
    if sealed == st.session_state.get(_FOLLOWED, ""):
        return
    st.session_state[_FOLLOWED] = sealed
    if sealed and (words := opened_words(ctx.store, NAME, {FIND: [sealed]})):
        dialog.open_dialog(NAME, words)
        if (opened := dialog.opened(NAME)) is not None:
            st.session_state[opened.key("words")] = words


def _into_address(ctx: Context, query: str) -> None:
    """Put what is looked for into the address, or take it out."""
    sealed = next(iter(sealed_words(ctx.store, NAME, query)), "")
    st.session_state[_FOLLOWED] = sealed
    if sealed:
        st.query_params[ANYWHERE] = sealed
    else:
        st.query_params.pop(ANYWHERE, None)


def _body(ctx: Context, opened: Opened) -> None:
    before = opened.subject or ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "What to find",
            key=opened.key("words"),
            type="search",
            placeholder="A name, an address, a number, a group, an application, a page, or: disabled",
            label_visibility="collapsed",
            autocomplete="off",
            live="250ms" if _is_quick(ctx) else False,
        )
        sent = st.button("Find", type="primary", key=opened.key("find"))
    entered = focus.first_field(opened.key("focus"))
    query = ((words if entered is None else entered) or "").strip()
    opened.subject = query
    _into_address(ctx, query)
    hits, near = _hits(ctx, query) if query else (list(_recent(ctx)), [])
    every = [*hits, *near]
    # the only one at once, the first of several when they stood there already
    asked = bool(every and query) and (sent or entered is not None)
    chosen = every[0] if asked and (len(every) == 1 or before == query) else None
    if not query and hits:
        st.markdown("Looked at lately")
    chosen = _list(opened, hits, "hit") or chosen
    if near:
        st.markdown("Nobody is called that. Did you mean")
        chosen = _list(opened, near, "near") or chosen
    if query and not every:
        where = f" in the pool {md(ctx.pool_record.name)}" if ctx.pool_record else ""
        st.markdown(f"Nothing fits {md(query)}{where}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(every) > 1 and query:
            st.markdown("Enter opens the first.")
        st.space("stretch")
        if st.button("Close", key=opened.key("close"), shortcut="Esc"):
            _into_address(ctx, "")
            dialog.close_dialog()
            st.rerun()
    if chosen is not None:
        dialog.close_dialog()
        st.switch_page(PAGES[chosen.page], query_params=chosen.query)


def _is_quick(ctx: Context) -> bool:
    """Whether it can be looked for at each pause in typing: a large pool is asked of AWS, piece by piece."""
    try:
        return ctx.pool_record is None or not ctx.pool_session.directory.is_large()
    except ConsoleError:
        return False  # said when something is looked for


def _list(opened: Opened, hits: list[FinderHit], kind: str) -> FinderHit | None:
    """The hits as rows; the one that was pressed."""
    pressed = None
    with st.container(key=f"find-{kind}", gap="xsmall"):
        for number, hit in enumerate(hits):
            if st.button(
                f"{label(hit.title)} :gray[{label(hit.what)}]",
                icon=hit.icon,
                type="tertiary",
                key=opened.key(f"{kind}{number}"),
            ):
                pressed = hit
    return pressed


def _hits(ctx: Context, query: str) -> tuple[list[FinderHit], list[FinderHit]]:
    """What is called just so, what fits, people first, and whom else the words may mean."""
    others = [*_states(ctx, query), *_groups(ctx, query), *_applications(ctx, query), *_pages(ctx, query)]
    if ctx.pool_record is None:
        return others, []
    try:
        people = find_people(ctx.pool_session.directory, query, snapshot=newest_reading(ctx))
        pool = ctx.pool_session.gateway.describe_pool()
    except ConsoleError as error:
        show_error(error)
        return others, []
    named = [hit for hit in others if folded(hit.title) == folded(query)]
    return [
        *named,
        *(_person(ctx, user, pool) for user in people.found),
        *(hit for hit in others if hit not in named),
    ], [] if others else [_person(ctx, user, pool) for user in people.near]


def _person(ctx: Context, user: User, pool: UserPool) -> FinderHit:
    title = f"{user.name} · {user.label}" if user.name else user.label
    return FinderHit(
        title,
        status_line(user, pool.policy, utc_now()),
        ":material/person:",
        "user",
        {"pool": ctx.pool.name, "id": user.sub},
    )


def _recent(ctx: Context) -> Iterator[FinderHit]:
    if ctx.pool_record is None:
        return
    try:
        directory = ctx.pool_session.directory
        pool = directory.gateway.describe_pool()
        for sub in LookedAt(ctx.store, ctx.operator.id, ctx.pool.id).subs():
            tables = directory.tables()
            known = tables.person(sub) if tables is not None else None
            if known is None and (view := directory.person(sub)) is not None:
                known = view.person
            if known is not None:
                yield replace(_person(ctx, known.user, pool), icon=":material/history:")
    except ConsoleError as error:
        show_error(error)


_FOR_PEOPLE = frozenset(
    ["all", "everybody", "everyone", "who", "is", "are", "people", "persons", "users", "accounts"]
)
"""Words that say nothing beside a state: “disabled people” means whom “disabled” means."""

_ALSO_CALLED = {
    "Disabled": "switched off blocked locked deactivated inactive",
    STATE_TITLES[PersonState.ELSEWHERE]: "federated external",
}


def _states(ctx: Context, query: str) -> Iterator[FinderHit]:
    """States as words: the list of everybody who stands so."""
    if ctx.pool_record is None:
        return
    known = {title: {"status": str(state)} for state, title in STATE_TITLES.items()}
    known |= {"Disabled": {"account": "disabled"}, "Enabled": {"account": "enabled"}}
    words = " ".join(word for word in query.split() if word.casefold() not in _FOR_PEOPLE)
    for title, asked in known.items():
        if words and _fits(words, f"{title} {_ALSO_CALLED.get(title, '')}"):
            yield FinderHit(
                f"Everybody: {title}",
                "state",
                ":material/filter_alt:",
                "users",
                {"pool": ctx.pool.name, **asked},
            )


def _groups(ctx: Context, query: str) -> list[FinderHit]:
    if ctx.pool_record is None:
        return []
    try:
        groups = ctx.pool_session.directory.groups()
    except ConsoleError:
        return []  # reading the people says what is wrong
    fitting = [group for group in groups if _fits(query, group.name) or _fits(query, group.description)]
    return [
        FinderHit(
            group.name, "group", ":material/group:", "group", {"pool": ctx.pool.name, "name": group.name}
        )
        for group in fitting[:MOST_SHOWN]
    ]


def _applications(ctx: Context, query: str) -> list[FinderHit]:
    """Applications, each leading to the people whom it lets in."""
    if ctx.pool_record is None:
        return []
    names = [application.name for application in ctx.store.applications.list(ctx.pool.id)]
    return [
        FinderHit(
            name,
            "application: who may sign in",
            ":material/key:",
            "users",
            {"pool": ctx.pool.name, "app": name},
        )
        for name in names
        if _fits(query, name)
    ]


def _pages(ctx: Context, query: str) -> list[FinderHit]:
    return [
        FinderHit(spec.title, "page", spec.icon, spec.name)
        for spec in pages_for(ctx.operator.role)
        if not spec.hidden and _fits(query, spec.title)
    ]


def _fits(query: str, title: str) -> bool:
    """Whether each word of the query begins one of the title's, or is one with a letter wrong."""
    words = folded(title).split()
    return bool(words) and all(
        any(word.startswith(asked) or (len(asked) > 3 and OSA.distance(asked, word) <= 1) for word in words)
        for asked in folded(query).split()
    )
