"""Applications: what users sign in to, through which app client and groups, and as which role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.cognito.connection import ConnectionSettings
from services.cognito.gateway import CognitoGateway
from services.cognito.models import AppClient, Group
from services.configuration import checks
from services.configuration.recording import Recorded, carry_out, only_changed
from services.errors import InvalidValue
from services.pool_session import gateway_for, target_of
from services.roles import Actor, ActorSource, Permission
from services.store.applications import CALLBACK_PATH, Application, NewApplication
from services.store.connections import Connection
from services.store.pools import PoolRecord
from services.store.store import Store

KIND = "application"


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What is typed or picked.

    A blank secret keeps the stored one as long as the app client stays the same; `read_secret`
    asks Cognito for it, `forget_secret` drops it. A blank discovery URL is filled in.
    """

    name: str
    client_id: str
    application_url: str = ""
    discovery_url: str = ""
    allowed_groups: tuple[str, ...] = ()
    group_roles: Mapping[str, str] = field(default_factory=dict)
    client_secret: str = field(default="", repr=False)
    read_secret: bool = False
    forget_secret: bool = False


@dataclass(frozen=True, slots=True)
class SavedApplication:
    """What a change left behind, and its line in the activity log."""

    application: Application
    activity_id: str


@dataclass(frozen=True, slots=True)
class GroupUse:
    """Which applications a group opens; `exists` is False for a group that the pool lacks."""

    group: str
    applications: tuple[str, ...]
    exists: bool


class ApplicationService:
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def _actor(self) -> Actor:
        actor = self._who()
        actor.require(Permission.CONFIGURE)
        return actor

    def list(self, pool_record_id: str | None = None) -> tuple[Application, ...]:
        """All applications by name, or those of one pool."""
        self._actor()
        return self._store.applications.list(pool_record_id)

    def get(self, id: str) -> Application:
        """One application. Raises `RecordNotFound`."""
        self._actor()
        return self._store.applications.get(id)

    def add(self, pool_record_id: str, form: ApplicationForm) -> SavedApplication:
        """Store an application. Raises `InvalidValue`, `NameTaken`, `RecordNotFound`, `CognitoError`s."""
        actor = self._actor()
        pool, connection = self._place(pool_record_id)
        taken = [one.name for one in self._store.applications.list(pool.id)]
        new = checked(form, pool.id, _discovery(pool, connection), taken)
        new = self._with_secret(form, new, "")
        made, line = carry_out(
            self._store,
            actor,
            Recorded("add_application", KIND, new.name, pool=pool.name),
            lambda: self._store.applications.add(new),
            lambda made: {"id": made.id, **facts(new), **({"client secret": "stored"} if new.secret else {})},
        )
        return SavedApplication(made, line)

    def change(self, id: str, form: ApplicationForm) -> SavedApplication:
        """Change an application. Raises as `add` does; nothing was changed then."""
        actor = self._actor()
        old = self._store.applications.get(id)
        pool, connection = self._place(old.pool_record_id)
        taken = [one.name for one in self._store.applications.list(pool.id) if one.id != id]
        new = checked(form, pool.id, _discovery(pool, connection), taken)
        stored = self._store.applications.secret(id)
        new = self._with_secret(form, new, stored if new.client_id == old.client_id else "")
        before, after = only_changed(facts(old), facts(new))
        note = {} if (new.secret or "") == stored else {"client secret": _CHANGED[bool(new.secret)]}
        made, line = carry_out(
            self._store,
            actor,
            Recorded("change_application", KIND, new.name, id, pool=pool.name, before=before),
            lambda: write_over(self._store, id, new),
            lambda _: {**after, **note},
        )
        return SavedApplication(made, line)

    def remove(self, id: str, reason: str = "") -> str:
        """Forget an application (nothing changes at AWS); the line's id."""
        actor = self._actor()
        old = self._store.applications.get(id)
        pool = self._store.pools.get(old.pool_record_id)
        _, line = carry_out(
            self._store,
            actor,
            Recorded(
                "remove_application", KIND, old.name, id, pool=pool.name, before=facts(old), reason=reason
            ),
            lambda: self._store.applications.delete(id),
            lambda _: {"removed": True},
        )
        return line

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

    def groups(self, pool_record_id: str) -> tuple[Group, ...]:
        """The pool's groups now, by name. Raises `CognitoError`s."""
        return tuple(sorted(self._gateway(pool_record_id).list_groups(), key=lambda one: one.name.casefold()))

    def _place(self, pool_record_id: str) -> tuple[PoolRecord, Connection]:
        pool = self._store.pools.get(pool_record_id)
        return pool, self._store.connections.get(pool.connection_id)

    def _gateway(self, pool_record_id: str) -> CognitoGateway:
        actor = self._actor()
        return gateway_for(self._store, target_of(self._store.pools.get(pool_record_id)), actor.name)

    def _with_secret(self, form: ApplicationForm, new: NewApplication, stored: str) -> NewApplication:
        secret = checks.client_secret(form.client_secret) or stored
        if form.read_secret:
            secret = self._gateway(new.pool_record_id).client_secret(new.client_id)
            if not secret:
                raise InvalidValue(
                    "Cognito has no secret for this app client: it is a public one.",
                    "Save it without a secret.",
                    field="client_secret",
                )
        elif form.forget_secret:
            secret = ""
        return replace(new, secret=secret or None)


