"""The migrations make exactly the tables of the schema, on SQLite and as PostgreSQL would be told."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Text, create_mock_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.store import migrations
from services.store.columns import SafeText, Sealed, metadata
from services.store.rotation import sealed_tables


def ddl_of_migrations():
    """What the migrations tell PostgreSQL, statement by statement."""
    said = []
    scripts = migrations._scripts()

    class Paper:
        def write(self, text):
            said.append(text)

        def flush(self):
            pass

    with EnvironmentContext(
        Config(), scripts, as_sql=True, fn=lambda revision, _: scripts._upgrade_revs("head", revision)
    ) as environment:
        environment.configure(dialect_name="postgresql", output_buffer=Paper())
        environment.run_migrations()
    return "\n".join(line for line in "".join(said).splitlines() if not line.startswith("--"))


def ddl_of_schema():
    """What the schema tells PostgreSQL."""
    said = []
    engine = create_mock_engine(
        "postgresql://", lambda statement, *_, **__: said.append(statement.compile(dialect=engine.dialect))
    )
    metadata.create_all(engine, checkfirst=False)
    return [str(line) for line in said]


def pieces(statement):
    """A statement as its parts, in an order of their own: where a constraint stands says nothing.

    Nor does the default that a column of a later version has for the rows that are there already.
    """
    head, _, rest = "".join(statement.split()).partition("(")
    return head, sorted(rest.removesuffix(")").replace("DEFAULT''", "").split(","))


def told_by_migrations():
    """The statements of all migrations, with columns that came later where their table is made."""
    told = dict(pieces(line) for line in ddl_of_migrations().split(";"))
    for statement in list(told):
        if added := re.fullmatch(r"ALTERTABLE(\w+?)ADDCOLUMN(.*)", statement):
            parts = told[f"CREATETABLE{added[1]}"]
            parts.append(added[2].replace("DEFAULT''", ""))
            parts.sort()
    return list(told.items())


def test_the_migrated_database_has_the_schema_and_nothing_else(store):
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_on_postgresql_the_migrations_say_what_the_schema_says():
    told = told_by_migrations()
    wanted = [pieces(line) for line in ddl_of_schema()]
    assert len(wanted) > len(metadata.tables)
    assert [line for line in wanted if line not in told] == []
    made = [head for head, _ in told if head.startswith("CREATETABLE")]
    assert len(made) == len(metadata.tables) + 1  # and Alembic's own


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_on_postgresql_times_have_zones_and_texts_have_no_length(table):
    dialect = postgresql.dialect()
    told = str(CreateTable(table).compile(dialect=dialect))
    assert "WITHOUT TIME ZONE" not in told
    assert "VARCHAR" not in told
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=dialect)).startswith("CREATE")


def test_every_text_takes_hostile_values_or_is_sealed():
    plain = [
        str(column)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text) and not isinstance(column.type, Sealed)
    ]
    assert plain == []
    assert isinstance(metadata.tables["activity"].c.target_name.type, SafeText)


def test_rotation_knows_every_sealed_column():
    assert {(table.table.name, column) for table in sealed_tables() for column in table.columns} >= {
        ("vault", "canary"),
        ("connections", "secret"),
        ("applications", "secret"),
        ("operators", "password_hash"),
        ("tickets", "subject"),
        ("activity", "before"),
        ("activity", "after"),
        ("job_rows", "payload"),
        ("job_steps", "change"),
        ("job_passwords", "password"),
    }


def test_running_the_migrations_twice_changes_nothing(store):
    with store.database.write() as connection:
        migrations.upgrade(connection)
        assert migrations.current(connection) == migrations.head()
