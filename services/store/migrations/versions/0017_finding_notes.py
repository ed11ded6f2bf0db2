"""What operators say about findings of audit rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "finding_notes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pool_record_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", UtcTime()),
        sa.Column("assignee_id", sa.Text(), nullable=False),
        sa.Column("assignee_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_record_id"],
            ["pools.id"],
            name="fk_finding_notes_pool_record_id_pools",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_finding_notes"),
    )
    op.create_index(
        "ix_finding_notes_pool_record_id_rule_subject",
        "finding_notes",
        ["pool_record_id", "rule", "subject"],
    )
