"""The test of a connection, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.cognito.connection import ConnectionSettings
from services.cognito.limiter import Unpaced
from services.cognito.probe import IDENTITY, POOLS, ProbeStep, probe
from tests.fixtures.cognito import Cognito
from tests.services.cognito.conftest import SECRET
from tests.services.cognito.fake_aws import FakeAws, Reply, closed_port, ok, page, refusal, xml_refusal

Settings = Callable[..., ConnectionSettings]
POOL = "eu-west-1_Abc123456"
IDENTITY_XML = Reply(
    body="<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>"
    "<Arn>arn:aws:iam::111122223333:user/console</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
    kind="text/xml",
)
POOLS_JSON = ok(UserPools=[{"Id": POOL, "Name": "Staff"}])
POOL_JSON = ok(UserPool={"Id": POOL, "Name": "Staff", "EstimatedNumberOfUsers": 1234})


def steps(settings: ConnectionSettings, *pools: str) -> list[ProbeStep]:
    return list(probe(settings, pools, limiter=Unpaced()))


def passed(found: list[ProbeStep]) -> list[bool | None]:
    return [step.passed for step in found]


@pytest.fixture
def healthy(aws: FakeAws) -> FakeAws:
    return (
        aws.answer("GetCallerIdentity", IDENTITY_XML)
        .answer("ListUserPools", POOLS_JSON)
        .answer("DescribeUserPool", POOL_JSON)
    )


def test_a_healthy_connection_passes_every_step(healthy: FakeAws, settings_to: Settings) -> None:
    found = steps(settings_to(healthy.url), POOL)
    assert passed(found) == [True, True, True]
    assert [step.title for step in found] == [IDENTITY, POOLS, f"Read the pool {POOL}"]
    assert "111122223333" in found[0].sentence
    assert "Europe (Ireland)" in found[1].sentence
    assert "1,234" in found[2].sentence


def test_the_embedded_cognito_passes(cognito: Cognito) -> None:
    assert passed(steps(cognito.settings(), cognito.staff, cognito.customers)) == [True] * 4


def test_steps_come_one_by_one(aws: FakeAws, settings_to: Settings) -> None:
    aws.answer("GetCallerIdentity", IDENTITY_XML)
    running = probe(settings_to(aws.url), [POOL], limiter=Unpaced())
    assert next(running).passed
    assert aws.count("ListUserPools") == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("InvalidClientTokenId", "doesn't accept these credentials"),
        ("SignatureDoesNotMatch", "secret access key"),
        ("ExpiredToken", "expired"),
        ("RequestExpired", "clock"),
    ],
)
def test_bad_credentials_stop_at_the_first_step(
    aws: FakeAws, settings_to: Settings, code: str, words: str
) -> None:
    aws.answer("GetCallerIdentity", xml_refusal(code, "no"))
    found = steps(settings_to(aws.url), POOL)
    assert passed(found) == [False, None, None]
    assert words in found[0].sentence
    assert found[0].next_step
    assert "Not tried" in found[2].sentence
    assert SECRET not in repr(found)


def test_another_account_than_the_one_named_is_told(healthy: FakeAws, settings_to: Settings) -> None:
    found = steps(settings_to(healthy.url, account="999900001111"), POOL)
    assert passed(found) == [False, True, True]
    assert "999900001111" in found[0].sentence


def test_without_the_right_to_list_pools_the_pool_itself_is_still_tried(
    aws: FakeAws, settings_to: Settings
) -> None:
    aws.answer("GetCallerIdentity", IDENTITY_XML).answer("DescribeUserPool", POOL_JSON)
    aws.answer("ListUserPools", refusal("AccessDeniedException", "no"))
    found = steps(settings_to(aws.url), POOL)
    assert passed(found) == [True, False, True]
    assert "cognito-idp:ListUserPools" in found[1].sentence


def test_a_pool_that_is_not_there_points_to_the_list(healthy: FakeAws, settings_to: Settings) -> None:
    healthy.replies["DescribeUserPool"].clear()
    healthy.answer("DescribeUserPool", refusal("ResourceNotFoundException", "User pool x does not exist."))
    found = steps(settings_to(healthy.url), POOL)
    assert passed(found) == [True, True, False]
    assert "Choose one of the pools" in found[2].next_step


def test_nobody_at_the_endpoint_is_told_once(settings_to: Settings) -> None:
    found = steps(settings_to(closed_port()), POOL)
    assert passed(found) == [None, False, None]
    assert "refused" in found[1].sentence


def test_an_endpoint_without_sts_is_no_failure(aws: FakeAws, settings_to: Settings) -> None:
    aws.answer("GetCallerIdentity", page(404), page(404))
    aws.answer("ListUserPools", POOLS_JSON)
    aws.answer("DescribeUserPool", POOL_JSON)
    assert passed(steps(settings_to(aws.url), POOL)) == [None, True, True]


def test_a_region_without_pools_suggests_another(aws: FakeAws, settings_to: Settings) -> None:
    aws.answer("GetCallerIdentity", IDENTITY_XML).answer("ListUserPools", ok(UserPools=[]))
    found = steps(settings_to(aws.url))
    assert passed(found) == [True, True]
    assert "region" in found[1].next_step


def test_an_address_that_is_not_cognito_is_told(aws: FakeAws, settings_to: Settings) -> None:
    aws.otherwise = page(200, "<html>Welcome to the intranet</html>")
    found = steps(settings_to(aws.url), POOL)
    assert found[1].passed is False
    assert "isn't Cognito" in found[1].sentence
