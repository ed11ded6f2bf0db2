"""One user: who they are, how they stand, and everything that can be done with them."""

from __future__ import annotations

import streamlit as st

from console.feedback import guarded
from console.finder import remember_person
from console.navigation import PAGES
from console.page import name_page, open_page
from console.user.view import person_in_address, read_person, show_person
from console.users.filters import USERS
from console.widgets.address import last_written
from console.widgets.words import md

ctx = open_page("User", "")
st.page_link(
    PAGES["users"],
    label="All users",
    icon=":material/arrow_back:",
    query_params={"pool": ctx.pool.name, **last_written(USERS)},
)
sub = person_in_address(ctx)
with guarded():
    look = read_person(ctx, sub) if sub else None
    if not sub:
        st.info("Open a person from the list of users.", icon=":material/info:")
    elif look is None:
        st.info(
            f"Nobody in the pool {md(ctx.pool.name)} has the ID that is in the address (any more). They may "
            "have been deleted, or belong to another pool.",
            icon=":material/info:",
        )
    else:
        name_page(look.person.user.name or look.person.user.label)
        remember_person(ctx, look.person.user)
        show_person(ctx, look)
