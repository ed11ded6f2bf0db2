"""Every table of the console's database.

A change here needs the same change in migrations/; a test compares the two. Columns of type
`Sealed` hold only what the vault has encrypted for exactly their table, column and row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)

from services.store.columns import SafeText, UtcTime
from services.store.metadata import ID, NAME, WORD, Sealed, metadata
from services.store.schema_reviews import (
    campaign_items,
    campaigns,
    login_tests,
    saved_searches,
    snapshot_parts,
    snapshots,
)

__all__ = [
    "Sealed",
    "SealedTable",
    "activity",
    "applications",
    "campaign_items",
    "campaigns",
    "connections",
    "job_passwords",
    "job_rows",
    "job_steps",
    "jobs",
    "login_tests",
    "metadata",
    "operators",
    "pools",
    "saved_searches",
    "sealed_tables",
    "sessions",
    "settings",
    "snapshot_parts",
    "snapshots",
    "tickets",
    "vault",
]

vault = Table(
    "vault",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("canary", Sealed, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("rotated_at", UtcTime),
)

settings = Table(
    "settings",
    metadata,
    Column("key", NAME, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("name_key", NAME, nullable=False, unique=True),
    Column("region", WORD, nullable=False),
    Column("account", NAME, nullable=False),
    Column("endpoint_url", SafeText, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("profile", NAME, nullable=False),
    Column("role_arn", SafeText, nullable=False),
    Column("external_id", SafeText, nullable=False),
    Column("access_key_hint", SafeText, nullable=False),
    Column("secret", Sealed),
    Column("last_test", JSON(none_as_null=True)),
    Column("tested_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

pools = Table(
    "pools",
    metadata,
    Column("id", ID, primary_key=True),
    Column("connection_id", ID, ForeignKey("connections.id"), nullable=False, index=True),
    Column("pool_id", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("name_key", NAME, nullable=False, unique=True),
    Column("region", WORD, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

applications = Table(
    "applications",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pool_record_id", ID, ForeignKey("pools.id"), nullable=False),
    Column("name", NAME, nullable=False),
    Column("name_key", NAME, nullable=False),
    Column("client_id", NAME, nullable=False),
    Column("secret", Sealed),
    Column("application_url", SafeText, nullable=False),
    Column("discovery_url", SafeText, nullable=False),
    Column("allowed_groups", JSON, nullable=False),
    Column("group_roles", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("pool_record_id", "name_key"),
)

operators = Table(
    "operators",
    metadata,
    Column("id", ID, primary_key=True),
    Column("username", NAME, nullable=False),
    Column("username_key", NAME, nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    Column("email", SafeText, nullable=False),
    Column("role", WORD, nullable=False),
    Column("disabled", Boolean, nullable=False),
    # the bcrypt hash, sealed as well: a stolen file alone can't be guessed against
    Column("password_hash", Sealed),
    Column("created_at", UtcTime, nullable=False),
    Column("last_sign_in", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("operator_id", ID, ForeignKey("operators.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", SafeText, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("idle_seconds", Integer, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("revoked_at", UtcTime),
    Column("address", NAME, nullable=False),
    Column("agent", SafeText, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("token_hash", SafeText, primary_key=True),
    Column("purpose", WORD, nullable=False),
    Column("subject", Sealed, nullable=False),
    Column("bind_hash", SafeText, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
)

activity = Table(
    "activity",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("finished_at", UtcTime),
    Column("operator_id", NAME, nullable=False),
    Column("operator_name", NAME, nullable=False),
    Column("role", WORD, nullable=False),
    Column("origin", WORD, nullable=False),
    Column("action", WORD, nullable=False),
    Column("pool", NAME, nullable=False),
    Column("target_kind", WORD, nullable=False),
    Column("target_id", SafeText, nullable=False),
    Column("target_name", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("job_id", ID, nullable=False),
    Column("result", WORD, nullable=False),
    Column("error_code", NAME, nullable=False),
    Column("error", SafeText, nullable=False),
    # what a search for words looks through: casefolded, because databases fold only ASCII
    Column("words", SafeText, nullable=False),
    Column("before", Sealed),
    Column("after", Sealed),
    Index(None, "operator_id", "id"),
    Index(None, "target_id", "id"),
    Index(None, "job_id", "id"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("title", SafeText, nullable=False),
    Column("pool_name", NAME, nullable=False),
    Column("target", JSON, nullable=False),
    Column("state", WORD, nullable=False, index=True),
    Column("control", WORD, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("origin", WORD, nullable=False),
    Column("created_by", NAME, nullable=False),
    Column("created_by_name", NAME, nullable=False),
    Column("started_by", NAME, nullable=False),
    Column("started_by_name", NAME, nullable=False),
    Column("options", JSON, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("total_rows", Integer, nullable=False),
    Column("total_steps", Integer, nullable=False),
    Column("undo_of", ID, nullable=False),
    Column("lease_owner", NAME, nullable=False),
    Column("lease_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
)

job_rows = Table(
    "job_rows",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("outcome", WORD, nullable=False),
    Column("code", NAME, nullable=False),
    Column("payload", Sealed),
    Column("message", Sealed),
    Column("changed_at", UtcTime, nullable=False),
)

job_steps = Table(
    "job_steps",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("action", WORD, nullable=False),
    Column("state", WORD, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("code", NAME, nullable=False),
    Column("activity_id", ID, nullable=False),
    Column("change", Sealed),
    Column("result", Sealed),
    Column("sent_at", UtcTime),
    Column("finished_at", UtcTime),
)

job_passwords = Table(
    "job_passwords",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("password", Sealed),
    Column("handed_over_at", UtcTime),
)


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns, as rotation walks it."""

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    def row_address(self, row: Mapping[str, Any]) -> str:
        """The `row` part of the address under which this row's values are sealed."""
        return "/".join(str(row[key]) for key in self.keys)


def sealed_tables() -> tuple[SealedTable, ...]:
    """Every table that holds sealed values; a row's address is its primary key joined by "/"."""
    found = []
    for table in metadata.sorted_tables:
        columns = tuple(column.name for column in table.columns if isinstance(column.type, Sealed))
        if columns:
            found.append(SealedTable(table, columns, tuple(key.name for key in table.primary_key)))
    return tuple(found)
