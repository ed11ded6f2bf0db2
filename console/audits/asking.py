"""The audit that the pages show: all rules over the snapshot, by the settings of the pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import streamlit as st

from console.context import Context
from services.audits.audit import Audit, recent_audit
from services.audits.differences import pool_names
from services.audits.rule import Setting, SignIn
from services.audits.thresholds import AuditSettings
from services.directory.pool import PoolTables
from services.store.activity import Activity

_SIGN_INS = "_audits_sign_ins"


def audit_of(ctx: Context, snapshot: PoolTables) -> Audit:
    """The audit of this snapshot; worked out when nobody has asked for it in the last minutes."""
    key = snapshot.about.pool_key
    setting = Setting(
        now=datetime.now(UTC),
        thresholds=AuditSettings(ctx.store, ctx.who).get(key),
        applications=ctx.store.applications.list(ctx.pool.id),
        sign_ins=_kept(key),
        questions=tuple(one for one in ctx.store.saved_questions.list(ctx.pool.id) if one.severity),
    )
    with st.spinner("Asking the rules …", show_time=True):
        return recent_audit(snapshot, setting, activity_of(ctx))


def activity_of(ctx: Context) -> Callable[[], Iterable[Activity]]:
    """Reads what the log knows of the chosen pool, under every name that it has here; newest first."""
    store = ctx.store
    names = sorted({ctx.pool.name, *pool_names(store, ctx.pool.pool_id)})
    return lambda: (line for name in names for line in store.activity.iter_all(pool=name))


def keep_sign_ins(pool_key: str, found: Mapping[str, SignIn]) -> None:
    """Remember sign-ins that this operator looked up, as long as the tab is open."""
    st.session_state[_SIGN_INS] = (pool_key, {**_kept(pool_key), **found})


def _kept(pool_key: str) -> Mapping[str, SignIn]:
    known, found = st.session_state.get(_SIGN_INS, ("", {}))
    return found if known == pool_key else {}
