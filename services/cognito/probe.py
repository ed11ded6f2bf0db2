"""Tests a connection step by step and says in words what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.cognito.connection import ConnectionSettings, region_of_pool
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Pacer
from services.cognito.models import PoolSummary
from services.cognito.regions import region_name
from services.errors import (
    ClockSkew,
    CognitoError,
    CredentialsExpired,
    CredentialsRejected,
    EndpointUnreachable,
    NotAvailable,
    PoolNotFound,
)

IDENTITY, POOLS = "Who AWS says we are", "List the user pools"

_ATTEMPTS = 2  # somebody is watching
_HOPELESS = (CredentialsRejected, CredentialsExpired, ClockSkew)


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One link of the chain: `passed` is None when it was not tried or can't be told.

    `account` is the AWS account that a step learned, as 12 digits.
    """

    title: str
    passed: bool | None
    sentence: str
    next_step: str = ""
    account: str = ""


def probe(
    settings: ConnectionSettings, pool_ids: Iterable[str] = (), *, limiter: Pacer | None = None
) -> Iterator[ProbeStep]:
    """Try identity, list of pools and each pool's settings, yielding each step as it ends.

    Raises no `CognitoError`: they become steps that did not pass.
    """
    wanted = tuple(dict.fromkeys(pool_ids))
    gateway = CognitoGateway(settings, "", limiter=limiter, attempts=_ATTEMPTS)
    step, hopeless = _identity(gateway, settings)
    yield step
    if hopeless:
        yield from _skipped((POOLS, *map(_pool_title, wanted)))
        return
    step, unreachable, listed = _pools(gateway, settings)
    yield step
    if unreachable:
        yield from _skipped(map(_pool_title, wanted))
        return
    for pool_id in wanted:
        yield _pool(gateway, settings, pool_id, listed)


def _identity(gateway: CognitoGateway, settings: ConnectionSettings) -> tuple[ProbeStep, bool]:
    try:
        who = gateway.identity()
    except (EndpointUnreachable, NotAvailable) as error:
        # STS has an address of its own: a private network or an emulator may lack only that
        return ProbeStep(IDENTITY, None, error.message, "The next steps show whether Cognito answers."), False
    except CognitoError as error:
        return _failed(IDENTITY, error), isinstance(error, _HOPELESS)
    expected = settings.account
    if expected.isdigit() and len(expected) == 12 and who.account != expected:
        sentence = f"These credentials belong to account {who.account}, and the connection says {expected}."
        step = "Correct the account of the connection, or use credentials of that account."
        return ProbeStep(IDENTITY, False, sentence, step), False
    return ProbeStep(IDENTITY, True, f"Account {who.account}, as {who.arn}.", account=who.account), False


def _pools(
    gateway: CognitoGateway, settings: ConnectionSettings
) -> tuple[ProbeStep, bool, tuple[PoolSummary, ...] | None]:
    where = f"{region_name(settings.region)}, {settings.region}"
    try:
        found = gateway.list_pools()
    except CognitoError as error:
        return _failed(POOLS, error), isinstance(error, (EndpointUnreachable, *_HOPELESS)), None
    if not found:
        sentence = f"There is no user pool in this region ({where})."
        return ProbeStep(POOLS, True, sentence, "If you expected one, check the region."), False, found
    many = f"{len(found)} user pools" if len(found) > 1 else "one user pool"
    return ProbeStep(POOLS, True, f"Found {many} in {where}."), False, found


def _pool(
    gateway: CognitoGateway,
    settings: ConnectionSettings,
    pool_id: str,
    listed: tuple[PoolSummary, ...] | None,
) -> ProbeStep:
    title = _pool_title(pool_id)
    try:
        pool = gateway.for_pool(pool_id).describe_pool(refresh=True)
    except PoolNotFound as error:
        return _failed(title, error, _elsewhere(settings, pool_id, listed) or error.next_step)
    except CognitoError as error:
        return _failed(title, error)
    return ProbeStep(title, True, f"“{pool.name}”, about {pool.estimated_users:,} people.")


def _elsewhere(settings: ConnectionSettings, pool_id: str, listed: tuple[PoolSummary, ...] | None) -> str:
    """A hint from the region that AWS puts in front of a pool's id, when it isn't the connection's."""
    region = region_of_pool(pool_id)
    if settings.is_aws and region not in ("", settings.region) and region_name(region) != region:
        return (
            f"The pool's id begins with {region} ({region_name(region)}), but the connection is to"
            f" {settings.region}: set the region to {region}."
        )
    if listed:
        return "Choose one of the pools in the list, or check the account of the connection."
    return ""


def _pool_title(pool_id: str) -> str:
    return f"Read the pool {pool_id}"


def _failed(title: str, error: CognitoError, next_step: str = "") -> ProbeStep:
    return ProbeStep(title, False, error.message, next_step or error.next_step)


def _skipped(titles: Iterable[str]) -> Iterator[ProbeStep]:
    for title in titles:
        yield ProbeStep(title, None, "Not tried, because the step before it did not pass.")
