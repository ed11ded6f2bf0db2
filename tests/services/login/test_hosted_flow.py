"""The code flow against a provider written by others: Django OAuth Toolkit, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.login.chain import LinkState
from services.login.discovery import Discovery, KnownPool, discovery_links, read_discovery
from services.login.hosted_flow import (
    CallbackAnswer,
    CodeExchange,
    ExchangeResult,
    Flow,
    answer_in,
    came_through,
    carry_out,
    new_proofs,
    sign_in_address,
)
from services.login.tokens import KEYS
from tests.services.login.known_there import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    GROUP,
    browser_to,
    running_provider,
)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnownPool]:
    """It, as a pool whose endpoint is its address and whose id is the folder it serves from."""
    KEYS.forget()
    folder = tmp_path_factory.mktemp("provider")
    with running_provider(folder) as address:
        yield KnownPool("elsewhere", "eu-west-1", "o", address)


@pytest.fixture(scope="module")
def discovery(provider: KnownPool) -> Discovery:
    return read_discovery(provider.discovery_urls[0], provider)


def flow_of(provider: KnownPool, **changes: object) -> Flow:
    values: dict[str, object] = {
        "pool_record_id": "none",
        "pool_name": provider.name,
        "application_id": "",
        "application": "The application",
        "client_id": CLIENT_ID,
        "discovery_url": provider.discovery_urls[0],
        "redirect_uri": CALLBACK,
        "auth_method": "client_secret_basic",
        "scopes": ("openid", "email"),
        "allowed_groups": (GROUP,),
        "group_roles": {GROUP: "clerk"},
    }
    return Flow(**{**values, **changes})  # type: ignore[arg-type]


def signed_in(
    provider: KnownPool, discovery: Discovery, secret: str = CLIENT_SECRET, **changes: object
) -> tuple[CodeExchange, CallbackAnswer]:
    flow, proofs = flow_of(provider, **changes), new_proofs()
    answer = answer_in(browser_to(sign_in_address(flow, discovery, proofs)))
    assert answer.state == proofs.state
    return CodeExchange(flow, discovery, proofs, secret, provider), answer


def states(outcome: ExchangeResult) -> dict[str, LinkState]:
    return {link.key: link.state for link in outcome.reports[0].checks}


def test_its_description_is_read_and_every_endpoint_answers(
    provider: KnownPool, discovery: Discovery
) -> None:
    assert discovery.issuer == f"{provider.endpoint}/o"
    found = {link.key: link.state for link in discovery_links(discovery, provider)}
    assert found.pop("end_session_endpoint", None) is not LinkState.FAILED
    assert set(found.values()) <= {LinkState.PASSED, LinkState.NOT_APPLICABLE}


@pytest.mark.parametrize("auth_method", ["client_secret_basic", "client_secret_post"])
def test_a_sign_in_there_gives_an_id_token_that_holds(
    provider: KnownPool, discovery: Discovery, auth_method: str
) -> None:
    outcome = carry_out(*signed_in(provider, discovery, auth_method=auth_method))
    checks = states(outcome)
    for key in (
        "signature",
        "key-id",
        "algorithm",
        "issuer",
        "client",
        "expiry",
        "nonce",
        "at-hash",
        "clock",
    ):
        assert checks[key] is LinkState.PASSED, (key, outcome.reports[0].checks)
    assert outcome.person == "greta@provider.example"
    groups = next(line.value for line in outcome.reports[0].claims if line.name == "cognito:groups")
    assert groups == GROUP


def test_its_refusals_are_told_as_what_they_are(provider: KnownPool, discovery: Discovery) -> None:
    question, answer = signed_in(provider, discovery)
    assert carry_out(question, answer).reports
    again = carry_out(question, answer)
    assert (again.links[-1].key, again.links[-1].detail) == ("code", "invalid_grant")
    wrong = carry_out(*signed_in(provider, discovery, secret="wrong"))
    assert (wrong.links[-1].key, wrong.links[-1].detail) == ("code", "invalid_client")


def test_a_code_is_worthless_without_its_verifier(provider: KnownPool, discovery: Discovery) -> None:
    question, answer = signed_in(provider, discovery)
    other = CodeExchange(question.flow, discovery, new_proofs(), CLIENT_SECRET, provider)
    assert carry_out(other, answer).links[-1].detail == "invalid_grant"


def through(username: str, *providers: str) -> dict[str, object]:
    """Claims of somebody whose profile is linked with these providers."""
    return {
        "cognito:username": username,
        "identities": [{"providerName": name, "userId": f"{name.lower()}-7"} for name in providers],
    }


@pytest.mark.parametrize(
    ("claims", "wanted", "state", "words"),
    [
        (through("Okta_okta-7", "Okta"), "Okta", LinkState.PASSED, "that provider's own. No other account"),
        (through("Okta_okta-7", "Okta", "Entra"), "", LinkState.PASSED, "Linked with it: Entra (entra-7)"),
        (through("ann", "Entra", "Okta"), "Okta", LinkState.PASSED, "linked to the profile ann"),
        (through("ann", "Entra"), "Okta", LinkState.FAILED, "linked with Entra, and not with Okta"),
        ({"cognito:username": "ann"}, "Okta", LinkState.FAILED, "an account of the pool"),
        ({"cognito:username": "ann", "identities": "x"}, "Okta", LinkState.FAILED, "an account of the pool"),
    ],
)
def test_a_test_through_a_provider_ends_in_the_person_and_the_link(
    claims: dict[str, object], wanted: str, state: LinkState, words: str
) -> None:
    link = came_through(claims, wanted)
    assert link is not None
    assert link.state is state
    assert words in link.sentence


def test_an_account_of_the_pool_needs_no_provider() -> None:
    assert came_through({"cognito:username": "ann"}, "") is None
