"""What somebody altered in the database is noticed, wherever it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.audits.reviews.items import review_items
from services.audits.reviews.report import as_csv, as_html, read_report
from services.cognito.models import UserStatus
from services.errors import ReviewError
from services.store.campaign_records import Campaign, Decision
from services.store.operators import Operator
from services.store.store import Store
from tests.services.audits.reviews.reviewed import Stage, crowd, person, stage_of, taken
from tests.services.store.helpers import raw


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator]) -> Stage:
    return stage_of(store, cast)


@pytest.fixture
def campaign(stage: Stage) -> Campaign:
    """Decided in part by sam and max, and closed."""
    people = [*crowd(), person("gone", enabled=False)]
    names = [user.username for user in people]
    made = stage.start(taken(people, {"billing": names, "auditors": ["p0"]}), "sam", "max")
    stage.as_("sam").decide(made.id, [1], Decision.REVOKE, "left")
    stage.as_("sam").decide(made.id, [2, 3], Decision.KEEP)
    stage.as_("max").decide(made.id, stage.numbers(made, "max")[:1], Decision.KEEP)
    return stage.as_("ada").close(made.id)


def test_what_was_frozen_before_states_were_noted_is_read_by_its_status(stage: Stage) -> None:
    invited = person("x", status=UserStatus.FORCE_CHANGE_PASSWORD)
    made = stage.start(taken([invited], {"billing": ["x"]}), "sam")
    (row,) = stage.store.campaigns.items(made.id)
    (item,) = review_items(stage.store, made, [row])
    assert row.person is not None
    assert item.account == "Invitation expired"
    older = replace(row, person={name: value for name, value in row.person.items() if name != "state"})
    (item,) = review_items(stage.store, made, [older])
    assert (item.account, item.intact) == ("Invited", True)


def test_what_nobody_touched_is_unaltered(stage: Stage, campaign: Campaign) -> None:
    found = stage.as_("ada").check(campaign.id)
    assert found.problems == ()
    assert found.population_hash == campaign.population_hash
    assert found.sentence.startswith("Unaltered")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM campaign_items WHERE number = 4", "7 memberships were frozen, and 6 are there."),
        ("DELETE FROM campaign_items WHERE number = 4", "The checksum of the memberships is not the one"),
        ("UPDATE campaign_items SET group_name = 'auditors' WHERE number = 1", "1 membership was changed"),
        ("UPDATE campaign_items SET reviewer_id = 'x' WHERE number < 3", "2 memberships were changed"),
        ("UPDATE campaign_items SET suggested = 0 WHERE number = 1", "1 membership was changed"),
        ("UPDATE campaign_items SET person = 'x' WHERE number = 1", "1 membership was changed"),
        (
            "UPDATE campaign_items SET person = (SELECT person FROM campaign_items WHERE number = 2) "
            "WHERE number = 3",
            "1 membership was changed",
        ),
        ("UPDATE campaigns SET population_hash = 'abc'", "The checksum of the memberships is not the one"),
        ("UPDATE campaigns SET about = NULL", "What was noted about the start doesn't open"),
        (
            "UPDATE campaign_items SET decision = 'keep' WHERE number = 1",
            "decided otherwise than",
        ),
        ("UPDATE campaign_items SET decision = 'keep' WHERE number = 1", "Decisions changed after the end."),
        ("UPDATE campaign_items SET decided_by = 'x' WHERE number = 1", "decided otherwise than"),
        ("UPDATE campaign_decisions SET entry = 'x' WHERE number = 1", "1 record of decisions changed"),
        ("UPDATE campaign_decisions SET decision = 'keep' WHERE number = 1", "1 record of decisions changed"),
        ("DELETE FROM campaign_decisions WHERE number = 2", "Records of decisions are missing."),
        ("UPDATE campaigns SET closed_by = 'x'", "Somebody else, or another time, is named for the end."),
        ("UPDATE campaigns SET closing = NULL", "What was signed at the end doesn't open"),
        ("DELETE FROM activity WHERE action = 'start_review'", "The activity log has no line"),
    ],
)
def test_every_alteration_is_said(
    stage: Stage, campaign: Campaign, tmp_path: Path, statement: str, said: str
) -> None:
    raw(tmp_path / "console.db", statement)
    found = stage.as_("ada").check(campaign.id)
    assert said in found.sentence
    assert found.sentence.startswith("ALTERED: ")
    report = read_report(stage.store, campaign.id, "ada")
    assert "ALTERED" in as_html(report).decode()
    assert "ALTERED" in as_csv(report).decode("utf-8-sig")


def test_a_reopened_campaign_is_noticed_too(stage: Stage, campaign: Campaign, tmp_path: Path) -> None:
    """Whoever sets it back to open can decide again, but what was decided is recorded in order."""
    raw(tmp_path / "console.db", "UPDATE campaigns SET state = 'open', closed_at = NULL")
    assert "It is signed already, and yet it is open" in stage.as_("ada").check(campaign.id).sentence


def test_nobody_decides_on_what_was_altered(stage: Stage, tmp_path: Path) -> None:
    open_one = stage.start(taken(crowd(), {"billing": ["p0", "p1"]}), "sam", "max")
    raw(
        tmp_path / "console.db",
        "UPDATE campaign_items SET reviewer_id = ? WHERE number = 2",
        stage.cast["sam"].id,
    )
    with pytest.raises(ReviewError, match="Membership 2 in billing was altered"):
        stage.as_("sam").decide(open_one.id, [1, 2], Decision.KEEP)
    assert stage.store.campaigns.entries(open_one.id) == ()


def test_rows_of_a_reviewer_that_nobody_named_do_not_vanish(stage: Stage, tmp_path: Path) -> None:
    made = stage.start(taken(crowd(), {"billing": ["p0", "p1"]}), "sam")
    raw(tmp_path / "console.db", "UPDATE campaign_items SET reviewer_id = 'stranger' WHERE number = 2")
    shares = stage.as_("ada").get(made.id).shares
    assert [(share.reviewer.username, share.total) for share in shares] == [
        ("sam", 1),
        ("unknown (stranger)", 1),
    ]
