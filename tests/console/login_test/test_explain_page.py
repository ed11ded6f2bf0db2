"""Why can't they sign in: the part of the Login test page, and that of the page about one person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demo.pools import BILLING_DESK
from services.store.store import Store
from tests.console.user.test_user_page import visit
from tests.console.users.conftest import asked, by_key, keys, pools, shown

__all__ = ["asked", "pools", "visit"]

TAB = "Why can’t they sign in?"


@pytest.fixture
def staffed(pools: Store) -> Store:
    """The console's store, with the application's real app client."""
    (application,) = pools.applications.list()
    pools.applications.update(
        replace(application, client_id=BILLING_DESK.own_id, application_url=BILLING_DESK.url, secret="kept")
    )
    return pools


@pytest.fixture
def explained(open_as, staffed):
    """`explained("sam", "toby.ashworth")`: the answer on the Login test page."""

    def ask(who: str, typed: str):
        page = open_as(who, "login_test", pool="staff", tab=TAB)
        page.text_input(key="explain-typed").set_value(typed)
        return next(button for button in page.button if button.label == "Find out why").click().run()

    return ask


def headline(page) -> str:
    """The sentence on top."""
    return (
        str([*page.error, *page.warning, *page.success][0].value)
        .replace("\\", "")
        .replace("\N{WORD JOINER}", "")
    )


def press(page, label: str):
    return [button for button in page.button if button.label == label][-1].click().run()


def test_a_disabled_person_is_enabled_from_the_answer(explained, asked, staffed: Store) -> None:
    page = explained("sam", "toby.ashworth")
    assert not page.exception
    assert "Your account has been switched off" in headline(page)
    page.button(key="fix-explain-enabled-enable_user").click().run()
    press(page, "Enable")
    assert asked("toby.ashworth")["enabled"]
    assert not page.exception
    text = shown(page)
    assert "toby.ashworth@brightwater.example is enabled and can sign in again" in text
    assert "It is enabled." in text, "everything is looked at again after a fix"
    (line,) = staffed.activity.search(action="enable_user")
    assert line.operator_name == "sam"


def test_somebody_without_a_group_is_let_in(explained, asked) -> None:
    page = explained("sam", "rolf.vogt")
    assert "no access to Billing desk yet" in headline(page)
    page.button(key="fix-explain-allowed-group-add_to_group").click().run()
    assert by_key(page.radio, "explain-join-group").options == ["billing, as clerk"]
    press(page, "Add")
    assert asked("rolf.vogt")["groups"] == {"billing"}
    assert "Billing desk lets them in through billing" in shown(page)


def test_letting_somebody_in_offers_only_groups_that_the_operator_hands_out(
    open_as, explained, staffed: Store
) -> None:
    (application,) = staffed.applications.list()
    staffed.applications.update(replace(application, allowed_groups=("billing", "training")))
    page = open_as("max", "group", pool="staff", name="training")
    next(button for button in page.button if button.label == "Protect…").click().run()
    next(box for box in page.checkbox if box.label.startswith("Protected")).check()
    press(page, "Save")
    support = explained("sam", "kirsten")
    support.button(key="fix-explain-allowed-group-add_to_group").click().run()
    assert by_key(support.radio, "explain-join-group").options == ["billing, as clerk"]
    assert "training is protected. Only a manager puts people into it." in shown(support)
    staffed.applications.update(replace(application, allowed_groups=("training",)))
    nothing = explained("sam", "kirsten")
    nothing.button(key="fix-explain-allowed-group-add_to_group").click().run()
    assert not nothing.exception
    assert not [box for box in nothing.radio if "explain-join" in box.key]
    assert "training is protected. Only a manager puts people into it." in shown(nothing)


def test_a_reset_code_wants_the_name_typed(explained, asked) -> None:
    page = explained("sam", "k.sorensen.old")
    assert "more than one account" in headline(page)
    page = explained("sam", "leaked.password")
    assert "only an administrator can look into" in headline(page)
    assert not [key for key in keys(page.button) if key.startswith("fix-explain-status")]


def test_a_name_that_nobody_has(explained) -> None:
    page = explained("sam", "rolf.vgt")
    assert "could it be rolf.vogt?" in headline(page)
    assert not page.exception


def test_nothing_is_looked_at_before_anything_is_asked(open_as, staffed) -> None:
    page = open_as("sam", "login_test", pool="staff", tab=TAB)
    assert "Enter whom it is about" in shown(page)
    next(button for button in page.button if button.label == "Find out why").click().run()
    assert "Enter what they type" in shown(page)


def test_the_second_factor_is_looked_at_only_when_asked_for(explained) -> None:
    page = explained("sam", "megan.hughes")
    assert "counts this person as active" in shown(page)
    page.button(key="explain-factors").click().run()
    assert "They have set up: authenticator app" in shown(page)
    assert "explain-factors" not in keys(page.button)


@pytest.mark.usefixtures("staffed")
def test_the_page_of_a_person_explains_for_any_application(visit, asked) -> None:
    page = visit("sam", "ann.lindqvist")
    assert "ann.lindqvist (username)" in shown(page)
    assert "Your temporary password has expired" in headline(page)
    assert "is let in" not in shown(page).partition("temporary password")[0]
    page.button(key="user-resend_invitation").click().run()
    press(page, "Send invitation")
    assert asked("ann.lindqvist")["status"] == "FORCE_CHANGE_PASSWORD"
    assert "Cognito has been asked to send" in shown(page)
    assert not page.exception


@pytest.mark.usefixtures("staffed")
def test_an_auditor_reads_the_answer_and_has_no_button_that_changes_anything(visit) -> None:
    page = visit("ada", "script.kid")
    assert "no access to Billing desk yet" in headline(page)
    assert "Add to group. Your role is auditor; this needs support or above." in shown(page)
    assert not [key for key in keys(page.button) if "fix-" in key]


def test_the_check_up_tells_what_is_to_be_mended(open_as, staffed) -> None:
    page = open_as("sam", "login_test", pool="staff", tab="Pool check-up")
    page.button(key="checkup-now").click().run()
    assert not page.exception
    text = shown(page)
    assert "to mend" in text
    assert "Devices are remembered" in text
    assert "Where: AWS console" in text
    assert "The pool can't be deleted by mistake" in text
