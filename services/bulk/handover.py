"""Temporary passwords on their way to people: kept sealed, taken away once, erased with that.

Whoever takes them gets a file: what each person types, where, until when, and the password also spelled
out. Who took them and when stands in the activity log, and only there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from services.bulk.control import OVER
from services.bulk.model import Plan, PlanOptions, RowPlan, RowVerdict, Secrets
from services.bulk.plan import plan_for_people, totals_of
from services.bulk.reading import Progress, no_progress
from services.bulk.report import pages
from services.bulk.row_actions import RowAction
from services.bulk.saved import PREPARATION_ROW, note, secrets_of
from services.cognito.actions import ACTIONS, SetPassword
from services.cognito.gateway import CognitoGateway
from services.cognito.models import PersonRef, UserStatus
from services.csv_safe import SafeCsv, build_csv
from services.dictation import spelled
from services.errors import JobError
from services.gateways import PoolAddress
from services.roles import Actor, Permission
from services.store.applications import Application
from services.store.columns import utc_now
from services.store.jobs import Job, JobRow, JobState
from services.store.store import Store
from services.words import minute

PASSWORDS_KEPT = timedelta(days=7)
"""Temporary passwords that nobody has taken away are erased after this time."""

TAKEN = "take_passwords"
"""What the activity log calls it."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """One person's temporary password, for a file or a sheet that is handed over.

    `names` is what the person may type to sign in, the best first; `addresses` are the applications that
    let them in, each with the address to go to; `until` is when the password stops working (aware, UTC).
    """

    row: int
    label: str
    username: str
    name: str
    names: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    until: datetime | None
    password: str = field(repr=False)

    @property
    def spelled(self) -> str:
        """The password as somebody says it aloud."""
        return spelled(self.password)


@dataclass(frozen=True, slots=True)
class PasswordsTaken:
    """One time at which passwords of a job were taken away."""

    by: str
    at: datetime
    people: int


def passwords_waiting(store: Store, job_id: str) -> int:
    """How many people's temporary passwords can still be taken away."""
    return store.jobs.passwords_left(job_id, _give_passwords())


def jobs_with_passwords(store: Store, pool_name: str, most: int) -> list[tuple[Job, int]]:
    """Jobs of the pool whose temporary passwords wait and are kept still, with how many.

    At most the newest `most` jobs that are over are looked at.
    """
    oldest = utc_now() - PASSWORDS_KEPT
    found = []
    for job in store.jobs.list(limit=most, states=list(OVER), pool_name=pool_name):
        if job.finished_at is None or job.finished_at > oldest:
            count = passwords_waiting(store, job.id)
            if count:
                found.append((job, count))
    return found


def takings(store: Store, job_id: str) -> list[PasswordsTaken]:
    """When passwords of the job were taken away, and by whom, the latest first."""
    return [
        PasswordsTaken(line.operator_name, line.at, int((line.after or {}).get("people", 0)))
        for line in store.activity.iter_all(job_id=job_id, action=TAKEN)
    ]


def take_passwords(store: Store, job_id: str, actor: Actor) -> tuple[HandOver, ...]:
    """The temporary passwords of people that the job created or gave one: once; they are erased with this.

    Raises `NotPermitted`, `ProofNeeded`, and `JobError` when there is nothing (any more) to take.
    """
    actor.require(Permission.USER_PASSWORD, dangerous=True)
    job = store.jobs.get(job_id)
    secrets = {row: secrets_of(data) for row, data in store.jobs.passwords(job_id).items()}
    temporary = {row: own.temporary for row, own in secrets.items() if own.temporary}
    given = store.jobs.rows_done(job_id, _give_passwords())
    applications = _applications(store, job)
    lifetime = timedelta(days=int(job.options.get("temporary_days") or 0))
    found = [
        _hand_over(row, temporary[row.row], given[row.row], lifetime, applications)
        for row in store.jobs.rows(job_id, after=PREPARATION_ROW)
        if row.row in temporary and row.row in given
    ]
    if not found or not store.jobs.erase_passwords(job_id, [person.row for person in found]):
        raise JobError(
            "There are no passwords to take: they were handed over before, or none were set.",
            "Set a new temporary password for whoever needs one.",
        )
    note(store, job, actor, TAKEN, {"people": len(found)})
    return tuple(found)


def _hand_over(
    row: JobRow,
    password: str,
    set_at: datetime | None,
    lifetime: timedelta,
    applications: tuple[Application, ...],
) -> HandOver:
    data = row.payload
    facts = data.get("sign_in") or {}
    groups = facts.get("groups")  # None where they aren't known: then every address stands
    return HandOver(
        row=row.row,
        label=data["label"],
        username=row.username,
        name=data.get("name", ""),
        names=tuple(facts.get("names") or (row.username or data["label"],)),
        addresses=tuple(
            (application.name, application.application_url)
            for application in applications
            if groups is None or _lets_in(application, groups)
        ),
        until=set_at + lifetime if set_at and lifetime else None,
        password=password,
    )


def _lets_in(application: Application, groups: Iterable[str]) -> bool:
    return not application.allowed_groups or not set(groups).isdisjoint(application.allowed_groups)


