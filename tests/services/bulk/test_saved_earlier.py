"""A job that an earlier release saved is read, and carried out, by this one.

`job_saved_earlier.json` is what stood in the store then, word for word, but for the subs of people.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from services.bulk import control
from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.bulk.runner import run_here
from services.bulk.saved import _row_data, iter_row_plans, options_of, totals_in
from services.cognito.actions import ACTIONS, dump, load
from services.store.jobs import Job, JobRow, JobStep, NewJob
from services.store.store import Store
from services.undo import plan_undo
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, said

EARLIER = (Path(__file__).parent / "job_saved_earlier.json").read_text(encoding="utf-8")
ALL_OF_THEM_THEN = 22
PEOPLE = ("ann", "bo", "cy", "ed", "fay", "gil", "hal", "di")


@pytest.fixture
def saved(store: Store, cognito: Cognito, empty_pool: Any, aws_environment: None) -> tuple[Bulk, Job]:
    """A pool as the plan found it, and the job in the store."""
    pool_id, client = empty_pool(), cognito.client()
    client.create_group(UserPoolId=pool_id, GroupName="billing")
    text = EARLIER
    for name in PEOPLE:
        attributes = {"email": f"{name}@example.com", "email_verified": "true", "nickname": "Annie"}
        pairs = [{"Name": key, "Value": value} for key, value in attributes.items()]
        if name == "hal":
            app = client.create_user_pool_client(UserPoolId=pool_id, ClientName="app")["UserPoolClient"]
            sub = client.sign_up(
                ClientId=app["ClientId"], Username=name, Password="Hal-Pass-1!", UserAttributes=pairs
            )["UserSub"]
        else:
            made = client.admin_create_user(
                UserPoolId=pool_id, Username=name, UserAttributes=pairs, MessageAction="SUPPRESS"
            )["User"]
            sub = next(attribute["Value"] for attribute in made["Attributes"] if attribute["Name"] == "sub")
        if name not in ("gil", "hal"):
            client.admin_set_user_password(
                UserPoolId=pool_id, Username=name, Password="Some-Pass-1!", Permanent=True
            )
        text = text.replace(f"SUB-OF-{name.upper()}", sub)
    client.admin_add_user_to_group(UserPoolId=pool_id, Username="ann", GroupName="billing")
    for name in ("bo", "di"):
        client.admin_disable_user(UserPoolId=pool_id, Username=name)
    bulk = bulk_on(store, cognito, pool_id)
    return bulk, _stored(bulk, json.loads(text))


def _stored(bulk: Bulk, data: dict[str, Any]) -> Job:
    new = NewJob(
        kind="csv",
        title="people.csv",
        pool_name="staff",
        target=asdict(bulk.target),
        created_by="",
        created_by_name="sam",
        origin="browser",
        options=data["options"],
        totals=data["totals"],
    )
    rows = [
        JobRow(
            row["row"],
            row["outcome"],
            row["payload"],
            row["message"],
            sub=row["sub"],
            username=row["username"],
        )
        for row in data["rows"]
    ]
    steps = [
        JobStep(row["row"], number, action)
        for row in data["rows"]
        for number, action in enumerate(row["steps"])
    ]
    secrets = {int(row): secret for row, secret in data["secrets"].items()}
    return bulk.store.jobs.create(new, rows, steps, secrets)


def test_every_action_of_then_is_read_and_written_alike_now() -> None:
    data = json.loads(EARLIER)
    stored = [step["change"] for row in data["rows"] for step in row["payload"]["steps"]] + data["changes"]
    saved = {change["action"] for change in stored}
    assert len(saved) == ALL_OF_THEM_THEN
    assert saved <= set(ACTIONS)
    for change in stored:
        assert json.loads(json.dumps(dump(load(change)))) == change


def test_its_rows_read_as_they_were_planned(saved: tuple[Bulk, Job]) -> None:
    bulk, job = saved
    plans = list(iter_row_plans(bulk.store, job.id))
    assert len(plans) == 12
    rows = {row.row: row.payload for row in bulk.store.jobs.rows(job.id)}
    for plan in plans:
        assert json.loads(json.dumps(_row_data(plan))) == rows[plan.row] | {"cells": list(plan.cells)}
    assert options_of(job).action == "upsert"
    assert totals_in(job).actions["reset_password"] == 1


def test_it_runs_on_and_can_be_undone(saved: tuple[Bulk, Job]) -> None:
    bulk, job = saved
    control.start(bulk.store, job.id, bulk.who())
    run_here(bulk.store, job.id, terminal=bulk.who)
    ended = {outcome.row: outcome for outcome in outcomes(bulk.store, job.id)}
    assert {outcome.result for outcome in ended.values() if outcome.row < 12} == {RowResult.DONE}, ended
    assert (ended[12].result, ended[13].result) == (RowResult.UNCHANGED, RowResult.INVALID)
    assert ended[2].message == "Created, permanent password set, added to group fresh, disabled."
    assert (bulk.groups("ann"), bulk.groups("new")) == ({"fresh"}, {"fresh"})
    states = {name: bulk.user(name) for name in ("ann", "bo", "fay", "hal", "new")}
    assert [states[name].enabled for name in ("ann", "bo", "new")] == [False, True, False]
    assert states["ann"].attributes["given_name"] == "Ann"
    assert "nickname" not in states["ann"].attributes
    assert (states["fay"].status, states["hal"].status) == ("FORCE_CHANGE_PASSWORD", "CONFIRMED")
    assert bulk.gateway.find_user(username="di") is None
    back = {row.row: row for row in plan_undo(bulk.store, bulk.gateway, job.id).rows}
    assert [step.change.wanted for step in back[3].steps] == [
        "remove from group fresh",
        "add to group billing",
        "change nickname",
        "clear first name",
    ]
    assert [step.change.wanted for step in back[5].steps] == ["disable"]
    assert "nobody can be brought back" in said(back[11])
