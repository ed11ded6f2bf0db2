"""Signing in to the embedded Cognito with the company's account, and what the company's provider says."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from demo.backend import backend_of
from demo.company.colleagues import CONSOLE
from demo.install import add_company_sign_in
from demo.people import OKTA
from demo.pools import BILLING_DESK, FIELD_SERVICE, STAFF_ID
from services.login.company import CompanySignIn
from services.login.hosted_flow import answer_in
from services.roles import Role
from services.store.store import Store
from tests.demo.test_login_pages import CALLBACK, Visitor
from tests.fixtures.cognito import Cognito

MACHINE = "http://localhost:9/oauth2callback"


@pytest.fixture
def staff(cognito: Cognito) -> Visitor:
    return Visitor(cognito.url)


def person(username: str) -> Any:
    return backend_of("eu-west-1").user_pools[STAFF_ID].find(username)


def chosen(browser: httpx.Client, page: httpx.Response, choice: str) -> httpx.Response:
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.text))
    return browser.post(page.url, data={**hidden, "choice": choice})


def said(answer: httpx.Response) -> dict[str, str]:
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def through_company(visitor: Visitor, alias: str, **asked: str) -> httpx.Response:
    """Where a colleague ends up who asks to sign in with the company account."""
    visitor.browser.cookies.clear()
    away = visitor.ask(identity_provider=OKTA, **asked)
    page = visitor.browser.get(away.headers["location"])
    choice = alias if alias == "cancel" else f"{alias}@brightwater.example"
    back = chosen(visitor.browser, page, choice)
    return visitor.browser.get(back.headers["location"]) if "location" in back.headers else back


# operators of the console


@pytest.mark.parametrize(
    ("alias", "role"),
    [
        ("ann.whitfield", Role.ADMIN),
        ("max.duarte", Role.MANAGER),
        ("sam.keller", Role.SUPPORT),
        ("paul.weiss", Role.AUDITOR),
        ("mira.petrova", None),
    ],
)
def test_operators_sign_in_with_the_company_account_and_their_groups_say_as_what(
    store: Store, cognito: Cognito, alias: str, role: Role | None
) -> None:
    add_company_sign_in(store, cognito.url)
    company = CompanySignIn(store)
    (provider,) = company.offered()
    with httpx.Client(trust_env=False) as browser:
        page = browser.get(company.depart(provider.id, "a browser", "http://localhost:9/oauth/v2/callback"))
        back = chosen(browser, page, f"{alias}@brightwater.example")
    arrival = company.come_back("a browser", answer_in(back.headers["location"]))
    assert arrival.role == role
    if role:
        assert company.sign_in(arrival).username == f"{alias}@brightwater.example"


# Cognito's side


def test_the_login_page_offers_the_company_account(staff: Visitor) -> None:
    page = staff.ask()
    (way,) = re.findall(r'<a class="other" href="([^"]+)">Sign in with the company account', page.text)
    answer = staff.browser.get(staff.url + way.replace("&amp;", "&"))
    assert urlsplit(answer.headers["location"]).path == "/company/authorize"


def test_the_first_sign_in_makes_a_profile(staff: Visitor, boto: Any) -> None:
    assert person("Okta_nadia.haddad@brightwater.example") is None
    code = said(through_company(staff, "nadia.haddad"))["code"]
    claims = staff.claims(staff.exchange(code=code).json()["id_token"])
    assert claims["cognito:username"] == "Okta_nadia.haddad@brightwater.example"
    assert claims["cognito:groups"] == [f"{STAFF_ID}_{OKTA}"]
    nadia = boto.admin_get_user(UserPoolId=STAFF_ID, Username=claims["cognito:username"])
    held = {attribute["Name"]: attribute["Value"] for attribute in nadia["UserAttributes"]}
    assert nadia["UserStatus"] == "EXTERNAL_PROVIDER"
    assert (held["given_name"], held["email_verified"]) == ("Nadia", "false")
    (identity,) = json.loads(held["identities"])
    assert (identity["userId"], identity["primary"]) == ("nadia.haddad@brightwater.example", True)
    assert boto.admin_list_user_sessions(UserPoolId=STAFF_ID, Username=nadia["Username"])["Sessions"]


def test_who_was_there_before_is_the_same_person(staff: Visitor) -> None:
    paul = person("Okta_paul.weiss@brightwater.example")
    code = said(through_company(staff, "paul.weiss"))["code"]
    assert staff.claims(staff.exchange(code=code).json()["id_token"])["sub"] == paul.id


def test_a_linked_identity_leads_to_the_profile_that_it_is_linked_to(staff: Visitor, boto: Any) -> None:
    code = said(through_company(staff, "ines.pena"))["code"]
    claims = staff.claims(staff.exchange(code=code).json()["id_token"])
    assert claims["cognito:username"] == "ines.pena"
    assert claims["identities"][0]["userId"] == "ines.pena@brightwater.example"
    assert person("Okta_ines.pena@brightwater.example") is None
    gone = {"ProviderName": OKTA, "ProviderAttributeName": "Cognito_Subject"}
    gone["ProviderAttributeValue"] = "ines.pena@brightwater.example"
    boto.admin_disable_provider_for_user(UserPoolId=STAFF_ID, User=gone)
    code = said(through_company(staff, "ines.pena"))["code"]
    claims = staff.claims(staff.exchange(code=code).json()["id_token"])
    assert claims["cognito:username"] == "Okta_ines.pena@brightwater.example"


def test_a_disabled_person_is_refused_in_the_application(staff: Visitor, boto: Any) -> None:
    mira = "Okta_mira.petrova@brightwater.example"
    boto.admin_disable_user(UserPoolId=STAFF_ID, Username=mira)
    try:
        refused = said(through_company(staff, "mira.petrova"))
        assert (refused["error"], refused["error_description"]) == ("invalid_request", "User is not enabled.")
        assert refused["state"] == "the state"
    finally:
        boto.admin_enable_user(UserPoolId=STAFF_ID, Username=mira)


def test_what_the_pool_requires_and_the_provider_does_not_say_refuses(staff: Visitor) -> None:
    provider = backend_of("eu-west-1").user_pools[STAFF_ID].identity_providers[OKTA]
    provider.extended_config["AttributeMapping"].pop("email")
    try:
        refused = said(through_company(staff, "sam.keller"))
        assert refused["error_description"] == "attributes required: [email]"
        assert person("Okta_sam.keller@brightwater.example") is None
    finally:
        provider.extended_config["AttributeMapping"]["email"] = "email"


def test_whoever_cancels_or_is_suspended_does_not_come_in(staff: Visitor) -> None:
    assert said(through_company(staff, "cancel"))["error"] == "access_denied"
    assert "suspended" in through_company(staff, "otto.brandt").text


def test_an_answer_that_nobody_waits_for_is_not_believed(staff: Visitor) -> None:
    answer = staff.browser.get(f"{staff.url}/auth/brightwater-staff/oauth2/idpresponse?code=x&state=y")
    assert "error=state_unknown" in answer.headers["location"]


def test_a_provider_that_is_not_offered_or_not_there_is_said(staff: Visitor, cognito: Cognito) -> None:
    field = Visitor(cognito.url, client=FIELD_SERVICE)
    assert "error=provider_missing" in field.ask(identity_provider=OKTA).headers["location"]
    details = backend_of("eu-west-1").user_pools[STAFF_ID].identity_providers[OKTA].extended_config
    issuer = details["ProviderDetails"]["oidc_issuer"]
    details["ProviderDetails"]["oidc_issuer"] = "http://127.0.0.1:9/nobody"
    try:
        away = staff.ask(identity_provider=OKTA)
        assert "error=provider_unreachable" in away.headers["location"]
    finally:
        details["ProviderDetails"]["oidc_issuer"] = issuer


def test_an_identifier_names_the_provider_too_and_an_only_one_needs_no_name(
    staff: Visitor, cognito: Cognito
) -> None:
    assert "/company/authorize" in staff.ask(idp_identifier="brightwater.example").headers["location"]
    cognito.change_client(STAFF_ID, BILLING_DESK.own_id, SupportedIdentityProviders=[OKTA])
    try:
        assert "/company/authorize" in staff.ask().headers["location"]
    finally:
        cognito.change_client(STAFF_ID, BILLING_DESK.own_id, SupportedIdentityProviders=["COGNITO", OKTA])


# The company's side, as any application meets it


class Application:
    """The console as an application of the company's provider."""

    def __init__(self, url: str) -> None:
        self.browser = httpx.Client()
        self.document = self.browser.get(f"{url}/company/.well-known/openid-configuration").json()
        self._client = OAuth2Client(
            CONSOLE.client_id,
            CONSOLE.secret,
            scope="openid email profile groups",
            redirect_uri=MACHINE,
            code_challenge_method="S256",
        )

    def ask(self, **more: str) -> httpx.Response:
        verifier = "v" * 48
        address, _ = self._client.create_authorization_url(
            self.document["authorization_endpoint"], code_verifier=verifier, nonce="n", **more
        )
        return self.browser.get(address)

    def tokens(self, answer: httpx.Response) -> Any:
        return self._client.fetch_token(
            self.document["token_endpoint"],
            authorization_response=answer.headers["location"],
            code_verifier="v" * 48,
        )

    def claims(self, token: Any) -> dict[str, Any]:
        keys = KeySet.import_key_set(self.browser.get(self.document["jwks_uri"]).json())
        return dict(jwt.decode(token["id_token"], keys).claims)


