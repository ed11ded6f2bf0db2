"""Applications: what users sign in to, through which app client and groups, and as which role."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from services.cognito.connection import ConnectionSettings
from services.cognito.gateway import CognitoGateway
from services.cognito.models import AppClient, Group
from services.configuration.service import ConfigurationService, Saved, secret_fact
from services.errors import InvalidValue
from services.gateways import gateway_for, target_of
from services.roles import Actor
from services.store import checks, records
from services.store.activity import NewActivity, only_changed
from services.store.applications import CALLBACK_PATH, Application
from services.store.connections import Connection
from services.store.pools import PoolRecord
from services.store.records import facts

KIND = "application"
MOST_PROPOSED = 30
"""App clients that are read at once to propose applications; more come when these are added."""


@dataclass(frozen=True, slots=True)
class GroupUse:
    """Which applications a group opens; `exists` is False for a group that the pool lacks."""

    group: str
    applications: tuple[str, ...]
    exists: bool


@dataclass(frozen=True, slots=True)
class ProposedApplication:
    """An application made from an app client's settings; `note` says what to look at, or "".

    `usable` is False for what people don't sign in with.
    """

    application: Application
    note: str
    usable: bool

    def edited(self, name: str, url: str, groups: tuple[str, ...]) -> Application:
        """The application as the operator wants it."""
        return replace(self.application, name=name, application_url=url, allowed_groups=groups)


class ApplicationService(ConfigurationService):
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def list(self, pool_record_id: str | None = None) -> tuple[Application, ...]:
        """All applications by name, or those of one pool."""
        self._actor()
        return self._store.applications.list(pool_record_id)

    def get(self, id: str) -> Application:
        """One application. Raises `RecordNotFound`."""
        self._actor()
        return self._store.applications.get(id)

    def add(self, typed: Application, *, read_secret: bool = False) -> Saved[Application]:
        """Store an application.

        A blank discovery URL is filled in; `read_secret` asks Cognito for the secret. Raises
        `InvalidValue`, `NameTaken`, `RecordNotFound`, `CognitoError`s.
        """
        actor = self._actor()
        pool, connection = self._place(typed.pool_record_id)
        taken = [application.name for application in self._store.applications.list(pool.id)]
        new = checked_application(typed, _discovery(pool, connection), taken)
        new = self._with_secret(typed, new, "", read_secret)
        with self._store.activity.audited(_line(actor, "add_application", new, pool)) as line:
            made = self._store.applications.add(new)
            secret = secret_fact(new, "", added=True)
            line.after = {"id": made.id, **facts(new), **secret}
        return Saved(made, line.id)

    def change(self, id: str, typed: Application, *, read_secret: bool = False) -> Saved[Application]:
        """Change an application, as `add` stores it; it stays in its pool.

        A secret that is None keeps the stored one as long as the app client stays the same. Raises
        as `add` does; nothing was changed then.
        """
        actor = self._actor()
        old = self._store.applications.get(id)
        pool, connection = self._place(old.pool_record_id)
        taken = [
            application.name for application in self._store.applications.list(pool.id) if application.id != id
        ]
        new = checked_application(typed, _discovery(pool, connection), taken)
        new = replace(new, id=id, pool_record_id=pool.id)
        stored = self._store.applications.secret(id)
        new = self._with_secret(typed, new, stored if new.client_id == old.client_id else "", read_secret)
        before, after = only_changed(facts(old), facts(new))
        with self._store.activity.audited(
            _line(actor, "change_application", new, pool, before=before)
        ) as line:
            made = self._store.applications.update(new)
            line.after = {**after, **secret_fact(new, stored)}
        return Saved(made, line.id)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget an application (nothing changes at AWS); the line's id."""
        actor = self._actor()
        old = self._store.applications.get(id)
        pool = self._store.pools.get(old.pool_record_id)
        with self._store.activity.audited(
            _line(actor, "remove_application", old, pool, before=facts(old), reason=reason)
        ) as line:
            self._store.applications.delete(id)
            line.after = {"removed": True}
        return line.id

    def discovery_url(self, pool_record_id: str) -> str:
        """Where the pool's OpenID description stands, by its region and id."""
        self._actor()
        return _discovery(*self._place(pool_record_id))

    def clients(self, pool_record_id: str) -> tuple[AppClient, ...]:
        """The pool's app clients now, by name: id and name only. Raises `CognitoError`s."""
        return self._gateway(pool_record_id).list_clients()

    def client(self, pool_record_id: str, client_id: str) -> AppClient:
        """One app client's settings now, without its secret. Raises `CognitoError`s."""
        return self._gateway(pool_record_id).describe_client(client_id)

    def proposals(self, pool_record_id: str) -> tuple[ProposedApplication, ...]:
        """Applications for the app clients that none here stands for, at most `MOST_PROPOSED`, by name.

        One call lists the clients, one more reads each. Raises `CognitoError`s.
        """
        known = {application.client_id for application in self.list(pool_record_id)}
        gateway = self._gateway(pool_record_id)
        unknown = [client for client in gateway.list_clients() if client.id not in known][:MOST_PROPOSED]
        return tuple(
            proposed_application(gateway.describe_client(client.id), pool_record_id) for client in unknown
        )

    def groups(self, pool_record_id: str) -> tuple[Group, ...]:
        """The pool's groups now, by name. Raises `CognitoError`s."""
        return tuple(
            sorted(self._gateway(pool_record_id).list_groups(), key=lambda group: group.name.casefold())
        )

    def _place(self, pool_record_id: str) -> tuple[PoolRecord, Connection]:
        pool = self._store.pools.get(pool_record_id)
        return pool, self._store.connections.get(pool.connection_id)

    def _gateway(self, pool_record_id: str) -> CognitoGateway:
        actor = self._actor()
        return gateway_for(self._store, target_of(self._store.pools.get(pool_record_id)), actor.name)

    def _with_secret(self, typed: Application, new: Application, stored: str, read: bool) -> Application:
        if not read:
            return replace(new, secret=stored if typed.secret is None else checks.client_secret(typed.secret))
        secret = self._gateway(new.pool_record_id).client_secret(new.client_id)
        if not secret:
            raise InvalidValue(
                "Cognito has no secret for this app client: it is a public one.",
                "Save it without a secret.",
                field="secret",
            )
        return replace(new, secret=secret)


