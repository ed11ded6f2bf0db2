"""Fixtures for the seam to AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from services.cognito import client
from services.cognito.connection import ConnectionSettings, StaticKeys
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.permit import Permit, issue
from tests.services.cognito.fake_aws import FakeAws, fake_aws

POOL = "eu-west-1_Fake12345"
SECRET = "secret/key/that/must/never/show"


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    """A fake AWS of the test's own."""
    with fake_aws() as running:
        yield running


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(client, "_LONGEST_WAIT", 0.05)


@pytest.fixture
def permit() -> Iterator[Permit]:
    """An open permit, as the one path for changes gives it."""
    with issue("activity-1") as opened:
        yield opened


@pytest.fixture
def settings_to() -> Callable[..., ConnectionSettings]:
    """Makes settings for an address: `settings_to(url, read_timeout=…)`."""

    def make(url: str, **options: object) -> ConnectionSettings:
        given = {"credentials": StaticKeys("AKIAFAKEFAKEFAKEFAKE", SECRET), "read_timeout": 2.0} | options
        return ConnectionSettings("eu-west-1", url, **given)  # type: ignore[arg-type]

    return make


@pytest.fixture
def gateway(aws: FakeAws, settings_to: Callable[..., ConnectionSettings]) -> CognitoGateway:
    """A gateway to a pool of the fake AWS."""
    return CognitoGateway(settings_to(aws.url), POOL, limiter=Unpaced())
