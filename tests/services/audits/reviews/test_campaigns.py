"""Reviews: who may start, decide and close, what each demands, and what the log says of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.access.sessions import browser_actor, terminal_actor
from services.activity_report import changes_of
from services.audits.reviews.campaigns import Reviews
from services.cognito.models import User
from services.directory.pool import PoolTables
from services.directory.snapshot import Completeness
from services.errors import InvalidValue, NotPermitted, RecordNotFound, ReviewError, SessionEnded
from services.roles import ActorSource, Permission, Role
from services.store.applications import Application
from services.store.campaign_records import Decision
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import sign_in_as
from tests.services.audits.reviews.reviewed import NOW, Stage, acting, crowd, person, stage_of, taken, wish

KEEP, REVOKE, UNDECIDED = Decision.KEEP, Decision.REVOKE, Decision.UNDECIDED


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator]) -> Stage:
    return stage_of(store, cast)


def snapshot_with(*more: User, completeness: Completeness | None = None) -> PoolTables:
    """Six ordinary people and these, all in billing; p0 is an auditor too."""
    people = [*crowd(), *more]
    memberships = {"billing": [user.username for user in people], "auditors": ["p0"]}
    return taken(people, memberships, completeness=completeness)


GONE = person("gone", enabled=False)


def test_a_campaign_freezes_who_is_in_the_groups(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(GONE), "sam", "max", groups=("billing", "auditors"))
    assert (campaign.population, campaign.about["people"], campaign.is_open) == (8, 7, True)
    assert campaign.scope == {"groups": ["auditors", "billing"], "application": ""}
    items = stage.as_("ada").items(campaign.id, range(1, 9))
    assert [(item.group, item.label) for item in items][:2] == [
        ("auditors", "p0@example.com"),
        ("billing", "gone@example.com"),
    ]
    assert [item.reviewer.username for item in items] == ["sam"] * 4 + ["max"] * 4
    assert all(item.decision is UNDECIDED and item.intact for item in items)
    assert stage.as_("ada").check(campaign.id).ok
    shares = stage.as_("ada").get(campaign.id).shares
    assert [(share.reviewer.username, share.total, share.undecided, share.fraction) for share in shares] == [
        ("sam", 4, 4, 0.0),
        ("max", 4, 4, 0.0),
    ]


def test_what_was_read_whole_is_kept_for_the_campaign_that_stands_on_it(stage: Stage) -> None:
    read = snapshot_with(GONE)
    read.about = replace(read.about, id="")
    campaign = stage.start(read, "sam", "max", groups=("billing", "auditors"))
    assert campaign.about["snapshot_id"] == campaign.snapshot_id
    assert stage.store.snapshots.get(campaign.snapshot_id).taken_at == read.about.taken_at
    assert campaign.population == 8


def test_an_application_stands_for_its_groups(stage: Stage) -> None:
    application = stage.store.applications.add(
        Application(stage.pool.id, "Portal", "client", allowed_groups=("auditors", "nowhere"))
    )
    campaign = stage.start(snapshot_with(), "sam", groups=(), application=application)
    assert campaign.scope == {"groups": ["auditors"], "application": "Portal"}
    assert campaign.about["warnings"] == ["Portal also accepts groups that the pool lacks: nowhere."]
    closed = stage.store.applications.add(Application(stage.pool.id, "Closed", "client2"))
    with pytest.raises(InvalidValue, match="no group that it accepts"):
        stage.start(snapshot_with(), "sam", groups=(), application=closed)


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"title": "  "}, "title", "needs a title"),
        ({"title": "x" * 121}, "title", "longer than 120"),
        ({"groups": ()}, "scope", "Nothing is chosen"),
        ({"groups": ("nowhere",)}, "scope", "has no group nowhere"),
        ({"reviewer_ids": ()}, "reviewers", "Nobody is chosen"),
        ({"deadline": NOW - timedelta(days=1)}, "deadline", "over already"),
    ],
)
def test_what_was_entered_wrongly_is_named(
    stage: Stage, values: dict[str, object], field: str, said: str
) -> None:
    with pytest.raises(InvalidValue, match=said) as refused:
        stage.start(snapshot_with(), "sam", **values)
    assert refused.value.field == field
    assert stage.store.campaigns.of_pool("staff") == ()


def test_reviewers_must_be_able_to_sign_in(stage: Stage) -> None:
    stage.store.operators.update(stage.cast["sam"].id, disabled=True)
    with pytest.raises(InvalidValue, match="Disabled operators can't sign in to review: sam"):
        stage.start(snapshot_with(), "sam", "max")
    with pytest.raises(RecordNotFound):
        stage.start(snapshot_with(), "max", reviewer_ids=("nobody",))


def test_an_empty_group_is_nothing_to_review(stage: Stage) -> None:
    with pytest.raises(ReviewError, match="Nobody is in auditors"):
        stage.start(taken(crowd(), {"billing": ["p0"]}), "sam", groups=("auditors",))


@pytest.mark.parametrize(
    "completeness",
    [
        Completeness(("The members of billing were not read.",), unread_groups=frozenset({"billing"})),
        Completeness(
            ("The list of groups broke off.",), groups_known=False, unread_groups=frozenset({"billing"})
        ),
    ],
)
def test_a_group_whose_members_were_not_read_is_refused(stage: Stage, completeness: Completeness) -> None:
    with pytest.raises(ReviewError, match="Not all members of billing could be read"):
        stage.start(snapshot_with(completeness=completeness), "sam")


def test_a_group_missing_from_an_incomplete_list_of_groups_is_refused(stage: Stage) -> None:
    broken = Completeness(("The list of groups broke off.",), groups_known=False)
    with pytest.raises(ReviewError, match="Not all members of elsewhere could be read"):
        stage.start(snapshot_with(completeness=broken), "sam", groups=("billing", "elsewhere"))


def test_what_else_is_missing_is_a_warning_that_stays_with_the_campaign(stage: Stage) -> None:
    partly = Completeness(("The members of auditors were not read.",), unread_groups=frozenset({"auditors"}))
    campaign = stage.start(snapshot_with(completeness=partly), "sam")
    assert campaign.about["warnings"] == [
        "The directory was not read completely. NOT complete. The members of auditors were not read. "
        "The groups of this review were read."
    ]
    assert campaign.about["complete"] is False


def test_an_old_snapshot_and_reviewers_without_an_address_are_warned_of(stage: Stage) -> None:
    stage.store.operators.update(stage.cast["sam"].id, email="")
    old = taken(crowd(), {"billing": ["p0"]}, taken_at=datetime.now(UTC) - timedelta(days=3, hours=1))
    assert stage.start(old, "sam").about["warnings"] == [
        "The directory was read 3 days ago.",
        "No e-mail address is known of sam: their own access is recognised by their operator name only.",
    ]


def test_a_snapshot_of_another_pool_is_refused(stage: Stage) -> None:
    other = taken(crowd(), {"billing": ["p0"]}, pool_id="eu-west-1_Other0000")
    with pytest.raises(ReviewError, match="another user pool"):
        stage.start(other, "sam")


def test_nobody_reviews_himself(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(person("sam"), person("max")), "sam", "max")
    items = {item.label: item.reviewer.username for item in stage.as_("ada").items(campaign.id, range(1, 9))}
    assert (items["sam@example.com"], items["max@example.com"]) == ("max", "sam")
    with pytest.raises(ReviewError, match="nobody else is there to decide about sam@example"):
        stage.start(snapshot_with(person("sam")), "sam")


def test_nobody_decides_about_himself_even_when_the_address_came_later(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam")
    mine = stage.as_("sam").find(campaign.id, "p3@example.com")
    stage.store.operators.update(stage.cast["sam"].id, email="P3@example.com")
    with pytest.raises(NotPermitted, match=r"p3@example\.com is you"):
        stage.as_("sam").decide(campaign.id, [1, *mine], KEEP)
    assert stage.store.campaigns.count(campaign.id, decision=UNDECIDED) == 6


def test_a_reviewer_decides_about_several_at_once(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(GONE), "sam")
    sam = stage.as_("sam")
    decided = sam.decide(campaign.id, [2, 3, 4], KEEP)
    assert decided is not None
    assert decided.items == 3
    sam.decide(campaign.id, [1, 5], REVOKE, " left the team ")
    items = sam.items(campaign.id, range(1, 8))
    assert [str(item.decision) for item in items] == ["revoke", "keep", "keep", "keep", "revoke", "", ""]
    assert [item.reason for item in items][:2] == ["left the team", ""]
    assert items[0].decided_by_name == "sam"
    standing = sam.get(campaign.id)
    assert (standing.count(KEEP), standing.count(REVOKE), standing.count(UNDECIDED)) == (3, 2, 2)
    assert standing.fraction == pytest.approx(5 / 7)
    assert sam.check(campaign.id).ok


def test_a_reason_is_demanded_for_revoking_and_for_keeping_against_a_suggestion(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(GONE), "sam")
    sam = stage.as_("sam")
    with pytest.raises(InvalidValue, match="Say why it should be revoked"):
        sam.decide(campaign.id, [2], REVOKE, "   ")
    with pytest.raises(InvalidValue, match="One of these is suggested to be revoked"):
        sam.decide(campaign.id, [1, 2, 3], KEEP)
    with pytest.raises(InvalidValue, match="longer than 500"):
        sam.decide(campaign.id, [1], REVOKE, "x" * 501)
    assert stage.store.campaigns.entries(campaign.id) == ()
    sam.decide(campaign.id, [1, 2, 3], KEEP, "on leave until March")
    assert stage.store.campaigns.count(campaign.id, decision=KEEP) == 3


def test_decisions_can_be_changed_and_taken_back_until_the_end_and_all_are_logged(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam")
    sam = stage.as_("sam")
    sam.decide(campaign.id, [1, 2], KEEP)
    sam.decide(campaign.id, [1], REVOKE, "left")
    sam.decide(campaign.id, [2], UNDECIDED)
    assert sam.decide(campaign.id, [1], REVOKE, "left") is None  # it is so already
    assert sam.decide(campaign.id, [1], REVOKE, "left in May") is not None
    assert sam.check(campaign.id).ok
    lines = stage.store.activity.search(action="decide_review")
    assert ["; ".join(map(str, changes_of(line))) for line in reversed(lines)] == [
        "decision: undecided: 2 → keep; memberships: 2; groups: billing; record: 1",
        "decision: keep: 1 → revoke; memberships: 1; reason: left; groups: billing; record: 2",
        "decision: keep: 1 → undecided; memberships: 1; groups: billing; record: 3",
        "decision: revoke: 1 → revoke; memberships: 1; reason: left in May; groups: billing; record: 4",
    ]
    assert {line.reason for line in lines} == {""}  # reasons may name people: they stand in the sealed part
    assert {(line.operator_name, line.target_kind, line.target_id) for line in lines} == {
        ("sam", "review", campaign.id)
    }
    stage.as_("ada").close(campaign.id)
    with pytest.raises(ReviewError, match="closed"):
        sam.decide(campaign.id, [1], KEEP)


def test_only_the_named_reviewer_decides(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam", "max")
    max_s = stage.numbers(campaign, "max")
    with pytest.raises(NotPermitted, match="for another reviewer"):
        stage.as_("sam").decide(campaign.id, [1, *max_s], KEEP)
    with pytest.raises(NotPermitted, match="not a reviewer of this campaign"):
        stage.as_("ann").decide(campaign.id, [1], KEEP)
    with pytest.raises(NotPermitted, match="not a reviewer"):
        Reviews(stage.store, terminal_actor()).decide(campaign.id, [1], KEEP)
    with pytest.raises(ReviewError, match="no such memberships"):
        stage.as_("sam").decide(campaign.id, [99], KEEP)
    with pytest.raises(ReviewError, match="no such memberships"):
        stage.as_("sam").decide(campaign.id, [], KEEP)
    assert stage.store.campaigns.entries(campaign.id) == ()


def test_a_reviewer_must_be_signed_in(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam")
    session, _ = sign_in_as(stage.store, stage.cast["sam"])
    reviews = Reviews(stage.store, browser_actor(stage.store, session))
    reviews.decide(campaign.id, [1], KEEP)
    stage.store.sessions.revoke(session)
    with pytest.raises(SessionEnded):
        reviews.decide(campaign.id, [2], KEEP)


Ask = Callable[[Stage, ActorSource, str], object]
ASKED: dict[str, Ask] = {
    "start": lambda stage, who, _: Reviews(stage.store, who).start(
        snapshot_with(), wish(stage.cast["sam"]), stage.pool
    ),
    "close": lambda stage, who, id: Reviews(stage.store, who).close(id),
}


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_start_and_close(stage: Stage, what: str, role: Role) -> None:
    """REVIEW begins with the auditor, the least role; whoever loses it is refused below."""
    campaign = stage.start(snapshot_with(), "sam")
    ASKED[what](stage, acting(stage.cast["ann"], role), campaign.id)


@pytest.mark.parametrize("what", ASKED)
def test_without_the_permission_nothing_is_started_or_closed(
    stage: Stage, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = stage.start(snapshot_with(), "sam")
    only_admins = {role: frozenset(Permission if role is Role.ADMIN else ()) for role in Role}
    monkeypatch.setattr("services.roles.ROLE_PERMISSIONS", only_admins)
    with pytest.raises(NotPermitted, match="review"):
        ASKED[what](stage, acting(stage.cast["max"]), campaign.id)
    assert len(stage.store.campaigns.of_pool("staff")) == 1
    assert stage.store.campaigns.get(campaign.id).is_open


def test_closing_signs_off_and_leaves_undecided_what_is_undecided(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(GONE), "sam")
    stage.as_("sam").decide(campaign.id, [1], REVOKE, "left")
    closed = stage.as_("ada").close(campaign.id, "  Talked through with billing. ")
    assert (closed.closed_by_name, closed.is_open) == ("ada", False)
    assert closed.closing["counts"] == {"undecided": 6, "keep": 0, "revoke": 1}
    assert closed.closing["note"] == "Talked through with billing."
    assert stage.as_("ada").get(campaign.id).count(UNDECIDED) == 6
    assert stage.as_("ada").check(campaign.id).ok
    with pytest.raises(ReviewError, match="closed already"):
        stage.as_("max").close(campaign.id)
    with pytest.raises(InvalidValue, match="longer than 2,000"):
        stage.as_("max").close(campaign.id, "x" * 2001)


def test_start_and_end_stand_in_the_log_with_the_hash(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam", "max")
    stage.as_("max").close(campaign.id)
    close, start = stage.store.activity.search(target=campaign.id)
    assert (start.action, start.operator_name, start.pool) == ("start_review", "ada", "staff")
    assert start.after["population hash"] == campaign.population_hash
    assert start.after["reviewers"] == "sam, max"
    assert (close.action, close.operator_name) == ("close_review", "max")
    assert close.after == {"undecided": 6, "keep": 0, "revoke": 0}


def test_a_start_that_can_t_be_logged_did_not_happen(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise ReviewError("the disk is full")

    monkeypatch.setattr(stage.store.activity, "record", full)
    with pytest.raises(ReviewError, match="disk"):
        stage.start(snapshot_with(), "sam")
    assert stage.store.campaigns.of_pool("staff") == ()


def test_overdue_is_said_while_it_is_open(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam")
    later = campaign.deadline + timedelta(minutes=1)
    assert not campaign.is_overdue(datetime.now(UTC))
    assert campaign.is_overdue(later)
    stage.as_("sam").decide(campaign.id, [1], KEEP)  # late is better than never
    assert not stage.as_("ada").close(campaign.id).is_overdue(later)


def test_memberships_are_found_by_words_and_filters(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(GONE, person("zoë", email="z@example.com")), "sam", "max")
    ada = stage.as_("ada")
    assert ada.find(campaign.id) == list(range(1, 9))
    assert ada.find(campaign.id, "GONE") == [1]
    assert ada.find(campaign.id, "account disabled billing") == [1]
    assert ada.find(campaign.id, "zoë") == [8]
    assert ada.find(campaign.id, suggested=True) == [1]
    assert ada.find(campaign.id, "example", reviewer=stage.cast["max"].id) == [5, 6, 7, 8]
    assert ada.groups(campaign.id, stage.cast["max"].id) == {"billing": 4}


def test_two_reviewers_decide_at_once_and_one_closes_meanwhile(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(*(person(f"m{number}") for number in range(30))), "sam", "max")
    refused: list[str] = []
    failures: list[Exception] = []
    begun, some = threading.Barrier(2), threading.Event()

    def work(name: str) -> None:
        begun.wait()
        for number in stage.numbers(campaign, name):
            try:
                done = stage.as_(name).decide(campaign.id, [number], REVOKE, f"{name} says so")
                if done and done.number > 10:
                    some.set()
            except ReviewError as error:
                refused.append(error.message)
            except Exception as error:  # noqa: BLE001 - the test tells it
                failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("sam", "max")]
    for thread in threads:
        thread.start()
    assert some.wait(timeout=30)
    closed = stage.as_("ada").close(campaign.id)
    for thread in threads:
        thread.join()
    assert failures == []
    decided = stage.store.campaigns.count(campaign.id, decision=REVOKE)
    assert decided + len(refused) == 36
    assert closed.closing["counts"]["revoke"] == decided == len(stage.store.campaigns.entries(campaign.id))
    assert stage.as_("ada").check(campaign.id).ok
    assert len(stage.store.activity.search(action="decide_review")) == decided


def test_a_large_campaign_is_decided_in_one_transaction(stage: Stage) -> None:
    groups = [f"g{number}" for number in range(4)]
    people = [person(f"m{number}") for number in range(1000)]
    names = [user.username for user in people]
    big = taken(people, dict.fromkeys(groups, names), groups=groups)
    campaign = stage.start(big, "sam", "max", groups=tuple(groups))
    assert campaign.population == 4_000
    sam = stage.as_("sam")
    page = sam.items(campaign.id, sam.find(campaign.id, group="g3")[100:200])
    assert len(page) == 100
    mine = stage.numbers(campaign, "sam")
    decided = sam.decide(campaign.id, mine, KEEP)
    assert decided is not None
    assert decided.items == 2_000
    assert len(stage.store.campaigns.entries(campaign.id)) == 1


def test_operators_keep_their_share_when_they_are_renamed(stage: Stage) -> None:
    campaign = stage.start(snapshot_with(), "sam")
    stage.store.operators.update(stage.cast["sam"].id, username="samuel")
    stage.cast["sam"] = replace(stage.cast["sam"], username="samuel")
    assert stage.as_("sam").decide(campaign.id, [1], KEEP) is not None
    assert stage.as_("ada").get(campaign.id).shares[0].reviewer.username == "sam"
