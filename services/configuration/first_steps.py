"""The first steps of a new console: which are done, which comes next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.configuration.service import ConfigurationService
from services.store.store import Store
from services.words import counted

HIDDEN = "first_steps_hidden"


class FirstStep(StrEnum):
    """What a console needs before it is of use, in the order in which it is set up."""

    CONNECTION = "connection"
    POOLS = "pools"
    APPLICATIONS = "applications"
    OPERATORS = "operators"
    READING = "reading"


@dataclass(frozen=True, slots=True)
class FirstStepState:
    """How one step stands; `sentence` says what is there, or what the step is for."""

    step: FirstStep
    done: bool
    sentence: str


def steps_of(store: Store) -> tuple[FirstStepState, ...]:
    """How each step stands. The connection is done when its test passed."""
    connections, pools = store.connections.list(), store.pools.list()
    reached = bool(pools) or any(
        found.last_test and all(step.passed is not False for step in found.last_test) for found in connections
    )
    applications, operators = store.applications.list(), store.operators.list()
    company = bool(store.sign_in_providers.list())
    read = bool(store.snapshots.list())
    return (
        FirstStepState(FirstStep.CONNECTION, reached, _connections(len(connections), reached)),
        FirstStepState(
            FirstStep.POOLS,
            bool(pools),
            f"{counted(len(pools), 'user pool')}." if pools else "Which user pools are worked on here.",
        ),
        FirstStepState(
            FirstStep.APPLICATIONS,
            bool(applications),
            f"{counted(len(applications), 'application')}."
            if applications
            else "What people sign in to, and which groups may: says who reaches what, and why not.",
        ),
        FirstStepState(
            FirstStep.OPERATORS, company or len(operators) > 1, _operators(len(operators), company)
        ),
        FirstStepState(
            FirstStep.READING,
            read,
            "A user pool has been read."
            if read
            else "Reads everybody once, and says what is not as it should be.",
        ),
    )


def _connections(number: int, reached: bool) -> str:
    if reached:
        return f"{counted(number, 'connection')}."
    if number:
        return "Its test has not passed yet."
    return "How this console reaches AWS: which account and region, and as whom."


def _operators(number: int, company: bool) -> str:
    if company:
        return "They sign in with the company account."
    if number > 1:
        return f"{counted(number, 'operator')}."
    return "Who else works here, and as what; or sign-in with the company account."


class FirstSteps(ConfigurationService):
    """The list that administrators see until everything is done, or until one of them hides it."""

    def wanted(self) -> tuple[FirstStepState, ...]:
        """The steps, while one is open and nobody has hidden them; else none. Raises `NotPermitted`."""
        self._actor()
        if self._store.settings.get(HIDDEN, False):
            return ()
        found = steps_of(self._store)
        return () if all(step.done for step in found) else found

    def hide(self) -> None:
        """Show the list to nobody any more."""
        self._actor()
        self._store.settings.set(HIDDEN, True)