def _applications(store: Store, job: Job) -> tuple[Application, ...]:
    """The applications of the job's pool that have an address."""
    target = PoolAddress(**job.target)
    place = (target.connection_id, target.pool_id)
    pools = [pool for pool in store.pools.list() if (pool.connection_id, pool.pool_id) == place]
    found = [application for pool in pools for application in store.applications.list(pool.id)]
    return tuple(application for application in found if application.application_url)


def passwords_csv(handed: Iterable[HandOver], zone: tzinfo | None = None) -> SafeCsv:
    """The hand-over as a CSV file; times are those of `zone`, or UTC."""
    header = (
        *("who", "name", "username", "temporary_password", "password spelled"),
        *("sign in as", "valid until", "address to go to"),
    )
    return build_csv(header, (_line(person, zone) for person in handed))


def _line(person: HandOver, zone: tzinfo | None) -> tuple[str, ...]:
    return (
        *(person.label, person.name, person.username, person.password, person.spelled),
        *(" or ".join(person.names), minute(person.until, zone) if person.until else "", _places(person)),
    )


def _places(person: HandOver) -> str:
    return "; ".join(f"{name}: {address}" for name, address in person.addresses)


def sheets(handed: Iterable[HandOver], organisation: str, zone: tzinfo | None = None) -> bytes:
    """An HTML document with a page for each person, to print; times are those of `zone`, or UTC.

    All text is escaped: names come from files and from Cognito.
    """
    page = pages().get_template("handover_sheets.html")
    return page.render(people=list(handed), organisation=organisation, zone=zone, minute=minute).encode()


# Once they are gone: new ones for the same people.


def passwords_lost(store: Store, job_id: str) -> int:
    """How many people's temporary passwords are kept here no more: taken away, or erased in time."""
    return len(_lost_rows(store, job_id))


def people_without(store: Store, job_id: str) -> tuple[PersonRef, ...]:
    """The people whose temporary passwords are kept here no more (see `passwords_lost`)."""
    rows = _lost_rows(store, job_id)
    if not rows:
        return ()
    return tuple(
        PersonRef(row.username, row.sub, row.payload["label"])
        for row in store.jobs.rows(job_id, after=min(rows) - 1)
        if row.row in rows and (row.sub or row.username)
    )


def _lost_rows(store: Store, job_id: str) -> frozenset[int]:
    had = store.jobs.password_rows(job_id)
    if not had:
        return had
    given = store.jobs.rows_done(job_id, _give_passwords()).keys()
    return (had & given) - store.jobs.password_rows(job_id, erased=False)


def plan_new_passwords(
    store: Store, gateway: CognitoGateway, job_id: str, progress: Progress = no_progress
) -> Plan:
    """The plan that gives whoever still waits with a temporary password of this job a new one.

    Whoever has chosen a password of their own since keeps it. Raises the gateway's errors.
    """
    job = store.jobs.get(job_id)
    plan = plan_for_people(
        gateway,
        people_without(store, job_id),
        RowAction.of(SetPassword),
        options=PlanOptions(),
        title=f"New temporary passwords: {job.title}",
        pool_name=job.pool_name,
        progress=progress,
    )
    rows = tuple(_only_waiting(row) for row in plan.rows)
    numbers = {row.row for row in rows if row.steps}
    secrets: dict[int, Secrets] = {row: own for row, own in plan.secrets.items() if row in numbers}
    totals = totals_of(rows, plan.preparation, plan.options.share, plan.quotas)
    return replace(plan, rows=rows, totals=totals, secrets=secrets)


def _only_waiting(row: RowPlan) -> RowPlan:
    status: Any = row.basis.get("status")
    if row.verdict is not RowVerdict.CHANGE or status == UserStatus.FORCE_CHANGE_PASSWORD:
        return row
    return replace(
        row,
        verdict=RowVerdict.UNCHANGED,
        steps=(),
        basis={},
        remark="They have a password of their own by now, and keep it.",
    )


# What is erased because its time is over.


def erase_permanent_passwords(store: Store, job_id: str) -> int:
    """Forget permanent passwords that were set: whoever wrote the file has them. How many there were."""
    secrets = {row: secrets_of(data) for row, data in store.jobs.passwords(job_id).items()}
    permanent = {row for row, own in secrets.items() if own.permanent and not own.temporary}
    given = store.jobs.rows_done(job_id, (SetPassword.action,)) if permanent else {}
    return store.jobs.forget_passwords(job_id, permanent & given.keys()) if permanent else 0


def erase_old_passwords(store: Store, kept: timedelta = PASSWORDS_KEPT) -> int:
    """Erase the passwords of jobs that ended, or rest unended, since longer than `kept`; how many there were.

    A plan that is started after that leaves its new people out and says why.
    """
    due = utc_now() - kept
    going = (JobState.QUEUED, JobState.RUNNING, JobState.STOPPING)
    return sum(
        store.jobs.erase_passwords(job.id)
        for job in store.jobs.list(limit=10_000)
        if (job.finished_at or (utc_now() if job.state in going else job.created_at)) < due
    )


def _give_passwords() -> tuple[str, ...]:
    """The actions after which somebody has a password that has to be handed over."""
    return tuple(name for name, kind in ACTIONS.items() if kind.sets_password)
