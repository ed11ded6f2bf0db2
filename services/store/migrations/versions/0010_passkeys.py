"""Passkeys of operators, and providers that are asked again before something dangerous."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.store.columns import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a passkey is called, its counter and its last use; what is asked of a provider."""
    op.add_column("operator_factors", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "operator_factors", sa.Column("sign_count", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("operator_factors", sa.Column("last_used_at", UtcTime()))
    op.add_column(
        "sign_in_providers", sa.Column("asks_again", sa.JSON(), nullable=False, server_default="true")
    )
