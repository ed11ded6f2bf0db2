"""The rules on the demo's two pools, read as the console reads them, against boto3's own listing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.audits.audit import audit
from services.audits.rule import AuditContext, RuleState
from services.audits.thresholds import Thresholds
from services.cognito.models import Group, User, UserPool, UserStatus
from services.directory.pool import pool_of
from services.directory.scan import PoolScan
from tests.fixtures.cognito import Cognito
from tests.services.audits.oracle import World, expected
from tests.services.audits.pools import application
from tests.services.audits.test_rules import found


def listed(cognito: Cognito, pool_id: str, **facts: Any) -> World:
    """A pool as boto3 lists it, person by person, with none of the console's own reading."""
    boto = cognito.client()
    groups = boto.list_groups(UserPoolId=pool_id, Limit=60)["Groups"]
    users, memberships = [], {}
    for raw in cognito.users(pool_id):
        values = {attribute["Name"]: attribute["Value"] for attribute in raw["Attributes"]}
        known = raw["UserStatus"] in UserStatus.__members__
        users.append(
            User(
                username=raw["Username"],
                sub=values.pop("sub"),
                status=UserStatus(raw["UserStatus"]) if known else UserStatus.UNKNOWN,
                enabled=raw["Enabled"],
                created=_whole(raw["UserCreateDate"]),
                changed=_whole(raw["UserLastModifiedDate"]),
                attributes=values,
            )
        )
        mine = boto.admin_list_groups_for_user(UserPoolId=pool_id, Username=raw["Username"])["Groups"]
        memberships[users[-1].sub] = tuple(item["GroupName"] for item in mine)
    raw_pool = boto.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return World(
        pool=UserPool(
            pool_id,
            raw_pool["Name"],
            username_attributes=frozenset(raw_pool.get("UsernameAttributes", ())),
            alias_attributes=frozenset(raw_pool.get("AliasAttributes", ())),
        ),
        users=tuple(users),
        groups=tuple(
            Group(group["GroupName"], precedence=group.get("Precedence"), role_arn=group.get("RoleArn") or "")
            for group in groups
        ),
        memberships=memberships,
        **facts,
    )


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.mark.parametrize("name", ["staff", "customers"])
def test_every_rule_is_right_on_the_demo(
    cognito: Cognito, gateway_factory: Callable[..., Any], name: str
) -> None:
    pool_id = getattr(cognito, name)
    facts = {
        "applications": (
            application("Billing desk", "billing"),
            application("Portal", "residential", "gone"),
        ),
        "thresholds": Thresholds(unconfirmed_days=1, reset_days=2, apart=(("auditors", "billing"),)),
        "now": datetime.now(UTC),
        "providers": frozenset({"Okta"}),
    }
    world = listed(cognito, pool_id, **facts)
    read = PoolScan(gateway_factory(pool_id), share=1.0).run()
    assert read is not None
    assert read.completeness.complete
    setting = AuditContext(world.now, world.thresholds, world.applications, providers=frozenset({"Okta"}))
    made, wanted = audit(pool_of(read), setting), expected(world)
    for result in made.results:
        assert set(found(result)) == wanted[result.rule.id], result.rule.id
        assert (result.state is RuleState.FOUND) == bool(wanted[result.rule.id]), result.rule.id
    assert sum(result.state is RuleState.FOUND for result in made.results) > 8
