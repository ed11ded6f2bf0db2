"""The country of a pool's phone numbers that are written without a country code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing is taken for granted about pools that are there."""
    op.add_column("pools", sa.Column("phone_region", sa.Text(), nullable=False, server_default=""))
