"""What puts an app client right where a diagnosis ends: one thing changed, ready to be confirmed.

A fix is made from the settings as they were read for the diagnosis; it is shown, before and after, on the
whole client read anew, and written only if that is still the same (`UpdateClient`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.cognito.actions import UpdateClient
from services.cognito.app_clients import ClientEdit, ClientSetting, ClientSettings
from services.cognito.models import AppClient

LOCAL = "COGNITO"
"""What AWS calls the pool's own accounts among a client's providers."""


@dataclass(frozen=True, slots=True)
class ClientFix:
    """`label` says what it does, as an order; `edits` are what it changes of the client."""

    label: str
    client_id: str
    client_name: str
    edits: tuple[ClientEdit, ...]

    def change(self, seen: ClientSettings) -> UpdateClient:
        """The change, for the client as it was shown."""
        return UpdateClient(self.client_id, self.client_name, self.edits, seen.stamp)

    def differences(self, now: ClientSettings) -> tuple[tuple[str, str, str], ...]:
        """What it changes, as (setting, before, after). Raises `InvalidValue` for what AWS wouldn't take."""
        after = now.with_edits(self.edits)
        settings = dict.fromkeys(edit.setting for edit in self.edits)
        return tuple(
            (
                setting.words,
                ", ".join(now.shown(setting)) or "none",
                ", ".join(after.shown(setting)) or "none",
            )
            for setting in settings
            if now.shown(setting) != after.shown(setting)
        )


def fix_of(client: AppClient, label: str, *edits: ClientEdit) -> ClientFix:
    """A fix for this client: a title for people, and the edits it makes."""
    return ClientFix(label, client.id, client.name or client.id, edits)


def allow_callback(client: AppClient, url: str) -> ClientFix:
    """Let the login page send people back to `url`; the login pages are turned on if they are off."""
    edit = ClientEdit(ClientSetting.CALLBACK_URLS, url)
    return fix_of(client, f"Allow {url}", *_login_pages(client), edit)


def use_login_pages(client: AppClient, url: str = "") -> ClientFix:
    """Turn the login pages on with the authorization code grant; `url` is where people are sent back to."""
    back = [ClientEdit(ClientSetting.CALLBACK_URLS, url)] if url and url not in client.callback_urls else []
    return fix_of(client, "Turn the login pages on", *_login_pages(client), *back)


def allow_flow(client: AppClient, flow: str) -> ClientFix:
    """Turn an authentication flow (AWS's name) on."""
    return fix_of(client, f"Turn {flow} on", ClientEdit(ClientSetting.FLOWS, flow))


def forbid_flows(client: AppClient, flows: Iterable[str]) -> ClientFix:
    """Turn authentication flows (AWS's names) off."""
    names = tuple(flows)
    edits = (ClientEdit(ClientSetting.FLOWS, name, on=False) for name in names)
    return fix_of(client, f"Turn {' and '.join(names)} off", *edits)


def allow_scopes(client: AppClient, scopes: Iterable[str]) -> ClientFix:
    """Let applications ask for these scopes."""
    names = tuple(scopes)
    edits = (ClientEdit(ClientSetting.SCOPES, name) for name in names)
    return fix_of(client, f"Allow {' and '.join(names)}", *edits)


def offer_provider(client: AppClient, name: str) -> ClientFix:
    """Show an identity provider on the client's login page."""
    said = "the pool's own accounts" if name == LOCAL else name
    return fix_of(client, f"Offer {said}", ClientEdit(ClientSetting.PROVIDERS, name))


def stop_offering(client: AppClient, names: Iterable[str]) -> ClientFix:
    """Take identity providers off the client's login page."""
    gone = tuple(names)
    edits = (ClientEdit(ClientSetting.PROVIDERS, name, on=False) for name in gone)
    return fix_of(client, f"Stop offering {' and '.join(gone)}", *edits)


def allow_writing(client: AppClient, attributes: Iterable[str]) -> ClientFix:
    """Let the client write attributes, as each sign-in through a provider does for those it maps."""
    edits = (ClientEdit(ClientSetting.WRITABLE, name) for name in attributes)
    return fix_of(client, "Let it write them", *edits)


def fixes_for_sign_in(
    client: AppClient, redirect_uri: str, scopes: Iterable[str], provider: str = ""
) -> tuple[ClientFix, ...]:
    """What a sign-in through the login page needs and the client doesn't allow, one fix for each.

    None for a client of programs: it can't become one of people (API reference, AllowedOAuthFlows).
    """
    found: list[ClientFix] = []
    if client.is_program:
        return ()
    if redirect_uri not in client.callback_urls:
        found.append(allow_callback(client, redirect_uri))
    elif not client.hosted or "code" not in client.oauth_flows:
        found.append(use_login_pages(client))
    # what comes on with the login pages isn't missing any more
    on = {edit.value for edit in _login_pages(client)} if found else set()
    missing = [scope for scope in scopes if scope not in client.scopes and scope not in on]
    if missing:
        found.append(allow_scopes(client, missing))
    if provider and provider not in client.providers:
        found.append(offer_provider(client, provider))
    return tuple(found)


def _login_pages(client: AppClient) -> tuple[ClientEdit, ...]:
    """What is missing for the login pages to be on at all."""
    edits = [] if client.hosted else [ClientEdit(ClientSetting.HOSTED)]
    if "code" not in client.oauth_flows:
        edits.append(ClientEdit(ClientSetting.GRANTS, "code"))
    if "openid" not in client.scopes:
        edits.append(ClientEdit(ClientSetting.SCOPES, "openid"))
    if not client.providers:
        edits.append(ClientEdit(ClientSetting.PROVIDERS, LOCAL))
    return tuple(edits)
