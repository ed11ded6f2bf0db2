"""`snapshot`: reads a whole pool and keeps what it found, or lists what is kept."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from console.command_line.options import Where
from console.commands import showing
from console.commands.named import ANY_AGE, gateway_to, target_named
from console.commands.showing import Exit
from services.access.sessions import terminal_actor
from services.directory.pool import PoolTables, pool_of
from services.directory.scan import Progress, ScanProgress
from services.directory.snapshot import Snapshot
from services.directory.snapshot_task import SnapshotTask, read_so_far
from services.directory.snapshots import SnapshotLine, Snapshots
from services.errors import ConsoleError, ScanStopped
from services.gateways import PoolAddress
from services.store.engine import open_store
from services.store.store import Store
from services.words import ago, counted, duration, minute, people

LOOK_EVERY = 0.2
LINE_EVERY = 5.0


def snapshot(
    *, pool: str, region: str, pool_id: str, endpoint_url: str, share: float, listing: bool, as_json: bool
) -> None:
    """Carry out `snapshot`."""
    with open_store() as store:
        target = target_named(store, Where(pool, region, pool_id, endpoint_url))
        gateway = gateway_to(store, target)
        if listing:
            _list(Snapshots(store).list(gateway.pool_key), as_json)
            return
        task = SnapshotTask(store, gateway, terminal_actor(), target.pool_name, share)
        taken = Foreground(task).run()
        line = store.snapshots.get(taken.about.id)
    if as_json:
        showing.print_json(_facts(line) | {"statement": taken.completeness.sentence, "how": taken.about.how})
    else:
        _say(taken)
    raise typer.Exit(Exit.OK if taken.completeness.complete else Exit.SOME_FAILED)


def _say(taken: Snapshot) -> None:
    typer.echo(
        f"Snapshot {taken.about.id}: {people(len(taken))}, "
        f"{counted(taken.groups.num_rows, 'group')}, {counted(taken.memberships.num_rows, 'membership')}."
    )
    typer.echo(showing.plain(taken.completeness.sentence))
    for remark in taken.about.how:
        typer.echo(f"- {showing.plain(remark)}")


def _list(lines: tuple[SnapshotLine, ...], as_json: bool) -> None:
    if as_json:
        showing.print_json([_facts(line) for line in lines])
        return
    if not lines:
        typer.echo("No snapshot of this pool is kept.")
    for line in lines:
        complete = "complete" if line.complete else "NOT complete"
        typer.echo(
            f"{line.id}  {minute(line.taken_at)}  {line.users:,} people, {line.groups:,} groups, "
            f"{line.memberships:,} memberships, {complete}, by {showing.plain(line.operator_name)}"
        )


def _facts(line: SnapshotLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "pool": line.pool_name,
        "taken_at": line.taken_at.isoformat(),
        "finished_at": line.finished_at.isoformat(),
        "by": line.operator_name,
        "complete": line.complete,
        "people": line.users,
        "groups": line.groups,
        "memberships": line.memberships,
    }


class Foreground:
    """The reading in a thread of its own, so that this one can show progress and hear Ctrl-C."""

    def __init__(self, task: SnapshotTask) -> None:
        self._task = task
        self._stop = threading.Event()
        self._over = threading.Event()
        self._taken: Snapshot | None = None
        self._error: ConsoleError | None = None
        self._thread = threading.Thread(target=self._read, name="scan", daemon=True)

    def _read(self) -> None:
        try:
            self._taken = self._task.run(terminal_actor(), stop=self._stop.is_set)
        except ConsoleError as error:
            self._error = error
        finally:
            self._over.set()

    def run(self) -> Snapshot:
        """The snapshot. Raises what reading raised, and `ScanStopped`."""
        self._thread.start()
        with _display() as show:
            while not self._over.is_set():
                try:
                    self._over.wait(LOOK_EVERY)
                    show(self._task.scan.state())
                except KeyboardInterrupt:
                    if self._stop.is_set():
                        raise
                    self._stop.set()
                    typer.echo("\nStopping: the pages asked for are read first.", err=True)
        if self._error is not None:
            raise self._error
        if self._taken is None:
            read = read_so_far(self._task.scan.state())
            raise ScanStopped(f"Reading was stopped after {read}; nothing was kept.", "Start it again.")
        return self._taken


def newest_tables(store: Store, target: PoolAddress, share: float, oldest: timedelta) -> PoolTables:
    """The pool as the newest snapshot has it, with the changes made here since; read now if need be.

    That is when there is none, or when it is older than `oldest` or not complete (`ANY_AGE` takes it all
    the same). Which one is used is said on standard error. Raises the gateway's and the store's errors.
    """
    gateway, kept = gateway_to(store, target), Snapshots(store)
    pool_key = gateway.pool_key
    tables = kept.now(pool_key) if oldest == ANY_AGE else kept.young(pool_key, oldest)
    if tables is not None:
        taken = tables.about.taken_at
        told = f"Taken from the snapshot of {minute(taken)}, {ago(taken)}"
        typer.echo(f"{told}; --max-age 0 reads the pool again.", err=True)
        return tables
    return pool_of(Foreground(SnapshotTask(store, gateway, terminal_actor(), target.pool_name, share)).run())


def _line(now: ScanProgress) -> str:
    left = "" if now.seconds_left is None else f" · about {duration(now.seconds_left)} left"
    return f"{now.words}{left}"


@contextmanager
def _display() -> Iterator[Progress]:
    """A bar on a terminal, a line now and then in a pipe; both on standard error."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Reading", total=1.0)
            yield lambda now: bar.update(task, completed=now.part, description=_line(now))
        return
    last = [monotonic()]

    def line(now: ScanProgress) -> None:
        if monotonic() - last[0] >= LINE_EVERY:
            last[0] = monotonic()
            typer.echo(_line(now), err=True)

    yield line
