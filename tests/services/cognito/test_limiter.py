"""The pace at which calls are let out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from services.cognito.limiter import CLICK, SLOWEST, AccountLimiter, Caller, FairLock, limiter_for

# Turns in equal measure.


def start(lock: FairLock, caller: str, order: list[str]) -> threading.Thread:
    def work() -> None:
        with lock.turn(caller):
            order.append(caller)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.02)  # so that they queue in the order of this text
    return thread


def test_callers_alternate_however_many_threads_they_have() -> None:
    lock, order = FairLock(), list[str]()
    with lock.turn("holder"):
        threads = [start(lock, caller, order) for caller in ("a", "a", "a", "b", "b", "c")]
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "a", "b", "a"]


def test_only_one_thread_is_inside() -> None:
    lock, inside, most = FairLock(), 0, 0

    def work(caller: str) -> None:
        nonlocal inside, most
        for _ in range(50):
            with lock.turn(caller):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work, args=(name,)) for name in "aabbc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_an_error_inside_lets_the_next_one_in() -> None:
    lock, order = FairLock(), list[str]()
    try:
        with lock.turn("a"):
            waiting = start(lock, "b", order)
            raise KeyError
    except KeyError:
        pass
    waiting.join()
    assert order == ["b"]


# Quotas high enough for quick tests; the spacing is the same at any rate.
FAST = {"UserUpdate": 200.0, "UserCreation": 100.0, "UserPoolResourceRead": 400.0}
ADD, CREATE, GET_GROUP = "AdminAddUserToGroup", "AdminCreateUser", "GetGroup"


def in_parallel(work: Callable[[], None], threads: int) -> list[threading.Thread]:
    started = [threading.Thread(target=work) for _ in range(threads)]
    for thread in started:
        thread.start()
    return started


def calls_made(limiter: AccountLimiter, caller: Caller, *, threads: int, seconds: float) -> list[float]:
    times: list[float] = []
    end = time.monotonic() + seconds

    def work() -> None:
        while time.monotonic() < end:
            limiter.acquire(ADD, "pool", caller)
            times.append(time.monotonic())
            time.sleep(0.01)

    for thread in in_parallel(work, threads):
        thread.join()
    return sorted(times)


def rate(times: list[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0])


def test_a_job_keeps_close_to_its_share_and_within_it() -> None:
    times = calls_made(AccountLimiter(FAST), Caller("job", 0.5), threads=8, seconds=1.5)
    assert 90 <= rate(times) <= 108  # half of 200 and the few that may go at once


def test_a_job_at_the_full_quota_comes_close_to_it() -> None:
    times = calls_made(AccountLimiter(FAST), Caller("job", 1.0), threads=8, seconds=1.5)
    assert 180 <= rate(times) <= 212


def test_no_stretch_of_a_run_holds_a_burst() -> None:
    times = calls_made(AccountLimiter(FAST), Caller("job", 1.0), threads=8, seconds=1.0)
    most = max(sum(start <= one < start + 0.25 for one in times) for start in times)
    assert most <= 50 + 21  # a quarter of the quota, and what lateness may catch up


def test_two_jobs_share_the_share_in_equal_measure_whatever_their_threads() -> None:
    limiter = AccountLimiter(FAST)
    counts: dict[str, int] = {}

    def run(name: str, threads: int) -> None:
        counts[name] = len(calls_made(limiter, Caller(name, 0.5), threads=threads, seconds=1.5))

    runs = [threading.Thread(target=run, args=one) for one in (("large", 12), ("small", 3))]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert sum(counts.values()) <= 1.5 * 108 + 20
    assert counts["small"] >= 0.35 * sum(counts.values())


def test_jobs_with_different_shares_stay_within_the_larger_one() -> None:
    limiter = AccountLimiter(FAST)
    times: list[float] = []

    def run(name: str, share: float) -> None:
        times.extend(calls_made(limiter, Caller(name, share), threads=6, seconds=1.5))

    runs = [threading.Thread(target=run, args=one) for one in (("a", 0.5), ("b", 0.8))]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert rate(sorted(times)) <= 0.8 * 200 * 1.12


def test_a_click_does_not_wait_for_a_job() -> None:
    limiter = AccountLimiter()
    end = time.monotonic() + 1.0

    def work() -> None:
        while time.monotonic() < end:
            limiter.acquire(ADD, "pool", Caller("job", 0.5))

    running = in_parallel(work, 8)
    waits = []
    for _ in range(5):
        began = time.monotonic()
        limiter.acquire(ADD, "pool", CLICK)
        waits.append(time.monotonic() - began)
        time.sleep(0.15)
    for thread in running:
        thread.join()
    assert max(waits) < 0.1


def test_categories_do_not_wait_for_each_other() -> None:
    limiter = AccountLimiter({"UserUpdate": 1.0, "UserCreation": 1000.0})
    limiter.acquire(ADD, "pool", Caller("job", 0.5))
    began = time.monotonic()
    for _ in range(20):
        limiter.acquire(CREATE, "pool", Caller("job", 0.5))
    assert time.monotonic() - began < 0.5


def test_one_operation_on_one_pool_has_a_cap_of_its_own() -> None:
    limiter = AccountLimiter(FAST, per_pool_rps=20)
    began = time.monotonic()
    for _ in range(10):
        limiter.acquire(GET_GROUP, "one", CLICK)
    assert time.monotonic() - began > 0.15
    began = time.monotonic()
    for name in ("two", "three", "four"):
        limiter.acquire(GET_GROUP, name, CLICK)
    assert time.monotonic() - began < 0.1


def the_pace(limiter: AccountLimiter) -> float:
    (pace,) = limiter.paces()
    return pace.rate / pace.quota


def test_throttling_halves_the_rate_at_once_and_counts_one_burst_once() -> None:
    limiter = AccountLimiter(FAST)
    limiter.acquire(ADD, "pool")
    for _ in range(10):
        limiter.throttled(ADD)
    assert the_pace(limiter) == 0.5
    times = calls_made(limiter, Caller("job", 1.0), threads=4, seconds=0.5)
    assert rate(times) <= 120
    assert limiter.paces()[0].throttles == 10


def test_a_slowed_category_recovers_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("services.cognito.limiter.monotonic", lambda: now)
    limiter = AccountLimiter(FAST)
    limiter.throttled(ADD)
    seen = []
    for _ in range(6):
        now += 1.0
        seen.append(round(the_pace(limiter), 2))
    assert seen == [0.6, 0.7, 0.8, 0.9, 1.0, 1.0]


def test_a_category_that_is_throttled_for_long_is_never_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr("services.cognito.limiter.monotonic", lambda: now)
    limiter = AccountLimiter(FAST)
    for _ in range(20):
        limiter.throttled(ADD)
        now += 1.0
    assert the_pace(limiter) >= SLOWEST


def test_a_real_quota_replaces_the_default() -> None:
    limiter = AccountLimiter({"UserUpdate": 1.0})
    limiter.acquire(ADD, "pool")
    limiter.set_quota("UserUpdate", 2000.0)
    began = time.monotonic()
    for _ in range(20):
        limiter.acquire(ADD, "pool")
    assert time.monotonic() - began < 1.0


def test_everyone_on_one_account_and_region_has_the_same_limiter() -> None:
    assert limiter_for("111122223333", "eu-west-1") is limiter_for("111122223333", "eu-west-1")
    assert limiter_for("111122223333", "eu-west-1") is not limiter_for("111122223333", "eu-north-1")


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        Caller("job", share)
