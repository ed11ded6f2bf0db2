"""Background work on PostgreSQL: Procrastinate's queue in the console's database, for many processes.

Procrastinate says which process does what and when: it tells idle processes at once, spreads what comes by
itself over them, and notices those that died. Whether a job or a schedule may be worked on is decided by its
lease in the store, as everywhere. So the queue holds nothing that is lost with it: its tables stand in a
schema of their own, and are made anew when a release brings another version of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic, sleep

import procrastinate
import psycopg
from procrastinate import exceptions, jobs
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg_pool import PoolTimeout

from services.errors import StoreUnavailable
from services.store.database import BUSY_SECONDS
from services.store.store import Store
from services.store.vault import APP
from services.work.task import AT_ONCE, Task, WorkGround
from services.work.threads import carry_out

SCHEMA = "cognito_ops_work"
LONG, SHORT = "long", "short"
SHORT_AT_ONCE = 4
HEARTBEAT = 2.0
STALLED = 8.0
"""Seconds without a heartbeat after which a process is taken for dead."""
FREE_STALLED = "free_stalled"
LOOK_FOR_STALLED = "* * * * * */5"
POLL = 2.0
TRY_AGAIN = 2.0

log = logging.getLogger(__name__)
_TROUBLE = (exceptions.ConnectorException, psycopg.Error, PoolTimeout, OSError)
_MADE = f"procrastinate {procrastinate.__version__}"
_PREPARING = 0x636F676E69746F + 1


def cron_of(seconds: int) -> str:
    """Every so many seconds (a part of a minute), minutes or hours, as Procrastinate reads it."""
    if seconds < 60:
        return f"* * * * * */{seconds}"
    return f"*/{seconds // 60} * * * *" if seconds < 3600 else f"0 */{seconds // 3600} * * *"


def prepare(server: str) -> None:
    """Make the queue's tables, unless they are as this release needs them. Raises `StoreUnavailable`."""
    name = sql.Identifier(SCHEMA)
    try:
        with psycopg.connect(server) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_PREPARING,))
            found = connection.execute(
                "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", (SCHEMA,)
            ).fetchone()
            if found is not None and found[0] == _MADE:
                return
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
            connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(name))
            connection.execute(SchemaManager.get_schema())
            connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(name, sql.Literal(_MADE)))
    except (psycopg.errors.OperationalError, psycopg.errors.LockNotAvailable) as error:
        raise StoreUnavailable(
            "The tables for background work can't be reached: the console's database doesn't answer, or "
            "another program keeps it locked.",
            "See that the database server runs, and try again in a moment.",
        ) from error
    except psycopg.Error as error:
        raise StoreUnavailable(
            "The tables for background work could not be made in the console's database.",
            "Its user needs the right to create a schema there: "
            "GRANT CREATE ON DATABASE … TO … (docs/deploy.md).",
        ) from error


class QueuedWork:
    """The queue as one process sees it: it asks for work, and after `begin` does work, too."""

    def __init__(self, store: Store) -> None:
        self._ground = WorkGround(store)
        self._lock = threading.Lock()
        self._asking: procrastinate.App | None = None
        self._worker: _Worker | None = None

    def begin(self, tasks: Sequence[Task], address: str = "", *, at_once: int = AT_ONCE) -> None:
        """Do work in this process from now on. Raises `StoreUnavailable`."""
        prepare(self._ground.store.server)
        self._ground = WorkGround(self._ground.store, self._ground.stopped, address)
        self._worker = _Worker(self._ground, tasks, at_once)
        for task in tasks:
            if task.at_start:
                self.submit(task)

    def submit(self, task: Task, **texts: str) -> None:
        """Have it done by an idle process, unless the very same waits already."""
        if self._ground.stopped.is_set():
            return
        lock = "/".join((task.name, *(part for pair in sorted(texts.items()) for part in pair)))
        queue = LONG if task.long else SHORT
        try:
            asked = self._app().configure_task(name=task.name, queue=queue, queueing_lock=lock)
            with contextlib.suppress(exceptions.AlreadyEnqueued):
                asked.defer(**texts)
        except (*_TROUBLE, StoreUnavailable) as error:
            log.warning("%s could not be asked for, and is found later: %s", task.name, error)

    def is_attended(self) -> bool:
        """True if a process is alive that does work."""
        alive = (
            "SELECT count(*) AS alive FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - %(age)s::interval"
        )
        with contextlib.suppress(*_TROUBLE, StoreUnavailable):
            found = self._app().connector.execute_query_one(alive, age=f"{2 * STALLED} seconds")
            return bool(found["alive"])
        return True  # the database says for itself that it can't be reached

    def close(self, patience: float = 5.0) -> None:
        """Begin nothing more; who hears of it has so many seconds to end. Jobs are left to their journal."""
        self._ground.stopped.set()
        if self._worker is not None:
            self._worker.close(patience)
        with self._lock:
            asking, self._asking = self._asking, None
        if asking is not None:
            asking.close()

    def settle(self, patience: float = 60.0) -> None:
        """Wait until nothing is asked for any more that somebody would do."""
        left = "SELECT count(*) AS asked FROM procrastinate_jobs WHERE queue_name = %(queue)s"
        end = monotonic() + patience
        while self._app().connector.execute_query_one(left, queue=LONG)["asked"]:
            if monotonic() > end:
                raise TimeoutError
            sleep(0.05)

    def _app(self) -> procrastinate.App:
        with self._lock:
            if self._asking is None:
                server = self._ground.store.server
                prepare(server)
                connector = procrastinate.SyncPsycopgConnector(
                    conninfo=server, min_size=0, max_size=2, timeout=5.0, kwargs=_connecting()
                )
                self._asking = procrastinate.App(connector=connector).open()
            return self._asking


