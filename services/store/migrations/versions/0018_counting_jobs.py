"""Rows and steps of a job are counted from indexes, without reading what is sealed beside them."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_job_rows_job_id_outcome_row", "job_rows", ["job_id", "outcome", "row"])
    op.create_index(
        "ix_job_steps_job_id_state_action_finished_at_row",
        "job_steps",
        ["job_id", "state", "action", "finished_at", "row"],
    )
