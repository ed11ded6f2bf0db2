"""The embedded Cognito's login pages let in whom AWS would, and say why they refuse the others."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.oidc.core.grants.util import create_half_hash
from joserfc import jwt
from joserfc.jwk import KeySet
from moto.cognitoidp.utils import cognito_totp

from demo.backend import backend_of
from demo.people import PASSWORD
from demo.pools import BILLING_DESK, CUSTOMERS_ID, FIELD_SERVICE, PORTAL, STAFF_ID, ClientSeed
from tests.fixtures.cognito import Cognito

CALLBACK = "http://localhost:8501/oauth/v2/callback"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PROGRAM = httpx.Client()
"""The application's own connections, without a browser's cookies."""
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@dataclass
class Visitor:
    """A browser and an application, on one pool's login pages."""

    url: str
    pool_id: str = STAFF_ID
    client: ClientSeed = BILLING_DESK
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(verify=False))

    @cached_property
    def document(self) -> dict[str, Any]:
        return dict(PROGRAM.get(f"{self.url}/{self.pool_id}/.well-known/openid-configuration").json())

    @property
    def secret(self) -> str:
        return str(self.record.secret)

    @property
    def record(self) -> Any:
        return backend_of("eu-west-1").user_pools[self.pool_id].clients[self.client.own_id]

    def ask(self, **changed: str | None) -> httpx.Response:
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.own_id,
            "redirect_uri": CALLBACK,
            "scope": "openid email profile",
            "state": "the state",
            "nonce": "the nonce",
        }
        asked |= changed
        params = {name: value for name, value in asked.items() if value is not None}
        answer = self.browser.get(self.document["authorization_endpoint"], params=params)
        return self.browser.get(answer.headers["location"]) if self.at_form(answer) else answer

    def at_form(self, answer: httpx.Response) -> bool:
        return urlsplit(answer.headers.get("location", "")).path.endswith("/login")

    def send(self, page: httpx.Response, **fields: str) -> httpx.Response:
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page.text))
        return self.browser.post(page.url, data={**hidden, **fields})

    def sign_in(self, username: str, password: str = PASSWORD, **asked: str | None) -> httpx.Response:
        self.browser.cookies.clear()
        return self.send(self.ask(**asked), username=username, password=password)

    def code(self, username: str, **asked: str | None) -> str:
        return sent_back(self.sign_in(username, **asked))["code"]

    def exchange(self, **data: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **data}
        auth = (self.client.own_id, self.secret) if self.client.has_secret else None
        if auth is None:
            form["client_id"] = self.client.own_id
        return PROGRAM.post(self.document["token_endpoint"], data=form, auth=auth)

    def tokens(self, username: str, **asked: str | None) -> dict[str, Any]:
        answer = self.exchange(code=self.code(username, **asked))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def claims(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(PROGRAM.get(self.document["jwks_uri"]).json())
        return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """What the application learns from its callback."""
    assert answer.status_code == 302, refusal(answer)
    assert answer.headers["location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def refusal(answer: httpx.Response) -> str:
    found = re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


@pytest.fixture
def staff(cognito: Cognito) -> Iterator[Visitor]:
    visitor = Visitor(cognito.url)
    with visitor.browser:
        yield visitor


@pytest.fixture
def public(cognito: Cognito) -> Iterator[Visitor]:
    visitor = Visitor(cognito.url, client=FIELD_SERVICE)
    with visitor.browser:
        yield visitor


@pytest.fixture
def user() -> Callable[..., Any]:
    """Someone in the staff's pool, as moto keeps them."""
    return lambda username: backend_of("eu-west-1").user_pools[STAFF_ID].users[username]


# Where they are


def test_discovery_names_every_endpoint_and_the_issuer_of_the_tokens(staff: Visitor) -> None:
    document = staff.document
    assert document["issuer"] == f"https://cognito-idp.eu-west-1.amazonaws.com/{STAFF_ID}"
    names = ("authorization", "token", "userinfo", "revocation", "end_session")
    assert all(document[f"{name}_endpoint"].startswith(f"{staff.url}/auth/") for name in names)


def test_a_pool_without_a_domain_has_nowhere_to_sign_in(
    cognito: Cognito, empty_pool: Callable[..., str]
) -> None:
    document = PROGRAM.get(f"{cognito.url}/{empty_pool()}/.well-known/openid-configuration").json()
    assert "jwks_uri" in document
    assert "authorization_endpoint" not in document


def test_nothing_is_at_a_domain_of_nobody(cognito: Cognito) -> None:
    assert PROGRAM.get(f"{cognito.url}/auth/nobody/login").status_code == 404
    missing = PROGRAM.get(f"{cognito.url}/eu-west-1_Nobody/.well-known/openid-configuration")
    assert missing.json()["__type"] == "ResourceNotFoundException"


# In


def test_the_tokens_say_who_signed_in_where_and_in_which_groups(staff: Visitor) -> None:
    tokens = staff.tokens("k.sorensen")
    identity, access = staff.claims(tokens["id_token"]), staff.claims(tokens["access_token"])
    assert (identity["token_use"], identity["aud"]) == ("id", staff.client.own_id)
    assert (access["token_use"], access["client_id"]) == ("access", staff.client.own_id)
    assert "aud" not in access
    assert "client_id" not in identity
    assert identity["cognito:groups"] == access["cognito:groups"] == ["billing"]
    assert (identity["cognito:username"], access["username"]) == ("k.sorensen", "k.sorensen")
    assert identity["nonce"] == "the nonce"
    assert identity["at_hash"] == create_half_hash(tokens["access_token"], "RS256").decode()
    assert identity["origin_jti"] == access["origin_jti"]
    assert abs(identity["auth_time"] - time.time()) < 60
    assert identity["iss"] == staff.document["issuer"]
    assert access["scope"] == "openid email profile"
    assert identity["email_verified"] is True
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)


def test_groups_stand_by_precedence_and_are_absent_for_people_without(staff: Visitor) -> None:
    assert "cognito:groups" not in staff.claims(staff.tokens("rolf.vogt")["access_token"])
    page = staff.sign_in("megan.hughes")
    from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET  # noqa: PLC0415
    from moto.cognitoidp.utils import cognito_totp  # noqa: PLC0415

    now = cognito_totp(COGNITO_TOTP_MFA_SECRET).generate(int(time.time())).decode()
    wrong = str((int(now) + 1) % 1_000_000).zfill(6)
    again = staff.send(page, code=wrong)
    assert refusal(again) == "Code mismatch"
    code = sent_back(staff.send(again, code=now))["code"]
    claims = staff.claims(staff.exchange(code=code).json()["id_token"])
    assert claims["cognito:groups"][:3] == ["administrators", "auditors", "billing-approvers"]
    assert claims["cognito:preferred_role"] == claims["cognito:roles"][0]


def test_claims_follow_the_scopes(staff: Visitor) -> None:
    narrow = staff.claims(staff.tokens("rolf.vogt", scope="openid email")["id_token"])
    assert "email" in narrow
    assert "given_name" not in narrow
    whole = staff.claims(staff.tokens("rolf.vogt", scope="openid")["id_token"])
    assert {"email", "given_name"} <= whole.keys()


def test_custom_attributes_come_as_text(staff: Visitor) -> None:
    staff.record.extended_config["ReadAttributes"] = ["custom:cost_centre"]
    record = backend_of("eu-west-1").user_pools[STAFF_ID].users["rolf.vogt"]
    record.update_attributes([{"Name": "custom:cost_centre", "Value": "4711"}])
    try:
        assert staff.claims(staff.tokens("rolf.vogt")["id_token"])["custom:cost_centre"] == "4711"
    finally:
        staff.record.extended_config["ReadAttributes"] = ["email", "email_verified", "given_name"]


def test_a_public_client_proves_itself_by_its_verifier(public: Visitor) -> None:
    code = public.code("rolf.vogt", **PKCE)
    assert public.exchange(code=code, code_verifier="x" * 50).json() == {"error": "invalid_grant"}
    code = public.code("rolf.vogt", **PKCE)
    assert "id_token" in public.exchange(code=code, code_verifier=VERIFIER).json()


def test_a_confidential_client_may_send_its_secret_in_the_form(staff: Visitor) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": staff.code("rolf.vogt")}
    form |= {"client_id": staff.client.own_id, "client_secret": staff.secret}
    assert PROGRAM.post(staff.document["token_endpoint"], data=form).status_code == 200


def test_people_of_an_e_mail_pool_sign_in_with_their_address(cognito: Cognito) -> None:
    visitor = Visitor(cognito.url, CUSTOMERS_ID, PORTAL)
    claims = visitor.claims(visitor.tokens("ann.ek@mail.example")["id_token"])
    assert claims["cognito:username"] == claims["sub"]
    assert claims["cognito:groups"] == ["residential", "paperless"]


def test_a_browser_is_remembered_until_it_signs_out(staff: Visitor) -> None:
    staff.code("rolf.vogt")
    assert "code" in sent_back(staff.ask())
    assert "Sign in" in staff.ask(prompt="login").text
    leave = {"client_id": staff.client.own_id, "logout_uri": "http://localhost:8501/login_test"}
    left = staff.browser.get(staff.document["end_session_endpoint"], params=leave)
    assert left.headers["location"] == leave["logout_uri"]
    assert "Sign in" in staff.ask().text
    assert sent_back(staff.ask(prompt="none"))["error"] == "login_required"


def test_signing_out_leads_only_to_registered_addresses(staff: Visitor) -> None:
    leave = {"client_id": staff.client.own_id, "logout_uri": "https://elsewhere.example/"}
    left = staff.browser.get(staff.document["end_session_endpoint"], params=leave)
    assert "error=logout_mismatch" in left.headers["location"]


def test_refreshed_tokens_belong_to_the_same_sign_in(staff: Visitor) -> None:
    first = staff.tokens("rolf.vogt")
    second = staff.exchange(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert "refresh_token" not in second
    before, after = staff.claims(first["id_token"]), staff.claims(second["id_token"])
    assert before["origin_jti"] == after["origin_jti"]
    assert before["auth_time"] == after["auth_time"]


def test_a_revoked_refresh_token_takes_its_access_tokens_along(staff: Visitor) -> None:
    tokens = staff.tokens("rolf.vogt")
    about = staff.document["userinfo_endpoint"]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = PROGRAM.get(about, headers=bearer).json()
    assert told["email_verified"] == "true"
    assert told["username"] == "rolf.vogt"
    auth = (staff.client.own_id, staff.secret)
    revoked = PROGRAM.post(
        staff.document["revocation_endpoint"], data={"token": tokens["refresh_token"]}, auth=auth
    )
    assert (revoked.status_code, revoked.text) == (200, "")
    assert PROGRAM.get(about, headers=bearer).status_code == 401
    again = staff.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_an_administrators_sign_out_ends_refreshing(staff: Visitor, boto: Any) -> None:
    tokens = staff.tokens("rolf.vogt")
    boto.admin_user_global_sign_out(UserPoolId=STAFF_ID, Username="rolf.vogt")
    again = staff.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.json() == {"error": "invalid_grant"}


# Not in


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("rolf.vogt", "wrong", "Incorrect username or password."),
        ("nobody.at.all", PASSWORD, "Incorrect username or password."),
        ("toby.ashworth", PASSWORD, "User is disabled."),
        ("dana.petrova", PASSWORD, "User is not confirmed."),
        ("chidi.okafor", PASSWORD, "Password reset required for the user"),
        ("ann.lindqvist", PASSWORD, "Temporary password has expired"),
        ("Okta_mira.petrova@brightwater.example", PASSWORD, "Incorrect username or password."),
    ],
)
def test_says_why_somebody_does_not_get_in(staff: Visitor, username: str, password: str, words: str) -> None:
    answer = staff.sign_in(username, password)
    assert answer.status_code == 200
    assert refusal(answer).startswith(words)
    assert password not in answer.text.split("<main>")[1].split('class="note"')[0]


