"""`python -m console setup`: from a file, and by questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from console.command_line.setup import app
from services.errors import FileRejected
from services.store.engine import open_store
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A console's empty database, found by the command as it finds it; AWS's keys in the environment."""
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    with open_store() as store:
        yield store


def call(*arguments: str, typed: str = "") -> Result:
    found = CliRunner().invoke(app, list(arguments), input=typed)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


@pytest.fixture
def file(tmp_path: Path, cognito: Cognito) -> Path:
    """A file that declares the embedded Cognito."""
    path = tmp_path / "console.toml"
    path.write_text(
        f'[[connections]]\nname="Embedded"\nregion="{cognito.region}"\nkind="default"\n'
        f'endpoint_url="{cognito.url}"\n'
        f'[[pools]]\nconnection="Embedded"\npool_id="{cognito.staff}"\nname="staff"\n'
        '[[operators]]\nusername="ann"\nrole="admin"\nfull_name="Ann Admin"\n'
    )
    return path


def test_a_file_sets_everything_up_and_changes_nothing_the_second_time(console: Store, file: Path) -> None:
    first = call("--from", str(file))
    assert first.exit_code == 0
    assert "connection Embedded: added." in first.stdout
    assert "operator ann (admin): added." in first.stdout
    assert "First password of ann:" in first.stderr
    assert "✓ Who AWS says we are" in first.stdout
    (made,) = console.connections.list()
    assert made.account == "123456789012"
    assert [pool.name for pool in console.pools.list()] == ["staff"]
    assert console.operators.by_username("ann").role == "admin"
    again = call("--from", str(file))
    assert again.exit_code == 0
    assert "Nothing was to be changed." in again.stdout
    assert console.connections.list()[0].account == "123456789012"


def test_checking_says_what_is_waiting_and_does_nothing(console: Store, file: Path) -> None:
    found = call("--from", str(file), "--check")
    assert found.exit_code == 2
    assert "connection Embedded: would be added." in found.stdout
    assert "operator ann (admin): would be added." in found.stdout
    assert not console.connections.list()
    assert not console.operators.list()


def test_a_connection_whose_test_fails_ends_with_its_own_code(
    console: Store, file: Path, cognito: Cognito
) -> None:
    file.write_text(file.read_text().replace(cognito.url, "http://127.0.0.1:9"))
    found = call("--from", str(file))
    assert found.exit_code == 3
    assert "✗" in found.stdout
    assert console.pools.list()


def test_a_file_that_is_not_there_is_an_error_in_words(console: Store, tmp_path: Path) -> None:
    with pytest.raises(FileRejected, match="can't be read"):
        call("--from", str(tmp_path / "none.toml"))


def test_asked_step_by_step_it_adds_what_the_connection_sees(console: Store, cognito: Cognito) -> None:
    answers = ["Embedded", "nowhere 1", cognito.url, "default"]
    # a region that can't be is asked again; what else was typed is offered
    answers += ["", cognito.region, "", "keys", "", "9", "all", "y"]
    found = call(typed="\n".join(answers) + "\n" + "y\n" * 9)
    assert "is not a region of AWS" in found.stderr
    assert "Type one of role, default, profile, session, static." in found.stderr
    assert "  static   Access keys. Id and secret of an IAM user. The last choice" in found.stdout
    assert "from 1 to" in found.stderr
    (made,) = console.connections.list()
    assert (made.name, made.endpoint_url, str(made.kind)) == ("Embedded", cognito.url, "default")
    assert {pool.pool_id for pool in console.pools.list()} >= {cognito.staff, cognito.customers}
    staff = next(pool for pool in console.pools.list() if pool.pool_id == cognito.staff)
    assert console.applications.list(staff.id)
    assert "`python -m console serve` prints a link" in found.stdout
