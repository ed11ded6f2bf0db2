"""Checking a name and password, sessions, and the actors that stand for them."""

from __future__ import annotations

import statistics
import time
from contextlib import suppress
from datetime import timedelta

import pytest

from services.access import passwords
from services.access.sessions import (
    WRONG,
    OperatorSignIn,
    begin_session,
    browser_actor,
    device_of,
    known_browser,
    live_operator,
    sign_out,
    terminal_actor,
)
from services.access.throttle import ADDRESS, NAME, PAIR
from services.errors import SessionEnded, SignInRefused, TooManyAttempts
from services.roles import Origin, Permission, Role
from services.store.activity import ActivityResult
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.store import PASSWORD

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


HERE = "192.0.2.1"


@pytest.fixture
def door(store: Store, cast: Cast) -> OperatorSignIn:
    return OperatorSignIn(store)


def test_the_right_password_lets_in_whatever_the_letter_case_of_the_name(
    door: OperatorSignIn, cast: Cast
) -> None:
    assert door.attempt("sam", PASSWORD, HERE).id == cast["sam"].id
    assert door.attempt(" SAM ", PASSWORD, HERE).id == cast["sam"].id


@pytest.mark.parametrize(
    "wrong", ["", " ", "correct horse battery 1", f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.upper()]
)
def test_a_wrong_password_does_not(door: OperatorSignIn, wrong: str) -> None:
    with pytest.raises(SignInRefused):
        door.attempt("sam", wrong, HERE)


def test_an_unknown_name_gets_the_same_words(door: OperatorSignIn) -> None:
    for name in ("sam", "nobody", "", "x" * 100_000):
        with pytest.raises(SignInRefused) as refused:
            door.attempt(name, "wrong", HERE)
        assert refused.value.message == WRONG


@pytest.mark.usefixtures("real_cost")
def test_an_unknown_name_takes_as_long_as_a_known_one(store: Store, cast: Cast) -> None:
    store.operators.set_password_hash(cast["sam"].id, passwords.hash_password(PASSWORD))
    known, unknown = [], []
    for number in range(4):
        for name, times in (("sam", known), (f"nobody{number}", unknown)):
            before = time.process_time()
            with pytest.raises(SignInRefused):
                OperatorSignIn(store).attempt(name, "wrong", HERE)
            times.append(time.process_time() - before)
    assert statistics.median(unknown) == pytest.approx(statistics.median(known), rel=0.35)
    assert statistics.median(unknown) > 0.03


def test_a_disabled_operator_is_told_so_only_with_the_right_password(
    door: OperatorSignIn, store: Store, cast: Cast
) -> None:
    store.operators.update(cast["sam"].id, disabled=True)
    with pytest.raises(SignInRefused, match="belong together"):
        door.attempt("sam", "wrong", HERE)
    with pytest.raises(SignInRefused, match="disabled"):
        door.attempt("sam", PASSWORD, HERE)


def test_an_operator_without_a_password_can_not_sign_in(
    door: OperatorSignIn, store: Store, cast: Cast
) -> None:
    store.operators.set_password_hash(cast["sam"].id, "")
    for given in ("", "x"):
        with pytest.raises(SignInRefused):
            door.attempt("sam", given, HERE)


def test_after_some_failures_even_the_right_password_has_to_wait(door: OperatorSignIn) -> None:
    for _ in range(PAIR.attempts):
        with pytest.raises(SignInRefused):
            door.attempt("sam", "wrong", HERE)
    with pytest.raises(TooManyAttempts):
        door.attempt("sam", PASSWORD, HERE)
    door.attempt("sam", PASSWORD, "198.51.100.9")


def test_a_refused_attempt_checks_no_password(store: Store, cast: Cast) -> None:
    asked: list[str] = []
    door = OperatorSignIn(store, lambda prepared, stored: bool(asked.append(stored)))
    for _ in range(PAIR.attempts):
        with pytest.raises(SignInRefused):
            door.attempt("sam", "wrong", HERE)
    with pytest.raises(TooManyAttempts):
        door.attempt("sam", PASSWORD, HERE)
    assert len(asked) == PAIR.attempts


def test_failures_of_known_operators_stand_in_the_log_and_typed_names_do_not(
    door: OperatorSignIn, store: Store
) -> None:
    for name in ("sam", "my secret password"):
        with pytest.raises(SignInRefused):
            door.attempt(name, "wrong", HERE)
    lines = store.activity.search()
    assert [(line.action, line.target_name, line.result) for line in lines] == [
        ("sign_in", "a name that nobody has", ActivityResult.FAILED),
        ("sign_in", "sam", ActivityResult.FAILED),
    ]
    assert [line.after for line in lines] == [{"address": HERE}] * 2
    assert "my secret password" not in repr(lines)


