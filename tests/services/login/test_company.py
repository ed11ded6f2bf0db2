"""Operators sign in by their company account, at two providers written elsewhere and at one that lies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from demo.pools import BILLING_DESK
from services import web
from services.access.sessions import OperatorSignIn, switch_local_form, terminal_actor
from services.errors import ConsoleError, InvalidValue, SignInRefused
from services.login import company as company_sign_in
from services.login.chain import LinkState, first_failure
from services.login.company import CompanyResult, CompanySignIn
from services.login.hosted_flow import CallbackAnswer, answer_in
from services.login.provider_metadata import OidcDescription, discovery_address, oidc_from
from services.roles import Role
from services.store.activity import ActivityResult
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.login import sign_in_at
from tests.fixtures.store import PASSWORD
from tests.services.login.known_there import (
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    GROUP,
    browser_to,
    running_provider,
)

# of the provider for tests, whose library means to change
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib.oidc")

BROWSER = "the secret of this browser"
Cast = dict[str, Operator]


def known(store: Store, issuer: str, **changes: Any) -> SignInProvider:
    values: dict[str, Any] = {
        "name": "Contoso",
        "discovery_url": f"{issuer}/.well-known/openid-configuration",
        "client_id": CLIENT_ID,
        "claim": "groups",
        "role_rules": (("console-admins", "admin"), ("staff", "support")),
        "secret": CLIENT_SECRET,
    }
    return store.sign_in_providers.add(SignInProvider(**{**values, **changes}))


# --- Django OAuth Toolkit


@pytest.fixture(scope="module")
def django(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_provider(tmp_path_factory.mktemp("provider")) as address:
        yield f"{address}/o"


def there_and_back(store: Store, provider: SignInProvider, **options: str) -> CompanyResult:
    company = CompanySignIn(store)
    address = company.depart(provider.id, BROWSER, CALLBACK, **options)
    return company.come_back(BROWSER, answer_in(browser_to(address)))


def test_the_first_sign_in_makes_the_operator_and_the_next_finds_them(store: Store, django: str) -> None:
    provider = known(store, django, claim="cognito:groups", role_rules=((GROUP, "manager"),))
    company = CompanySignIn(store)
    arrival = there_and_back(store, provider, came_for="/users?pool=staff")
    assert {link.state for link in arrival.links} == {LinkState.PASSED}
    assert arrival.begun.came_for == "/users?pool=staff"
    operator = company.sign_in(arrival)
    assert (operator.username, operator.role) == ("greta@provider.example", Role.MANAGER)
    assert company.sign_in(there_and_back(store, provider)).id == operator.id
    assert [line.action for line in store.activity.search()] == ["operator.arrived"]
    with pytest.raises(SignInRefused):  # they have no password here
        OperatorSignIn(store).attempt("greta@provider.example", "", "192.0.2.1")


def test_a_wrong_client_secret_is_said_at_its_link(store: Store, django: str) -> None:
    provider = known(store, django, claim="cognito:groups", secret="not-the-secret-of-this-client")
    broken = first_failure(there_and_back(store, provider).links)
    assert broken is not None
    assert broken.key == "exchanged"
    assert "client secret" in broken.fix


# --- a Cognito user pool and its groups


@pytest.fixture
def pool(store: Store, cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> SignInProvider:
    """The staff's pool as a provider, by an app client that may call the console back.

    The embedded pool is found at an address of this machine and signs as the one at AWS that it stands for.
    """
    address = discovery_address(f"https://cognito-idp.{cognito.region}.amazonaws.com/{cognito.staff}")
    here = f"{cognito.url}/{cognito.staff}/.well-known/openid-configuration"

    def describe(discovery_url: str) -> OidcDescription:
        found = oidc_from(web.fetch_json(here, {web.origin_of(here)}), here)
        assert discovery_address(found.issuer) == discovery_url == address
        return found

    monkeypatch.setattr(company_sign_in, "read_description", describe)
    cognito.client().admin_add_user_to_group(
        UserPoolId=cognito.staff, Username="rolf.vogt", GroupName="billing"
    )
    return store.sign_in_providers.add(
        SignInProvider(
            "Staff",
            address,
            BILLING_DESK.own_id,
            claim="cognito:groups",
            role_rules=(("administrators", "admin"), ("billing", "support")),
            secret=client_secret(cognito),
        )
    )


def client_secret(cognito: Cognito) -> str:
    described = cognito.client().describe_user_pool_client(
        UserPoolId=cognito.staff, ClientId=BILLING_DESK.own_id
    )
    return str(described["UserPoolClient"]["ClientSecret"])


def at_the_pool(store: Store, provider: SignInProvider, who: str, **options: str) -> CompanyResult:
    company = CompanySignIn(store)
    address = company.depart(provider.id, BROWSER, CALLBACK, **options)
    query = parse_qs(urlsplit(address).query)
    assert (query["response_mode"], query["redirect_uri"]) == (["query"], [CALLBACK])
    return company.come_back(BROWSER, answer_in(sign_in_at(address, who)))


def test_whoever_is_in_an_allowed_group_of_a_pool_signs_in_with_its_role(
    store: Store, pool: SignInProvider
) -> None:
    arrival = at_the_pool(store, pool, "rolf.vogt")
    assert {link.state for link in arrival.links} == {LinkState.PASSED}, arrival.links
    operator = CompanySignIn(store).sign_in(arrival)
    assert operator.role == Role.SUPPORT


def test_whoever_is_in_none_of_them_is_refused_and_told_which_they_are_in(
    store: Store, pool: SignInProvider
) -> None:
    store.sign_in_providers.update(replace(pool, role_rules=(("administrators", "admin"),), secret=None))
    broken = first_failure(at_the_pool(store, pool, "rolf.vogt").links)
    assert broken is not None
    assert broken.key == "role"
    assert "billing" in broken.sentence


def test_a_pool_says_when_somebody_signed_in_again(store: Store, pool: SignInProvider) -> None:
    company = CompanySignIn(store)
    operator = company.sign_in(at_the_pool(store, pool, "rolf.vogt"))
    hour = timedelta(hours=1)
    session, _ = store.sessions.create(operator.id, "192.0.2.1", "Firefox", hour, hour)
    company.sign_in_again(at_the_pool(store, pool, "rolf.vogt", again_in=session.id))
    found = store.sessions.get(session.id)
    assert found is not None
    assert found.proved_at is not None


# --- a provider for tests, written elsewhere


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


def as_user(mock: str, subject: str, **claims: Any) -> Callable[[str], CallbackAnswer]:
    """Signs in at the login page as `subject`, of whom the provider says `claims`."""
    httpx.put(f"{mock}/users/{subject}", json=claims, trust_env=False).raise_for_status()

    def sign_in(address: str) -> CallbackAnswer:
        answer = httpx.post(address, data={"sub": subject}, trust_env=False)
        return answer_in(answer.headers["location"])

    return sign_in


def arrive(
    store: Store, provider: SignInProvider, sign_in: Callable[[str], CallbackAnswer], **options: str
) -> CompanyResult:
    company = CompanySignIn(store)
    return company.come_back(BROWSER, sign_in(company.depart(provider.id, BROWSER, CALLBACK, **options)))


def test_role_and_name_are_renewed_at_each_sign_in(store: Store, mock: str) -> None:
    provider, company = known(store, mock), CompanySignIn(store)
    first = arrive(
        store, provider, as_user(mock, "kim", email="kim@example.com", groups=["staff"], name="Kim")
    )
    operator = company.sign_in(first)
    assert operator.role == Role.SUPPORT
    claims = {"email": "kim@example.com", "groups": ["staff", "console-admins"], "name": "Kim Ek"}
    renewed = company.sign_in(arrive(store, provider, as_user(mock, "kim", **claims)))
    assert (renewed.id, renewed.role, renewed.name) == (operator.id, Role.ADMIN, "Kim Ek")
    assert store.activity.search(limit=1)[0].action == "operator.renewed"


@pytest.mark.parametrize("groups", [["guests"], [], None, "guests", {"staff": True}, [["staff"]], ["Staff"]])
def test_whoever_is_in_no_group_of_the_rules_is_refused_and_told_whom_to_ask(
    store: Store, mock: str, groups: object
) -> None:
    claims = {"email": "eve@example.com"} | ({} if groups is None else {"groups": groups})
    arrival = arrive(store, known(store, mock), as_user(mock, "eve", **claims))
    with pytest.raises(SignInRefused, match="None of your groups may use this console") as refused:
        CompanySignIn(store).sign_in(arrival)
    assert "Ask an administrator" in refused.value.next_step
    assert store.operators.list() == ()
    (line,) = store.activity.search()
    assert (line.action, line.target_name, line.result) == (
        "sign_in",
        "eve@example.com",
        ActivityResult.FAILED,
    )


def test_whoever_lost_every_group_of_the_rules_is_signed_out_where_they_still_are(
    store: Store, mock: str
) -> None:
    provider, company = known(store, mock), CompanySignIn(store)
    claims = {"email": "kim@example.com", "groups": ["staff"]}
    operator = company.sign_in(arrive(store, provider, as_user(mock, "kim", **claims)))
    session, _ = store.sessions.create(
        operator.id, "192.0.2.7", "A browser", timedelta(minutes=30), timedelta(hours=10)
    )
    left = arrive(store, provider, as_user(mock, "kim", **{**claims, "groups": []}))
    with pytest.raises(SignInRefused, match="None of your groups"):
        company.sign_in(left)
    assert store.sessions.get(session.id) is None
    newest = store.activity.search(limit=1)[0]
    assert (newest.operator_id, newest.action, newest.result) == (
        operator.id,
        "sign_in",
        ActivityResult.FAILED,
    )


@pytest.mark.parametrize("claim", ["groups", "realm_access.roles", "https://example.com/roles"])
def test_the_claim_may_be_named_or_nested(store: Store, mock: str, claim: str) -> None:
    told = {"realm_access": {"roles": ["staff"]}} if claim.startswith("realm") else {claim: ["staff"]}
    arrival = arrive(
        store, known(store, mock, claim=claim), as_user(mock, "kim", email="kim@example.com", **told)
    )
    assert arrival.role == Role.SUPPORT


def test_the_first_rule_that_fits_counts_and_a_star_fits_everybody(store: Store, mock: str) -> None:
    rules = (("admins", "admin"), ("*", "auditor"), ("staff", "support"))
    provider = known(store, mock, role_rules=rules)
    arrival = arrive(store, provider, as_user(mock, "kim", email="kim@example.com", groups=["staff"]))
    assert arrival.role == Role.AUDITOR


def test_a_name_that_a_local_operator_has_is_never_taken_over(store: Store, cast: Cast, mock: str) -> None:
    store.operators.update(cast["sam"].id, username="sam@example.com")
    sign_in = as_user(mock, "stranger", email="SAM@example.com", groups=["console-admins"])
    arrival = arrive(store, known(store, mock), sign_in)
    with pytest.raises(SignInRefused, match="Another operator"):
        CompanySignIn(store).sign_in(arrival)
    assert store.operators.get(cast["sam"].id).role == Role.SUPPORT


def test_an_address_that_nobody_confirmed_names_nobody(store: Store, mock: str) -> None:
    claims = {"email": "ann@example.com", "email_verified": False, "groups": ["staff"]}
    arrival = arrive(store, known(store, mock), as_user(mock, "kim", **claims))
    assert arrival.account is not None
    assert (arrival.account.username, arrival.account.email) == ("kim", "")


def test_the_same_id_at_another_provider_is_somebody_else(store: Store, mock: str, django: str) -> None:
    there, other = known(store, mock), known(store, mock, name="Fabrikam")
    sign_in = as_user(mock, "kim", email="kim@example.com", groups=["staff"])
    CompanySignIn(store).sign_in(arrive(store, there, sign_in))
    with pytest.raises(SignInRefused, match="Another operator"):
        CompanySignIn(store).sign_in(arrive(store, other, sign_in))


def test_a_disabled_operator_stays_outside(store: Store, mock: str) -> None:
    provider, company = known(store, mock), CompanySignIn(store)
    sign_in = as_user(mock, "kim", email="kim@example.com", groups=["staff"])
    operator = company.sign_in(arrive(store, provider, sign_in))
    store.operators.update(operator.id, disabled=True)
    with pytest.raises(SignInRefused, match="disabled"):
        company.sign_in(arrive(store, provider, sign_in))


def test_the_answer_is_taken_once_and_only_from_the_browser_that_began(store: Store, mock: str) -> None:
    provider, company = known(store, mock), CompanySignIn(store)
    answer = as_user(mock, "kim", groups=["staff"])(company.depart(provider.id, BROWSER, CALLBACK))
    assert not company.waits_for(answer.state, "another browser")
    assert company.waits_for(answer.state, BROWSER)
    company.come_back(BROWSER, answer)
    with pytest.raises(SignInRefused, match="over"):
        company.come_back(BROWSER, answer)
    again = company.depart(provider.id, BROWSER, CALLBACK)
    stolen = as_user(mock, "kim", groups=["staff"])(again)
    with pytest.raises(SignInRefused):
        company.come_back("another browser", stolen)


def test_whoever_cancels_there_is_told_so(store: Store, mock: str) -> None:
    def deny(address: str) -> CallbackAnswer:
        return answer_in(httpx.post(address, data={"action": "deny"}, trust_env=False).headers["location"])

    state: list[str] = []

    def keep_state(address: str) -> CallbackAnswer:
        state.append(parse_qs(urlsplit(address).query)["state"][0])
        return replace(deny(address), state=state[0])

    broken = first_failure(arrive(store, known(store, mock), keep_state).links)
    assert broken is not None
    assert broken.key == "answered"


def test_signing_out_goes_on_at_the_provider_where_that_is_wanted(store: Store, mock: str) -> None:
    provider, company = known(store, mock, signs_out_there=True), CompanySignIn(store)
    operator = company.sign_in(
        arrive(store, provider, as_user(mock, "kim", email="k@example.com", groups=["staff"]))
    )
    address = urlsplit(company.logout_address(operator, "http://localhost:8501/sign-in"))
    assert f"{address.scheme}://{address.netloc}" == mock
    query = parse_qs(address.query)
    assert query["post_logout_redirect_uri"] == ["http://localhost:8501/sign-in"]
    store.sign_in_providers.update(replace(provider, signs_out_there=False, secret=None))
    assert company.logout_address(operator, "http://localhost:8501/sign-in") == ""


def test_with_passwords_switched_off_administrators_alone_may_use_theirs(store: Store, cast: Cast) -> None:
    switch_local_form(store, False, terminal_actor()())
    check = OperatorSignIn(store)
    with pytest.raises(SignInRefused, match="switched off"):
        check.attempt("sam", PASSWORD, "192.0.2.1")
    assert check.attempt("ann", PASSWORD, "192.0.2.1").role == Role.ADMIN


# --- a provider that lies


class Liar:
    """A provider whose tokens are as the test wants them."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.claims: Mapping[str, Any] = {}
        self.issuer = ""
        self.description: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)

    def answer(self, path: str) -> dict[str, Any]:
        if path.endswith("openid-configuration"):
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/in",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.description,
            }
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(dict(self.claims))}


