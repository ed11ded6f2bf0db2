"""App clients of a pool: one setting changed at a time, and their secrets replaced.

UpdateUserPoolClient sets back to AWS's default whatever isn't sent (API reference), so a change is made
from the whole client as it was read a moment before. What a client has and the installed botocore
doesn't know can't be read either: keep boto3 up to date. Sources: API reference, UpdateUserPoolClient,
AddUserPoolClientSecret, DeleteUserPoolClientSecret; service model cognito-idp.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services.cognito import parse
from services.cognito.attributes import NEVER_WRITTEN, STANDARD
from services.cognito.models import AppClient
from services.cognito.mutations import Mutations, mutation
from services.cognito.permit import Permit
from services.errors import InvalidValue
from services.words import NamedInWords

if TYPE_CHECKING:
    from services.cognito.client import AwsClient

DEFAULT_FLOWS = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
"""What a client may whose flows were never set (API reference, CreateUserPoolClient)."""

MOST_SECRETS = 2
"""Secrets that a client can have at once (API reference, AddUserPoolClientSecret)."""

NOT_SENT = frozenset(
    {"ClientSecret", "CreationDate", "LastModifiedDate", "ClientType", "UserPoolId", "ClientId"}
)
"""What a client is described with and is no setting (service model)."""

# the names from before 2018, which can't stand beside those with ALLOW_ (API reference)
_OLD_FLOWS = frozenset({"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"})
_LONGEST_URL = 1024
_PROGRAMS = "client_credentials"
_REFRESH = "ALLOW_REFRESH_TOKEN_AUTH"
_NO_PLACES = frozenset({"about", "blob", "data", "file", "javascript", "vbscript"})
"""Schemes that name something to run or to read, and nowhere to go."""


class ClientSetting(NamedInWords):
    """A setting of an app client that can be changed here; the value is AWS's name of it."""

    CALLBACK_URLS = "CallbackURLs", "callback URLs"
    LOGOUT_URLS = "LogoutURLs", "sign-out URLs"
    FLOWS = "ExplicitAuthFlows", "authentication flows"
    PROVIDERS = "SupportedIdentityProviders", "identity providers"
    GRANTS = "AllowedOAuthFlows", "OAuth grants"
    SCOPES = "AllowedOAuthScopes", "scopes"
    WRITABLE = "WriteAttributes", "attributes that it may write"
    HOSTED = "AllowedOAuthFlowsUserPoolClient", "use of the login pages"
    REVOCATION = "EnableTokenRevocation", "revoking of single sign-ins"
    EXISTENCE = "PreventUserExistenceErrors", "hiding of who has an account"


_OF_LOGIN_PAGES = frozenset(
    {ClientSetting.GRANTS, ClientSetting.SCOPES, ClientSetting.CALLBACK_URLS, ClientSetting.LOGOUT_URLS}
)
_UNSET = {
    ClientSetting.FLOWS: DEFAULT_FLOWS,
    # "the standard attributes" (API reference, WriteAttributes), as far as an application can write them
    ClientSetting.WRITABLE: tuple(
        name for name in STANDARD if name not in NEVER_WRITTEN and not name.endswith("_verified")
    ),
}
"""What a list that was never set stands for."""

SWITCHES = frozenset({ClientSetting.HOSTED, ClientSetting.REVOCATION, ClientSetting.EXISTENCE})
"""Settings that are on or off; the others are lists."""


