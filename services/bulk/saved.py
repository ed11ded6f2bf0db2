"""A plan in the store: written once, carried out by any operator with the right, read page by page.

Everything about people is sealed by the store; passwords lie apart, so that they can be erased.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from services.bulk.model import (
    FileSource,
    Plan,
    PlanOptions,
    PlanTotals,
    Problem,
    ProblemSeverity,
    Reading,
    RowPlan,
    RowResult,
    RowVerdict,
    Secrets,
    SignInFacts,
    Step,
)
from services.bulk.row_actions import UPSERT, RowAction
from services.cognito.actions import CreateUser, dump, load
from services.cognito.models import PersonRef
from services.errors import ConsoleError
from services.roles import Actor, Permission
from services.store.activity import ActivityLog, ActivityResult, Facts, Finish, NewActivity, Why
from services.store.jobs import Job, JobRow, JobState, JobStep, NewJob
from services.store.store import Store

# Writes a running job's journal and its activity for many threads at once, in few transactions.
#
# What is about to be sent is written before it is sent, and the thread waits until that is stored;
# what came of it is written behind its back. Whatever gathers while one transaction runs goes into
# the next, in the order in which it was said.

LEASE = timedelta(seconds=10)
"""So long a job waits for a process that says nothing any more, before another takes it up."""

WAITS: dict[str, str] = {}
"""Jobs of this process that wait for the database, by id, with the reason: it may not take even that."""


@dataclass
class _Entry:
    steps: tuple[JobStep, ...] = ()
    row: JobRow | None = None
    intent: NewActivity | None = None
    finish: Finish | None = None
    id: str = ""
    written: threading.Event = field(default_factory=threading.Event)


class Journal:
    """The journal of one job, for the process that holds its lease. Use as a context manager."""

    def __init__(self, store: Store, job_id: str, owner: str) -> None:
        self._store = store
        self._job_id = job_id
        self._owner = owner
        self._waiting: list[_Entry] = []
        self._news = threading.Condition()
        self._closing = False
        self.error: ConsoleError | None = None
        """Why the journal can't be written any more: another process has the job, or the store failed."""
        self._thread = threading.Thread(target=self._run, name=f"journal-{job_id[:8]}", daemon=True)

    def __enter__(self) -> Journal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join()

    def write(self, *steps: JobStep, row: JobRow | None = None) -> None:
        """Write steps and the outcome of a row soon. Raises the error that ended the journal."""
        self._add(_Entry(steps, row))

    def intend(self, new: NewActivity) -> str:
        """Write that something is about to be done, and wait until that, and all said before it, is stored.

        Returns the line's id. Raises the error that ended the journal.
        """
        entry = _Entry(intent=new)
        self._add(entry)
        entry.written.wait()
        if self.error is not None:
            raise self.error
        return entry.id

    def finish(self, end: Finish) -> None:
        """Write how a line of the activity log ended, soon. Raises the error that ended the journal."""
        self._add(_Entry(finish=end))

    def _add(self, entry: _Entry) -> None:
        with self._news:
            if self.error is not None:
                raise self.error
            self._waiting.append(entry)
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                batch, self._waiting = self._waiting, []
                if not batch:
                    return
            self._store_batch(batch)

    def _store_batch(self, batch: list[_Entry]) -> None:
        try:
            if self.error is None:
                self._write(batch)
        except ConsoleError as error:
            with self._news:
                self.error = error
        finally:
            for entry in batch:
                entry.written.set()

    def _write(self, batch: list[_Entry]) -> None:
        intents = [entry for entry in batch if entry.intent is not None]
        with self._store.database.together():
            ids = self._store.activity.intend_many([entry.intent for entry in intents if entry.intent])
            self._store.activity.finish_many([entry.finish for entry in batch if entry.finish is not None])
            self._store.jobs.write_journal(
                self._job_id,
                self._owner,
                steps=[step for entry in batch for step in entry.steps],
                rows=[entry.row for entry in batch if entry.row is not None],
                lease=LEASE,
            )
        for entry, id in zip(intents, ids, strict=True):
            entry.id = id


class JournaledActivity(ActivityLog):
    """The activity log as a job writes it: through its journal, many lines in one transaction."""

    def __init__(self, store: Store, journal: Journal) -> None:
        super().__init__(store.database, store.vault)
        self._journal = journal

    def intend(self, new: NewActivity) -> str:
        """Write that something is about to be done; stored when this returns."""
        return self._journal.intend(new)

    def finish(
        self,
        id: str,
        result: ActivityResult,
        after: Facts | None = None,
        error_code: str = "",
        error: str = "",
    ) -> None:
        """Write how it ended, soon."""
        self._journal.finish(Finish(id, result, after, error_code, error))