_CHANGED = {True: "secret changed", False: "forgotten"}


def write_over(store: Store, id: str, new: NewApplication) -> Application:
    """Replace every field of a stored application but its pool; without a secret it has none then."""
    return store.applications.update(
        id,
        name=new.name,
        client_id=new.client_id,
        application_url=new.application_url,
        discovery_url=new.discovery_url,
        allowed_groups=new.allowed_groups,
        group_roles=new.group_roles,
        secret=new.secret or "",
    )


def checked(
    form: ApplicationForm, pool_record_id: str, discovery: str, taken: Iterable[str]
) -> NewApplication:
    """The form as it is stored, still without its secret; `discovery` fills in for a blank.

    `taken` are the names in use in its pool. Raises `InvalidValue` naming the first field that isn't usable.
    """
    groups = checks.groups(form.allowed_groups)
    return NewApplication(
        pool_record_id=pool_record_id,
        name=checks.free_name(checks.name(form.name), taken),
        client_id=checks.client_id(form.client_id),
        application_url=checks.application_url(form.application_url),
        discovery_url=checks.discovery_url(form.discovery_url if form.discovery_url.strip() else discovery),
        allowed_groups=groups,
        group_roles=checks.group_roles(form.group_roles, groups),
    )


def facts(application: Application | NewApplication) -> dict[str, Any]:
    """What the log keeps about an application."""
    return {
        "name": application.name,
        "app client": application.client_id,
        "application URL": application.application_url,
        "discovery URL": application.discovery_url,
        "allowed groups": list(application.allowed_groups),
        "group roles": dict(application.group_roles),
    }


def callback_of(application_url: str) -> str:
    """Where an application at this address takes the answer of a sign-in; "" for a blank address."""
    return application_url.strip().rstrip("/") + CALLBACK_PATH if application_url.strip() else ""


def discovery_url(region: str, endpoint_url: str, pool_id: str) -> str:
    """Where a pool's OpenID description stands.

    On AWS that is the service's host, not the pool's domain (Cognito developer guide, "User pool
    endpoints"); another endpoint answers for its own pools.
    """
    if not ConnectionSettings(region, endpoint_url=endpoint_url).is_aws:
        return f"{endpoint_url.rstrip('/')}/{pool_id}{checks.DISCOVERY_PATH}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{region}.{suffix}/{pool_id}{checks.DISCOVERY_PATH}"


def _discovery(pool: PoolRecord, connection: Connection) -> str:
    return discovery_url(pool.region or connection.region, connection.endpoint_url, pool.pool_id)


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
    return tuple(sorted(uses, key=lambda one: (-len(one.applications), one.group.casefold())))
