"""What is sent again and what never is."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from services.cognito.client import ATTEMPTS, AwsClient, is_read
from services.cognito.connection import ConnectionSettings
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import AccountLimiter, Caller, Unpaced
from services.cognito.permit import Permit, PermitMissing
from services.errors import (
    CognitoError,
    EndpointUnreachable,
    NotAvailable,
    OutcomeUnknown,
    ServiceFault,
    Throttled,
    UserNotFound,
)
from tests.services.cognito.conftest import POOL
from tests.services.cognito.fake_aws import (
    RESET,
    THROTTLED,
    FakeAws,
    Reply,
    closed_port,
    fake_aws,
    ok,
    page,
    refusal,
)

NO_GROUPS = ok(Groups=[])
FAULT = refusal("InternalErrorException", "oh", status=500)
Settings = Callable[..., ConnectionSettings]


def disable(gateway: CognitoGateway, permit: Permit) -> None:
    gateway.disable_user(permit, "ann")


@pytest.mark.parametrize("trouble", [THROTTLED, FAULT, page(503), RESET], ids=str)
def test_a_read_is_repeated_after_passing_trouble(
    aws: FakeAws, gateway: CognitoGateway, trouble: Reply
) -> None:
    aws.answer("ListGroups", trouble, trouble, NO_GROUPS)
    assert gateway.list_groups() == ()
    assert aws.count("ListGroups") == 3


@pytest.mark.parametrize(
    ("trouble", "error"), [(THROTTLED, Throttled), (FAULT, ServiceFault), (RESET, EndpointUnreachable)]
)
def test_a_read_gives_up_in_the_end(
    aws: FakeAws, gateway: CognitoGateway, trouble: Reply, error: type[CognitoError]
) -> None:
    aws.otherwise = trouble
    with pytest.raises(error):
        gateway.list_groups()
    assert aws.count("ListGroups") == ATTEMPTS


def test_a_read_that_aws_refuses_is_not_repeated(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("AdminGetUser", refusal("UserNotFoundException", "User does not exist."))
    with pytest.raises(UserNotFound):
        gateway.user_detail("ann")
    assert aws.count("AdminGetUser") == 1


def test_a_change_refused_for_its_rate_is_sent_again(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminDisableUser", THROTTLED, THROTTLED, ok())
    disable(gateway, permit)
    assert aws.count("AdminDisableUser") == 3


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (FAULT, ServiceFault),
        (page(500), ServiceFault),
        (page(502), ServiceFault),
        (page(504), ServiceFault),
        (RESET, OutcomeUnknown),
        (page(200), OutcomeUnknown),
    ],
)
def test_a_change_that_may_have_taken_effect_is_sent_once(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit, trouble: Reply, error: type[CognitoError]
) -> None:
    aws.otherwise = trouble
    with pytest.raises(error, match="may or may not have taken effect"):
        disable(gateway, permit)
    assert aws.count("AdminDisableUser") == 1


def test_a_change_without_an_answer_in_time_is_sent_once(
    aws: FakeAws, settings_to: Settings, permit: Permit
) -> None:
    aws.otherwise = Reply(wait=1.0)
    gateway = CognitoGateway(settings_to(aws.url, read_timeout=0.2), POOL, limiter=Unpaced())
    with pytest.raises(OutcomeUnknown):
        disable(gateway, permit)
    assert aws.count("AdminDisableUser") == 1


def test_after_an_unknown_outcome_the_permit_is_spent(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit
) -> None:
    aws.answer("AdminDisableUser", RESET)
    with pytest.raises(OutcomeUnknown):
        disable(gateway, permit)
    with pytest.raises(PermitMissing):
        disable(gateway, permit)
    assert aws.count("AdminDisableUser") == 1


def test_a_refused_connection_is_tried_again_even_for_a_change(
    settings_to: Settings, permit: Permit, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = CognitoGateway(settings_to(closed_port()), POOL, limiter=Unpaced())
    tries: list[str] = []
    monkeypatch.setattr(
        gateway.client.pacer, "acquire", lambda operation, *_: tries.append(operation), raising=False
    )
    with pytest.raises(EndpointUnreachable, match=r"connection refused.*Nothing was changed"):
        disable(gateway, permit)
    assert tries == ["AdminDisableUser"] * ATTEMPTS


def test_attempts_can_be_limited_for_somebody_who_waits(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.otherwise = FAULT
    with pytest.raises(ServiceFault):
        gateway.for_caller(Caller(), attempts=2).list_groups()
    assert aws.count("ListGroups") == 2


def test_throttling_slows_the_shared_limiter(aws: FakeAws, settings_to: Settings) -> None:
    limiter = AccountLimiter()
    aws.answer("ListUsers", THROTTLED, ok(Users=[]))
    CognitoGateway(settings_to(aws.url), POOL, limiter=limiter).users_page()
    (pace,) = limiter.paces()
    assert (pace.category, pace.throttles, pace.calls) == ("UserList", 1, 2)
    assert pace.rate == pace.quota / 2


def test_an_operation_that_botocore_lacks_is_not_available(settings_to: Settings) -> None:
    client = AwsClient(settings_to("http://127.0.0.1:9"), Unpaced())
    with pytest.raises(NotAvailable, match="too old"):
        client.read("ListThingsOfTomorrow")
    assert not client.has("ListThingsOfTomorrow")
    assert client.has("ListUsers")


def test_a_change_can_not_be_sent_as_a_read(settings_to: Settings) -> None:
    client = AwsClient(settings_to("http://127.0.0.1:9"), Unpaced())
    with pytest.raises(ValueError, match="not a read"):
        client.read("AdminDeleteUser", POOL, Username="ann")


def test_reads_are_told_from_changes_by_name() -> None:
    assert is_read("AdminListGroupsForUser")
    assert not is_read("AdminCreateUser")


def test_an_endpoint_in_the_environment_is_ignored_by_a_connection_with_its_own_keys(
    settings_to: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_aws() as other:
        monkeypatch.setenv("AWS_ENDPOINT_URL", other.url)
        client = AwsClient(settings_to(""), Unpaced())
        opened = client._shared.clients().client(client._describe("ListUsers", POOL, {}))
    assert opened.meta.endpoint_url == "https://cognito-idp.eu-west-1.amazonaws.com"


def test_nothing_of_a_request_is_logged_even_at_debug(
    aws: FakeAws, gateway: CognitoGateway, permit: Permit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.set_password(permit, "ann", "Hunter2-Hunter2")
    assert "Hunter2" not in caplog.text
    assert "secret/key" not in caplog.text