@dataclass(frozen=True, slots=True)
class ClientEdit:
    """One thing to change: `value` put into the list `setting`, or taken out; a switch has no value."""

    setting: ClientSetting
    value: str = ""
    on: bool = True


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Everything that an update of a client sends, as AWS has it now; its secret isn't part of it."""

    id: str
    name: str
    values: Mapping[str, Any] = field(repr=False)

    @property
    def stamp(self) -> str:
        """The same for equal settings: a sign that nobody has changed them in between."""
        text = json.dumps(self.values, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def rotates(self) -> bool:
        """Whether each use of a refresh token brings a new one, so that REFRESH_TOKEN_AUTH isn't to be had
        (developer guide, "Refresh token rotation")."""
        return (self.values.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"

    def shown(self, setting: ClientSetting) -> tuple[str, ...]:
        """What a setting holds, for people: the entries of a list, or “on” or “off”."""
        if setting in SWITCHES:
            return ("on" if self._is_on(setting) else "off",)
        return self._listed(setting)

    def _is_on(self, setting: ClientSetting) -> bool:
        value = self.values.get(setting)
        return value == "ENABLED" if setting is ClientSetting.EXISTENCE else bool(value)

    def _listed(self, setting: ClientSetting) -> tuple[str, ...]:
        return tuple(str(value) for value in self.values.get(setting) or ()) or _UNSET.get(setting, ())

    def with_edit(self, edit: ClientEdit) -> ClientSettings:
        """The client as it will be. Raises `InvalidValue` for what AWS wouldn't take."""
        if edit.setting in SWITCHES:
            now: Any = edit.on
            if edit.setting is ClientSetting.EXISTENCE:
                now = "ENABLED" if edit.on else "LEGACY"
            return self._with(edit.setting, now)
        _check(edit, self)
        have = self._listed(edit.setting)
        if edit.setting is ClientSetting.FLOWS and self.rotates and not self.values.get(edit.setting):
            have = tuple(flow for flow in have if flow != _REFRESH)  # of what was never set
        if edit.on:
            return self._with(edit.setting, list(dict.fromkeys((*have, edit.value))))
        return self._with(edit.setting, [value for value in have if value != edit.value])

    def with_edits(self, edits: Iterable[ClientEdit]) -> ClientSettings:
        """The client after each of `edits`, in order."""
        found = self
        for edit in edits:
            found = found.with_edit(edit)
        return found

    def _with(self, setting: ClientSetting, value: Any) -> ClientSettings:
        return ClientSettings(self.id, self.name, {**self.values, str(setting): value})

    def differs(self, other: ClientSettings) -> tuple[str, ...]:
        """AWS's names of the settings that aren't the same in both, in order.

        An empty list and none are one, and so is the order of a list.
        """
        names = sorted({*self.values, *other.values})
        return tuple(
            name for name in names if _plain(self.values.get(name)) != _plain(other.values.get(name))
        )


@dataclass(frozen=True, slots=True)
class ClientSecretInfo:
    """A secret of a client, without the secret: AWS tells it once only, when it is made."""

    id: str
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewClientSecret:
    """A secret that was just made."""

    id: str
    value: str = field(repr=False)
    created: datetime | None = None


class AppClients(Mutations):
    """The part of the gateway that is about app clients. Raises the `CognitoError`s of `translate`."""

    pool_id: str
    client: AwsClient

    if TYPE_CHECKING:

        def _client(self, client_id: str) -> Mapping[str, Any]: ...
        def _pages(self, operation: str, listed: str, identity: str, **parameters: Any) -> Iterator[Any]: ...
        def describe_client(self, client_id: str) -> AppClient: ...

    def client_settings(self, client_id: str) -> ClientSettings:
        """The whole of an app client's settings, without its secret. Raises `ClientNotFound`."""
        raw = self._client(client_id)
        kept = {name: value for name, value in raw.items() if name not in NOT_SENT}
        return ClientSettings(str(raw["ClientId"]), str(raw.get("ClientName") or ""), kept)

    def client_secrets(self, client_id: str) -> tuple[ClientSecretInfo, ...]:
        """Which secrets a client has, the oldest first.

        Raises `NotAvailable` where the backend or botocore has one secret only.
        """
        raw = self._pages("ListUserPoolClientSecrets", "ClientSecrets", "ClientSecretId", ClientId=client_id)
        found = (
            ClientSecretInfo(str(secret["ClientSecretId"]), parse.time(secret.get("ClientSecretCreateDate")))
            for secret in raw
        )
        return tuple(sorted(found, key=lambda secret: (str(secret.created or ""), secret.id)))

    @mutation("UpdateUserPoolClient")
    def update_client(self, permit: Permit, client_id: str, settings: Mapping[str, Any]) -> None:
        """Set everything of a client; what `settings` (AWS's names) leave out becomes AWS's default."""
        self.client.change(permit, "UpdateUserPoolClient", self.pool_id, ClientId=client_id, **settings)

    @mutation("AddUserPoolClientSecret")
    def add_client_secret(self, permit: Permit, client_id: str) -> NewClientSecret:
        """A further secret, made by AWS and told this once; the ones there are go on working."""
        raw = parse.part(
            self.client.change(permit, "AddUserPoolClientSecret", self.pool_id, ClientId=client_id),
            "ClientSecretDescriptor",
        )
        return NewClientSecret(
            str(raw["ClientSecretId"]),
            str(raw.get("ClientSecretValue") or ""),
            parse.time(raw.get("ClientSecretCreateDate")),
        )

    @mutation("DeleteUserPoolClientSecret")
    def delete_client_secret(self, permit: Permit, client_id: str, secret_id: str) -> None:
        """Make a secret worthless; the last one can't be deleted."""
        self.client.change(
            permit,
            "DeleteUserPoolClientSecret",
            self.pool_id,
            ClientId=client_id,
            ClientSecretId=secret_id,
        )


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return sorted(map(str, value)) or None
    return None if value in ("", None) else value


def _check(edit: ClientEdit, client: ClientSettings) -> None:
    """Refuse what AWS would refuse, or take and then not work. Raises `InvalidValue`."""
    value = edit.value
    if not value or value != value.strip():
        raise InvalidValue("There is nothing to change.", "Enter it without spaces around it.", field="value")
    if edit.setting in (ClientSetting.CALLBACK_URLS, ClientSetting.LOGOUT_URLS) and edit.on:
        _check_url(value)
    if edit.setting is ClientSetting.FLOWS and _OLD_FLOWS & set(client.values.get(edit.setting) or ()):
        raise InvalidValue(
            f"{client.name} has flows by their names of before 2018, which AWS doesn't mix with new ones.",
            "Save the client once in the AWS console, which writes the new names; then try again.",
            field="value",
        )
    if edit.setting in _UNSET and not edit.on and set(client.shown(edit.setting)) <= {value}:
        raise InvalidValue(
            f"{value} is the last one, and AWS takes an empty list for its default: "
            f"{', '.join(_UNSET[edit.setting])}.",
            "Put another one in first.",
            field="value",
        )
    if edit.setting is ClientSetting.GRANTS and edit.on:
        _check_grant(value, client)
    if not edit.on and client.values.get(ClientSetting.HOSTED):
        _check_leaving(edit, client)
    if value == _REFRESH and edit.on and client.rotates:
        raise InvalidValue(
            f"{client.name} gives a new refresh token each time, and {value} doesn't work beside that.",
            "The application calls GetTokensFromRefreshToken instead; nothing has to be turned on for it.",
            field="value",
        )
    if edit.setting in _OF_LOGIN_PAGES and edit.on and not client.values.get(ClientSetting.HOSTED):
        raise InvalidValue(
            f"{client.name} doesn't use the login pages, so it has no {edit.setting.words}.",
            "Turn the use of the login pages on first.",
            field="value",
        )


def _check_grant(grant: str, client: ClientSettings) -> None:
    """API reference, UpdateUserPoolClient, AllowedOAuthFlows: client_credentials goes with no other."""
    others = set(client.shown(ClientSetting.GRANTS)) - {grant}
    if others and _PROGRAMS in {grant, *others}:
        raise InvalidValue(
            f"{client.name} can't have {grant} beside {', '.join(sorted(others))}: “{_PROGRAMS}” is for "
            "programs that sign in as themselves, and stands alone.",
            "People sign in through an app client of its own; make another one for them.",
            field="value",
        )


def _check_leaving(edit: ClientEdit, client: ClientSettings) -> None:
    """What the login pages don't work without isn't taken out of a client that uses them."""
    value, setting = edit.value, edit.setting
    if setting is ClientSetting.CALLBACK_URLS and value == client.values.get("DefaultRedirectURI"):
        raise InvalidValue(
            f"{value[:200]} is where {client.name} sends people back to when nothing else is said.",
            "Choose another default redirect URL in the AWS console first.",
            field="value",
        )
    needed = {ClientSetting.GRANTS, ClientSetting.SCOPES, ClientSetting.PROVIDERS}
    if set(client.shown(ClientSetting.GRANTS)) != {_PROGRAMS}:
        needed.add(ClientSetting.CALLBACK_URLS)
    if setting in needed and set(client.shown(setting)) <= {value}:
        raise InvalidValue(
            f"{value[:200]} is the last of the {setting.words}; nobody could sign in through the login pages "
            f"of {client.name} without.",
            "Put another one in first, or turn the use of the login pages off.",
            field="value",
        )


def _check_url(url: str) -> None:
    """API reference, UpdateUserPoolClient, CallbackURLs: absolute, no fragment, https but for localhost."""
    parts = urlsplit(url)
    if not parts.scheme or "#" in url or len(url) > _LONGEST_URL or any(char.isspace() for char in url):
        raise InvalidValue(
            f"AWS doesn't take {url[:200]} as a URL to be sent back to.",
            "It is a whole address with https://, without # and without spaces.",
            field="value",
        )
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise InvalidValue(
            f"{url[:200]} isn't encrypted, and AWS takes http for localhost only.",
            "Use https.",
            field="value",
        )
    web = parts.scheme in ("http", "https")
    nowhere = not parts.hostname if web else not (parts.netloc or parts.path)
    if nowhere or parts.scheme in _NO_PLACES or "*" in parts.netloc or "@" in parts.netloc:
        raise InvalidValue(
            f"{url[:200]} is no place to send people back to.",
            "It is the whole address of a page of the application, with its host and without a user name or "
            "a placeholder; an app on a phone has a scheme of its own.",
            field="value",
        )
