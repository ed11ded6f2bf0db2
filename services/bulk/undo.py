"""The plan that takes a job back, made from what its journal says was there before.

Only what still stands as the job left it is taken back; what was changed since, and what Cognito
can't take back, is listed. The plan is previewed and carried out like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.bulk.model import Plan, PlanOptions, Problem, ProblemSeverity, RowPlan, RowVerdict, Step
from services.bulk.plan import totals_of
from services.bulk.reading import NamedPeople, People, Progress, Reader, no_progress
from services.bulk.row_actions import UPDATE
from services.bulk.saved import PREPARATION_ROW, planned_step, row_plan, steps_by_row
from services.bulk.work import RowWork
from services.cognito.attributes import title_of
from services.cognito.gateway import CognitoGateway
from services.cognito.models import PersonRef, User
from services.cognito.people import NameKind
from services.errors import JobError
from services.store.jobs import JobRow, JobState, StepState
from services.store.store import Store

_AT_ONCE = 500


@dataclass
class _Done:
    """What a job did to one person: the steps that took effect, in their order."""

    row: JobRow
    person: PersonRef | None
    steps: list[Step]
    unknown: list[Step] = field(default_factory=list)

    @property
    def makes_person(self) -> bool:
        """Whether the person is there because of it, so that undoing it deletes them."""
        return any(step.change.makes_person for step in self.steps)


@dataclass
class _Back:
    """The way back for one row, being put together."""

    row: int
    steps: list[Step] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    basis: dict[str, Any] = field(default_factory=dict)


def plan_undo(
    store: Store,
    gateway: CognitoGateway,
    job_id: str,
    *,
    share: float = 0.5,
    progress: Progress = no_progress,
) -> Plan:
    """The plan that undoes a job as far as that can be. Raises `JobError` while it runs, `CognitoError`s."""
    job = store.jobs.get(job_id)
    if job.state in (JobState.PLANNED, JobState.QUEUED, JobState.RUNNING, JobState.STOPPING):
        raise JobError("Only a job that has ended or is paused can be undone.", "Stop it first.")
    listed = list(_done(store, job_id))
    pool = gateway.describe_pool()
    reader = Reader(gateway, pool, progress)
    wanted = NamedPeople()
    for done in listed:
        if done.person is not None:
            person = done.person
            wanted.add((NameKind.SUB, person.sub) if person.sub else (NameKind.USERNAME, person.username))
    people = reader.people(wanted)
    found = [_find(people, done.person) for done in listed]
    changes = [step.change for done in listed for step in done.steps]
    groups = {change.joins or change.leaves for change in changes} - {""}
    reader.memberships(people, [user for user in found if user is not None], groups)
    made = [user for done, user in zip(listed, found, strict=True) if user is not None and done.makes_person]
    reader.memberships(people, made, set(people.groups))
    rows = [
        _row(done, user, people, pool.verified_before_update)
        for done, user in zip(listed, found, strict=True)
    ]
    stays = _groups_that_stay(store, job_id)
    return Plan(
        title=f"Undo: {job.title}",
        kind="undo",
        pool=job.pool_name,
        made_at=datetime.now(UTC),
        header=(),
        options=PlanOptions(share=share),
        reading=reader.reading,
        rows=tuple(rows),
        remarks=stays,
        totals=totals_of(rows, (), share, reader.quotas),
        quotas=reader.quotas,
    )


def _done(store: Store, job_id: str) -> Iterator[_Done]:
    page: list[JobRow] = []
    for row in store.jobs.rows(job_id, after=PREPARATION_ROW):
        page.append(row)
        if len(page) == _AT_ONCE:
            yield from _done_in(store, job_id, page)
            page = []
    yield from _done_in(store, job_id, page)


def _done_in(store: Store, job_id: str, page: list[JobRow]) -> Iterator[_Done]:
    entries = steps_by_row(store, job_id, page)
    for row in page:
        own = entries.get(row.row, [])
        steps = [planned_step(entry) for entry in own if entry.state is StepState.DONE]
        unclear = (StepState.STARTED, StepState.UNKNOWN)
        unknown = [planned_step(entry) for entry in own if entry.state in unclear]
        if steps or unknown:
            yield _Done(row, RowWork(row_plan(row, own), list(own)).person, steps, unknown)


def _groups_that_stay(store: Store, job_id: str) -> tuple[str, ...]:
    first = [row for row in store.jobs.rows(job_id, limit=1) if row.row == PREPARATION_ROW]
    entries = steps_by_row(store, job_id, first).get(PREPARATION_ROW, [])
    names = [planned_step(entry).change.done for entry in entries if entry.state is StepState.DONE]
    return (f"Groups stay: {', '.join(names)}.",) if names else ()


def _find(people: People, person: PersonRef | None) -> User | None:
    if person is None:
        return None
    return people.with_sub(person.sub) if person.sub else people.with_username(person.username)


def _row(done: _Done, user: User | None, people: People, waiting: frozenset[str]) -> RowPlan:
    label = str(done.row.payload["label"])
    back = _Back(done.row.row)
    back.left += [
        f"{label}: whether this took effect isn't known: {step.change.wanted}." for step in done.unknown
    ]
    if user is None and any(step.change.ends_person for step in done.steps):
        back.left.append(f"{label} was deleted, and nobody can be brought back with their old sub.")
    elif user is None:
        back.left.append(f"{label} is not in the pool any more.")
    else:
        back.basis = {"exists": True, "sub": user.sub}
        # with the person goes whatever else was done to them
        made = [step for step in done.steps if step.change.makes_person]
        if changed := _changed_since(done, user, people, waiting) if made else []:
            back.left.append(f"{label} was changed since and is not deleted: {'; '.join(changed)}.")
        else:
            for step in made or reversed(done.steps):
                _reverse(back, step, user, people, waiting)
            if back.steps and made:
                back.basis |= _left_as(user, people)
    severity = ProblemSeverity.WARNING if back.steps else ProblemSeverity.ERROR
    problems = tuple(Problem(back.row, "", text, "It stays as it is.", severity) for text in back.left)
    return RowPlan(
        row=back.row,
        label=label,
        action=UPDATE,
        verdict=RowVerdict.CHANGE
        if back.steps
        else RowVerdict.INVALID
        if back.left
        else RowVerdict.UNCHANGED,
        steps=tuple(back.steps),
        problems=problems,
        person=user.ref if user else done.person,
        basis=back.basis if back.steps else {},
        remark="" if back.steps or back.left else "It is as it was before already.",
    )


_BY_COGNITO = frozenset({"sub", "identities", "email_verified", "phone_number_verified"})
"""Attributes that may come without anybody's doing; they count only where the job has set them."""


