"""What the terminal commands end with, in one place.

| code | plan | apply, resume, undo |
|---|---|---|
| 0 | nothing to do | every row is done or was so already |
| 1 | the file or some rows have errors, or it couldn't be planned | couldn't be carried out |
| 2 | changes are waiting | changes are waiting (`undo --plan`) |
| 3 | – | carried out, but some rows aren't done: the results say which and why |
| 4 | – | paused or waiting: `resume` goes on |

`audit`: 0 all is well; 1 an error; 2 findings at or above --fail-on; 3 none of those, but something
couldn't be read or evaluated.

`ask`: 0 the answer is whole; 1 it wasn't answered; 3 something wasn't read, or there are more rows.

Wrong options end with 1, too (`console.terminal.main` sees to it).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from services.bulk.model import PlanTotals, Result
from services.store.jobs import Job, JobState


class Exit(IntEnum):
    """Exit codes by meaning."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    SOME_FAILED = 3
    PAUSED = 4


def of_plan(totals: PlanTotals) -> Exit:
    """The exit code for a plan."""
    if totals.invalid:
        return Exit.ERROR
    return Exit.CHANGES if totals.steps else Exit.OK


def of_job(job: Job, results: Mapping[str, int]) -> Exit:
    """The exit code for a job that was run."""
    if job.state is JobState.PAUSED:
        return Exit.PAUSED
    if job.state is JobState.FAILED:
        return Exit.ERROR
    good = {str(Result.DONE), str(Result.UNCHANGED)}
    return Exit.OK if not {name for name, count in results.items() if count} - good else Exit.SOME_FAILED


def of_audit(*, failed: bool, certain: bool) -> Exit:
    """The exit code for an audit: `failed` by --fail-on, `certain` if everything asked was answered."""
    if failed:
        return Exit.CHANGES
    return Exit.OK if certain else Exit.SOME_FAILED