def _line(actor: Actor, action: str, application: Application, pool: PoolRecord, **more: Any) -> NewActivity:
    return NewActivity(
        actor,
        action,
        pool.name,
        target_kind=KIND,
        target_id=application.id,
        target_name=application.name,
        **more,
    )


def checked_application(typed: Application, discovery: str, taken: Iterable[str]) -> Application:
    """An application as it is stored, its secret left as it was typed; `discovery` fills in for a blank.

    `taken` are the names in use in its pool. Raises `InvalidValue` naming the first field that isn't usable.
    """
    return records.checked(
        typed,
        name=lambda value: checks.free_name(checks.name(value), taken),
        discovery_url=lambda value: checks.discovery_url(value if value.strip() else discovery),
        group_roles=lambda value: checks.group_roles(value, checks.groups(typed.allowed_groups)),
    )


def proposed_application(client: AppClient, pool_record_id: str) -> ProposedApplication:
    """What the settings of an app client say about the application that it belongs to.

    A client whose only flow is `client_credentials` signs programs in, not people (Cognito developer
    guide, "App client settings terms").
    """
    url, note = _address_of(client)
    program = bool(client.oauth_flows) and set(client.oauth_flows) == {"client_credentials"}
    if program:
        note = "Signs programs in, not people."
    name = unicodedata.normalize("NFC", client.name or client.id)
    return ProposedApplication(Application(pool_record_id, name, client.id, url), note, not program)


def _address_of(client: AppClient) -> tuple[str, str]:
    """Where the application lives by its callback URLs, and what is to be said about them."""
    web = [url for url in client.callback_urls if url.startswith(("https://", "http://"))]
    # https first: http is allowed for the developer's own machine only
    web.sort(key=lambda url: (not url.endswith(CALLBACK_PATH), url.startswith("http://")))
    if web and web[0].endswith(CALLBACK_PATH):
        return web[0].removesuffix(CALLBACK_PATH), ""
    if web:
        parts = urlsplit(web[0])
        return f"{parts.scheme}://{parts.netloc}", f"Comes back to {web[0]}, not to {CALLBACK_PATH}."
    if client.callback_urls:
        return "", f"A mobile app or the like: comes back to {client.callback_urls[0]}."
    return "", "Has no callback URL: it signs people in through the API."


def callback_of(application_url: str) -> str:
    """Where an application at this address takes the answer of a sign-in; "" for a blank address."""
    return application_url.strip().rstrip("/") + CALLBACK_PATH if application_url.strip() else ""


def pool_discovery_url(region: str, endpoint_url: str, pool_id: str) -> str:
    """Where a pool's OpenID description stands.

    On AWS that is the service's host, not the pool's domain (Cognito developer guide, "User pool
    endpoints"); another endpoint answers for its own pools.
    """
    if not ConnectionSettings(region, endpoint_url=endpoint_url).is_aws:
        return f"{endpoint_url.rstrip('/')}/{pool_id}{checks.DISCOVERY_PATH}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{region}.{suffix}/{pool_id}{checks.DISCOVERY_PATH}"


def _discovery(pool: PoolRecord, connection: Connection) -> str:
    return pool_discovery_url(pool.region or connection.region, connection.endpoint_url, pool.pool_id)


def callback_problem(client: AppClient, application_url: str) -> str:
    """A sentence when the app client would refuse to send people back to the application, or ""."""
    wanted = callback_of(application_url)
    if not wanted or wanted in client.callback_urls:
        return ""
    return (
        f"The app client “{client.name or client.id}” doesn't list the callback URL {wanted}, so sign-ins "
        "end with “redirect_mismatch”. Add it in the AWS console: the pool, App clients, this client, "
        "Login pages, Allowed callback URLs."
    )


def group_uses(applications: Iterable[Application], groups: Iterable[str]) -> tuple[GroupUse, ...]:
    """For every group of a pool, and every group that its applications name, what it opens.

    Groups of most applications first, groups tied to none last, by name within.
    """
    opened: dict[str, list[str]] = {name: [] for name in groups}
    existing = set(opened)
    for application in applications:
        for group in application.allowed_groups:
            opened.setdefault(group, []).append(application.name)
    uses = (
        GroupUse(group, tuple(sorted(names, key=str.casefold)), group in existing)
        for group, names in opened.items()
    )
    return tuple(sorted(uses, key=lambda use: (-len(use.applications), use.group.casefold())))
