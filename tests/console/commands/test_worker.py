"""`worker` says where it works."""

from __future__ import annotations

import pytest

from console.command_line.worker import worker
from services.errors import NotConfigured
from services.store.store import Store


def test_on_sqlite_it_says_who_runs_jobs_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.commands.worker.open_store", lambda create: store)
    with pytest.raises(NotConfigured, match="the console itself runs jobs") as told:
        worker()
    assert "CONSOLE_DATABASE_URL" in told.value.next_step
