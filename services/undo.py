"""Taking back what was done: one change, several that were made on a page, or a whole job.

The way back of a change is known by its action. Only what still stands as it was left is taken back; what
was changed since, and what Cognito can't take back, is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from services.bulk.control import goes_on_by_itself
from services.bulk.model import (
    Plan,
    PlanOptions,
    Problem,
    ProblemSeverity,
    RowPlan,
    RowResult,
    RowVerdict,
    Step,
)
from services.bulk.plan import totals_of
from services.bulk.reading import NamedPeople, People, Progress, Reader, no_progress
from services.bulk.row_actions import UPDATE
from services.bulk.saved import PREPARATION_ROW, planned_step, row_plan, steps_by_row
from services.bulk.work import RowWork
from services.changes import Performed
from services.cognito.actions import Change, CurrentMemberships, Facts, HeldBack, PersonChange, WayBack
from services.cognito.attributes import title_of
from services.cognito.gateway import CognitoGateway
from services.cognito.models import PersonRef, User
from services.cognito.people import NameKind
from services.errors import JobError, NotAvailable, PermissionMissing, UserNotFound
from services.pool_session import PoolSession
from services.store.activity import Why, undoing
from services.store.jobs import JobRow, JobState, JobStep, StepState
from services.store.store import Store

# What is the same for all: what was done to one person, and the way back from it.


class Made(Protocol):
    """A change that took effect, with what it replaced and what it left (`Performed`, a step of a job)."""

    @property
    def change(self) -> Change:
        """What was done, and to whom."""

    @property
    def before(self) -> Facts:
        """What it replaced."""

    @property
    def after(self) -> Facts:
        """What has held since."""


class PoolNow(CurrentMemberships, Protocol):
    """The pool's groups and the memberships of the people concerned, as they are now."""

    def groups_of(self, user: User) -> frozenset[str]:
        """The names of all groups that the person is in."""


@dataclass
class Deeds:
    """What was done to one person, in its order; `unknown` is what got no answer."""

    label: str
    made: list[Made] = field(default_factory=list)
    unknown: list[Change] = field(default_factory=list)

    @property
    def makes_person(self) -> bool:
        """Whether the person is there because of it, so that undoing it deletes them."""
        return any(made.change.makes_person for made in self.made)


def can_be_offered(change: Change) -> bool:
    """Whether an undo is worth offering beside what was done: some changes nothing takes back.

    Whoever was created is only deleted by the plan of an undo, which is looked at first.
    """
    return change.can_be_undone() and not change.irreversible and not change.makes_person


def way_back(deeds: Deeds, user: User | None, now: PoolNow, held_back: HeldBack) -> WayBack:
    """The way back from what was done to one person, by the person as they are now (None: not there).

    `held_back`: attributes of this pool that wait until their owner has verified them. Neither changes
    nor anything that stays: it is as it was before already.
    """
    label = deeds.label
    stays = [f"{label}: whether this took effect isn't known: {change.wanted}." for change in deeds.unknown]
    if user is None:
        if any(made.change.ends_person for made in deeds.made):
            return WayBack(
                (), (*stays, f"{label} was deleted, and nobody can be brought back with their old sub.")
            )
        if not any(change.makes_person for change in deeds.unknown):  # else nobody knows who they'd be
            stays.append(f"{label} is not in the pool any more.")
        return WayBack((), tuple(stays))
    if deeds.makes_person and (changed := _changed_since(deeds, user, now, held_back)):
        text = f"{label} was changed since and is not deleted: {'; '.join(changed)}."
        return WayBack((), (*stays, text))
    basis: dict[str, Any] = {"exists": True, "sub": user.sub}
    changes: list[tuple[Change, Facts, Facts]] = []
    # with the person goes whatever else was done to them
    first = [made for made in deeds.made if made.change.makes_person]
    for made in first or reversed(deeds.made):
        way = made.change.way_back(user, now, made.before, made.after, held_back)
        changes += way.changes
        stays += way.stays
        _add(basis, way.basis)
    if first and changes:
        basis |= _left_as(user, now)
    return WayBack(tuple(changes), tuple(stays), basis if changes else {})


def _add(basis: dict[str, Any], more: Facts) -> None:
    for name, value in more.items():
        if isinstance(value, dict):
            basis.setdefault(name, {}).update(value)
        else:
            basis[name] = value


_BY_COGNITO = frozenset({"sub", "identities", "email_verified", "phone_number_verified"})
"""Attributes that may come without anybody's doing; they count only where they were set here."""


