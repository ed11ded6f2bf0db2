"""A plan in the store: written once, carried out by any operator with the right, read page by page.

Everything about people is sealed by the store; passwords lie apart, so that they can be erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from services.bulk.model import (
    Plan,
    PlanOptions,
    PlanTotals,
    Problem,
    Reading,
    Result,
    RowPlan,
    Secrets,
    Severity,
    Step,
    Verdict,
)
from services.bulk.row_actions import UPSERT, RowAction
from services.cognito.actions import CreateUser, dump, load
from services.cognito.models import PersonRef
from services.roles import Actor, Permission
from services.store.activity import ActivityResult, NewActivity
from services.store.jobs import Job, JobRow, JobState, JobStep, NewJob
from services.store.store import Store

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
            "remarks": list(plan.remarks),
            "made_at": plan.made_at.isoformat(),
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
    reason: str = "",
) -> None:
    """Write into the activity log what an operator did with a job, and why."""
    new = NewActivity(
        actor,
        action,
        pool=job.pool_name,
        target_kind="job",
        target_id=job.id,
        target_name=job.title,
        reason=reason,
        job_id=job.id,
    )
    store.activity.record(new, ActivityResult.DONE, after)


def _rows(plan: Plan) -> Iterator[tuple[JobRow, list[JobStep]]]:
    """Every row as it is stored, with its lines in the journal. What the steps are stands in the row."""
    if plan.preparation:
        data = {
            "label": "New groups",
            "action": "",
            "verdict": str(Verdict.CHANGE),
            "steps": [_step_data(step) for step in plan.preparation],
        }
        yield JobRow(PREPARATION_ROW, WAITING, data), _entries(PREPARATION_ROW, plan.preparation)
    outcome = {Verdict.UNCHANGED: str(Result.UNCHANGED), Verdict.INVALID: str(Result.INVALID)}
    for row in plan.rows:
        stored = JobRow(
            row.row,
            outcome.get(row.verdict, WAITING),
            _row_data(row),
            message=" ".join(problem.what for problem in row.errors) or row.remark,
            sub=row.person.sub if row.person else "",
            username=row.person.username if row.person else "",
        )
        yield stored, _entries(row.row, row.steps)


def _entries(row: int, steps: Sequence[Step]) -> list[JobStep]:
    return [JobStep(row, number, step.change.action) for number, step in enumerate(steps)]


def _row_data(row: RowPlan) -> dict[str, Any]:
    return {
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
        "problems": [[one.column, one.what, one.fix, str(one.severity)] for one in row.problems],
    }


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
        verdict=Verdict(data["verdict"]),
        steps=tuple(planned_step(step) for step in steps),
        problems=tuple(
            Problem(row.row, column, what, fix, Severity(severity))
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
    values = dict(job.options.get("plan", {}))
    for name in ("delivery", "scope"):
        values[name] = tuple(values.get(name, ()))
    return PlanOptions(**{**values, "action": RowAction(values.get("action", UPSERT))})


def totals_in(job: Job) -> PlanTotals:
    """The plan in figures, as it was saved."""
    known = PlanTotals.__dataclass_fields__
    return PlanTotals(**{name: value for name, value in job.totals.items() if name in known})


def reading_in(job: Job) -> Reading:
    """How the pool was read for the plan."""
    return Reading(**job.options.get("reading", {"way": "", "why": "", "calls": 0}))


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
