"""What has to be said with an action: set on the Configuration page, asked in the dialogs."""

from __future__ import annotations

from services.note_rules import Demand, NoteRules
from services.store.store import Store
from tests.fixtures.console import OpenPage


def test_an_administrator_sets_it_and_the_log_says_so(open_as: OpenPage, console_store: Store) -> None:
    page = open_as("ann", "configuration", tab="Notes on actions")
    assert "A ticket number: May be given" in page.text[-1].value
    page.button(key="notes-change").click().run()
    next(box for box in page.radio if box.label == "Ticket number").set_value(Demand.REQUIRED)
    pattern = next(field for field in page.text_input if field.label.startswith("Pattern"))
    assert pattern.placeholder == "(OPS|INC)-[0-9]+"  # as it is typed
    pattern.set_value("[")
    next(button for button in page.button if button.label == "Save").click().run()
    assert "The pattern can" in page.error[0].value
    pattern = next(field for field in page.text_input if field.label.startswith("Pattern"))
    pattern.set_value("OPS-[0-9]+")
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    assert NoteRules.stored(console_store) == NoteRules(ticket=Demand.REQUIRED, pattern="OPS-[0-9]+")
    (line,) = console_store.activity.search(action="change_setting")
    assert line.target_name == "Notes"
