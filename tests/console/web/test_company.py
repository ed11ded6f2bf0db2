"""Company sign-in over HTTP: whose answer is whose."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console.web import urls
from console.web.company import TRIAL
from console.web.gate import Gate
from console.web.routes import ROUTES
from services.login import company
from services.login.chain import LinkState, from_data
from services.login.company import CompanySignIn
from services.login.provider_metadata import OidcDescription
from services.store.applications import CALLBACK_PATH
from services.store.operators import Operator
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store
from services.web import ProviderUnreachable
from tests.fixtures.console import sign_in_as

Cast = dict[str, Operator]
BASE = "http://localhost:8501"


@pytest.fixture
def client(console_store: Store) -> TestClient:
    return TestClient(Gate(Starlette(routes=ROUTES)), base_url=BASE, follow_redirects=False)


@pytest.fixture
def provider(console_store: Store, monkeypatch: pytest.MonkeyPatch) -> SignInProvider:
    """One whose description needs no network."""
    described = OidcDescription(
        "https://contoso.example/.well-known/openid-configuration",
        issuer="https://contoso.example",
        authorize_url="https://contoso.example/in",
        token_url="https://contoso.example/token",
        jwks_uri="https://contoso.example/keys",
    )
    monkeypatch.setattr(company, "read_description", lambda _: described)
    return console_store.sign_in_providers.add(
        SignInProvider("Contoso", described.url, "console", role_rules=(("*", "admin"),))
    )


def state_of(client: TestClient, provider: SignInProvider) -> str:
    """The state of a sign-in that this browser has begun."""
    answer = client.get(f"{urls.COMPANY_PATH}?provider={provider.id}")
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


def test_the_answer_that_another_browser_waits_for_signs_nobody_in_here(
    client: TestClient, console_store: Store, provider: SignInProvider
) -> None:
    state = state_of(client, provider)
    own = client.cookies["console_visit_8501"]
    client.cookies.clear()
    client.cookies.set("console_visit_8501", "another browser")
    answer = client.get(f"{CALLBACK_PATH}?state={state}&code=a-code")
    assert answer.headers["location"].startswith(f"{urls.TEST_RESULT_PATH}?refused=")
    assert "set-cookie" not in answer.headers
    # and the one that waits goes on waiting
    assert CompanySignIn(console_store).waits_for(state, own)


def test_to_sign_in_again_one_has_to_be_signed_in(
    client: TestClient, console_store: Store, provider: SignInProvider, cast: Cast
) -> None:
    path = f"{urls.COMPANY_PATH}?provider={provider.id}&again=1"
    assert client.get(path).headers["location"].startswith(f"{urls.SIGN_IN_PATH}?refused=")
    client.cookies.set("console_session_8501", sign_in_as(console_store, cast["ann"])[1])
    asked = parse_qs(urlsplit(client.get(path).headers["location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


def test_whoever_cancels_there_has_shown_nothing(
    client: TestClient, console_store: Store, provider: SignInProvider, cast: Cast
) -> None:
    session_id, token = sign_in_as(console_store, cast["ann"])
    client.cookies.set("console_session_8501", token)
    location = client.get(f"{urls.COMPANY_PATH}?provider={provider.id}&again=1").headers["location"]
    state = parse_qs(urlsplit(location).query)["state"][0]
    answer = client.get(f"{CALLBACK_PATH}?state={state}&error=access_denied")
    assert answer.status_code == 400
    assert "The provider refused" in answer.text
    session = console_store.sessions.get(session_id)
    assert session is not None
    assert session.proved_at is None


@pytest.fixture
def away(provider: SignInProvider, monkeypatch: pytest.MonkeyPatch) -> SignInProvider:
    """The same, which doesn't answer."""

    def nothing(_: str) -> OidcDescription:
        raise ProviderUnreachable("contoso.example can't be reached.", "Check the address.")

    monkeypatch.setattr(company, "read_description", nothing)
    return provider


def test_a_provider_that_is_tried_out_and_does_not_answer_is_said_where_it_was_tried(
    client: TestClient, console_store: Store, cast: Cast, away: SignInProvider
) -> None:
    session_id, token = sign_in_as(console_store, cast["ann"])
    client.cookies.set("console_session_8501", token)
    answer = client.get(f"{urls.COMPANY_PATH}?provider={away.id}&try=1")
    address = urlsplit(answer.headers["location"])
    query = parse_qs(address.query)
    assert (answer.status_code, address.path, query["tab"]) == (303, "/configuration", ["Sign-in"])
    told = console_store.tickets.peek(TRIAL, query["tried"][0], session_id)
    assert told is not None
    links = from_data(json.loads(told)["links"])
    assert (links[0].state, links[0].sentence) == (LinkState.FAILED, "contoso.example can't be reached.")
    assert {link.state for link in links[1:]} == {LinkState.NOT_REACHED}


def test_whoever_should_sign_in_again_where_nobody_answers_is_told_so(
    client: TestClient, console_store: Store, cast: Cast, away: SignInProvider
) -> None:
    _, token = sign_in_as(console_store, cast["ann"])
    client.cookies.set("console_session_8501", token)
    answer = client.get(f"{urls.COMPANY_PATH}?provider={away.id}&again=1")
    assert answer.status_code == 400
    assert "be reached. Check the address." in answer.text
    assert urls.PROVE_PATH in answer.text
