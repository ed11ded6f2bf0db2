"""Options that several commands share, and what they name: a pool, an application, an age."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

from services.access.sessions import terminal_actor
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import JOB_SHARE
from services.errors import InvalidValue, RecordNotFound
from services.pool_session import PoolAddress, gateway_for, target_of
from services.store.activity import Why
from services.store.applications import Application
from services.store.pools import PoolRecord
from services.store.store import Store

PoolOption = Annotated[str, typer.Option("--pool", help="Name of a pool set up in the console.")]
RegionOption = Annotated[
    str, typer.Option("--region", help="AWS region, with --pool-id: uses AWS's ordinary environment.")
]
PoolIdOption = Annotated[
    str, typer.Option("--pool-id", help="Id of a user pool, such as eu-west-1_AbCdEf123.")
]
EndpointOption = Annotated[str, typer.Option("--endpoint-url", help="Another endpoint than AWS's own.")]


ShareOption = Annotated[
    float,
    typer.Option(help="Part of each AWS quota to use; production traffic needs the rest.", min=0.01, max=1.0),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Write every row's outcome to this CSV.")
]
PasswordsOption = Annotated[
    Path | None, typer.Option("--passwords", help="Write temporary passwords to this new CSV, once.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


def with_option_sets(command: Callable[..., None]) -> Callable[..., None]:
    """`command` as Typer takes it: a parameter that is a dataclass becomes an option for each of its fields.

    So options that several commands share are written once, and reach the command as one value.
    """
    hints = get_type_hints(command, include_extras=True)
    sets = {name: hint for name, hint in hints.items() if is_dataclass(hint) and isinstance(hint, type)}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in sets:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        types = get_type_hints(sets[name], include_extras=True)
        parameters += [
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=option.default,
                annotation=types[option.name],
            )
            for option in fields(sets[name])
        ]

    @functools.wraps(command)
    def given(**values: object) -> None:
        for name, kind in sets.items():
            values[name] = kind(**{option.name: values.pop(option.name) for option in fields(kind)})
        command(**values)

    given.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    given.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return given


@dataclass(frozen=True, slots=True)
class NoteOptions:
    """Why it is done, for the activity log."""

    reason: Annotated[str, typer.Option("--reason", help="Why, for the activity log.")] = ""
    ticket: Annotated[str, typer.Option("--ticket", help="The ticket it belongs to, for the log.")] = ""

    @property
    def why(self) -> Why:
        """What was given."""
        return Why(reason=self.reason.strip(), ticket=self.ticket.strip())


@dataclass(frozen=True, slots=True)
class Where:
    """Which pool the options named."""

    pool: PoolOption = ""
    region: RegionOption = ""
    pool_id: PoolIdOption = ""
    endpoint_url: EndpointOption = ""

    def target(self, store: Store) -> PoolAddress:
        """The pool meant. Raises `InvalidValue` when the options don't name one."""
        if self.pool and (self.pool_id or self.region or self.endpoint_url):
            raise InvalidValue("Give either --pool, or --region and --pool-id; not both.")
        if self.pool:
            return self._stored(store)
        if self.region and self.pool_id:
            return PoolAddress(self.region, self.pool_id, self.endpoint_url, pool_name=self.pool_id)
        raise InvalidValue(
            "Which user pool?",
            "Give --pool with the name of a configured pool, or --region and --pool-id.",
        )

    def _stored(self, store: Store) -> PoolAddress:
        known = [pool.name for pool in store.pools.list()]
        try:
            found = store.pools.by_name(self.pool)
        except RecordNotFound:
            found = None
        if found is None:
            raise InvalidValue(
                f"There is no pool called “{self.pool}”.",
                f"Known pools: {', '.join(known)}." if known else "No pool is set up yet.",
            )
        return target_of(found)


def gateway_to(store: Store, target: PoolAddress) -> CognitoGateway:
    """The gateway to the pool, as the person at this terminal."""
    return gateway_for(store, target, terminal_actor()().name)


ApplicationOption = Annotated[
    str, typer.Option("--app", help="Name of an application that is set up in the console.")
]


def application_and_pool(store: Store, name: str, where: Where) -> tuple[Application | None, PoolAddress]:
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


MaxAgeOption = Annotated[
    str,
    typer.Option(
        "--max-age",
        help="Use a complete snapshot that is at most so old (30m, 12h, 2d), else read the pool. 0 reads in "
        "any case; “any” uses what is kept, however old.",
    ),
]
USUAL_AGE = "1h"
"""How old what is kept may be, unless it is said, for every command that needs a whole pool."""
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


ReadOption = Annotated[bool, typer.Option("--read", help="Read the pool now, as --max-age 0 does.")]
ReadShareOption = Annotated[
    float,
    typer.Option("--share", help="Share of AWS's request quota for reading, to 1.", min=0.01, max=1.0),
]
READ_SHARE = JOB_SHARE
