"""check-token, as it is typed."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import pytest

from console.commands.check_token import CODES, JUST_EXPIRED, OTHER_CLIENT
from services.login import tokens
from services.store.engine import open_store
from tests.console.commands.test_explain import configured
from tests.console.commands.test_plan import Terminal, terminal
from tests.fixtures.cognito import Cognito

__all__ = ["configured", "terminal"]


@pytest.fixture
def token(cognito: Cognito, configured: Terminal) -> str:
    """A fresh ID token of somebody in billing, for the application "Billing desk"."""
    client = cognito.client()
    made = client.create_user_pool_client(
        UserPoolId=cognito.staff, ClientName="api", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]
    client.admin_add_user_to_group(UserPoolId=cognito.staff, Username="rolf.vogt", GroupName="billing")
    answer = client.admin_initiate_auth(
        UserPoolId=cognito.staff,
        ClientId=made["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "rolf.vogt", "PASSWORD": "Demo-Passw0rd!"},
    )
    tokens.KEYS.forget()
    with open_store() as store:
        for application in store.applications.list():
            if application.name == "Billing desk":
                store.applications.update(replace(application, client_id=made["ClientId"]))
    return str(answer["AuthenticationResult"]["IdToken"])


def access_token(cognito: Cognito) -> str:
    """An access token of the same person for the same client."""
    client = cognito.client()
    listed = client.list_user_pool_clients(UserPoolId=cognito.staff, MaxResults=60)["UserPoolClients"]
    answer = client.admin_initiate_auth(
        UserPoolId=cognito.staff,
        ClientId=[line["ClientId"] for line in listed if line["ClientName"] == "api"][-1],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "rolf.vogt", "PASSWORD": "Demo-Passw0rd!"},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


def run(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, text: str | bytes, *options: str):
    given = text.encode() if isinstance(text, str) else text
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
    return terminal.run("check-token", "-", *options)


def test_a_good_token_ends_with_0_and_the_role(
    configured: Terminal, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = run(configured, monkeypatch, f"Bearer {token}\n", "--app", "billing desk")
    assert ended.code == 0, ended.out
    assert "Signature: passed" in ended.out
    assert "clerk, through billing" in ended.out
    assert token not in ended.out


def test_the_exit_code_names_the_check_that_fails(
    configured: Terminal, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, body, signature = token.split(".")
    altered = f"{head}.{body}.{signature[:-6]}AAAAAA"
    ended = run(configured, monkeypatch, altered)
    assert ended.code == CODES["signature"]
    assert "Fails at: Signature" in ended.out
    assert "What it says (not to be believed):" in ended.out
    ended = run(configured, monkeypatch, token, "--app", "Portal", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["fails_at"]) == (CODES["issuer"], "issuer")


def test_both_tokens_of_an_answer_are_checked(
    configured: Terminal, cognito: Cognito, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"AuthenticationResult": {"IdToken": token, "AccessToken": access_token(cognito)}}
    ended = run(configured, monkeypatch, json.dumps(answer, indent=2))
    assert ended.code == 0, ended.out
    assert "ID token of" in ended.out
    assert "Access token of" in ended.out
    told = json.loads(run(configured, monkeypatch, json.dumps(answer), "--json").out)
    assert told["good"] is True
    assert [token["kind"] for token in told["tokens"]] == ["ID token", "Access token"]


def test_the_code_is_that_of_the_first_token_that_is_not_good(
    configured: Terminal, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = f"{token[:-120]}"
    ended = run(configured, monkeypatch, f"{token}\n\n{cut}")
    assert ended.code == CODES["signature"]
    assert "cut off at its end" in ended.out
    assert run(configured, monkeypatch, '{"error": "invalid_grant"}').code == 2


def test_a_good_token_of_a_client_of_no_application_has_a_code_of_its_own(
    configured: Terminal, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store() as store:
        for application in store.applications.list():
            if application.name == "Billing desk":
                store.applications.update(replace(application, client_id="another-client-of-the-pool"))
    ended = run(configured, monkeypatch, token)
    assert ended.code == OTHER_CLIENT
    assert "an app client of no application set up here" in ended.out


def test_expired_within_the_tolerance_has_a_code_of_its_own(
    configured: Terminal, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = token.split(".")[1]
    expiry = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["exp"]
    monkeypatch.setattr("services.login.pasted.time.time", lambda: expiry + 30)
    assert run(configured, monkeypatch, token).code == JUST_EXPIRED
    monkeypatch.setattr("services.login.pasted.time.time", lambda: expiry + 90)
    ended = run(configured, monkeypatch, token)
    assert ended.code == CODES["expiry"]
    assert "What it says:" in ended.out  # it is over, and was the pool's all the same


def test_a_genuine_token_of_somebody_who_is_not_let_in_is_believed(
    configured: Terminal, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store() as store:
        for application in store.applications.list():
            store.applications.update(replace(application, allowed_groups=("nobody-is-in-it",)))
    ended = run(configured, monkeypatch, token)
    assert ended.code == CODES["allowed-group"]
    assert "not to be believed" not in ended.out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not a token", 2),
        (b"\xff\xfee.y.J", 2),
        ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9.eA", 3),
    ],
)
def test_what_is_no_token_or_of_no_known_pool_has_codes_of_its_own(
    configured: Terminal, monkeypatch: pytest.MonkeyPatch, text: str | bytes, code: int
) -> None:
    assert run(configured, monkeypatch, text).code == code
    assert json.loads(run(configured, monkeypatch, text, "--json").out)["good"] is False


def test_a_token_on_the_command_line_is_refused_without_repeating_it(configured: Terminal) -> None:
    ended = configured.run("check-token", "eyJsecret")
    assert ended.code == 1
    assert "eyJsecret" not in ended.out + ended.err
