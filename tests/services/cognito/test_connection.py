"""Settings of a connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.loaders import Loader
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.aws_session import open_session, parsed_time
from services.cognito.connection import (
    AssumedRole,
    ConnectionSettings,
    DefaultChain,
    Profile,
    StaticKeys,
    session_name,
)
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.permit import Permit
from services.cognito.regions import REGIONS, region_name
from services.cognito.sending import config_for
from services.errors import CredentialsRejected, InvalidValue
from tests.services.cognito.conftest import POOL
from tests.services.cognito.fake_aws import FakeAws, Reply, ok, xml_refusal

# Where credentials come from, and that those of a role are renewed in time.

ROLE = "arn:aws:iam::111122223333:role/console"
Settings = Callable[..., ConnectionSettings]


def role_keys(key: str, valid: timedelta) -> Reply:
    until = (datetime.now(UTC) + valid).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = (
        f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{until}</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
    return Reply(body=body, kind="text/xml")


def gateway_to(settings: ConnectionSettings) -> CognitoGateway:
    return CognitoGateway(settings, POOL, limiter=Unpaced())


def role_gateway(aws: FakeAws, settings_to: Settings, **role: str) -> CognitoGateway:
    aws.otherwise = ok(Groups=[])
    keys = StaticKeys("AKIASOURCESOURCESOUR", "s")
    return gateway_to(settings_to(aws.url, credentials=AssumedRole(ROLE, source=keys, **role)))


def test_a_role_is_assumed_in_the_operators_name(aws: FakeAws, settings_to: Settings) -> None:
    gateway = role_gateway(aws, settings_to, external_id="ext-1", session_name="Ann Ek")
    aws.answer("AssumeRole", role_keys("ASIAROLE1", timedelta(hours=1)))
    gateway.list_groups()
    asked, used = aws.seen
    assert asked.parameters["RoleArn"] == ROLE
    assert asked.parameters["RoleSessionName"] == "Ann-Ek"
    assert asked.parameters["ExternalId"] == "ext-1"
    assert "AKIASOURCESOURCESOUR" in asked.authorization
    assert "ASIAROLE1" in used.authorization


def test_a_role_is_assumed_once_while_its_credentials_last(aws: FakeAws, settings_to: Settings) -> None:
    gateway = role_gateway(aws, settings_to)
    aws.answer("AssumeRole", role_keys("ASIAROLE1", timedelta(hours=1)))
    gateway.list_groups()
    gateway.for_pool("eu-west-1_Other1234").list_groups()
    assert aws.count("AssumeRole") == 1


def test_credentials_of_a_role_are_renewed_before_they_expire(aws: FakeAws, settings_to: Settings) -> None:
    gateway = role_gateway(aws, settings_to)
    aws.answer(
        "AssumeRole",
        role_keys("ASIAROLE1", timedelta(minutes=5)),
        role_keys("ASIAROLE2", timedelta(hours=1)),
    )
    gateway.list_groups()
    gateway.list_groups()
    assert aws.count("AssumeRole") == 2
    assert "ASIAROLE2" in aws.seen[-1].authorization


def test_a_refused_role_says_what_to_check(aws: FakeAws, settings_to: Settings, permit: Permit) -> None:
    gateway = role_gateway(aws, settings_to)
    aws.answer(
        "AssumeRole", xml_refusal("AccessDenied", "User x is not authorized to perform: sts:AssumeRole")
    )
    with pytest.raises(CredentialsRejected, match="Nothing was changed") as caught:
        gateway.disable_user(permit, "ann")
    assert "trusts" in caught.value.next_step
    assert aws.count("AdminDisableUser") == 0


def test_a_role_without_credentials_to_assume_it_says_so(aws: FakeAws, settings_to: Settings) -> None:
    gateway = gateway_to(settings_to(aws.url, credentials=AssumedRole(ROLE)))
    with pytest.raises(CredentialsRejected, match="no AWS credentials"):
        gateway.list_groups()


def test_no_credentials_anywhere_is_said(aws: FakeAws, settings_to: Settings) -> None:
    with pytest.raises(CredentialsRejected, match="no AWS credentials"):
        gateway_to(settings_to(aws.url, credentials=DefaultChain())).list_groups()


def test_a_profile_of_the_machine_is_used(
    aws: FakeAws, settings_to: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    aws.otherwise = ok(Groups=[])
    gateway_to(settings_to(aws.url, credentials=Profile("work"))).list_groups()
    assert "AKIAWORK" in aws.seen[0].authorization


def test_a_profile_that_is_not_there_is_named(aws: FakeAws, settings_to: Settings) -> None:
    with pytest.raises(CredentialsRejected, match="nowhere"):
        gateway_to(settings_to(aws.url, credentials=Profile("nowhere"))).list_groups()


def test_the_environment_is_the_default(
    aws: FakeAws, settings_to: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    aws.otherwise = ok(Groups=[])
    gateway_to(settings_to(aws.url, credentials=DefaultChain())).list_groups()
    assert "AKIAENV" in aws.seen[0].authorization


def test_keys_of_the_connection_win_over_the_environment(
    aws: FakeAws, settings_to: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    aws.otherwise = ok(Groups=[])
    gateway_to(settings_to(aws.url)).list_groups()
    assert "AKIAFAKE" in aws.seen[0].authorization


@pytest.mark.parametrize("value", [0, 1_700_000_000, 1_700_000_000.123, "1700000000", "2026-05-04T09:00:00Z"])
def test_times_of_answers_are_read_as_botocore_reads_them(value: float | str) -> None:
    assert parsed_time(value) == parse_timestamp(value)
    assert parsed_time(value).tzinfo is not None


def test_regions_come_with_names_that_people_know() -> None:
    assert {"eu-west-1", "us-east-1", "eu-north-1", "us-gov-west-1"} <= set(REGIONS)
    assert region_name("eu-west-1") == "Europe (Ireland)"
    assert region_name("xx-nowhere-9") == "xx-nowhere-9"
    assert all(region_name(region) != region for region in REGIONS)


@pytest.mark.parametrize("region", ["", "ireland", "eu-west", "eu_west_1", "eu-west-1 ", "EU-WEST-1"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        ConnectionSettings(region)
    assert caught.value.field == "region"


@pytest.mark.parametrize("region", [*REGIONS[:3], "us-gov-west-1", "cn-north-1"])
def test_regions_are_accepted(region: str) -> None:
    assert ConnectionSettings(region).region == region


@pytest.mark.parametrize(
    "endpoint",
    [
        "localhost",
        "ftp://x",
        "http://",
        "http://user:pass@host",
        "http://a b",
        "http://host:99999",
        "file:///etc",
    ],
)
def test_what_is_no_endpoint_is_refused_without_repeating_it(endpoint: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        ConnectionSettings("eu-west-1", endpoint)
    assert caught.value.field == "endpoint_url"
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "is_aws"),
    [
        ("", True),
        ("https://vpce-1.cognito-idp.eu-west-1.vpce.amazonaws.com", True),
        ("https://cognito-idp-fips.us-east-1.amazonaws.com", True),
        ("http://127.0.0.1:5000", False),
        ("https://amazonaws.com.evil.example", False),
    ],
)
def test_aws_is_told_from_emulators(endpoint: str, is_aws: bool) -> None:
    assert ConnectionSettings("eu-west-1", endpoint).is_aws is is_aws


def owner(**settings: object) -> str:
    return ConnectionSettings("eu-west-1", **settings).quota_owner  # type: ignore[arg-type]


def test_quotas_belong_to_the_account_however_it_is_reached() -> None:
    role = AssumedRole("arn:aws:iam::111122223333:role/console")
    assert owner(credentials=role) == owner(account="111122223333") == "111122223333"
    assert owner(credentials=role, endpoint_url="http://127.0.0.1:5000/") == "http://127.0.0.1:5000"
    keys, other = StaticKeys("AKIA1", "s"), StaticKeys("AKIA2", "s")
    assert owner(credentials=keys) != owner(credentials=other)
    assert owner(credentials=Profile("a")) != owner(credentials=DefaultChain())


def test_an_operators_name_becomes_a_session_name() -> None:
    assert session_name("ann.ek@example.com") == "ann.ek@example.com"
    assert session_name("Åsa Öberg") == "Asa-Oberg"
    assert session_name("a") == "operator-a"
    assert session_name("日本") == "operator"


@given(st.text())
def test_any_name_becomes_one_that_aws_takes(name: str) -> None:
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", session_name(name), re.ASCII)


def test_every_service_of_aws_can_be_opened(settings_to: Settings) -> None:
    settings = settings_to("http://127.0.0.1:1")
    session = open_session(settings, config_for(settings))
    known = set(session.get_available_services())
    assert known >= set(Loader().list_available_services("service-2"))
    assert session.create_client("sso-oidc", region_name="eu-west-1").meta.service_model.operation_names