def test_a_client_that_hides_nobody_says_that_the_user_is_missing(staff: Visitor) -> None:
    staff.record.extended_config["PreventUserExistenceErrors"] = "LEGACY"
    try:
        assert refusal(staff.sign_in("nobody.at.all")) == "User does not exist."
    finally:
        staff.record.extended_config["PreventUserExistenceErrors"] = "ENABLED"


def test_five_wrong_passwords_close_the_account_for_a_moment(staff: Visitor, user: Any) -> None:
    for _ in range(5):
        staff.sign_in("bo.li", "wrong")
    assert refusal(staff.sign_in("bo.li")) == "Password attempts exceeded"
    wrong, last = user("bo.li").wrong_passwords
    user("bo.li").wrong_passwords = (wrong, last - timedelta(seconds=2))
    assert "new password" in staff.sign_in("bo.li").text


def test_a_temporary_password_is_exchanged_for_a_new_one(staff: Visitor, user: Any) -> None:
    user("bo.li").delete_attributes(["family_name"])
    page = staff.sign_in("bo.li")
    fields = {"new_password": "A-new-one-4-Bo", "again": "A-new-one-4-Bo", "attribute.family_name": "Li"}
    page = staff.send(page, **{**fields, "again": "another"})
    assert refusal(page) == "The two passwords differ."
    page = staff.send(page, **{**fields, "new_password": "short", "again": "short"})
    assert refusal(page) == "Password did not conform with policy: Password not long enough"
    code = sent_back(staff.send(page, **fields))["code"]
    assert staff.claims(staff.exchange(code=code).json()["id_token"])["cognito:groups"] == ["billing"]
    assert user("bo.li").attribute_lookup["family_name"] == "Li"
    assert user("bo.li").status == "CONFIRMED"
    # The form of a finished step is worth nothing any more.
    assert refusal(staff.send(page, **fields)).startswith("This form was too old.")


