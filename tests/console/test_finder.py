"""The search that every page has, as operators meet it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.console.users.conftest import pools

__all__ = ["pools"]

OpenPage = Callable[..., AppTest]


@pytest.mark.usefixtures("pools")
def test_what_is_looked_for_stands_sealed_in_the_address(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff").button(key="console-find").click().run()
    (box,) = [field for field in page.text_input if field.label == "What to find"]
    box.set_value("lindqvist").run()
    sealed = page.query_params["anywhere"]
    assert "lindqvist" not in sealed
    colleague = open_as("sam", "groups", pool="staff", anywhere=sealed)
    (box,) = [field for field in colleague.text_input if field.label == "What to find"]
    assert box.value == "lindqvist"
    (close,) = [button for button in colleague.button if button.label == "Close"]
    close.click().run()
    assert "anywhere" not in colleague.query_params
    assert [field for field in colleague.text_input if field.label == "What to find"] == []


@pytest.mark.usefixtures("pools")
@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("expired", "Invitation expired"),
        ("disabled people", "Disabled"),
        ("users who are switched off", "Disabled"),
        ("blokced", "Disabled"),
        ("federated", "Signs in elsewhere"),
        ("expired invitations", "Invitation expired"),
    ],
)
def test_words_for_a_state_lead_to_everybody_in_it(open_as: OpenPage, words: str, state: str) -> None:
    page = open_as("ada", "users", pool="staff").button(key="console-find").click().run()
    (box,) = [field for field in page.text_input if field.label == "What to find"]
    box.set_value(words).run()
    labels = [button.label.replace("\\", "") for button in page.button]
    assert any(label.startswith(f"Everybody: {state}") for label in labels)


@pytest.mark.usefixtures("pools")
def test_a_group_that_is_called_just_so_stands_before_people_of_whom_it_is_said(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff").button(key="console-find").click().run()
    (box,) = [field for field in page.text_input if field.label == "What to find"]
    box.set_value("Billing").run()
    found = [button.label for button in page.button if ":gray[" in button.label]
    assert found[0] == "billing :gray[group]"
    assert len(found) > 1
