"""Changes to several people: an outcome for each, nothing twice, and what concerns all stops all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from services.changes import ChangePath
from services.cognito.actions import AddToGroup, Change, EnableUser, RemoveFromGroup
from services.cognito.models import PersonRef
from services.errors import OutcomeUnknown, SessionEnded
from services.roles import Actor, Origin, Role
from services.several import ChangeOutcome, ChangeState, perform_each, summary
from services.store.store import Store
from tests.fixtures.cognito import Cognito

GROUP = "training"


@dataclass
class World:
    """One fresh pool with a group and three people, and the path for changes on it."""

    path: ChangePath
    pool_id: str
    cognito: Cognito
    people: list[PersonRef]

    def perform(self, *changes: Change) -> list[ChangeOutcome]:
        return list(perform_each(self.path, changes, reason="course 7"))

    def members(self) -> set[str]:
        return self.cognito.members(self.pool_id, GROUP)


@pytest.fixture
def world(
    cognito: Cognito, empty_pool: Callable[..., str], gateway_factory: Callable[..., Any], store: Store
) -> World:
    pool_id, client = empty_pool(), cognito.client()
    client.create_group(UserPoolId=pool_id, GroupName=GROUP)
    people = []
    for name in ("ann", "bo", "cy"):
        user = client.admin_create_user(UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS")["User"]
        sub = next(attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub")
        people.append(PersonRef(name, sub, name))
    path = ChangePath(gateway_factory(pool_id), store.activity, lambda: who(Role.SUPPORT), "staff")
    return World(path, pool_id, cognito, people)


def who(role: Role) -> Actor:
    return Actor("op-1", "Sam", role, Origin.BROWSER)


def add(world: World) -> list[Change]:
    return [AddToGroup(person, GROUP) for person in world.people]


def results(outcomes: list[ChangeOutcome]) -> list[ChangeState]:
    return [outcome.result for outcome in outcomes]


def test_each_person_gets_an_outcome_and_a_line_in_the_log(world: World, store: Store) -> None:
    outcomes = world.perform(*add(world))
    assert results(outcomes) == [ChangeState.DONE] * 3
    assert world.members() == {"ann", "bo", "cy"}
    lines = {line.id: line for line in store.activity.search()}
    assert [lines[outcome.activity_id].target_name for outcome in outcomes] == ["ann", "bo", "cy"]
    assert {line.reason for line in lines.values()} == {"course 7"}


def test_what_is_so_already_is_neither_sent_nor_logged(world: World, store: Store) -> None:
    world.perform(add(world)[0])
    outcomes = world.perform(
        *add(world), RemoveFromGroup(world.people[0], "other"), EnableUser(world.people[1])
    )
    assert results(outcomes) == [
        ChangeState.UNCHANGED,
        ChangeState.DONE,
        ChangeState.DONE,
        ChangeState.UNCHANGED,
        ChangeState.UNCHANGED,
    ]
    assert len(list(store.activity.search())) == 3


def test_one_person_who_is_gone_does_not_keep_the_others_back(world: World) -> None:
    gone = PersonRef("nobody", "sub-x", "nobody@example.com")
    outcomes = world.perform(AddToGroup(gone, GROUP), *add(world))
    assert results(outcomes) == [ChangeState.FAILED, ChangeState.DONE, ChangeState.DONE, ChangeState.DONE]
    assert outcomes[0].name == "nobody@example.com"
    assert outcomes[0].message


def test_a_group_that_is_gone_stops_everybody(world: World) -> None:
    outcomes = world.perform(*(AddToGroup(person, "nope") for person in world.people))
    assert results(outcomes) == [ChangeState.FAILED, ChangeState.NOT_ATTEMPTED, ChangeState.NOT_ATTEMPTED]
    assert outcomes[2].message == outcomes[0].message


def test_a_role_that_may_not_does_nothing(world: World) -> None:
    world.path.who = lambda: who(Role.AUDITOR)
    outcomes = world.perform(*add(world))
    assert results(outcomes) == [ChangeState.FAILED, ChangeState.NOT_ATTEMPTED, ChangeState.NOT_ATTEMPTED]
    assert world.members() == set()


def test_a_session_that_ends_meanwhile_stops_the_rest(world: World) -> None:
    asked = []

    def until_revoked() -> Actor:
        asked.append(1)
        if len(asked) > 2:  # once before the read, once in the path
            raise SessionEnded("You are signed out.", "Sign in again.")
        return who(Role.SUPPORT)

    world.path.who = until_revoked
    outcomes = world.perform(*add(world))
    assert results(outcomes) == [ChangeState.DONE, ChangeState.FAILED, ChangeState.NOT_ATTEMPTED]
    assert world.members() == {"ann"}


def test_an_answer_that_never_came_is_unknown_and_the_rest_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = type(world.path.gateway).add_to_group

    def lost(self: Any, permit: Any, username: str, group: str) -> None:
        if username == "bo":
            raise OutcomeUnknown("No answer came.", operation="AdminAddUserToGroup")
        real(self, permit, username, group)

    def blind(self: Any, gateway: Any, since: Any) -> bool:
        raise OutcomeUnknown("No answer came.")

    monkeypatch.setattr(type(world.path.gateway), "add_to_group", lost)
    monkeypatch.setattr(AddToGroup, "took_effect", blind)
    assert results(world.perform(*add(world))) == [ChangeState.DONE, ChangeState.UNKNOWN, ChangeState.DONE]


def test_all_outcomes_read_as_one_sentence(world: World) -> None:
    world.perform(add(world)[0])
    outcomes = world.perform(*add(world), AddToGroup(world.people[0], "nope"))
    assert summary(outcomes, "added") == "2 added, 1 already so, 1 failed."
    assert summary([], "added") == "Nothing to do."
