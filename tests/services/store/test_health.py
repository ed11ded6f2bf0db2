"""Trouble with the log, the key or the disk is noted with since when, and goes once it is mended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from services.store import health
from services.store.activity import NewActivity
from services.store.engine import open_store
from services.store.health import TroubleKind, look_after, note_log, troubles_of
from services.store.schema import activity
from services.store.store import Store
from services.store.vault import new_key, write_key_file
from tests.services.test_clean_up import ANN


@pytest.fixture
def filed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store whose key stands in a file."""
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    with open_store(f"sqlite:///{tmp_path / 'console.db'}") as store:
        yield store


def kinds(store: Store) -> list[TroubleKind]:
    return [trouble.kind for trouble in troubles_of(store)]


def test_a_sound_console_has_no_trouble_and_writes_nothing_about_it(filed: Store) -> None:
    look_after(filed)
    note_log(filed, filed.activity.chain.check())
    assert kinds(filed) == []
    assert filed.settings.get(health.NOTED) is None


def test_a_log_with_an_altered_line_is_noted_until_it_is_whole_again(filed: Store) -> None:
    filed.activity.record(NewActivity(ANN, "add_pool", target_name="staff"))
    (line,) = filed.activity.search()
    with filed.database.write() as db:
        db.execute(update(activity).values(action="change_pool"))
    note_log(filed, filed.activity.chain.check())
    (trouble,) = troubles_of(filed)
    assert (trouble.kind, trouble.said) == (
        TroubleKind.LOG,
        "1 place of the activity log isn't as written.",
    )
    with filed.database.write() as db:
        db.execute(update(activity).values(action=line.action))
    note_log(filed, filed.activity.chain.check())
    assert kinds(filed) == []


def test_a_key_file_that_is_gone_readable_by_all_or_another_one_is_noted(filed: Store) -> None:
    file = filed.keys.file
    assert file is not None
    kept = file.with_name("kept")
    shutil.copy2(file, kept)
    for spoil in (
        file.unlink,
        lambda: file.chmod(0o644),
        lambda: write_key_file(file, (new_key(),)),
    ):
        spoil()
        look_after(filed)
        assert kinds(filed) == [TroubleKind.KEY]
        shutil.copy2(kept, file)
        look_after(filed)
        assert kinds(filed) == []


def test_little_room_and_none_are_noted(filed: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for free in (health.LITTLE_ROOM - 1, 1):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        look_after(filed)
        (trouble,) = troubles_of(filed)
        assert trouble.kind is TroubleKind.DISK
    since = trouble.since
    look_after(filed)
    assert troubles_of(filed)[0].since == since  # told once, however long it lasts
    monkeypatch.undo()
    look_after(filed)
    assert kinds(filed) == []
