"""Three quick clicks are one change."""

import threading
import time

import pytest

from console.dialogs import Opened
from console.once import Once
from services.errors import Throttled


def press_together(once, action, times=3):
    """Answers and errors of several presses at the same moment, each in a thread of its own."""
    found = []
    start = threading.Barrier(times)

    def press():
        start.wait()
        try:
            found.append(once.run(action))
        except Throttled as error:
            found.append(error)

    threads = [threading.Thread(target=press) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_pressed_three_times_at_once_it_is_done_once_and_all_hear_the_same():
    calls = []

    def slowly():
        calls.append(1)
        time.sleep(0.05)
        return "done"

    assert press_together(Once(), slowly) == ["done"] * 3
    assert len(calls) == 1


def test_presses_that_waited_for_a_failure_do_not_try_again_by_themselves():
    calls = []

    def fail():
        calls.append(1)
        time.sleep(0.05)
        raise Throttled("Too fast.")

    found = press_together(Once(), fail)
    assert len(calls) == 1
    assert {str(one) for one in found} == {"Too fast."}


def test_a_later_press_after_a_failure_tries_again():
    once: Once[str] = Once()
    answers = iter([Throttled("Too fast."), "done"])

    def act():
        answer = next(answers)
        if isinstance(answer, Throttled):
            raise answer
        return answer

    with pytest.raises(Throttled):
        once.run(act)
    assert once.answer is None
    assert once.run(act) == "done"
    assert once.answer == "done"


def test_a_dialog_keeps_what_went_wrong_until_the_next_try():
    opened = Opened("x")

    def fail():
        raise Throttled("Too fast.")

    opened.attempt(fail)
    assert str(opened.error) == "Too fast."
    opened.attempt(lambda: 5)
    assert opened.error is None
    assert opened.once.answer == 5


def test_a_dialog_opened_again_has_other_widgets():
    assert Opened("x").key("part") != Opened("x").key("part")
