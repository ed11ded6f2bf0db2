"""Second factors of operators, and when a session last gave one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table and the column."""
    op.create_table(
        "operator_factors",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operators.id"],
            name="fk_operator_factors_operator_id_operators",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_operator_factors"),
    )
    op.create_index("ix_operator_factors_operator_id", "operator_factors", ["operator_id"])
    op.add_column("sessions", sa.Column("proved_at", UtcTime()))