@pytest.fixture
def liar() -> Iterator[Liar]:
    provider = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(provider.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()


def told(
    liar: Liar, store: Store, provider: SignInProvider | None = None, again_in: str = "", **changes: Any
) -> CompanyResult:
    """A sign-in at the liar: its token holds what a good one does, but for `changes`."""
    provider, company = provider or known(store, liar.issuer), CompanySignIn(store)
    query = parse_qs(urlsplit(company.depart(provider.id, BROWSER, CALLBACK, again_in=again_in)).query)
    if again_in:
        assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
    now = int(time.time())
    claims = {
        "iss": liar.issuer,
        "aud": CLIENT_ID,
        "sub": "kim",
        "exp": now + 300,
        "iat": now,
        "nonce": query["nonce"][0],
        "email": "kim@example.com",
        "groups": ["staff"],
    }
    liar.claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return company.come_back(BROWSER, CallbackAnswer(code="a-code", state=query["state"][0]))


def test_a_token_that_is_as_it_should_be_is_taken(liar: Liar, store: Store) -> None:
    assert told(liar, store).role == Role.SUPPORT


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": int(time.time()) + 3600},
        {"at_hash": "bm90LWl0"},
    ],
)
def test_a_token_for_somebody_or_something_else_is_refused(
    liar: Liar, store: Store, changes: dict[str, Any]
) -> None:
    arrival = told(liar, store, **changes)
    broken = first_failure(arrival.links)
    assert broken is not None
    assert broken.key == "for-us"
    assert arrival.account is None
    with pytest.raises(SignInRefused):
        CompanySignIn(store).sign_in(arrival)


