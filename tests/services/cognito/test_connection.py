"""Settings of a connection."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.connection import (
    REGIONS,
    AssumedRole,
    ConnectionSettings,
    DefaultChain,
    Profile,
    StaticKeys,
    region_name,
    session_name,
)
from services.errors import InvalidValue


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
