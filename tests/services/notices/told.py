"""A pool, and things that happen in it."""

from __future__ import annotations

from datetime import timedelta

from services.notices.channels import ChannelService
from services.notices.kinds import NoticeKind
from services.roles import Actor, ActorSource, Origin
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.jobs import Job, JobRow, JobState, JobStep, NewJob, StepState
from services.store.notices import Channel
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store


def acting(operator: Operator) -> ActorSource:
    actor = Actor(operator.id, operator.username, operator.role, Origin.BROWSER)
    return lambda: actor


def make_pool(store: Store, name: str = "staff") -> PoolRecord:
    connection = store.connections.add(Connection(f"To {name}", "eu-west-1", CredentialKind.DEFAULT))
    return store.pools.add(PoolRecord(connection.id, f"eu-west-1_{name}", name))


def make_channel(
    store: Store, admin: Operator, url: str, *, is_mail: bool = False, pool_id: str = "", name: str = "Ops"
) -> Channel:
    kinds = () if is_mail else tuple(str(kind) for kind in NoticeKind)
    typed = Channel(name=name, kinds=kinds, is_mail=is_mail, secret=url, pool_record_id=pool_id)
    return ChannelService(store, acting(admin)).add(typed).record


def ended_job(
    store: Store, pool: PoolRecord, *, passwords: bool = False, ago: timedelta = timedelta()
) -> Job:
    job = store.jobs.create(
        NewJob("csv", "Ann Secret.csv", pool.name, {}, "op", "max", "browser"),
        [JobRow(1, "done", {"label": "ann@example.com"}), JobRow(2, "failed", {"label": "bo@example.com"})],
        [JobStep(1, 1, "create_user", StepState.DONE)] if passwords else [],
        passwords={1: {"password": "Secret-1"}} if passwords else {},
    )
    ended = utc_now() - ago
    store.jobs.update(job.id, state=JobState.FINISHED, finished_at=ended, started_at=ended)
    return store.jobs.get(job.id)
