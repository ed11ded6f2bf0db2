"""The audit that pages show: all rules by the settings of the pool, with words and colours of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Literal

import pandas as pd
import streamlit as st

from console.context import Context
from console.widgets.words import day as day_words
from services.audits.audit import Audit, recent_audit
from services.audits.history import AuditHistory
from services.audits.of_pool import log_of, setting_of
from services.audits.rule import LastSignIn, RuleResult, RuleState
from services.audits.severity import Severity
from services.audits.sign_ins import provider_names
from services.directory.pool import PoolTables
from services.store.audit_days import AuditDay
from services.words import calendar_day

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

COLOURS: dict[Severity, Colour] = {
    Severity.HIGH: "red",
    Severity.MEDIUM: "orange",
    Severity.LOW: "blue",
    Severity.INFO: "gray",
}


def badge(result: RuleResult) -> None:
    """How grave the finding is, or why there is no answer, in words."""
    match result.state:
        case RuleState.FOUND:
            severity = result.rule.severity
            st.badge(severity.words, color=COLOURS[severity])
            if result.rule.own:
                st.badge("Own question", icon=":material/contact_support:", color="violet")
        case RuleState.CLEAN:
            st.badge("Nothing found", icon=":material/check:", color="green")
        case RuleState.INCOMPLETE:
            st.badge("Could not be evaluated", icon=":material/warning:", color="orange")
        case _:
            st.badge("Not answered", icon=":material/help:", color="gray")


LINES = {
    Severity.HIGH: "#e0483e",
    Severity.MEDIUM: "#d97b1f",
    Severity.LOW: "#4a90d9",
    Severity.INFO: "#8a979c",
}
"""Of the lines of the trend; each stands out from the light and from the dark background."""
TOLD = 12
"""So many days are told in words."""


def show_trend(days: Sequence[AuditDay]) -> None:
    """How findings went up and down, a line for each severity; nothing before there are two days."""
    if len(days) < 2:
        return
    rows = [
        {"Day": day.day.isoformat(), "Severity": severity.words, "Findings": day.counts.get(severity, 0)}
        for day in days
        for severity in Severity
    ]
    words = "; ".join(
        f"{calendar_day(day.day)}: "
        + ", ".join(f"{day.counts.get(severity, 0):,} {severity.words.lower()}" for severity in Severity)
        for day in days[-TOLD:]
    )
    spec = {
        "description": f"Findings by severity. {words}.",
        "mark": {"type": "line", "point": True},
        "height": 300,
        "encoding": {
            "x": {
                "field": "Day",
                "type": "temporal",
                "title": None,
                "timeUnit": "yearmonthdate",
                "axis": {"format": "%-d %b", "labelOverlap": True, "tickMinStep": 86_400_000},
            },
            "y": {
                "field": "Findings",
                "type": "quantitative",
                "axis": {"tickMinStep": 1, "format": ",d"},
            },
            "color": {
                "field": "Severity",
                "type": "nominal",
                "title": None,
                "scale": {
                    "domain": [severity.words for severity in Severity],
                    "range": list(LINES.values()),
                },
                "legend": {"orient": "bottom"},
            },
            "tooltip": [
                {"field": "Day", "type": "temporal", "format": "%-d %b %Y"},
                {"field": "Severity", "type": "nominal"},
                {"field": "Findings", "type": "quantitative"},
            ],
        },
    }
    st.vega_lite_chart(pd.DataFrame(rows), spec, width="stretch")


def since_words(history: AuditHistory, number: int) -> str:
    """How many findings are new since the last time, with its day; "" where nothing was kept earlier."""
    return "" if history.last is None else f"{number:,} new since {day_words(history.last)}"


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
