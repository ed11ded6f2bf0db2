"""Plans and jobs as lines of text or as JSON, and what commands end with for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.commands.showing import Exit, plain
from services.bulk.cells.damage import KINDS, DamageKind, cells_in_words, count_by_kind
from services.bulk.model import JobProgress, Plan, PlanTotals, Problem, RowPlan, RowResult, RowVerdict
from services.bulk.verbs import verbs_of
from services.store.jobs import Job, JobState
from services.words import counted, duration

_MARKS = {
    RowVerdict.CREATE: "+",
    RowVerdict.CHANGE: "~",
    RowVerdict.INVALID: "!",
    RowVerdict.UNCHANGED: "=",
    RowVerdict.LATER: ">",
}
_LONGEST = 70


def exit_of_plan(totals: PlanTotals) -> Exit:
    """The exit code for a plan."""
    if totals.invalid:
        return Exit.ERROR
    return Exit.CHANGES if totals.steps or totals.later else Exit.OK


def exit_of_job(job: Job, now: JobProgress) -> Exit:
    """The exit code for a job that was run; a row that failed after its first step is carried out in part."""
    if job.state is JobState.PAUSED:
        return Exit.PAUSED
    good = {str(RowResult.DONE), str(RowResult.UNCHANGED), str(RowResult.LATER)}
    if not {name for name, count in now.results.items() if count} - good:
        return Exit.OK
    return Exit.SOME_FAILED if now.changes else Exit.ERROR


def plan_lines(plan: Plan, most: int) -> Iterable[str]:
    """A plan for people: what every row would do (the first `most` of them), then the figures."""
    shown = [row for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED]
    for step in plan.preparation:
        yield f"+ {step.change.wanted}"
    for row in shown[:most]:
        yield from _row_lines(row)
    if len(shown) > most:
        yield f"… and {len(shown) - most:,} more rows (--rows {len(shown)} shows them)"
    yield ""
    yield from totals_lines(plan.totals, plan.options.share)
    yield plan.reading.why
    yield from plan.remarks
    for kind, count in count_by_kind(plan.problems).items():
        yield f"{cells_in_words(kind, count)}: {_ways_to_settle(kind, plan.problems)}."


def _ways_to_settle(kind: DamageKind, problems: Iterable[Problem]) -> str:
    """What can be done about cells with damage of a kind, in words."""
    ways = []
    if any(problem.kind == kind and problem.repairable for problem in problems):
        ways.append(f"--repair {kind} puts right what can be")
    if KINDS[kind].taken:
        ways.append(f"--accept {kind} takes it as it stands")
    return "correct the file" if KINDS[kind].never else ", ".join(ways)


def _row_lines(row: RowPlan) -> Iterable[str]:
    yield f"{_MARKS[row.verdict]} row {row.row}: {plain(row.who)}"
    if row.verdict is RowVerdict.LATER:
        yield f"    {plain(row.remark)}"
    for step in row.steps:
        mark = " (can't be undone)" if step.irreversible else ""
        yield f"    {plain(step.change.wanted)}{mark}"
        if "attributes" in step.after:
            for what, before, after in step.difference:
                yield f"      {what}: {_short(before) or '–'} → {_short(after) or '–'}"
    for problem in row.problems:
        where = f" [{plain(problem.column)}]" if problem.column else ""
        kind = "" if problem.is_error else "note: "
        yield f"    {kind}{plain(problem.what)}{where} {plain(problem.fix)}".rstrip()


def totals_lines(totals: PlanTotals, share: float) -> Iterable[str]:
    """The figures of a plan."""
    later = f"{totals.later:,} on a day to come, " if totals.later else ""
    changes = "".join(f"{verb.count:,} to {verb.verb}, " for verb in verbs_of(totals))
    yield (
        f"{counted(totals.rows, 'row')}: {totals.create:,} to create, {changes or '0 to change, '}{later}"
        f"{totals.unchanged:,} unchanged, {totals.invalid:,} with errors."
    )
    if totals.groups:
        yield f"{counted(totals.groups, 'group')} to create first."
    if not totals.steps:
        return
    calls = ", ".join(f"{name} {count:,}" for name, count in sorted(totals.calls.items()))
    yield f"Calls by quota: {calls}. At {share:.0%} of the quota: about {duration(totals.seconds)}."
    yield f"Counts as active this month because of it: up to {totals.billed:,} people."
    if totals.irreversible:
        yield f"{totals.irreversible:,} steps can't be undone."
    if totals.emails or totals.texts:
        yield f"Cognito will send {totals.emails:,} e-mails and {totals.texts:,} text messages."


def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as JSON-ready data, without passwords."""
    return {
        "title": plan.title,
        "pool": plan.pool,
        "made_at": plan.made_at.isoformat(),
        "totals": totals_json(plan.totals),
        "share": plan.options.share,
        "reading": {"way": plan.reading.way, "why": plan.reading.why, "calls": plan.reading.calls},
        "remarks": list(plan.remarks),
        "preparation": [step.change.wanted for step in plan.preparation],
        "rows": [_row_json(row) for row in plan.rows],
    }


def _row_json(row: RowPlan) -> dict[str, Any]:
    return {
        "row": row.row,
        "who": row.label,
        "sub": row.person.sub if row.person else "",
        "action": str(row.action),
        "verdict": str(row.verdict),
        "steps": [
            {
                "what": step.change.wanted,
                "operation": step.operation,
                "before": dict(step.before),
                "after": dict(step.after),
                "irreversible": step.irreversible,
            }
            for step in row.steps
        ],
        "problems": [
            {
                "column": problem.column,
                "what": problem.what,
                "fix": problem.fix,
                "severity": str(problem.severity),
            }
            for problem in row.problems
        ],
    }


def totals_json(totals: PlanTotals) -> dict[str, Any]:
    """The figures of a plan as JSON-ready data."""
    figures = {name: getattr(totals, name) for name in PlanTotals.__dataclass_fields__}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in figures.items()}


def progress_line(now: JobProgress) -> str:
    """How far a job is, in one line."""
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(now.results.items()) if count)
    left = f", {duration(now.seconds_left)} left" if now.seconds_left is not None else ""
    waits = f"; waits: {now.reason}" if now.state is JobState.PAUSED else ""
    return (
        f"{now.finished:,} of {now.to_do:,} rows ({counts or 'none yet'}), "
        f"{now.rate:.1f} calls/s{left}{waits}"
    )


def _short(text: str) -> str:
    shown = plain(text.replace("\n", " "))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
