"""Company sign-in: its providers, the form for one of them, trying it out; and passwords besides."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from console.configuration import editor
from console.configuration.editor import Editor, field_line
from console.context import Context
from console.feedback import done, guarded
from console.theme import side_by_side
from console.web import urls
from console.web.company import TRIAL
from console.widgets import dialog
from console.widgets.chain import show_chain
from console.widgets.words import md
from services.access.sessions import local_form_is_on, switch_local_form
from services.configuration.service import Saved
from services.configuration.sign_in_providers import SignInProviderService
from services.login.chain import from_data
from services.roles import Role
from services.store.activity import Why, reason_text
from services.store.applications import CALLBACK_PATH
from services.store.records import settings_of
from services.store.sign_in_providers import EVERYBODY, SignInProvider

TAB = "sign-in"


def show_sign_in_providers(ctx: Context) -> None:
    """The tab “Sign-in”: the providers through which operators come in."""
    service = SignInProviderService(ctx.store, ctx.who)
    with guarded():
        opened = editor.current(TAB)
        if opened is not None:
            with editor.closing_when_gone(TAB):
                _form(service, opened)
            return
        _show_trial(ctx)
        found = service.list()
        st.markdown(
            "Operators can sign in to this console with their company account, at any OpenID provider: "
            "Entra, Okta, Google, Keycloak, a Cognito user pool. Who they are and what they may do comes "
            "from there, anew at each sign-in."
        )
        if not found:
            st.info(
                "No provider yet: operators sign in with a password of this console.", icon=":material/info:"
            )
        st.button(
            "Add a provider…",
            icon=":material/add:",
            type="secondary" if found else "primary",
            on_click=editor.open_editor,
            args=(TAB,),
            key="sign-in-add",
        )
        for provider in found:
            _card(service, provider)
        # also when the last provider went while passwords were off: nobody could use theirs again
        if found or not local_form_is_on(ctx.store):
            _passwords(ctx)


def _card(service: SignInProviderService, provider: SignInProvider) -> None:
    known = settings_of(SignInProvider)
    with st.container(border=True, key=f"provider-{provider.id}"):
        st.markdown(f"**{md(provider.name)}**")
        rules = " · ".join(
            f"{'everybody' if value == EVERYBODY else value} → {role}" for value, role in provider.role_rules
        )
        secret = "secret stored" if provider.has_secret else "no secret stored"
        lines = [
            field_line(known["discovery_url"].label, provider.discovery_url),
            field_line(known["client_id"].label, f"{provider.client_id} ({secret})"),
            field_line(f"{known['role_rules'].label} (claim {provider.claim})", rules),
        ]
        st.markdown("  \n".join(lines))
        with st.container(horizontal=True):
            tried = st.button("Try it", icon=":material/play_arrow:", key=f"try-{provider.id}")
            st.button(
                "Change…",
                icon=":material/edit:",
                key=f"change-provider-{provider.id}",
                on_click=editor.open_editor,
                args=(TAB, provider.id),
            )
            pressed = st.button("Remove…", icon=":material/delete:", key=f"remove-provider-{provider.id}")
    if tried:
        urls.redirect(f"{urls.COMPANY_PATH}?provider={provider.id}&try=1")

    def remove(why: Why) -> None:
        line = service.remove(provider.id, reason_text(why))
        done(f"The provider {provider.name} is removed from this console.", line)

    dialog.confirm(
        pressed,
        f"Remove {provider.name}",
        "Whoever signed in by it is signed out at once and can't sign in again by it. Their lines in the "
        "activity log stay.",
        typed=provider.name,
        action=remove,
        button="Remove",
        key=f"remove-provider-dialog-{provider.id}",
    )


def _show_trial(ctx: Context) -> None:
    """How trying a provider out ended, for the session that did."""
    ticket = st.query_params.get("tried", "")
    told = ctx.store.tickets.peek(TRIAL, ticket, ctx.session.id) if ticket else None
    if told is None:
        return
    found = json.loads(told)
    with st.container(border=True):
        st.header("How the sign-in went", anchor=False)
        st.markdown("Nobody was signed in by this: you are still who you were.")
        show_chain(from_data(found["links"]), key="sign-in-trial")
        if st.button("Close", key="sign-in-trial-close"):
            del st.query_params["tried"]
            st.rerun()


def _form(service: SignInProviderService, editor: Editor) -> None:
    old = service.get(editor.id) if editor.id else None
    st.header(f"Change {md(old.name)}" if old else "New provider", anchor=False)
    st.markdown("Register this console at the provider with this callback URL:")
    st.code(f"{urls.base()}{CALLBACK_PATH}", language=None)

    def text(field: str) -> str:
        usual = {"scopes": "openid email profile", "claim": "groups"}.get(field, "")
        return editor.text(SignInProvider, field, getattr(old, field) if old else usual)

    left, right = side_by_side("provider")
    with left:
        name, url, client_id = text("name"), text("discovery_url"), text("client_id")
        blank = {"placeholder": "leave blank to keep"} if old and old.has_secret else {}
        secret = editor.secret(SignInProvider, "secret", **blank)
        scopes = text("scopes")
    with right:
        claim = text("claim")
        rules = _rules(editor, old)
        asks = _switch(editor, "asks_second_factor", old.asks_second_factor if old else True)
        again = _switch(editor, "asks_again", old.asks_again if old else True)
        leaves = _switch(editor, "signs_out_there", old.signs_out_there if old else False)
    editor.other_problem(settings_of(SignInProvider))
    with st.container(horizontal=True):
        pressed = st.button("Save", type="primary", key=editor.key("save"))
        editor.cancel_button()
    if pressed:
        typed = SignInProvider(
            name,
            url,
            client_id,
            scopes,
            claim,
            rules,
            asks,
            again,
            leaves,
            secret=secret or (None if old else ""),
        )
        saved: Saved[SignInProvider] = editor.save(
            lambda: service.change(old.id, typed) if old else service.add(typed)
        )
        done(f"The provider {saved.record.name} is saved. Try it before you tell anybody.", saved.activity_id)
        st.rerun()


def _switch(editor: Editor, field: str, now: bool) -> bool:
    known = settings_of(SignInProvider)[field]
    return st.checkbox(known.label, now, help=known.help, key=editor.key(field))


def _rules(editor: Editor, old: SignInProvider | None) -> tuple[tuple[str, str], ...]:
    st.markdown(
        f"**{settings_of(SignInProvider)['role_rules'].label}.** The first line that fits counts; "
        f"“{EVERYBODY}” fits everybody. Whoever fits none is refused."
    )
    now = old.role_rules if old else ()
    table = st.data_editor(
        pd.DataFrame([*now, *([("", None)] if not now else [])], columns=["Group", "Role"], dtype=object),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        column_config={
            "Group": st.column_config.TextColumn(help="Its name or id, as the provider writes it"),
            "Role": st.column_config.SelectboxColumn(options=[str(role) for role in Role]),
        },
        key=editor.key("rules"),
    )
    rules = tuple((str(group or ""), str(role or "")) for group, role in table.itertuples(index=False))
    editor.problem("role_rules", rules)
    return rules


def _passwords(ctx: Context) -> None:
    """Whether operators may use passwords besides."""
    now = local_form_is_on(ctx.store)
    st.header("Passwords of this console", anchor=False)
    wanted = st.toggle(
        "Operators may also sign in with a password of this console",
        now,
        help="Off: only administrators may, as the way back in when the provider fails.",
        key="local-form",
    )
    if wanted != now:
        switch_local_form(ctx.store, wanted, ctx.who())
        done(
            "Operators may use their passwords." if wanted else "Only administrators may use a password now."
        )
        st.rerun()
