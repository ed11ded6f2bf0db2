"""The chain that proves the activity log; its first links are made when the database is opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the head's table and the columns."""
    op.create_table(
        "activity_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("first_mac", sa.Text(), nullable=False),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("inherited", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("removed_before", UtcTime()),
        sa.Column("damage", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity_head"),
    )
    for name, kind in (
        ("begun", sa.Integer()),
        ("begun_mac", sa.Text()),
        ("ended", sa.Integer()),
        ("ended_mac", sa.Text()),
        ("erased_at", UtcTime()),
        ("begun_digest", sa.Text()),
        ("ended_digest", sa.Text()),
        ("erasure", sa.Text()),
    ):
        op.add_column("activity", sa.Column(name, kind))
    op.create_index("ix_activity_begun", "activity", ["begun"])
    op.create_index("ix_activity_ended", "activity", ["ended"])