def _unsigned(claims: dict[str, Any]) -> str:
    def part(data: object) -> str:
        import base64  # noqa: PLC0415

        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def _by_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048))


def _by_the_client_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET))


@pytest.mark.parametrize("sign", [_unsigned, _by_another_key, _by_the_client_secret, lambda _: "nonsense"])
def test_a_token_not_signed_by_the_provider_is_refused(
    liar: Liar, store: Store, sign: Callable[[dict[str, Any]], str]
) -> None:
    liar.sign = sign
    broken = first_failure(told(liar, store).links)
    assert broken is not None
    assert broken.key == "genuine"


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": ""},
        {"jwks_uri": None},
        {"authorization_endpoint": 7},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(
    liar: Liar, store: Store, description: dict[str, Any]
) -> None:
    liar.description = description
    provider = known(store, liar.issuer)
    with pytest.raises(InvalidValue):
        CompanySignIn(store).depart(provider.id, BROWSER, CALLBACK)


@pytest.mark.parametrize("field", ["token_endpoint", "jwks_uri"])
def test_an_address_inside_that_a_provider_names_is_not_called(liar: Liar, store: Store, field: str) -> None:
    liar.description = {field: "http://127.0.0.1:9/inside"}
    broken = first_failure(told(liar, store).links)
    assert broken is not None
    assert broken.key in ("exchanged", "genuine")


