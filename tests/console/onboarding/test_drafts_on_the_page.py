"""Drafts on the onboarding page: gone on with in another browser, thrown away, nobody else's."""

from __future__ import annotations

import io

import openpyxl
from streamlit.testing.v1 import AppTest

from services.store.store import Store
from tests.console.onboarding.test_onboarding_page import (
    FILE,
    button,
    in_tables,
    pool,
    press,
    upload,
    upload_bytes,
    wait_until_over,
)
from tests.fixtures.console import OpenPage

__all__ = ["pool"]


def asked(app: AppTest, name: str) -> str:
    """A value of the address."""
    value = app.query_params.get(name, [""])
    return value if isinstance(value, str) else value[0]


def said(app: AppTest) -> str:
    """Everything that the page says, as people read it."""
    shown = [element.value for kind in (app.markdown, app.info, app.success, app.error) for element in kind]
    return "\n".join(shown).replace("\\", "").replace("\N{WORD JOINER}", "")


def figures(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric[:4]]


def test_the_address_alone_brings_the_draft_back_with_its_corrections(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    app = press(app.checkbox[0].check().run(), "Check the file")
    next(field for field in app.text_input if field.label == "What to write").set_value("bob@example.com")
    app = press(app.run(), "Change them and check again")
    other = open_as("max", "onboarding", pool="staff", draft=asked(app, "draft"), step=asked(app, "step"))
    assert not other.exception
    assert figures(other) == ["3", "3", "0", "0"]
    other = press(other, "2  Columns")
    assert other.checkbox[0].value is True
    assert "people.csv" in said(other)


def test_what_is_chosen_in_the_open_form_is_kept_at_once(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    app = app.radio[0].set_value(("EMAIL",)).run()
    other = open_as("max", "onboarding", pool="staff", draft=asked(app, "draft"), step="2")
    assert other.radio[0].value == ("EMAIL",)


def test_the_page_opens_on_what_waits_and_a_draft_is_gone_on_with(open_as: OpenPage, pool: str) -> None:
    upload(open_as("max", "onboarding", pool="staff"), FILE)
    app = open_as("max", "onboarding", pool="staff")
    assert "Waiting for you" in said(app)
    assert "3 rows" in said(app)
    app = press(app, "Go on")
    assert "(given_name)" in in_tables(app)


def test_another_operator_neither_sees_a_draft_nor_opens_it_by_its_address(
    open_as: OpenPage, pool: str
) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE, "leavers-of-may.csv")
    assert "leavers-of-may" not in said(open_as("ann", "onboarding", pool="staff"))
    other = open_as("ann", "onboarding", pool="staff", draft=asked(app, "draft"), step="2")
    assert not other.exception
    assert "somebody else's" in said(other)
    assert other.file_uploader
    assert not in_tables(other).count("(given_name)")


def test_a_file_that_can_not_be_read_yet_is_not_lost_with_the_tab(open_as: OpenPage, pool: str) -> None:
    app = upload_bytes(open_as("max", "onboarding", pool="staff"), b"username:email\njo:jo@x.org\n", "hr.csv")
    other = open_as("max", "onboarding", pool="staff", draft=asked(app, "draft"))
    assert "separated by colons" in other.error[0].value
    assert "how to read it is still open" in said(open_as("max", "onboarding", pool="staff"))
    next(field for field in other.number_input if field.label == "Row with the headings").set_value(0)
    other = press(other, "Read it so")
    assert not other.exception
    assert "Column 1" in in_tables(other)


def test_a_draft_that_is_thrown_away_is_gone(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), FILE)
    gone = asked(app, "draft")
    app = press(press(app, "1  File"), "Throw this draft away")
    assert "was thrown away" in said(app)
    assert "Waiting for you" not in said(app)
    assert "This draft is not there" in said(open_as("max", "onboarding", pool="staff", draft=gone))


def test_a_draft_becomes_a_job_and_its_passwords_wait_on_the_page(
    open_as: OpenPage, pool: str, console_store: Store
) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    app = press(press(app, "Go on to the preview"), "Create 1 and change 1")
    assert asked(app, "draft") == ""
    assert asked(app, "job") == wait_until_over(console_store).id
    app = open_as("max", "onboarding", pool="staff")
    assert "1 temporary password to hand over" in said(app)
    assert not [button for button in app.button if button.label == "Throw away"]


def test_two_tabs_see_each_others_changes(open_as: OpenPage, pool: str) -> None:
    app = press(upload(open_as("max", "onboarding", pool="staff"), FILE), "Check the file")
    other = open_as("max", "onboarding", pool="staff", draft=asked(app, "draft"), step="3")
    other = press(other, "Leave these rows out")
    app = app.run()
    assert "changed in another tab" in said(app)
    assert figures(app) == ["2", "2", "0", "0"]


def test_of_several_lists_in_a_workbook_one_is_chosen_by_a_click(open_as: OpenPage, pool: str) -> None:
    book = openpyxl.Workbook()
    for name, person in (("New joiners", "joan"), ("Leavers", "leo")):
        sheet = book.create_sheet(name)
        sheet.append(["User name", "E-mail"])
        sheet.append([person, f"{person}@example.com"])
    out = io.BytesIO()
    book.save(out)
    app = upload_bytes(open_as("max", "onboarding", pool="staff"), out.getvalue(), "people.xlsx")
    assert any("look like lists of people" in warning.value for warning in app.warning)
    other = open_as("max", "onboarding", pool="staff", draft=asked(app, "draft"))
    other = press(other, "Read Leavers")
    assert any("sheet “Leavers”" in markdown.value for markdown in other.markdown)


def test_a_file_in_an_unsure_encoding_waits_for_the_choice_as_a_draft(open_as: OpenPage, pool: str) -> None:
    data = "username;email;name\nluk;luk@example.com;Łukasz Żółć\n".encode("cp1250")
    app = upload_bytes(open_as("max", "onboarding", pool="staff"), data, "people.csv")
    other = open_as("max", "onboarding", pool="staff", draft=asked(app, "draft"))
    other = press(other, "Read as Windows-1250")
    assert not other.exception
    assert "Łukasz Żółć" in in_tables(other)


def test_a_draft_is_read_in_another_way_later(open_as: OpenPage, pool: str) -> None:
    app = upload(open_as("max", "onboarding", pool="staff"), "a;b\nnora@example.com;x\n")
    app = press(app, "1  File")
    next(field for field in app.number_input if field.label == "Row with the headings").set_value(0)
    app = press(app, "Read it so")
    assert not app.exception
    assert "Column 1" in in_tables(app)
    assert "2 rows" in said(app)
    assert button(app, "Check the file")
