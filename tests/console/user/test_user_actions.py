"""Every action on one person, carried out and asked of Cognito itself."""

from __future__ import annotations

import pytest

from services.store.store import Store
from tests.console.user.test_user_page import visit
from tests.console.users.conftest import by_key, keys, shown
from tests.fixtures.tables import table_with

__all__ = ["visit"]
pytestmark = pytest.mark.usefixtures("pools")


def press(page, label: str):
    """The button of the dialog comes last."""
    return [button for button in page.button if button.label == label][-1].click().run()


def said(page) -> str:
    return (
        " ".join(str(message.value) for message in page.success)
        .replace("\\", "")
        .replace("\N{WORD JOINER}", "")
    )


def ending(page, end: str):
    return next(field for field in page.text_input if f"{end}-" in field.key)


def confirm(page, name: str, label: str, typed: str, reason: str = "asked for by phone"):
    page.button(key=f"user-{name}").click().run()
    ending(page, "-typed").set_value(typed)
    ending(page, "-reason").set_value(reason)
    return press(page, label)


def test_disable_wants_the_name_and_a_reason(visit, asked, pools: Store) -> None:
    page = visit("sam", "ines.pena")
    confirm(page, "disable_user", "Disable", "somebody else")
    assert "That is not the name" in shown(page)
    assert asked("ines.pena")["enabled"]
    page = visit("sam", "ines.pena")
    confirm(page, "disable_user", "Disable", "ines.pena@brightwater.example", "")
    assert "Give a reason" in shown(page)
    assert asked("ines.pena")["enabled"]
    page = visit("sam", "ines.pena")
    confirm(page, "disable_user", "Disable", "ines.pena@brightwater.example")
    assert not asked("ines.pena")["enabled"]
    assert "is disabled now" in said(page)
    assert "user-enable_user" in keys(page.button), "the page shows at once what now holds"
    (line,) = pools.activity.search(action="disable_user")
    assert line.reason == "asked for by phone"
    assert line.operator_name == "sam"


def test_whoever_leaves_is_seen_off_in_one_go_and_each_part_can_be_left_out(
    visit, asked, pools: Store
) -> None:
    assert asked("kirsten")["groups"]
    page = visit("sam", "kirsten")
    page.button(key="user-offboard").click().run()
    by_key(page.checkbox, "user-offboard-sign-out").uncheck()
    press(page, "Offboard")
    assert "Give a reason" in shown(page)
    by_key(page.text_input, "user-offboard-reason").set_value("left in May")
    press(page, "Offboard")
    now = asked("kirsten")
    assert (now["enabled"], now["groups"]) == (False, set())
    assert pools.activity.search(action="sign_out_user") == []
    assert {line.reason for line in pools.activity.search(limit=10)} == {"left in May"}
    assert "user-offboard" not in keys(visit("sam", "kirsten").button)
    assert "user-offboard" not in keys(visit("ada", "ines.pena").button)


def test_enable(visit, asked) -> None:
    page = visit("sam", "toby.ashworth")
    page.button(key="user-enable_user").click().run()
    press(page, "Enable")
    assert asked("toby.ashworth")["enabled"]
    assert "can sign in again" in said(page)


@pytest.mark.parametrize(
    ("username", "kind", "status"),
    [("bo.li", "temporary", "FORCE_CHANGE_PASSWORD"), ("chidi.okafor", "permanent", "CONFIRMED")],
)
def test_set_a_password_made_by_the_policy_and_shown_once(
    visit, asked, username, kind, status, pools
) -> None:
    page = visit("sam", username)
    page.button(key="user-set_temporary_password").click().run()
    by_key(page.radio, "user-set_temporary_password-kind").set_value(kind)
    by_key(page.text_input, "user-set_temporary_password-reason").set_value("forgot it")
    next(button for button in page.button if button.label == "Set password" and button.form_id).click().run()
    password = page.code[-1].value
    assert len(password) >= 12
    assert asked(username)["status"] == status
    press(page, "Close")
    assert password not in shown(page)
    assert password not in str(pools.activity.search(action="set_password"))


def test_a_typed_password_is_checked_before_it_is_sent(visit, pools: Store) -> None:
    page = visit("sam", "rolf.vogt")
    page.button(key="user-set_temporary_password").click().run()
    by_key(page.text_input, "user-set_temporary_password-password").set_value("short")
    next(button for button in page.button if button.label == "Set password" and button.form_id).click().run()
    assert "the pool wants at least" in shown(page)
    assert "Give a reason" in shown(page)
    assert pools.activity.search(action="set_password") == []


