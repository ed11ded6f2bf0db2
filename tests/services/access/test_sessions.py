"""Sessions, and the actors that stand for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.access.sessions import begin_session, browser_actor, live_operator, sign_out, terminal_actor
from services.errors import SessionEnded
from services.roles import Origin, Permission, Role
from services.store.operators import Operator
from services.store.store import Store

Cast = dict[str, Operator]


def begin(store: Store, operator: Operator, idle: float = 1800) -> tuple[str, str]:
    session, token = begin_session(
        store, operator, "192.0.2.1", "Firefox", timedelta(seconds=idle), timedelta(hours=10)
    )
    return session.id, token


def test_an_actor_is_the_operator_of_the_session(store: Store, cast: Cast) -> None:
    who = browser_actor(store, begin(store, cast["sam"])[0])()
    assert (who.operator_id, who.name, who.role, who.origin) == (
        cast["sam"].id,
        "sam",
        Role.SUPPORT,
        Origin.BROWSER,
    )


def test_a_changed_role_holds_at_the_next_use(store: Store, cast: Cast) -> None:
    source = browser_actor(store, begin(store, cast["sam"])[0])
    assert not source().may(Permission.CONFIGURE)
    store.operators.update(cast["sam"].id, role=Role.ADMIN)
    assert source().may(Permission.CONFIGURE)


def test_after_signing_out_the_actor_and_the_token_are_dead(store: Store, cast: Cast) -> None:
    session_id, token = begin(store, cast["sam"])
    source = browser_actor(store, session_id)
    sign_out(store, session_id)
    with pytest.raises(SessionEnded, match="nothing was changed"):
        source()
    assert store.sessions.find(token) is None


def test_signing_out_ends_this_session_only(store: Store, cast: Cast) -> None:
    first, _ = begin(store, cast["sam"])
    second, _ = begin(store, cast["sam"])
    sign_out(store, first)
    assert live_operator(store, second) is not None


def test_a_disabled_operator_acts_no_more(store: Store, cast: Cast) -> None:
    source = browser_actor(store, begin(store, cast["sam"])[0])
    store.operators.update(cast["sam"].id, disabled=True)
    with pytest.raises(SessionEnded):
        source()


def test_an_operator_who_was_removed_acts_no_more(store: Store, cast: Cast) -> None:
    source = browser_actor(store, begin(store, cast["sam"])[0])
    store.operators.delete(cast["sam"].id)
    with pytest.raises(SessionEnded):
        source()


def test_asking_who_acts_does_not_keep_a_session_alive(store: Store, cast: Cast) -> None:
    session_id, _ = begin(store, cast["sam"])
    before = store.sessions.get(session_id)
    for _ in range(3):
        browser_actor(store, session_id)()
    assert store.sessions.get(session_id) == before


def test_no_session_id_is_nobody(store: Store) -> None:
    assert live_operator(store, "") is None
    assert live_operator(store, "made-up") is None


def test_signing_in_and_out_stand_in_the_log_with_the_address(store: Store, cast: Cast) -> None:
    session_id, _ = begin(store, cast["sam"])
    sign_out(store, session_id)
    assert [(line.action, line.operator_name) for line in store.activity.search()] == [
        ("sign_out", "sam"),
        ("sign_in", "sam"),
    ]
    assert store.operators.get(cast["sam"].id).last_sign_in is not None


def test_whoever_runs_commands_is_named_after_their_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "kim")
    actor = terminal_actor()()
    assert (actor.name, actor.origin) == ("kim (terminal)", Origin.TERMINAL)
    assert actor.may(Permission.BULK)
