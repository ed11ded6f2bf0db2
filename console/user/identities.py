"""The accounts at other providers by which a person signs in: linking them, and taking a link away."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.widgets import dialog
from console.widgets.link_dialog import LINK
from console.widgets.person_actions import ChosenChange, open_change
from console.widgets.table import pick, show_table
from console.widgets.words import md
from services.cognito.actions import OFFERS, UnlinkIdentity
from services.cognito.identities import MOST_LINKED, LinkedIdentity, identities_in
from services.cognito.models import User, UserPool


def show_identities(ctx: Context, user: User, pool: UserPool) -> None:
    """The linked accounts (known without asking), and the buttons that change them."""
    with st.container(border=True, key="user-identities-section"):
        st.markdown("**Linked sign-ins**")
        identities = identities_in(user.attributes.get("identities", ""))
        if not identities:
            st.markdown("They are linked with no account at another provider.")
        ticked = _table(ctx, user, pool, identities) if identities else None
        link, unlink = OFFERS["link_identity"], OFFERS["unlink_identity"]
        if not ctx.may(link.permission):
            refused = ctx.why_not(link.permission)
            st.markdown(md(f"Linking one: {refused[:1].lower()}{refused[1:]}"))
            return
        why = link.why_not(user, pool)
        full = f"Cognito allows {MOST_LINKED} at most." if len(identities) >= MOST_LINKED else ""
        with st.container(horizontal=True):
            st.button(
                f"{link.label}…",
                icon=link.icon,
                key="user-link",
                disabled=bool(why or full),
                help=md(why or full) or None,
                on_click=dialog.open_dialog,
                args=(LINK, user),
            )
            if identities and not unlink.why_not(user, pool):
                st.button(
                    f"{unlink.label}…",
                    icon=unlink.icon,
                    key="user-unlink",
                    disabled=ticked is None,
                    help="Tick one first." if ticked is None else None,
                    on_click=_unlink,
                    args=(user, ticked),
                )
        if why:
            st.markdown(md(why))


def _table(
    ctx: Context, user: User, pool: UserPool, identities: tuple[LinkedIdentity, ...]
) -> LinkedIdentity | None:
    """The accounts; the ticked one where there is one to be unlinked."""
    cells = {
        "Provider": [identity.provider for identity in identities],
        "How": ["Made this profile" if identity.primary else "Linked" for identity in identities],
        "ID at the provider": [identity.user_id for identity in identities],
        "Since": [identity.linked_at for identity in identities],
        "Kind": [identity.kind for identity in identities],
    }
    if not ctx.may(OFFERS["unlink_identity"].permission) or OFFERS["unlink_identity"].why_not(user, pool):
        show_table(cells, "Accounts at other providers")
        return None
    picked = pick(
        cells,
        "Accounts at other providers",
        name="user-identities-table",
        identity=[identity.username for identity in identities],
        ticks="one",
    )
    return next((identities[row] for row in picked.ticked), None)


def _unlink(user: User, identity: LinkedIdentity | None) -> None:
    if identity is not None:
        change = UnlinkIdentity(user.ref, identity.provider, identity.user_id)
        open_change(ChosenChange(user, OFFERS["unlink_identity"], change, identity.username))
