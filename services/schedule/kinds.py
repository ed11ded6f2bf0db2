"""The kinds of work that can be scheduled, by the words that are stored."""

from __future__ import annotations

SNAPSHOT = "snapshot"
AUDIT = "audit"
QUESTION = "question"
EXPORT = "export"
REVIEW = "review"
JOB = "job"
LEAVERS = "leavers"

OFFERED = (SNAPSHOT, AUDIT, QUESTION, EXPORT, REVIEW, JOB)
"""Those that people plan by themselves; what each does is a class in `services.schedule.tasks`."""
