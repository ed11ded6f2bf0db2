"""`schedule`: what the console does by itself, from a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from console.command_line.options import Where
from console.commands import showing
from console.commands.named import target_named
from console.commands.showing import Exit
from services.access.sessions import terminal_actor
from services.bulk.control import new_owner
from services.errors import InvalidValue, JobError
from services.schedule.kinds import OFFERED
from services.schedule.planning import NewSchedule, PlannedWork, ScheduleView, caught_up
from services.schedule.scheduler import LEASE, run_now
from services.schedule.tasks import TASKS, StartReview, load
from services.schedule.timing import parse
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.schedules import RunResult, ScheduleRun
from services.store.store import Store
from services.words import minute


@contextmanager
def _opened(pool: str) -> Iterator[tuple[Store, PoolRecord, PlannedWork]]:
    with open_store(create=False) as store:
        target_named(store, Where(pool))  # says which pools there are
        yield store, store.pools.by_name(pool), PlannedWork(store, terminal_actor())


def _named(schedules: PlannedWork, pool: PoolRecord, name: str) -> ScheduleView:
    for planned in schedules.of_pool(pool):
        if planned.record.name.casefold() == name.strip().casefold():
            return planned
    raise InvalidValue(
        f"No schedule of this pool is called “{name}”. Nothing was changed.",
        f"`python -m console schedule list --pool {pool.name}` names them all.",
    )


def list_schedules(*, pool: str, as_json: bool) -> None:
    """Carry out `list`."""
    with _opened(pool) as (_, record, schedules):
        planned = schedules.of_pool(record)
    if as_json:
        showing.print_json([_facts(plan) for plan in planned])
        return
    if not planned:
        typer.echo("Nothing is done by itself in this pool.")
    for plan in planned:
        typer.echo(showing.plain(f"{plan.record.name}: {plan.task.words}"))
        typer.echo(showing.plain(f"    {_line(plan)}"))


def _line(plan: ScheduleView) -> str:
    record = plan.record
    after = minute(record.next_at) if record.next_at else "paused" if record.paused else "over"
    last = f"{plan.last.result} on {minute(plan.last.started_at)}" if plan.last else "not yet"
    return f"{plan.timing.words} ({record.zone}), as {record.operator_name}; next: {after}; last: {last}"


def add(
    *, name: str, pool: str, do: str, when: str, runs_as: str, zone: str, option: list[str] | None
) -> None:
    """Carry out `add`."""
    if do not in OFFERED:
        raise InvalidValue(f"“{do}” can't be done by schedule.", f"Use one of {', '.join(OFFERED)}.")
    task = load(do, _options(do, option or []))
    with _opened(pool) as (store, record, schedules):
        operator = store.operators.by_username(runs_as)
        if operator is None:
            raise InvalidValue(f"There is no operator called “{runs_as}”. Nothing was saved.")
        if isinstance(task, StartReview):
            task = replace(task, reviewer_ids=_reviewers(store, task.reviewer_ids))
        saved = schedules.add(record, NewSchedule(name, task, parse(when), zone, operator))
    next_at = minute(saved.next_at) if saved.next_at else "never"
    typer.echo(showing.plain(f"“{saved.name}” is saved. It comes next on {next_at}."))


def _reviewers(store: Store, named: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of operators who may be named by their operator names, too."""
    found = {name: store.operators.by_username(name) for name in named}
    return tuple(operator.id if operator else name for name, operator in found.items())


def _options(kind: str, given: list[str]) -> dict[str, Any]:
    """The fields of a task as they were typed. Raises `InvalidValue` for one that it hasn't."""
    known, typed = TASKS[kind](), {}
    for text in given:
        name, equals, value = text.partition("=")
        before = getattr(known, name, None)
        if not equals or before is None or name.startswith("_") or callable(before):
            names = ", ".join(known.__dataclass_fields__)  # type: ignore[attr-defined]
            raise InvalidValue(f"“{text}” sets nothing.", f"Write field=value; fields: {names or 'none'}.")
        typed[name] = _typed(value, before)
    return typed


