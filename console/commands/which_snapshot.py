"""Which snapshot a command works on: the newest kept, or one read now."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from console.commands.where import gateway_to
from services.access.sessions import terminal_actor
from services.cognito.limiter import JOB_SHARE
from services.directory.pool import PoolTables, pool_of
from services.directory.pool_key import pool_key_of
from services.directory.scan_progress import ScanProgress
from services.directory.snapshots import Snapshots
from services.directory.taking import Taking
from services.errors import ScanStopped
from services.pool_session import Target
from services.store.store import Store

ReadOption = Annotated[
    bool, typer.Option("--read", help="Read the pool now; otherwise the newest snapshot is taken.")
]
ShareOption = Annotated[
    float,
    typer.Option("--share", help="Share of AWS's request quota for reading, to 1.", min=0.01, max=1.0),
]
ShareDefault = JOB_SHARE


def snapshot_for(store: Store, target: Target, *, read: bool, share: float) -> PoolTables:
    """The newest snapshot of the pool; read now when `read`, or when there is none yet.

    Raises the gateway's and the store's errors.
    """
    gateway = gateway_to(store, target)
    kept = Snapshots(store)
    newest = None if read else kept.newest_line(pool_key_of(gateway))
    if newest is not None:
        return kept.tables(newest.id)
    taken = Taking(store, gateway, terminal_actor(), target.pool_name, share).run(terminal_actor(), _show)
    if sys.stderr.isatty():
        typer.echo("\r\033[K", nl=False, err=True)
    if taken is None:
        raise ScanStopped("Reading was stopped; nothing was kept.", "Start it again.")
    return pool_of(taken)


def _show(now: ScanProgress) -> None:
    if sys.stderr.isatty():
        told = f"\r{now.doing}: {now.people:,} people, {now.groups_read:,} groups\033[K"
        typer.echo(told, nl=False, err=True)
