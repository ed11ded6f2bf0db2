"""The dialog in which work is planned: what, when, as whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from console.context import Context
from console.feedback import done
from console.widgets import dialog
from console.widgets.words import minute, zone
from services.audits.reviews.unanswered import Unanswered
from services.audits.severity import Severity
from services.directory.file_format import Format
from services.roles import Permission
from services.schedule.kinds import OFFERED
from services.schedule.planning import NewSchedule, PlannedWork
from services.schedule.scheduler import LOOK_AT_SCHEDULES
from services.schedule.tasks import (
    GROUPS,
    MEMBERSHIPS,
    PEOPLE,
    TASKS,
    AskQuestion,
    ExportTable,
    RunAudit,
    ScheduledTask,
    SeeOff,
    StartJob,
    StartReview,
    TakeSnapshot,
    load,
)
from services.schedule.timing import HELP, parse, zone_names
from services.store.jobs import JobState
from services.store.operators import Operator
from services.store.schedules import Schedule
from services.words import people
from services.work.desk import submit

FORM = "schedule-form"


def show_form(ctx: Context) -> None:
    """The button for new work, and the dialog while it is open."""
    st.button(
        "New schedule…",
        icon=":material/add:",
        type="primary",
        on_click=dialog.open_dialog,
        args=(FORM,),
        key="schedule-new",
    )
    if opened := dialog.opened(FORM):
        known: Schedule | None = opened.subject
        title = f"Change “{known.name}”" if known is not None else "New schedule"
        dialog.show_dialog(title, lambda: _body(ctx, opened, known))


def _body(ctx: Context, opened: dialog.Opened, known: Schedule | None) -> None:
    kinds = [kind for kind in OFFERED if ctx.may(TASKS[kind].permission)]
    if known is not None and known.task not in OFFERED:
        kinds = [known.task]  # made elsewhere: only when and for whom can be changed
    kind = st.selectbox(
        "What",
        kinds,
        index=kinds.index(known.task) if known is not None and known.task in kinds else 0,
        format_func=lambda kind: TASKS[kind].title,
        key=opened.key("kind"),
    )
    before = load(known.task, known.options) if known is not None and known.task == kind else TASKS[kind]()
    with dialog.form(opened, "Save", marked=True) as sent:
        name = st.text_input(
            dialog.required("Name"),
            value=known.name if known is not None else "",
            max_chars=80,
            placeholder="Nightly audit",
            key=opened.key("name"),
        )
        task = _FIELDS[kind](ctx, opened, before)
        when, zone_name = _when(opened, known, once=TASKS[kind].once)
        runs_as = _runs_as(ctx, opened, known)
    if not sent:
        return
    opened.attempt(lambda: _save(ctx, known, name, task, when, zone_name, runs_as))
    saved: Schedule | None = opened.once.answer
    if saved is None or saved.next_at is None:
        sent.show_problems(opened)
        return
    submit(ctx.store, LOOK_AT_SCHEDULES)
    dialog.close_dialog()
    done(f"“{saved.name}” is saved. It comes next on {minute(saved.next_at)}.")
    st.rerun()


def _save(
    ctx: Context,
    known: Schedule | None,
    name: str,
    task: ScheduledTask,
    when: str,
    zone_name: str,
    runs_as: Operator,
) -> Schedule:
    new = NewSchedule(name, task, parse(when), zone_name, runs_as)
    schedules = PlannedWork(ctx.store, ctx.who)
    return schedules.add(ctx.pool, new) if known is None else schedules.change(ctx.pool, known.id, new)


def _when(opened: dialog.Opened, known: Schedule | None, *, once: bool) -> tuple[str, str]:
    """When, as it was typed, and the time zone's name."""
    when = st.text_input(
        dialog.required("When"),
        value=known.timing if known is not None else "",
        placeholder="once on 2026-12-01 at 08:00" if once else "every weekday at 06:30",
        help=HELP,
        key=opened.key("when"),
    )
    here = zone()
    usual = known.zone if known is not None else here.key if isinstance(here, ZoneInfo) else str(UTC)
    names = zone_names()
    if usual not in names:
        names.insert(0, usual)
    chosen = st.selectbox("Time zone", names, index=names.index(usual), key=opened.key("zone"))
    return when, chosen or usual


def _runs_as(ctx: Context, opened: dialog.Opened, known: Schedule | None) -> Operator:
    """Whom it acts for: oneself, or anybody for administrators."""
    if not ctx.may(Permission.OPERATORS):
        return ctx.operator
    operators = {operator.id: operator for operator in ctx.store.operators.list() if not operator.disabled}
    first = known.operator_id if known is not None and known.operator_id in operators else ctx.operator.id
    ids = list(operators)
    chosen = st.selectbox(
        "Runs as",
        ids,
        index=ids.index(first),
        format_func=lambda id: f"{operators[id].username} ({operators[id].role})",
        help="With the rights that this operator has at each run.",
        key=opened.key("as"),
    )
    return operators[chosen or first]


def _snapshot(_: Context, __: dialog.Opened, ___: ScheduledTask) -> ScheduledTask:
    return TakeSnapshot()


def _audit(_: Context, opened: dialog.Opened, before: Any) -> ScheduledTask:
    severities = list(Severity)
    tell = st.selectbox(
        "Ask for a look when findings are new, from this severity on",
        severities,
        index=severities.index(Severity(before.tell_from)),
        format_func=lambda severity: severity.words,
        key=opened.key("tell"),
    )
    report = _choice("Report as", ("html", "xlsx", "csv"), before.report, opened.key("report"))
    return RunAudit(tell_from=str(tell), report=report)