def _typed(value: str, before: object) -> Any:
    if isinstance(before, bool):
        return value.strip().casefold() in ("true", "yes", "1", "on")
    if isinstance(before, int):
        try:
            return int(value)
        except ValueError:
            raise InvalidValue(f"“{value}” is no number.") from None
    return tuple(part.strip() for part in value.split(",")) if isinstance(before, tuple) else value


def pause(*, name: str, pool: str) -> None:
    """Carry out `pause`."""
    with _opened(pool) as (_, record, schedules):
        schedules.pause(record, _named(schedules, record, name).record.id)
    typer.echo(showing.plain(f"“{name}” rests until it is resumed."))


def resume(*, name: str, pool: str) -> None:
    """Carry out `resume`."""
    with _opened(pool) as (_, record, schedules):
        schedules.go_on(record, _named(schedules, record, name).record.id)
        next_at = _named(schedules, record, name).record.next_at
    typer.echo(
        showing.plain(f"“{name}” comes next on {minute(next_at) if next_at else 'no day: it is over'}.")
    )


def remove(*, name: str, pool: str) -> None:
    """Carry out `remove`."""
    with _opened(pool) as (_, record, schedules):
        schedules.remove(record, _named(schedules, record, name).record.id)
    typer.echo(showing.plain(f"“{name}” is deleted."))


def run(*, name: str, pool: str, output: Path | None) -> None:
    """Carry out `run`."""
    with _opened(pool) as (store, record, schedules):
        planned = _named(schedules, record, name)
        owner, id = new_owner(), planned.record.id
        schedules.run_soon(record, id)
        if not store.schedules.take_lease(id, owner, LEASE):
            raise JobError(f"“{name}” is being run by another process.", "Look at the page Schedule.")
        run_now(store, id, owner, threading.Event())
        ended = schedules.runs(id)[0]
        if output is not None and ended.filename:
            showing.hand_out(store, record.name, schedules.file(ended.id), output, ended.filename)
    typer.echo(showing.plain(ended.said))
    raise typer.Exit(_EXITS[ended.result])


_EXITS = {RunResult.DONE: Exit.OK, RunResult.ATTENTION: Exit.CHANGES, RunResult.FAILED: Exit.ERROR}


def runs(*, name: str, pool: str, as_json: bool) -> None:
    """Carry out `runs`."""
    with _opened(pool) as (_, record, schedules):
        found = schedules.runs(_named(schedules, record, name).record.id)
    if as_json:
        showing.print_json([_run_facts(run) for run in found])
        return
    for run in found:
        file = f" · {run.filename}" if run.filename else ""
        said = " ".join(filter(None, (run.said, caught_up(run))))
        typer.echo(showing.plain(f"{minute(run.started_at)}  {run.result}  {said}{file}"))


def fetch(*, name: str, pool: str, output: Path) -> None:
    """Carry out `fetch`."""
    with _opened(pool) as (store, record, schedules):
        planned = _named(schedules, record, name)
        with_file = [run for run in schedules.runs(planned.record.id) if run.filename]
        if not with_file:
            raise InvalidValue(f"“{name}” has made no file yet.", "Run it: schedule run.")
        data = schedules.file(with_file[0].id)
        showing.hand_out(store, record.name, data, output, with_file[0].filename)
    typer.echo(
        showing.plain(f"{output}: {with_file[0].filename}, of {minute(with_file[0].started_at)}."), err=True
    )


def _facts(plan: ScheduleView) -> dict[str, Any]:
    record = plan.record
    return {
        "name": record.name,
        "does": plan.task.words,
        "task": record.task,
        "when": record.timing,
        "zone": record.zone,
        "runs_as": record.operator_name,
        "paused": record.paused,
        "next_at": record.next_at.isoformat() if record.next_at else None,
        "last": _run_facts(plan.last) if plan.last else None,
    }


def _run_facts(run: ScheduleRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "due_at": run.due_at.isoformat(),
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "result": str(run.result),
        "missed": run.missed,
        "said": run.said,
        "file": run.filename,
        "job": run.job_id,
        "review": run.campaign_id,
    }
