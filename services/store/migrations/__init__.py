"""The database's versions, run by Alembic on a connection that the engine hands over."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

VERSION_TABLE = "alembic_version"


@cache
def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def head() -> str:
    """The newest version this release knows."""
    return str(_scripts().get_current_head())


def known() -> frozenset[str]:
    """Every version this release knows."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def current(connection: Connection) -> str:
    """The version of the database, or an empty string."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def upgrade(connection: Connection) -> None:
    """Bring the database to `head()` inside the caller's transaction."""
    scripts = _scripts()
    target = head()
    with EnvironmentContext(
        Config(), scripts, fn=lambda revision, _context: scripts._upgrade_revs(target, revision)
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
