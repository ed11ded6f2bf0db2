"""Who signs reviews off: set on the Configuration page."""

from __future__ import annotations

from console.configuration.reviews import BY_ANOTHER, BY_ANYBODY
from services.audits.reviews.sign_off import SignOffRule
from services.store.store import Store
from tests.fixtures.console import OpenPage


def test_an_administrator_sets_it(open_as: OpenPage, console_store: Store) -> None:
    page = open_as("ann", "configuration", tab="Reviews")
    assert BY_ANYBODY.lower() in page.text[-1].value
    page.button(key="sign-off-change").click().run()
    page.radio[0].set_value(True)
    next(button for button in page.button if button.label == "Save").click().run()
    assert not page.exception
    assert SignOffRule.stored(console_store).by_another
    assert BY_ANOTHER.lower() in page.text[-1].value
