"""Channels on Configuration → Notices, and what one wants by mail on “Your account”."""

from __future__ import annotations

from typing import Any

from services.notices.channels import wanted_by
from services.notices.kinds import FOR_CHANNELS, NoticeKind
from services.store.notices import Channel
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import OpenPage


def labelled(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


def test_a_channel_is_added_and_its_address_is_not_shown_again(
    open_as: OpenPage, console_store: Store
) -> None:
    app = open_as("ann", "configuration", tab="Notices")
    app = labelled(app.button, "Add a channel…").click().run()
    labelled(app.text_input, "Name").input("Ops")
    labelled(app.text_input, "Address").input("json://user:hunter2@127.0.0.1/hook")
    app = labelled(app.button, "Save").click().run()
    assert not app.exception
    (channel,) = console_store.channels.list()
    assert (channel.name, channel.kinds) == ("Ops", tuple(map(str, FOR_CHANNELS)))
    assert any("everything" in element.value for element in app.markdown)
    assert "hunter2" not in str([element.value for element in app.markdown])


def test_an_address_that_is_not_understood_is_said_at_its_field(
    open_as: OpenPage, console_store: Store
) -> None:
    app = open_as("ann", "configuration", tab="Notices")
    app = labelled(app.button, "Add a channel…").click().run()
    labelled(app.text_input, "Name").input("Ops")
    labelled(app.text_input, "Address").input("nonsense")
    app = labelled(app.button, "Save").click().run()
    assert any("understood" in error.value for error in app.error)
    assert console_store.channels.list() == ()


def test_an_operator_chooses_what_they_are_told_by_mail(
    open_as: OpenPage, console_store: Store, cast: dict[str, Operator]
) -> None:
    assert not any("Notices by mail" in header.value for header in open_as("max", "account").header)
    console_store.channels.add(Channel(name="Mail", is_mail=True, secret="mailto://smtp.example.com"))
    app = open_as("max", "account")
    app.multiselect[0].set_value([NoticeKind.JOB_ENDED])
    app = labelled(app.button, "Save").click().run()
    assert not app.exception
    assert wanted_by(console_store, cast["max"].id)[0] == (NoticeKind.JOB_ENDED,)
