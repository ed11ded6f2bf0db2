"""How long the users page takes with a snapshot of so many people: opened, searched, turned, exported.

    python -m bench.search_page [100000 …]

The page runs as Streamlit's AppTest runs it (whole entry script, gate's identity included) on a store
that holds a snapshot made in this process, as a scan would have left it. Printed: median wall and CPU
milliseconds of one run. A browser adds the way over the WebSocket and the drawing.
"""

from __future__ import annotations

import gc
import logging
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
logging.getLogger("streamlit").setLevel(logging.ERROR)

from streamlit.testing.v1 import AppTest  # noqa: E402

from bench.search import made_of  # noqa: E402
from bench.users_page import measure  # noqa: E402
from console.web import identity  # noqa: E402
from console.web.process import PROCESS  # noqa: E402
from console.web.settings import ConsoleSettings  # noqa: E402
from demo.install import install  # noqa: E402
from demo.server import EmbeddedCognito  # noqa: E402
from services.access.sessions import terminal_actor  # noqa: E402
from services.directory import listing  # noqa: E402
from services.directory.cache import forget_everything  # noqa: E402
from services.directory.export import about_of, users_table, write  # noqa: E402
from services.directory.file_format import Format  # noqa: E402
from services.directory.pool import pool_of  # noqa: E402
from services.directory.snapshots import Snapshots  # noqa: E402
from services.pool_session import open_pool_session  # noqa: E402
from services.store.engine import open_store  # noqa: E402
from services.store.vault import KeyRing, new_key  # noqa: E402

WORDS = ("ann", "lindqvist sorensen", "zz", "group-07", "example", "0001")


def bench(people: int, folder: Path) -> None:
    """Measure the page of one pool."""
    print(f"{people:,} people")
    listing.WHOLE_POOL_UP_TO = 10
    with EmbeddedCognito(people=50) as cognito:
        store = open_store(f"sqlite:///{folder / f'bench{people}.db'}", KeyRing((new_key(),)))
        install(store, cognito.url)
        PROCESS.use(store, ConsoleSettings())
        forget_everything()
        gateway = open_pool_session(store, store.pools.by_name("staff"), terminal_actor()).gateway
        snapshot = made_of(people, gateway.pool_key, gateway.describe_pool())
        Snapshots(store).save(snapshot)
        operator = next(operator for operator in store.operators.list() if operator.role == "manager")
        session, _ = store.sessions.create(operator.id, "", "bench", timedelta(hours=1), timedelta(hours=1))
        page = AppTest.from_file(str(ROOT / "console" / "app.py"), default_timeout=120)
        page.user = {"session": identity.stamp(session.id)}
        page.switch_page("../pages/users.py")
        page.query_params["pool"] = "staff"
        measure("first visit of anybody (makes the index)", lambda _: page.run(), times=1)
        gc.collect()
        gc.freeze()  # as the running console does after its imports
        measure("run again, nothing changed", lambda _: page.run())
        measure("search", lambda n: _search(page, WORDS[n % len(WORDS)]))
        _search(page, "")
        measure("sort", lambda n: page.selectbox(key="users-sort-staff").select_index(n % 6).run())
        tables = pool_of(snapshot)
        for format in Format:
            started = time.perf_counter()
            data = write(users_table(tables, tables.everybody()), about_of(tables, "Users"), format)
            took = time.perf_counter() - started
            print(f"  export of everybody as {format:<21} {took * 1000:8.0f} ms, {len(data) / 1e6:,.1f} MB")
        PROCESS.close()


def _search(page: AppTest, text: str) -> None:
    page.text_input(key="users-search-staff").set_value(text).run()
    if page.exception:
        raise SystemExit(page.exception[0].message)


if __name__ == "__main__":
    sizes = [int(argument) for argument in sys.argv[1:]] or [100_000]
    with tempfile.TemporaryDirectory() as made:
        for size in sizes:
            bench(size, Path(made))