# What applications get wrong


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_tells_the_application_what_it_asked_wrongly(
    staff: Visitor, changed: dict[str, str | None], error: str
) -> None:
    assert sent_back(staff.ask(**changed)) == {"error": error, "state": "the state"}


def test_a_client_without_the_code_flow_is_told_so(staff: Visitor) -> None:
    staff.record.extended_config["AllowedOAuthFlowsUserPoolClient"] = False
    try:
        assert sent_back(staff.ask())["error"] == "unauthorized_client"
    finally:
        staff.record.extended_config["AllowedOAuthFlowsUserPoolClient"] = True


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uri": "http://localhost:8501/elsewhere"}, "redirect_mismatch"),
        ({"redirect_uri": None}, "redirect_mismatch"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"identity_provider": "Nobody"}, "provider_missing"),
    ],
)
def test_sends_nobody_to_an_address_it_does_not_know(
    staff: Visitor, changed: dict[str, str | None], error: str
) -> None:
    answer = staff.ask(**changed)
    assert urlsplit(answer.headers["location"]).path.endswith("/error")
    page = staff.browser.get(answer.headers["location"])
    assert (page.status_code, refusal(page)) == (400, error)


def test_a_code_is_good_once_and_for_its_client_and_callback(staff: Visitor, public: Visitor) -> None:
    code = staff.code("rolf.vogt")
    assert staff.exchange(code=code).status_code == 200
    assert staff.exchange(code=code).json() == {"error": "invalid_grant"}
    assert public.exchange(code=staff.code("rolf.vogt")).json() == {"error": "invalid_grant"}
    moved = staff.exchange(
        code=staff.code("rolf.vogt", prompt="login"), redirect_uri="http://127.0.0.1:8501/x"
    )
    assert moved.json() == {"error": "unauthorized_client", "error_description": "invalid_redirect"}


