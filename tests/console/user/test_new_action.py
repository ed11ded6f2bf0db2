"""A new action on the user's page: one line where the page says what it offers."""

from __future__ import annotations

import pytest

from console.widgets import person_actions
from services.cognito.actions import PersonChange
from tests.console.user.test_user_actions import press, said
from tests.console.user.test_user_page import visit
from tests.console.users.conftest import keys
from tests.fixtures.new_action import new_action

__all__ = ["new_action", "visit"]


@pytest.mark.usefixtures("pools")
def test_the_menu_offers_it_and_carries_it_out(
    visit, pools, new_action: type[PersonChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_actions, "MENU", (*person_actions.MENU, new_action.action))
    page = visit("sam", "ines.pena")
    page.button(key=f"user-{new_action.action}").click().run()
    assert "They sign in with their password alone." in str([paragraph.value for paragraph in page.markdown])
    press(page, "Take it away")
    assert not page.exception
    assert "signs in without a second factor" in said(page)
    (line,) = pools.activity.search(action=new_action.action)
    assert line.result == "done"
    disabled = visit("sam", "toby.ashworth")
    assert f"user-{new_action.action}-off" in keys(disabled.button)
