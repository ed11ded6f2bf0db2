"""`worker`: a process that runs jobs and all that comes by itself, beside consoles on PostgreSQL."""

from __future__ import annotations

import signal
import threading

import typer

from console.web.settings import read_settings
from services.background import TASKS
from services.errors import NotConfigured
from services.store.engine import open_store
from services.work.desk import work_for


def worker(*, at_once: int, public_url: str) -> None:
    """Carry out `worker`."""
    settings = read_settings(public_url=public_url)
    with open_store(create=False) as store:
        if not store.server:
            raise NotConfigured(
                "Workers need a PostgreSQL database. With SQLite the console itself runs jobs, in threads: "
                "`python -m console serve` is all there is to start.",
                "For several processes name a PostgreSQL database in CONSOLE_DATABASE_URL (docs/deploy.md).",
            )
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        work = work_for(store)
        work.begin(TASKS, settings.public_url, at_once=at_once)
        typer.echo(f"Worker: up to {at_once} jobs at once. Stop it with Ctrl-C; its jobs go on elsewhere.")
        told.wait()
        work.close()
