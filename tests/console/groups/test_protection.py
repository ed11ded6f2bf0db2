"""A protected group: marked on its page, not to be had by those who aren't named, never along with others."""

from __future__ import annotations

from services.store.store import Store
from tests.console.user.test_user_actions import press
from tests.console.user.test_user_page import visit
from tests.console.users.conftest import asked, by_key, keys, pools, shown
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage

__all__ = ["asked", "pools", "visit"]


def test_a_manager_protects_it_and_support_is_told_who_hands_it_out(
    open_as: OpenPage, visit, pools: Store, asked, cognito: Cognito
) -> None:
    page = open_as("max", "group", pool="staff", name="training")
    next(button for button in page.button if button.label == "Protect…").click().run()
    next(box for box in page.checkbox if box.label.startswith("Protected")).check()
    press(page, "Save")
    assert "training is protected. Managers put people into it." in shown(page)
    support = visit("sam", "kirsten", tab="Groups")
    support.button(key="user-add-groups").click().run()
    assert "training is protected. Only a manager puts people into it." in shown(support)
    assert "training" not in next(box for box in support.multiselect if "groups" in box.key).options
    manager = visit("max", "kirsten", tab="Groups")
    manager.button(key="user-add-groups").click().run()
    box = next(box for box in manager.checkbox if "training" in box.label)
    assert not box.value, "it takes a tick of its own"
    box.check()
    press(manager, "Add")
    assert "training" in asked("kirsten")["groups"]
    assert "protect_group" in {line.action for line in pools.activity.search()}
    assert keys(manager.button)


def test_a_tick_stays_with_its_group_when_another_is_protected_meanwhile(
    open_as: OpenPage, visit, pools: Store, asked
) -> None:
    _protect(open_as, "training")
    page = visit("max", "toby.ashworth", tab="Groups")
    page.button(key="user-add-groups").click().run()
    next(box for box in page.checkbox if "training" in box.label).check()
    _protect(open_as, "legacy-crm")
    press(page, "Add")
    assert "training" in asked("toby.ashworth")["groups"]
    assert "legacy-crm" not in asked("toby.ashworth")["groups"]


def test_whoever_may_copy_none_of_the_groups_is_not_told_that_all_are_there(
    open_as: OpenPage, visit, pools: Store, cognito: Cognito
) -> None:
    client = cognito.client()
    client.admin_create_user(UserPoolId=cognito.staff, Username="only.training", MessageAction="SUPPRESS")
    client.admin_add_user_to_group(UserPoolId=cognito.staff, Username="only.training", GroupName="training")
    _protect(open_as, "training")
    page = visit("sam", "null", tab="Groups")
    page.button(key="user-copy-groups").click().run()
    by_key(page.text_input, "user-copy-groups-query").set_value("only.training").run()
    assert "Not copied: training is protected" in shown(page)
    assert "None of the groups that they lack is copied." in shown(page)
    assert "They are in all of these groups already" not in shown(page)


def _protect(open_as: OpenPage, name: str) -> None:
    page = open_as("ann", "group", pool="staff", name=name)
    next(button for button in page.button if button.label == "Protect…").click().run()
    next(box for box in page.checkbox if box.label.startswith("Protected")).check()
    press(page, "Save")
