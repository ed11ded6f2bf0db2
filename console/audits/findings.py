"""The first tab: a card for every rule, the gravest first; a card opens what it found."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console.audits import settings
from console.audits.address import open_rule, opened_rule
from console.audits.asking import audit_of
from console.audits.finding import show_rule
from console.audits.words import NAMES, badge
from console.context import Context
from console.widgets import dialog
from console.widgets.bulk_dialog import show_bulk_dialog
from console.widgets.downloads import download
from console.widgets.words import md
from services.audits.audit import Audit, counted
from services.audits.report import AuditReport
from services.audits.rule import About, Result, State
from services.directory.pool import PoolTables
from services.roles import Permission
from services.words import plural

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show(ctx: Context, snapshot: PoolTables) -> None:
    """The tab."""
    made = audit_of(ctx, snapshot)
    result = made.get(opened_rule())
    if result is not None:
        show_rule(ctx, made, result)
    else:
        _board(ctx, made)
    if opened := dialog.opened(settings.NAME):
        settings.show(ctx, opened, snapshot)
    show_bulk_dialog(ctx)


def _board(ctx: Context, made: Audit) -> None:
    _head(ctx, made)
    found, undecided, clean = made.of(State.FOUND), made.of(State.INCOMPLETE, State.UNANSWERED), made.of(
        State.CLEAN
    )  # fmt: skip
    if found:
        wall = st.grid(3, min_column_width=290, border=True)
        for result in found:
            with wall.cell():
                _card(result)
    elif not undecided:
        st.success("No rule found anything.", icon=":material/check_circle:")
    else:
        st.markdown("The rules that could be answered found nothing.")
    if undecided:
        st.header("Not answered", anchor=False)
        st.markdown("These rules say neither that all is well nor that it isn’t.")
        wall = st.grid(3, min_column_width=290, border=True)
        for result in undecided:
            with wall.cell():
                badge(result)
                st.markdown(f"**{md(result.rule.title)}**")
                st.markdown(md(" ".join(result.reasons)))
    if clean:
        st.header("Nothing found", anchor=False)
        st.markdown("  \n".join(f":material/check: {md(result.rule.title)}" for result in clean))


def _head(ctx: Context, made: Audit) -> None:
    """How much there is to look at; the settings and the report."""
    parts = [f"**{count}** {NAMES[severity].lower()}" for severity, count in made.severities.items() if count]
    with st.container(horizontal=True, vertical_alignment="center", key="audits-head"):
        rules = len(made.of(State.FOUND))
        words = plural(rules, "rule has findings", "rules have findings")
        st.markdown(f"{rules} {words}: {', '.join(parts)}" if parts else "No findings", width="content")
        st.space("stretch")
        st.button(
            "Settings",
            icon=":material/tune:",
            key="audits-settings",
            help="When something becomes a finding",
            on_click=dialog.open_dialog,
            args=(settings.NAME,),
        )
        _downloads(ctx, made)


def _downloads(ctx: Context, made: Audit) -> None:
    why_not = ctx.why_not(Permission.EXPORT)
    report = AuditReport(made, ctx.operator.name, datetime.now(UTC))
    for title, suffix, mime, build, reason in (
        ("Report", "html", "text/html", report.html, ""),
        ("CSV", "csv", "text/csv", report.csv, ""),
        (
            "Excel",
            "xlsx",
            XLSX,
            report.xlsx,
            "" if report.fits_workbook else "There are too many findings for a workbook; take the CSV.",
        ),
    ):
        download(
            title,
            report.filename(suffix),
            build,
            key=f"audits-report-{suffix}",
            mime=mime,
            help=why_not or reason or "With the time of reading and the statement of completeness.",
            disabled=bool(why_not or reason),
        )


def _card(result: Result) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(result)
        st.space("stretch")
        st.markdown(f"**{md(counted(result))}**", width="content")
    st.markdown(f"#### {md(result.rule.title)}")
    st.markdown(md(result.rule.why))
    st.button(
        "Show who" if result.rule.about is About.PEOPLE else "Show which",
        icon=":material/arrow_forward:",
        key=f"audits-open-{result.rule.id}",
        type="tertiary",
        on_click=open_rule,
        args=(result.rule.id,),
    )
