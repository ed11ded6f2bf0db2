"""What operators have to say with an action, as an administrator has set it."""

from __future__ import annotations

import pytest

from services.errors import InvalidValue, NotPermitted
from services.note_rules import Demand, NoteRules
from services.roles import Actor, Origin, Role
from services.store.activity import Why
from services.store.store import Store

ADMIN = Actor("op-1", "Ann Admin", Role.ADMIN, Origin.BROWSER)
RULES = NoteRules(reason_always=True, ticket=Demand.REQUIRED, pattern="OPS-[0-9]+", example="OPS-12")


def test_what_is_kept_is_what_holds_from_then_on_and_the_log_says_who_kept_it(store: Store) -> None:
    assert NoteRules.stored(store) == NoteRules()
    RULES.keep(store, ADMIN, Why(reason="Auditors asked", ticket="OPS-1"))
    assert NoteRules.stored(store) == RULES
    (line,) = store.activity.search(action="change_setting")
    assert (line.reason, line.ticket, line.after["ticket"]) == ("Auditors asked", "OPS-1", "required")
    assert store.activity.search(text="ops-1") == [line]


def test_only_an_administrator_sets_them(store: Store) -> None:
    manager = Actor("op-2", "Max", Role.MANAGER, Origin.BROWSER)
    with pytest.raises(NotPermitted):
        RULES.keep(store, manager, Why())
    assert NoteRules.stored(store) == NoteRules()


@pytest.mark.parametrize(
    ("pattern", "example", "field"), [("[", "", "pattern"), ("OPS-[0-9]+", "INC-1", "example")]
)
def test_a_pattern_that_fits_nothing_is_not_kept(
    store: Store, pattern: str, example: str, field: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        NoteRules(pattern=pattern, example=example).keep(store, ADMIN, Why())
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("rules", "why", "needs_reason", "words"),
    [
        (NoteRules(), Why(), False, []),
        (NoteRules(), Why(), True, ["Give a reason."]),
        (NoteRules(reason_always=True), Why(ticket="1"), False, ["Give a reason."]),
        (RULES, Why(reason="x"), False, ["Give the ticket number."]),
        (
            RULES,
            Why(reason="x", ticket="ops 7"),
            False,
            ["“ops 7” is no ticket number. It looks like OPS-12."],
        ),
        (RULES, Why(reason="x", ticket="OPS-7"), True, []),
        (NoteRules(ticket=Demand.OFF, pattern="A"), Why(), False, []),
    ],
)
def test_what_is_missing_is_said(rules: NoteRules, why: Why, needs_reason: bool, words: list[str]) -> None:
    assert rules.problems(why, needs_reason=needs_reason) == words
