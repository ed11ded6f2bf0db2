"""What operators do with single findings beside mending them: accept for a time, assign, remark on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.table import Column, pick
from console.widgets.words import day, md, minute, zone
from services.audits.audit import findings_frame
from services.audits.finding_notes import (
    LONGEST_ACCEPTANCE,
    LONGEST_TEXT,
    FindingDesk,
    FindingKey,
    FindingStanding,
)
from services.audits.rule import Acceptance, RuleResult, subjects_of
from services.directory.pool import PoolTables
from services.roles import Permission
from services.store.finding_notes import FindingNote, NoteKind
from services.words import counted, named, plural

DIALOG = "finding-notes"
USUAL = timedelta(days=90)
TITLES = {
    NoteKind.ACCEPTED: "Accept",
    NoteKind.ASSIGNED: "Assign",
    NoteKind.REMARK: "Remark",
    NoteKind.WITHDRAWN: "Take back",
}
ICONS = {
    NoteKind.ACCEPTED: ":material/verified:",
    NoteKind.ASSIGNED: ":material/assignment_ind:",
    NoteKind.REMARK: ":material/comment:",
    NoteKind.WITHDRAWN: ":material/undo:",
}
HELP = {
    NoteKind.ACCEPTED: "They count apart until a day that you choose, with the reason.",
    NoteKind.ASSIGNED: "They stand on that operator's overview until they are gone.",
    NoteKind.REMARK: "For everybody who looks at them.",
    NoteKind.WITHDRAWN: "They count as findings again.",
}


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the dialog is about: what is said, of which findings of which rule; `whom` names them."""

    kind: NoteKind
    rule: str
    subjects: tuple[str, ...]
    whom: str = ""


def note_buttons(ctx: Context, rule: str, subjects: Sequence[str], whom: str) -> None:
    """Accept, assign, remark on: for the findings chosen; `whom` names them in the dialog."""
    for kind in (NoteKind.ACCEPTED, NoteKind.ASSIGNED, NoteKind.REMARK):
        _button(ctx, kind, rule, subjects, whom)


def _button(ctx: Context, kind: NoteKind, rule: str, subjects: Sequence[str], whom: str) -> None:
    why_not = "" if kind is NoteKind.REMARK else ctx.why_not(Permission.AUDIT_RULES)
    st.button(
        f"{TITLES[kind]}…",
        icon=ICONS[kind],
        key=f"audits-note-{kind}",
        disabled=bool(why_not) or not subjects,
        help=why_not or HELP[kind],
        on_click=dialog.open_dialog,
        args=(DIALOG, _Subject(kind, rule, tuple(subjects), whom)),
    )


def subject_name(subject: str) -> str:
    """What a finding that is no person is about: the name of the group or the application."""
    return subject.partition(" ")[2]


def choose_findings(result: RuleResult) -> list[str]:
    """Findings that are no people, chosen by what they are about."""
    found = list(dict.fromkeys(result.subjects()))
    return st.multiselect(
        "Findings to accept, assign or remark on",
        found,
        format_func=subject_name,
        placeholder="Choose",
        key=f"audits-note-choose-{result.rule.id}",
    )


def standing_words(standing: FindingStanding | None) -> str:
    """What a table says about one finding: to whom it is assigned, and whether there are remarks."""
    if standing is None:
        return ""
    parts = [f"{standing.assigned.assignee_name}"] if standing.assigned else []
    parts += [counted(standing.remarks, "remark")] if standing.remarks else []
    return ", ".join(parts)


def show_history(ctx: Context, rule: str, subject: str) -> None:
    """Everything said about the one finding that is chosen; nothing for nothing."""
    said = FindingDesk(ctx.store, ctx.pool, ctx.who).history(rule, subject)
    if not said:
        return
    with st.container(border=True):
        st.markdown("**What was said about it**")
        st.markdown("  \n".join(f"{minute(note.created_at)}: {md(_line(note))}" for note in reversed(said)))


def _line(note: FindingNote) -> str:
    text = f": {note.text}" if note.text else ""
    match note.kind:
        case NoteKind.ACCEPTED:
            until = day(note.until) if note.until else ""
            return f"{note.operator_name} accepted it until {until}{text}"
        case NoteKind.WITHDRAWN:
            return f"{note.operator_name} took the acceptance back{text}"
        case NoteKind.ASSIGNED if note.assignee_id:
            return f"{note.operator_name} assigned it to {note.assignee_name}{text}"
        case NoteKind.ASSIGNED:
            return f"{note.operator_name} assigned it to nobody{text}"
        case _:
            return f"{note.operator_name} remarked{text}"