RUN_BEGAN = "run_began"
"""Under this name a job's figures say when its present run began (ISO 8601)."""

PREPARATION_ROW = 0
"""The row number under which a job's own steps (groups to create) stand."""

_AT_ONCE = 500
WAITING = ""
"""The outcome of a row that hasn't been carried out yet."""


def save_plan(store: Store, plan: Plan, *, target: Mapping[str, Any], actor: Actor, undo_of: str = "") -> Job:
    """Store a plan as a job that nobody has started. `target` says where it works (JSON-ready).

    Raises `NotPermitted`.
    """
    actor.require(Permission.BULK)
    new = NewJob(
        kind=plan.kind,
        title=plan.title,
        pool_name=plan.pool,
        target=dict(target),
        created_by=actor.operator_id,
        created_by_name=actor.name,
        origin=str(actor.origin),
        options={
            "plan": asdict(plan.options),
            "header": list(plan.header),
            "columns": dict(plan.columns),
            "reading": asdict(plan.reading),
            "source": asdict(plan.source),
            "remarks": list(plan.remarks),
            "made_at": plan.made_at.isoformat(),
            "temporary_days": plan.temporary_days,
        },
        totals=asdict(plan.totals),
        undo_of=undo_of,
        state=JobState.SAVING,
    )
    job = store.jobs.create(new)
    saved = False
    try:
        rows = _rows(plan)
        while chunk := list(islice(rows, _AT_ONCE)):
            numbers = [row.row for row, _ in chunk]
            secrets = {number: asdict(plan.secrets[number]) for number in numbers if number in plan.secrets}
            steps = [step for _, own in chunk for step in own]
            store.jobs.add_rows(job.id, [row for row, _ in chunk], steps, secrets)
        store.jobs.update(job.id, state=JobState.PLANNED)
        saved = True
    finally:
        if not saved:
            store.jobs.delete(job.id)
    job = store.jobs.get(job.id)
    note(store, job, actor, "save_plan", {"rows": job.total_rows, "steps": job.total_steps})
    return job


def note(
    store: Store,
    job: Job,
    actor: Actor,
    action: str,
    after: Mapping[str, Any] | None = None,
    why: Why | None = None,
) -> None:
    """Write into the activity log what an operator did with a job, and why."""
    new = NewActivity(
        actor,
        action,
        pool=job.pool_name,
        target_kind="job",
        target_id=job.id,
        target_name=job.title,
        job_id=job.id,
        **(why or Why()),
    )
    store.activity.record(new, ActivityResult.DONE, after)


def _rows(plan: Plan) -> Iterator[tuple[JobRow, list[JobStep]]]:
    """Every row as it is stored, with its lines in the journal. What the steps are stands in the row."""
    if plan.preparation:
        data = {
            "label": "New groups",
            "action": "",
            "verdict": str(RowVerdict.CHANGE),
            "steps": [_step_data(step) for step in plan.preparation],
        }
        yield JobRow(PREPARATION_ROW, WAITING, data), _entries(PREPARATION_ROW, plan.preparation)
    outcome = {
        RowVerdict.UNCHANGED: str(RowResult.UNCHANGED),
        RowVerdict.INVALID: str(RowResult.INVALID),
        RowVerdict.LATER: str(RowResult.LATER),
    }
    for row in plan.rows:
        stored = JobRow(
            row.row,
            outcome.get(row.verdict, WAITING),
            _row_data(row, plan.sign_in.get(row.row)),
            message=" ".join(problem.what for problem in row.errors) or row.remark,
            sub=row.person.sub if row.person else "",
            username=row.person.username if row.person else "",
        )
        yield stored, _entries(row.row, row.steps)


def _entries(row: int, steps: Sequence[Step]) -> list[JobStep]:
    return [JobStep(row, number, step.change.action) for number, step in enumerate(steps)]


def _row_data(row: RowPlan, sign_in: SignInFacts | None = None) -> dict[str, Any]:
    data = {
        "label": row.label,
        "action": str(row.action),
        "verdict": str(row.verdict),
        "person": asdict(row.person) if row.person else None,
        "basis": dict(row.basis),
        "remark": row.remark,
        "note": row.note,
        "name": _name(row),
        "steps": [_step_data(step) for step in row.steps],
        "cells": list(row.cells),
        "problems": [
            [problem.column, problem.what, problem.fix, str(problem.severity)] for problem in row.problems
        ],
    }
    return data | ({"sign_in": asdict(sign_in)} if sign_in else {})


