"""A job and its plan in words: states, results, totals, rows, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from console.widgets.table import Column, show_table
from services.bulk.model import JobProgress, PlanTotals, RowPlan, RowResult, RowVerdict, sentence
from services.bulk.verbs import verbs_of
from services.cognito.actions import ACTIONS
from services.store.jobs import JobControl, JobState
from services.words import counted, duration, people, plural

WORDS = {
    RowVerdict.CREATE: "Created",
    RowVerdict.CHANGE: "Changed",
    RowVerdict.UNCHANGED: "Already right",
    RowVerdict.INVALID: "Can't be done",
    RowVerdict.LATER: "On their last day",
}
HEADER = ("Row", "Person", "What happens", "Steps", "Before and after")
OWN_SENDER_A_DAY = 50
"""E-mails that Cognito's own sender delivers in a day, for the whole account (quotas page)."""


def line_of(row: RowPlan) -> tuple[int, str, str, str, str]:
    """One row of the plan in words, under `HEADER`."""
    if row.verdict is RowVerdict.INVALID:
        steps = " ".join(problem.what for problem in row.errors)
    else:
        wanted = sentence([step.change.wanted for step in row.steps]) or row.remark
        steps = " ".join([wanted, *(problem.what for problem in row.problems)])
    ends = any(step.change.ends_person for step in row.steps)
    # of whom there was nothing before, or is nothing afterwards, the step says it all
    shown = () if ends or row.verdict is RowVerdict.CREATE else row.steps
    differences = "; ".join(
        f"{what}: {before or '(empty)'} → {after or '(empty)'}"
        for step in shown
        for what, before, after in step.difference
    )
    return row.row, row.who, "Deleted" if ends else WORDS[row.verdict], steps, differences


def show_plan_rows(rows: Sequence[RowPlan], *, numbered: bool = True, seen: int = 16) -> None:
    """The rows as a table, `numbered` as in their file; at most `seen` are seen without scrolling."""
    lines = [line_of(row) for row in rows]
    cells = {name: [line[place] for line in lines] for place, name in enumerate(HEADER)}
    # what happens comes first: in a narrow window people's names leave no room for it
    row, person, happens, steps, differences = HEADER
    shown = [row] * numbered + [happens, person, steps] + [differences] * any(cells[differences])
    show_table(
        {name: cells[name] for name in shown},
        "What will happen, row by row",
        rows=seen,
        columns={person: Column(width=150), steps: Column(width=230)},
    )


def show_sentence(totals: PlanTotals) -> None:
    """The plan in one sentence."""
    made = [f"**{totals.create:,}** {plural(totals.create, 'person', 'people')}"] if totals.create else []
    made += [f"**{totals.groups:,}** {plural(totals.groups, 'group')}"] if totals.groups else []
    parts = [f"{' and '.join(made)} will be created"] if made else []
    parts += [verb.told(f"**{verb.count:,}**") for verb in verbs_of(totals)]
    others = ((totals.later, "on their last day"), (totals.unchanged, "already right"))
    parts += [
        f"**{count:,}** {what}" for count, what in (*others, (totals.invalid, "can't be done")) if count
    ]
    text = ", ".join(parts) or "nothing to do"
    st.markdown(f"{text[:1].upper()}{text[1:]}.")


def show_cost(totals: PlanTotals) -> None:
    """Time, bill and messages."""
    st.metric("Time at this pace", duration(totals.seconds))
    st.metric(
        "People who count as active this month",
        f"{totals.billed:,}",
        help="AWS bills monthly active users: creating or changing someone makes them one.",
    )
    st.metric("Messages that Cognito sends", f"{totals.emails + totals.texts:,}")
    if totals.emails > OWN_SENDER_A_DAY:
        st.warning(
            f"Cognito's own sender delivers {OWN_SENDER_A_DAY} e-mails a day for the whole account. "
            "Set up Amazon SES, or hand over temporary passwords instead.",
            icon=":material/warning:",
        )
    with st.expander("Requests by quota"):
        for name, count in sorted(totals.calls.items()):
            st.text(f"{name}: {count:,}")
    if totals.irreversible:
        st.warning(f"{totals.irreversible:,} steps can't be undone.", icon=":material/warning:")


def deletions(totals: PlanTotals) -> int:
    """How many people the plan deletes."""
    ending = {name for name, kind in ACTIONS.items() if kind.ends_person}
    return sum(count for name, count in totals.actions.items() if name in ending)


def deletion_warning(count: int) -> str:
    """What deleting so many people means."""
    return f"{people(count)} will be deleted. Cognito keeps nothing of them: this can't be undone."


def button_text(totals: PlanTotals) -> str:
    """What pressing it does: "Create 212 and change 37", "Create 84 people and 2 groups"."""
    create = f"{totals.create:,}" if totals.create else ""
    if totals.groups:
        made = (people(totals.create) if totals.create else "", counted(totals.groups, "group"))
        create = " and ".join(filter(None, made))
    parts = [f"create {create}" if create else "", *(verb.wanted for verb in verbs_of(totals))]
    parts.append(f"plan {totals.later:,} for their last day" if totals.later else "")
    text = " and ".join(filter(None, parts))
    return text[:1].upper() + text[1:] if text else "Nothing to do"


Colour = Literal["blue", "green", "red", "orange", "gray"]

STATES = {
    JobState.PLANNED: "Planned, not started",
    JobState.QUEUED: "Waiting for its turn",
    JobState.RUNNING: "Running",
    JobState.PAUSED: "Paused",
    JobState.STOPPING: "Stopping",
    JobState.STOPPED: "Stopped",
    JobState.FINISHED: "Finished",
    JobState.FAILED: "Given up",
}
COLOURS: dict[JobState, Colour] = {
    JobState.RUNNING: "blue",
    JobState.FINISHED: "green",
    JobState.FAILED: "red",
    JobState.STOPPED: "orange",
    JobState.PAUSED: "orange",
}
RESULTS = {
    RowResult.DONE: "Done",
    RowResult.UNCHANGED: "Already right",
    RowResult.FAILED: "Failed",
    RowResult.INVALID: "Can't be done",
    RowResult.CHANGED: "Changed meanwhile",
    RowResult.NOT_ATTEMPTED: "Not attempted",
    RowResult.LATER: "On their last day",
    RowResult.WAITING: "Waiting",
}
_BY_ITSELF = "Paused by itself"


def state_words(state: JobState, control: JobControl) -> str:
    """A job's state; one that nobody paused says so."""
    waits = state is JobState.PAUSED and control is JobControl.RUN
    return _BY_ITSELF if waits else STATES[state]


LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.STOPPING)


def how_far(now: JobProgress) -> str:
    """The line on the progress bar: "212 of 300 rows carried out · 12.3 requests a second · 8 s left"."""
    parts = [f"{now.finished:,} of {counted(now.to_do, 'row')} carried out"]
    if now.rate:
        parts.append(f"{now.rate:.1f} requests a second")
    if now.seconds_left is not None:
        parts.append(f"{duration(now.seconds_left)} left")
    elif now.started_at and now.finished_at:
        parts.append(f"took {duration((now.finished_at - now.started_at).total_seconds())}")
    return " · ".join(parts)
