"""How long the users page takes: opened, run again, searched, turned; with few and with many people.

    python bench/users_page.py [500 20000 …]

The page runs as Streamlit's AppTest runs it (whole entry script, gate's identity included), against
the embedded Cognito in a process of its own. Printed: median wall and CPU milliseconds of one run in
this process. A browser adds the way over the WebSocket and the drawing.
"""

from __future__ import annotations

import gc
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
logging.getLogger("streamlit").setLevel(logging.ERROR)

from streamlit.testing.v1 import AppTest  # noqa: E402

from console.web import identity  # noqa: E402
from console.web.process import PROCESS  # noqa: E402
from console.web.settings import ConsoleSettings  # noqa: E402
from demo.install import install  # noqa: E402
from demo.server import EmbeddedCognito  # noqa: E402
from services.directory.cache import forget_everything  # noqa: E402
from services.store.engine import open_store  # noqa: E402
from services.store.vault import KeyRing, new_key  # noqa: E402

TIMES = 15


def measure(what: str, act: Callable[[int], object], times: int = TIMES) -> None:
    """Print the median of `times` runs of `act`, which is given the number of the run."""
    wall, cpu = [], []
    for number in range(times):
        started, used = time.perf_counter(), time.process_time()
        act(number)
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    print(f"  {what:<44} {statistics.median(wall):8.0f} ms wall {statistics.median(cpu):8.0f} ms CPU")


def bench(people: int, folder: Path) -> None:
    """Measure the page of one pool."""
    print(f"{people:,} people")
    with EmbeddedCognito(people=people) as cognito:
        store = open_store(f"sqlite:///{folder / f'bench{people}.db'}", KeyRing((new_key(),)))
        install(store, cognito.url)
        PROCESS.use(store, ConsoleSettings())
        forget_everything()
        operator = next(operator for operator in store.operators.list() if operator.role == "manager")
        session, _ = store.sessions.create(operator.id, "", "bench", timedelta(hours=1), timedelta(hours=1))
        page = AppTest.from_file(str(ROOT / "console" / "app.py"), default_timeout=120)
        page.user = {"session": identity.stamp(session.id)}
        page.switch_page("../pages/users.py")
        page.query_params["pool"] = "staff"
        measure("first visit of anybody (reads the pool)", lambda _: page.run(), times=1)
        gc.collect()
        gc.freeze()  # as the running console does after its imports
        measure("run again, nothing changed", lambda _: page.run())
        if any(box.key == "users-search-staff" for box in page.text_input):
            words = ("ann", "billing", "son", "zz", "example")
            measure("search", lambda n: _search(page, words[n % len(words)]))
            _search(page, "")
            measure("sort", lambda n: page.selectbox(key="users-sort-staff").select_index(n % 6).run())
        else:
            measure("next page (asks Cognito, with groups)", lambda _: _next(page), times=5)
            measure("back to a page seen before", lambda _: _press(page, "Previous"), times=5)
        PROCESS.close()


def _search(page: AppTest, text: str) -> None:
    page.text_input(key="users-search-staff").set_value(text).run()


def _next(page: AppTest) -> None:
    _press(page, "Next")


def _press(page: AppTest, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()
    if page.exception:
        raise SystemExit(page.exception[0].message)


if __name__ == "__main__":
    sizes = [int(argument) for argument in sys.argv[1:]] or [500, 20_000]
    with tempfile.TemporaryDirectory() as made:
        for size in sizes:
            bench(size, Path(made))