def _connecting() -> dict[str, str]:
    # the name lets a rotation of keys see that this process is connected
    locks = f"-c lock_timeout={round(BUSY_SECONDS * 1000)}"
    return {"options": f"-c search_path={SCHEMA} {locks}", "application_name": APP}


class _Worker:
    """A thread with Procrastinate's workers in it: one for what takes long, one for what is soon done.

    When the database goes away they end, and begin anew once it is there; the threads of tasks go on
    meanwhile: a job waits for the database by itself.
    """

    def __init__(self, ground: WorkGround, tasks: Sequence[Task], at_once: int) -> None:
        self._ground = ground
        self._tasks = tasks
        self._at_once = at_once
        self._hearing: set[threading.Thread] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()), name="work", daemon=True)
        self._thread.start()

    def close(self, patience: float) -> None:
        """Take on nothing more."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        for thread in list(self._hearing):
            thread.join(patience)
        self._thread.join(patience)

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not self._ground.stopped.is_set():
            try:
                async with self._app().open_async() as app:
                    await self._take_turns(app)
            except _TROUBLE as error:
                log.warning("No work is taken on until the database answers: %s", error.__cause__ or error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), TRY_AGAIN)

    async def _take_turns(self, app: procrastinate.App) -> None:
        """Work until told to stop, or one of the two can't any more."""
        workers = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=at_once,
                    fetch_job_polling_interval=POLL,
                    shutdown_graceful_timeout=0,
                    delete_jobs=jobs.DeleteJobCondition.ALWAYS.value,
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT,
                    stalled_worker_timeout=STALLED,
                )
            )
            for queue, at_once in ((LONG, self._at_once), (SHORT, SHORT_AT_ONCE))
        ]
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait([*workers, stop], return_when=asyncio.FIRST_COMPLETED)
        for ended in (*workers, stop):
            ended.cancel()
        for end in await asyncio.gather(*workers, stop, return_exceptions=True):
            if isinstance(end, Exception):
                raise end

    def _app(self) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(
            conninfo=self._ground.store.server, min_size=1, max_size=4, kwargs=_connecting()
        )
        app = procrastinate.App(connector=connector)
        for task in self._tasks:
            queue = LONG if task.long else SHORT
            known = app.task(name=task.name, queue=queue, queueing_lock=task.name)(self._carrier(task))
            if task.every:
                app.periodic(cron=cron_of(task.every))(known)

        async def free_stalled(timestamp: int) -> None:
            del timestamp
            await _free_stalled(app)

        freeing = app.task(name=FREE_STALLED, queue=SHORT, queueing_lock=FREE_STALLED)(free_stalled)
        app.periodic(cron=LOOK_FOR_STALLED)(freeing)
        return app

    def _carrier(self, task: Task) -> Callable[..., Awaitable[None]]:
        """Does the task in a thread of its own, which goes on if the worker has to end."""

        async def carry(**texts: str) -> None:
            texts.pop("timestamp", None)  # when a task that comes by itself was due
            loop, ended = asyncio.get_running_loop(), asyncio.Event()

            def work() -> None:
                try:
                    carry_out(task, self._ground, texts)
                finally:
                    self._hearing.discard(threading.current_thread())
                    with contextlib.suppress(RuntimeError):  # the worker has ended
                        loop.call_soon_threadsafe(ended.set)

            thread = threading.Thread(target=work, name=task.name, daemon=True)
            if task.hears:
                self._hearing.add(thread)
            thread.start()
            await ended.wait()

        return carry


async def _free_stalled(app: procrastinate.App) -> None:
    """Hand on what processes had taken on that died since; what comes again by itself is forgotten."""
    manager = app.job_manager
    for stalled in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        log.warning("%s is handed on: the process that did it is gone", stalled.task_name)
        if stalled.queue == LONG:
            with contextlib.suppress(exceptions.UniqueViolation):  # it has been asked for again
                await manager.retry_job(stalled)
                continue
        await manager.finish_job(stalled, status=jobs.Status.FAILED, delete_job=True)