def test_a_provider_that_does_not_answer_is_said(store: Store) -> None:
    provider = known(store, "http://127.0.0.1:9")
    with pytest.raises(ConsoleError, match="can't be reached"):
        CompanySignIn(store).depart(provider.id, BROWSER, CALLBACK)


# --- signing in again before something dangerous


@dataclass
class Kim:
    """An operator who came by the liar, and their session."""

    provider: SignInProvider
    operator: Operator
    session: Session


@pytest.fixture
def kim(liar: Liar, store: Store) -> Kim:
    provider = known(store, liar.issuer)
    operator = CompanySignIn(store).sign_in(told(liar, store, provider))
    hour = timedelta(hours=1)
    session, _ = store.sessions.create(operator.id, "192.0.2.1", "Firefox", hour, hour)
    return Kim(provider, operator, session)


def is_proved(store: Store, kim: Kim) -> bool:
    session = store.sessions.get(kim.session.id)
    return session is not None and session.proved_at is not None


def test_whoever_signs_in_there_again_has_shown_that_it_is_them(liar: Liar, store: Store, kim: Kim) -> None:
    arrival = told(liar, store, kim.provider, kim.session.id, auth_time=int(time.time()))
    assert CompanySignIn(store).sign_in_again(arrival).id == kim.operator.id
    assert is_proved(store, kim)
    assert store.activity.search(limit=1)[0].action == "operator.proved"


