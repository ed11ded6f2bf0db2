"""What a review revoked becomes one plan, and the pool afterwards is what was decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.audits.reviews.campaigns import Reviews
from services.audits.reviews.plan import plan_of, plan_revocations, save_revocations
from services.bulk import control
from services.bulk.model import Plan, RowVerdict
from services.bulk.runner import run_here
from services.directory.pool import pool_of
from services.directory.snapshot import SnapshotAbout, snapshot_of
from services.errors import NotPermitted, ReviewError
from services.pool_session import PoolSession, open_pool_session
from services.roles import Actor, Role
from services.store.campaign_records import Campaign, Decision
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.audits.reviews.reviewed import Stage, acting
from tests.services.store.helpers import raw

MEMBERS = {"billing": ("ann", "bo", "cy", "di"), "auditors": ("ann", "bo")}


@pytest.fixture
def pool_id(cognito: Cognito, empty_pool: Callable[..., str]) -> str:
    """Four people in two groups, in a real pool."""
    made, client = empty_pool(PoolName="Staff"), cognito.client()
    for group in MEMBERS:
        client.create_group(UserPoolId=made, GroupName=group)
    for name in MEMBERS["billing"]:
        mail: list[Any] = [{"Name": "email", "Value": f"{name}@example.com"}]
        client.admin_create_user(
            UserPoolId=made, Username=name, MessageAction="SUPPRESS", UserAttributes=mail
        )
    for group, names in MEMBERS.items():
        for name in names:
            client.admin_add_user_to_group(UserPoolId=made, Username=name, GroupName=group)
    return made


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator], cognito: Cognito, pool_id: str) -> Stage:
    """The cast at a console that reaches that pool."""
    secret = ConnectionSecret(ACCESS_KEY, SECRET_KEY)
    connection = store.connections.add(
        Connection("moto", cognito.region, CredentialKind.STATIC, endpoint_url=cognito.url, secret=secret)
    )
    return Stage(store, cast, store.pools.add(PoolRecord(connection.id, pool_id, "staff")))


@pytest.fixture
def pool_session(stage: Stage) -> PoolSession:
    return open_pool_session(stage.store, stage.pool, acting(stage.cast["max"]))


@pytest.fixture
def campaign(stage: Stage, pool_session: PoolSession) -> Campaign:
    """Both groups under review by sam; ann is to leave both, bo and di billing, cy is undecided."""
    now = datetime.now(UTC)
    pool = pool_session.gateway.describe_pool()
    users = list(pool_session.gateway.iter_users())
    of = {user.sub: [name for name, who in MEMBERS.items() if user.username in who] for user in users}
    about = SnapshotAbout("snap", "key", "staff", pool, now, now, operator_name="max")
    snapshot = pool_of(snapshot_of(about, users, pool_session.gateway.list_groups(), of))
    later = now + timedelta(days=1)
    made = stage.start(snapshot, "sam", groups=tuple(MEMBERS), deadline=later, title="Autumn =1+1")
    sam = stage.as_("sam")
    by_name = {
        (item.group, item.label.partition("@")[0]): item.number for item in sam.items(made.id, range(1, 7))
    }
    revoked = [by_name[pair] for pair in (("auditors", "ann"), ("billing", "ann"), ("billing", "bo"))]
    sam.decide(made.id, revoked, Decision.REVOKE, "left the team")
    sam.decide(made.id, [by_name["billing", "di"]], Decision.REVOKE, "never needed it")
    sam.decide(made.id, [by_name["auditors", "bo"]], Decision.KEEP)
    return made


def max_of(stage: Stage, role: Role = Role.MANAGER) -> Actor:
    return acting(stage.cast["max"], role)()


def planned(stage: Stage, pool_session: PoolSession, campaign: Campaign) -> Plan:
    stage.as_("ada").close(campaign.id)
    return plan_revocations(stage.store, campaign.id, pool_session, max_of(stage))


def test_everybody_leaves_exactly_the_groups_that_were_revoked(
    stage: Stage, pool_session: PoolSession, campaign: Campaign, cognito: Cognito, pool_id: str
) -> None:
    plan = planned(stage, pool_session, campaign)
    assert plan.title == "Revoked in the review “Autumn =1+1”"
    told = {
        row.label: (sorted(step.change.group for step in row.steps), row.note)  # type: ignore[attr-defined]
        for row in plan.rows
    }
    assert told == {
        "ann@example.com": (
            ["auditors", "billing"],
            "auditors: sam: left the team; billing: sam: left the team",
        ),
        "bo@example.com": (["billing"], "billing: sam: left the team"),
        "di@example.com": (["billing"], "billing: sam: never needed it"),
    }
    job = save_revocations(stage.store, campaign.id, plan, pool_session, max_of(stage))
    control.start(stage.store, job.id, max_of(stage))
    run_here(stage.store, job.id)
    assert cognito.members(pool_id, "billing") == {"cy"}
    assert cognito.members(pool_id, "auditors") == {"bo"}
    found = plan_of(stage.store, stage.store.campaigns.get(campaign.id))
    assert found is not None
    assert found.id == job.id


def test_whoever_left_meanwhile_is_left_alone(
    stage: Stage, pool_session: PoolSession, campaign: Campaign, cognito: Cognito, pool_id: str
) -> None:
    cognito.client().admin_remove_user_from_group(UserPoolId=pool_id, Username="di", GroupName="billing")
    cognito.client().admin_delete_user(UserPoolId=pool_id, Username="ann")
    plan = planned(stage, pool_session, campaign)
    verdicts = {row.label: row.verdict for row in plan.rows}
    assert verdicts == {
        "ann": RowVerdict.INVALID,
        "bo@example.com": RowVerdict.CHANGE,
        "di@example.com": RowVerdict.UNCHANGED,
    }


def test_nothing_is_planned_while_decisions_can_change(
    stage: Stage, pool_session: PoolSession, campaign: Campaign
) -> None:
    with pytest.raises(ReviewError, match="still open"):
        plan_revocations(stage.store, campaign.id, pool_session, max_of(stage))


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SUPPORT])
def test_planning_needs_bulk(stage: Stage, pool_session: PoolSession, campaign: Campaign, role: Role) -> None:
    plan = planned(stage, pool_session, campaign)
    with pytest.raises(NotPermitted, match="bulk"):
        plan_revocations(stage.store, campaign.id, pool_session, max_of(stage, role))
    with pytest.raises(NotPermitted, match="bulk"):
        save_revocations(stage.store, campaign.id, plan, pool_session, max_of(stage, role))
    assert stage.store.jobs.list() == ()


def test_a_campaign_has_one_plan_unless_it_is_thrown_away(
    stage: Stage, pool_session: PoolSession, campaign: Campaign
) -> None:
    plan = planned(stage, pool_session, campaign)
    first = save_revocations(stage.store, campaign.id, plan, pool_session, max_of(stage))
    with pytest.raises(ReviewError, match="a plan already"):
        plan_revocations(stage.store, campaign.id, pool_session, max_of(stage))
    control.delete_plan(stage.store, first.id, max_of(stage))
    second = save_revocations(stage.store, campaign.id, plan, pool_session, max_of(stage))
    assert stage.store.campaigns.get(campaign.id).job_id == second.id


def test_whoever_plans_second_leaves_no_plan_behind(
    stage: Stage, pool_session: PoolSession, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(stage, pool_session, campaign)
    store = stage.store
    save = store.jobs.create

    def slower(*args: Any) -> Any:
        store.campaigns.set_job(campaign.id, "of-somebody-faster", instead_of="")
        return save(*args)

    monkeypatch.setattr(store.jobs, "create", slower)
    with pytest.raises(ReviewError, match="a plan already"):
        save_revocations(store, campaign.id, plan, pool_session, max_of(stage))
    assert store.jobs.list() == ()


def test_nothing_is_planned_from_an_altered_review(
    stage: Stage, pool_session: PoolSession, campaign: Campaign, tmp_path: Path
) -> None:
    stage.as_("ada").close(campaign.id)
    raw(tmp_path / "console.db", "UPDATE campaign_items SET decision = 'revoke' WHERE decision = 'keep'")
    with pytest.raises(ReviewError, match="was altered, so nothing is planned"):
        plan_revocations(stage.store, campaign.id, pool_session, max_of(stage))


def test_a_review_that_revoked_nothing_has_nothing_to_plan(
    stage: Stage, pool_session: PoolSession, campaign: Campaign
) -> None:
    numbers = stage.numbers(campaign, "sam")
    stage.as_("sam").decide(campaign.id, numbers, Decision.KEEP, "all needed")
    with pytest.raises(ReviewError, match="Nothing was revoked"):
        planned(stage, pool_session, campaign)


def test_another_pool_under_the_same_name_is_refused(
    stage: Stage, pool_session: PoolSession, campaign: Campaign, cognito: Cognito
) -> None:
    stage.as_("ada").close(campaign.id)
    stage.store.pools.update(replace(stage.pool, pool_id=cognito.staff))
    other = open_pool_session(stage.store, stage.store.pools.get(stage.pool.id), acting(stage.cast["max"]))
    with pytest.raises(ReviewError, match="another user pool than staff is now"):
        plan_revocations(stage.store, campaign.id, other, max_of(stage))


def test_reviews_are_read_by_whoever_may_read(stage: Stage, campaign: Campaign) -> None:
    assert Reviews(stage.store, acting(stage.cast["ada"])).get(campaign.id).campaign.title == "Autumn =1+1"
