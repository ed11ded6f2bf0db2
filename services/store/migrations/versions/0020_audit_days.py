"""What the audits of a pool found, kept for each day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "audit_days",
        sa.Column("pool_record_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("taken_at", UtcTime(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_record_id"],
            ["pools.id"],
            name="fk_audit_days_pool_record_id_pools",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_record_id", "day", name="pk_audit_days"),
    )
