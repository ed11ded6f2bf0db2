"""The accounts at other providers by which a person signs in: linking them, and taking a link away."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.person_actions import ChosenChange, open_change
from console.widgets.table import pick, show_table
from console.widgets.words import md, moments, time_column
from services.changes import Performed
from services.cognito.actions import OFFERS, LinkIdentity, UnlinkIdentity
from services.cognito.identities import MOST_LINKED, LinkedIdentity, identities_in
from services.cognito.models import User, UserPool
from services.errors import CognitoError
from services.people.acting import check_now
from services.people.linking import linked_elsewhere

LINK = "user-link_identity"


def show_identities(ctx: Context, user: User, pool: UserPool) -> None:
    """The linked accounts (known without asking), and the buttons that change them."""
    with st.container(border=True, key="user-identities-section"):
        st.markdown("**Linked identities**")
        identities = identities_in(user.attributes.get("identities", ""))
        if not identities:
            st.markdown("They are linked with no account at another provider.")
        ticked = _table(ctx, user, pool, identities) if identities else None
        link, unlink = OFFERS["link_identity"], OFFERS["unlink_identity"]
        if not ctx.may(link.permission):
            st.markdown(md(ctx.why_not(link.permission)))
            return
        why = link.why_not(user, pool)
        full = f"Cognito allows {MOST_LINKED} at most." if len(identities) >= MOST_LINKED else ""
        with st.container(horizontal=True):
            st.button(
                link.label,
                icon=link.icon,
                key="user-link",
                disabled=bool(why or full),
                help=md(why or full) or None,
                on_click=dialog.open_dialog,
                args=(LINK, user),
            )
            if identities and not unlink.why_not(user, pool):
                st.button(
                    unlink.label,
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
    frame = pd.DataFrame(
        {
            "Provider": [identity.provider for identity in identities],
            "Kind": [identity.kind for identity in identities],
            "ID at the provider": [identity.user_id for identity in identities],
            "Since": moments(identity.linked_at for identity in identities),
            "How": ["Made this profile" if identity.primary else "Linked" for identity in identities],
        }
    )
    columns = {"Since": time_column("Since")}
    if not ctx.may(OFFERS["unlink_identity"].permission) or OFFERS["unlink_identity"].why_not(user, pool):
        show_table(frame, "Accounts at other providers", columns=columns)
        return None
    picked = pick(
        frame,
        "Accounts at other providers",
        name="user-identities-table",
        identity=[identity.username for identity in identities],
        ticks="one",
        columns=columns,
    )
    return next((identities[row] for row in picked.ticked), None)


def _unlink(user: User, identity: LinkedIdentity | None) -> None:
    if identity is not None:
        change = UnlinkIdentity(user.ref, identity.provider, identity.user_id)
        open_change(ChosenChange(user, OFFERS["unlink_identity"], change, identity.username))


def show_link_dialog(ctx: Context, user: User) -> None:
    """Draw the dialog if it is open for this person."""
    opened = dialog.opened(LINK)
    if opened is not None and opened.subject.sub == user.sub:
        dialog.show_dialog(OFFERS["link_identity"].title, lambda: _body(ctx, opened))


def _body(ctx: Context, opened: Opened) -> None:
    user: User = opened.subject
    performed: Performed | None = opened.once.answer
    if performed is not None:
        done(OFFERS["link_identity"].said.format(user.label), performed)
        dialog.close_dialog()
        st.rerun()
    dialog.who(user.name, user.label)
    st.markdown(OFFERS["link_identity"].about)
    st.markdown(
        "It has to be done before that account signs in here for the first time. After that it has a "
        f"profile of its own, which can't be merged; at most {MOST_LINKED} accounts fit one person."
    )
    with dialog.form(
        opened,
        "Link",
        reason="required",
        identified=True,
        danger=True,
        checks=lambda: _missing(opened),
        on_action=_submit,
        args=(ctx, opened),
    ):
        _provider_box(ctx, opened)
        st.text_input(
            dialog.required("ID of the account at the provider"),
            key=opened.key("user_id"),
            help="What the provider calls them in its tokens: “sub” with OpenID Connect, the NameID with "
            "SAML, a long number with Google. Not the e-mail address, unless the provider sends that.",
            autocomplete="off",
        )


def _provider_box(ctx: Context, opened: Opened) -> None:
    try:
        names = [provider.name for provider in ctx.pool_session.gateway.identity_providers()]
    except CognitoError:
        st.text_input(dialog.required("Provider"), key=opened.key("provider"), autocomplete="off")
        return
    if not names:
        st.warning(
            "The pool has no identity provider; an administrator sets one up.", icon=":material/warning:"
        )
    st.selectbox(
        dialog.required("Provider"),
        names,
        index=0 if len(names) == 1 else None,
        key=opened.key("provider"),
        placeholder="Choose",
    )


def _missing(opened: Opened) -> list[str]:
    wanted = (("provider", "Choose the provider."), ("user_id", "Give the ID of the account."))
    return [sentence for name, sentence in wanted if not str(opened.value(name) or "").strip()]


def _submit(ctx: Context, opened: Opened) -> None:
    user: User = opened.subject
    provider, user_id = str(opened.value("provider")), opened.value("user_id").strip()
    directory, path, why = ctx.pool_session.directory, ctx.pool_session.changes, opened.why

    def act() -> Performed:
        check_now(directory, user.sub, "link_identity")
        linked_elsewhere(directory, user, LinkedIdentity(provider, user_id))
        return path.perform(LinkIdentity(user.ref, provider, user_id), **why)

    opened.attempt(act)
