"""A reading belongs to the process: everybody sees it, may stop it, and may go on with it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.directory import scan_kept
from services.directory import scans as module
from services.directory.local_changes import forget_changes
from services.directory.scans import ScanState, scans_for
from services.directory.snapshots import Snapshots
from services.errors import CredentialsExpired, SessionEnded
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult
from services.store.engine import open_store
from tests.services.directory.scan_stub import failing, pool_of

SECONDS = 20


@pytest.fixture(autouse=True)
def fresh():
    forget_changes()


@pytest.fixture
def scans(store):
    found = scans_for(store)
    yield found
    found.close()


def actor(name="Ada", role=Role.AUDITOR):
    return lambda: Actor(name.lower(), name, role, Origin.BROWSER)


class Gate:
    """Holds every page of people from the third on until it is opened."""

    def __init__(self):
        self.reached = threading.Event()
        self.open = threading.Event()
        self.pages = 0

    def __call__(self, name):
        if name.startswith("users"):
            self.pages += 1
            if self.pages > 2:
                self.reached.set()
                assert self.open.wait(SECONDS)


def wait(scans, pool):
    """Wait for the end of the pool's reading."""
    scans._readings[pool.pool_key].thread.join(SECONDS)
    return scans.of(pool.pool_key)


def test_an_auditor_may_read_a_pool_and_it_is_logged(scans, store):
    pool = pool_of(40)
    assert scans.of(pool.pool_key) is None
    scans.start(pool, "staff", actor())
    view = wait(scans, pool)
    assert (view.state, view.progress.people, view.error, view.can_go_on) == (ScanState.DONE, 40, None, False)
    (line,) = Snapshots(store).list(view.pool_key)
    assert (line.id, line.users, line.operator_name, line.pool_name) == (view.snapshot_id, 40, "Ada", "staff")
    (logged,) = store.activity.search(action="take_snapshot")
    assert (logged.operator_name, logged.result, logged.pool) == ("Ada", ActivityResult.DONE, "staff")
    assert logged.after["people"] == 40


def test_whoever_is_signed_out_reads_nothing(scans):
    def who():
        raise SessionEnded("You are no longer signed in.")

    pool = pool_of(3)
    with pytest.raises(SessionEnded):
        scans.start(pool, "staff", who)
    assert pool.calls == []


def test_a_second_browser_watches_the_same_reading_and_may_stop_it(scans, store):
    gate = Gate()
    pool = pool_of(100, fault=gate)
    scans.start(pool, "staff", actor("Ada"))
    assert gate.reached.wait(SECONDS)
    again = scans.start(pool, "staff", actor("Sam"))
    assert (again.started_by, again.state) == ("Ada", ScanState.RUNNING)
    scans.stop(again.pool_key, actor("Sam"))
    assert scans.of(again.pool_key).state is ScanState.STOPPING
    gate.open.set()
    view = wait(scans, pool)
    assert (view.state, view.stopped_by, view.can_go_on) == (ScanState.STOPPED, "Sam", True)
    assert 0 < view.progress.people < 100
    assert Snapshots(store).newest_line(view.pool_key) is None
    (logged,) = store.activity.search(action="take_snapshot")
    assert logged.result is ActivityResult.FAILED
    assert logged.error.startswith("Stopped after")


def test_a_stopped_reading_goes_on_where_it_was(scans, store):
    gate = Gate()
    pool = pool_of(100, fault=gate)
    key = scans.start(pool, "staff", actor("Ada")).pool_key
    assert gate.reached.wait(SECONDS)
    scans.stop(key, actor("Ada"))
    gate.open.set()
    wait(scans, pool)
    before = len([call for call in pool.calls if call.startswith("users")])
    assert scans.go_on(key, actor("Max")).started_by == "Max"
    assert wait(scans, pool).state is ScanState.DONE
    assert len([call for call in pool.calls if call.startswith("users")]) == 15
    assert before < 15
    assert len(Snapshots(store).now(key)) == 100
    assert scans.go_on(key, actor()) is None


def test_what_was_read_long_ago_is_not_gone_on_with(scans, monkeypatch):
    pool = pool_of(30, fault=failing("users "))
    key = scans.start(pool, "staff", actor()).pool_key
    assert wait(scans, pool).can_go_on
    monkeypatch.setattr(scan_kept, "KEPT_FOR", -scan_kept.KEPT_FOR)
    assert scans.go_on(key, actor()) is None


def test_a_failure_says_why_and_can_be_gone_on_with_another_way(scans, store):
    pool = pool_of(
        30, fault=failing("users ", error=CredentialsExpired("The credentials ran out.", "Renew them."))
    )
    key = scans.start(pool, "staff", actor()).pool_key
    view = wait(scans, pool)
    assert (view.state, view.error.message) == (ScanState.FAILED, "The credentials ran out.")
    assert store.activity.search(action="take_snapshot")[0].error_code == "CredentialsExpired"
    assert scans.go_on(key, actor(), gateway=pool_of(30)) is not None
    assert wait(scans, pool).state is ScanState.DONE