@pytest.fixture
def application(cognito: Cognito) -> Application:
    return Application(cognito.url)


def test_an_application_learns_who_it_is_and_in_which_groups(application: Application) -> None:
    token = application.tokens(
        chosen(application.browser, application.ask(), "paul.weiss@brightwater.example")
    )
    claims = application.claims(token)
    assert claims["iss"] == application.document["issuer"]
    assert (claims["aud"], claims["nonce"]) == (CONSOLE.client_id, "n")
    assert claims["groups"] == ["staff", "console-auditors"]
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    told = application.browser.get(application.document["userinfo_endpoint"], headers=bearer).json()
    assert told["email"] == "paul.weiss@brightwater.example"


def test_a_browser_stays_signed_in_unless_asked_afresh(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = chosen(application.browser, application.ask(), "sam.keller@brightwater.example")
    began = application.claims(application.tokens(first))["auth_time"]
    again = application.ask(prompt="none")
    assert application.claims(application.tokens(again))["auth_time"] == began
    assert "Company account" in application.ask(prompt="login").text
    assert "location" in application.ask(max_age="60").headers
    monkeypatch.setattr("demo.company.application.time.time", lambda: began + 61)
    assert "Company account" in application.ask(max_age="60").text


def test_signing_out_forgets_the_browser_and_leads_to_known_addresses_only(application: Application) -> None:
    chosen(application.browser, application.ask(), "sam.keller@brightwater.example")
    leave = {
        "client_id": CONSOLE.client_id,
        "post_logout_redirect_uri": "http://localhost:8501/",
        "state": "s",
    }
    left = application.browser.get(application.document["end_session_endpoint"], params=leave)
    assert left.headers["location"] == "http://localhost:8501/?state=s"
    assert said(application.ask(prompt="none"))["error"] == "login_required"
    leave["post_logout_redirect_uri"] = "https://elsewhere.example/"
    left = application.browser.get(application.document["end_session_endpoint"], params=leave)
    assert "location" not in left.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://elsewhere.example/oauth2callback"},
        {"redirect_uri": CALLBACK + "/nowhere"},
        {"client_id": "nobody"},
    ],
)
def test_nobody_is_sent_to_an_unknown_address(cognito: Cognito, changed: dict[str, str]) -> None:
    asked = {
        "client_id": CONSOLE.client_id,
        "redirect_uri": MACHINE,
        "response_type": "code",
        "scope": "openid",
    }
    answer = httpx.get(f"{cognito.url}/company/authorize", params={**asked, **changed})
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_is_good_once_and_for_its_owner(application: Application) -> None:
    answer = chosen(application.browser, application.ask(), "sam.keller@brightwater.example")
    form = {"grant_type": "authorization_code", "code": said(answer)["code"], "redirect_uri": MACHINE}
    wrong = httpx.post(application.document["token_endpoint"], data=form, auth=(CONSOLE.client_id, "wrong"))
    assert wrong.json()["error"] == "invalid_client"
    assert application.tokens(answer)["id_token"]
    form["code_verifier"] = "v" * 48
    auth = (CONSOLE.client_id, CONSOLE.secret)
    again = httpx.post(application.document["token_endpoint"], data=form, auth=auth)
    assert again.json()["error"] == "invalid_grant"
