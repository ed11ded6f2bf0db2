"""What there is to tell now, read from what the store holds: nothing has to remember to tell it.

A look costs a few short queries. Whatever it finds has a key, and nothing is told twice, so a console that
was stopped tells what it missed, and several processes may look.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from services.audits.reviews.campaigns import standing
from services.audits.reviews.delegation import delegations_of
from services.bulk.handover import PASSWORDS_KEPT
from services.directory.person_state import PersonState
from services.notices.kinds import Notice, NoticeKind
from services.roles import Role
from services.store.activity import Activity, ActivityResult
from services.store.campaign_records import Campaign
from services.store.health import TroubleKind, troubles_of
from services.store.jobs import Job, JobControl, JobState
from services.store.pools import PoolRecord
from services.store.schedules import RunResult
from services.store.store import Store
from services.words import counted, day, minute

LOOK_BACK = timedelta(days=2)
"""What happened earlier isn't news."""
PATIENCE = timedelta(minutes=10)
"""A job that paused by itself is told after so long: most go on at once."""
MANY_SLOWED = 3
"""So many waiting times in one hour are no forgotten password."""
MANY_FILES = 30
"""So many files about people in one hour are more than anybody's work takes."""
DUE_SOON = (timedelta(days=3), timedelta(days=1))
_ENDED = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)
_ENDS = {
    JobState.FINISHED: "has finished",
    JobState.STOPPED: "was stopped",
    JobState.FAILED: "was given up",
}


def news(store: Store, now: datetime) -> Iterator[Notice]:
    """Everything that could be told now; `now` is aware."""
    yield from _troubles(store)
    yield from _sign_ins(store, now)
    yield from _guessing(store, now)
    yield from _many_files(store, now)
    pools = {pool.name: pool for pool in store.pools.list()}
    yield from _jobs(store, pools, now)
    for pool in pools.values():
        yield from _schedules(store, pool, now)
        yield from _reviews(store, pool, now)
        yield from _invitations(store, pool, now)


_TROUBLES = {
    TroubleKind.LOG: (NoticeKind.LOG_BROKEN, "The activity log isn't intact", "/activity"),
    TroubleKind.KEY: (NoticeKind.KEY_TROUBLE, "The console's encryption key is in trouble", "/configuration"),
    TroubleKind.DISK: (NoticeKind.DISK_TROUBLE, "The console's database is in trouble", "/configuration"),
}


def _troubles(store: Store) -> Iterator[Notice]:
    """What is wrong with the console itself, for its administrators."""
    for trouble in troubles_of(store):
        kind, title, path = _TROUBLES[trouble.kind]
        key = f"trouble/{trouble.kind}/{trouble.since.isoformat()}"
        yield Notice(key, kind, trouble.since, title, trouble.said, path, operator_ids=_administrators(store))


_CHANGED = {
    "operator.change_password": "There is a new password",
    "operator.reset_password": "An administrator set a new password",
    "operator.link": "A link to choose a new password was made",
    "operator.second_factor": "An authenticator app was set up",
    "operator.second_factor_removed": "The second factor was taken away",
    "operator.passkey": "There is a new passkey",
    "operator.passkey_removed": "A passkey was removed",
    "operator.recovery_codes": "There are new recovery codes",
    "operator.recovery_code": "A recovery code was used",
    "operator.change": "Your name or e-mail address here was changed",
    "operator.role": "The role was changed",
}
"""What was done to an operator's sign-in, by the word of the log."""


def _sign_ins(store: Store, now: datetime) -> Iterator[Notice]:
    """What changed about somebody's way in, for themselves: they may not have done it."""
    for action, what in _CHANGED.items():
        for line in store.activity.search(action=action, result=ActivityResult.DONE, since=now - LOOK_BACK):
            yield Notice(
                f"own-sign-in/{line.id}",
                NoticeKind.OWN_SIGN_IN,
                line.at,
                "Your sign-in to the console was changed",
                f"{what}. If neither you nor somebody you asked did it, tell an administrator now.",
                "/account",
                operator_ids=(line.target_id,),
            )


