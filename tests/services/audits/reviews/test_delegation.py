"""A reviewer's part goes to another operator: with a reason, logged, and never somebody's own access."""

from __future__ import annotations

import pytest

from services.audits.reviews.delegation import delegations_of, replaced_by
from services.audits.reviews.report import ReviewReports
from services.errors import ConsoleError, NotPermitted, ReviewError
from services.store.campaign_records import Campaign, Decision
from services.store.operators import Operator
from services.store.store import Store
from services.to_do import reviews_asking
from tests.services.audits.reviews.reviewed import Stage, acting, crowd, person, stage_of, taken


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator]) -> Stage:
    return stage_of(store, cast)


@pytest.fixture
def campaign(stage: Stage) -> Campaign:
    """Four people for sam to decide on; max is one of them."""
    people = [*crowd(3), person("max")]
    return stage.start(taken(people, {"billing": [user.username for user in people]}), "sam")


def ids(stage: Stage, *names: str) -> list[str]:
    return [stage.cast[name].id for name in names]


def test_what_is_undecided_goes_over_and_what_is_decided_stays(stage: Stage, campaign: Campaign) -> None:
    sam, ann = ids(stage, "sam", "ann")
    stage.as_("sam").decide(campaign.id, [1], Decision.KEEP)
    done = stage.as_("sam").delegate(campaign.id, sam, ann, "On holiday until May")
    assert (done.delegation.memberships, done.stayed) == (3, 0)
    assert stage.numbers(campaign, "sam") == [1]
    assert len(stage.numbers(campaign, "ann")) == 3
    assert (reviews_asking(stage.store, "staff", sam), reviews_asking(stage.store, "staff", ann)) == (0, 3)
    assert stage.as_("ada").check(campaign.id).ok
    stage.as_("ann").decide(campaign.id, stage.numbers(campaign, "ann"), Decision.KEEP)
    with pytest.raises(NotPermitted, match="another reviewer"):
        stage.as_("sam").decide(campaign.id, stage.numbers(campaign, "ann"), Decision.KEEP)
    stage.as_("ada").close(campaign.id)
    assert stage.as_("ada").check(campaign.id).ok


def test_it_stands_in_the_log_and_in_the_report(stage: Stage, campaign: Campaign) -> None:
    sam, ann = ids(stage, "sam", "ann")
    stage.as_("sam").delegate(campaign.id, sam, ann, "On <b>holiday</b>")
    (line,) = stage.store.activity.search(action="delegate_review")
    assert line.operator_name == "sam"
    assert line.after == {"from": "sam", "to": "ann", "memberships": 4, "reason": "On <b>holiday</b>"}
    kept = delegations_of(stage.store.campaigns.get(campaign.id))
    assert (replaced_by(kept, sam), replaced_by(kept, ann)) == ("4 to ann", "4 from sam")
    page = ReviewReports(stage.store, acting(stage.cast["ada"])).html(campaign.id).decode()
    assert "Replaced reviewers" in page
    assert "On &lt;b&gt;holiday&lt;/b&gt;" in page


def test_nobody_is_handed_their_own_access(stage: Stage, campaign: Campaign) -> None:
    sam, max_ = ids(stage, "sam", "max")
    done = stage.as_("sam").delegate(campaign.id, sam, max_, "Knows the team")
    assert (done.delegation.memberships, done.stayed) == (3, 1)
    (left,) = stage.as_("sam").items(campaign.id, stage.numbers(campaign, "sam"))
    assert left.label == "max@example.com"
    with pytest.raises(ReviewError, match="nothing left to decide but the new reviewer's own"):
        stage.as_("sam").delegate(campaign.id, sam, max_, "And this")


def test_others_hand_nothing_over(stage: Stage, campaign: Campaign) -> None:
    sam, ann = ids(stage, "sam", "ann")
    with pytest.raises(NotPermitted, match="isn't yours to hand over"):
        stage.as_("max").delegate(campaign.id, sam, ann, "why")
    assert stage.as_("ann").delegate(campaign.id, sam, ann, "as an administrator").delegation.by_name == "ann"


def test_whoever_started_it_replaces_a_reviewer_who_is_gone(stage: Stage, campaign: Campaign) -> None:
    sam, ann = ids(stage, "sam", "ann")
    stage.store.operators.update(sam, disabled=True)
    stage.as_("ada").delegate(campaign.id, sam, ann, "Sam has left")
    assert len(stage.numbers(campaign, "ann")) == 4
    (kept,) = delegations_of(stage.store.campaigns.get(campaign.id))
    assert (kept.by_name, kept.from_name, kept.to_name) == ("ada", "sam", "ann")


@pytest.mark.parametrize(
    ("giver", "taker", "reason", "said"),
    [
        ("sam", "ann", "", "Say why"),
        ("sam", "ann", "x" * 501, "longer than 500"),
        ("sam", "sam", "why", "another operator"),
        ("sam", "max", "why", "disabled"),
        ("max", "ann", "why", "reviews nothing here"),
    ],
)
def test_what_can_not_be_handed_over_is_said_and_nothing_changes(
    stage: Stage, campaign: Campaign, giver: str, taker: str, reason: str, said: str
) -> None:
    stage.store.operators.update(stage.cast["max"].id, disabled=True)
    with pytest.raises(ConsoleError, match=said):
        stage.as_("ada").delegate(campaign.id, *ids(stage, giver, taker), reason)
    assert len(stage.numbers(campaign, "sam")) == 4
    assert stage.store.activity.search(action="delegate_review") == []


def test_nothing_is_handed_over_after_the_end(stage: Stage, campaign: Campaign) -> None:
    stage.as_("ada").close(campaign.id)
    with pytest.raises(ReviewError, match="closed"):
        stage.as_("sam").delegate(campaign.id, *ids(stage, "sam", "ann"), "why")
    assert len(stage.numbers(campaign, "sam")) == 4
