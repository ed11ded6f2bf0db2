"""The ticket that an action belongs to, and how the caller was identified, in the activity log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both to the log."""
    for name in ("ticket", "identified"):
        op.add_column("activity", sa.Column(name, sa.Text(), nullable=False, server_default=""))
