"""The dialog that links a person with an account at another provider."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from services.changes import Performed
from services.cognito.actions import OFFERS, LinkIdentity
from services.cognito.identities import MOST_LINKED, LinkedIdentity
from services.cognito.models import User
from services.errors import CognitoError
from services.people.acting import check_now, linked_elsewhere

LINK = "user-link_identity"


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
        billed=True,
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
