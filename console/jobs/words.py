"""Jobs in words."""

from __future__ import annotations

from typing import Literal

from services.bulk.model import JobProgress, Result
from services.store.jobs import JobState
from services.words import duration

Colour = Literal["blue", "green", "red", "orange", "gray"]

STATES = {
    JobState.PLANNED: "Planned, not started",
    JobState.QUEUED: "Waiting for its turn",
    JobState.RUNNING: "Running",
    JobState.PAUSED: "Paused",
    JobState.STOPPING: "Stopping",
    JobState.STOPPED: "Stopped",
    JobState.FINISHED: "Finished",
    JobState.FAILED: "Given up",
}
COLOURS: dict[JobState, Colour] = {
    JobState.RUNNING: "blue",
    JobState.FINISHED: "green",
    JobState.FAILED: "red",
    JobState.STOPPED: "orange",
    JobState.PAUSED: "orange",
}
RESULTS = {
    Result.DONE: "Done",
    Result.UNCHANGED: "Already right",
    Result.FAILED: "Failed",
    Result.INVALID: "Can't be done",
    Result.CHANGED: "Changed meanwhile",
    Result.NOT_ATTEMPTED: "Not attempted",
}
LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.STOPPING)


def how_far(now: JobProgress) -> str:
    """The line on the progress bar: "212 of 300 rows · 12.3 rows a second · 8 s left"."""
    parts = [f"{now.finished:,} of {now.rows:,} rows"]
    if now.rate:
        parts.append(f"{now.rate:.1f} rows a second")
    if now.seconds_left is not None:
        parts.append(f"{duration(now.seconds_left)} left")
    elif now.started_at and now.finished_at:
        parts.append(f"took {duration((now.finished_at - now.started_at).total_seconds())}")
    return " · ".join(parts)