@pytest.mark.parametrize(
    "changes",
    [
        {"auth_time": None},  # the provider doesn't say when
        {"auth_time": 1_600_000_000},  # nor has it asked
        {"auth_time": True},
        {"auth_time": "now"},
        {"auth_time": int(time.time()) + 3600, "sub": "eve"},  # somebody else signed in
        {"aud": "another-client"},
    ],
)
def test_an_old_sign_in_or_another_account_shows_nothing(
    liar: Liar, store: Store, kim: Kim, changes: dict[str, Any]
) -> None:
    with pytest.raises(SignInRefused):
        CompanySignIn(store).sign_in_again(told(liar, store, kim.provider, kim.session.id, **changes))
    assert not is_proved(store, kim)


def test_a_session_that_ended_meanwhile_is_not_revived(liar: Liar, store: Store, kim: Kim) -> None:
    arrival = told(liar, store, kim.provider, kim.session.id, auth_time=int(time.time()))
    store.sessions.revoke(kim.session.id)
    with pytest.raises(SignInRefused, match="signed out"):
        CompanySignIn(store).sign_in_again(arrival)


def test_the_waiting_answer_of_another_operator_s_browser_is_no_one_else_s(
    liar: Liar, store: Store, kim: Kim
) -> None:
    company = CompanySignIn(store)
    query = parse_qs(
        urlsplit(company.depart(kim.provider.id, BROWSER, CALLBACK, again_in=kim.session.id)).query
    )
    stolen = CallbackAnswer(code="a-code", state=query["state"][0])
    assert not company.waits_for(stolen.state, "another browser")
    with pytest.raises(SignInRefused):
        company.come_back("another browser", stolen)
    assert not is_proved(store, kim)
