"""`python -m console activity verify`: is the log as the console wrote it?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from console.command_line.activity import app
from console.terminal import main
from services.store.activity import ActivityResult
from services.store.engine import open_store
from services.store.store import Store
from tests.services.store.helpers import ACTIVITY, raw


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with three lines, found by the command as it finds it."""
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    with open_store() as store:
        write(store, 3)
    return tmp_path / "console.db"


def write(store: Store, number: int) -> None:
    for _ in range(number):
        store.activity.record(ACTIVITY, ActivityResult.DONE)


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["verify", *arguments])


def test_an_intact_log_ends_with_0_and_a_mark(database: Path) -> None:
    done = verify()
    assert done.exit_code == 0
    assert done.stdout.startswith("Log intact: 3 lines, none altered, removed or moved")
    mark = json.loads(verify("--json").stdout)["mark"]
    assert f"kept elsewhere: {mark}" in done.stdout
    with open_store() as store:
        write(store, 2)
    assert verify("--mark", mark).exit_code == 0


def test_a_broken_log_ends_with_2_and_names_the_place(database: Path) -> None:
    raw(database, "UPDATE activity SET result = 'failed' WHERE id = (SELECT max(id) FROM activity)")
    done = verify()
    assert done.exit_code == 2
    assert "LOG BROKEN: 1 place not as the console wrote it" in done.stdout
    assert "was altered or moved (its end)" in done.stdout
    assert json.loads(verify("--json").stdout)["intact"] is False


def test_a_log_that_lost_the_mark_ends_with_2(database: Path) -> None:
    done = verify("--mark", "99:0123456789abcdef")
    assert done.exit_code == 2
    assert "it was set back" in done.stdout


def test_it_is_called_as_the_documents_write_it(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["activity", "verify"])
    assert capsys.readouterr().out.startswith("Log intact: 3 lines")
