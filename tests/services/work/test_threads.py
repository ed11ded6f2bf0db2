"""Background work in the threads of one process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from services.errors import ConsoleError
from services.store.store import Store
from services.work.task import Task, WorkGround
from services.work.threads import ThreadedWork


@pytest.fixture
def work(store: Store) -> Iterator[ThreadedWork]:
    made = ThreadedWork(store)
    yield made
    made.close()


def test_the_very_same_task_is_not_done_twice_at_once(work: ThreadedWork) -> None:
    go, done = threading.Event(), []

    def run(_: WorkGround, job_id: str) -> None:
        go.wait(30)
        done.append(job_id)

    task = Task("wait", run, long=True)
    for job_id in ("a", "a", "b", "a"):
        work.submit(task, job_id=job_id)
    go.set()
    work.settle()
    assert sorted(done) == ["a", "b"]
    work.submit(task, job_id="a")  # it has ended, so this is a new one
    work.settle()
    assert sorted(done) == ["a", "a", "b"]


def test_what_comes_by_itself_goes_on_after_errors_and_comes_at_once_when_asked_for(
    work: ThreadedWork, caplog: pytest.LogCaptureFixture
) -> None:
    seen, errors = threading.Semaphore(0), iter([ConsoleError("It is in the way."), ZeroDivisionError()])

    def run(_: WorkGround) -> None:
        seen.release()
        if error := next(errors, None):
            raise error

    task = Task("look", run, every=3600)
    work.begin((task,))
    for _ in range(3):
        assert seen.acquire(timeout=30)
        work.submit(task)
    assert "look: It is in the way." in caplog.text
    assert "look ended because of an error in the console itself" in caplog.text


def test_it_looks_again_as_early_as_it_wants_to(work: ThreadedWork) -> None:
    seen = threading.Semaphore(0)

    def run(_: WorkGround) -> float:
        seen.release()
        return 0.0

    work.begin((Task("look", run, every=3600),))
    for _ in range(3):
        assert seen.acquire(timeout=30)


def test_after_the_end_nothing_begins_and_who_hears_of_it_is_waited_for(store: Store) -> None:
    work, ended = ThreadedWork(store), []

    def run(ground: WorkGround) -> None:
        ground.stopped.wait(30)
        ended.append("it")

    work.submit(Task("hears", run, long=True, hears=True))
    work.close()
    assert ended == ["it"]
    work.submit(Task("late", run))
    work.settle()
    assert ended == ["it"]
