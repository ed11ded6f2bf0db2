"""Which application a command means, and so which pool."""

from __future__ import annotations

from typing import Annotated

import typer

from console.commands.where import Where
from services.errors import InvalidValue
from services.pool_session import Target, target_of
from services.store.applications import Application
from services.store.store import Store

ApplicationOption = Annotated[
    str, typer.Option("--app", help="Name of an application that is set up in the console.")
]


def application_and_pool(store: Store, name: str, where: Where) -> tuple[Application | None, Target]:
    """The application of this name and its pool; without a name, the pool that `where` names.

    A name that several pools have needs --pool. Raises `InvalidValue`.
    """
    if not name:
        return None, where.target(store)
    if where.region or where.pool_id or where.endpoint_url:
        raise InvalidValue(
            "Applications belong to pools that are set up in the console.",
            "Give --app with or without --pool, or --region and --pool-id without --app.",
        )
    record = store.pools.by_name(where.pool).id if where.pool else None
    known = store.applications.list(record)
    found = [one for one in known if one.name.casefold() == name.strip().casefold()]
    if not found:
        names = ", ".join(f"“{one.name}”" for one in known) or "none"
        raise InvalidValue(f"There is no application called “{name}”.", f"Known applications: {names}.")
    if len(found) > 1:
        pools = ", ".join(f"“{store.pools.get(one.pool_record_id).name}”" for one in found)
        raise InvalidValue(f"Several pools have an application called “{name}”.", f"Add --pool: {pools}.")
    return found[0], target_of(store.pools.get(found[0].pool_record_id))
