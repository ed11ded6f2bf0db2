"""Questions of one's own: every ready one on a pool, what an answer carries, when it can become a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.audits.ask import NO_SUB, TABLES, QuestionData, ask
from services.audits.asked_rules import own_results, result_of
from services.audits.audit import audit, findings_counted
from services.audits.questions import READY, ReadyQuestion
from services.audits.rule import AuditContext, RuleState
from services.audits.tables import as_csv
from services.directory.pool import pool_of
from services.directory.snapshot import Completeness
from services.errors import InvalidValue, QueryRefused
from services.store.saved import SavedQuestion
from tests.services.audits.made_pools import T0, World, person, world
from tests.services.audits.pools import application

NOW = T0 + timedelta(days=1)


def pool() -> World:
    made = world({1: ("billing", "Ops"), 2: ("billing",), 3: ()}, ("billing", "Ops", "empty"))
    made.people["sub-3"] = person(3, attributes={"email": "", "name": "=1+1", "custom:Team": "x"})
    return made


def ground(made: World | None = None, **more: object) -> QuestionData:
    apps = (application("Desk", "billing"),)
    return QuestionData((made or pool()).snapshot(), NOW, apps, **more)  # type: ignore[arg-type]


def saved(sql: str, severity: str = "high", name: str = "Mine") -> SavedQuestion:
    return SavedQuestion(
        id="7",
        pool_record_id="pool",
        name=name,
        operator_id="1",
        operator_name="Ada",
        sql=sql,
        severity=severity,
    )


@pytest.mark.parametrize("question", READY, ids=lambda ready: ready.title)
def test_every_ready_question_is_answered(question: ReadyQuestion) -> None:
    older = pool()
    older.held["sub-2"] = set()
    del older.people["sub-3"]
    answer = ask(ground(older=older.snapshot()), question.sql)
    assert answer.complete
    assert answer.found.column_names
    if question.older:
        assert len(answer) == 1


def test_the_columns_that_the_help_names_are_there() -> None:
    asked = ground(older=pool().snapshot())
    for name, columns in TABLES.items():
        listed = ", ".join(column.name for column in columns if "…" not in column.name)
        assert ask(asked, f"SELECT {listed} FROM {name}").found.column_names
    assert len(ask(asked, 'SELECT "custom:Team", email, name FROM users')) == 3
    assert len(ask(asked, "SELECT * FROM older_users")) == 3


def test_states_are_those_of_every_other_page() -> None:
    made = pool()
    invited = replace(made.people["sub-1"], status="FORCE_CHANGE_PASSWORD", changed=T0, created=T0)
    made.people["sub-1"] = invited  # type: ignore[assignment]
    at = {days: QuestionData(made.snapshot(), T0 + timedelta(days=days)) for days in (6, 8)}
    said = {
        days: ask(snapshot, "SELECT state FROM users ORDER BY sub").found["state"][0].as_py()
        for days, snapshot in at.items()
    }
    assert said == {6: "invited", 8: "expired"}


def test_an_answer_says_whether_it_is_complete_on_every_line_of_its_file() -> None:
    partly = Completeness(("Page 3 of the users failed.",), users_known=False)
    answer = ask(
        QuestionData(pool().snapshot(completeness=partly), NOW), "SELECT name FROM users ORDER BY sub"
    )
    data = as_csv(answer.table("Names"), answer.head("Names", "ada")).decode("utf-8-sig")
    assert not answer.complete
    assert all("NOT complete. Page 3" in line for line in data.splitlines()[1:])
    assert "'=1+1" in data
    assert "=1+1," not in data.replace("'=1+1,", "")


def test_a_time_in_a_file_says_that_it_is_utc_as_in_every_file() -> None:
    answer = ask(ground(), "SELECT TIMESTAMPTZ '2026-05-04 11:00+02' AS at, DATE '2026-05-04' AS day")
    (row,) = answer.table("Times").rows()
    assert row == ("2026-05-04T09:00:00+00:00", "2026-05-04")


def test_a_question_without_a_sub_can_t_become_a_plan_and_says_so() -> None:
    answer = ask(ground(), "SELECT label FROM users")
    with pytest.raises(InvalidValue, match="no column “sub”"):
        answer.subs()
    with pytest.raises(InvalidValue, match="no column “sub”"):
        result_of(answer, "Mine")
    assert "sub" in NO_SUB


def test_people_who_are_named_become_findings_with_their_groups_and_what_was_asked() -> None:
    answer = ask(ground(), 'SELECT sub, "group", 7 AS points FROM memberships ORDER BY ALL')
    result = result_of(answer, "Mine")
    assert result.subs == ["sub-1", "sub-2"]
    assert result.groups == ["Ops", "billing"]
    assert set(result.findings["detail"]) == {"points: 7"}
    assert "Add them to groups" in [fix.title for fix in result.rule.fixes]


def test_somebody_who_isn_t_in_the_pool_is_never_planned_for() -> None:
    assert ask(ground(), "SELECT 'stranger' AS sub UNION ALL SELECT 'sub-1' ORDER BY 1").subs() == ["sub-1"]


def test_a_saved_question_with_a_severity_is_a_rule_marked_as_own() -> None:
    setting = AuditContext(
        NOW, questions=(saved("SELECT sub FROM users WHERE email = ''"), saved("SELECT 1", ""))
    )
    made = audit(pool().snapshot(), setting)
    own = [result for result in made.results if result.rule.own]
    assert [(result.rule.title, result.state, result.subs, str(result.rule.severity)) for result in own] == [
        ("Mine", RuleState.FOUND, ["sub-3"], "high")
    ]
    assert made.severities[own[0].rule.severity] >= 1


def test_rows_that_name_nobody_are_counted_as_rows() -> None:
    (result,) = own_results(ground(), [saved("SELECT state, count(*) AS n FROM users GROUP BY state")])
    assert findings_counted(result) == "1 row"
    assert list(result.findings["detail"]) == ["state: active; n: 3"]
    assert result.rule.fixes == ()


def test_an_own_rule_never_passes_on_what_was_not_read() -> None:
    partly = Completeness(("Page 3 failed.",), users_known=False)
    asked = QuestionData(pool().snapshot(completeness=partly), NOW)
    for sql in ("SELECT sub FROM users", "SELECT sub FROM users WHERE false"):
        (result,) = own_results(asked, [saved(sql)])
        assert result.state is RuleState.INCOMPLETE


def test_a_rule_that_is_wrong_is_not_answered_and_leaves_the_others_alone() -> None:
    first, second = own_results(ground(), [saved("SELECT nope FROM users"), saved("SELECT sub FROM users")])
    assert first.state is RuleState.UNANSWERED
    assert "nope" in first.reasons[0]
    assert second.count == 3


def test_a_question_about_an_older_snapshot_says_that_one_has_to_be_chosen() -> None:
    with pytest.raises(QueryRefused, match="Choose an older snapshot"):
        ask(ground(), "SELECT * FROM older_users")


def test_attributes_whose_names_are_hostile_are_asked_like_others() -> None:
    made = pool()
    made.people["sub-1"] = person(1, attributes={'custom:a"; DROP TABLE users; --': "1", "custom:team": "y"})
    asked = QuestionData(pool_of(made.read()), NOW)
    assert len(ask(asked, "SELECT * FROM users")) == 3
