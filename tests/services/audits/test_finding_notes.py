"""Findings are accepted for a time, assigned and remarked on; what is accepted stands in no number."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from services.audits.audit import audit
from services.audits.finding_notes import FindingDesk, acceptances, rule_titles, standings
from services.audits.of_pool import setting_of
from services.audits.report import AuditReport
from services.audits.rule import Acceptance, AuditContext, FindingSubject, RuleState, subject_of
from services.directory.snapshot import Completeness
from services.errors import InvalidValue, NotPermitted
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.store import Store
from services.to_do import to_do
from services.words import day
from tests.services.audits.pools import DAY, NOW, snapshot, user
from tests.services.notices.told import acting, make_pool

Cast = dict[str, Operator]
SOON = timedelta(days=30)
RULE = "dormant"


def people(completeness: Completeness | None = None):  # type: ignore[no-untyped-def]
    old = {"changed": NOW - 900 * DAY, "created": NOW - 900 * DAY}
    return snapshot([user("ann", **old), user("bo", **old)], [], {}, completeness=completeness)


def accepted(*names: str, until: timedelta = SOON) -> dict[tuple[str, str], Acceptance]:
    users = {found.username: found.sub for found in (user("ann"), user("bo"))}
    return {(RULE, users[name]): Acceptance(NOW + until, "Max", "on leave") for name in names}


def test_what_was_accepted_counts_apart() -> None:
    made = audit(people(), AuditContext(NOW, accepted=accepted("ann"))).get(RULE)
    assert made is not None
    assert (made.state, made.count, len(made.accepted)) == (RuleState.FOUND, 1, 1)
    assert made.subs == [user("bo").sub]
    assert made.subjects() == made.subs


def test_a_rule_of_which_all_was_accepted_found_nothing_else() -> None:
    made = audit(people(), AuditContext(NOW, accepted=accepted("ann", "bo")))
    result = made.get(RULE)
    assert result is not None
    assert (result.state, result.count, len(result.accepted)) == (RuleState.CLEAN, 0, 2)


def test_with_people_unread_it_is_not_said_that_nothing_else_was_found() -> None:
    unread = Completeness(missing=("Some people were not read.",), users_known=False)
    result = audit(people(unread), AuditContext(NOW, accepted=accepted("ann", "bo"))).get(RULE)
    assert result is not None
    assert result.state is RuleState.INCOMPLETE


def test_the_report_names_what_was_accepted_why_by_whom_and_until_when() -> None:
    made = audit(people(), AuditContext(NOW, accepted=accepted("ann")))
    report = AuditReport(made, "Ada", NOW)
    page = report.html().decode()
    assert "<td>on leave</td><td>Max</td>" in page
    assert "(1 accepted)" in page
    lines = [
        line for line in csv.DictReader(io.StringIO(report.csv().decode("utf-8-sig"))) if line["rule"] == RULE
    ]
    assert [(line["state"], line["username"]) for line in lines] == [("Found", "bo"), ("Accepted", "ann")]


@pytest.mark.parametrize(
    ("found", "subject"),
    [
        ((FindingSubject.PEOPLE, "sub-1", ("billing",), ""), "sub-1"),
        ((FindingSubject.GROUPS, "sub-1", ("a", "b"), ""), "groups a, b"),
        ((FindingSubject.APPLICATIONS, "", ("a",), "Portal"), "application Portal"),
    ],
)
def test_a_finding_is_known_by_what_its_rule_is_about(
    found: tuple[FindingSubject, str, tuple[str, ...], str], subject: str
) -> None:
    assert subject_of(*found) == subject


def test_an_acceptance_holds_until_its_day_and_can_be_taken_back(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    desk = FindingDesk(store, pool, acting(cast["max"]))
    until = utc_now() + SOON
    desk.accept(RULE, ["sub-1", "sub-2"], "on leave", until)
    assert set(setting_of(store, pool, "key", None).accepted) == {(RULE, "sub-1"), (RULE, "sub-2")}
    assert acceptances(store, pool, utc_now() + SOON + DAY) == {}
    desk.withdraw(RULE, ["sub-1"], "is back")
    (held,) = acceptances(store, pool, utc_now()).values()
    assert (held.by, held.reason) == (cast["max"].username, "on leave")
    said = desk.history(RULE, "sub-1")
    assert [(note.kind, note.text) for note in said] == [("accepted", "on leave"), ("withdrawn", "is back")]
    logged = store.activity.search(limit=9, pool=pool.name)
    assert [line.action for line in logged] == ["finding_withdrawn", "finding_accepted"]
    title = rule_titles(store, pool)[RULE]
    assert title == "Not changed for long (maybe dormant)"
    assert (logged[1].target_id, logged[1].target_name) == (RULE, title)
    said = {"rule": title, "findings": "2 findings", "until": day(until)}
    assert logged[1].after == said, "in words: operators read it"


@pytest.mark.parametrize(("reason", "days"), [("", 30), ("  ", 30), ("why", 0), ("why", -1), ("why", 400)])
def test_nothing_is_accepted_without_a_reason_or_for_good(
    store: Store, cast: Cast, reason: str, days: int
) -> None:
    desk = FindingDesk(store, make_pool(store), acting(cast["max"]))
    with pytest.raises(InvalidValue):
        desk.accept(RULE, ["sub-1"], reason, utc_now() + timedelta(days=days))
    assert desk.standings() == {}
    assert store.activity.count() == 0


def test_auditors_remark_and_managers_decide(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    desk = FindingDesk(store, pool, acting(cast["ada"]))
    desk.remark(RULE, ["sub-1"], "Asked HR.")
    for refused in (
        lambda: desk.accept(RULE, ["sub-1"], "why", utc_now() + SOON),
        lambda: desk.withdraw(RULE, ["sub-1"], ""),
        lambda: desk.assign(RULE, ["sub-1"], cast["sam"].id),
    ):
        with pytest.raises(NotPermitted):
            refused()
    with pytest.raises(InvalidValue):
        desk.remark(RULE, ["sub-1"], " ")
    (standing,) = desk.standings().values()
    assert (standing.remarks, standing.accepted, standing.assigned) == (1, None, None)


def test_what_is_assigned_stands_on_that_operators_overview(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    desk = FindingDesk(store, pool, acting(cast["max"]))
    desk.assign(RULE, ["sub-1", "sub-2"], cast["sam"].id, "please look")
    (waiting,) = to_do(store, pool, acting(cast["sam"]))
    assert (waiting.said, dict(waiting.query)) == (
        "2 findings assigned to you",
        {"tab": "Findings", "rule": RULE},
    )
    assert to_do(store, pool, acting(cast["max"])) == ()
    desk.assign(RULE, ["sub-1"], "")
    desk.accept(RULE, ["sub-2"], "known", utc_now() + SOON)
    assert to_do(store, pool, acting(cast["sam"])) == ()


def test_nothing_is_assigned_to_whoever_cannot_sign_in(store: Store, cast: Cast) -> None:
    store.operators.update(cast["sam"].id, disabled=True)
    desk = FindingDesk(store, make_pool(store), acting(cast["max"]))
    for id in (cast["sam"].id, "nobody"):
        with pytest.raises(InvalidValue):
            desk.assign(RULE, ["sub-1"], id)


def test_what_was_said_is_sealed(store: Store, cast: Cast) -> None:
    pool = make_pool(store)
    FindingDesk(store, pool, acting(cast["max"])).remark(RULE, ["sub-1"], "Ann Secret is ill")
    notes = store.finding_notes.of_pool(pool.id)
    assert [note.text for note in notes] == [None]
    assert [note.text for note in store.finding_notes.of_pool(pool.id, texts=True)] == ["Ann Secret is ill"]
    assert standings(notes, utc_now())[RULE, "sub-1"].remarks == 1