def _question(ctx: Context, opened: dialog.Opened, before: Any) -> ScheduledTask:
    questions = {question.id: question for question in ctx.store.saved_questions.of_pool(ctx.pool.id)}
    ids = list(questions)
    chosen = st.selectbox(
        dialog.required("Question"),
        ids,
        index=ids.index(before.question_id) if before.question_id in ids else None,
        format_func=lambda id: questions[id].name,
        placeholder="Choose a saved question" if ids else "No question is saved: Audits → Ask saves them",
        key=opened.key("question"),
    )
    tell = st.checkbox("Ask for a look when it finds rows", value=before.tell_rows, key=opened.key("tell"))
    format = _choice("Answer as", (Format.CSV, Format.XLSX), before.format, opened.key("format"))
    name = questions[chosen].name if chosen else ""
    return AskQuestion(question_id=chosen or "", question_name=name, format=format, tell_rows=tell)


def _export(_: Context, opened: dialog.Opened, before: Any) -> ScheduledTask:
    what = _choice("What to export", (PEOPLE, GROUPS, MEMBERSHIPS), before.what, opened.key("what"))
    query = st.text_input(
        "Only people found by (optional)",
        value=before.query,
        placeholder="group:billing status:expired",
        help="As on the Users page; for users and memberships.",
        key=opened.key("query"),
    )
    format = _choice("File as", tuple(Format), before.format, opened.key("format"))
    return ExportTable(what=what, query=query.strip(), format=format)


def _job(ctx: Context, opened: dialog.Opened, before: Any) -> ScheduledTask:
    plans = {job.id: job for job in ctx.store.jobs.list(states=[JobState.PLANNED], pool_name=ctx.pool.name)}
    ids = list(plans)
    chosen = st.selectbox(
        dialog.required("Plan"),
        ids,
        index=ids.index(before.job_id) if before.job_id in ids else None,
        format_func=lambda id: plans[id].title,
        placeholder="Choose a plan" if ids else "No plan waits: Onboarding saves them",
        help="Everybody whose row changed meanwhile is compared again before anything is sent.",
        key=opened.key("job"),
    )
    for name in ("reason", "ticket"):
        st.session_state.setdefault(opened.key(name), getattr(before, name))
    dialog.ask_note(opened.key, "optional")
    why = opened.why
    title = plans[chosen].title if chosen else ""
    return StartJob(chosen or "", title, why.get("reason", ""), why.get("ticket", ""))


def _leavers(_: Context, opened: dialog.Opened, before: SeeOff) -> ScheduledTask:
    """Who leaves that day: people can be taken out, and the day be moved by “When”."""
    staying = st.multiselect(
        "Who stays after all",
        list(before.people),
        format_func=lambda sub: before.people[sub]["label"],
        placeholder=f"{people(len(before.people))} will be seen off",
        help="Whoever is chosen here is taken out of it.",
        key=opened.key("staying"),
    )
    return replace(before, people={sub: name for sub, name in before.people.items() if sub not in staying})


def _review(ctx: Context, opened: dialog.Opened, before: Any) -> ScheduledTask:
    title = st.text_input(
        dialog.required("Title of each review"),
        value=before.review,
        max_chars=100,
        placeholder="Billing, each quarter",
        key=opened.key("title"),
    )
    applications = {app.id: app.name for app in ctx.store.applications.list(ctx.pool.id)}
    application = st.selectbox(
        "Who may use this application",
        ["", *applications],
        index=["", *applications].index(before.application_id)
        if before.application_id in applications
        else 0,
        format_func=lambda id: applications.get(id, "None: the groups named below"),
        key=opened.key("application"),
    )
    groups = st.multiselect(
        "Groups",
        [group.name for group in ctx.pool_session.directory.groups()],
        default=list(before.groups),
        accept_new_options=True,
        placeholder="Choose groups",
        key=opened.key("groups"),
    )
    operators = {operator.id: operator for operator in ctx.store.operators.list() if not operator.disabled}
    reviewers = st.multiselect(
        dialog.required("Reviewers"),
        list(operators),
        default=[id for id in before.reviewer_ids if id in operators],
        format_func=lambda id: f"{operators[id].name or operators[id].username} ({operators[id].username})",
        placeholder="Choose operators of this console",
        key=opened.key("reviewers"),
    )
    days = st.number_input("Days to decide", 1, 365, value=before.days, key=opened.key("days"))
    rules = list(Unanswered)
    unanswered = st.selectbox(
        "If nobody answers",
        rules,
        index=rules.index(Unanswered(before.unanswered)),
        format_func=lambda rule: rule.words,
        key=opened.key("unanswered"),
    )
    return StartReview(
        review=title,
        reviewer_ids=tuple(reviewers),
        groups=tuple(groups),
        application_id=application or "",
        days=int(days),
        unanswered=str(unanswered),
    )


def _choice(title: str, options: tuple[str, ...], before: str, key: str) -> str:
    chosen = st.segmented_control(
        title,
        options,
        default=before,
        required=True,
        key=key,
        format_func=lambda text: str(text).upper() if len(str(text)) <= 4 else str(text).capitalize(),
    )
    return str(chosen)


_FIELDS: Mapping[str, Callable[[Context, dialog.Opened, Any], ScheduledTask]] = {
    TakeSnapshot.kind: _snapshot,
    RunAudit.kind: _audit,
    AskQuestion.kind: _question,
    ExportTable.kind: _export,
    StartReview.kind: _review,
    StartJob.kind: _job,
    SeeOff.kind: _leavers,
}
