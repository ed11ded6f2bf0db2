"""A thread stays on one processor with those it starts, but for what may use all of them."""

import os
import subprocess
import sys
from threading import Thread

import pytest

from services import processors
from services.directory.engine import database

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one processor only"
)
SAYS = "import os; print(len(os.sched_getaffinity(0)))"


def apart(work):
    """Do the work in a thread of its own, which nothing else runs in."""
    found = []
    thread = Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def where():
    return os.sched_getaffinity(0)


def test_a_thread_and_those_it_starts_stay_on_one_processor():
    def work():
        processors.stay_on_one(1)
        return where(), apart(where)

    own, started = apart(work)
    assert len(own) == 1
    assert started == own


def test_consoles_at_neighbouring_ports_stay_on_different_processors():
    def at(port):
        processors.stay_on_one(port)
        return where()

    assert apart(lambda: at(8501)) != apart(lambda: at(8502))


def test_what_is_started_for_all_processors_may_use_them_and_the_thread_stays():
    def work():
        processors.stay_on_one(0)
        with processors.on_all():
            said = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, check=True).stdout
        return int(said), len(where())

    assert apart(work) == (len(processors._ALL), 1)


def test_the_threads_of_a_pool_s_tables_may_use_all_processors():
    def work():
        processors.stay_on_one(0)
        before = set(os.listdir("/proc/self/task"))
        made = database(1)
        added = set(os.listdir("/proc/self/task")) - before
        found = [len(os.sched_getaffinity(int(thread))) for thread in added]
        made.close()
        return found

    found = apart(work)
    assert found
    assert set(found) == {len(processors._ALL)}
