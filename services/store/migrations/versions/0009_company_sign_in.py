"""Providers of company sign-in, and the operators who come by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their table and the columns."""
    op.create_table(
        "sign_in_providers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("discovery_url", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("role_rules", sa.JSON(), nullable=False),
        sa.Column("asks_second_factor", sa.JSON(), nullable=False),
        sa.Column("signs_out_there", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_providers"),
        sa.UniqueConstraint("name_key", name="uq_sign_in_providers_name_key"),
    )
    op.add_column("operators", sa.Column("provider_id", sa.Text()))
    op.add_column("operators", sa.Column("subject", sa.Text()))
    op.create_index("ix_operators_provider_id_subject", "operators", ["provider_id", "subject"], unique=True)