def _name(row: RowPlan) -> str:
    """What a new person is called, for the hand-over of passwords."""
    change = row.steps[0].change if row.steps else None
    if not isinstance(change, CreateUser):
        return ""
    values = change.attributes
    parts = (values.get("given_name"), values.get("family_name"))
    return values.get("name") or " ".join(part for part in parts if part)


def _step_data(step: Step) -> dict[str, Any]:
    return {"change": dump(step.change), "before": dict(step.before), "after": dict(step.after)}


def row_plan(row: JobRow, steps: list[JobStep] | tuple[JobStep, ...] = ()) -> RowPlan:
    """The plan of a stored row."""
    data = row.payload
    return RowPlan(
        row=row.row,
        label=data["label"],
        action=RowAction(data["action"]) if data["action"] else UPSERT,
        verdict=RowVerdict(data["verdict"]),
        steps=tuple(planned_step(step) for step in steps),
        problems=tuple(
            Problem(row.row, column, what, fix, ProblemSeverity(severity))
            for column, what, fix, severity in data.get("problems", ())
        ),
        person=PersonRef(**data["person"]) if data.get("person") else None,
        basis=data.get("basis", {}),
        remark=data.get("remark", ""),
        note=data.get("note", ""),
        cells=tuple(data.get("cells", ())),
    )


def planned_step(step: JobStep) -> Step:
    """The step as it was planned."""
    data = step.change
    return Step(load(data["change"]), data["before"], data["after"])


def secrets_of(data: Mapping[str, Any] | None) -> Secrets:
    """A row's passwords as they were stored."""
    return Secrets(**data) if data else Secrets()


def options_of(job: Job) -> PlanOptions:
    """What the operator chose when the plan was made."""
    return options_from(job.options.get("plan", {}))


def options_from(stored: Mapping[str, Any]) -> PlanOptions:
    """Options as they were stored (`asdict`), also by an earlier release."""
    values = dict(stored)
    for name in ("delivery", "scope", "accept", "repair", "leave_groups", "groups_to_create"):
        values[name] = tuple(values.get(name, ()))
    if "leaver" in values:
        values["leaver"] = tuple(values["leaver"])
    return PlanOptions(**{**values, "action": RowAction(values.get("action", UPSERT))})


def totals_in(job: Job) -> PlanTotals:
    """The plan in figures, as it was saved."""
    known = PlanTotals.__dataclass_fields__
    return PlanTotals(**{name: value for name, value in job.totals.items() if name in known})


def reading_in(job: Job) -> Reading:
    """How the pool was read for the plan."""
    return Reading(**job.options.get("reading", {"way": "", "why": "", "calls": 0}))


def file_source_of(job: Job) -> FileSource:
    """What the plan was read from."""
    return FileSource(**job.options.get("source", {}))


def why_of(job: Job) -> Why:
    """What was said when the job was started."""
    said: Why = job.options.get("why", {})
    return said


def iter_row_plans(
    store: Store, job_id: str, *, after: int = -1, limit: int | None = None
) -> Iterator[RowPlan]:
    """The rows of a saved plan in the file's order, with their steps, read in pages."""
    page: list[JobRow] = []
    for row in store.jobs.rows(job_id, after=max(after, PREPARATION_ROW), limit=limit):
        page.append(row)
        if len(page) == 500:
            yield from _with_steps(store, job_id, page)
            page = []
    if page:
        yield from _with_steps(store, job_id, page)


def _with_steps(store: Store, job_id: str, page: list[JobRow]) -> Iterator[RowPlan]:
    steps = steps_by_row(store, job_id, page)
    for row in page:
        yield row_plan(row, steps.get(row.row, []))


def steps_by_row(store: Store, job_id: str, page: list[JobRow]) -> dict[int, list[JobStep]]:
    """The journal of these rows (in their order), by row, with what each step is to do."""
    found: dict[int, list[JobStep]] = {}
    planned = {row.row: row.payload.get("steps", ()) for row in page}
    if page:
        for step in store.jobs.steps(job_id, first=page[0].row, last=page[-1].row):
            if step.row in planned:
                found.setdefault(step.row, []).append(replace(step, change=planned[step.row][step.step]))
    return found
