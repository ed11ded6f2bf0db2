"""The users page of a large pool: one page at a time, filtered by Cognito itself."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console.context import Context
from console.users.create import create_button
from console.users.filters import USERS
from console.users.table import choose_columns, columns_for, export_button, show_users, shown_people
from console.widgets import bulk_order
from console.widgets.address import (
    FIND,
    Values,
    follow_address,
    opened_words,
    sealed_words,
    write_address,
)
from console.widgets.words import md
from services.cognito.filters import FILTERABLE, Match, UserFilter
from services.cognito.status import STATUS_TEXTS
from services.directory.listing import Directory, page_tables
from services.directory.people import PeoplePage
from services.directory.pool import PoolTables
from services.errors import InvalidRequest
from services.words import ago, people

EVERYBODY = "everybody"
_SHOWN = "_users_page_shown"
CHOICES = {
    "cognito:user_status": {str(status): text.title for status, text in STATUS_TEXTS.items()},
    "status": {"Enabled": "Enabled", "Disabled": "Disabled"},
}
"""Attributes with few values, which are chosen and stand in the address as they are; others sealed."""

MATCHES = {Match.PREFIX: "starts with", Match.EXACT: "is exactly"}
IN_ADDRESS = ("by", "how", "value", FIND)


def show_paged(ctx: Context, directory: Directory) -> None:
    """The filter, one page of a large pool, and the buttons to turn it."""
    pool = directory.gateway.describe_pool()
    st.markdown(
        f"About **{pool.estimated_users:,}** people. Until the pool is read they come page by page, and "
        "Cognito searches one attribute at a time, by how it starts or exactly."
    )
    wanted = _filter(ctx)
    tokens = _tokens(ctx, wanted)
    refresh = bool(st.session_state.pop("_users_refresh", False))
    with st.spinner("Asking Cognito for these people and their groups…", show_time=True):
        page = _read(directory, wanted, tokens, refresh=refresh)
    for sentence in page.missing:
        st.warning(md(sentence), icon=":material/warning:")
    attributes = {name for person in page.people for name in person.user.attributes}
    columns = columns_for(pool, attributes, datetime.now(UTC))
    with st.container(horizontal=True, vertical_alignment="center"):
        _counts(page, len(tokens), filtered=wanted is not None)
        st.space("stretch")
        chosen = choose_columns(ctx, columns)
        files = st.container(width="content")
        create_button(ctx)
    shown = _tables(ctx, directory, page)
    rows, places = shown.everybody(), []
    if page.people:
        bar = st.container()
        places = show_users(ctx, shown_people(page.people, chosen), chosen)
        with bar:
            bulk_order.bar(ctx, [page.people[place] for place in places])
    elif page.token:
        st.info("Nobody who fits has come yet; Cognito has more to look through. Go on with “Next”.")
    else:
        st.markdown("Nobody fits. Shorten what you search for, or search another attribute.")
    with files:
        who = "One page of the pool's list"
        export_button(ctx, shown, rows, chosen, who, ticked=rows[places], key="users-export")
    _turn(tokens, page)


def _tables(ctx: Context, directory: Directory, page: PeoplePage) -> PoolTables:
    """The people of this page, for a file of them; kept until another page is shown."""
    kept = st.session_state.get(_SHOWN)
    if kept is None or kept[0] != (ctx.pool.name, page):
        kept = ((ctx.pool.name, page), page_tables(directory.gateway, page, ctx.pool.name))
        st.session_state[_SHOWN] = kept
    tables: PoolTables = kept[1]
    return tables


def _read(directory: Directory, wanted: UserFilter | None, tokens: list[str], *, refresh: bool) -> PeoplePage:
    """The page asked for; the first one again when Cognito has forgotten the place."""
    try:
        return directory.page(wanted, tokens[-1], refresh=refresh)
    except InvalidRequest:
        if tokens[-1] == "":
            raise
        tokens[:] = [""]
        st.info(
            "Cognito has forgotten this place in the list (it remembers for an hour). Back at the beginning.",
            icon=":material/info:",
        )
        return directory.page(wanted, "", refresh=refresh)


def _filter(ctx: Context) -> UserFilter | None:
    """The filter asked for. Raises `InvalidValue` for one that Cognito can't take."""
    name = ctx.pool.name
    keys = {part: f"users-{part}-{name}" for part in ("by", "match", "value")}
    by = st.session_state.get(keys["by"], EVERYBODY)
    typed = "" if by in CHOICES else str(st.session_state.get(f"{keys['value']}-{by}") or "").strip()
    follow_address(USERS, IN_ADDRESS, lambda values: _apply(ctx, keys, values), typed=typed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        attribute = st.selectbox(
            "Search by",
            [EVERYBODY, *FILTERABLE],
            key=keys["by"],
            format_func=lambda name: "Everybody" if name == EVERYBODY else FILTERABLE[name],
            width=220,
            persist_state="session",
        )
        match, value = _compared_with(attribute, keys)
    chosen = attribute in CHOICES
    write_address(
        USERS,
        {
            "by": [] if attribute == EVERYBODY else [attribute],
            "how": [str(match)] if value and match is not Match.PREFIX and not chosen else [],
            "value": [value] if chosen else [],
            FIND: sealed_words(ctx.store, USERS, "" if chosen else value),
        },
    )
    return UserFilter(attribute, match, value) if value and attribute != EVERYBODY else None


def _compared_with(attribute: str, keys: dict[str, str]) -> tuple[Match, str]:
    """How the attribute is compared and with what; nothing for everybody."""
    key = f"{keys['value']}-{attribute}"
    if attribute == EVERYBODY:
        return Match.EXACT, ""
    if attribute in CHOICES:
        titles = CHOICES[attribute]
        value = st.selectbox(
            "Value",
            list(titles),
            key=key,
            format_func=titles.__getitem__,
            width=240,
            persist_state="session",
        )
        return Match.EXACT, value
    match = st.selectbox(
        "How",
        list(MATCHES),
        key=keys["match"],
        format_func=MATCHES.__getitem__,
        width=150,
        persist_state="session",
    )
    return match, st.text_input("What", key=key, type="search", persist_state="session").strip()


def _apply(ctx: Context, keys: dict[str, str], values: Values) -> None:
    by = next(iter(values.get("by", [])), EVERYBODY)
    st.session_state[keys["by"]] = by if by in FILTERABLE else EVERYBODY
    how = next(iter(values.get("how", [])), "")
    st.session_state[keys["match"]] = Match(how) if how in set(Match) else Match.PREFIX
    words = opened_words(ctx.store, USERS, values)
    value = next(iter(values.get("value", [])), "")
    if value in CHOICES.get(by, {}):
        st.session_state[f"{keys['value']}-{by}"] = value
    elif by in FILTERABLE and by not in CHOICES:
        st.session_state[f"{keys['value']}-{by}"] = words


def _tokens(ctx: Context, wanted: UserFilter | None) -> list[str]:
    """The tokens of the pages gone through, the one shown last. ListUsers can't go back."""
    key = f"users-tokens-{ctx.pool.name}"
    asked = wanted.expression() if wanted else ""
    kept = st.session_state.get(key)
    if kept is None or kept[0] != asked:
        st.session_state[key] = (asked, [""])
    tokens: list[str] = st.session_state[key][1]
    return tokens


def _counts(page: PeoplePage, number: int, *, filtered: bool) -> None:
    more = "and more to come" if page.token else "and no more"
    what = " who fit" if filtered else ""
    st.markdown(
        f"**{people(len(page.people))}{what}** on page {number}, {more} · read {md(ago(page.read_at))}",
        width="content",
    )
    st.button(
        "Read again", icon=":material/refresh:", type="tertiary", on_click=_ask_for_refresh, key="users-again"
    )


def _turn(tokens: list[str], page: PeoplePage) -> None:
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            on_click=_go_back,
            args=(tokens, len(tokens)),
            disabled=len(tokens) < 2,
        )
        st.markdown(f"Page {len(tokens)}", width="content")
        st.button(
            "Next",
            icon=":material/chevron_right:",
            on_click=_go_on,
            args=(tokens, page.token),
            disabled=not page.token,
        )


def _go_on(tokens: list[str], token: str) -> None:
    # Two quick clicks on the same page are one step.
    if tokens[-1] != token:
        tokens.append(token)


def _go_back(tokens: list[str], shown: int) -> None:
    if len(tokens) == shown > 1:
        tokens.pop()


def _ask_for_refresh() -> None:
    st.session_state["_users_refresh"] = True
