"""How a pool describes itself, each part checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services import web
from services.login.chain import Link, LinkState
from services.login.discovery import (
    Discovery,
    KnownPool,
    discovery_links,
    known_pools,
    names_other_pool,
    pool_of_issuer,
    read_discovery,
)
from tests.services.login.conftest import World

POOL = KnownPool("staff", "eu-west-1", "eu-west-1_Brt4Staff")
USUAL, UPDATED = POOL.discovery_urls
DOMAIN = "https://brightwater.auth.eu-west-1.amazoncognito.com"
RAW = {
    "issuer": POOL.issuers[0],
    "authorization_endpoint": f"{DOMAIN}/oauth2/authorize",
    "token_endpoint": f"{DOMAIN}/oauth2/token",
    "jwks_uri": f"{POOL.issuers[0]}/.well-known/jwks.json",
    "userinfo_endpoint": f"{DOMAIN}/oauth2/userInfo",
    "revocation_endpoint": f"{DOMAIN}/oauth2/revoke",
}


def described(monkeypatch: pytest.MonkeyPatch, url: str = USUAL, **changes: Any) -> Discovery:
    """What AWS answers at `url`; the machine that tests can't ask it."""
    monkeypatch.setattr(web, "fetch_json", lambda *_: {**RAW, **changes})
    return read_discovery(url, POOL)


def links(found: Discovery) -> dict[str, Link]:
    return {link.key: link for link in discovery_links(found, POOL, try_them=False)}


def test_the_demo_describes_itself_and_every_endpoint_answers(world: World) -> None:
    pool = next(pool for pool in known_pools(world.store) if pool.name == "staff")
    found = read_discovery(pool.discovery_urls[0], pool)
    assert [link for link in discovery_links(found, pool) if link.state is LinkState.FAILED] == []


def test_a_pool_of_aws_is_described_at_its_service_and_served_at_its_domain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = described(monkeypatch)
    assert links(found)["issuer"].state is LinkState.PASSED
    assert found.origins == {"https://cognito-idp.eu-west-1.amazonaws.com", DOMAIN}
    assert found.logout_address == f"{DOMAIN}/logout"


def test_both_forms_of_the_issuer_are_known_and_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert USUAL.startswith("https://cognito-idp.")
    assert UPDATED.startswith("https://issuer-cognito-idp.")
    assert links(described(monkeypatch, UPDATED, issuer=POOL.issuers[1]))["issuer"].state is LinkState.PASSED
    mixed = links(described(monkeypatch, USUAL, issuer=POOL.issuers[1]))["issuer"]
    assert mixed.state is LinkState.DOUBTFUL
    assert UPDATED in mixed.fix


def test_the_description_of_another_pool_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    other = links(described(monkeypatch, issuer=POOL.issuers[0] + "x"))["issuer"]
    assert other.state is LinkState.FAILED
    assert USUAL in other.fix


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/",
        "https://127.0.0.1/oauth2/token",
        "http://brightwater.auth.eu-west-1.amazoncognito.com/oauth2/token",
        "https://brightwater.auth.eu-west-1.amazoncognito.com:22/oauth2/token",
        "https://x@brightwater.auth.eu-west-1.amazoncognito.com/oauth2/token",
        "gopher://x/",
        ["not", "text"],
    ],
)
def test_no_endpoint_outside_is_called_whatever_the_description_says(
    monkeypatch: pytest.MonkeyPatch, address: Any
) -> None:
    monkeypatch.setattr(web.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 443))])
    found = described(monkeypatch, token_endpoint=address)
    assert links(found)["token_endpoint"].state is LinkState.FAILED
    assert len(found.origins) == 2


def test_a_pool_without_a_domain_lacks_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    found = links(described(monkeypatch, authorization_endpoint=None, token_endpoint=None))
    assert "domain" in found["authorization_endpoint"].fix


@pytest.mark.parametrize(
    ("host", "is_other"),
    [
        ("cognito-idp.eu-west-1.amazonaws.com", False),
        ("issuer-cognito-idp.eu-west-1.amazonaws.com", False),
        ("cognito-idp-fips.eu-west-1.amazonaws.com", False),
        ("cognito-idp.us-east-1.amazonaws.com", True),
        ("cognito-idp.eu-west-1.amazonaws.com.evil.example", True),
        ("cognito-idp.eu-west-1.amazonaws.com@evil.example", True),
        ("cognito-idp.eu-west-1.amazonaws.com:8443", True),
        ("169.254.169.254", True),
    ],
)
def test_a_pool_of_aws_is_described_by_aws_alone(host: str, is_other: bool) -> None:
    path = f"/{POOL.pool_id}/.well-known/openid-configuration"
    assert names_other_pool(POOL, f"https://{host}{path}") is is_other
    assert names_other_pool(POOL, f"http://{host}{path}")


def test_china_and_other_endpoints_have_addresses_of_their_own() -> None:
    china = KnownPool("x", "cn-north-1", "cn-north-1_a")
    assert china.issuers[0] == "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a"
    local = replace(POOL, endpoint="http://127.0.0.1:5000")
    assert local.discovery_urls == (
        "http://127.0.0.1:5000/eu-west-1_Brt4Staff/.well-known/openid-configuration",
    )
    assert pool_of_issuer((POOL,), POOL.issuers[1]) is POOL
    assert pool_of_issuer((POOL,), POOL.issuers[1] + "/") is None
