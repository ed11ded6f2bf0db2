"""A seal over what an operator may do; operators of before are sealed when the database is opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add its column."""
    op.add_column("operators", sa.Column("seal", sa.Text()))
