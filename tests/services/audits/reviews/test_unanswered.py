"""What nobody decides on is kept, revoked or as suggested, when time is up: chosen at the start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.audits.reviews.report import ReviewReports
from services.audits.reviews.unanswered import (
    NOBODY,
    Unanswered,
    answer_overdue,
    answered_by_rule,
    rule_of,
    summary,
)
from services.errors import ReviewError
from services.store.campaign_records import Campaign, Decision
from services.store.operators import Operator
from services.store.store import Store
from tests.services.audits.reviews.reviewed import Stage, acting, crowd, person, stage_of, taken

KEEP, REVOKE, UNDECIDED = Decision.KEEP, Decision.REVOKE, Decision.UNDECIDED


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator]) -> Stage:
    return stage_of(store, cast)


def started(stage: Stage, rule: Unanswered = Unanswered.SUGGESTION) -> Campaign:
    """Six people for sam to decide on, one of them disabled."""
    people = [*crowd(5), person("gone", enabled=False)]
    members = {"billing": [user.username for user in people]}
    return stage.start(taken(people, members), "sam", unanswered=rule)


def counts(stage: Stage, campaign: Campaign) -> tuple[int, ...]:
    found = stage.as_("ada").get(campaign.id)
    return tuple(found.count(decision) for decision in (KEEP, REVOKE, UNDECIDED))


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        (Unanswered.UNDECIDED, (1, 0, 5)),
        (Unanswered.KEEP, (6, 0, 0)),
        (Unanswered.REVOKE, (1, 5, 0)),
        (Unanswered.SUGGESTION, (5, 1, 0)),
    ],
)
def test_at_the_deadline_it_is_decided_as_the_review_says(
    stage: Stage, rule: Unanswered, after: tuple[int, ...]
) -> None:
    campaign = started(stage, rule)
    ordinary = stage.store.campaigns.numbers(campaign.id, suggested=False)[0]
    stage.as_("sam").decide(campaign.id, [ordinary], KEEP)
    assert answer_overdue(stage.store, campaign.deadline - timedelta(seconds=1)) == 0
    assert answer_overdue(stage.store, campaign.deadline) == (0 if rule is Unanswered.UNDECIDED else 5)
    assert answer_overdue(stage.store, campaign.deadline) == 0
    assert counts(stage, campaign) == after
    assert stage.as_("ada").check(campaign.id).ok
    assert stage.store.campaigns.get(campaign.id).is_open


def test_it_names_nobody_and_says_on_what_occasion(stage: Stage) -> None:
    campaign = started(stage)
    answer_overdue(stage.store, campaign.deadline)
    (item,) = (item for item in stage.as_("ada").items(campaign.id, range(1, 7)) if item.why)
    assert (item.decided_by, item.decided_by_name, item.decision) == ("", NOBODY, REVOKE)
    assert item.reason == "Nobody had answered by the deadline."
    (line,) = stage.store.activity.search(action="answer_review")
    assert (line.operator_name, line.after["keep"], line.after["revoke"]) == ("Reviews", 5, 1)


def test_the_reviewer_still_decides_otherwise_until_the_end(stage: Stage) -> None:
    campaign = started(stage, Unanswered.REVOKE)
    answer_overdue(stage.store, campaign.deadline)
    mine = stage.store.campaigns.numbers(campaign.id, suggested=False)
    stage.as_("sam").decide(campaign.id, mine[:1], KEEP, "on leave, back in May")
    assert answered_by_rule(stage.store, campaign) == 5
    stage.as_("ada").close(campaign.id)
    assert counts(stage, campaign) == (1, 5, 0)
    assert stage.as_("ada").check(campaign.id).ok


def test_what_is_undecided_at_the_end_is_decided_then(stage: Stage) -> None:
    campaign = started(stage)
    stage.as_("ada").close(campaign.id)
    assert counts(stage, campaign) == (5, 1, 0)
    closed = stage.store.campaigns.get(campaign.id)
    assert closed.closing["counts"] == {"keep": 5, "revoke": 1, "undecided": 0}
    assert stage.as_("ada").check(campaign.id).ok
    (line,) = stage.store.activity.search(action="answer_review")
    assert line.operator_name == "ada"
    with pytest.raises(ReviewError, match="closed"):
        stage.as_("ada").close(campaign.id)


def test_the_report_says_the_rule_and_how_much_it_decided(stage: Stage) -> None:
    campaign = started(stage, Unanswered.KEEP)
    assert summary(stage.store, campaign) == "If nobody answers: keep them."
    stage.as_("ada").close(campaign.id)
    page = ReviewReports(stage.store, acting(stage.cast["ada"])).html(campaign.id).decode()
    assert "If nobody answers: keep them. 6 memberships were decided so." in page
    assert NOBODY in page


def test_a_review_of_an_earlier_release_leaves_it_undecided(stage: Stage) -> None:
    assert rule_of(started(stage, Unanswered.UNDECIDED)) is Unanswered.UNDECIDED
    assert summary(stage.store, started(stage, Unanswered.UNDECIDED)).endswith("stays undecided.")
