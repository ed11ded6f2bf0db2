"""The database's versions, run by Alembic on a connection that the engine hands over.

Alembic itself, and with it every version's script, is loaded only to bring a database up to date: a
database is opened far more often than that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

VERSION_TABLE = "alembic_version"
_VERSIONS = Path(__file__).parent / "versions"


def known() -> frozenset[str]:
    """Every version this release knows: the names of their files begin with it."""
    return frozenset(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def head() -> str:
    """The newest version this release knows."""
    return max(known())


def current(connection: Connection) -> str:
    """The version of the database, or an empty string."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) or ""  # noqa: S608 - a constant


def scripts() -> ScriptDirectory:
    """The versions as Alembic knows them."""
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(_VERSIONS).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection) -> None:
    """Bring the database to `head()` inside the caller's transaction."""
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415

    versions = scripts()
    target = head()
    with EnvironmentContext(
        Config(), versions, fn=lambda revision, _context: versions._upgrade_revs(target, revision)
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