def test_a_code_lives_five_minutes(staff: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    code, now = staff.code("rolf.vogt"), time.monotonic()
    monkeypatch.setattr("demo.drawer.time.monotonic", lambda: now + 301)
    assert staff.exchange(code=code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"code": "never-given"}, "invalid_grant"),
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "never-given"}, "invalid_grant"),
    ],
)
def test_refuses_broken_token_requests(staff: Visitor, form: dict[str, str], error: str) -> None:
    answer = staff.exchange(**form)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_wrong_or_missing_secret_is_refused_and_costs_no_code(staff: Visitor) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": staff.code("rolf.vogt")}
    end = staff.document["token_endpoint"]
    for auth in (None, (staff.client.own_id, "wrong")):
        answer = PROGRAM.post(end, data={**form, "client_id": staff.client.own_id}, auth=auth)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})
    assert staff.exchange(code=form["code"]).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_user_info_wants_a_good_token(staff: Visitor, header: str) -> None:
    answer = PROGRAM.get(staff.document["userinfo_endpoint"], headers={"Authorization": header})
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_request", "invalid_token")


# Safe to leave running


def test_a_form_from_another_page_is_refused(staff: Visitor) -> None:
    page = staff.ask()
    elsewhere = {"Origin": "https://web.example"}
    assert staff.browser.post(page.url, data={}, headers=elsewhere).status_code == 403
    forged = staff.browser.post(page.url, data={"_csrf": "x", "username": "rolf.vogt", "password": PASSWORD})
    assert refusal(forged).startswith("This form was too old.")
    assert page.headers["referrer-policy"] == "same-origin"  # else browsers say their own origin is "null"
    own = {"Origin": staff.url}
    assert staff.browser.post(page.url, data={}, headers=own).status_code == 200


