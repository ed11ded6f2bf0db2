"""A store and the embedded Cognito together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import pytest

from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import Outcome, Plan, PlanOptions, RowPlan, RowResult
from services.bulk.plan import plan_file
from services.bulk.report import outcomes
from services.bulk.runner import run_here
from services.bulk.saved import save_plan
from services.cognito.gateway import CognitoGateway
from services.cognito.models import User
from services.csv_safe import Cell, write_csv
from services.gateways import PoolAddress, gateway_for
from services.roles import ActorSource
from services.store.connections import Connection, CredentialKind
from services.store.jobs import Job
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito


@dataclass
class Bulk:
    """What a test of the engine works with: one pool, and short ways to plan and run."""

    store: Store
    gateway: CognitoGateway
    target: PoolAddress
    cognito: Cognito
    who: ActorSource

    def plan(
        self, header: Sequence[str], *rows: Sequence[Cell], raw: bytes | None = None, **options: Any
    ) -> Plan:
        """The plan of a file with these rows."""
        table = read_file(raw or write_csv(header, rows), "people.csv")
        columns = recognise(table.header, self.gateway.describe_pool(), table.repeated)
        return plan_file(self.gateway, table, columns, PlanOptions(**{"share": 1.0, **options}))

    def save(self, plan: Plan) -> Job:
        """The plan as a job that nobody has started."""
        return save_plan(self.store, plan, target=asdict(self.target), actor=self.who())

    def start(self, plan: Plan) -> Job:
        """The plan as a job in the queue."""
        return control.start(self.store, self.save(plan).id, self.who())

    def run(self, plan: Plan) -> tuple[Job, list[Outcome]]:
        """Carry the plan out here; the job at its end and the outcome of every row."""
        job = run_here(self.store, self.start(plan).id, terminal=self.who)
        return job, list(outcomes(self.store, job.id))

    def apply(self, header: Sequence[str], *rows: Sequence[Cell], **options: Any) -> list[Outcome]:
        """Plan and run these rows; the outcomes."""
        return self.run(self.plan(header, *rows, **options))[1]

    def results(self, header: Sequence[str], *rows: Sequence[Cell], **options: Any) -> list[RowResult]:
        """Plan and run these rows; how each ended."""
        return [outcome.result for outcome in self.apply(header, *rows, **options)]

    def user(self, username: str) -> User:
        """Somebody in the pool, as Cognito knows them now."""
        found = self.gateway.find_user(username=username)
        assert found is not None
        return found

    def groups(self, username: str) -> set[str]:
        """The groups of somebody, asked of Cognito directly."""
        answer = self.cognito.client().admin_list_groups_for_user(
            UserPoolId=self.target.pool_id, Username=username
        )
        return {group["GroupName"] for group in answer["Groups"]}


def only(plan: Plan) -> RowPlan:
    """The one row of a plan."""
    (row,) = plan.rows
    return row


def said(row: RowPlan) -> str:
    """Every problem of a row in one text."""
    return " ".join(f"{problem.what} {problem.fix}" for problem in row.problems)


@pytest.fixture
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials as a terminal has them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


def bulk_on(store: Store, cognito: Cognito, pool_id: str, url: str = "") -> Bulk:
    """The engine on one pool."""
    new = Connection(
        f"Test {uuid4()}", cognito.region, CredentialKind.DEFAULT, endpoint_url=url or cognito.url
    )
    connection = store.connections.add(new)
    target = PoolAddress(cognito.region, pool_id, connection_id=connection.id, pool_name="test")
    return Bulk(store, gateway_for(store, target, "tester"), target, cognito, terminal_actor())


@pytest.fixture
def staff(store: Store, cognito: Cognito, aws_environment: None) -> Bulk:
    """The engine on the pool with plain usernames."""
    return bulk_on(store, cognito, cognito.staff)


@pytest.fixture
def customers(store: Store, cognito: Cognito, aws_environment: None) -> Bulk:
    """The engine on the pool that signs in by e-mail."""
    return bulk_on(store, cognito, cognito.customers)
