"""The Activity page: filters, pages, one line in full, for every role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.activity.table import PAGE
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from tests.fixtures.tables import tables, tick

HOSTILE = "![x](http://evil.example/i.png)"


def write(store, number=1, **values):
    given = {
        "actor": Actor("o1", "sam", Role.SUPPORT, Origin.BROWSER),
        "action": "update_attributes",
        "pool": "customers",
        "target_kind": "user",
        "target_id": "sub-1",
        "target_name": "ann@example.com",
        "before": {"attributes": {"given_name": "Ann"}},
        **values,
    }
    ids = store.activity.intend_many([NewActivity(**given)] * number)
    for id in ids:
        store.activity.finish(id, ActivityResult.DONE, {"attributes": {"given_name": "Anna"}})
    return ids


def table(page):
    return tables(page)[0].value


def texts(page):
    return " ".join(text.value for text in page.markdown)


@pytest.mark.parametrize("who", ["ada", "sam", "max", "ann"])
def test_every_role_reads_it(open_as, store, who):
    write(store)
    page = open_as(who, "activity")
    assert not page.exception
    assert list(table(page)["What changed"]) == ["First name: Ann → Anna"]
    assert "Export these lines as CSV" in str(page.get("download_button")[0].proto.label)


def test_an_empty_log_says_so(open_as):
    assert "Nothing has been done yet" in open_as("ada", "activity").info[0].value


def test_it_shows_a_page_at_a_time_and_says_how_many_there_are(open_as, store):
    write(store, PAGE + 20)
    page = open_as("ada", "activity")
    assert len(table(page)) == PAGE
    assert f"Lines 1–{PAGE} of {PAGE + 20}" in texts(page)
    next(button for button in page.button if button.label == "Older").click()
    page.run()
    assert len(table(page)) == 20
    assert f"Lines {PAGE + 1}–{PAGE + 20} of {PAGE + 20}" in texts(page)
    assert "Older" not in [button.label for button in page.button]
    next(button for button in page.button if button.label == "Newer").click()
    page.run()
    assert len(table(page)) == PAGE


def test_lines_written_meanwhile_do_not_move_an_older_page(open_as, store):
    write(store, PAGE + 1)
    page = open_as("ada", "activity")
    next(button for button in page.button if button.label == "Older").click()
    write(store, 3)
    page.run()
    assert len(table(page)) == 1


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"operator": "max"}, 1),
        ({"action": "disable_user"}, 1),
        ({"in_pool": "staff"}, 1),
        ({"result": "failed"}, 0),
        ({"result": "done"}, 4),
        ({"period": "hour"}, 4),
        ({"target": "sub-2"}, 1),
        ({"operator": "max", "action": "disable_user"}, 0),
    ],
)
def test_filters_stand_in_the_address(open_as, store, filters, found):
    connection = store.connections.add(_connection())
    for name in ("customers", "staff"):
        store.pools.add(PoolRecord(connection.id, f"eu-north-1_{name}", name))
    write(store)
    write(store, actor=Actor("o1", "max", Role.SUPPORT, Origin.BROWSER))
    write(store, action="disable_user")
    write(store, pool="staff", target_id="sub-2", target_name="bo")
    page = open_as("ada", "activity", **filters)
    assert (len(table(page)) if tables(page) else 0) == found


def _connection():
    return Connection("x", "eu-north-1", CredentialKind.DEFAULT)


def test_words_find_people_and_reasons(open_as, store):
    write(store, reason="Ticket 4711")
    write(store, target_name="bo@example.com")
    page = open_as("ada", "activity")
    page.text_input(key="activity-text").set_value("4711 ANN")
    page.run()
    assert len(table(page)) == 1
    page.text_input(key="activity-text").set_value("nobody")
    page.run()
    assert "Take a filter away" in page.info[0].value


def test_words_and_choices_stand_in_the_address_the_words_sealed(open_as, store):
    write(store, target_name="bo@example.com")
    write(store)
    page = open_as("ada", "activity")
    page.text_input(key="activity-text").set_value("bo@example")
    page.selectbox(key="activity-operator").set_value("sam").run()
    sealed = page.query_params["find"]
    assert page.query_params == {"operator": "sam", "find": sealed}
    assert "bo@example" not in sealed
    colleague = open_as("max", "activity", find=sealed, operator="sam")
    assert list(table(colleague)["On"]) == ["bo@example.com"]
    page.query_params.clear()
    page.run()
    assert len(table(page)) == 2, "back to where nothing was asked for"
    altered = open_as("max", "activity", find=sealed[:-4])
    assert "altered or cut off" in " ".join(warning.value for warning in altered.warning)


def test_chosen_dates_count_whole_days(open_as, store):
    write(store)
    page = open_as("ada", "activity", period="dates")
    assert len(table(page)) == 1
    long_ago = datetime.now(UTC).date() - timedelta(days=40)
    page.date_input(key="activity-dates").set_value((long_ago, long_ago + timedelta(days=5)))
    page.run()
    assert not tables(page)


def test_a_link_opens_one_line_in_full(open_as, store):
    (id,) = write(store, reason=HOSTILE, target_name=HOSTILE)
    page = open_as("ada", "activity", id=id)
    assert not page.exception
    change = table(page)
    assert change.to_dict("records") == [{"Field": "First name", "Before": "Ann", "After": "Anna"}]
    assert "Reason given" in texts(page)
    assert HOSTILE not in texts(page)


def test_a_link_to_no_line_says_so(open_as):
    page = open_as("ada", "activity", id="nothing")
    assert "not there" in page.error[0].value


def test_a_failed_line_says_why(open_as, store):
    id = store.activity.intend(NewActivity(Actor("o", "sam", Role.SUPPORT, Origin.BROWSER), "add_to_group"))
    store.activity.finish(
        id, ActivityResult.FAILED, error_code="GroupNotFound", error="There is no such group."
    )
    page = open_as("ada", "activity", id=id)
    assert "There is no such group" in texts(page).replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "nothing was changed" in texts(page)


def test_a_chosen_row_opens_below_the_table(open_as, store):
    write(store)
    page = open_as("ada", "activity")
    tick(page, tables(page)[0], 0)
    page.run()
    assert "in the browser" in texts(page)


def badges(page):
    return [text.value for text in page.markdown if "-badge[" in text.value]


def alter(store):
    with store.database.write() as db:
        db.exec_driver_sql("UPDATE activity SET reason = 'otherwise' WHERE target_id = 'sub-1'")


def test_a_mark_says_that_the_log_is_intact(open_as, store):
    write(store, 3)
    page = open_as("ada", "activity")
    assert any("Log intact ✓" in text for text in badges(page))
    assert not page.error


def test_a_changed_line_is_named_on_the_page(open_as, store):
    write(store, 8)
    alter(store)
    page = open_as("ada", "activity")
    assert any("Log broken ✗" in text for text in badges(page))
    assert "LOG BROKEN: 8 places not as the console wrote it" in page.error[0].value
    assert "was altered or moved" in page.error[0].value
    assert "And 3 more" in page.error[0].value


def test_a_long_log_is_checked_when_asked(open_as, store, monkeypatch):
    monkeypatch.setattr("console.activity.proof.READ_AT_ONCE", 2)
    write(store, 3)
    page = open_as("ada", "activity")
    assert any("Log not checked yet" in text for text in badges(page))
    next(button for button in page.button if button.label == "Check the whole log").click()
    page.run()
    assert any("Log intact ✓" in text for text in badges(page))
