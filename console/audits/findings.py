"""The rules and what they found: the board, one rule with its fixes, the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from console.audits.noted import (
    choose_findings,
    note_buttons,
    show_accepted,
    show_history,
    show_note_dialog,
    standing_words,
    subject_name,
)
from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.bulk_dialog import NAME, BulkEntries, BulkOrder
from console.widgets.dialog import Opened
from console.widgets.downloads import download
from console.widgets.findings import audit_of, badge, keep_sign_ins, show_trend, since_words
from console.widgets.people_table import address_column, name_first, people_table
from console.widgets.table import Column, fingerprint, pick
from console.widgets.words import md
from services.audits.audit import Audit, findings_counted, findings_frame, refs
from services.audits.finding_notes import FindingDesk, FindingKey, FindingStanding
from services.audits.fixes import choices, fix_plan
from services.audits.history import AuditHistory, history_of
from services.audits.report import AuditReport
from services.audits.rule import (
    FindingSubject,
    Fix,
    FixGroups,
    LastSignIn,
    RuleResult,
    RuleState,
    subjects_of,
)
from services.audits.rules.dormant import Dormant
from services.audits.sign_ins import MOST, last_sign_ins
from services.audits.thresholds import (
    APART_TITLE,
    AUTOMATIC_TITLE,
    NUMBERS,
    AuditSettings,
    Thresholds,
)
from services.bulk.model import Plan
from services.bulk.reading import Progress
from services.cognito.status import account_line
from services.directory.pool import PoolTables
from services.roles import Permission
from services.store.activity import reason_text
from services.words import named, people, plural

RULE = "rule"
"""Which rule is open stands in the address, so that a link can be sent to a colleague."""
Standings = Mapping[FindingKey, FindingStanding]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_findings_tab(ctx: Context, snapshot: PoolTables) -> None:
    """The tab “Findings”: what the rules found, or one rule that was opened."""
    made = audit_of(ctx, snapshot)
    result = made.get(st.query_params.get(RULE, ""))
    if result is not None:
        show_rule(ctx, made, result)
    else:
        _board(ctx, made)
    show_note_dialog(ctx)
    if opened := dialog.opened(SETTINGS):
        show_settings(ctx, opened, snapshot)


def _board(ctx: Context, made: Audit) -> None:
    _head(ctx, made)
    history = history_of(ctx.store, ctx.pool, made)
    if history.last is not None:
        new = sum(map(len, history.new.values()))
        with st.expander(f"Findings by day · {since_words(history, new)}", key="audits-trend"):
            show_trend(history.days)
    found, clean = made.of(RuleState.FOUND), made.of(RuleState.CLEAN)
    undecided = made.of(RuleState.INCOMPLETE, RuleState.UNANSWERED)
    if found:
        wall = st.grid(3, min_column_width=290, border=True)
        for result in found:
            with wall.cell():
                _card(result, history)
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
        for result in clean:
            _clean(result)


def _clean(result: RuleResult) -> None:
    """A rule that found nothing, or only what was accepted: that can be looked at."""
    if not len(result.accepted):
        st.markdown(f":material/check: {md(result.rule.title)}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: {md(result.rule.title)}", width="content")
        st.button(
            f"{len(result.accepted):,} accepted",
            type="tertiary",
            key=f"audits-open-{result.rule.id}",
            on_click=_open_rule,
            args=(result.rule.id,),
        )


def _head(ctx: Context, made: Audit) -> None:
    """How much there is to look at; the settings and the report."""
    parts = [f"**{count}** {severity.words.lower()}" for severity, count in made.severities.items() if count]
    with st.container(horizontal=True, vertical_alignment="center", key="audits-head"):
        rules = len(made.of(RuleState.FOUND))
        words = plural(rules, "rule has findings", "rules have findings")
        st.markdown(f"{rules} {words}: {', '.join(parts)}" if parts else "No findings", width="content")
        st.space("stretch")
        st.button(
            "Settings…",
            icon=":material/tune:",
            key="audits-settings",
            help="When something becomes a finding",
            on_click=dialog.open_dialog,
            args=(SETTINGS,),
        )
        _downloads(ctx, made)


def _downloads(ctx: Context, made: Audit) -> None:
    why_not = ctx.why_not(Permission.EXPORT)
    history = history_of(ctx.store, ctx.pool, made)
    report = AuditReport(made, ctx.who().name, datetime.now(UTC), history)
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
            pool=ctx.pool.name,
            key=f"audits-report-{suffix}",
            mime=mime,
            help=why_not or reason or "With the time of reading and the statement of completeness.",
            disabled=bool(why_not or reason),
        )


def _card(result: RuleResult, history: AuditHistory) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(result)
        st.space("stretch")
        st.markdown(f"**{md(findings_counted(result))}**", width="content")
    st.markdown(f"**{md(result.rule.title)}**")
    apart = f"  \n{len(result.accepted):,} more accepted." if len(result.accepted) else ""
    if new := len(history.new_of(result)):
        apart += f"  \n**{md(since_words(history, new))}**"
    st.markdown(f"{md(result.rule.why)}{apart}")
    st.button(
        "Show who" if result.rule.about is FindingSubject.PEOPLE else "Show which",
        icon=":material/arrow_forward:",
        key=f"audits-open-{result.rule.id}",
        type="tertiary",
        on_click=_open_rule,
        args=(result.rule.id,),
    )


def _open_rule(rule_id: str) -> None:
    """Show what a rule found; a callback."""
    st.query_params[RULE] = rule_id


def _close_rule() -> None:
    """Back to all rules; a callback."""
    st.query_params.pop(RULE, None)


NAMED = 10
ROWS = 100
"""Findings shown at once."""


def show_rule(ctx: Context, made: Audit, result: RuleResult) -> None:
    """Everything about one rule."""
    st.button(
        "All rules", icon=":material/arrow_back:", key="audits-back", type="tertiary", on_click=_close_rule
    )
    rule = result.rule
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(md(rule.title), anchor=False, width="content")
        badge(result)
        st.markdown(f"**{md(findings_counted(result))}**", width="content")
    st.markdown(f"{md(rule.why)}  \n**What to do:** {md(rule.advice)}")
    if result.remark:
        st.markdown(f":material/info: {md(result.remark)}")
    if result.reasons:
        start = "There may be more. " if result.state is RuleState.FOUND else ""
        st.warning(f"{start}{md(' '.join(result.reasons))}", icon=":material/warning:")
    standing = FindingDesk(ctx.store, ctx.pool, ctx.who).standings()
    if len(result.findings):
        show_found(ctx, made.snapshot, _only_new(ctx, made, result), standing)
    elif result.state is RuleState.CLEAN:
        said = "Nothing else was found." if len(result.accepted) else "Nobody and nothing was found."
        st.markdown(said)
    show_accepted(ctx, made.snapshot, result, made.setting.accepted)


def _only_new(ctx: Context, made: Audit, result: RuleResult) -> RuleResult:
    """The result, or of it what is new since the last time, if that is asked for."""
    history = history_of(ctx.store, ctx.pool, made)
    new = history.new_of(result)
    if history.last is None or result.rule.id not in history.new:
        return result
    asked = st.toggle(
        f"Only {since_words(history, len(new))}",
        key=f"audits-new-{result.rule.id}",
        disabled=not new,
        help="Not found the last time that this pool was audited on an earlier day.",
    )
    if not asked or not new:
        return result
    kept = [subject in new for subject in result.subjects()]
    return replace(result, findings=result.findings[kept].reset_index(drop=True))


def _page_key(result: RuleResult) -> str:
    return f"audits-page-{result.rule.id}-{len(result.findings)}"


def _place(result: RuleResult) -> tuple[int, int]:
    page = int(st.session_state.get(_page_key(result)) or 1)
    return (page - 1) * ROWS, page * ROWS


def _table(
    ctx: Context, result: RuleResult, page: pd.DataFrame, first: int, standing: Standings | None
) -> list[str]:
    """The findings of this page; the subs of those ticked."""
    people = bool(result.subs)
    shown = _columns(result, page, people)
    said = [
        standing_words((standing or {}).get((result.rule.id, key))) for key in subjects_of(result.rule, page)
    ]
    if any(said):
        shown["Noted"] = said
    identity = (result.rule.id, first, list(page["groups"]))
    alt = f"Findings of the rule {result.rule.title}"
    columns = {
        "Who": address_column(),
        "What was found": Column(width=180),
        "When": Column(kind="day"),
        "Changed": Column(kind="day"),
    }
    if people:
        subs = list(page["sub"])
        ticked = people_table(
            ctx,
            name_first(shown, "Who"),
            subs,
            name="audits-table",
            opens="Name",
            alt=alt,
            identity=identity,
            columns=columns,
        )
        return [sub for sub in dict.fromkeys(subs[row] for row in ticked) if sub]
    opens = next(iter(shown))
    picked = pick(
        {**shown, opens: [_text(value) for value in shown[opens]]},
        alt,
        name="audits-table",
        identity=(ctx.pool.name, *identity),
        opens=opens,
        columns=columns,
    )
    if picked.opened is not None:
        _open(ctx, page.iloc[picked.opened])
    return []


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _columns(result: RuleResult, page: pd.DataFrame, people: bool) -> dict[str, Any]:
    """The columns that say something."""
    columns: dict[str, Any] = {}
    if people:
        columns["Name"] = page["name"]
        columns["Who"] = page["label"]
        columns["Status"] = [
            account_line(status, enabled=bool(enabled)) if status else ""
            for status, enabled in zip(page["status"], page["enabled"], strict=True)
        ]
    columns["Application"] = page["application"]
    title = "Groups" if people or result.rule.about is not FindingSubject.GROUPS else "Group"
    columns[title] = [list(names) for names in page["groups"]]
    columns["What was found"] = page["detail"]
    columns["When"] = page["since"]
    if people:
        columns["Changed"] = page["changed"]
    always = ("Who", "Name", "Changed")
    kept = {name: values for name, values in columns.items() if name in always or _says(values)}
    if "When" in kept and kept["When"].equals(kept.get("Changed")):
        del kept["When"]
    return kept


def _says(values: Any) -> bool:
    if isinstance(values, pa.Array):
        return bool(values.null_count < len(values))
    return any(len(value) if isinstance(value, list | str) else not pd.isna(value) for value in values)


def _open(ctx: Context, row: Any) -> None:
    """Leave for the group, or the applications."""
    pool = ctx.pool.name
    if row["application"] and ctx.may(Permission.CONFIGURE):
        st.switch_page(PAGES["configuration"], query_params={"tab": "Applications"})
    if row["groups"]:
        st.switch_page(PAGES["group"], query_params={"name": row["groups"][0], "pool": pool})
    st.switch_page(PAGES["groups"], query_params={"pool": pool})


def show_found(
    ctx: Context, snapshot: PoolTables, result: RuleResult, standing: Standings | None = None
) -> None:
    """Who was found, with what can be done about them.

    `standing` is what was said about findings of a rule; None for an answer that is no rule's.
    """
    first, last = _place(result)
    page = findings_frame(result, snapshot, slice(first, last))
    bar = st.container()
    chosen = _table(ctx, result, page, first, standing)
    with bar:
        chosen = _bar(ctx, snapshot, result, chosen)
        if standing is not None and result.rule.about is not FindingSubject.ROWS:
            with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
                by_person = result.rule.about is FindingSubject.PEOPLE
                subjects = chosen if by_person else choose_findings(result)
                whom = _named(snapshot, chosen) if by_person else named([*map(subject_name, subjects)], NAMED)
                note_buttons(ctx, result.rule.id, subjects, whom)
            if len(subjects) == 1:
                show_history(ctx, result.rule.id, subjects[0])
    with st.container(horizontal_alignment="center"):
        if len(result.findings) > ROWS:
            st.pagination(-(-len(result.findings) // ROWS), key=_page_key(result))


def _bar(ctx: Context, snapshot: PoolTables, result: RuleResult, selected: Sequence[str]) -> list[str]:
    """How many are chosen, and what can be done with them; the subs of those chosen."""
    everybody = result.subs
    if not everybody:
        return []
    with st.container(horizontal=True, vertical_alignment="center", key="audits-fixes", gap="small"):
        place = st.container(width="content")
        chosen = list(selected)
        # Other findings, another box: a tick never passes on to those of the next snapshot.
        key = f"audits-all-{fingerprint(result.rule.id, len(everybody), everybody[0], everybody[-1])}"
        if st.checkbox(f"All {len(everybody):,}", key=key):
            chosen = everybody
        place.markdown(f"**{len(chosen):,} chosen**" if chosen else "Nobody chosen")
        for fix in result.rule.fixes:
            why_not = ctx.why_not(Permission.BULK) or ctx.why_not(fix.kind.permission)
            st.button(
                f"{fix.title}…",
                key=f"audits-fix-{fix.kind.row_action}",
                icon=":material/build:",
                disabled=bool(why_not) or not chosen,
                help=why_not or "Shows first what will happen to whom.",
                on_click=dialog.open_dialog,
                args=(NAME, _order(ctx, snapshot, result, fix, tuple(chosen))),
            )
        if isinstance(result.rule, Dormant):
            _sign_ins(ctx, snapshot, chosen)
    return chosen


def _named(snapshot: PoolTables, subs: Sequence[str]) -> str:
    """The first of these people by what they go by, and how many more there are."""
    return named([person.label for person in refs(snapshot, subs[:NAMED])], NAMED, of=len(subs))


def _order(
    ctx: Context, snapshot: PoolTables, result: RuleResult, fix: Fix, subs: tuple[str, ...]
) -> BulkOrder:
    """What is asked and planned when a fix is pressed."""
    gateway, pool_name = ctx.pool_session.gateway, ctx.pool.name

    def plan(entered: BulkEntries, progress: Progress) -> list[Plan]:
        return [
            fix_plan(
                gateway,
                snapshot,
                result,
                fix,
                subs,
                groups=entered.groups,
                reason=entered.why.get("reason", ""),
                pool_name=pool_name,
                progress=progress,
            )
        ]

    return BulkOrder(
        title=f"{fix.title}: {people(len(subs))}",
        verb=fix.title,
        plan=plan,
        permission=fix.kind.permission,
        whom=_named(snapshot, subs),
        about="The people are compared with the pool as it is now. You see what will happen to whom before "
        "anything is changed.",
        reason="required" if fix.kind.wants_reason() else "optional",
        groups=(lambda: choices(result, fix, snapshot)) if fix.groups is FixGroups.CHOSEN else None,
    )


def _sign_ins(ctx: Context, snapshot: PoolTables, chosen: Sequence[str]) -> None:
    """Look up when the people chosen last signed in, where the pool records it."""
    pressed = st.button(
        "Look up sign-ins",
        icon=":material/manage_search:",
        key="audits-sign-ins",
        disabled=not chosen or len(chosen) > MOST,
        help=f"For at most {MOST} people at once, where the pool keeps them (threat protection, Plus plan).",
    )
    if not pressed:
        return
    bar = st.progress(0.0, text="Looking up sign-ins…")
    found: dict[str, LastSignIn] | None = None
    with guarded():
        found = last_sign_ins(
            ctx.pool_session.gateway,
            refs(snapshot, chosen),
            lambda done, of: bar.progress(done / of, text=f"Looking up sign-ins: {done:,} of {of:,}"),
        )
    bar.empty()
    if found is not None:
        keep_sign_ins(snapshot.about.pool_key, found)
        st.rerun()


SETTINGS = "audit-settings"
ONE, OTHER = "Group", "Other group"


def show_settings(ctx: Context, opened: Opened, snapshot: PoolTables) -> None:
    """The dialog in which the thresholds of the rules are set."""
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
            help="Cognito makes a group “pool ID_provider” for each provider and fills it by itself.",
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
    apart = tuple(
        (_chosen(first), _chosen(other)) for first, other in zip(pairs[ONE], pairs[OTHER], strict=True)
    )
    wanted = Thresholds(**numbers, ignore_automatic=bool(opened.value("automatic")), apart=apart)
    assert len(fields(wanted)) == len(numbers) + 2  # noqa: S101 - every setting is on the page
    service, pool_key, pool_name = (
        AuditSettings(ctx.store, ctx.who), snapshot.about.pool_key, ctx.pool.name
    )  # fmt: skip
    reason = reason_text(opened.why)
    opened.attempt(lambda: service.change(pool_key, pool_name, wanted, reason))
    st.rerun()


def _chosen(value: object) -> str:
    return value if isinstance(value, str) else ""
