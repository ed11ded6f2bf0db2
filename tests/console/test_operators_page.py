"""The Operators page, driven as an administrator drives it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console.web.process import PROCESS
from services.access.operators import must_choose_password
from services.access.sessions import OperatorSignIn
from services.access.step_up import minutes_of
from services.access.throttle import PAIR, Throttle
from services.errors import SignInRefused
from services.roles import Role
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import OpenPage, sign_in_as
from tests.fixtures.store import PASSWORD
from tests.fixtures.tables import order_of, tables, tick

Cast = dict[str, Operator]
ROWS = ["ada", "ann", "max", "sam"]


@pytest.fixture
def page(open_as: OpenPage) -> AppTest:
    return open_as("ann", "operators")


def choose(page: AppTest, username: str) -> AppTest:
    tick(page, tables(page)[0], ROWS.index(username))
    return page.run()


def labelled(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label.startswith(label))


def press(page: AppTest, label: str) -> AppTest:
    return labelled(page.button, label).click().run()


def confirm(page: AppTest, typed: str, reason: str, button: str) -> AppTest:
    labelled(page.text_input, "To confirm").set_value(typed)
    labelled(page.text_input, "Reason").set_value(reason)
    # the last: the dialog stands below the button that opened it
    [widget for widget in page.button if widget.label == button][-1].click()
    return page.run()


def shown(page: AppTest) -> str:
    parts = [*page.markdown, *page.success, *page.error, *page.info, *page.warning]
    return " ".join(str(part.value).replace("\\", "").replace("\N{WORD JOINER}", "") for part in parts)


def works(store: Store, username: str, password: str) -> bool:
    try:
        OperatorSignIn(store).attempt(username, password, "192.0.2.9")
    except SignInRefused:
        return False
    return True


def test_every_operator_is_listed_with_role_state_and_sessions(page: AppTest) -> None:
    table = tables(page)[0].value
    assert list(table["Operator"]) == ROWS
    assert list(table["Role"]) == ["auditor", "admin", "manager", "support"]
    assert list(table["State"]) == ["Active"] * 4
    assert list(table["Signed in"]) == [0, 1, 0, 0]


def test_last_sign_ins_are_sorted_by_when_they_were(page: AppTest, console_store: Store, cast: Cast) -> None:
    earlier, later = utc_now() - timedelta(days=2), utc_now() - timedelta(minutes=5)
    console_store.operators.update(cast["max"].id, last_sign_in=earlier)
    console_store.operators.update(cast["sam"].id, last_sign_in=later)
    table = tables(page.run())[0]
    assert list(table.value["Last sign-in"])[2:] == ["2 days ago", "5 minutes ago"]
    assert order_of(table, "Last sign-in")[2:] == [earlier.timestamp(), later.timestamp()]


def test_a_new_operator_gets_a_password_that_is_shown_once(page: AppTest, console_store: Store) -> None:
    press(page, "Add operator…")
    labelled(page.text_input, "Operator name").set_value("kim")
    labelled(page.text_input, "Full name").set_value("Kim *Ek*")
    page.radio[0].set_value(Role.MANAGER)
    [button for button in page.button if button.label == "Add operator"][-1].click()
    page.run()
    assert "kim is added as manager." in shown(page)
    password = page.code[0].value
    assert works(console_store, "kim", password)
    kim = console_store.operators.by_username("kim")
    assert kim is not None
    assert (kim.name, kim.role) == ("Kim *Ek*", Role.MANAGER)
    assert must_choose_password(console_store, kim.id)
    press(page, "I have noted it")
    assert len(page.code) == 0
    assert password not in repr(page.session_state)


def test_a_tick_does_not_pass_on_to_another_when_the_table_changes(
    page: AppTest, console_store: Store
) -> None:
    choose(page, "ann")
    console_store.operators.add(username="abe", name="", role=Role.AUDITOR)
    page.run()
    assert "Choose a row" in shown(page)


def test_a_name_in_use_is_said_in_the_dialog(page: AppTest, console_store: Store) -> None:
    press(page, "Add operator…")
    labelled(page.text_input, "Operator name").set_value("SAM")
    [button for button in page.button if button.label == "Add operator"][-1].click()
    page.run()
    assert "Another operator has the username" in shown(page)
    assert len(console_store.operators.list()) == 4


def test_a_role_is_changed(page: AppTest, console_store: Store, cast: Cast) -> None:
    choose(page, "sam")
    labelled(page.selectbox, "Role").set_value(Role.MANAGER)
    press(page, "Change role")
    assert console_store.operators.get(cast["sam"].id).role == Role.MANAGER
    assert "sam is manager now." in shown(page)


def test_disabling_wants_the_name_typed_and_a_reason(page: AppTest, console_store: Store, cast: Cast) -> None:
    choose(page, "sam")
    press(page, "Disable…")
    confirm(page, "max", "left", "Disable")
    assert "That is not the name. Nothing was done." in shown(page)
    confirm(page, "sam", "", "Disable")
    assert "Give a reason. Nothing was done." in shown(page)
    assert not console_store.operators.get(cast["sam"].id).disabled
    confirm(page, "sam", "left the company", "Disable")
    assert console_store.operators.get(cast["sam"].id).disabled
    assert "sam is disabled and signed out everywhere." in shown(page)
    line = console_store.activity.search(action="operator.disable")[0]
    assert (line.operator_name, line.target_name, line.reason) == ("ann", "sam", "left the company")
    press(page, "Enable")
    assert not console_store.operators.get(cast["sam"].id).disabled


def test_a_new_password_is_shown_once_and_the_old_one_is_dead(page: AppTest, console_store: Store) -> None:
    choose(page, "sam")
    press(page, "Set a new password…")
    confirm(page, "sam", "forgot it", "Set a new password")
    password = page.code[0].value
    assert works(console_store, "sam", password)
    assert not works(console_store, "sam", PASSWORD)
    press(page, "I have noted it")
    assert len(page.code) == 0


def test_an_open_session_of_another_operator_is_ended(
    page: AppTest, console_store: Store, cast: Cast
) -> None:
    session_id, _ = sign_in_as(console_store, cast["sam"])
    choose(page, "sam")
    press(page, "End")
    assert console_store.sessions.get(session_id) is None
    assert "Not signed in anywhere." in shown(page)


def test_someone_slowed_down_is_shown_and_let_go(page: AppTest) -> None:
    for _ in range(PAIR.attempts):
        Throttle(PROCESS.store).begin("sam", "192.0.2.1")
    choose(page, "sam")
    assert list(tables(page)[0].value["State"])[3] == "Slowed down for 5 min"
    press(page, "End the waiting time")
    assert list(tables(page)[0].value["State"])[3] == "Active"


def test_oneself_is_out_of_reach(page: AppTest) -> None:
    choose(page, "ann")
    assert "This is you." in shown(page)
    assert not [
        button for button in page.button if button.label in ("Disable…", "Set a new password…", "Change role")
    ]


def test_a_role_taken_away_meanwhile_stops_the_next_click(
    page: AppTest, console_store: Store, cast: Cast
) -> None:
    console_store.operators.update(cast["max"].id, role=Role.ADMIN)
    choose(page, "sam")
    console_store.operators.update(cast["ann"].id, role=Role.AUDITOR)
    labelled(page.selectbox, "Role").set_value(Role.ADMIN)
    press(page, "Change role")
    assert console_store.operators.get(cast["sam"].id).role == Role.SUPPORT


def test_a_session_ended_meanwhile_stops_the_next_click(
    page: AppTest, console_store: Store, cast: Cast
) -> None:
    choose(page, "sam")
    console_store.sessions.revoke_operator(cast["ann"].id)
    labelled(page.selectbox, "Role").set_value(Role.ADMIN)
    press(page, "Change role")
    assert console_store.operators.get(cast["sam"].id).role == Role.SUPPORT
    assert len(tables(page)) == 0


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_other_roles_do_not_get_the_page(open_as: OpenPage, who: str) -> None:
    with pytest.raises(ValueError, match="operators"):
        open_as(who, "account").switch_page("../pages/operators.py")
    assert "ann@example.com" not in shown(open_as(who, "operators"))


def test_an_operator_changed_past_the_console_is_said_and_let_in_again(
    open_as, console_store: Store, cast: dict[str, Operator]
) -> None:
    with console_store.database.write() as db:
        db.exec_driver_sql("UPDATE operators SET role = 'admin' WHERE username = 'sam'")
    page = open_as("ann", "operators")
    assert "nobody can sign in with it: sam" in page.error[0].value
    assert "Changed past the console" in list(tables(page)[0].value["State"])


def test_after_how_long_the_second_factor_is_asked_again_is_set_here(
    page: AppTest, console_store: Store
) -> None:
    labelled(page.number_input, "Ask again after").set_value(120)
    page = press(page, "Save")
    assert "Saved when a second factor is asked for." in shown(page)
    assert minutes_of(console_store) == 120


def test_it_is_said_that_a_password_goes_with_a_passkey(
    page: AppTest, console_store: Store, cast: Cast
) -> None:
    console_store.factors.add_passkey(cast["sam"].id, "Laptop", "{}", 0)
    table = tables(page.run())[0].value
    assert list(table["Signs in by"]) == ["Password", "Password", "Password", "Password and passkey"]


@pytest.mark.parametrize("who", ["sam", "ann"])
def test_name_and_address_of_others_and_of_oneself_are_changed(page: AppTest, store: Store, who: str) -> None:
    press(choose(page, who), "Change name or address")
    labelled(page.text_input, "Operator name").set_value("max")
    labelled(page.text_input, "E-mail").set_value("new@example.com")
    [widget for widget in page.button if widget.label == "Change"][-1].click()
    page.run()
    assert "Another operator has the username" in shown(page)
    labelled(page.text_input, "Operator name").set_value(f"{who}-2")
    [widget for widget in page.button if widget.label == "Change"][-1].click()
    page.run()
    assert f"{who}-2 is changed" in shown(page)
    changed = store.operators.by_username(f"{who}-2")
    assert changed is not None
    assert changed.email == "new@example.com"
    assert works(store, f"{who}-2", PASSWORD)
