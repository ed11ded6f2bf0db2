"""What the console keeps of one person of a pool: found by every name given, and erased on request.

What must stay is said with the reason. Nothing is changed in Cognito.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.errors import InvalidValue
from services.retention import Retention
from services.roles import ActorSource, Permission
from services.store.activity import NewActivity, Why
from services.store.columns import utc_now
from services.store.jobs import Job, JobState
from services.store.log_chain import ERASED
from services.store.pools import PoolRecord
from services.store.store import Store
from services.words import counted, day

SHORTEST = 4
_ENDED = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)
# a line this young may still be under way
_SETTLED = timedelta(hours=1)
_MOST_JOBS = 1_000_000


@dataclass(frozen=True, slots=True)
class Traces:
    """What was found: `lines` of the log, `rows` of ended jobs, login `tests`, `notes` on findings.

    What `stays` is said in sentences.
    """

    lines: tuple[str, ...] = ()
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind that can be erased."""
        return {
            "Lines of the activity log": len(self.lines),
            "Rows of jobs": sum(map(len, self.rows.values())),
            "Results of login tests": len(self.tests),
            "Notes on findings": len(self.notes),
        }


def find_traces(store: Store, who: ActorSource, pool: PoolRecord, names: Iterable[str]) -> Traces:
    """Look through everything kept about a pool for these names: user name, sub, addresses, numbers.

    A name counts where it stands by itself, in any letter case. Raises `NotPermitted`, and `InvalidValue`
    for names that would be found everywhere. Everything sealed is opened: about 0.1 ms a line and row.
    """
    who().require(Permission.CONFIGURE)
    names_them = _matcher(names)
    rows, busy = _rows(store, pool, names_them)
    lines = tuple(
        line.id
        for line in store.activity.iter_all(until=utc_now() - _SETTLED)
        if line.erased_at is None and line.pool in ("", pool.name) and names_them.search(_text(line))
    )
    results = store.login_tests.results_of(pool.name)
    tests = tuple(id for id, result in results if names_them.search(_text(result)))
    said = store.finding_notes.of_pool(pool.id, texts=True)
    notes = tuple(note.id for note in said if names_them.search(f"{note.subject} {note.text}"))
    return Traces(lines, rows, tests, notes, tuple(_staying(store, pool, names_them, busy)))


def erase_traces(
    store: Store, who: ActorSource, pool: PoolRecord, found: Traces, why: Why | None = None
) -> None:
    """Erase what was found, and log how much it was, without the person's name.

    Raises `NotPermitted`, `ProofNeeded`.

    Lines keep who did what, when and how it ended, and stay proved; rows leave their jobs, which count fewer.
    """
    actor = who()
    actor.require(Permission.CONFIGURE, dangerous=True)
    line = NewActivity(
        actor, "erase_traces", pool=pool.name, target_kind="user", target_name=ERASED, **(why or {})
    )
    with store.activity.audited(line) as done:
        for job_id, rows in found.rows.items():
            store.jobs.erase_rows(job_id, rows)
        store.login_tests.delete(found.tests)
        store.finding_notes.delete(found.notes)
        store.activity.erase(found.lines)
        done.after = found.counts


def _matcher(names: Iterable[str]) -> re.Pattern[str]:
    wanted = sorted({name.strip() for name in names if name.strip()})
    short = [name for name in wanted if len(name) < SHORTEST]
    if short or not wanted:
        raise InvalidValue(
            f"Give names of at least {SHORTEST} characters; shorter ones are found in too much.",
            "Their sub, user name, e-mail address and phone number, each as the console shows it.",
        )
    either = "|".join(map(re.escape, wanted))
    # joann@example.com isn't ann@example.com
    return re.compile(rf"(?<![\w.+@-])(?:{either})(?![\w@+-]|\.\w)", re.IGNORECASE)


def _text(record: object) -> str:
    # as JSON, but with every character as it is
    return json.dumps(record, ensure_ascii=False, default=_fields)


def _fields(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


def _rows(
    store: Store, pool: PoolRecord, names_them: re.Pattern[str]
) -> tuple[dict[str, tuple[int, ...]], list[Job]]:
    """Rows of ended jobs that name the person, by job; and the other jobs that do."""
    found: dict[str, tuple[int, ...]] = {}
    busy = []
    for job in store.jobs.list(pool_name=pool.name, limit=_MOST_JOBS):
        rows = tuple(row.row for row in store.jobs.rows(job.id) if names_them.search(_text(row)))
        if rows and job.state in _ENDED:
            found[job.id] = rows
        elif rows:
            busy.append(job)
    return found, busy


def _staying(store: Store, pool: PoolRecord, names_them: re.Pattern[str], busy: list[Job]) -> Iterable[str]:
    kept = Retention.read(store)
    for job in busy:
        yield f"The job “{job.title}” is {job.state}: it needs its rows. Erase again when it has ended."
    for review in store.campaigns.of_pool(pool.name):
        number = sum(1 for item in store.campaigns.items(review.id) if names_them.search(_text(item.person)))
        if number:
            yield (
                f"The review “{review.title}” has {counted(number, 'membership')} of theirs: its sign-off "
                "covers every one, so it stays whole until it is erased by the retention setting."
            )
    for schedule in store.schedules.of_pool(pool.id):
        if names_them.search(_text(schedule.options)):
            yield f"The schedule “{schedule.name}” names them: delete it, or take them out of it."
    snapshots = [line for line in store.snapshots.list() if line.pool_name == pool.name]
    if snapshots:
        last = max(line.taken_at for line in snapshots) + timedelta(days=kept.snapshot_days)
        yield (
            f"{counted(len(snapshots), 'snapshot')} of the pool: each is sealed as one whole. They go by "
            f"{day(last)} and as new ones are taken; an administrator can throw one away at once."
        )
    if drafts := store.drafts.changed(pool.id):
        last = max(drafts) + timedelta(days=kept.draft_days)
        files = counted(len(drafts), "uploaded file")
        yield f"{files} may name them: only their operators can open them. Gone by {day(last)}."
    yield "Lines of the log younger than an hour."
    yield "Backups, files that schedules made, and reports that somebody exported."
