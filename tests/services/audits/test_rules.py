"""Every rule against an independent, slow, per-person reading of the same pool."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from services.audits.audit import audit
from services.audits.rule import AuditContext, Rule, RuleInput, RuleResult, RuleState
from services.audits.rules import RULES, rules_named
from services.audits.severity import Severity
from services.errors import InvalidValue
from services.words import day, time_left
from tests.services.audits.oracle import Finding, World, expected
from tests.services.audits.pools import NOW, demo_staff, seen_as, snapshot, worlds


def found(result: RuleResult) -> Counter[Finding]:
    rows = zip(result.findings["sub"], result.findings["groups"], result.findings["application"], strict=True)
    return Counter((sub, frozenset(groups), application) for sub, groups, application in rows)


def compare(world: World) -> None:
    made = audit(*seen_as(world))
    wanted = expected(world)
    assert {result.rule.id for result in made.results} == set(wanted)
    for result in made.results:
        assert found(result) == Counter(wanted[result.rule.id]), result.rule.id
        if wanted[result.rule.id]:
            assert result.state is RuleState.FOUND, result.rule.id
        else:
            assert result.state is not RuleState.FOUND, result.rule.id


@given(worlds())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_every_rule_finds_what_a_person_by_person_reading_finds(world: World) -> None:
    compare(world)


def test_the_rules_agree_with_the_slow_reading_on_the_demo() -> None:
    compare(demo_staff(300))


def test_the_rules_agree_with_the_slow_reading_on_twenty_thousand_people() -> None:
    compare(demo_staff(20_000))


def test_every_rule_has_words_for_people_and_a_name_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert len({rule.title for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.why.endswith("."), rule.id
        assert rule.advice.endswith("."), rule.id
        assert isinstance(rule.severity, Severity)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_bears_a_pool_with_nobody_in_it(rule: Rule) -> None:
    result = audit(snapshot([]), AuditContext(NOW), [rule]).results[0]
    assert result.state in (RuleState.CLEAN, RuleState.UNANSWERED)
    assert result.count == 0


def test_the_manual_lists_every_rule_as_it_is() -> None:
    manual = (Path(__file__).resolve().parents[3] / "docs" / "audits.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"| `{rule.id}` | {rule.severity} | {rule.title} |" in manual


def test_rules_are_named_with_hyphens_or_underscores() -> None:
    assert [rule.id for rule in rules_named(["in-no-group", "empty_group"])] == ["in_no_group", "empty_group"]
    assert rules_named([]) == RULES
    with pytest.raises(InvalidValue, match="There is no rule “nonsense”"):
        rules_named(["nonsense"])


def test_what_rules_say_in_sql_of_times_is_what_pages_say() -> None:
    start = datetime(2026, 2, 27, 12, tzinfo=UTC)
    with RuleInput(snapshot(()), AuditContext(now=start)) as given:
        for hours in (*range(60), 167, 168, 2_400, 24_000):
            for minutes in (0, 59):
                end = start + timedelta(hours=hours, minutes=minutes)
                sql = "SELECT time_left($start, $till), calendar_day($till)"
                found = given.rows(sql, start=start, till=end)
                assert found[0] == (time_left(end - start), day(end))
