"""login-test, as it is typed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from console.commands.login_test import CODES, STEP
from demo.backend import backend_of
from demo.install import install_pools
from demo.people import PASSWORD
from demo.pools import BILLING_DESK, STAFF_ID
from services.login.tokens import KEYS
from services.store.engine import open_store
from tests.console.commands.test_plan import Terminal, terminal
from tests.fixtures.cognito import Cognito

__all__ = ["terminal"]

Run = Callable[..., object]


@pytest.fixture
def configured(terminal: Terminal, cognito: Cognito) -> Terminal:
    """A terminal whose console knows the demo's pools and applications."""
    with open_store() as store:
        install_pools(store, cognito.url)
    return terminal


@pytest.fixture
def run(configured: Terminal, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("kirsten", "--flow", "srp", typed=…)`: lines that come on standard input."""
    KEYS.forget()

    def go(user: str, *options: str, typed: str = f"{PASSWORD}\n", app: str = "Billing desk") -> object:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return configured.run("login-test", user, "--app", app, *options)

    return go


@pytest.mark.parametrize(
    ("flow", "app"), [("srp", "Billing desk"), ("admin", "Billing desk"), ("password", "Field service")]
)
def test_somebody_who_gets_in_ends_with_0_and_the_role(run: Run, flow: str, app: str) -> None:
    ended = run("kirsten", "--flow", flow, app=app)
    assert ended.code == 0, ended.out
    assert "✓ Role: reader, through auditors." in ended.out
    assert PASSWORD not in ended.out + ended.err


def test_a_pool_that_is_not_set_up_is_tried_by_region_and_id(
    terminal: Terminal, cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    KEYS.forget()
    where = (*terminal.where, "--client-id", BILLING_DESK.own_id)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    ended = terminal.run("login-test", "kirsten", *where)
    assert ended.code == 0, ended.out + ended.err
    assert "✓ Token signed by this pool" in ended.out
    assert "no application says which groups it lets in" in ended.out
    monkeypatch.setattr("sys.stdin", io.StringIO("wrong-Passw0rd\n"))
    assert terminal.run("login-test", "kirsten", *where).code == 13


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--region", "eu-west-1", "--pool-id", "eu-west-1_x"), "--client-id"),
        (("--app", "Billing desk", "--region", "eu-west-1", "--pool-id", "eu-west-1_x"), "without --app"),
        (("--app", "Billing desk", "--client-id", "x"), "--app or --client-id"),
        ((), "--app"),
    ],
)
def test_what_is_tried_has_to_be_said(configured: Terminal, options: tuple[str, ...], words: str) -> None:
    ended = configured.run("login-test", "kirsten", *options)
    assert ended.code == 1
    assert words in ended.err


@pytest.mark.parametrize(
    ("user", "options", "typed", "code"),
    [
        ("kirsten", ("--flow", "password"), PASSWORD, 10),
        ("Okta_mira.petrova@brightwater.example", (), PASSWORD, 12),
        ("kirsten", (), "wrong", 13),
        ("toby.ashworth", (), PASSWORD, 13),
        ("bo.li", ("--no-input",), PASSWORD, 14),
        ("ines.pena", (), PASSWORD, 19),
    ],
)
def test_the_exit_code_names_the_link_that_fails(
    run: Run, user: str, options: tuple[str, ...], typed: str, code: int
) -> None:
    ended = run(user, *options, typed=f"{typed}\n")
    assert ended.code == code, ended.out


def test_json_says_everything_but_secrets(run: Run) -> None:
    said = run("kirsten", "--json").out
    found = json.loads(said)
    assert (found["signed_in"], found["failed"], found["role"], found["exit_code"]) == (True, "", "reader", 0)
    assert [link["key"] for link in found["chain"]][:3] == ["flow", "client-secret", "password"]
    assert PASSWORD not in said


def test_questions_are_answered_line_by_line_and_the_log_knows_it(run: Run) -> None:
    user = backend_of("eu-west-1").user_pools[STAFF_ID].users["bo.li"]
    ended = run("bo.li", typed=f"{PASSWORD}\nA-brand-new-1\nA-brand-new-1\n")
    assert ended.code == 0, ended.out
    assert "becomes the person's password" in ended.err
    assert user.password == "A-brand-new-1"
    with open_store() as store:
        lines = store.activity.search()
    assert {"choose_password", "login_test"} <= {line.action for line in lines}
    assert "A-brand-new-1" not in repr(lines)


def test_an_answer_that_is_not_taken_is_told_once_and_ends_with_the_code_of_a_step(run: Run) -> None:
    ended = run("megan.hughes", typed=f"{PASSWORD}\n000000\n")
    assert ended.code == STEP, ended.out + ended.err
    assert ended.err.count("The code is wrong.") == 1
    assert "? Second factor" in ended.out
    assert "Traceback" not in ended.err


def test_what_is_missing_is_said(run: Run, configured: Terminal) -> None:
    assert run("kirsten", typed="").code == 1
    assert configured.run("login-test", "kirsten").code == 1


def test_help_lists_every_exit_code(terminal: Terminal) -> None:
    said = " ".join(terminal.run("login-test", "--help").out.split())
    assert all(f"{code} " in said for code in (*CODES.values(), STEP) if code != CODES["signed-in"])
