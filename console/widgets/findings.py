"""The audit that pages show: all rules by the settings of the pool, with words and colours of findings."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Literal

import streamlit as st

from console.context import Context
from services.audits.audit import Audit, recent_audit
from services.audits.of_pool import log_of, setting_of
from services.audits.rule import LastSignIn, RuleResult, RuleState, Severity
from services.audits.sign_ins import provider_names
from services.directory.pool import PoolTables

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

COLOURS: dict[Severity, Colour] = {
    Severity.HIGH: "red",
    Severity.MEDIUM: "orange",
    Severity.LOW: "blue",
    Severity.INFO: "gray",
}
NAMES = {
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "To know",
}


def badge(result: RuleResult) -> None:
    """How grave the finding is, or why there is no answer, in words."""
    match result.state:
        case RuleState.FOUND:
            severity = result.rule.severity
            st.badge(NAMES[severity], color=COLOURS[severity])
            if result.rule.own:
                st.badge("Own question", icon=":material/contact_support:", color="violet")
        case RuleState.CLEAN:
            st.badge("Nothing found", icon=":material/check:", color="green")
        case RuleState.INCOMPLETE:
            st.badge("Could not be evaluated", icon=":material/warning:", color="orange")
        case _:
            st.badge("Not answered", icon=":material/help:", color="gray")


_SIGN_INS, _PROVIDERS = "_audits_sign_ins", "_audits_providers"
_FRESH = 300.0
"""Seconds for which the pool's identity providers are not asked for again."""


def audit_of(ctx: Context, snapshot: PoolTables) -> Audit:
    """The audit of this snapshot; worked out when nobody has asked for it in the last minutes."""
    key = snapshot.about.pool_key
    setting = setting_of(ctx.store, ctx.pool, key, _providers(ctx, key), _kept(key))
    with st.spinner("Asking the rules…", show_time=True):
        return recent_audit(snapshot, setting, log_of(ctx.store, ctx.pool))


def _providers(ctx: Context, pool_key: str) -> frozenset[str] | None:
    """The pool's identity providers, asked for every few minutes; None when they can't be listed."""
    kept = st.session_state.get(_PROVIDERS)
    if kept is None or kept[0] != pool_key or monotonic() - kept[1] > _FRESH:
        kept = (pool_key, monotonic(), provider_names(ctx.pool_session.gateway))
        st.session_state[_PROVIDERS] = kept
    found: frozenset[str] | None = kept[2]
    return found


def keep_sign_ins(pool_key: str, found: Mapping[str, LastSignIn]) -> None:
    """Remember sign-ins that this operator looked up, as long as the tab is open."""
    st.session_state[_SIGN_INS] = (pool_key, {**_kept(pool_key), **found})


def _kept(pool_key: str) -> Mapping[str, LastSignIn]:
    known, found = st.session_state.get(_SIGN_INS, ("", {}))
    return found if known == pool_key else {}