def _guessing(store: Store, now: datetime) -> Iterator[Notice]:
    """Hours in which sign-in was slowed down for more than somebody's forgotten password."""
    hours: dict[datetime, list[Activity]] = {}
    for line in store.activity.search(action="operator.slowed", since=now - LOOK_BACK):
        hours.setdefault(line.at.replace(minute=0, second=0, microsecond=0), []).append(line)
    for hour, lines in hours.items():
        # one without an operator is about an address from which many names were tried
        if len(lines) < MANY_SLOWED and all(line.target_id for line in lines):
            continue
        yield Notice(
            f"guessing/{hour.isoformat()}",
            NoticeKind.GUESSING,
            min(line.at for line in lines),
            "Somebody seems to guess passwords of the console",
            "After many wrong tries sign-in is slowed down. The page Activity says from which addresses; "
            "whoever is kept out meanwhile comes in with a passkey, or with a new password from an "
            "administrator.",
            "/activity",
            operator_ids=_administrators(store),
        )


def _many_files(store: Store, now: datetime) -> Iterator[Notice]:
    """Operators who take more files about people than usual, for the administrators."""
    taken: dict[str, list[Activity]] = {}
    for line in store.activity.search(action="download_file", since=now - timedelta(hours=1), limit=10_000):
        taken.setdefault(line.operator_id, []).append(line)
    for operator_id, lines in taken.items():
        if len(lines) < MANY_FILES:
            continue
        at = lines[-MANY_FILES].at  # the newest stand first
        yield Notice(
            f"many-files/{operator_id}/{at:%Y-%m-%dT%H}",
            NoticeKind.MANY_FILES,
            at,
            "Somebody takes very many files about people",
            f"One operator took {MANY_FILES} files or more in one hour. The page Activity says who, and "
            "which; on Operators they can be disabled.",
            "/activity",
            operator_ids=_administrators(store),
        )


def _administrators(store: Store) -> tuple[str, ...]:
    return tuple(each.id for each in store.operators.list() if each.role is Role.ADMIN)


def _jobs(store: Store, pools: dict[str, PoolRecord], now: datetime) -> Iterator[Notice]:
    for job in store.jobs.list(limit=200, states=[*_ENDED, JobState.PAUSED]):
        pool = pools.get(job.pool_name)
        if pool is None:
            continue
        if job.state is JobState.PAUSED:
            yield from _waiting(job, pool, now)
        elif job.finished_at is not None and now - job.finished_at < LOOK_BACK:
            yield from _ended(store, job, pool, job.finished_at)


def _waiting(job: Job, pool: PoolRecord, now: datetime) -> Iterator[Notice]:
    since = job.lease_until
    if job.control is not JobControl.RUN or since is None or not PATIENCE < now - since < LOOK_BACK:
        return
    yield Notice(
        f"job-waits/{job.id}/{since.isoformat()}",
        NoticeKind.JOB_WAITS,
        since,
        f"A job in {pool.name} waits",
        "It goes on by itself as soon as it can; its page says what it waits for.",
        _path("job", id=job.id),
        pool.id,
    )


def _ended(store: Store, job: Job, pool: PoolRecord, at: datetime) -> Iterator[Notice]:
    counts = store.jobs.count_outcomes(job.id)
    numbers = ", ".join(
        f"{count:,} {outcome or 'not attempted'}" for outcome, count in sorted(counts.items())
    )
    yield Notice(
        f"job-ended/{job.id}/{at.isoformat()}",
        NoticeKind.JOB_ENDED,
        at,
        f"A job in {pool.name} {_ENDS[job.state]}",
        f"{counted(job.total_rows, 'row')}: {numbers or 'nothing'}.",
        _path("job", id=job.id),
        pool.id,
    )
    left = store.jobs.passwords_left(job.id)
    if left:
        until = day(at + PASSWORDS_KEPT)
        yield Notice(
            f"passwords/{job.id}",
            NoticeKind.PASSWORDS,
            at,
            f"{counted(left, 'password')} in {pool.name} to be handed over",
            f"They can be taken once, until {until}; then they are erased.",
            _path("job", id=job.id),
            pool.id,
        )


