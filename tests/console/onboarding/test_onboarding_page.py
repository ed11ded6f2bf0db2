"""The onboarding page: from a file to people in their groups."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from services.bulk import drafts
from services.bulk.last_days import today_in
from services.directory.cache import forget_everything
from services.roles import Actor, Origin
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.jobs import Job, JobState
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from services.work.desk import work_for
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import tables

FILE = (
    "E-mail;First name;User name;Groups\n"
    "nora@example.com;Nora;nora;billing\n"
    "bad-mail;Bob;bob;\n"
    "old@example.com;Olga;old;billing\n"
)


@pytest.fixture
def pool(cognito: Cognito, empty_pool: Callable[..., str], console_store: Store) -> Iterator[str]:
    """A pool with one person and one group, as "staff" in the console."""
    forget_everything()
    pool_id, client = empty_pool(PoolName="Staff"), cognito.client()
    client.create_group(UserPoolId=pool_id, GroupName="billing")
    client.admin_create_user(
        UserPoolId=pool_id,
        Username="old",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "old@example.com"}],
    )
    connection = console_store.connections.add(
        Connection(
            name="Embedded",
            region=cognito.region,
            account="123456789012",
            endpoint_url=cognito.url,
            kind=CredentialKind.STATIC,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )
    console_store.pools.add(PoolRecord(connection.id, pool_id, "staff"))
    yield pool_id
    work_for(console_store).close()
    forget_everything()


def upload(app: AppTest, text: str, name: str = "people.csv") -> AppTest:
    return app.file_uploader[0].set_value((name, text.encode(), "text/csv")).run()


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label.startswith(label))


def press(app: AppTest, label: str) -> AppTest:
    return button(app, label).click().run()


def in_tables(app: AppTest) -> str:
    """What stands in tables, those that can be edited too."""
    return "\n".join(table.value.to_string() for table in (*tables(app), *app.dataframe))


def test_only_managers_and_administrators_have_the_page(open_as: OpenPage, pool: str) -> None:
    for who in ("ada", "sam"):
        assert not open_as(who, "onboarding", pool="staff").file_uploader
    assert open_as("max", "onboarding", pool="staff").file_uploader


def test_a_file_that_is_no_table_is_refused_and_nothing_is_lost(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), "")
    assert "empty" in app.error[0].value
    assert not app.exception


def test_the_columns_are_recognised_by_their_usual_names(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    shown = in_tables(app)
    for meaning in ("(email)", "(given_name)", "(username)", "(groups)"):
        assert meaning in shown


def test_first_values_that_are_cut_off_end_in_dots(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), f"username,email\n{'long' * 20},a@example.com\n")
    (frame,) = (editor.value for editor in app.dataframe)
    assert list(frame["First values"]) == [f"{'long' * 10}l…", "a@example.com"]


def test_problems_name_row_column_and_fix_before_anything_is_sent(
    open_as: OpenPage, pool: str, cognito: Cognito
) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    assert not app.exception
    assert [metric.value for metric in app.metric[:4]] == ["3", "2", "0", "1"]
    assert "An e-mail address" in in_tables(app)
    shown = (
        " ".join(paragraph.value for paragraph in app.markdown)
        .replace("\\", "")
        .replace("\N{WORD JOINER}", "")
    )
    assert "**1 row: " in shown
    assert "(E-mail)" in shown
    assert len(cognito.client().list_users(UserPoolId=pool)["Users"]) == 1


def test_all_problems_of_a_kind_are_fixed_at_once_and_checked_again(open_as: OpenPage, pool: str) -> None:
    text = "username;email;groups\nnora;nora@exmaple;billing\nbob;bob@exmaple;\nold;old@example.com;billing\n"
    app = press(upload(open_as("max", "onboarding", pool="staff"), text), "Check the file")
    assert [metric.value for metric in app.metric[:4]] == ["3", "1", "0", "2"]
    fixing = next(radio for radio in app.radio if radio.label == "The 2 cells under email")
    app = fixing.set_value("Replace a part of them").run()
    next(field for field in app.text_input if field.label == "This part").set_value("exmaple")
    next(field for field in app.text_input if field.label == "becomes").set_value("example.com")
    app = press(app.run(), "Change them and check again")
    assert not app.exception
    assert [metric.value for metric in app.metric[:4]] == ["3", "3", "0", "0"]


def test_rows_with_a_problem_can_be_left_out_together(open_as: OpenPage, pool: str) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    app = press(app, "Leave these rows out")
    assert [metric.value for metric in app.metric[:4]] == ["2", "2", "0", "0"]


def test_missing_groups_are_chosen_where_the_file_is_checked_and_stand_in_the_button(
    open_as: OpenPage, pool: str
) -> None:
    text = (
        "username;email;groups\nnora;nora@example.com;night-shift\n"
        "bob;bob@example.com;night-shift;\ngus;gus@example.com;biling\n"
    )
    app = press(upload(open_as("max", "onboarding", pool="staff"), text), "Check the file")
    assert [metric.value for metric in app.metric[:4]] == ["3", "0", "0", "3"]
    offered = {box.label: box.value for box in app.checkbox}
    assert offered == {"night-shift (2 rows)": True, "biling (1 row, perhaps billing is meant)": False}
    app = press(app, "Create 1 group with the file")
    assert not app.exception
    assert [metric.value for metric in app.metric[:4]] == ["3", "2", "0", "1"]
    assert any("created with the file: **night" in paragraph.value for paragraph in app.markdown)
    preview = press(app, "Go on to the preview")
    assert button(preview, "Create 2 people and 1 group")
    app = press(press(preview, "3  Check"), "Undo")
    assert [metric.value for metric in app.metric[:4]] == ["3", "0", "0", "3"]


def test_the_way_on_says_why_it_is_closed(open_as: OpenPage, pool: str) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), "email\nx\n"), "Check the file")
    assert button(app, "Go on to the preview").disabled
    assert any("No row can be carried out yet" in paragraph.value for paragraph in app.markdown)


def test_a_file_that_was_done_already_says_one_thing(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding"), "User name;E-mail\nold;old@example.com\n")
    app = press(app, "Check the file")
    assert {metric.label: metric.value for metric in app.metric} == {
        "Rows": "1",
        "Ready": "0",
        "Already right": "1",
        "With a warning": "0",
        "To fix": "0",
    }
    assert "Every row of this file is already right" in app.info[0].value
    assert not app.success
    assert button(app, "Go on to the preview").disabled


def test_going_back_loses_neither_the_file_nor_what_was_chosen(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    app = app.checkbox[0].check().run()
    app = press(press(app, "1  File"), "Go on with this file")
    assert app.checkbox[0].value is True


def test_the_preview_says_what_the_button_will_do_and_the_result_accounts_for_every_row(
    open_as: OpenPage, pool: str, cognito: Cognito, console_store: Store
) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    app = press(app, "Go on to the preview")
    assert not app.exception
    assert button(app, "Create 1 and change 1")
    app = press(app, "Create 1 and change 1")
    assert not app.exception
    job = wait_until_over(console_store)
    assert job.total_rows == 3
    app = app.run()
    shown = in_tables(app)
    assert "Created, added to group billing." in shown
    assert "Can't be done" in shown
    members = cognito.client().list_users_in_group(UserPoolId=pool, GroupName="billing")["Users"]
    assert {user["Username"] for user in members} == {"nora", "old"}


def test_a_plan_can_be_kept_and_started_by_somebody_else(
    open_as: OpenPage, pool: str, cognito: Cognito, console_store: Store
) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    app = press(press(app, "Go on to the preview"), "Keep the plan for later")
    (job,) = console_store.jobs.list()
    assert job.state is JobState.PLANNED
    other = open_as("ann", "job", id=job.id)
    assert "add to group billing" in in_tables(other)
    press(other, "Create 1 and change 1")
    done = wait_until_over(console_store)
    assert (done.created_by_name, done.started_by_name) == ("max", "ann")
    assert len(cognito.client().list_users(UserPoolId=pool)["Users"]) == 2


def test_a_plan_is_started_with_what_has_to_be_said_from_either_page(
    open_as: OpenPage, pool: str, console_store: Store
) -> None:
    console_store.settings.set("note_rules", {"reason_always": True})
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    app = press(press(app, "Go on to the preview"), "Create 1 and change 1")
    assert "Give a reason" in app.error[0].value
    assert not console_store.jobs.list()
    press(app, "Keep the plan for later")
    (job,) = console_store.jobs.list()
    other = press(open_as("ann", "job", id=job.id), "Create 1 and change 1")
    assert "Nothing was changed" in other.error[0].value
    assert console_store.jobs.get(job.id).state is JobState.PLANNED
    other.text_input(key=f"job-start-reason-{job.id}").set_value("new starters")
    press(other, "Create 1 and change 1")
    wait_until_over(console_store)
    said = {
        line.reason for line in console_store.activity.search(job_id=job.id) if line.action != "save_plan"
    }
    assert said == {"new starters"}


def test_a_plan_that_nobody_started_can_be_thrown_away(
    open_as: OpenPage, pool: str, console_store: Store
) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    press(press(app, "Go on to the preview"), "Keep the plan for later")
    (job,) = console_store.jobs.list()
    app = press(open_as("max", "job", id=job.id), "Throw the plan away")
    assert not app.exception
    assert not console_store.jobs.list()


def test_undo_makes_a_plan_that_takes_the_job_back(
    open_as: OpenPage, pool: str, cognito: Cognito, console_store: Store
) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    press(press(app, "Go on to the preview"), "Create 1 and change 1")
    job = wait_until_over(console_store)
    app = press(open_as("max", "job", id=job.id), "Undo…")
    assert not app.exception
    undo = next(other for other in console_store.jobs.list() if other.undo_of == job.id)
    assert undo.state is JobState.PLANNED
    shown = in_tables(app)
    assert "Remove from group billing, clear first name." in shown
    assert "Delete." in shown
    app = press(app, "Change 1 and delete 1…")
    typed = next(field for field in app.text_input if "type the number" in field.label)
    typed.set_value("1")
    next(field for field in app.text_input if field.label.startswith("Reason")).set_value("Wrong file")
    app = press(app, "Delete 1")
    assert not app.exception
    assert wait_until_over(console_store, undo.id).state is JobState.FINISHED
    assert [user["Username"] for user in cognito.users(pool)] == ["old"]
    assert cognito.members(pool, "billing") == set()


def wait_until_over(store: Store, job_id: str = "", seconds: float = 60) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = store.jobs.get(job_id) if job_id else store.jobs.list()[0]
        if job.state in (JobState.FINISHED, JobState.FAILED, JobState.STOPPED):
            return job
        time.sleep(0.1)
    raise AssertionError(f"The job did not end: {job}")


def upload_bytes(app: AppTest, data: bytes, name: str) -> AppTest:
    return app.file_uploader[0].set_value((name, data, "application/octet-stream")).run()


def workbook(*rows: list[object]) -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.create_sheet("Notes").append(["written", "by HR"])
    book.save(out)
    return out.getvalue()


def test_a_workbook_goes_the_same_way_as_a_csv(open_as: OpenPage, pool: str) -> None:
    data = workbook(["Staff"], ["User name", "E-mail", "Groups"], ["nora", "nora@example.com", "billing"])
    app = upload_bytes(open_as("max", "onboarding", pool="staff"), data, "people.xlsx")
    assert not app.exception
    assert "(groups)" in in_tables(app)
    app = press(app, "Check the file")
    assert [metric.value for metric in app.metric[:4]] == ["1", "1", "0", "0"]
    assert any("headings were taken from row 2" in message.value for message in app.info)


def test_an_encoding_that_is_not_sure_is_chosen_by_what_it_shows(open_as: OpenPage, pool: str) -> None:
    data = "username;email;name\nluk;luk@example.com;Łukasz Żółć\n".encode("cp1250")
    app = upload_bytes(open_as("max", "onboarding", pool="staff"), data, "people.csv")
    assert "Łukasz" in " ".join(block.value for block in app.code)
    assert not in_tables(app) or "(email)" not in in_tables(app)
    app = press(app, "Read as Windows-1250")
    assert not app.exception
    assert "Łukasz Żółć" in in_tables(app)


def test_what_can_not_be_read_is_a_sentence_with_the_choices_beside_it(open_as: OpenPage, pool: str) -> None:
    app = upload_bytes(open_as("max", "onboarding", pool="staff"), b"%PDF-1.7 rest", "people.pdf")
    assert "PDF document" in app.error[0].value
    app = press(app, "Another file")
    app = upload_bytes(app, b"username:email\njo:jo@x.org\n", "people.csv")
    assert "separated by colons" in app.error[0].value
    header = next(field for field in app.number_input if field.label == "Row with the headings")
    header.set_value(0)
    app = press(app, "Read it so")
    assert not app.exception
    assert "Column 1" in in_tables(app)


def test_of_columns_with_one_title_that_differ_somebody_chooses(open_as: OpenPage, pool: str) -> None:
    text = "username,email,email\nnew,new@example.com,old@example.com\n"
    app = upload(open_as("max", "onboarding", pool="staff"), text)
    assert "“email (B)” and “email (C)”" in app.error[0].value.replace("\\", "")
    assert "(please choose)" in in_tables(app)
    assert button(app, "Check the file").disabled


def test_damaged_cells_are_settled_by_kind(open_as: OpenPage, pool: str) -> None:
    text = (
        "username,email,given_name\njo,jo@example.com,JosÃ©\nnil,nil@example.com,NULL\nx,x@example.com,#N/A\n"
    )
    app = press(upload(open_as("max", "onboarding", pool="staff"), text), "Check the file")
    assert [metric.value for metric in app.metric[:4]] == ["3", "0", "0", "3"]
    app = app.button(key="onboarding-damage-mojibake-repair").click().run()
    assert not app.exception
    assert [metric.value for metric in app.metric[:4]] == ["3", "1", "1", "2"]
    app = app.button(key="onboarding-damage-placeholder-leave").click().run()
    app = app.button(key="onboarding-damage-formula-error-drop").click().run()
    assert [metric.value for metric in app.metric[:4]] == ["2", "2", "2", "0"]
    assert not [
        button for button in app.button if button.key and button.key.startswith("onboarding-damage-formula")
    ]
    app = app.button(key="onboarding-damage-mojibake-undo").click().run()
    assert [metric.value for metric in app.metric[:4]] == ["2", "1", "1", "1"]


def test_columns_that_are_not_used_stand_out(open_as: OpenPage, pool: str) -> None:
    text = "User name;E-mail;Abteilung\nnora;nora@example.com;Sales\n"
    app = upload(open_as("max", "onboarding", pool="staff"), text)
    assert "1 column is **not used**: “Abteilung”" in " ".join(message.value for message in app.warning)


def test_what_columns_mean_is_chosen_once(
    open_as: OpenPage, pool: str, console_store: Store, cast: dict[str, Operator]
) -> None:
    text = "User name;E-mail;Abteilung\nnora;nora@example.com;Sales\n"
    app = upload(open_as("max", "onboarding", pool="staff"), text)
    who = lambda: Actor(cast["max"].id, "Max", cast["max"].role, Origin.BROWSER)  # noqa: E731
    (draft,) = drafts.drafts_of(console_store, console_store.pools.list()[0], who)
    drafts.keep(console_store, who, replace(draft, meanings=("username", "email", "profile")))
    press(app.run(), "Check the file")
    again = upload(open_as("ann", "onboarding", pool="staff"), text)
    assert any("what max chose" in message.value for message in again.info)
    assert not again.warning
    assert "(profile)" in in_tables(again)


def test_every_step_says_which_file_it_is_and_how_it_was_read(open_as: OpenPage, pool: str) -> None:
    facts = r"**people\.csv**: 3 rows"
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    for way in ("Check the file", "Go on to the preview", "1  File", "4  Preview", "Create 1 and change 1"):
        app = press(app, way)
        (said,) = [paragraph.value for paragraph in app.markdown if paragraph.value.startswith(facts)]
        assert "UTF" in said
        assert "semicolon" in said


def test_usernames_are_made_from_a_pattern_and_shown_before_anything_is_sent(
    open_as: OpenPage, pool: str
) -> None:
    text = "email;name\nek@example.com;Ek, Ann\nek2@example.com;Ann Ek\n"
    app = upload(open_as("max", "onboarding", pool="staff"), text)
    app = next(box for box in app.selectbox if box.label == "Usernames of new people").select_index(1).run()
    app = next(box for box in app.checkbox if box.label.startswith("Split full names")).check().run()
    app = press(app, "Check the file")
    assert not app.exception
    assert [metric.value for metric in app.metric[:4]] == ["2", "2", "0", "0"]
    assert any(
        "“Ek, Ann” is Ann" in message.value.replace("\\", "").replace("\N{WORD JOINER}", "")
        for message in app.info
    )
    shown = in_tables(press(app, "Go on to the preview"))
    assert "(username ann.ek)" in shown
    assert "(username ann.ek2)" in shown


def test_a_leaver_with_a_last_day_is_planned_and_their_page_says_so(
    open_as: OpenPage, pool: str, console_store: Store, cognito: Cognito
) -> None:
    text = f"username,action,last day\nold,leaver,{today_in('') + timedelta(days=3)}\n"
    app = press(upload(open_as("max", "onboarding", pool="staff"), text, "hr.csv"), "Check the file")
    app = press(app, "Go on to the preview")
    assert "1 person on" in app.info[0].value
    assert button(app, "Keep the plan").disabled
    press(app, "Plan 1 for their last day")
    (schedule,) = console_store.schedules.of_pool(console_store.pools.by_name("staff").id)
    assert schedule.task == "leavers"
    assert not console_store.jobs.list()
    person = cognito.client().admin_get_user(UserPoolId=pool, Username="old")
    assert person["Enabled"]
    sub = next(each["Value"] for each in person["UserAttributes"] if each["Name"] == "sub")
    page = open_as("max", "user", pool="staff", id=sub)
    assert any("**Leaves on " in paragraph.value for paragraph in page.markdown)
    page = press(page, "Stays after all")
    assert not page.exception
    assert not console_store.schedules.of_pool(console_store.pools.by_name("staff").id)


def test_full_names_that_a_pool_requires_are_put_together_by_a_tick(
    open_as: OpenPage, pool: str, console_store: Store, empty_pool: Callable[..., str]
) -> None:
    required = {"Name": "name", "Required": True, "Mutable": True, "AttributeDataType": "String"}
    named = PoolRecord(
        console_store.connections.list()[0].id, empty_pool(PoolName="N", Schema=[required]), "named"
    )
    console_store.pools.add(named)
    text = "user name;first name;last name\nnew.one;Ann;Ek\n"
    app = press(upload(open_as("max", "onboarding", pool="named"), text), "Check the file")
    assert "full names are put together" in " ".join(paragraph.value for paragraph in app.markdown)
    app = press(app, "2  Columns")
    app = next(box for box in app.checkbox if box.label.startswith("Put full names")).check().run()
    app = press(app, "Check the file")
    assert [metric.value for metric in app.metric[:4]] == ["1", "1", "0", "0"]
    assert any("“Ann Ek”" in message.value for message in app.info)
