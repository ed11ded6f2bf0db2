"""The app client of an application: its settings, changed one at a time, and its secrets."""

from __future__ import annotations

import streamlit as st

from console.configuration import editor
from console.configuration.editor import Editor
from console.feedback import done, show_error
from console.widgets import dialog
from console.widgets.client_fix import fix_button, show_client_fix
from console.widgets.dialog import Opened
from console.widgets.words import md, minute, unmarked
from services.cognito.app_clients import MOST_SECRETS, ClientEdit, ClientSecretInfo, ClientSetting
from services.cognito.models import AppClient
from services.configuration.applications import ApplicationService
from services.configuration.client_secrets import ClientSecrets, ShownSecret
from services.errors import CognitoError, ConsoleError
from services.login.client_fixes import (
    LOCAL,
    ClientFix,
    allow_flow,
    fix_of,
    forbid_flows,
    offer_provider,
    stop_offering,
    use_login_pages,
)
from services.login.client_flows import flows_of
from services.login.sign_in_flow import FLOWS
from services.pool_session import PoolSession
from services.store.activity import Why
from services.store.applications import Application
from services.store.pools import PoolRecord

_TITLES = {
    **{facts.allowed_by[0]: facts.title for facts in FLOWS.values() if facts.allowed_by},
    "ALLOW_CUSTOM_AUTH": "The pool's own questions",
    "ALLOW_REFRESH_TOKEN_AUTH": "Staying signed in",
}
_DIALOG = "client-secret"


def tab_of(pool: PoolRecord) -> str:
    """Where it stands which application's app client is open in this pool."""
    return f"app-client-{pool.id}"


def show_app_client(service: ApplicationService, session: PoolSession, opened: Editor) -> None:
    """Everything about one app client. Raises `RecordNotFound`, `CognitoError`s."""
    application = service.get(opened.id)
    client = service.client(application.pool_record_id, application.client_id)
    st.button(
        "Back to the applications",
        icon=":material/arrow_back:",
        type="tertiary",
        key=opened.key("back"),
        on_click=editor.close,
        args=(opened.tab,),
    )
    st.header(f"App client of {md(application.name)}", anchor=False)
    st.markdown(editor.field_line("App client", f"{client.name or client.id} ({client.id})"))
    _login_pages(session, client, application, opened)
    _flows(client)
    _switches(client)
    _secrets(ClientSecrets(session, service), client, application)
    show_client_fix(session)


def _row(what: str, state: str, fix: ClientFix, key: str, title: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        # plain text: in Markdown an address would become a link
        st.text(f"{what}: {state}" if state else what, width="stretch")
        fix_button(fix, key, title=title)


def _login_pages(session: PoolSession, client: AppClient, application: Application, opened: Editor) -> None:
    with st.container(border=True, key="client-login-pages"):
        st.markdown("**Login pages**")
        if not client.hosted and client.is_program:
            st.markdown("Off: programs sign in with this app client, and so no people.")
            return
        if not client.hosted:
            _row("Off", "", use_login_pages(client, application.callback_url), "hosted", "Turn them on")
            return
        _addresses(
            client, ClientSetting.CALLBACK_URLS, client.callback_urls, application.callback_url, opened
        )
        _addresses(client, ClientSetting.LOGOUT_URLS, client.logout_urls, "", opened)
        st.markdown("Identity providers")
        try:
            names = [provider.name for provider in session.gateway.identity_providers()]
        except CognitoError as error:
            show_error(error)
            names = []
        for name in dict.fromkeys((LOCAL, *names, *client.providers)):
            title = "The pool's own accounts" if name == LOCAL else name
            offers = name in client.providers
            fix = stop_offering(client, [name]) if offers else offer_provider(client, name)
            state, order = ("offered", "Stop offering") if offers else ("not offered", "Offer")
            _row(title, state, fix, f"provider-{name}", order)


def _addresses(
    client: AppClient, setting: ClientSetting, have: tuple[str, ...], wanted: str, opened: Editor
) -> None:
    """The URLs of a setting, each to be taken out, and a field for another one."""
    st.markdown(setting.words[:1].upper() + setting.words[1:])
    for url in have:
        fix = fix_of(client, f"Take {url} out", ClientEdit(setting, url, on=False))
        _row(url, "", fix, f"{setting}-{url}", "Take out")
    if not have:
        st.markdown("None")
    offered = wanted if wanted and wanted not in have else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            f"Another of the {setting.words}",
            offered,
            placeholder="https://…",
            key=opened.key(f"{setting}-{len(have)}"),
            width=480,
        )
        url = unmarked(typed or "").strip()
        if url:
            fix_button(
                fix_of(client, f"Allow {url}", ClientEdit(setting, url)), f"{setting}-add", title="Allow it"
            )