def test_send_a_reset_code(visit, asked) -> None:
    page = visit("sam", "k.sorensen")
    confirm(page, "reset_password", "Stop the password and send the code", "k.sorensen@brightwater.example")
    assert asked("k.sorensen")["status"] == "RESET_REQUIRED"
    assert "no longer works" in said(page)


def test_sign_out_everywhere(visit, pools: Store) -> None:
    page = visit("sam", "rolf.vogt")
    confirm(page, "sign_out_user", "Sign out everywhere", "rolf.vogt@brightwater.example")
    assert "signed out everywhere" in said(page)
    assert len(pools.activity.search(action="sign_out_user")) == 1


def test_confirm_a_registration_and_verify_the_address(visit, asked) -> None:
    page = visit("sam", "dana.petrova")
    page.button(key="user-confirm_user").click().run()
    press(page, "Confirm")
    assert asked("dana.petrova")["status"] == "CONFIRMED"
    page.button(key="user-verify_email").click().run()
    press(page, "Mark as verified")
    assert asked("dana.petrova")["attributes"]["email_verified"] == "true"
    assert "(verified)" in shown(page)


def test_send_the_invitation_again(visit, asked) -> None:
    page = visit("sam", "ann.lindqvist")
    page.button(key="user-resend_invitation").click().run()
    press(page, "Send invitation")
    assert "asked to send" in said(page)
    assert asked("ann.lindqvist")["status"] == "FORCE_CHANGE_PASSWORD"


def test_edit_sends_only_what_was_changed(visit, asked, pools: Store) -> None:
    page = visit("sam", "kirsten")
    page.button(key="user-edit-open").click().run()
    by_key(page.text_input, "user-edit-custom:department").set_value("Billing & more")
    by_key(page.text_input, "user-edit-given_name").set_value("Kirsten Maria")
    by_key(page.text_input, "user-edit-name").set_value("")
    press(page, "Save")
    attributes = asked("kirsten")["attributes"]
    assert attributes["custom:department"] == "Billing & more"
    assert attributes["given_name"] == "Kirsten Maria"
    assert "name" not in attributes
    assert "Saved for K.Sorensen@Brightwater.example" in said(page)
    sent = {
        name
        for line in pools.activity.search(action="update_attributes")
        for name in line.after["attributes"]
    }
    assert sent == {"custom:department", "given_name"}


def test_edit_lists_every_problem_and_sends_nothing(visit, asked, pools: Store) -> None:
    page = visit("sam", "rolf.vogt")
    page.button(key="user-edit-open").click().run()
    by_key(page.text_input, "user-edit-email").set_value("no address")
    by_key(page.text_input, "user-edit-phone_number").set_value("070-1")
    press(page, "Save")
    assert "E-mail address:" in shown(page)
    assert "Phone number:" in shown(page)
    assert pools.activity.search() == []


def test_a_new_address_is_not_taken_for_verified(visit, asked) -> None:
    page = visit("sam", "k.sorensen.test")
    page.button(key="user-edit-open").click().run()
    by_key(page.text_input, "user-edit-email").set_value("k.new@brightwater.example")
    press(page, "Save")
    attributes = asked("k.sorensen.test")["attributes"]
    assert (attributes["email"], attributes["email_verified"]) == ("k.new@brightwater.example", "false")


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(visit, asked, cognito) -> None:
    page = visit("sam", "ext/agency-7")
    page.button(key="user-edit-open").click().run()
    cognito.client().admin_update_user_attributes(
        UserPoolId=cognito.staff,
        Username="ext/agency-7",
        UserAttributes=[{"Name": "custom:department", "Value": "Theirs"}],
    )
    by_key(page.text_input, "user-edit-custom:department").set_value("Mine")
    press(page, "Save")
    assert "Somebody else has changed this meanwhile: Department" in shown(page)
    assert asked("ext/agency-7")["attributes"]["custom:department"] == "Theirs"


def test_add_and_remove_groups(visit, asked) -> None:
    page = visit("sam", "x", tab="Groups")
    page.button(key="user-add-groups").click().run()
    by_key(page.multiselect, "user-add-groups-groups").set_value(["billing", "on-call"])
    press(page, "Add")
    assert asked("x")["groups"] == {"billing", "on-call"}
    assert "was added to: billing, on-call" in said(page)
    page.button(key="user-remove-groups").click().run()
    by_key(page.multiselect, "user-remove-groups-groups").set_value(["billing"])
    press(page, "Remove")
    assert asked("x")["groups"] == {"on-call"}


