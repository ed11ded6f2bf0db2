"""What the benches of the bulk engine share: a fresh store, a fresh pool, a plan, a run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from demo.pools import REGION
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import Plan, PlanOptions
from services.bulk.plan import plan_file
from services.bulk.runner import run_here
from services.bulk.saved import save_plan
from services.cognito.quotas import CATEGORIES
from services.csv_safe import Cell, write_csv
from services.gateways import PoolAddress, gateway_for
from services.store.engine import open_store
from services.store.jobs import Job
from services.store.store import Store
from services.store.vault import KeyRing, new_key

HEADER = ("username", "email", "given_name", "family_name", "password", "groups", "action")
GROUP = "newcomers"
PASSWORD = "Kitchen-Window-47!"


def use_made_up_credentials() -> None:
    """The embedded Cognito takes any; those of whoever runs the bench stay out of it."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO", "AWS_SECRET_ACCESS_KEY": "demo-secret"}
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ.pop("AWS_PROFILE", None)


def boto(url: str, **retries: Any) -> Any:
    """A boto3 client; `retries` as botocore's Config takes them, none given: boto3's defaults."""
    config = Config(max_pool_connections=50, **({"retries": retries} if retries else {}))
    return boto3.client("cognito-idp", region_name=REGION, endpoint_url=url, config=config)


def new_pool(client: Any) -> str:
    """An empty pool with plain usernames and one group; its id."""
    pool_id = str(client.create_user_pool(PoolName="Bench")["UserPool"]["Id"])
    client.create_group(UserPoolId=pool_id, GroupName=GROUP)
    return pool_id


def newcomers(count: int, prefix: str = "new") -> list[tuple[str, ...]]:
    """Rows under `HEADER` that create people with a permanent password and one group."""
    return [
        (f"{prefix}.{n}", f"{prefix}.{n}@example.com", "New", f"Comer {n}", PASSWORD, GROUP, "create")
        for n in range(count)
    ]


@dataclass(frozen=True)
class Workbench:
    """The engine on one pool, with a store of its own."""

    store: Store
    target: PoolAddress

    @property
    def gateway(self) -> Any:
        """The pool as the engine reaches it."""
        return gateway_for(self.store, self.target, "bench")

    def unpaced(self) -> None:
        """Put the engine's own pacing out of the way."""
        for name in CATEGORIES:
            self.gateway.client.pacer.set_quota(name, 5_000.0)

    def plan(self, rows: Sequence[Sequence[Cell]], header: Sequence[str] = HEADER, **options: Any) -> Plan:
        """The plan of a file with these rows, at the whole quota."""
        table = read_file(write_csv(header, rows), "people.csv")
        columns = recognise(table.header, self.gateway.describe_pool())
        return plan_file(self.gateway, table, columns, PlanOptions(**{"share": 1.0, **options}))

    def queue(self, plan: Plan) -> Job:
        """The plan as a job in the queue."""
        actor = terminal_actor()()
        job = save_plan(self.store, plan, target=asdict(self.target), actor=actor)
        return control.start(self.store, job.id, actor)

    def run(self, job_id: str) -> Job:
        """Run a queued or abandoned job here until it ends."""
        return run_here(self.store, job_id, terminal=terminal_actor())


@contextmanager
def workbench(url: str, pool_id: str, place: Path | None = None, key: str = "") -> Iterator[Workbench]:
    """The engine on a pool, with a fresh store, or the one in the folder `place` with its `key`."""
    with tempfile.TemporaryDirectory() as made:
        path = (place or Path(made)) / "bench.db"
        with open_store(f"sqlite:///{path}", KeyRing((key or new_key(),))) as store:
            yield Workbench(store, PoolAddress(REGION, pool_id, url, pool_name="bench"))