def _changed_since(deeds: Deeds, user: User, now: PoolNow, held_back: HeldBack) -> list[str]:
    """What somebody who was made has that wasn't left so: nothing of others goes with them."""
    left: User | None = None
    groups: set[str] = set()
    for made in deeds.made:
        after = {"username": user.username, **made.after}
        left = made.change.apply_to(left, after, user.created, held_back)
        groups = set(made.change.regroup(tuple(groups)))
    if left is None:
        return []
    known, current = left.attributes, user.attributes
    names = (known.keys() | current.keys()) - (_BY_COGNITO - known.keys())
    found = [f"{title_of(name)} changed" for name in sorted(names) if known.get(name) != current.get(name)]
    if left.enabled is not user.enabled:
        found.append("enabled" if user.enabled else "disabled")
    unsure = {change.joins or change.leaves for change in deeds.unknown}
    theirs = now.groups_of(user)
    found += [f"added to {name}" for name in sorted(theirs - groups - unsure)]
    return found + [f"removed from {name}" for name in sorted(groups - theirs - unsure)]


def _left_as(user: User, now: PoolNow) -> dict[str, Any]:
    """What must still hold of a person just before they are deleted."""
    return {
        "enabled": user.enabled,
        "attributes": {name: value for name, value in user.attributes.items() if name not in _BY_COGNITO},
        "groups": dict.fromkeys(sorted(now.groups_of(user)), True),
    }


# Changes made on a page, or by a program: taken back at once.


class _Looked:
    """The pool as AWS has it at this moment, where people are looked up one at a time.

    What the console shows of them holds its own changes of the last minute, and hides what others have
    changed since.
    """

    def __init__(self, session: PoolSession) -> None:
        self._gateway, self._directory = session.gateway, session.directory
        self._groups_of: dict[str, frozenset[str]] = {}
        self.groups = frozenset(group.name for group in self._directory.groups(refresh=True))

    def find(self, sub: str, username: str) -> User | None:
        """The person with this sub. Raises the gateway's errors.

        AdminGetUser counts them as active, which the change to be taken back has done already.
        """
        if not sub:
            return None
        user: User | None
        try:
            user = self._gateway.user_detail(username or sub).user
        except UserNotFound:
            return None
        except (PermissionMissing, NotAvailable):
            view = self._directory.person(sub, refresh=True)  # lists lag behind; what was done here doesn't
            user = view.person.user if view else None
        if user is None or user.sub != sub:
            return None
        self._groups_of[sub] = frozenset(group.name for group in self._gateway.groups_of(user.username))
        return user

    def groups_of(self, user: User) -> frozenset[str]:
        """The groups of somebody who was looked up."""
        return self._groups_of[user.sub]

    def is_member(self, user: User, group: str) -> bool:
        """Whether somebody who was looked up is in the group."""
        return group in self.groups_of(user)


def ways_back(
    session: PoolSession, done: Iterable[Performed], unknown: Iterable[Change] = ()
) -> Iterator[WayBack]:
    """The way back for each person, the last one first; `unknown` are changes without an answer.

    Raises the gateway's errors.
    """
    people: dict[str, Deeds] = {}
    usernames: dict[str, str] = {}
    for performed in done:
        change, after = performed.change, performed.after
        people.setdefault(change.sub(after), Deeds(change.target.name)).made.append(performed)
        usernames.setdefault(change.sub(after), _username(change, after))
    for change in unknown:
        people.setdefault(change.sub({}), Deeds(change.target.name)).unknown.append(change)
        usernames.setdefault(change.sub({}), _username(change, {}))
    now = _Looked(session)
    held_back = session.gateway.describe_pool().verified_before_update
    for sub, deeds in reversed(people.items()):
        yield way_back(deeds, now.find(sub, usernames[sub]), now, held_back)


def _username(change: Change, after: Facts) -> str:
    return change.person.username if isinstance(change, PersonChange) else str(after.get("username", ""))


def take_back(session: PoolSession, done: Iterable[Performed], why: Why) -> list[str]:
    """Take the changes back, the last person first; what was done and what stays, in sentences.

    Raises what the one path for changes raises; what was taken back before that stays so.
    """
    said: list[str] = []
    for back in ways_back(session, done):
        for change, before, _ in back.changes:
            session.changes.perform(change, before=before, **undoing(why))
            said.append(f"{change.target.name}: {change.done}.")
        said += back.stays
    return said or ["It is as it was before already."]


# A job: the way back is a plan, previewed and carried out like any other.

_AT_ONCE = 500


