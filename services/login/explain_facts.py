"""Gathers, once, everything that "why can't they sign in?" looks at.

Nobody is billed: people are read by ListUsers. AdminGetUser, the only way to a person's second
factors, counts them as active for the month and is asked only when the operator wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from services.cognito.gateway import CognitoGateway
from services.cognito.models import AppClient, User, UserDetail, UserPool
from services.cognito.sign_in_reads import AuthEvent, Domain
from services.directory.listing import Directory
from services.errors import ClientNotFound, CognitoError
from services.login.explain_model import Facts, Found, Way
from services.login.known import Unknown, ask, unknown_from
from services.store.applications import Application

THREAT_PROTECTION = frozenset({"AUDIT", "ENFORCED"})
"""Modes in which AWS keeps what users tried."""

_EVENTS = 10


def gather(
    directory: Directory,
    found: Found,
    application: Application | None,
    *,
    way: Way = Way.HOSTED,
    second_factors: bool = False,
) -> Facts:
    """Look at everything that decides whether `found` can sign in to `application`.

    `second_factors` asks AdminGetUser, which counts the person as active. What the backend, the
    plan or the credentials don't let us see comes as `Unknown`. Raises the `CognitoError`s of the
    first reads (the pool's settings), without which nothing can be said.
    """
    gateway = directory.gateway
    pool = gateway.describe_pool(refresh=True)
    user = found.user
    client = _client(gateway, application)
    hosted = way is Way.HOSTED and application is not None
    domain = _domain(gateway, pool) if hosted else None
    return Facts(
        pool=pool,
        found=found,
        at=datetime.now(UTC),
        way=way,
        application=application,
        groups=_groups(directory, user),
        existing=ask(lambda: frozenset(one.name for one in directory.groups(refresh=True))),
        client=client.value,
        client_missing=client.missing,
        domain=domain,
        branding=_branding(gateway, application, domain) if hosted else None,
        providers=ask(gateway.identity_providers),
        mfa=ask(gateway.mfa_config),
        second_factors=_second_factors(gateway, user) if second_factors else None,
        first_factors=_first_factors(gateway, pool, user) if second_factors else None,
        events=_events(gateway, pool, user),
    )


@dataclass(frozen=True, slots=True)
class _Client:
    value: AppClient | Unknown | None = None
    missing: bool = False


def _client(gateway: CognitoGateway, application: Application | None) -> _Client:
    if application is None:
        return _Client()
    try:
        return _Client(gateway.describe_client(application.client_id))
    except ClientNotFound:
        # not "couldn't be asked": there is none
        return _Client(missing=True)
    except CognitoError as error:
        return _Client(unknown_from(error))


def _groups(directory: Directory, user: User | None) -> tuple[str, ...] | Unknown:
    if user is None:
        return ()
    look = directory.person(user.sub)
    if look is None:
        return ()
    if look.person.groups is None:
        return Unknown(" ".join(look.missing) or "the person's groups could not be read.")
    return look.person.groups


def _domain(gateway: CognitoGateway, pool: UserPool) -> Domain | Unknown | None:
    name = pool.custom_domain or pool.domain
    return ask(lambda: gateway.describe_domain(name)) if name else None


def _branding(
    gateway: CognitoGateway, application: Application | None, domain: Domain | Unknown | None
) -> bool | Unknown | None:
    """Whether managed login has a style for the client; None where none is needed."""
    if application is None or domain is None:
        return None
    if isinstance(domain, Domain) and domain.managed_login is False:
        return None
    return ask(lambda: gateway.has_branding(application.client_id))


def _second_factors(gateway: CognitoGateway, user: User | None) -> UserDetail | Unknown | None:
    if user is None:
        return None
    return ask(lambda: gateway.user_detail(user.username))


def _first_factors(
    gateway: CognitoGateway, pool: UserPool, user: User | None
) -> tuple[str, ...] | Unknown | None:
    """What the person signs in with; asked only where the pool offers more than a password."""
    if user is None or not pool.first_factors - {"PASSWORD"}:
        return None
    return ask(lambda: gateway.auth_factors(user.username))


def _events(
    gateway: CognitoGateway, pool: UserPool, user: User | None
) -> tuple[AuthEvent, ...] | Unknown | None:
    if user is None or pool.threat_protection not in THREAT_PROTECTION:
        return None
    return ask(lambda: gateway.auth_events(user.username, _EVENTS))
