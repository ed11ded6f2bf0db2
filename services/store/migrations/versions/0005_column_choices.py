"""What the columns of files mean, as it was chosen once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of remembered column choices."""
    op.create_table(
        "column_choices",
        sa.Column("pool_record_id", sa.Text(), nullable=False),
        sa.Column("headings", sa.Text(), nullable=False),
        sa.Column("meanings", sa.Text()),
        sa.Column("operator_name", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_record_id"],
            ["pools.id"],
            name="fk_column_choices_pool_record_id_pools",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool_record_id", "headings", name="pk_column_choices"),
    )
