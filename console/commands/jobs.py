"""`jobs`, `resume`, `undo`: what was run, going on with it, taking it back."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import typer

from console.command_line.options import NoteOptions
from console.commands import plan_text, showing
from console.commands.named import gateway_to, why_of
from console.commands.running import OutputFile, hand_over, run_to_end
from services.access.sessions import terminal_actor
from services.bulk import control, handover, report
from services.bulk.saved import file_source_of, save_plan
from services.bulk.to_fix import job_rows_to_fix
from services.errors import InvalidValue
from services.gateways import PoolAddress
from services.note_rules import NoteRules
from services.store.engine import open_store
from services.store.jobs import Job
from services.store.store import Store
from services.undo import plan_undo
from services.words import counted, minute, plural


def jobs(
    *,
    job: str,
    pause: bool,
    stop: bool,
    results: Path | None,
    failed: Path | None,
    passwords: Path | None,
    limit: int,
    as_json: bool,
) -> None:
    """Carry out `jobs`."""
    with open_store() as store:
        if not job:
            _list(store, limit, as_json)
            return
        found = job_that_begins(store, job)
        if pause:
            found = control.pause(store, found.id, terminal_actor()())
        if stop:
            found = control.stop(store, found.id, terminal_actor()())
        OutputFile(results).hand_out(store, found, report.results_csv(store, found.id).data)
        _write_failed(store, found, failed)
        if passwords is not None:
            hand_over(store, found.id, OutputFile(passwords, secret=True))
        _print_one(store, found, as_json)


def _write_failed(store: Store, job: Job, path: Path | None) -> None:
    """The rows to fix, as a workbook where the file's name says so."""
    output = OutputFile(path)
    if path is None:
        return
    source = file_source_of(job)
    source = replace(source, sheet=(source.sheet or "Rows to fix") if path.suffix == ".xlsx" else "")
    output.hand_out(store, job, job_rows_to_fix(store, job.id, terminal_actor()(), source))


def resume(*, job: str, results: Path | None, passwords: Path | None, as_json: bool) -> None:
    """Carry out `resume`."""
    with open_store() as store:
        found = job_that_begins(store, job)
        outputs = OutputFile(results), OutputFile(passwords, secret=True)
        found = control.resume(store, found.id, terminal_actor()())
        code = run_to_end(store, found, *outputs, as_json=as_json)
    raise typer.Exit(code)


def undo(
    *,
    job: str,
    said: NoteOptions,
    plan_only: bool,
    share: float,
    rows: int,
    yes: bool,
    results: Path | None,
    as_json: bool,
) -> None:
    """Carry out `undo`."""
    with open_store() as store:
        if not plan_only:
            NoteRules.stored(store).require(why_of(said))
        found = job_that_begins(store, job)
        target = PoolAddress(**found.target)
        made = plan_undo(store, gateway_to(store, target), found.id, share=share)
        if as_json and plan_only:
            showing.print_json(plan_text.plan_json(made))
        elif not as_json:
            for line in plan_text.plan_lines(made, rows):
                typer.echo(line)
        if plan_only or not made.totals.steps:
            raise typer.Exit(plan_text.exit_of_plan(made.totals))
        if not yes and not typer.confirm(f"Carry out {made.totals.waiting:,} rows?"):
            raise typer.Exit(showing.Exit.CHANGES)
        output = OutputFile(results)
        saved = save_plan(store, made, target=asdict(target), actor=terminal_actor()(), undo_of=found.id)
        control.start(store, saved.id, terminal_actor()(), why_of(said))
        code = run_to_end(store, saved, output, OutputFile(None), as_json=as_json)
    raise typer.Exit(code)


def job_that_begins(store: Store, start: str) -> Job:
    """The job whose id begins so. Raises `InvalidValue` when there is none, or more than one."""
    fits = [job for job in store.jobs.list(limit=10_000) if job.id.startswith(start)]
    if len(fits) != 1:
        what = "no job" if not fits else f"{len(fits)} jobs"
        raise InvalidValue(
            f"There is {what} whose id begins with {start}.", "List them: python -m console jobs"
        )
    return fits[0]


def _list(store: Store, limit: int, as_json: bool) -> None:
    listed = store.jobs.list(limit=limit)
    if as_json:
        showing.print_json([_json(store, job) for job in listed])
        return
    if not listed:
        typer.echo("No jobs yet.")
    for job in listed:
        _print_line(store, job)


def _print_one(store: Store, job: Job, as_json: bool) -> None:
    if as_json:
        showing.print_json(_json(store, job))
        return
    _print_line(store, job)
    if job.reason:
        typer.echo(job.reason)
    waiting = handover.passwords_waiting(store, job.id)
    if waiting:
        told = f"{counted(waiting, 'temporary password')} {plural(waiting, 'waits', 'wait')}"
        typer.echo(f"{told} to be handed over (--passwords FILE).")


def _print_line(store: Store, job: Job) -> None:
    when = minute(job.created_at)
    who = showing.plain(job.started_by_name or job.created_by_name)
    typer.echo(f"{job.id}  {when}  {job.state:<9} {showing.plain(job.title)} on {job.pool_name}, by {who}")
    typer.echo(f"    {plan_text.progress_line(report.progress(store, job.id))}")


def _json(store: Store, job: Job) -> dict[str, object]:
    now = report.progress(store, job.id)
    return {
        "job": job.id,
        "title": job.title,
        "pool": job.pool_name,
        "state": str(job.state),
        "reason": job.reason,
        "planned_by": job.created_by_name,
        "started_by": job.started_by_name,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "rows": job.total_rows,
        "results": dict(now.results),
        "steps": now.steps,
        "steps_done": now.steps_done,
    }
