"""The settings of the rules: everybody may see them, those who may can change them."""

from __future__ import annotations

from dataclasses import fields

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.audits.thresholds import (
    APART_TITLE,
    AUTOMATIC_TITLE,
    NUMBERS,
    AuditSettings,
    Thresholds,
)
from services.directory.pool import PoolTables
from services.roles import Permission

NAME = "audit-settings"
ONE, OTHER = "Group", "Other group"


def show(ctx: Context, opened: Opened, snapshot: PoolTables) -> None:
    """The dialog."""
    if opened.once.answer is not None:
        dialog.close_dialog()
        done(f"The audit rules of {ctx.pool.name} are changed.", opened.once.answer)
        st.rerun()
    dialog.show_dialog("Settings of the audit rules", lambda: _body(ctx, opened, snapshot), width="large")


def _body(ctx: Context, opened: Opened, snapshot: PoolTables) -> None:
    why_not = ctx.why_not(Permission.AUDIT_RULES)
    now = AuditSettings(ctx.store, ctx.who).get(snapshot.about.pool_key)
    st.markdown(f"They hold for the user pool **{md(ctx.pool.name)}** only, for everybody who audits it.")
    if why_not:
        st.info(md(why_not), icon=":material/lock:")
    with dialog.form(
        opened, "Keep these settings", reason="" if why_not else "optional", disabled=bool(why_not)
    ) as sent:
        wall = st.grid(2, min_column_width=260)
        for name, spec in NUMBERS.items():
            with wall.cell():
                st.number_input(
                    f"{spec.title} ({spec.unit})",
                    min_value=spec.least,
                    max_value=spec.most,
                    value=getattr(now, name),
                    key=opened.key(name),
                    disabled=bool(why_not),
                )
        st.toggle(
            AUTOMATIC_TITLE,
            now.ignore_automatic,
            key=opened.key("automatic"),
            disabled=bool(why_not),
            help="Cognito makes a group “pool id_provider” for each provider and fills it by itself.",
        )
        st.markdown(f"**{APART_TITLE}** (separation of duties)")
        pairs = _pairs(now, snapshot, opened, disabled=bool(why_not))
    if sent:
        _keep(ctx, opened, snapshot, pairs)


def _pairs(now: Thresholds, snapshot: PoolTables, opened: Opened, *, disabled: bool) -> pd.DataFrame:
    """The table in which pairs are entered."""
    named = {name for pair in now.apart for name in pair}
    names = sorted({*snapshot.group_names, *named}, key=str.casefold)
    # A row to fill in: an empty table doesn't say that one can type into it.
    rows = [*now.apart, ("", "")] if not disabled else list(now.apart)
    frame = pd.DataFrame(rows, columns=[ONE, OTHER], dtype="str").replace("", None)
    choose = {
        title: st.column_config.SelectboxColumn(title, options=names, width="medium")
        for title in (ONE, OTHER)
    }
    edited: pd.DataFrame = st.data_editor(
        frame,
        key=opened.key("pairs"),
        num_rows="fixed" if disabled else "dynamic",
        disabled=disabled,
        hide_index=True,
        column_config=choose,
        alt=APART_TITLE,
        width="stretch",
    )
    return edited


def _keep(ctx: Context, opened: Opened, snapshot: PoolTables, pairs: pd.DataFrame) -> None:
    numbers = {name: int(opened.value(name)) for name in NUMBERS}
    apart = tuple((_text(one), _text(other)) for one, other in zip(pairs[ONE], pairs[OTHER], strict=True))
    wanted = Thresholds(**numbers, ignore_automatic=bool(opened.value("automatic")), apart=apart)
    assert len(fields(wanted)) == len(numbers) + 2  # noqa: S101 - every setting is on the page
    service, pool_key, pool_name = (
        AuditSettings(ctx.store, ctx.who), snapshot.about.pool_key, ctx.pool.name
    )  # fmt: skip
    reason = opened.value("reason").strip()
    opened.attempt(lambda: service.change(pool_key, pool_name, wanted, reason))
    st.rerun()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
