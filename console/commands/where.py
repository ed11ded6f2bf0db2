"""Which pool a command works on: a configured one by name, or any by region and id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from services.access.sessions import terminal_actor
from services.cognito.gateway import CognitoGateway
from services.errors import InvalidValue, RecordNotFound
from services.pool_session import Target, gateway_for, target_of
from services.store.store import Store

PoolOption = Annotated[str, typer.Option("--pool", help="Name of a pool set up in the console.")]
RegionOption = Annotated[
    str, typer.Option("--region", help="AWS region, with --pool-id: uses AWS's ordinary environment.")
]
PoolIdOption = Annotated[
    str, typer.Option("--pool-id", help="Id of a user pool, such as eu-west-1_AbCdEf123.")
]
EndpointOption = Annotated[str, typer.Option("--endpoint-url", help="Another endpoint than AWS's own.")]


@dataclass(frozen=True, slots=True)
class Where:
    """What the options said."""

    pool: str = ""
    region: str = ""
    pool_id: str = ""
    endpoint_url: str = ""

    def target(self, store: Store) -> Target:
        """The pool meant. Raises `InvalidValue` when the options don't name one."""
        if self.pool and (self.pool_id or self.region or self.endpoint_url):
            raise InvalidValue("Give either --pool, or --region and --pool-id; not both.")
        if self.pool:
            return self._stored(store)
        if self.region and self.pool_id:
            return Target(self.region, self.pool_id, self.endpoint_url, pool_name=self.pool_id)
        raise InvalidValue(
            "Which user pool?",
            "Give --pool with the name of a configured pool, or --region and --pool-id.",
        )

    def _stored(self, store: Store) -> Target:
        known = [one.name for one in store.pools.list()]
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


def gateway_to(store: Store, target: Target) -> CognitoGateway:
    """The gateway to the pool, as the person at this terminal."""
    return gateway_for(store, target, terminal_actor()().name)
