"""What is asked for on a page, kept in its address, so that links, back and reload show the same.

Typed words may be names of people, and addresses end in histories and logs: words stand there sealed
with the console's key. They are bound to the page, not to the operator: a colleague who is sent the link
sees what it asks for, and no more people than they may see anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import streamlit as st

from services.errors import SealBroken
from services.store.store import Store

Values = Mapping[str, Sequence[str]]
"""What the address holds, by parameter; absent or empty where nothing is asked for."""

FIND = "find"
"""The parameter with sealed words."""

LONGEST_WORDS = 500
"""Characters; more stay out of the address, which browsers and proxies bound."""

_WRITTEN, _SEALED, _SHOWN = "_address_written", "_address_sealed", "_address_shown"


def follow_address(
    page: str, names: Collection[str], apply: Callable[[Values], None], *, typed: str = ""
) -> None:
    """Call `apply` when the address holds other values than `page` last wrote there.

    That is so when a link was opened or the browser went back or forward. Call it before the widgets are
    made; `apply` sets their values in the session. `typed` are the words in the widgets now: when they are
    others than the address was last given, somebody is typing, the browser has yet to hear of what was
    written, and nothing is followed.
    """
    present = {name: st.query_params.get_all(name) for name in names if name in st.query_params}
    if st.session_state.get(_SHOWN) != page:
        # whoever comes from another page with nothing in the address finds what they left
        if present:
            apply(present)
    elif present != last_written(page) and typed == _kept(page)[0]:
        apply(present)


def write_address(page: str, values: Values) -> None:
    """Put the values into the address."""
    wanted = {name: list(found) for name, found in values.items() if found}
    for name in values:
        if name not in wanted:
            st.query_params.pop(name, None)
        elif st.query_params.get_all(name) != wanted[name]:
            st.query_params[name] = wanted[name]
    st.session_state.setdefault(_WRITTEN, {})[page] = wanted
    st.session_state[_SHOWN] = page


def keep_words(store: Store, page: str, key: str, *, part: str = "") -> None:
    """Keep what stands in the text box `key` of a page in the address; call it before the box is made.

    `part` names what the box belongs to (a tab), where several of a page have one.
    """
    name = f"{part}_{FIND}" if part else FIND
    place = f"{page}/{part}" if part else page
    typed = str(st.session_state.get(key) or "").strip()

    def take(values: Values) -> None:
        st.session_state[key] = opened_words(store, place, {FIND: values.get(name, ())})

    if key not in st.session_state and name in st.query_params:
        take({name: st.query_params.get_all(name)})  # its tab was closed meanwhile
    else:
        follow_address(place, (name,), take, typed=typed)
    typed = str(st.session_state.get(key) or "").strip()
    write_address(place, {name: sealed_words(store, place, typed)})


def came_to(page: str) -> None:
    """Note which page is shown ("" for none that follows its address); before `follow_address`."""
    shown = str(st.session_state.get(_SHOWN, ""))
    if shown.partition("/")[0] != page:
        st.session_state[_SHOWN] = ""


def last_written(page: str) -> dict[str, list[str]]:
    """What this tab's `page` last had in its address, for the way back to it."""
    return dict(st.session_state.get(_WRITTEN, {}).get(page, {}))


def sealed_words(store: Store, page: str, words: str) -> list[str]:
    """The values of `FIND` for these words; the same words stay the same text in this tab."""
    if _kept(page)[0] != words:
        short = 0 < len(words) <= LONGEST_WORDS
        _keep(page, words, store.vault.seal(words, **_place(page)) if short else "")
    sealed = _kept(page)[1]
    return [sealed] if sealed else []


def opened_words(store: Store, page: str, values: Values) -> str:
    """The words that `FIND` seals, "" for none. Says so when they can't be read."""
    sealed = next(iter(values.get(FIND, ())), "")
    words = ""
    if sealed:
        try:
            words = str(store.vault.open(sealed, **_place(page)))
        except SealBroken:
            sealed = ""
            st.warning(
                "The words searched for can't be read from this address: it was altered or cut off, or "
                "comes from another console. The rest of it is followed.",
                icon=":material/link_off:",
            )
    _keep(page, words, sealed)
    return words


def _kept(page: str) -> tuple[str, str]:
    """The words that were last sealed for a page, and how."""
    kept: tuple[str, str] = st.session_state.get(_SEALED, {}).get(page, ("", ""))
    return kept


def _keep(page: str, words: str, sealed: str) -> None:
    st.session_state.setdefault(_SEALED, {})[page] = (words, sealed)


def _place(page: str) -> dict[str, str]:
    return {"table": "address", "column": page, "row": FIND}
