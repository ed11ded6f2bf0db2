"""Saved searches on the users page: choosing one, saving the present one, opening a link to one."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import streamlit as st

from console.context import Context
from console.feedback import done, guarded, show_error
from console.users import address, filters
from console.users.filters import Choice
from console.users.more import Keys
from console.widgets.words import md
from services.directory.saved_searches import LONGEST_NAME, delete_search, may_delete, opened, save_search
from services.errors import ConsoleError
from services.store.saved_searches import SavedSearch


def follow(ctx: Context, keys: Keys, groups: list[str], applications: list[str]) -> None:
    """Take the filters, or the saved search, that a link names. Before the widgets are made."""

    def apply(values: address.Values) -> None:
        if "search" not in values:
            choice = filters.known(filters.from_address(values), groups, applications)
            filters.take(keys, choice.query, choice.order)
            return
        try:
            saved, query, order = opened(ctx.store, ctx.pool, values["search"][0])
        except ConsoleError as error:
            show_error(error)
            return
        _use(keys, saved, Choice(query, order))

    address.follow((*filters.IN_ADDRESS, "search"), apply)


def present(keys: Keys, choice: Choice) -> str:
    """The id of the saved search that is shown unchanged, or ""."""
    kept = st.session_state.get(_key(keys))
    return kept[0] if kept is not None and kept[1] == (choice.query, choice.order) else ""


def button(ctx: Context, keys: Keys, choice: Choice) -> None:
    """Show the button with the saved searches behind it."""
    listed = ctx.store.saved_searches.list(ctx.pool.id)
    with st.popover("Saved searches", icon=":material/bookmark:", key=keys.of("saved")):
        if not listed:
            st.markdown("None yet. A saved search is there for everybody who works on this pool.")
        for saved in listed:
            _line(ctx, keys, saved)
        shown = next((one for one in listed if one.id == present(keys, choice)), None)
        if shown is not None:
            st.markdown(f"Link to “{md(shown.name)}”, for colleagues who may use this console:")
            st.code(_link(ctx, shown), language=None, wrap_lines=True)
        else:
            _save(ctx, keys, choice)


def _line(ctx: Context, keys: Keys, saved: SavedSearch) -> None:
    with st.container(horizontal=True, vertical_alignment="center"), guarded():
        _, query, order = opened(ctx.store, ctx.pool, saved.id)
        st.button(
            md(saved.name),
            key=keys.of(f"saved-{saved.id}"),
            on_click=_use,
            args=(keys, saved, Choice(query, order)),
            help=md(f"Saved by {saved.operator_name}"),
            width="stretch",
        )
        if may_delete(ctx.who(), saved) and st.button(
            "", icon=":material/delete:", key=keys.of(f"unsave-{saved.id}"), help=md(f"Delete {saved.name}")
        ):
            delete_search(ctx.store, ctx.pool, ctx.who, saved.id)
            done(f"The saved search “{saved.name}” is deleted.")
            st.rerun()


def _save(ctx: Context, keys: Keys, choice: Choice) -> None:
    if not choice.query:
        st.markdown("To save one, search or filter first.")
        return
    with st.form(keys.of("save"), border=False, enter_to_submit=True):
        name = st.text_input("Save this search as", key=keys.of("save-name"), max_chars=LONGEST_NAME)
        pressed = st.form_submit_button("Save", icon=":material/bookmark_add:")
    if pressed:
        with guarded():
            saved = save_search(ctx.store, ctx.pool, ctx.who, name or "", choice.query, choice.order)
            st.session_state[_key(keys)] = (saved.id, (choice.query, choice.order))
            done(f"The search “{saved.name}” is saved. Its link stands under “Saved searches”.")
            st.rerun()


def _use(keys: Keys, saved: SavedSearch, choice: Choice) -> None:
    filters.take(keys, choice.query, choice.order)
    st.session_state[_key(keys)] = (saved.id, (choice.query, choice.order))


def _key(keys: Keys) -> str:
    return keys.of("saved-now")


def _link(ctx: Context, saved: SavedSearch) -> str:
    here = urlsplit(st.context.url or "")
    start = f"{here.scheme}://{here.netloc}{here.path}" if here.netloc else "/users"
    return f"{start}?pool={quote(ctx.pool.name)}&search={saved.id}"
