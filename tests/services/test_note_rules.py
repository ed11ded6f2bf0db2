"""What operators have to say with an action, as an administrator has set it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from services.bulk import control
from services.bulk.runner import run_here
from services.cognito.actions import AddToGroup, DisableUser
from services.errors import InvalidValue, NotPermitted, ReasonMissing
from services.note_rules import Demand, NoteRules
from services.pool_session import open_session_at
from services.roles import Actor, Origin, Role
from services.several import ChangeState, perform_each
from services.store.activity import Why
from services.store.jobs import JobState
from services.store.store import Store
from services.undo import take_back
from tests.services.bulk.conftest import Bulk, aws_environment, staff

__all__ = ["aws_environment", "staff"]

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


# The doors: whatever changes a pool is held to it.

WHY = Why(reason="they called", ticket="OPS-12")
SOURCES = Path(__file__).parents[2]


@pytest.fixture
def strict(staff: Bulk) -> Bulk:
    """A console where everything has to be said."""
    RULES.keep(staff.store, ADMIN, WHY)
    return staff


def test_every_way_to_a_pool_asks_the_rules() -> None:
    ways = {
        str(path.relative_to(SOURCES)): any(keyword.arg == "rules" for keyword in node.keywords)
        for room in ("services", "console", "demo")
        for path in (SOURCES / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ChangePath"
    }
    # whoever starts a job is asked then
    assert ways.pop("services/bulk/run.py") is False
    assert ways
    assert all(ways.values()), ways


def test_a_change_from_a_page_is_refused_for_all_until_it_says_why(strict: Bulk) -> None:
    session = open_session_at(strict.store, strict.target, strict.who)
    ann, bo = strict.user("ann.lindqvist").ref, strict.user("bo.li").ref
    changes = [AddToGroup(ann, "legacy-crm"), AddToGroup(bo, "legacy-crm")]
    refused = list(perform_each(session.changes, changes))
    assert [outcome.result for outcome in refused] == [ChangeState.FAILED, ChangeState.NOT_ATTEMPTED]
    assert "Give a reason. Give the ticket number. Nothing was changed." in refused[0].message
    assert strict.store.activity.search(action="add_to_group") == []
    made = [outcome.performed for outcome in perform_each(session.changes, changes, **WHY)]
    with pytest.raises(ReasonMissing):
        take_back(session, [done for done in made if done], Why())
    said = take_back(session, [done for done in made if done], WHY)
    assert len(said) == len(made)


def test_a_job_says_it_when_it_is_started_and_the_log_keeps_it_with_each_change(strict: Bulk) -> None:
    plan = strict.plan(("username", "enabled", "note"), ("chidi.okafor", "false", ""))
    job = strict.save(plan)
    with pytest.raises(ReasonMissing, match="Give a reason"):
        control.start(strict.store, job.id, strict.who())
    assert strict.store.jobs.get(job.id).state is JobState.PLANNED
    control.start(strict.store, job.id, strict.who(), WHY)
    run_here(strict.store, job.id, terminal=strict.who)
    lines = strict.store.activity.search(job_id=job.id)
    said = {line.action: (line.reason, line.ticket) for line in lines}
    assert said["start_job"] == said[DisableUser.action] == ("they called", "OPS-12")
