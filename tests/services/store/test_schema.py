"""The migrations make exactly the tables of the schema, on SQLite and on PostgreSQL."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.store import migrations
from services.store.columns import SafeText, Sealed, metadata
from services.store.rotation import sealed_tables


def test_the_migrated_database_has_the_schema_and_nothing_else(store):
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_on_postgresql_the_migrated_database_has_the_schema_and_nothing_else(postgresql_store):
    test_the_migrated_database_has_the_schema_and_nothing_else(postgresql_store)


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


def test_the_versions_are_those_that_alembic_knows():
    scripts = migrations.scripts()
    assert migrations.known() == {script.revision for script in scripts.walk_revisions()}
    assert migrations.head() == scripts.get_current_head()
