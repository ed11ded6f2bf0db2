"""`audit`, as it is typed: on a terminal, in cron, and into files."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest

from console.terminal import main
from services.access.sessions import terminal_actor
from services.audits.finding_notes import FindingDesk
from services.audits.rules import RULES
from services.audits.thresholds import AuditSettings, Thresholds
from services.cognito.gateway import CognitoGateway
from services.errors import ServiceFault
from services.store.audit_days import AuditDay
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from tests.console.commands.taken import taken
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY


@pytest.fixture
def typed(tmp_path, cognito, capfdbinary, monkeypatch):
    """`typed("--format", "json")`: exit code, standard output and standard error on the staff pool."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    where = ["--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url]

    def run(*options, share=("--share", "1")):
        capfdbinary.readouterr()
        code = 0
        try:
            main(["audit", *where, *share, *options])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfdbinary.readouterr()
        return code, out.decode("utf-8-sig"), err.decode()

    return run


def test_findings_fail_only_when_asked_to_and_a_kept_snapshot_asks_nobody(typed, cognito):
    code, out, _ = typed()
    assert code == 0
    assert "Complete: all users, groups and memberships were read." in out
    assert "[medium] Disabled, but still in groups (disabled_member): " in out
    assert "toby.ashworth@brightwater.example · auditors, billing, billing-approvers" in out
    assert "[high] Holds groups that don't go together (separation_of_duties): not answered" in out
    kept = ("--snapshot", "newest", "--rule", "disabled-member")
    for severity, expected in (("high", 0), ("medium", 2), ("low", 2)):
        assert typed(*kept, "--fail-on", severity)[0] == expected
    with open_store() as store:
        assert len(store.activity.search(action="take_snapshot")) == 1


def test_a_pool_that_was_just_read_is_not_read_again_and_that_is_said(typed):
    def readings():
        with open_store() as store:
            return len(store.activity.search(action="take_snapshot"))

    _, out, err = typed()
    assert "Taken from" not in err
    _, again, err = typed()
    assert (again, readings()) == (out, 1)
    assert "Taken from the snapshot of " in err
    typed("--max-age", "0")
    assert readings() == 2
    code, _, err = typed("--max-age", "soon")
    assert (code, readings()) == (1, 2)
    assert "“soon” is no age." in err


def test_what_was_read_in_part_is_read_again(typed, monkeypatch):
    def fails(self, group, token=""):
        raise ServiceFault("AWS failed.")

    with monkeypatch.context() as broken:
        broken.setattr(CognitoGateway, "members_page", fails)
        assert typed()[0] == 3
    assert typed("--max-age", "1d")[0] == 0


def test_a_rule_asked_by_name_owes_an_answer(typed, cognito):
    code, out, _ = typed("--rule", "separation_of_duties")
    assert code == 3
    assert "No pairs of groups that nobody may hold together are set up" in out
    with open_store() as store:
        key = f"{cognito.url}|{cognito.region}|{cognito.staff}"
        pairs = Thresholds(apart=(("billing", "billing-approvers"),))
        AuditSettings(store, terminal_actor()).change(key, "staff", pairs)
    code, out, _ = typed("--rule", "separation_of_duties", "--fail-on", "high", "--snapshot", "newest")
    assert code == 2
    assert "in billing and in billing-approvers" in out


def test_a_group_that_could_not_be_read_ends_with_3_and_is_said_in_every_format(typed, monkeypatch, tmp_path):
    def fails(self, group, token=""):
        raise ServiceFault("AWS failed.")

    monkeypatch.setattr(CognitoGateway, "members_page", fails)
    code, out, _ = typed()
    assert code == 3
    assert "NOT complete." in out
    assert "In no group (in_no_group): could not be evaluated" in out
    kept = ("--snapshot", "newest")
    code, out, _ = typed(*kept, "--format", "json")
    data = json.loads(out)
    assert (code, data["exit_code"], data["complete"]) == (3, 3, False)
    assert {result["rule"] for result in data["results"]} == {rule.id for rule in RULES}
    assert not [
        result for result in data["results"] if result["rule"] == "in_no_group" and result["state"] == "clean"
    ]
    code, out, _ = typed(*kept, "--format", "csv")
    assert all("NOT complete." in line["Completeness"] for line in csv.DictReader(io.StringIO(out)))
    page = tmp_path / "audit.html"
    code, out, _ = typed(*kept, "--format", "html", "--output", str(page))
    assert (code, out) == (3, "")
    assert "NOT complete." in page.read_text(encoding="utf-8")