@dataclass
class _DoneRow:
    """A row of a job that changed somebody, or may have."""

    row: JobRow
    person: PersonRef | None
    deeds: Deeds


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
    going = (JobState.PLANNED, JobState.QUEUED, JobState.RUNNING, JobState.STOPPING)
    if job.state in going or goes_on_by_itself(job):
        raise JobError("Only a job that has ended or is paused can be undone.", "Stop it first.")
    pool = gateway.describe_pool()
    reader = Reader(gateway, pool, progress)
    done, people = _read_again(reader, list(_done(store, job_id)))
    taken_back = (_row(row, user, people, pool.verified_before_update) for row, user in done)
    rows = tuple(sorted((*taken_back, *_planned_departures(store, job_id)), key=lambda row: row.row))
    return Plan(
        title=f"Undo: {job.title}",
        kind="undo",
        pool=job.pool_name,
        made_at=datetime.now(UTC),
        header=(),
        options=PlanOptions(share=share),
        reading=reader.reading,
        rows=rows,
        remarks=_groups_that_stay(store, job_id),
        totals=totals_of(rows, (), share, reader.quotas),
        quotas=reader.quotas,
    )


def _read_again(reader: Reader, listed: list[_DoneRow]) -> tuple[list[tuple[_DoneRow, User | None]], People]:
    """Each row with its person as the pool has them now, and all that was read, memberships too."""
    wanted = NamedPeople()
    for done in listed:
        if done.person is not None:
            person = done.person
            wanted.add((NameKind.SUB, person.sub) if person.sub else (NameKind.USERNAME, person.username))
    people = reader.people(wanted)
    found = [(done, _find(people, done.person)) for done in listed]
    changes = [made.change for done in listed for made in done.deeds.made]
    groups = {change.joins or change.leaves for change in changes} - {""}
    reader.memberships(people, [user for _, user in found if user is not None], groups)
    # whoever was created is deleted only as they were left: all their groups are looked at
    created = [user for done, user in found if user is not None and done.deeds.makes_person]
    reader.memberships(people, created, set(people.groups))
    return found, people


def _done(store: Store, job_id: str) -> Iterator[_DoneRow]:
    page: list[JobRow] = []
    for row in store.jobs.rows(job_id, after=PREPARATION_ROW):
        page.append(row)
        if len(page) == _AT_ONCE:
            yield from _done_in(store, job_id, page)
            page = []
    yield from _done_in(store, job_id, page)


def _done_in(store: Store, job_id: str, page: list[JobRow]) -> Iterator[_DoneRow]:
    entries = steps_by_row(store, job_id, page)
    for row in page:
        own = entries.get(row.row, [])
        deeds = Deeds(str(row.payload["label"]))
        deeds.made += [_made(entry) for entry in own if entry.state is StepState.DONE]
        unclear = (StepState.STARTED, StepState.UNKNOWN)
        deeds.unknown += [planned_step(entry).change for entry in own if entry.state in unclear]
        if deeds.made or deeds.unknown:
            yield _DoneRow(row, RowWork(row_plan(row, own), list(own)).person, deeds)


def _planned_departures(store: Store, job_id: str) -> Iterator[RowPlan]:
    """The rows of people who leave on a day to come: their runs stay, and are listed."""
    for stored in store.jobs.rows(job_id, outcome=RowResult.LATER):
        row = row_plan(stored)
        what = f"{row.label} leaves all the same, as the file planned. {row.remark}".strip()
        fix = "Let them stay on their page, or change the run under Schedule."
        problem = Problem(row.row, "", what, fix)
        yield replace(
            row, action=UPDATE, verdict=RowVerdict.INVALID, steps=(), problems=(problem,), remark=""
        )


def _made(entry: JobStep) -> Step:
    """The step as planned, with what it left by the answer to its call."""
    step = planned_step(entry)
    return replace(step, after={**step.after, **(entry.result or {}).get("after", {})})


def _groups_that_stay(store: Store, job_id: str) -> tuple[str, ...]:
    first = [row for row in store.jobs.rows(job_id, limit=1) if row.row == PREPARATION_ROW]
    entries = steps_by_row(store, job_id, first).get(PREPARATION_ROW, [])
    names = [planned_step(entry).change.done for entry in entries if entry.state is StepState.DONE]
    return (f"Groups stay: {', '.join(names)}.",) if names else ()


def _find(people: People, person: PersonRef | None) -> User | None:
    if person is None:
        return None
    return people.with_sub(person.sub) if person.sub else people.with_username(person.username)


def _row(done: _DoneRow, user: User | None, people: People, held_back: HeldBack) -> RowPlan:
    way = way_back(done.deeds, user, people, held_back)
    number = done.row.row
    severity = ProblemSeverity.WARNING if way.changes else ProblemSeverity.ERROR
    verdict = RowVerdict.INVALID if way.stays else RowVerdict.UNCHANGED
    return RowPlan(
        row=number,
        label=done.deeds.label,
        action=UPDATE,
        verdict=RowVerdict.CHANGE if way.changes else verdict,
        steps=tuple(Step(change, before, after) for change, before, after in way.changes),
        problems=tuple(Problem(number, "", text, "It stays as it is.", severity) for text in way.stays),
        person=user.ref if user else done.person,
        basis=dict(way.basis),
        remark="" if way.changes or way.stays else "It is as it was before already.",
    )