def _flows(client: AppClient) -> None:
    with st.container(border=True, key="client-flows"):
        st.markdown("**Ways to sign in through the API (authentication flows)**")
        have = flows_of(client)
        for name in dict.fromkeys((*_TITLES, *have)):
            on, title = name in have, f"{_TITLES[name]} ({name})" if name in _TITLES else name
            fix = forbid_flows(client, [name]) if on else allow_flow(client, name)
            _row(title, "on" if on else "off", fix, f"flow-{name}", "Turn off" if on else "Turn on")


def _switches(client: AppClient) -> None:
    with st.container(border=True, key="client-switches"):
        st.markdown("**Safety**")
        hides, revokes = client.prevent_user_existence == "ENABLED", bool(client.token_revocation)
        for setting, title, on in (
            (ClientSetting.EXISTENCE, "Errors of signing in don't tell who has an account", hides),
            (ClientSetting.REVOCATION, "Single sign-ins can be revoked", revokes),
        ):
            fix = fix_of(client, "Turn off" if on else "Turn on", ClientEdit(setting, on=not on))
            _row(title, "on" if on else "off", fix, str(setting), fix.label)


def _secrets(secrets: ClientSecrets, client: AppClient, application: Application) -> None:
    with st.container(border=True, key="client-secrets"):
        st.markdown("**Secrets**")
        if not client.has_secret:
            st.markdown("It has none: a public client, for an app on a phone or in a browser.")
            return
        try:
            known = secrets.list(client.id)
        except ConsoleError as error:
            st.markdown(f"They can't be replaced from here: {md(error.message)} {md(error.next_step)}")
            return
        st.markdown(
            "To replace a secret without an interruption: make a second one, give it to the application, "
            "then delete the old one. Both work in between."
        )
        for secret in known:
            _secret(secrets, client, secret, only=len(known) == 1)
        st.button(
            "Make a second secret…",
            icon=":material/key:",
            key="client-secret-add",
            disabled=len(known) >= MOST_SECRETS,
            help="There are two, which is the most. Delete one first."
            if len(known) >= MOST_SECRETS
            else None,
            on_click=dialog.open_dialog,
            args=(_DIALOG, client.id),
        )
    opened = dialog.opened(_DIALOG)
    if opened is not None and opened.subject == client.id:
        _show_dialog(secrets, client, application, opened)


def _secret(secrets: ClientSecrets, client: AppClient, secret: ClientSecretInfo, *, only: bool) -> None:
    made = f"made {minute(secret.created)}" if secret.created else secret.id
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Secret {md(made)}", width="stretch")
        pressed = st.button(
            "Delete…",
            icon=":material/delete:",
            key=f"client-secret-delete-{secret.id}",
            disabled=only,
            help="The last secret can't be deleted. Make a second one first." if only else None,
        )

    def delete(why: Why) -> None:
        line = secrets.delete(client, secret.id, **why)
        done(f"The secret {made} of {client.name or client.id} is deleted.", line)

    dialog.confirm(
        pressed,
        "Delete a secret",
        f"Whatever still signs in to {client.name or client.id} with the secret {made} stops working at "
        "once. It can't be undone.",
        typed=client.name or client.id,
        action=delete,
        button="Delete",
        key=f"client-secret-delete-dialog-{secret.id}",
    )


def _show_dialog(secrets: ClientSecrets, client: AppClient, application: Application, opened: Opened) -> None:
    def body() -> None:
        if opened.once.succeeded:
            _hand_over(opened, client)
            return
        st.markdown(
            "AWS makes it and tells it once. It is shown here once: have the place ready where the "
            "application keeps it."
        )
        with dialog.form(
            opened,
            "Make it",
            reason="optional",
            on_action=_make,
            args=(secrets, client, application, opened),
        ):
            st.checkbox(
                f"Use it for login tests of {md(application.name)} here, too",
                value=application.has_secret,
                key=opened.key("keep"),
            )

    dialog.show_dialog(f"A second secret of {client.name or client.id}", body)


def _make(secrets: ClientSecrets, client: AppClient, application: Application, opened: Opened) -> None:
    keep_for, why = application if opened.value("keep", False) else None, opened.why
    opened.attempt(lambda: secrets.add(client, keep_for, **why))


def _hand_over(opened: Opened, client: AppClient) -> None:
    handed: ShownSecret | None = opened.once.answer
    assert handed is not None  # noqa: S101 - as the only caller has seen to
    if handed.value:
        st.code(handed.value, language=None)
        st.markdown("It isn't shown again. The old secret works until you delete it.")
    else:
        st.error(
            "The secret was made, but AWS's answer was lost, and nobody can read it any more. Delete it, and "
            "make another one.",
            icon=":material/error:",
        )
    if handed.not_kept:
        st.warning(f"The console could not keep it for login tests: {md(handed.not_kept)}")
    if dialog.close_button(opened, "I have it", escape=False):
        done(f"{client.name or client.id} has a second secret.", handed.activity_id)
        st.rerun()