def _schedules(store: Store, pool: PoolRecord, now: datetime) -> Iterator[Notice]:
    for schedule in store.schedules.of_pool(pool.id):
        for run in store.schedule_runs.of(schedule.id, 5):
            at = run.finished_at
            if at is None or now - at > LOOK_BACK:
                continue
            path = _path("schedule", pool=pool.name, schedule=schedule.id)
            if run.result is RunResult.FAILED:
                title = f"“{schedule.name}” in {pool.name} has failed"
                said = "The page Schedule says why, and when it comes again."
                kind = NoticeKind.SCHEDULE_FAILED
            elif run.result is RunResult.ATTENTION:
                title = f"“{schedule.name}” in {pool.name} asks for a look"
                said, kind = run.said, NoticeKind.LOOK
            else:
                continue
            yield Notice(f"schedule/{run.id}", kind, at, title, said, path, pool.id)


def _reviews(store: Store, pool: PoolRecord, now: datetime) -> Iterator[Notice]:
    for campaign in store.campaigns.of_pool(pool.name):
        if not campaign.is_open:
            continue
        shares = standing(store, campaign).shares
        path = _path("audits", pool=pool.name, tab="Reviews", campaign=campaign.id)
        for share in shares:
            reviewer, count = share.reviewer.id, share.undecided
            if not count:
                continue
            asked = _asked_at(campaign, reviewer)
            if now - asked < LOOK_BACK:
                again = "" if asked == campaign.created_at else f"/{asked.isoformat()}"
                yield Notice(
                    f"review-asked/{campaign.id}{again}",
                    NoticeKind.REVIEW_ASKED,
                    asked,
                    f"A review in {pool.name} asks you to decide",
                    f"{_open(count)}, until {minute(campaign.deadline)}.",
                    path,
                    pool.id,
                    (reviewer,),
                )
            yield from _due(campaign, pool, reviewer, count, path, now)


def _asked_at(campaign: Campaign, reviewer: str) -> datetime:
    """When a reviewer was asked last: at the start, or when somebody else's part was handed to them."""
    handed = [given.at for given in delegations_of(campaign) if given.to_id == reviewer]
    return max([campaign.created_at, *handed])


def _due(
    campaign: Campaign, pool: PoolRecord, reviewer: str, count: int, path: str, now: datetime
) -> Iterator[Notice]:
    left = campaign.deadline - now
    reached = [length for length in DUE_SOON if left <= length]
    if reached and left > timedelta(0):
        yield Notice(
            f"review-due/{campaign.id}/{reached[-1].days}",
            NoticeKind.REVIEW_DUE,
            campaign.deadline - reached[-1],
            f"A review in {pool.name} is due on {day(campaign.deadline)}",
            f"{_open(count)}.",
            path,
            pool.id,
            (reviewer,),
        )


def _open(count: int) -> str:
    return f"{counted(count, 'membership')} {'is' if count == 1 else 'are'} still to be decided"


def _invitations(store: Store, pool: PoolRecord, now: datetime) -> Iterator[Notice]:
    """Invitations that the newest audit found about to expire, once on each day that has one."""
    newest = store.audit_days.last_before(pool.id, now.astimezone(UTC).date() + timedelta(days=1))
    if newest is None or now - newest[0].taken_at > LOOK_BACK:
        return
    # rules load pandas, and a worker shall begin at once
    from services.audits.rules.invitation_expiring import InvitationExpiring  # noqa: PLC0415

    audited, found = newest
    count = len(found.get(InvitationExpiring.id, ()))
    if count:
        yield Notice(
            f"invitations/{pool.id}/{audited.day}",
            NoticeKind.INVITATIONS,
            audited.taken_at,
            f"{counted(count, 'invitation')} in {pool.name} {'is' if count == 1 else 'are'} about to expire",
            "Remind these people, or send their invitations again; the page Audits lists them.",
            _path("users", pool=pool.name, status=str(PersonState.INVITED)),
            pool.id,
        )


def _path(page: str, **parts: str) -> str:
    return f"/{page}?{urlencode(parts)}"
