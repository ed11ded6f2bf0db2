"""Threads of one quota category: few until something succeeds."""

from __future__ import annotations

import threading
import time

import pytest

from services.bulk.crew import FIRST, Crew


class Work:
    """Counts how many work at once; succeeds when told to."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = self.done = 0
        self.succeeds = False

    def __call__(self, entry: int) -> bool:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self.lock:
            self.now -= 1
            self.done += 1
        return self.succeeds


@pytest.mark.parametrize(("succeeds", "most"), [(False, FIRST), (True, 12)])
def test_all_threads_work_only_once_something_succeeded(succeeds: bool, most: int) -> None:
    work = Work()
    work.succeeds = succeeds
    crew: Crew[int] = Crew("test", work, crashed=lambda: None, most=12)
    for number in range(60):
        crew.put(number)
    while work.done < 60:
        time.sleep(0.01)
    crew.close()
    crew.join()
    assert FIRST <= work.most <= most
    assert (work.most > FIRST) is succeeds


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_our_own_is_told() -> None:
    told = threading.Event()

    def broken(entry: int) -> bool:
        raise ZeroDivisionError

    crew: Crew[int] = Crew("test", broken, crashed=told.set, most=2)
    crew.put(1)
    assert told.wait(5)
    crew.close()
    crew.join()
