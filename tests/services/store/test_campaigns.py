"""Review campaigns in the store: frozen in one piece, decided under a lock, with nothing forgotten."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from services.errors import RecordNotFound, ReviewError
from services.store.campaign_records import (
    CampaignState,
    Decision,
    NewCampaign,
    NewDecision,
    NewItem,
    Reviewer,
)
from services.store.campaigns import Campaigns
from services.store.store import Store
from tests.services.store.helpers import at_rest, raw

DEADLINE = datetime.now(UTC) + timedelta(days=14)
SAM, ADA = Reviewer("op-sam", "sam", "Sam"), Reviewer("op-ada", "ada", "Ada")


def new(**values: object) -> NewCampaign:
    given = {
        "pool_name": "staff",
        "title": "Autumn",
        "scope": {"groups": ["billing"]},
        "reviewers": (SAM, ADA),
        "snapshot_id": "snap",
        "population_hash": "hash",
        "deadline": DEADLINE,
        "created_by": "op-ann",
        "created_by_name": "ann",
        "about": {"how": "in secret"},
        **values,
    }
    return NewCampaign(**given)  # type: ignore[arg-type]


def items(sam: int = 3, ada: int = 2) -> list[NewItem]:
    owners = [SAM.id] * sam + [ADA.id] * ada
    return [
        NewItem(owner, "billing" if number % 2 else "auditors", number == 1, {"sub": f"sub-{number}"})
        for number, owner in enumerate(owners, start=1)
    ]


def keep(reviewer: Reviewer = SAM, reason: str = "", decision: Decision = Decision.KEEP) -> NewDecision:
    return NewDecision(decision, reviewer.id, reviewer.username, reason)


@pytest.fixture
def kept(store: Store) -> Campaigns:
    return store.campaigns


def test_a_campaign_is_stored_with_everything_it_froze(kept: Campaigns) -> None:
    made = kept.create(new(), items())
    assert (made.population, made.state, made.decisions, made.job_id) == (5, CampaignState.OPEN, 0, "")
    assert made.reviewers == (SAM, ADA)
    assert made.deadline == DEADLINE
    assert made.about == {"how": "in secret"}
    assert not made.altered
    assert [(item.number, item.person) for item in kept.items(made.id)] == [
        (number, {"sub": f"sub-{number}"}) for number in range(1, 6)
    ]
    assert [campaign.id for campaign in kept.of_pool("staff")] == [made.id]
    assert kept.of_pool("other") == ()


def test_what_open_campaigns_of_a_pool_ask_a_reviewer_is_counted(kept: Campaigns) -> None:
    first, second = kept.create(new(), items()), kept.create(new(), items(sam=1))
    kept.create(new(pool_name="other"), items())
    kept.close(kept.create(new(), items()).id, "op-ann", "ann")
    kept.decide(first.id, [1], keep())
    kept.decide(second.id, [1], keep())
    assert kept.asking("staff", SAM.id) == {first.id: 2}
    assert kept.asking("staff", "op-nobody") == {}
    assert kept.counts_by_group(first.id) == {
        "billing": {Decision.KEEP: 1, Decision.UNDECIDED: 2},
        "auditors": {Decision.UNDECIDED: 2},
    }


def test_a_population_is_frozen_whole_or_not_at_all(kept: Campaigns) -> None:
    broken = [*items(), NewItem(SAM.id, "billing", False, {"sub": object()})]
    with pytest.raises(TypeError):
        kept.create(new(), broken)
    assert kept.of_pool("staff") == ()


def test_items_are_found_by_reviewer_group_decision_and_suggestion(kept: Campaigns) -> None:
    id = kept.create(new(), items()).id
    kept.decide(id, [2], keep())
    assert kept.numbers(id, reviewer=SAM.id) == [1, 2, 3]
    assert kept.numbers(id, group="auditors") == [2, 4]
    assert kept.numbers(id, decision=Decision.UNDECIDED) == [1, 3, 4, 5]
    assert kept.numbers(id, suggested=True, reviewer=SAM.id) == [1]
    assert kept.count(id, decision=Decision.KEEP) == 1
    assert kept.groups(id) == {"billing": 3, "auditors": 2}
    assert kept.groups(id, ADA.id) == {"auditors": 1, "billing": 1}
    assert [item.number for item in kept.items(id, offset=1, limit=2, reviewer=SAM.id)] == [2, 3]
    assert [item.number for item in kept.items_by_number(id, [5, 1, 99])] == [1, 5]
    assert kept.counts(id) == {
        SAM.id: {Decision.UNDECIDED: 2, Decision.KEEP: 1},
        ADA.id: {Decision.UNDECIDED: 2},
    }


def test_every_decision_is_kept_also_those_that_were_changed(kept: Campaigns) -> None:
    id = kept.create(new(), items()).id
    first = kept.decide(id, [1, 2, 3], keep(reason="still needed"))
    second = kept.decide(id, [1, 3], keep(reason="left", decision=Decision.REVOKE))
    third = kept.decide(id, [3], keep(decision=Decision.UNDECIDED))
    assert first.before == {Decision.UNDECIDED: 3}
    assert second.before == {Decision.KEEP: 2}
    assert (third.number, third.items) == (3, 1)
    assert [(entry.decision, entry.reason, entry.ranges, entry.intact) for entry in kept.entries(id)] == [
        (Decision.KEEP, "still needed", ((1, 3),), True),
        (Decision.REVOKE, "left", ((1, 1), (3, 3)), True),
        (Decision.UNDECIDED, "", ((3, 3),), True),
    ]
    now = {item.number: item for item in kept.items(id, reviewer=SAM.id)}
    assert [(item.decision, item.decided_by_name, item.decided_in) for item in now.values()] == [
        (Decision.REVOKE, "sam", 2),
        (Decision.KEEP, "sam", 1),
        (Decision.UNDECIDED, "", 0),
    ]
    assert now[3].decided_at is None
    assert [entry.number for entry in kept.entries(id, [3, 1])] == [1, 3]


def test_one_item_of_somebody_else_undoes_the_whole_decision(kept: Campaigns) -> None:
    id = kept.create(new(), items()).id
    with pytest.raises(ReviewError, match="another reviewer"):
        kept.decide(id, [3, 4], keep())
    assert kept.count(id, decision=Decision.KEEP) == 0
    assert kept.entries(id) == ()
    assert kept.get(id).decisions == 0


def test_nobody_decides_once_it_is_closed(kept: Campaigns) -> None:
    id = kept.create(new(), items()).id
    closed = kept.close(id, "op-ann", "ann")
    kept.set_closing(id, {"note": "done"})
    assert not closed.is_open
    assert (closed.closed_by_name, kept.get(id).closing) == ("ann", {"note": "done"})
    with pytest.raises(ReviewError, match="closed"):
        kept.decide(id, [1], keep())
    with pytest.raises(ReviewError, match="closed already"):
        kept.close(id, "op-max", "max")
    assert kept.get(id).closed_by == "op-ann"


def test_two_reviewers_decide_at_the_same_time_and_nothing_is_lost(kept: Campaigns) -> None:
    id = kept.create(new(), items(40, 40)).id
    failures: list[Exception] = []

    def work(reviewer: Reviewer, numbers: range) -> None:
        try:
            for number in numbers:
                kept.decide(id, [number], keep(reviewer, f"reason {number}"))
        except Exception as error:  # noqa: BLE001 - the test tells it
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=(SAM, range(1, 41))),
        threading.Thread(target=work, args=(ADA, range(41, 81))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    entries = kept.entries(id)
    assert [entry.number for entry in entries] == list(range(1, 81))
    assert {entry.reason for entry in entries} == {f"reason {number}" for number in range(1, 81)}
    assert kept.counts(id) == {SAM.id: {Decision.KEEP: 40}, ADA.id: {Decision.KEEP: 40}}


def test_what_was_altered_behind_the_stores_back_is_said(store: Store) -> None:
    kept = store.campaigns
    id = kept.create(new(), items()).id
    kept.decide(id, [1], keep(reason="needed"))
    kept.decide(id, [2], keep(reason="needed"))
    raw(
        store,
        "UPDATE campaign_items SET person = (SELECT person FROM campaign_items WHERE number = 2) "
        "WHERE number = 1",
    )
    raw(store, "UPDATE campaign_decisions SET decision = 'revoke' WHERE number = 1")
    raw(store, "UPDATE campaign_decisions SET entry = 'rubbish' WHERE number = 2")
    raw(store, "UPDATE campaigns SET about = NULL")
    assert [item.person is None for item in kept.items(id)] == [True, False, False, False, False]
    assert [entry.intact for entry in kept.entries(id)] == [False, False]
    assert kept.get(id).altered


def test_people_and_reasons_are_not_readable_in_the_files(store: Store) -> None:
    id = store.campaigns.create(
        new(about={"x": "about-1"}), [NewItem(SAM.id, "g", False, {"x": "person-2"})]
    ).id
    store.campaigns.decide(id, [1], keep(reason="reason-3"))
    store.campaigns.close(id, "op", "ann")
    store.campaigns.set_closing(id, {"note": "closing-4"})
    store.close()
    data = at_rest(store)
    assert b"Autumn" in data
    assert [word for word in (b"about-1", b"person-2", b"reason-3", b"closing-4") if word in data] == []


def test_only_one_plan_is_noted(kept: Campaigns) -> None:
    id = kept.create(new(), items()).id
    assert kept.set_job(id, "job-1", instead_of="")
    assert not kept.set_job(id, "job-2", instead_of="")
    assert kept.get(id).job_id == "job-1"


def test_a_campaign_that_is_not_there_is_said_so(kept: Campaigns) -> None:
    with pytest.raises(RecordNotFound):
        kept.get("none")
