"""The pace at which calls are let out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from services.cognito.limiter import CLICK, SLOWEST, AccountLimiter, Caller, FairLock, limiter_for
from tests.fixtures.simulated_time import SimulatedTime, clock

__all__ = ["clock"]

# Turns in equal measure.


class ObservedLock(FairLock):
    """A lock that says when a thread has taken its place in the queue."""

    def __init__(self) -> None:
        super().__init__()
        self.queued = threading.Semaphore(0)

    def _enter(self, caller: str) -> threading.Event | None:
        place = super()._enter(caller)
        self.queued.release()
        return place


def start(lock: ObservedLock, caller: str, order: list[str]) -> threading.Thread:
    def work() -> None:
        with lock.turn(caller):
            order.append(caller)

    thread = threading.Thread(target=work)
    thread.start()
    lock.queued.acquire()  # so that they queue in the order of this text
    return thread


def test_callers_alternate_however_many_threads_they_have() -> None:
    lock, order = ObservedLock(), list[str]()
    with lock.turn("holder"):
        lock.queued.acquire()
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
    lock, order = ObservedLock(), list[str]()
    try:
        with lock.turn("a"):
            lock.queued.acquire()
            waiting = start(lock, "b", order)
            raise KeyError
    except KeyError:
        pass
    waiting.join()
    assert order == ["b"]


FAST = {"UserUpdate": 200.0, "UserCreation": 100.0, "UserPoolResourceRead": 400.0}
ADD, CREATE, GET_GROUP = "AdminAddUserToGroup", "AdminCreateUser", "GetGroup"


def calling(
    limiter: AccountLimiter, clock: SimulatedTime, caller: Caller, times: list[float], seconds: float
) -> Callable[[], None]:
    """A thread's work: to call for so many seconds, as often as it may, and note when it did."""
    end = clock.now() + seconds

    def work() -> None:
        while clock.now() < end:
            limiter.acquire(ADD, "pool", caller)
            times.append(clock.now())
            clock.sleep(0.01)

    return work


def calls_made(
    limiter: AccountLimiter, clock: SimulatedTime, caller: Caller, *, threads: int, seconds: float
) -> list[float]:
    times: list[float] = []
    clock.run([calling(limiter, clock, caller, times, seconds)] * threads)
    return sorted(times)


def rate(times: list[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0])


def test_a_job_keeps_close_to_its_share_and_within_it(clock: SimulatedTime) -> None:
    times = calls_made(AccountLimiter(FAST), clock, Caller("job", 0.5), threads=8, seconds=1.5)
    assert 90 <= rate(times) <= 108  # half of 200 and the few that may go at once


def test_a_job_at_the_full_quota_comes_close_to_it(clock: SimulatedTime) -> None:
    times = calls_made(AccountLimiter(FAST), clock, Caller("job", 1.0), threads=8, seconds=1.5)
    assert 180 <= rate(times) <= 212


def test_no_stretch_of_a_run_holds_a_burst(clock: SimulatedTime) -> None:
    times = calls_made(AccountLimiter(FAST), clock, Caller("job", 1.0), threads=8, seconds=1.0)
    most = max(sum(start <= time < start + 0.25 for time in times) for start in times)
    assert most <= 50 + 21  # a quarter of the quota, and what lateness may catch up


@pytest.mark.parametrize("quota", [5.0, 10.0, 15.0, 25.0, 30.0, 50.0, 120.0])
def test_no_second_of_a_job_at_the_full_quota_sees_more_than_the_quota(
    clock: SimulatedTime, quota: float
) -> None:
    limiter = AccountLimiter({"UserUpdate": quota})
    clock.sleep(1.0)  # a quiet while, after which some may go at once
    times = calls_made(limiter, clock, Caller("job", 1.0), threads=8, seconds=5.0)
    most = max(sum(start <= time < start + 1.0 for time in times) for start in times)
    assert 0.8 * quota <= most <= quota


def test_two_jobs_share_the_share_in_equal_measure_whatever_their_threads(clock: SimulatedTime) -> None:
    limiter, large, small = AccountLimiter(FAST), list[float](), list[float]()
    clock.run(
        [calling(limiter, clock, Caller("large", 0.5), large, 1.5)] * 12
        + [calling(limiter, clock, Caller("small", 0.5), small, 1.5)] * 3
    )
    assert len(large) + len(small) <= 1.5 * 108 + 20
    assert len(small) >= 0.35 * (len(large) + len(small))


