"""Downloads are made on demand, for a live session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console.web import identity
from console.widgets import downloads
from services import roles
from services.errors import NotPermitted, SessionEnded, StoreUnavailable
from services.roles import Role
from services.store.activity import ActivityLog
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import sign_in_as

BUILT: list[str] = []


def script() -> None:
    from console.page import open_page  # noqa: PLC0415
    from console.widgets.downloads import download  # noqa: PLC0415
    from tests.console.widgets.test_downloads import BUILT  # noqa: PLC0415

    def build() -> bytes:
        BUILT.append("built")
        return b"name\r\nAnn\r\n"

    open_page("Page", "About.", needs_pool=False)
    download("Export", "people.csv", build, pool="staff")


@pytest.fixture
def offered(
    console_store: Store, cast: dict[str, Operator], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], bytes]:
    """What Streamlit would call when the button is pressed."""
    BUILT.clear()
    given: list[tuple[Any, ...]] = []
    monkeypatch.setattr(downloads.st, "download_button", lambda *args, **_: given.append(args))
    app = AppTest.from_function(script, default_timeout=60)
    session_id, _ = sign_in_as(console_store, cast["ada"])
    app.user = {"session": identity.stamp(session_id)}
    identity.ASKING.set(session_id)
    app.run()
    assert not app.exception
    assert given[0][0] == "Export"
    assert given[0][2:] == ("people.csv", "text/csv")
    made: Callable[[], bytes] = given[0][1]
    return made


def test_nothing_is_built_before_the_button_is_pressed(offered: Callable[[], bytes]) -> None:
    assert BUILT == []
    assert offered() == b"name\r\nAnn\r\n"


def test_the_log_says_who_took_which_file(offered: Callable[[], bytes], console_store: Store) -> None:
    offered()
    (line,) = console_store.activity.search(pool="staff")
    assert (line.operator_name, line.action, line.target_name) == ("ada", "download_file", "people.csv")
    assert line.after == {"bytes": len(b"name\r\nAnn\r\n")}


def test_a_file_that_the_log_can_not_note_is_not_sent(
    offered: Callable[[], bytes], console_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise StoreUnavailable("The disk with the console's database is full.")

    monkeypatch.setattr(ActivityLog, "record", refuse)
    with pytest.raises(StoreUnavailable):
        offered()


def test_a_session_that_ended_meanwhile_gets_nothing(
    offered: Callable[[], bytes], console_store: Store, cast: dict[str, Operator]
) -> None:
    console_store.sessions.revoke_operator(cast["ada"].id)
    with pytest.raises(SessionEnded):
        offered()
    assert BUILT == []


def test_a_right_taken_away_meanwhile_gets_nothing(
    offered: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(roles.ROLE_PERMISSIONS, Role.AUDITOR, frozenset({roles.Permission.READ}))
    with pytest.raises(NotPermitted):
        offered()
    assert BUILT == []


def test_another_session_that_knows_the_button_gets_nothing(
    offered: Callable[[], bytes], console_store: Store, cast: dict[str, Operator]
) -> None:
    identity.ASKING.set(sign_in_as(console_store, cast["ada"])[0])
    with pytest.raises(SessionEnded):
        offered()
    assert BUILT == []