def test_what_can_t_be_done_is_said(typed):
    code, _, err = typed("--rule", "nonsense")
    assert code == 1
    assert "There is no rule “nonsense”." in err
    code, _, err = typed("--snapshot", "newest")
    assert (code, "No snapshot of this pool is kept." in err) == (1, True)
    code, out, _ = typed("--rules")
    assert code == 0
    assert len(out.splitlines()) == len(RULES)


@pytest.fixture
def staff(typed, cognito):
    """The staff pool, set up in the console under a name."""
    with open_store() as store:
        connection = store.connections.add(
            Connection(
                name="C",
                region=cognito.region,
                account="",
                endpoint_url=cognito.url,
                kind=CredentialKind.DEFAULT,
            )
        )
        return store.pools.add(PoolRecord(connection.id, cognito.staff, "staff"))


def a_day_before(staff, forgets=()):
    """What was found today was found yesterday, too, but for one finding of each of these rules."""
    with open_store() as store:
        today, found = store.audit_days.last_before(staff.id, date.max)
        before = today.taken_at - timedelta(days=1)
        known = {rule: prints[1:] if rule in forgets else prints for rule, prints in found.items()}
        store.audit_days.keep(staff.id, AuditDay(before.date(), before, today.counts), known)


def test_what_was_found_is_kept_by_day_and_compared_with_the_last_one(typed, staff):
    _, out, _ = typed()
    assert "new since" not in out
    a_day_before(staff, forgets=["disabled_member", "in_no_group"])
    _, out, _ = typed()
    assert re.search(r"^2 findings are new since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$", out, re.MULTILINE)
    assert re.search(r"\(disabled_member\): \d+ people, 1 new$", out, re.MULTILINE)
    data = json.loads(typed("--format", "json")[1])
    assert data["compared_with"]
    by_rule = {result["rule"]: result for result in data["results"]}
    assert [by_rule[rule]["new"] for rule in ("disabled_member", "in_no_group", "dormant")] == [1, 1, 0]
    assert sum(finding["new"] for finding in by_rule["in_no_group"]["findings"]) == 1
    lines = csv.DictReader(io.StringIO(typed("--format", "csv")[1]))
    assert sum(bool(line["new_since_utc"]) for line in lines) == 2


def test_only_what_is_new_fails_when_that_is_asked(typed, staff):
    typed()
    a_day_before(staff)
    assert typed("--fail-on", "medium")[0] == 2
    assert typed("--fail-on", "medium", "--new")[0] == 0
    a_day_before(staff, forgets=["disabled_member"])
    assert typed("--fail-on", "medium", "--new")[0] == 2
    assert typed("--fail-on", "high", "--new")[0] == 0
    code, _, err = typed("--new")
    assert (code, "Give --fail-on, too." in err) == (1, True)


def test_without_anything_to_compare_with_everything_is_new(typed):
    assert typed("--fail-on", "medium", "--new")[0] == 2


def test_part_of_an_audit_is_compared_and_no_day(typed, staff):
    typed("--rule", "disabled_member")
    with open_store() as store:
        assert store.audit_days.of_pool(staff.id) == ()
    typed()
    a_day_before(staff, forgets=["disabled_member"])
    assert "1 finding is new since" in typed("--rule", "disabled_member")[1]
    with open_store() as store:
        _, found = store.audit_days.last_before(staff.id, date.max)
        assert len(found) > 1


def test_what_was_accepted_counts_apart_as_on_the_page(typed, staff):
    before = json.loads(typed("--format", "json")[1])
    (found,) = [result for result in before["results"] if result["rule"] == "disabled_member"]
    with open_store() as store:
        desk = FindingDesk(store, staff, terminal_actor())
        person = found["findings"][0]["sub"]
        desk.accept("disabled_member", [person], "leaver", utc_now() + timedelta(days=9))
    after = json.loads(typed("--format", "json")[1])
    (left,) = [result for result in after["results"] if result["rule"] == "disabled_member"]
    assert (left["accepted"], left["counts"]["people"]) == (1, found["counts"]["people"] - 1)


def test_the_log_says_which_reports_were_taken(typed, cognito, tmp_path):
    typed("--rule", "disabled-member")
    kept = ("--snapshot", "newest", "--rule", "disabled-member")
    typed(*kept, "--format", "html", "--output", str(tmp_path / "audit.html"))
    typed(*kept, "--format", "csv")
    assert taken() == [("audit.html", cognito.staff), ("audit.csv (standard output)", cognito.staff)]
