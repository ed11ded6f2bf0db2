"""The dialog before dangerous things."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from console import identity
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import sign_in_as

DONE: list[str] = []


def script() -> None:
    import streamlit as st  # noqa: PLC0415

    from console.confirm import confirm_dialog  # noqa: PLC0415
    from console.page import open_page  # noqa: PLC0415
    from services.errors import UserNotFound  # noqa: PLC0415
    from tests.console.test_confirm import DONE  # noqa: PLC0415

    def action(reason: str) -> str:
        if reason == "fail":
            raise UserNotFound("Ann is gone already.")
        DONE.append(reason)
        return "Ann is deleted."

    open_page("Page", "About.", needs_pool=False)
    confirm_dialog(
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
    page.button[1].click()
    return page.run()


def test_it_says_what_will_happen_to_whom(page: AppTest) -> None:
    page.button[0].click().run()
    assert "Ann *Ek* will be gone." in " ".join(one.value.replace("\\", "") for one in page.markdown)
    assert page.text_input[0].label.replace("\\", "") == "To confirm, type the name: ann_ek"


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


def test_an_error_is_said_in_the_dialog_which_stays_open(page: AppTest) -> None:
    page.button[0].click().run()
    answer(page, "ann_ek", "fail")
    assert page.error[0].value == "Ann is gone already\\."
    answer(page, "ann_ek", "left")
    assert DONE == ["left"]


def test_it_can_be_asked_again(page: AppTest) -> None:
    for _ in range(2):
        page.button[0].click().run()
        answer(page, "ann_ek", "left")
    assert DONE == ["left", "left"]


def test_after_the_session_ended_it_does_nothing(
    page: AppTest, console_store: Store, cast: dict[str, Operator]
) -> None:
    page.button[0].click().run()
    console_store.sessions.revoke_operator(cast["ann"].id)
    answer(page, "ann_ek", "left")
    assert DONE == []
