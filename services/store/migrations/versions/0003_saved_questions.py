"""Questions of one's own about a pool, saved by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of saved questions."""
    op.create_table(
        "saved_questions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("pool_record_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("question", sa.Text()),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_record_id"],
            ["pools.id"],
            name="fk_saved_questions_pool_record_id_pools",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_questions"),
        sa.UniqueConstraint("pool_record_id", "name_key", name="uq_saved_questions_pool_record_id_name_key"),
    )
