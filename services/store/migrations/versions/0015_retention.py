"""How long snapshots are kept becomes one of several numbers that say how long things are kept."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the setting its new name and the names of its numbers."""
    value = (
        """replace(replace(CAST(value AS TEXT), '"newest"', '"snapshots"'), '"days"', '"snapshot_days"')"""
    )
    if op.get_bind().dialect.name == "postgresql":
        value = f"CAST({value} AS JSON)"
    op.execute(f"UPDATE settings SET key = 'retention', value = {value} WHERE key = 'snapshots.keep'")  # noqa: S608
