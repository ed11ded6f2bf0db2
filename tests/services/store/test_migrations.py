"""An older database is brought up to date when it is opened, or left exactly as it was."""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from services.errors import StoreDamaged, StoreTooNew, WrongKey
from services.store import migrations
from services.store.engine import open_store
from services.store.keys import KeyRing, new_key
from tests.services.store.helpers import fingerprint, raw, url_of

ADDS_A_COLUMN = 'op.add_column("settings", sa.Column("note", sa.Text()))'


@pytest.fixture
def older(tmp_path, keys):
    folder = tmp_path / "data"
    folder.mkdir()
    with open_store(url_of(folder / "console.db"), keys) as store:
        store.settings.set("greeting", "hello")
    return folder / "console.db"


@pytest.fixture
def release(tmp_path, monkeypatch):
    """Pretends that the program is a later release, whose next migration does this."""

    def make(*statements):
        folder = tmp_path / "later"
        folder.mkdir()
        body = "\n".join(f"    {one}" for one in statements)
        head = 'import sqlalchemy as sa\nfrom alembic import op\nrevision = "later"\n'
        head += f'down_revision = "{migrations.head()}"\n'
        (folder / "later.py").write_text(f"{head}def upgrade():\n{body}\n")
        config = Config()
        config.set_main_option("script_location", str(migrations.__path__[0]))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", f"{migrations.__path__[0]}/versions\n{folder}")
        scripts = ScriptDirectory.from_config(config)
        monkeypatch.setattr(migrations, "_scripts", lambda: scripts)

    return make


def columns(path):
    return [row[1] for row in raw(path, "PRAGMA table_info(settings)")]


def test_it_is_migrated_and_keeps_what_it_held(older, keys, release):
    release(ADDS_A_COLUMN)
    with open_store(url_of(older), keys) as store:
        assert store.settings.get("greeting") == "hello"
    assert columns(older)[-1] == "note"
    assert raw(older, "SELECT version_num FROM alembic_version") == [("later",)]


def test_a_migration_that_fails_half_way_leaves_it_as_it_was(older, keys, release):
    before = columns(older)
    release(ADDS_A_COLUMN, 'op.execute("nonsense")')
    with pytest.raises(StoreDamaged, match="as it was"):
        open_store(url_of(older), keys)
    assert columns(older) == before
    assert raw(older, "SELECT version_num FROM alembic_version") != [("later",)]


def test_a_wrong_key_is_refused_before_anything_is_migrated(older, release):
    release(ADDS_A_COLUMN)
    before = fingerprint(older.parent)
    with pytest.raises(WrongKey):
        open_store(url_of(older), KeyRing((new_key(),)))
    assert fingerprint(older.parent) == before


def test_afterwards_the_older_release_refuses_it(older, keys, release, monkeypatch):
    release(ADDS_A_COLUMN)
    open_store(url_of(older), keys).close()
    monkeypatch.undo()
    with pytest.raises(StoreTooNew, match="later"):
        open_store(url_of(older), keys)
