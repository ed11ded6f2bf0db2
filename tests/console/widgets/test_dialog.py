"""The one kind of dialog; what a button does happens once."""

from __future__ import annotations

import threading
import time

import pytest
from streamlit.testing.v1 import AppTest

from console.web import identity
from console.widgets.dialog import Once, Opened
from services.errors import Throttled
from services.note_rules import Demand, NoteRules
from services.roles import Actor, Origin, Role
from services.store.activity import Why
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import sign_in_as

DONE: list[str] = []
ADMIN = Actor("op-1", "Ann Admin", Role.ADMIN, Origin.BROWSER)


def script() -> None:
    from typing import Any  # noqa: PLC0415

    import streamlit as st  # noqa: PLC0415

    from console.page import open_page  # noqa: PLC0415
    from console.widgets import dialog  # noqa: PLC0415
    from services.errors import UserNotFound  # noqa: PLC0415
    from services.store.activity import reason_text  # noqa: PLC0415
    from tests.console.widgets.test_dialog import DONE  # noqa: PLC0415

    def action(why: Any) -> str:
        if why["reason"] == "fail":
            raise UserNotFound("Ann is gone already.")
        DONE.append(reason_text(why))
        return "Ann is deleted."

    open_page("Page", "About.", needs_pool=False)
    dialog.confirm(
        st.button("Delete…"),
        "Delete Ann",
        "Ann *Ek* will be gone.",
        typed="ann_ek",
        action=action,
        button="Delete",
        key="delete",
    )


@pytest.fixture
def page(console_store: Store, cast: dict[str, Operator]) -> AppTest:
    DONE.clear()
    app = AppTest.from_function(script, default_timeout=60)
    app.user = {"session": identity.stamp(sign_in_as(console_store, cast["ann"])[0])}
    return app.run()


def answer(page: AppTest, typed: str, reason: str) -> AppTest:
    page.text_input[0].set_value(typed)
    page.text_input[1].set_value(reason)
    return press(page, "Delete")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_it_says_what_will_happen_to_whom(page: AppTest) -> None:
    page.button[0].click().run()
    assert "Ann *Ek* will be gone." in " ".join(
        text.value.replace("\\", "").replace("\N{WORD JOINER}", "") for text in page.markdown
    )
    assert page.text_input[0].label == "To confirm, type the name above *"
    assert "ann_ek" in [text.value for text in page.text]


@pytest.mark.parametrize(
    ("typed", "reason"), [("", "left"), ("Ann_ek", "left"), ("ann_ek", ""), ("ann_ek", "  ")]
)
def test_without_the_exact_name_and_a_reason_nothing_happens(page: AppTest, typed: str, reason: str) -> None:
    page.button[0].click().run()
    answer(page, typed, reason)
    assert DONE == []
    assert "Nothing was done." in page.error[0].value


def test_with_both_it_happens_once_and_the_dialog_closes(page: AppTest) -> None:
    page.button[0].click().run()
    answer(page, "ann_ek", " left ")
    assert DONE == ["left"]
    assert page.success[0].value == "Ann is deleted\\."
    assert len(page.text_input) == 0


def test_the_ticket_goes_along_and_has_to_look_like_one(page: AppTest, console_store: Store) -> None:
    NoteRules(ticket=Demand.REQUIRED, pattern="OPS-[0-9]+").keep(console_store, ADMIN, Why())
    page.button[0].click().run()
    answer(page, "ann_ek", "left")
    assert "Give the ticket number" in page.error[0].value
    page.text_input[2].set_value("ops1")
    answer(page, "ann_ek", "left")
    assert "is no ticket number" in page.error[0].value
    page.text_input[2].set_value(" OPS-1 ")
    answer(page, "ann_ek", "left")
    assert DONE == ["OPS-1: left"]


def test_an_error_is_said_in_the_dialog_which_stays_open(page: AppTest) -> None:
    page.button[0].click().run()
    answer(page, "ann_ek", "fail")
    assert page.error[0].value == "Ann is gone already\\."
    answer(page, "ann_ek", "left")
    assert DONE == ["left"]


def test_it_can_be_asked_again(page: AppTest) -> None:
    for _ in range(2):
        press(page, "Delete…")
        answer(page, "ann_ek", "left")
    assert DONE == ["left", "left"]


def test_after_the_session_ended_it_does_nothing(
    page: AppTest, console_store: Store, cast: dict[str, Operator]
) -> None:
    page.button[0].click().run()
    console_store.sessions.revoke_operator(cast["ann"].id)
    answer(page, "ann_ek", "left")
    assert DONE == []


def test_cancel_stands_at_the_left_and_what_happens_at_the_right(page: AppTest) -> None:
    page.button[0].click().run()
    assert [button.label for button in page.button][1:] == ["Cancel", "Delete"]


def test_what_has_to_be_filled_in_is_marked_and_the_mark_explained(page: AppTest) -> None:
    page.button[0].click().run()
    optional = [field.label for field in page.text_input if not field.label.endswith(" *")]
    assert optional == ["Ticket (optional)"]
    assert "\\* required" in [text.value for text in page.markdown]


def test_after_cancel_nothing_is_done_and_the_dialog_opens_empty_again(page: AppTest) -> None:
    page.button[0].click().run()
    page.text_input[0].set_value("ann_ek")
    press(page, "Cancel")
    assert len(page.text_input) == 0
    page.button[0].click().run()
    assert page.text_input[0].value == ""
    assert DONE == []


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
    assert {str(match) for match in found} == {"Too fast."}


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
