"""`python -m console erase`: one person's traces, from the terminal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.command_line.erase import app
from services.store.activity import ActivityResult
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from tests.services.store.helpers import ACTIVITY


def test_what_is_found_and_what_stays_is_said_before_anything_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    monkeypatch.setattr("services.traces._SETTLED", timedelta(minutes=-1))
    with open_store() as store:
        new = Connection(name="c", region="eu-north-1", kind=CredentialKind.DEFAULT)
        store.pools.add(PoolRecord(store.connections.add(new).id, "eu-north-1_a", "staff"))
        store.activity.record(ACTIVITY, ActivityResult.DONE)
        call = ["ann@example.com", "--pool", "staff"]
        asked = CliRunner().invoke(app, call, input="n\n")
        assert "Lines of the activity log: 1" in asked.stdout
        assert "Backups, files that schedules made, and reports that somebody exported." in asked.stdout
        assert asked.exit_code == 1
        assert store.activity.count(text="ann@example.com") == 1
        done = CliRunner().invoke(app, [*call, "--yes", "--reason", "they asked"])
        assert "Erased 1 trace" in done.stdout
        assert store.activity.count(text="ann@example.com") == 0
        assert store.activity.chain.check().intact
