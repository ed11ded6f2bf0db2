"""The first administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.access import setup
from services.access.sessions import OperatorSignIn, terminal_actor
from services.access.throttle import PAIR, Throttle
from services.errors import InvalidValue, NotPermitted, SignInRefused
from services.roles import Role
from services.store.operators import Operator
from services.store.store import Store

FIRST = {"username": "kim", "name": "Kim Ek", "email": "kim@example.com", "password": "bees fly home in may"}


def make(store: Store, token: str, **changed: Any) -> Operator:
    return setup.make_first_admin(store, token, **{**FIRST, **changed})


def test_the_link_makes_the_first_administrator(store: Store) -> None:
    operator = make(store, setup.issue_link(store))
    assert operator.role == Role.ADMIN
    assert OperatorSignIn(store).attempt("kim", FIRST["password"], "192.0.2.1").id == operator.id
    assert [line.action for line in store.activity.search()] == ["operator.set_up"]


def test_it_works_once(store: Store) -> None:
    token = setup.issue_link(store)
    make(store, token)
    assert not setup.is_valid(store, token)
    with pytest.raises(SignInRefused):
        make(store, token, username="eve")
    assert len(store.operators.list()) == 1


def test_a_second_link_dies_with_the_first(store: Store) -> None:
    first, second = setup.issue_link(store), setup.issue_link(store)
    make(store, first)
    assert not setup.is_valid(store, second)
    with pytest.raises(SignInRefused):
        make(store, second, username="eve")


def test_it_expires(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "LIFETIME", timedelta(seconds=-1))
    token = setup.issue_link(store)
    assert not setup.is_valid(store, token)
    with pytest.raises(SignInRefused):
        make(store, token)


@pytest.mark.parametrize("token", ["", "made-up", "x" * 10_000])
def test_no_other_link_works(store: Store, token: str) -> None:
    setup.issue_link(store)
    assert not setup.is_valid(store, token)
    with pytest.raises(SignInRefused):
        make(store, token)
    assert store.operators.list() == ()


def test_it_does_not_work_where_an_administrator_exists(store: Store, cast: dict[str, Operator]) -> None:
    token = setup.issue_link(store)
    assert not setup.is_needed(store)
    with pytest.raises(SignInRefused):
        make(store, token)


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "short"},
        {"username": ""},
        {"username": "two words"},
        {"username": "x" * 65},
        {"username": "a\x00b"},
        {"name": "line\nbreak"},
        {"email": "nowhere"},
    ],
)
def test_a_mistake_leaves_the_link_good(store: Store, changed: dict[str, str]) -> None:
    token = setup.issue_link(store)
    with pytest.raises(InvalidValue):
        make(store, token, **changed)
    assert store.operators.list() == ()
    make(store, token)


@pytest.fixture
def sam(store: Store, cast: dict[str, Operator]) -> Operator:
    return cast["sam"]


def way_back(store: Store, operator: Operator) -> str:
    return setup.issue_way_back(store, operator, terminal_actor()())


def test_a_way_back_sets_the_password_and_ends_every_session(store: Store, sam: Operator) -> None:
    session, _ = store.sessions.create(
        sam.id, "192.0.2.1", "Firefox", timedelta(hours=1), timedelta(hours=10)
    )
    token = way_back(store, sam)
    found = setup.operator_of_link(store, token)
    assert found is not None
    assert found.id == sam.id
    setup.choose_password(store, token, FIRST["password"])
    assert store.sessions.get(session.id) is None
    assert OperatorSignIn(store).attempt("sam", FIRST["password"], "192.0.2.1").id == sam.id
    assert [line.action for line in store.activity.search()][-2:] == [
        "operator.change_password",
        "operator.link",
    ]


def test_a_link_ends_the_waiting_time_after_wrong_tries(store: Store, sam: Operator) -> None:
    for _ in range(PAIR.attempts):
        Throttle(store).begin("sam", "192.0.2.1")
    setup.choose_password(store, way_back(store, sam), FIRST["password"])
    assert OperatorSignIn(store).attempt("sam", FIRST["password"], "192.0.2.1").id == sam.id


def test_a_password_that_can_not_be_used_leaves_the_link_good(store: Store, sam: Operator) -> None:
    token = way_back(store, sam)
    with pytest.raises(InvalidValue):
        setup.choose_password(store, token, "sam")
    assert setup.operator_of_link(store, token) is not None


def test_the_next_password_ends_every_other_link(store: Store, sam: Operator) -> None:
    first, second = way_back(store, sam), way_back(store, sam)
    setup.choose_password(store, second, FIRST["password"])
    assert setup.operator_of_link(store, first) is None
    with pytest.raises(SignInRefused):
        setup.choose_password(store, first, "bees fly out in june")


def test_no_way_back_for_whoever_is_disabled(store: Store, sam: Operator) -> None:
    token = way_back(store, sam)
    disabled = store.operators.update(sam.id, disabled=True)
    assert setup.operator_of_link(store, token) is None
    with pytest.raises(NotPermitted):
        way_back(store, disabled)


def test_a_link_for_the_first_administrator_is_no_way_back(store: Store, sam: Operator) -> None:
    assert setup.operator_of_link(store, setup.issue_link(store)) is None
