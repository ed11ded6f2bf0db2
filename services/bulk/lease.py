"""Who holds a job: names of processes that tell whether they are still alive."""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

from services.store.columns import utc_now
from services.store.jobs import Job, JobState
from services.store.store import Store


def new_owner() -> str:
    """A name for this process as holder of a lease: machine, process, and something unique."""
    return f"{_machine()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


def is_dead(owner: str) -> bool:
    """True if `owner` surely doesn't live any more: a process of this machine that is gone."""
    machine, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def is_abandoned(job: Job) -> bool:
    """True if the job was running in a process that died: its lease has run out, or its holder is gone."""
    if job.state not in (JobState.RUNNING, JobState.STOPPING):
        return False
    return job.lease_until is None or job.lease_until < utc_now() or is_dead(job.lease_owner)


def free_from_dead(store: Store, job: Job) -> None:
    """Give up the lease of a holder that is gone, so that nobody has to wait until it runs out."""
    if job.lease_owner and is_dead(job.lease_owner):
        store.jobs.release_lease(job.id, job.lease_owner)


def _machine() -> str:
    # containers may share a name and still not see each other's processes
    try:
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}.{space}"
