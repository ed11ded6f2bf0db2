"""What there is to tell is read from the store, without names of people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.access.operators import record
from services.access.sessions import OperatorSignIn
from services.access.throttle import ADDRESS, PAIR
from services.audits.reviews.delegation import Delegation
from services.errors import SignInRefused, TooManyAttempts
from services.notices.kinds import ADDRESSED, Notice, NoticeKind
from services.notices.news import _TROUBLES, MANY_FILES, PATIENCE, news
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, taken_file
from services.store.audit_days import AuditDay
from services.store.campaign_records import Decision, NewCampaign, NewDecision, NewItem, Reviewer
from services.store.columns import utc_now
from services.store.health import NOTED
from services.store.jobs import JobControl, JobState
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.schedules import RunResult, Schedule
from services.store.store import Store
from tests.services.notices.told import ended_job, make_pool


def told(store: Store, after: timedelta = timedelta()) -> list[Notice]:
    return list(news(store, utc_now() + after))


def kinds(store: Store, after: timedelta = timedelta()) -> list[NoticeKind]:
    return [notice.kind for notice in told(store, after)]


def test_a_job_that_ended_is_told_in_numbers_and_never_by_name(store: Store) -> None:
    job = ended_job(store, make_pool(store))
    (notice,) = told(store)
    assert (notice.kind, notice.title) == (NoticeKind.JOB_ENDED, "A job in staff has finished")
    assert notice.body == "2 rows: 1 done, 1 failed."
    assert notice.path == f"/job?id={job.id}"
    assert "Secret" not in str(notice)
    assert "ann@" not in str(notice)


def test_passwords_that_wait_are_told_with_their_last_day(store: Store) -> None:
    ended_job(store, make_pool(store), passwords=True)
    assert kinds(store) == [NoticeKind.JOB_ENDED, NoticeKind.PASSWORDS]
    assert "1 password in staff" in told(store)[1].title


def test_what_ended_long_ago_is_no_news(store: Store) -> None:
    ended_job(store, make_pool(store), ago=timedelta(days=3))
    assert told(store) == []


def test_a_job_that_waits_by_itself_is_told_after_a_while_and_one_paused_by_somebody_is_not(
    store: Store,
) -> None:
    job = ended_job(store, make_pool(store))
    now = utc_now()
    store.jobs.update(job.id, state=JobState.PAUSED, lease_until=now, control=JobControl.RUN)
    assert kinds(store) == []
    assert kinds(store, PATIENCE + timedelta(seconds=1)) == [NoticeKind.JOB_WAITS]
    store.jobs.update(job.id, control=JobControl.PAUSE)
    assert kinds(store, PATIENCE + timedelta(seconds=1)) == []


def test_a_schedule_that_failed_or_asks_for_a_look_is_told(store: Store) -> None:
    pool = make_pool(store)
    schedule = store.schedules.add(
        Schedule(
            pool_record_id=pool.id,
            name="Nightly",
            operator_id="op",
            operator_name="max",
            timing="0 5 * * *",
            zone="UTC",
            task="audit",
            options={},
        )
    )
    for result in (RunResult.DONE, RunResult.FAILED, RunResult.ATTENTION):
        run = store.schedule_runs.begin(schedule.id, utc_now(), 0)
        store.schedule_runs.end(run, result, "11 rules found something.")
    store.schedule_runs.begin(schedule.id, utc_now(), 0)
    look, failed = told(store)
    assert (look.kind, failed.kind) == (NoticeKind.LOOK, NoticeKind.SCHEDULE_FAILED)
    assert look.body == "11 rules found something."
    assert look.key != failed.key


def start_review(store: Store, pool: PoolRecord, reviewers: list[Operator], days: float) -> Any:
    names = tuple(Reviewer(operator.id, operator.username, operator.name) for operator in reviewers)
    new = NewCampaign(
        pool_name=pool.name,
        title="Ann Secret's review",
        scope={},
        reviewers=names,
        snapshot_id="s",
        population_hash="h",
        deadline=utc_now() + timedelta(days=days),
        created_by="op",
        created_by_name="ann",
        about={},
    )
    items = [NewItem(operator.id, "billing", False, {"label": "Bo Secret"}) for operator in reviewers]
    return store.campaigns.create(new, items)


def test_a_review_asks_each_reviewer_and_reminds_who_has_not_decided(
    store: Store, cast: dict[str, Operator]
) -> None:
    pool = make_pool(store)
    campaign = start_review(store, pool, [cast["ada"], cast["sam"]], days=10)
    asked = told(store)
    assert [notice.operator_ids for notice in asked] == [(cast["ada"].id,), (cast["sam"].id,)]
    assert "1 membership is still to be decided" in asked[0].body
    assert "Secret" not in str(asked)
    store.campaigns.decide(campaign.id, [1], NewDecision(Decision.KEEP, cast["ada"].id, "ada", "needed"))
    due = told(store, timedelta(days=7.5))
    assert [(notice.kind, notice.operator_ids) for notice in due] == [
        (NoticeKind.REVIEW_DUE, (cast["sam"].id,))
    ]
    last = told(store, timedelta(days=9.5))
    assert [notice.kind for notice in last] == [NoticeKind.REVIEW_DUE]
    assert last[0].key != due[0].key
    assert told(store, timedelta(days=10.5)) == []


def test_trouble_with_the_console_itself_is_told_to_its_administrators_whoever_they_are(
    store: Store, cast: dict[str, Operator]
) -> None:
    noted = {"log": {"since": utc_now().isoformat(), "said": "1 place isn't as written."}}
    store.settings.set(NOTED, {**noted, "disk": {"since": utc_now().isoformat(), "said": "Little room."}})
    found = told(store)
    assert [notice.kind for notice in found] == [NoticeKind.LOG_BROKEN, NoticeKind.DISK_TROUBLE]
    assert {notice.operator_ids for notice in found} == {(cast["ann"].id,)}
    assert found[0].path == "/activity"
    assert {kind for kind, _, _ in _TROUBLES.values()} <= set(ADDRESSED)  # unasked


def test_an_address_from_which_many_names_are_tried_is_told_to_administrators_once_an_hour(
    store: Store, cast: dict[str, Operator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.throttle.CROWDED_SECONDS", 0.0)
    for number in range(ADDRESS.attempts + 2):
        with pytest.raises(SignInRefused):
            OperatorSignIn(store).attempt(f"guess{number}", "wrong", "203.0.113.66")
    (notice,) = told(store)
    assert (notice.kind, notice.operator_ids) == (NoticeKind.GUESSING, (cast["ann"].id,))
    assert notice.kind in ADDRESSED
    assert "203.0.113.66" not in str(notice)


def test_a_forgotten_password_is_no_guessing_and_those_of_several_are(
    store: Store, cast: dict[str, Operator]
) -> None:
    for name in ("ada", "sam", "max"):
        assert told(store) == []
        for _ in range(PAIR.attempts + 1):
            with pytest.raises((SignInRefused, TooManyAttempts)):
                OperatorSignIn(store).attempt(name, "wrong", "203.0.113.66")
    assert kinds(store) == [NoticeKind.GUESSING]


def test_whose_way_in_was_changed_is_told_and_nobody_else(store: Store, cast: dict[str, Operator]) -> None:
    ann = Actor(cast["ann"].id, "ann", Role.ADMIN, Origin.BROWSER)
    record(store, ann, "operator.reset_password", cast["sam"], reason="forgot it")
    record(store, ann, "operator.passkey", cast["ann"], result=ActivityResult.FAILED)
    (notice,) = told(store)
    assert (notice.kind, notice.operator_ids) == (NoticeKind.OWN_SIGN_IN, (cast["sam"].id,))
    assert notice.body.startswith("An administrator set a new password.")
    assert "sam" not in notice.body
    assert told(store, timedelta(days=3)) == []


def test_whoever_is_handed_part_of_a_review_is_told(store: Store, cast: dict[str, Operator]) -> None:
    pool = make_pool(store)
    campaign = start_review(store, pool, [cast["ada"]], days=10)
    told = [notice.key for notice in news(store, utc_now()) if notice.kind is NoticeKind.REVIEW_ASKED]
    given = Delegation(
        utc_now(), "ada", cast["ada"].id, "ada", cast["sam"].id, "sam", 1, "On holiday"
    ).facts()
    to = Reviewer(cast["sam"].id, "sam")
    store.campaigns.delegate(campaign.id, [1], cast["ada"].id, to, given)
    (asked,) = (notice for notice in news(store, utc_now()) if notice.kind is NoticeKind.REVIEW_ASKED)
    assert asked.operator_ids == (cast["sam"].id,)
    assert asked.key not in told


def audited(store: Store, pool: PoolRecord, expiring: int) -> None:
    taken_at = utc_now()
    found = {"invitation_expiring": [f"{number:016x}" for number in range(expiring)]}
    store.audit_days.keep(pool.id, AuditDay(taken_at.date(), taken_at, {"low": expiring}), found)


def test_invitations_that_an_audit_found_about_to_expire_are_told_once_a_day(store: Store) -> None:
    pool = make_pool(store)
    audited(store, pool, 3)
    (notice,) = told(store)
    assert (notice.kind, notice.pool_record_id) == (NoticeKind.INVITATIONS, pool.id)
    assert notice.title == "3 invitations in staff are about to expire"
    assert notice.path == "/users?pool=staff&status=invited"
    audited(store, pool, 5)
    assert told(store)[0].key == notice.key
    assert told(store, timedelta(days=3)) == []


def test_no_invitation_about_to_expire_is_no_news(store: Store) -> None:
    audited(store, make_pool(store), 0)
    assert told(store) == []


def test_whoever_takes_very_many_files_about_people_is_told_to_administrators_without_a_name(
    store: Store, cast: dict[str, Operator]
) -> None:
    sam = Actor(cast["sam"].id, "sam", Role.SUPPORT, Origin.BROWSER)
    ada = Actor(cast["ada"].id, "ada", Role.AUDITOR, Origin.BROWSER)
    store.activity.record(taken_file(ada, "staff", "users.csv"))
    for number in range(MANY_FILES):
        assert told(store) == []
        store.activity.record(taken_file(sam, "staff", f"users-{number}.csv"))
    (notice,) = told(store)
    assert (notice.kind, notice.operator_ids) == (NoticeKind.MANY_FILES, (cast["ann"].id,))
    assert notice.kind in ADDRESSED
    assert "sam" not in notice.title + notice.body
    assert told(store, timedelta(hours=2)) == []