def test_what_failed_is_tried_again_and_takes_the_place_of_the_incomplete_one(scans, store):
    pool = pool_of(60, fault=failing("members group0+", times=1))
    key = scans.start(pool, "staff", actor()).pool_key
    view = wait(scans, pool)
    assert view.state is ScanState.INCOMPLETE
    assert [line.complete for line in Snapshots(store).list(key)] == [False]
    scans.go_on(key, actor())
    assert wait(scans, pool).state is ScanState.DONE
    assert [line.complete for line in Snapshots(store).list(key)] == [True]


def test_an_error_in_the_console_itself_ends_the_reading_with_words(scans):
    pool = pool_of(30)
    pool.list_groups = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda _: None)
        key = scans.start(pool, "staff", actor()).pool_key
        view = wait(scans, pool)
    assert view.state is ScanState.FAILED
    assert "error in the console itself" in view.error.message
    assert scans.of(key) == view


def test_the_end_of_the_process_ends_every_reading(store):
    scans = module.Scans(store)
    gate = Gate()
    pool = pool_of(100, fault=gate)
    scans.start(pool, "staff", actor())
    assert gate.reached.wait(SECONDS)
    threading.Timer(0.1, gate.open.set).start()
    scans.close()
    assert scans.of(pool.pool_key).state is ScanState.STOPPED
    scans.start(pool_of(5, pool_id="eu-west-1_other"), "other", actor())
    assert scans.of("|eu-west-1|eu-west-1_other").state is ScanState.STOPPED


# --- several processes


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def two(request, keys, monkeypatch):
    """The readings of two processes on one database."""
    monkeypatch.setattr(module, "BEAT", 0.05)
    here = request.getfixturevalue("store" if request.param == "SQLite" else "postgresql_store")
    with open_store(here.address.render_as_string(hide_password=False), keys) as there:
        both = module.Scans(here), module.Scans(there)
        yield both
        for scans in both:
            scans.close()


def until(condition):
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_another_process_sees_a_reading_begins_no_second_one_and_may_stop_it(two):
    here, there = two
    gate = Gate()
    pool = pool_of(100, fault=gate)
    key = here.start(pool, "staff", actor("Ada")).pool_key
    assert gate.reached.wait(SECONDS)
    until(lambda: there.of(key).progress.people)
    other = pool_of(100)
    again = there.start(other, "staff", actor("Sam"))
    assert (again.started_by, again.state, other.calls) == ("Ada", ScanState.RUNNING, [])
    there.stop(key, actor("Sam"))
    until(lambda: there.of(key).state is ScanState.STOPPING)
    gate.open.set()
    view = wait(here, pool)
    assert (view.state, view.stopped_by, view.can_go_on) == (ScanState.STOPPED, "Sam", True)
    until(lambda: there.of(key) == view)


def test_another_process_goes_on_with_what_was_read_also_after_the_first_has_ended(two):
    here, there = two
    gate = Gate()
    pool, other = pool_of(100, fault=gate), pool_of(100)
    key = here.start(pool, "staff", actor("Ada")).pool_key
    assert gate.reached.wait(SECONDS)
    threading.Timer(0.1, gate.open.set).start()
    here.close()
    until(lambda: (view := there.of(key)) is not None and view.can_go_on)
    assert there.go_on(key, actor("Sam")) is None  # nothing leads to the pool
    assert there.go_on(key, actor("Sam"), other).started_by == "Sam"
    assert wait(there, other).state is ScanState.DONE
    pages = [call for call in (*pool.calls, *other.calls) if call.startswith("users")]
    assert len(pages) == 15
    until(lambda: there._board.last(key) == (None, False))
    assert here.of(key) is None
    assert there.go_on(key, actor(), other) is None


def test_of_two_processes_that_begin_at_once_one_reads(two):
    gate, pools = Gate(), (pool_of(100), pool_of(100))
    for pool in pools:
        pool.fault = gate
    with ThreadPoolExecutor(2) as browsers:
        begun = list(
            browsers.map(
                lambda each: each[0].start(each[1], "staff", actor(each[2])),
                zip(two, pools, "AB", strict=True),
            )
        )
    assert gate.reached.wait(SECONDS)
    assert len({view.started_by for view in begun}) == 1
    assert [] in [pool.calls for pool in pools]
    gate.open.set()


def test_what_a_process_read_that_died_can_be_read_anew_soon(two, monkeypatch):
    here, there = two
    monkeypatch.setattr(module, "SHOWN_FOR", timedelta(seconds=0.5))
    monkeypatch.setattr(module, "BEAT", SECONDS)  # no sign of life any more
    gate = Gate()
    key = here.start(pool_of(100, fault=gate), "staff", actor("Ada")).pool_key
    until(lambda: there.of(key) is None)
    assert there.start(pool_of(40), "staff", actor("Sam")).started_by == "Sam"
    gate.open.set()
