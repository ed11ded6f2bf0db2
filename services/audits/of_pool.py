"""What a configured pool is audited by: thresholds, applications, own questions, its part of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from services.audits.ask import QuestionData
from services.audits.finding_notes import acceptances
from services.audits.log_lines import activity_of
from services.audits.rule import AuditContext, LastSignIn
from services.audits.thresholds import read_thresholds
from services.directory.pool import PoolTables
from services.store.activity import Activity
from services.store.columns import utc_now
from services.store.pools import PoolRecord
from services.store.store import Store

_NOBODY: Mapping[str, LastSignIn] = MappingProxyType({})


def setting_of(
    store: Store,
    pool: PoolRecord,
    pool_key: str,
    providers: frozenset[str] | None,
    sign_ins: Mapping[str, LastSignIn] = _NOBODY,
) -> AuditContext:
    """What the rules judge by now; `providers` and `sign_ins` as `AuditContext` has them."""
    questions = (question for question in store.saved_questions.of_pool(pool.id) if question.severity)
    now = utc_now()
    return AuditContext(
        now=now,
        thresholds=read_thresholds(store, pool_key),
        applications=store.applications.list(pool.id),
        sign_ins=sign_ins,
        questions=tuple(questions),
        providers=providers,
        accepted=acceptances(store, pool, now),
    )


def log_of(store: Store, pool: PoolRecord) -> Callable[[], Iterable[Activity]]:
    """Reads the pool's part of the log when it is called."""
    return activity_of(store, pool.pool_id, pool.name)


def ground_of(
    store: Store, pool: PoolRecord, snapshot: PoolTables, older: PoolTables | None = None
) -> QuestionData:
    """What questions of one's own are asked of, now."""
    return QuestionData(snapshot, utc_now(), store.applications.list(pool.id), log_of(store, pool), older)
