"""Turns in equal measure."""

from __future__ import annotations

import threading
import time

from services.cognito.turnstile import Turnstile


def start(turnstile: Turnstile, caller: str, order: list[str]) -> threading.Thread:
    def work() -> None:
        with turnstile.turn(caller):
            order.append(caller)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.02)  # so that they queue in the order of this text
    return thread


def test_callers_alternate_however_many_threads_they_have() -> None:
    turnstile, order = Turnstile(), list[str]()
    with turnstile.turn("holder"):
        threads = [start(turnstile, caller, order) for caller in ("a", "a", "a", "b", "b", "c")]
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "a", "b", "a"]


def test_only_one_thread_is_inside() -> None:
    turnstile, inside, most = Turnstile(), 0, 0

    def work(caller: str) -> None:
        nonlocal inside, most
        for _ in range(50):
            with turnstile.turn(caller):
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
    turnstile, order = Turnstile(), list[str]()
    try:
        with turnstile.turn("a"):
            waiting = start(turnstile, "b", order)
            raise KeyError
    except KeyError:
        pass
    waiting.join()
    assert order == ["b"]