def test_jobs_with_different_shares_stay_within_the_larger_one(clock: SimulatedTime) -> None:
    limiter, times = AccountLimiter(FAST), list[float]()
    clock.run(
        [calling(limiter, clock, Caller("a", 0.5), times, 1.5)] * 6
        + [calling(limiter, clock, Caller("b", 0.8), times, 1.5)] * 6
    )
    assert rate(sorted(times)) <= 0.8 * 200 * 1.12


def test_a_click_does_not_wait_for_a_job(clock: SimulatedTime) -> None:
    limiter, end, waits = AccountLimiter(), clock.now() + 1.0, list[float]()

    def job() -> None:
        while clock.now() < end:
            limiter.acquire(ADD, "pool", Caller("job", 0.5))

    def clicks() -> None:
        for _ in range(5):
            began = clock.now()
            limiter.acquire(ADD, "pool", CLICK)
            waits.append(clock.now() - began)
            clock.sleep(0.15)

    clock.run([job] * 8 + [clicks])
    assert len(waits) == 5
    assert max(waits) < 0.1


def test_categories_do_not_wait_for_each_other(clock: SimulatedTime) -> None:
    limiter = AccountLimiter({"UserUpdate": 1.0, "UserCreation": 1000.0})
    limiter.acquire(ADD, "pool", Caller("job", 0.5))
    began = clock.now()
    for _ in range(20):
        limiter.acquire(CREATE, "pool", Caller("job", 0.5))
    assert clock.now() - began < 0.5


def test_one_operation_on_one_pool_has_a_cap_of_its_own(clock: SimulatedTime) -> None:
    limiter = AccountLimiter(FAST, per_pool_rps=20)
    began = clock.now()
    for _ in range(10):
        limiter.acquire(GET_GROUP, "one", CLICK)
    assert clock.now() - began > 0.15
    began = clock.now()
    for name in ("two", "three", "four"):
        limiter.acquire(GET_GROUP, name, CLICK)
    assert clock.now() - began < 0.1


def test_a_quota_of_one_call_a_second_never_sees_two_within_one(clock: SimulatedTime) -> None:
    limiter, times = AccountLimiter(), list[float]()
    for _ in range(4):
        limiter.acquire("GetProvisionedLimit", "")
        times.append(clock.now())
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.0


def the_pace(limiter: AccountLimiter) -> float:
    (pace,) = limiter.paces()
    return pace.rate / pace.quota


def test_throttling_halves_the_rate_at_once_and_counts_one_burst_once(clock: SimulatedTime) -> None:
    limiter = AccountLimiter(FAST)
    limiter.acquire(ADD, "pool")
    for _ in range(10):
        limiter.throttled(ADD)
    assert the_pace(limiter) == 0.5
    times = calls_made(limiter, clock, Caller("job", 1.0), threads=4, seconds=0.5)
    assert rate(times) <= 120
    assert limiter.paces()[0].throttles == 10


def test_a_slowed_category_recovers_step_by_step(clock: SimulatedTime) -> None:
    limiter = AccountLimiter(FAST)
    limiter.throttled(ADD)
    seen = []
    for _ in range(6):
        clock.sleep(1.0)
        seen.append(round(the_pace(limiter), 2))
    assert seen == [0.6, 0.7, 0.8, 0.9, 1.0, 1.0]


def test_a_category_that_is_throttled_for_long_is_never_stopped(clock: SimulatedTime) -> None:
    limiter = AccountLimiter(FAST)
    for _ in range(20):
        limiter.throttled(ADD)
        clock.sleep(1.0)
    assert the_pace(limiter) >= SLOWEST


def test_a_real_quota_replaces_the_default(clock: SimulatedTime) -> None:
    limiter = AccountLimiter({"UserUpdate": 1.0})
    limiter.acquire(ADD, "pool")
    limiter.set_quota("UserUpdate", 2000.0)
    began = clock.now()
    for _ in range(20):
        limiter.acquire(ADD, "pool")
    assert clock.now() - began < 1.0


def test_everyone_on_one_account_and_region_has_the_same_limiter() -> None:
    assert limiter_for("111122223333", "eu-west-1") is limiter_for("111122223333", "eu-west-1")
    assert limiter_for("111122223333", "eu-west-1") is not limiter_for("111122223333", "eu-north-1")


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        Caller("job", share)