def _changed_since(done: _Done, user: User, people: People, waiting: frozenset[str]) -> list[str]:
    """What somebody made by the job has that the job didn't leave so: nothing of others goes with them."""
    left: User | None = None
    groups: set[str] = set()
    for step in done.steps:
        after = {"username": user.username, **step.after}
        left = step.change.apply_to(left, after, user.created, waiting)
        groups = set(step.change.regroup(tuple(groups)))
    if left is None:
        return []
    known, now = left.attributes, user.attributes
    names = (known.keys() | now.keys()) - (_BY_COGNITO - known.keys())
    found = [f"{title_of(name)} changed" for name in sorted(names) if known.get(name) != now.get(name)]
    if left.enabled is not user.enabled:
        found.append("enabled" if user.enabled else "disabled")
    unsure = {step.change.joins or step.change.leaves for step in done.unknown}
    theirs = people.groups_of(user)
    found += [f"added to {name}" for name in sorted(theirs - groups - unsure)]
    return found + [f"removed from {name}" for name in sorted(groups - theirs - unsure)]


def _left_as(user: User, people: People) -> dict[str, Any]:
    """What must still hold of a person just before they are deleted."""
    return {
        "enabled": user.enabled,
        "attributes": {name: value for name, value in user.attributes.items() if name not in _BY_COGNITO},
        "groups": dict.fromkeys(sorted(people.groups_of(user)), True),
    }


def _reverse(back: _Back, step: Step, user: User, people: People, waiting: frozenset[str]) -> None:
    """Put the way back from one step, as far as there is one, into `back`."""
    way = step.change.way_back(user, people, step.before, step.after, waiting)
    back.steps += [Step(change, before, after) for change, before, after in way.changes]
    back.left += way.stays
    for name, value in way.basis.items():
        if isinstance(value, dict):
            back.basis.setdefault(name, {}).update(value)
        else:
            back.basis[name] = value