def test_copy_groups_with_a_preview(visit, asked) -> None:
    page = visit("sam", "null", tab="Groups")
    page.button(key="user-copy-groups").click().run()
    by_key(page.text_input, "user-copy-groups-query").set_value("toby ashworth").run()
    assert "Will be added to: auditors, billing, billing-approvers" in shown(page).replace("*", "")
    press(page, "Add 3 groups")
    assert asked("null")["groups"] == {"auditors", "billing", "billing-approvers"}


def test_delete_is_for_disabled_people_and_leaves_nothing(visit, cognito, pools: Store) -> None:
    page = visit("max", "k.sorensen.old")
    confirm(page, "disable_user", "Disable", "k.sorensen@brightwater.example")
    confirm(page, "delete_user", "Delete for good", "k.sorensen@brightwater.example")
    assert "has the ID that is in the address" in shown(page)
    assert "was deleted" in said(page)
    assert "k.sorensen.old" not in {user["Username"] for user in cognito.users(cognito.staff)}
    (line,) = pools.activity.search(action="delete_user")
    assert line.before["groups"] == ["billing"]


def test_a_change_shows_in_the_persons_history(visit) -> None:
    page = visit("sam", "emoji👩🚒", tab="Groups")
    page.button(key="user-add-groups").click().run()
    by_key(page.multiselect, "user-add-groups-groups").set_value(["training"])
    press(page, "Add")
    page = visit("sam", "emoji👩🚒", tab="Timeline")
    history = table_with(page, "Who, from where")
    assert list(history["What"]) == ["Added to a group: training"]
    assert list(history["Who, from where"]) == ["sam"]


def test_what_was_done_is_told_with_its_text_for_a_ticket_and_taken_back(visit, asked, pools: Store) -> None:
    page = visit("sam", "rolf.vogt")
    page.button(key="user-disable_user").click().run()
    ending(page, "-typed").set_value("rolf.vogt@brightwater.example")
    ending(page, "-reason").set_value("left the phone in a taxi")
    ending(page, "-ticket").set_value("OPS-7")
    press(page, "Disable")
    assert not asked("rolf.vogt")["enabled"]
    (line,) = pools.activity.search(action="disable_user", target="rolf.vogt@brightwater.example")
    assert (line.reason, line.ticket) == ("left the phone in a taxi", "OPS-7")
    text = next(code.value for code in page.code if "Disabled a user" in code.value)
    assert "Reason: left the phone in a taxi\nTicket: OPS-7" in text
    assert "enabled: yes → no" in shown(page)
    page.button(key="console-undo-0").click().run()
    assert asked("rolf.vogt")["enabled"]
    assert "rolf.vogt@brightwater.example: enabled." in said(page)
    (undone,) = pools.activity.search(action="enable_user", target="rolf.vogt@brightwater.example")
    assert (undone.reason, undone.ticket) == ("Undo. left the phone in a taxi", "OPS-7")


def test_a_role_that_was_taken_away_stops_the_change_itself(visit, asked, pools: Store, cast) -> None:
    page = visit("sam", "o'brien")
    page.button(key="user-disable_user").click().run()
    pools.operators.update(cast["sam"].id, role="auditor")
    ending(page, "-typed").set_value("o'brien@brightwater.example")
    ending(page, "-reason").set_value("x")
    press(page, "Disable")
    assert asked("o'brien")["enabled"]
    assert pools.activity.search(action="disable_user") == []


def test_whoever_was_enabled_meanwhile_is_not_deleted(visit, cognito, pools: Store) -> None:
    client, who = cognito.client(), "spaces"
    client.admin_disable_user(UserPoolId=cognito.staff, Username=who)
    page = visit("max", who)
    page.button(key="user-delete_user").click().run()
    client.admin_enable_user(UserPoolId=cognito.staff, Username=who)
    ending(page, "-typed").set_value("spaces@brightwater.example")
    ending(page, "-reason").set_value("left")
    press(page, "Delete for good")
    assert "Disable them first; deleting can't be undone. Nothing was changed." in shown(page)
    assert pools.activity.search(action="delete_user") == []


def test_offboarding_stands_with_what_can_be_done_now(visit) -> None:
    order = [button.key or "" for button in visit("sam", "rolf.vogt").button]
    assert order.index("user-offboard") < min(order.index(key) for key in order if key.endswith("-off"))