@pytest.mark.usefixtures("real_cost")
def test_a_weak_hash_is_renewed_at_the_next_sign_in(door: OperatorSignIn, store: Store, cast: Cast) -> None:
    assert passwords.is_weak_hash(store.operators.password_hash(cast["sam"].id))
    door.attempt("sam", PASSWORD, HERE)
    assert not passwords.is_weak_hash(store.operators.password_hash(cast["sam"].id))
    door.attempt("sam", PASSWORD, HERE)


# --- strangers' tries


def refused(store: Store, name: str, address: str, browser: str = "") -> None:
    with pytest.raises((SignInRefused, TooManyAttempts)):
        OperatorSignIn(store).attempt(name, "wrong", address, browser)


def test_strangers_everywhere_do_not_keep_an_operator_out_of_their_own_browser(
    store: Store, cast: Cast
) -> None:
    mine = known_browser(store, cast["sam"])
    for stranger in range(NAME.attempts + 5):
        refused(store, "sam", f"198.51.100.{stranger}")
    check = OperatorSignIn(store)
    with pytest.raises(TooManyAttempts):
        check.attempt("sam", PASSWORD, "192.0.2.1")
    assert check.attempt("Sam", PASSWORD, "192.0.2.1", mine).id == cast["sam"].id


@pytest.mark.parametrize("browser", ["", "made up", "x" * 10_000])
def test_nothing_else_makes_a_browser_known(store: Store, cast: Cast, browser: str) -> None:
    assert device_of(store, browser, "sam") == ""


def test_a_browser_is_known_for_its_own_operator_alone(store: Store, cast: Cast) -> None:
    mine = known_browser(store, cast["sam"])
    assert device_of(store, mine, "SAM")
    assert device_of(store, mine, "ann") == ""
    assert device_of(store, mine[:-4] + "AAAA", "sam") == ""


def test_a_waiting_time_and_unknown_names_stand_in_the_log_without_what_was_typed(
    store: Store, cast: Cast
) -> None:
    for _ in range(PAIR.attempts + 3):
        refused(store, "sam", "192.0.2.1")
    refused(store, "my-secret-passphrase", "192.0.2.2")
    lines = store.activity.search()
    slowed = [line for line in lines if line.action == "operator.slowed"]
    assert [(line.target_name, line.after) for line in slowed] == [("sam", {"address": "192.0.2.1"})]
    assert lines[0].target_name == "a name that nobody has"
    assert lines[0].result == ActivityResult.FAILED
    assert "my-secret-passphrase" not in repr(lines)


@pytest.fixture
def quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.access.throttle.CROWDED_SECONDS", 0.0)


@pytest.mark.usefixtures("quick_turns")
def test_whoever_guesses_in_the_office_keeps_nobody_there_out(store: Store, cast: Cast) -> None:
    """Ann signs in for the first time, from the one address that her whole office has."""
    for number in range(3 * ADDRESS.attempts):
        refused(store, f"guess{number}", HERE)
    assert OperatorSignIn(store).attempt("ann", PASSWORD, HERE).id == cast["ann"].id


@pytest.mark.usefixtures("quick_turns")
def test_from_one_address_the_log_is_not_filled_with_names_that_nobody_has(store: Store, cast: Cast) -> None:
    for number in range(3 * ADDRESS.attempts):
        refused(store, f"guess{number}", HERE)
    refused(store, "ann", HERE)
    lines = store.activity.search()
    assert [line.target_name for line in lines if line.action == "operator.slowed"] == [
        "all from one address"
    ]
    assert lines[0].target_name == "ann"
    assert len(lines) == ADDRESS.attempts + 2


def test_a_try_from_a_crowded_address_is_as_slow_when_it_is_right(
    store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.throttle.CROWDED_SECONDS", 0.3)
    for number in range(ADDRESS.attempts):
        refused(store, f"guess{number}", HERE)
    for name, password in (("ann", PASSWORD), ("ann", "wrong"), ("nobody", "wrong")):
        before = time.monotonic()
        with suppress(SignInRefused):
            OperatorSignIn(store).attempt(name, password, HERE)
        assert time.monotonic() - before >= 0.3
