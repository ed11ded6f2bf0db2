"""`python -m console operators`: the people who may sign in, and the way back in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import Result
from typer.testing import CliRunner

from console.command_line.operators import app
from services.access import setup
from services.access.sessions import OperatorSignIn
from services.errors import NotConfigured, NotPermitted, SignInRefused
from services.roles import Role
from services.store.engine import open_store
from services.store.store import Store
from tests.fixtures.store import PASSWORD, make_cast


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A console's database with the cast, found by the commands as they find it."""
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.delenv("CONSOLE_PUBLIC_URL", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    with open_store() as store:
        make_cast(store)
        yield store


def call(*arguments: str) -> Result:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def signs_in(store: Store, name: str, password: str) -> bool:
    try:
        OperatorSignIn(store).attempt(name, password, "192.0.2.1")
    except SignInRefused:
        return False
    return True


def test_the_list_names_role_state_and_last_sign_in(console: Store) -> None:
    lines = call("list").stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["ada", "auditor", "active"],
        ["ann", "admin", "active"],
        ["max", "manager", "active"],
        ["sam", "support", "active"],
    ]
    assert "never signed in" in lines[0]
    assert [found["username"] for found in json.loads(call("list", "--json").stdout)] == [
        "ada",
        "ann",
        "max",
        "sam",
    ]


def test_nothing_that_is_printed_holds_a_hash(console: Store) -> None:
    assert "$2b$" not in call("list", "--json").output


def test_an_operator_added_here_signs_in_with_the_password_on_the_standard_output(console: Store) -> None:
    done = call("add", "kim", "--role", "manager", "--full-name", "Kim Ek")
    assert signs_in(console, "kim", done.stdout.strip())
    kim = console.operators.by_username("kim")
    assert kim is not None
    assert (kim.role, kim.name) == (Role.MANAGER, "Kim Ek")


def test_a_reset_gives_a_new_password_and_is_logged_with_its_reason(console: Store) -> None:
    password = call("reset", "Sam", "--reason", "forgot it").stdout.strip()
    assert signs_in(console, "sam", password)
    assert not signs_in(console, "sam", PASSWORD)
    line = next(line for line in console.activity.search() if line.action == "operator.reset_password")
    assert (line.target_name, line.reason, line.origin) == ("sam", "forgot it", "terminal")


def test_disabled_and_enabled_again(console: Store) -> None:
    call("disable", "sam")
    assert not signs_in(console, "sam", PASSWORD)
    call("enable", "sam")
    assert signs_in(console, "sam", PASSWORD)


def test_the_last_administrator_can_not_be_disabled(console: Store) -> None:
    with pytest.raises(NotPermitted):
        call("disable", "ann")


def test_a_link_lets_its_operator_choose_a_password_once(console: Store) -> None:
    address = urlsplit(call("link", "ann", "--url", "https://console.example.com/").stdout.strip())
    assert (address.netloc, address.path) == ("console.example.com", "/set-up")
    token = parse_qs(address.query)["token"][0]
    setup.choose_password(console, token, "bees fly home in may")
    assert signs_in(console, "ann", "bees fly home in may")
    with pytest.raises(SignInRefused):
        setup.choose_password(console, token, "bees fly out in june")


def test_a_name_that_nobody_has_is_said_with_where_to_look(console: Store) -> None:
    with pytest.raises(Exception, match="There is no operator called “eve”"):
        call("reset", "eve")


def test_no_database_is_made_by_asking_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which of two it is depends on what is missing first
        call("list")
    assert isinstance(raised.value, NotConfigured) or "database" in str(raised.value).lower()
    assert list(tmp_path.iterdir()) == []


def test_an_operator_changed_past_the_console_is_named_and_confirmed(console: Store) -> None:
    with console.database.write() as db:
        db.exec_driver_sql("UPDATE operators SET role = 'admin' WHERE username = 'sam'")
    assert "ALTERED" in next(line for line in call("list").stdout.splitlines() if line.startswith("sam"))
    assert not signs_in(console, "sam", PASSWORD)
    assert console.activity.search(action="operator.altered")
    assert "as support" in call("confirm", "sam", "--role", "support").stdout
    assert signs_in(console, "sam", PASSWORD)
    assert console.activity.search(action="operator.confirm")[0].before["role"] == "admin"
