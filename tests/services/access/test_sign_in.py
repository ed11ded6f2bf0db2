"""Checking a name and password."""

from __future__ import annotations

import statistics
import time

import pytest

from services.access import passwords
from services.access.sign_in import WRONG, SignIn
from services.access.throttle import PAIR, Throttle
from services.errors import SignInRefused, TooManyAttempts
from services.store.activity import ActivityResult
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.store import PASSWORD

HERE = "192.0.2.1"
Cast = dict[str, Operator]


@pytest.fixture
def door(store: Store, cast: Cast) -> SignIn:
    return SignIn(store, Throttle())


def test_the_right_password_lets_in_whatever_the_letter_case_of_the_name(door: SignIn, cast: Cast) -> None:
    assert door.attempt("sam", PASSWORD, HERE).id == cast["sam"].id
    assert door.attempt(" SAM ", PASSWORD, HERE).id == cast["sam"].id


@pytest.mark.parametrize(
    "wrong", ["", " ", "correct horse battery 1", f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.upper()]
)
def test_a_wrong_password_does_not(door: SignIn, wrong: str) -> None:
    with pytest.raises(SignInRefused):
        door.attempt("sam", wrong, HERE)


def test_an_unknown_name_gets_the_same_words(door: SignIn) -> None:
    for name in ("sam", "nobody", "", "x" * 100_000):
        with pytest.raises(SignInRefused) as refused:
            door.attempt(name, "wrong", HERE)
        assert refused.value.message == WRONG


def test_an_unknown_name_takes_as_long_as_a_known_one(store: Store, cast: Cast) -> None:
    store.operators.set_password_hash(cast["sam"].id, passwords.hash_password(PASSWORD))
    known, unknown = [], []
    for number in range(4):
        for name, times in (("sam", known), (f"nobody{number}", unknown)):
            before = time.process_time()
            with pytest.raises(SignInRefused):
                SignIn(store, Throttle()).attempt(name, "wrong", HERE)
            times.append(time.process_time() - before)
    assert statistics.median(unknown) == pytest.approx(statistics.median(known), rel=0.35)
    assert statistics.median(unknown) > 0.03


def test_a_disabled_operator_is_told_so_only_with_the_right_password(
    door: SignIn, store: Store, cast: Cast
) -> None:
    store.operators.update(cast["sam"].id, disabled=True)
    with pytest.raises(SignInRefused, match="belong together"):
        door.attempt("sam", "wrong", HERE)
    with pytest.raises(SignInRefused, match="disabled"):
        door.attempt("sam", PASSWORD, HERE)


def test_an_operator_without_a_password_can_not_sign_in(door: SignIn, store: Store, cast: Cast) -> None:
    store.operators.set_password_hash(cast["sam"].id, "")
    for given in ("", "x"):
        with pytest.raises(SignInRefused):
            door.attempt("sam", given, HERE)


def test_after_some_failures_even_the_right_password_has_to_wait(door: SignIn) -> None:
    for _ in range(PAIR.attempts):
        with pytest.raises(SignInRefused):
            door.attempt("sam", "wrong", HERE)
    with pytest.raises(TooManyAttempts):
        door.attempt("sam", PASSWORD, HERE)
    door.attempt("sam", PASSWORD, "198.51.100.9")


def test_a_refused_attempt_checks_no_password(store: Store, cast: Cast) -> None:
    asked: list[str] = []
    door = SignIn(store, Throttle(), lambda prepared, stored: bool(asked.append(stored)))
    for _ in range(PAIR.attempts):
        with pytest.raises(SignInRefused):
            door.attempt("sam", "wrong", HERE)
    with pytest.raises(TooManyAttempts):
        door.attempt("sam", PASSWORD, HERE)
    assert len(asked) == PAIR.attempts


def test_failures_of_known_operators_stand_in_the_log_and_typed_names_do_not(
    door: SignIn, store: Store
) -> None:
    for name in ("sam", "my secret password"):
        with pytest.raises(SignInRefused):
            door.attempt(name, "wrong", HERE)
    lines = store.activity.search()
    assert [(line.action, line.target_name, line.result) for line in lines] == [
        ("sign_in", "sam", ActivityResult.FAILED)
    ]
    assert lines[0].after == {"address": HERE}


def test_a_weak_hash_is_renewed_at_the_next_sign_in(door: SignIn, store: Store, cast: Cast) -> None:
    assert passwords.is_weak_hash(store.operators.password_hash(cast["sam"].id))
    door.attempt("sam", PASSWORD, HERE)
    assert not passwords.is_weak_hash(store.operators.password_hash(cast["sam"].id))
    door.attempt("sam", PASSWORD, HERE)