def test_what_comes_in_the_address_stays_text(staff: Visitor) -> None:
    page = staff.ask(login_hint='"><script>alert(1)</script>', state='"><img src=x>')
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_cookies_are_out_of_reach_of_scripts_and_other_pages(staff: Visitor) -> None:
    page = staff.ask()
    answer = staff.send(page, username="rolf.vogt", password=PASSWORD)
    kept = [*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")]
    assert all("HttpOnly" in cookie or "Max-Age=0" in cookie for cookie in kept)
    assert all("Path=/auth/brightwater-staff" in cookie for cookie in kept)


# Second factors, devices, sessions


def test_a_browser_that_is_remembered_is_asked_for_no_code(staff: Visitor, user: Any) -> None:
    megan, before = user("megan.hughes"), set(user("megan.hughes").devices)
    page = staff.sign_in("megan.hughes")
    assert "Remember this device" in page.text
    code = cognito_totp(megan.totp_secret).generate(int(time.time())).decode()
    assert "code" in sent_back(staff.send(page, code=code, tick="yes"))
    (key,) = set(megan.devices) - before
    assert "code" in sent_back(
        staff.send(staff.ask(prompt="login"), username="megan.hughes", password=PASSWORD)
    )
    del megan.devices[key]
    page = staff.send(staff.ask(prompt="login"), username="megan.hughes", password=PASSWORD)
    assert "Enter the code" in page.text


def test_with_two_factors_the_way_is_chosen_and_the_message_can_be_read(staff: Visitor, user: Any) -> None:
    kirsten = user("kirsten")
    kirsten.email_mfa_enabled = kirsten.software_token_mfa_enabled = True
    try:
        page = staff.sign_in("kirsten")
        assert "How do you want to get the code?" in page.text
        page = staff.send(page, choice="EMAIL_OTP")
        sent = backend_of("eu-west-1").user_pools[STAFF_ID].messages[-1]
        read = staff.browser.get(f"{staff.url}/auth/brightwater-staff/messages").text
        assert sent.text in read
        assert sent.to == "K.Sorensen@Brightwater.example"
        page = staff.send(page, code="wrong")
        assert "Code mismatch" in page.text
        assert "code" in sent_back(staff.send(page, code=sent.code))
    finally:
        kirsten.email_mfa_enabled = kirsten.software_token_mfa_enabled = False


def test_where_a_second_factor_is_demanded_it_is_set_up_on_the_way(staff: Visitor, user: Any) -> None:
    pool, who = backend_of("eu-west-1").user_pools[STAFF_ID], user("2024-01-01")
    pool.mfa_config = "ON"
    try:
        page = staff.sign_in("2024-01-01")
        assert "Set up an authenticator app" in page.text
        assert "data:image/svg+xml" in page.text
        page = staff.send(page, code="000000")
        assert "Code mismatch" in page.text
        code = cognito_totp(who.new_totp_secret).generate(int(time.time())).decode()
        assert "code" in sent_back(staff.send(page, code=code))
        assert who.preferred_mfa_setting == "SOFTWARE_TOKEN_MFA"
    finally:
        pool.mfa_config = "OPTIONAL"
        who.software_token_mfa_enabled = who.token_verified = False


def test_a_sign_in_is_a_browsers_session_and_one_of_tokens(staff: Visitor, boto: Any) -> None:
    staff.browser.headers["User-Agent"] = "Mozilla/5.0 (iPad; CPU OS 19_0) Chrome/140.0 Safari/604.1"
    tokens = staff.tokens("0012345")
    person = {"UserPoolId": STAFF_ID, "Username": "0012345"}
    found = boto.admin_list_user_sessions(**person)["Sessions"]
    kinds = {
        session["SessionType"]: session for session in found if session["DeviceType"] == "iPadOS, Chrome"
    }
    assert kinds["TOKEN"]["OriginSessionId"] == kinds["SSO"]["SessionId"]
    event = boto.admin_list_user_auth_events(**person)["AuthEvents"][0]
    assert (event["EventResponse"], event["EventContextData"]["DeviceName"]) == ("Pass", "iPadOS, Chrome")
    boto.admin_revoke_user_session(**person, SessionId=kinds["SSO"]["SessionId"])
    assert "Sign in" in staff.ask().text
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert staff.exchange(**again).status_code == 200
    boto.admin_revoke_user_session(**person, SessionId=kinds["TOKEN"]["SessionId"])
    assert staff.exchange(**again).json() == {"error": "invalid_grant"}


def test_signing_out_ends_the_browsers_session(staff: Visitor, user: Any) -> None:
    staff.code("x")
    assert [session.id[:3] for session in user("x").sessions.values()].count("sso") == 1
    leave = {"client_id": staff.client.own_id, "logout_uri": "http://localhost:8501/login_test"}
    staff.browser.get(staff.document["end_session_endpoint"], params=leave)
    assert [session.id[:3] for session in user("x").sessions.values()].count("sso") == 0
