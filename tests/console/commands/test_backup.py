"""`python -m console backup` and `restore`, as they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.terminal import main
from services.store.engine import open_store


def test_a_console_is_backed_up_while_it_runs_and_restored_when_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    copy = tmp_path / "copy.db"
    with open_store() as running:
        running.settings.set("greeting", "hello")
        with pytest.raises(SystemExit) as ended:
            main(["backup", str(copy)])
        assert ended.value.code == 0
        assert f"Keep the key apart from it: {tmp_path / 'keys'}" in capsys.readouterr().out
        running.settings.set("greeting", "later")
    with pytest.raises(SystemExit) as ended:
        main(["restore", str(copy)])
    assert ended.value.code == 1
    assert "With --replace it is moved aside" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["restore", str(copy), "--replace"])
    assert ended.value.code == 0
    assert "The database of before is" in capsys.readouterr().out
    with open_store() as again:
        assert again.settings.get("greeting") == "hello"
