"""Runs a job in the foreground of a terminal: progress, Ctrl-C as pause, results at the end."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from console.commands import plan_text, showing
from services.access.sessions import terminal_actor
from services.bulk import control, handover, report
from services.bulk.model import RowResult
from services.bulk.runner import run_here
from services.bulk.saved import totals_in
from services.errors import ConsoleError, InvalidValue, StoreUnavailable
from services.store.activity import taken_file
from services.store.jobs import Job
from services.store.store import Store
from services.words import counted, plural

LOOK_EVERY = 0.5
LINE_EVERY = 5.0


class OutputFile:
    """A file that is opened before the run: a path that can't be written must not lose results at the end."""

    def __init__(self, path: Path | None, *, secret: bool = False) -> None:
        self.path = path
        self._secret = secret
        if path is None:
            return
        self._made = not path.exists()
        flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if secret else 0)
        try:
            os.close(os.open(path, flags, 0o600 if secret else 0o666))
        except FileExistsError:
            raise InvalidValue(
                f"{path} is there already; passwords aren't written over another file.",
                "Choose another name.",
            ) from None
        except OSError as error:
            raise _not_written(path, error) from None

    def discard(self) -> None:
        """Leave no empty file behind where nothing came of the run."""
        if self.path is not None and self._made and not self.path.stat().st_size:
            self.path.unlink()

    def write(self, data: bytes) -> None:
        """Fill the file; nothing happens when none was asked for. Raises `InvalidValue`."""
        if self.path is None:
            return
        try:
            self.path.write_bytes(data)
        except OSError as error:
            if self._secret:  # half a file of passwords helps nobody
                self.path.unlink(missing_ok=True)
            raise _not_written(self.path, error) from None

    def hand_out(self, store: Store, job: Job, data: bytes) -> None:
        """As `write`; the activity log says who took this file about people of the job's pool."""
        if self.path is None:
            return
        with store.activity.audited(taken_file(terminal_actor()(), job.pool_name, self.path.name)) as line:
            self.write(data)
            line.after = {"bytes": len(data)}


def _not_written(path: Path, error: OSError) -> InvalidValue:
    return InvalidValue(f"{path} can't be written: {error.strerror}.", "Choose another place.")


def run_to_end(
    store: Store, job: Job, results: OutputFile, passwords: OutputFile, *, as_json: bool
) -> showing.Exit:
    """Run a queued job here and report it. Ctrl-C pauses it, so that `resume` can go on."""
    runner = _Foreground(store, job)
    ended = runner.run()
    now = report.progress(store, job.id)
    code = plan_text.exit_of_job(ended, now)
    handed = 0
    try:
        results.hand_out(store, job, report.results_csv(store, job.id).data)
    except InvalidValue as error:
        code = _unwritten(error, code)
    try:
        if passwords.path is not None and handover.passwords_waiting(store, job.id):
            handed = hand_over(store, job.id, passwords)
    except InvalidValue as error:
        code = _unwritten(error, code)
    if as_json:
        showing.print_json(_summary(store, ended, now.results, handed))
    else:
        _say(store, ended, now, handed, results, passwords)
    return code


def _unwritten(error: InvalidValue, code: showing.Exit) -> showing.Exit:
    """Say that a file couldn't be written; the exit code that tells so where all went well otherwise."""
    typer.echo(str(error), err=True)
    return showing.Exit.SOME_FAILED if code is showing.Exit.OK else code


def hand_over(store: Store, job_id: str, passwords: OutputFile) -> int:
    """Write the job's temporary passwords into a file; how many there were.

    They are erased once they stand there. Raises `InvalidValue` when they can't, `JobError` when there are
    none, and what keeps somebody from taking them.
    """
    with store.together():
        handed = handover.take_passwords(store, job_id, terminal_actor()())
        passwords.write(handover.passwords_csv(handed).data)
    return len(handed)


def _summary(store: Store, job: Job, results: Any, handed: int) -> dict[str, Any]:
    return {
        "job": job.id,
        "state": str(job.state),
        "reason": job.reason,
        "rows": job.total_rows,
        "results": dict(results),
        "passwords_written": handed,
        "not_done": [
            {
                "row": outcome.row,
                "who": outcome.label,
                "outcome": str(outcome.result),
                "message": outcome.message,
                "code": outcome.code,
            }
            for outcome in report.outcomes(store, job.id)
            if outcome.result in (*report.TO_FIX, RowResult.WAITING)
        ],
    }


def _say(store: Store, job: Job, now: Any, handed: int, results: OutputFile, passwords: OutputFile) -> None:
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(now.results.items()) if count)
    typer.echo(f"Job {job.id} {job.state}: {counts or 'no rows'}.")
    if job.reason:
        typer.echo(job.reason)
    for outcome in report.outcomes(store, job.id):
        if outcome.result in (RowResult.FAILED, RowResult.CHANGED):
            typer.echo(
                f"! row {outcome.row}: {showing.plain(outcome.label)}: {outcome.result}. "
                f"{showing.plain(outcome.message)}"
            )
    if results.path is not None:
        typer.echo(f"Results: {results.path}")
    waiting = handover.passwords_waiting(store, job.id)
    if handed:
        told = counted(handed, "temporary password")
        typer.echo(f"{told}: {passwords.path} (kept nowhere else now)")
    elif waiting:
        typer.echo(
            f"{counted(waiting, 'temporary password')} {plural(waiting, 'waits', 'wait')} to be handed over, "
            "once: "
            f"python -m console jobs {job.id} --passwords FILE"
        )
    if plan_text.exit_of_job(job, now) is showing.Exit.PAUSED:
        typer.echo(f"Go on with: python -m console resume {job.id}")


class _Foreground:
    """The run in a thread of its own, so that this one can show progress and hear Ctrl-C."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store = store
        self._job = job
        self._error: ConsoleError | None = None
        self._over = threading.Event()
        # a second Ctrl-C leaves it behind: the journal knows where it stood
        self._thread = threading.Thread(target=self._run, name="run", daemon=True)

    def _run(self) -> None:
        try:
            run_here(self._store, self._job.id, terminal=terminal_actor())
        except ConsoleError as error:
            self._error = error
        finally:
            self._over.set()

    def run(self) -> Job:
        self._thread.start()
        asked = False
        with _display(totals_in(self._job).waiting) as show:
            while not self._over.is_set():
                try:
                    self._over.wait(LOOK_EVERY)
                    with suppress(StoreUnavailable):  # the job waits for the database, and so does its bar
                        show(report.progress(self._store, self._job.id))
                except KeyboardInterrupt:
                    if asked:
                        raise
                    asked = True
                    typer.echo("\nPausing: what is being sent ends first.", err=True)
                    self._pause()
        if self._error is not None:
            raise self._error
        return self._store.jobs.get(self._job.id)

    def _pause(self) -> None:
        try:
            control.pause(self._store, self._job.id, terminal_actor()())
        except ConsoleError as error:
            typer.echo(str(error), err=True)


@contextmanager
def _display(rows: int) -> Iterator[Any]:
    """A bar on a terminal, a line now and then in a pipe; both on standard error."""
    if sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[more]}"),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Rows", total=rows, more="")

            def show(now: Any) -> None:
                bar.update(
                    task, completed=now.finished, more=plan_text.progress_line(now).partition(" rows ")[2]
                )

            yield show
        return
    last = [monotonic()]

    def line(now: Any) -> None:
        if monotonic() - last[0] >= LINE_EVERY:
            last[0] = monotonic()
            typer.echo(plan_text.progress_line(now), err=True)

    yield line
