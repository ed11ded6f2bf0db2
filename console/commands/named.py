"""What options name: a pool, an application, an age, a reason."""

from __future__ import annotations

import re
from datetime import timedelta

from console.command_line.options import NoteOptions, Where
from services.access.sessions import terminal_actor
from services.cognito.gateway import CognitoGateway
from services.errors import InvalidValue, RecordNotFound
from services.gateways import PoolAddress, gateway_for, target_of
from services.store.activity import Why
from services.store.applications import Application
from services.store.pools import PoolRecord
from services.store.store import Store


def why_of(said: NoteOptions) -> Why:
    """The reason that was given."""
    return Why(reason=said.reason.strip(), ticket=said.ticket.strip())


def target_named(store: Store, where: Where) -> PoolAddress:
    """The pool meant. Raises `InvalidValue` when the options don't name one."""
    if where.pool and (where.pool_id or where.region or where.endpoint_url):
        raise InvalidValue("Give either --pool, or --region and --pool-id; not both.")
    if where.pool:
        return _stored(store, where.pool)
    if where.region and where.pool_id:
        return PoolAddress(where.region, where.pool_id, where.endpoint_url, pool_name=where.pool_id)
    raise InvalidValue(
        "Which user pool?",
        "Give --pool with the name of a configured pool, or --region and --pool-id.",
    )


def _stored(store: Store, name: str) -> PoolAddress:
    known = [pool.name for pool in store.pools.list()]
    try:
        found = store.pools.by_name(name)
    except RecordNotFound:
        found = None
    if found is None:
        raise InvalidValue(
            f"There is no pool called “{name}”.",
            f"Known pools: {', '.join(known)}." if known else "No pool is set up yet.",
        )
    return target_of(found)


def gateway_to(store: Store, target: PoolAddress) -> CognitoGateway:
    """The gateway to the pool, as the person at this terminal."""
    return gateway_for(store, target, terminal_actor()().name)


def application_and_pool(store: Store, name: str, where: Where) -> tuple[Application | None, PoolAddress]:
    """The application of this name and its pool; without a name, the pool that `where` names.

    A name that several pools have needs --pool. Raises `InvalidValue`.
    """
    if not name:
        return None, target_named(store, where)
    if where.region or where.pool_id or where.endpoint_url:
        raise InvalidValue(
            "Applications belong to pools that are set up in the console.",
            "Give --app with or without --pool, or --region and --pool-id without --app.",
        )
    record = store.pools.by_name(where.pool).id if where.pool else None
    known = store.applications.list(record)
    found = [application for application in known if application.name.casefold() == name.strip().casefold()]
    if not found:
        names = ", ".join(f"“{application.name}”" for application in known) or "none"
        raise InvalidValue(f"There is no application called “{name}”.", f"Known applications: {names}.")
    if len(found) > 1:
        pools = ", ".join(f"“{store.pools.get(application.pool_record_id).name}”" for application in found)
        raise InvalidValue(f"Several pools have an application called “{name}”.", f"Add --pool: {pools}.")
    return found[0], target_of(store.pools.get(found[0].pool_record_id))


def record_of(store: Store, target: PoolAddress) -> PoolRecord | None:
    """The pool as it is set up in the console, whatever names it here; None where it isn't."""
    records = [record for record in store.pools.list() if record.pool_id == target.pool_id]
    named = (record for record in records if record.name == target.pool_name)
    return next(named, records[0] if records else None)


def applications_of(store: Store, target: PoolAddress) -> tuple[Application, ...]:
    """The applications set up for the pool, whatever record of ours leads to it."""
    records = [record for record in store.pools.list() if record.pool_id == target.pool_id]
    return tuple(app for record in records for app in store.applications.list(record.id))


ANY_AGE = timedelta.max
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def max_age(text: str) -> timedelta:
    """An age as typed: a number with m, h or d behind it, 0, or any (`ANY_AGE`). Raises `InvalidValue`."""
    if text.strip().casefold() == "any":
        return ANY_AGE
    found = re.fullmatch(r"(\d{1,5})([mhd])|0", text.strip().casefold())
    if found is None:
        raise InvalidValue(f"“{text}” is no age.", "Give minutes, hours or days: 30m, 12h, 2d; 0, or any.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found[1] else timedelta(0)
