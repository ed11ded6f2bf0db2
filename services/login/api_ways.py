"""The ways to sign in through the API, and what speaks against one before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from services.cognito.models import AppClient, User, UserPool, UserStatus
from services.login.chain import Link, doubtful, failed, passed

DEFAULT_FLOWS = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
"""What a client may whose flows were never set (API reference, CreateUserPoolClient)."""


class Way(StrEnum):
    """How the password is given to Cognito; the values are those of the command's `--flow`."""

    ADMIN = "admin"
    PASSWORD = "password"  # noqa: S105 - the name of a flow
    SRP = "srp"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class WayFacts:
    """`flow` is AWS's AuthFlow; a client needs one of `allowed_by` among its flows."""

    title: str
    flow: str
    allowed_by: tuple[str, ...]
    about: str


WAYS: Mapping[Way, WayFacts] = MappingProxyType(
    {
        Way.SRP: WayFacts(
            "SRP",
            "USER_SRP_AUTH",
            ("ALLOW_USER_SRP_AUTH",),
            "The password stays here; Cognito gets a proof of it. What most applications do.",
        ),
        Way.PASSWORD: WayFacts(
            "Password",
            "USER_PASSWORD_AUTH",
            ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
            "The password itself is sent to Cognito.",
        ),
        Way.ADMIN: WayFacts(
            "Administrator",
            "ADMIN_USER_PASSWORD_AUTH",
            ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
            "As an application's server does it, with AWS credentials: here, with this pool's connection.",
        ),
        Way.CHOICE: WayFacts(
            "Choice",
            "USER_AUTH",
            ("ALLOW_USER_AUTH",),
            "Cognito says what the person may begin with: password, or a code by e-mail or text message.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who signs in to what. `secret` is what the application has for its client ("" for none).

    `user` is None for a name that the pool doesn't know. Groups and roles are the application's.
    """

    pool_name: str
    client: AppClient
    username: str
    user: User | None = None
    application_id: str = ""
    application: str = ""
    allowed_groups: tuple[str, ...] = ()
    group_roles: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What the application is called."""
        return self.application or self.client.name or self.client.id


def looked_at_before(subject: Subject, way: Way, pool: UserPool) -> tuple[Link, ...]:
    """What can be told before a password is sent: two or three links; nothing is sent if one failed."""
    links = [_flow_link(subject, way, pool), _secret_link(subject)]
    person = _person_link(subject)
    return (*links, person) if person is not None else tuple(links)


def allows(client: AppClient, way: Way) -> bool:
    """Whether the client's flows hold this way."""
    return bool(set(client.auth_flows or DEFAULT_FLOWS) & set(WAYS[way].allowed_by))


def _flow_link(subject: Subject, way: Way, pool: UserPool) -> Link:
    key, title, facts = "flow", "Client allows this way", WAYS[way]
    name = subject.client.name or subject.client.id
    if way is Way.CHOICE and pool.tier == "LITE":
        return failed(
            key,
            title,
            "The pool's feature plan (Lite) has no choice of the first step.",
            "Try another way, or raise the pool's feature plan in AWS.",
            detail="USER_AUTH",
        )
    if allows(subject.client, way):
        return passed(key, title, f"{name} allows {facts.flow}.", detail=facts.allowed_by[0])
    has = [WAYS[one].title for one in Way if allows(subject.client, one)]
    others = f" It allows: {', '.join(has)}." if has else " It allows none of these ways."
    return failed(
        key,
        title,
        f"{name} doesn't allow {facts.flow}, so nothing was sent.{others}",
        f"Turn on {facts.allowed_by[0]} at the app client (AWS console: the pool, App clients, Edit, "
        "Authentication flows), or try a way that it allows.",
        detail=f"ExplicitAuthFlows: {', '.join(subject.client.auth_flows) or 'never set'}",
    )


def _secret_link(subject: Subject) -> Link:
    key, title = "client-secret", "Client proves itself"
    name = subject.client.name or subject.client.id
    if subject.client.has_secret and not subject.secret:
        return failed(
            key,
            title,
            f"{name} has a secret, and {subject.name} is set up here without one, so nothing was sent.",
            "Enter the client secret (Configuration, Applications).",
        )
    if subject.secret and not subject.client.has_secret:
        return failed(
            key,
            title,
            f"{name} is a public client without a secret; {subject.name} is set up here with one, so nothing "
            "was sent.",
            "Let the application forget the secret (Configuration, Applications).",
        )
    if not subject.secret:
        return passed(key, title, f"{name} is a public client: it needs no secret.")
    return passed(key, title, "With its secret; Cognito judges whether it is the right one.")


def _person_link(subject: Subject) -> Link | None:
    key, title, user = "person", "Person can sign in this way", subject.user
    if user is None:
        return doubtful(
            key,
            title,
            f"The pool knows nobody called {subject.username}. Cognito was asked all the same.",
            "Check the spelling; “Why can't they sign in?” looks for similar names.",
        )
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return failed(
            key,
            title,
            "This person signs in at another identity provider and has no password here; nothing was sent.",
            "Test the hosted page with that identity provider.",
            detail="EXTERNAL_PROVIDER",
        )
    return None
