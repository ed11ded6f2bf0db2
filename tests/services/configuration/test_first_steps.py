"""What a new console still needs, and when the list goes away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.configuration.connections import ConnectionService
from services.configuration.first_steps import FirstStep, FirstSteps, steps_of
from services.errors import NotPermitted
from services.roles import ActorSource
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.store import make_cast


def done(store: Store) -> set[FirstStep]:
    return {state.step for state in steps_of(store) if state.done}


def test_of_an_empty_console_nothing_is_done_and_every_step_says_what_it_is_for(store: Store) -> None:
    states = steps_of(store)
    assert [state.step for state in states] == list(FirstStep)
    assert not done(store)
    assert all(state.sentence for state in states)


def test_a_connection_counts_once_its_test_has_passed(
    store: Store, cognito: Cognito, embedded: Connection, acting: Callable[[str], ActorSource]
) -> None:
    assert FirstStep.CONNECTION not in done(store)
    list(ConnectionService(store, acting("ann")).test(embedded.id))
    assert FirstStep.CONNECTION in done(store)


def test_each_step_is_done_by_what_it_asks_for(store: Store) -> None:
    home = store.connections.add(Connection("AWS", "eu-north-1", CredentialKind.DEFAULT))
    pool = store.pools.add(PoolRecord(home.id, "eu-north-1_a", "staff"))
    assert done(store) == {FirstStep.CONNECTION, FirstStep.POOLS}
    store.applications.add(Application(pool.id, "Portal", "abc"))
    make_cast(store)
    assert done(store) == {*FirstStep} - {FirstStep.READING}


def test_an_administrator_hides_the_list_for_everybody(
    store: Store, acting: Callable[[str], ActorSource]
) -> None:
    steps = FirstSteps(store, acting("ann"))
    assert steps.wanted()
    steps.hide()
    assert not steps.wanted()


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_others_neither_see_nor_hide_it(store: Store, acting: Callable[[str], ActorSource], who: str) -> None:
    steps = FirstSteps(store, acting(who))
    with pytest.raises(NotPermitted):
        steps.wanted()
    with pytest.raises(NotPermitted):
        steps.hide()