def show_accepted(
    ctx: Context,
    snapshot: PoolTables,
    result: RuleResult,
    accepted: Mapping[FindingKey, Acceptance],
) -> None:
    """The findings that count apart: who, why, until when, by whom; and the way to take it back."""
    count = len(result.accepted)
    if not count:
        return
    with st.expander(f"Accepted: {counted(count, 'finding')}", key=f"audits-accepted-{result.rule.id}"):
        shown = RuleResult(result.rule, result.state, result.accepted.head(SHOWN))
        table = findings_frame(shown, snapshot)
        subjects = subjects_of(result.rule, table)
        held = [accepted.get((result.rule.id, subject)) for subject in subjects]
        names = [
            name or label or subject_name(subject)
            for name, label, subject in zip(table["name"], table["label"], subjects, strict=True)
        ]
        cells = {
            "Who or what": names,
            "Reason": [found.reason if found else "" for found in held],
            "Until": [found.until if found else None for found in held],
            "By": [found.by if found else "" for found in held],
        }
        place = st.container(horizontal=True)
        picked = pick(
            cells,
            "Findings that were accepted",
            name="audits-accepted",
            identity=(ctx.pool.name, result.rule.id, subjects),
            ticks="many",
            columns={"Until": Column(kind="day")},
        )
        with place:
            chosen = [subjects[row] for row in picked.ticked]
            whom = named([str(names[row]) for row in picked.ticked])
            _button(ctx, NoteKind.WITHDRAWN, result.rule.id, chosen, whom)
        if count > SHOWN:
            st.markdown(f"The first {SHOWN} of {count:,}; the report's files hold them all.")


SHOWN = 100


def show_note_dialog(ctx: Context) -> None:
    """The dialog of the buttons above, while it is open."""
    opened = dialog.opened(DIALOG)
    if opened is None:
        return
    subject: _Subject = opened.subject
    if opened.once.answer is not None:
        dialog.close_dialog()
        many = len(subject.subjects)
        done(
            f"{counted(many, 'finding')} {plural(many, 'is', 'are')} {_PAST[subject.kind]}.",
            opened.once.answer,
        )
        st.rerun()
    title = f"{TITLES[subject.kind]}: {counted(len(subject.subjects), 'finding')}"
    dialog.show_dialog(title, lambda: _body(ctx, opened, subject))


_PAST = {
    NoteKind.ACCEPTED: "accepted",
    NoteKind.WITHDRAWN: "findings again",
    NoteKind.ASSIGNED: "assigned",
    NoteKind.REMARK: "remarked on",
}


def _body(ctx: Context, opened: Opened, subject: _Subject) -> None:
    verb = TITLES[subject.kind]
    with dialog.form(opened, verb, marked=subject.kind is not NoteKind.ASSIGNED) as sent:
        if subject.whom:
            st.text(subject.whom)  # in Markdown an address would become a link
        st.markdown(md(HELP[subject.kind]))
        _fields(ctx, opened, subject)
    if sent:
        with guarded():
            action = _action(ctx, opened, subject)
            opened.attempt(action)
        st.rerun()


def _fields(ctx: Context, opened: Opened, subject: _Subject) -> None:
    today = datetime.now(zone()).date()
    if subject.kind is NoteKind.ACCEPTED:
        st.date_input(
            dialog.required("Until"),
            today + USUAL,
            min_value=today + timedelta(days=1),
            max_value=today + LONGEST_ACCEPTANCE - timedelta(days=1),
            key=opened.key("until"),
            format="YYYY-MM-DD",
        )
    if subject.kind is NoteKind.ASSIGNED:
        operators = {found.id: found for found in ctx.store.operators.list() if not found.disabled}
        choices = ["", *operators]
        st.selectbox(
            "To",
            choices,
            index=choices.index(ctx.operator.id) if ctx.operator.id in operators else 0,
            format_func=lambda id: operators[id].name if id else "Nobody",
            key=opened.key("assignee"),
        )
    title = "Remark" if subject.kind is NoteKind.REMARK else "Reason"
    needed = subject.kind in (NoteKind.ACCEPTED, NoteKind.REMARK)
    st.text_area(
        dialog.required(title) if needed else f"{title} (optional)",
        key=opened.key("text"),
        max_chars=LONGEST_TEXT,
        height=90,
    )


def _action(ctx: Context, opened: Opened, subject: _Subject) -> Callable[[], str]:
    desk = FindingDesk(ctx.store, ctx.pool, ctx.who)
    text = str(opened.value("text") or "")
    rule, subjects = subject.rule, subject.subjects
    match subject.kind:
        case NoteKind.ACCEPTED:
            until = _end_of(opened.value("until"))
            return lambda: desk.accept(rule, subjects, text, until)
        case NoteKind.WITHDRAWN:
            return lambda: desk.withdraw(rule, subjects, text)
        case NoteKind.ASSIGNED:
            assignee = str(opened.value("assignee") or "")
            return lambda: desk.assign(rule, subjects, assignee, text)
        case _:
            return lambda: desk.remark(rule, subjects, text)


def _end_of(chosen: Any) -> datetime:
    """The end of the day that was chosen, where the reader is; the past for none."""
    if not chosen:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.combine(chosen, time(23, 59, 59), zone()).astimezone(UTC)
