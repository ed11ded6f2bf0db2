"""The line about the snapshot: empty, reading, read, stopped, not complete; and what is kept."""

import threading

import pytest
from streamlit.testing.v1 import AppTest

from console.web import identity
from demo.install import install_pools
from services.cognito.actions import DeleteUser
from services.cognito.gateway import CognitoGateway
from services.cognito.models import PersonRef
from services.directory.cache import forget_everything
from services.directory.local_changes import Patch, local_changes
from services.directory.scans import scans_for
from services.directory.snapshots import Snapshots
from services.errors import ServiceFault
from services.store.columns import utc_now
from tests.fixtures.console import sign_in_as

SECONDS = 30


def page():
    # ruff: noqa: PLC0415 - AppTest runs this text by itself
    import streamlit as st

    from console import context
    from console.feedback import guarded, show_done
    from console.snapshots import snapshot_bar

    ctx = context.current_context()
    ctx.pool_record = next(pool for pool in ctx.store.pools.list() if pool.name == "staff")
    show_done(ctx)
    with guarded():
        snapshot = snapshot_bar(ctx)
        st.text(f"snapshot of {len(snapshot)}" if snapshot else "no snapshot")


@pytest.fixture
def bar(console_store, cast, cognito):
    """`bar("ada")`: a page with nothing but the line, on the pool `staff`."""
    forget_everything()
    install_pools(console_store, cognito.url)

    def open_as(who):
        session_id, _ = sign_in_as(console_store, cast[who])
        app = AppTest.from_function(page, default_timeout=60)
        app.user = {"session": identity.stamp(session_id)}
        return app.run()

    yield open_as
    scans_for(console_store).close()


def words(app):
    """Everything that the page says."""
    kinds = (app.markdown, app.info, app.warning, app.error, app.success, app.text, app.metric)
    return (
        " ".join(str(element.value) for kind in kinds for element in kind)
        .replace("\\", "")
        .replace("\N{WORD JOINER}", "")
    )


def press(app, label):
    next(button for button in app.button if button.label == label).click()
    return app.run()


def labels(app):
    return [button.label for button in app.button]


def finish(store):
    """Wait for the end of every reading."""
    for reading in scans_for(store)._readings.values():
        reading.thread.join(SECONDS)


def test_an_auditor_reads_a_pool_that_was_never_read(bar, console_store):
    app = bar("ada")
    assert "No reading of this user pool is kept yet" in words(app)
    assert "no snapshot" in words(app)
    press(app, "Read the pool now")
    finish(console_store)
    app.run()
    assert "snapshot of 90" in words(app)
    assert "Directory read just now · 90 people" in words(app)
    assert "Complete: all users, groups and memberships were read." in words(app)
    assert "Read again" in labels(app)
    assert not app.exception


def test_what_is_changed_here_is_said_and_shown(bar, console_store):
    app = press(bar("ada"), "Read the pool now")
    finish(console_store)
    (line,) = Snapshots(console_store).list()
    (someone,) = Snapshots(console_store).tables(line.id).people([0])
    ref = PersonRef(someone.user.username, someone.user.sub, "x")
    local_changes(line.pool_key).note(Patch(DeleteUser(ref), {}, utc_now()))
    app.run()
    assert "1 person changed here since, shown as now" in words(app)
    assert "snapshot of 89" in words(app)


def test_a_reading_is_watched_and_stopped_from_another_browser_and_goes_on(bar, console_store, monkeypatch):
    reached, opened = threading.Event(), threading.Event()
    original = CognitoGateway.list_groups

    def slow(self):
        reached.set()
        assert opened.wait(SECONDS)
        return original(self)

    monkeypatch.setattr(CognitoGateway, "list_groups", slow)
    press(bar("ada"), "Read the pool now")
    assert reached.wait(SECONDS)
    other = bar("sam")
    assert "Started by ada" in words(other)
    assert "Read the pool now" not in labels(other)
    press(other, "Stop reading")
    opened.set()
    finish(console_store)
    other.run()
    assert "Reading was stopped by sam after" in words(other)
    assert "no snapshot" in words(other)
    press(other, "Go on reading")
    finish(console_store)
    other.run()
    assert "snapshot of 90" in words(other)


def test_a_page_that_failed_stands_above_everything_and_is_tried_again(bar, console_store, monkeypatch):
    original = CognitoGateway.members_page
    monkeypatch.setattr(CognitoGateway, "members_page", _fails)
    app = press(bar("ada"), "Read the pool now")
    finish(console_store)
    app.run()
    assert "NOT complete. The members of" in " ".join(message.value for message in app.warning).replace(
        "\\", ""
    )
    monkeypatch.setattr(CognitoGateway, "members_page", original)
    press(app, "Try again what is missing")
    finish(console_store)
    app.run()
    assert not app.warning
    assert "Complete: all" in words(app)


def _fails(self, group, token=""):
    raise ServiceFault("AWS failed.")


def test_a_failure_is_said_with_what_to_do(bar, console_store, monkeypatch):
    def fails(self, *_, **__):
        raise ServiceFault("AWS failed.", "Try again later.")

    monkeypatch.setattr(CognitoGateway, "users_page", fails)
    app = press(bar("ada"), "Read the pool now")
    finish(console_store)
    app.run()
    assert "AWS failed. Try again later." in words(app).replace("  ", " ").replace("\n\n", " ")
    assert "Go on reading" in labels(app)


def test_the_administrator_throws_one_away(bar, console_store):
    app = press(bar("ann"), "Read the pool now")
    finish(console_store)
    app.run()
    press(app, "Snapshots kept")
    (line,) = Snapshots(console_store).list()
    next(choice for choice in app.selectbox if choice.label == "Throw one away").set_value(line.id)
    next(box for box in app.checkbox if box.label.startswith("It can't")).check()
    app.run()
    press(app, "Throw away")
    assert Snapshots(console_store).list() == ()
    assert console_store.activity.search(action="delete_snapshot")


def test_an_auditor_sees_what_is_kept_and_changes_nothing(bar, console_store):
    app = press(bar("ada"), "Read the pool now")
    finish(console_store)
    app.run()
    press(app, "Snapshots kept")
    assert "An administrator can change that" in words(app)
    assert not app.number_input
    assert "Throw away" not in labels(app)


def test_the_key_of_a_pool_is_that_of_its_gateway(cognito, gateway_factory):
    gateway = gateway_factory(cognito.staff)
    assert gateway.pool_key == f"{cognito.url}|{cognito.region}|{cognito.staff}"
