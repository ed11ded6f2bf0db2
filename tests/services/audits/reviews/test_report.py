"""The report of a review: everything in it, nothing that runs, and a line in the log."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from services.audits.reviews.report import HEADER, ReviewReports, as_csv, as_html, read_report
from services.csv_safe import restore
from services.directory.snapshot import Completeness
from services.errors import NotPermitted
from services.roles import Permission, Role
from services.store.campaign_records import Campaign, Decision
from services.store.operators import Operator
from services.store.store import Store
from tests.services.audits.reviews.reviewed import Stage, acting, crowd, person, stage_of, taken

HOSTILE = person(
    "=cmd|'/c calc'!A1",
    email="<img src=x onerror=alert(1)>@example.com",
    attributes={"name": "{{ 7*7 }} \u202e<script>alert(1)</script>"},
)
TEXTS = ("needed </td><script>", "+1 left\ud800", "@SUM(A1)")


@pytest.fixture
def stage(store: Store, cast: dict[str, Operator]) -> Stage:
    return stage_of(store, cast)


@pytest.fixture
def campaign(stage: Stage) -> Campaign:
    """Hostile people and reasons; one revoked, two kept, one changed, the rest undecided."""
    people = [*crowd(5), HOSTILE, person("gone", enabled=False)]
    partly = Completeness(("The members of auditors were not read.",), unread_groups=frozenset({"auditors"}))
    snapshot = taken(people, {"billing": [user.username for user in people]}, completeness=partly)
    made = stage.start(snapshot, "sam", "max", title="<b>Autumn</b>")
    sam, max_ = stage.as_("sam"), stage.as_("max")
    sam.decide(made.id, [1], Decision.REVOKE, TEXTS[1])
    sam.decide(made.id, [2], Decision.KEEP, TEXTS[0])
    sam.decide(made.id, [2], Decision.REVOKE, TEXTS[2])
    sam.decide(made.id, [2], Decision.KEEP)
    max_.decide(made.id, stage.numbers(made, "max")[:1], Decision.KEEP)
    return made


class Seen(HTMLParser):
    """Tags and text of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.parts: list[str] = []
        self.feed(page.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.parts))


def lines(data: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [{name: restore(cell) for name, cell in row.items()} for row in rows]


def test_states_of_accounts_stand_in_words(stage: Stage, campaign: Campaign) -> None:
    text = Seen(ReviewReports(stage.store, acting(stage.cast["ada"])).html(campaign.id)).text
    assert "Active" in text
    assert "CONFIRMED" not in text


def test_the_page_says_who_decided_what_when_and_why(stage: Stage, campaign: Campaign) -> None:
    stage.as_("ada").close(campaign.id, "Talked through.")
    seen = Seen(ReviewReports(stage.store, acting(stage.cast["ada"])).html(campaign.id))
    for wanted in (
        "Access review: <b>Autumn</b>",
        "Signed off by ada on ",
        "Talked through.",
        campaign.population_hash,
        "NOT complete. The members of auditors were not read.",
        "Unaltered: memberships and decisions are as they were frozen",
        "Memberships7, of 7 people",
        "Revoke: 1",
        "Undecided: 4",
        "Keep: 2",
        "Nobody decided: neither kept nor revoked. These memberships still stand.",
        "The account is disabled.",
        "gone@example.comsub-goneDisabledThe account",
        "needed </td><script>",
        "gone@example.com",
        "Not planned: nothing was changed in the user pool by this review.",
    ):
        assert wanted in seen.text, wanted


def test_the_page_holds_nothing_that_runs_or_loads(stage: Stage, campaign: Campaign) -> None:
    page = as_html(read_report(stage.store, campaign.id, "ada"))
    seen = Seen(page)
    assert not seen.tags & {"script", "img", "link", "iframe", "a", "b", "form"}
    assert not {
        attribute for attribute in seen.attributes if attribute.startswith("on")
    } | seen.attributes & {"src", "href"}
    assert b"default-src 'none'" in page
    assert "{{ 7*7 }}" in seen.text
    assert "<img src=x onerror=alert(1)>@example.com" in seen.text


def test_every_change_of_mind_is_in_the_page(stage: Stage, campaign: Campaign) -> None:
    seen = Seen(as_html(read_report(stage.store, campaign.id, "ada")))
    told = seen.text[seen.text.index("every decision, in order") :]
    assert [word for word in ("needed </td>", "@SUM(A1)", "+1 left") if word not in told] == []


def test_an_open_review_says_that_it_is_not_signed_off(stage: Stage, campaign: Campaign) -> None:
    seen = Seen(as_html(read_report(stage.store, campaign.id, "ada")))
    assert "NOT signed off: the review is still open." in seen.text
    assert "Signed off by" not in seen.text


def test_the_csv_has_a_line_for_each_membership_with_the_statement(stage: Stage, campaign: Campaign) -> None:
    stage.as_("ada").close(campaign.id)
    rows = lines(ReviewReports(stage.store, acting(stage.cast["ada"])).csv(campaign.id))
    assert tuple(rows[0]) == HEADER
    assert [row["decision"] for row in rows] == ["revoke", "keep", *["undecided"] * 2, "keep"] + [
        "undecided"
    ] * 2
    assert rows[0]["suggested_to_revoke_because"] == "The account is disabled."
    assert (rows[0]["decided_by"], rows[0]["times_decided"], rows[1]["times_decided"]) == ("sam", "1", "3")
    assert {row["directory"] for row in rows} == {"NOT complete. The members of auditors were not read."}
    assert {row["review_state"].partition(" on ")[0] for row in rows} == {"Signed off by ada"}
    assert {row["unaltered"] for row in rows} == {"true"}
    assert (rows[0]["account_status"], rows[0]["aws_status"]) == ("Disabled", "CONFIRMED")


def test_the_hash_can_be_worked_out_again_from_the_csv(stage: Stage, campaign: Campaign) -> None:
    rows = lines(as_csv(read_report(stage.store, campaign.id, "ada")))
    keys = [[row["group"], row["sub"], row["username"]] for row in rows]
    text = "\n".join(sorted(json.dumps(key, ensure_ascii=False, separators=(",", ":")) for key in keys))
    assert hashlib.sha256(text.encode()).hexdigest() == campaign.population_hash
    assert {row["population_sha256"] for row in rows} == {campaign.population_hash}


def test_no_cell_of_the_csv_is_a_formula(stage: Stage, campaign: Campaign) -> None:
    stage.as_("sam").decide(campaign.id, [2], Decision.REVOKE, TEXTS[2])
    data = as_csv(read_report(stage.store, campaign.id, "=ada"))
    cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
    assert any("SUM" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_what_was_decided_late_is_said(
    stage: Stage, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now(UTC) + timedelta(days=20)
    monkeypatch.setattr("services.store.campaigns.utc_now", lambda: later)
    monkeypatch.setattr("services.audits.reviews.report.utc_now", lambda: later)
    stage.as_("sam").decide(campaign.id, [3], Decision.KEEP)
    report = read_report(stage.store, campaign.id, "ada")
    assert [row["after_deadline"] for row in lines(as_csv(report))] == ["false"] * 2 + ["true"] + [
        "false"
    ] * 4
    assert "after the deadline" in Seen(as_html(report)).text
    assert "NOT signed off: still open, and overdue since" in report.state


@pytest.mark.parametrize("kind", ["html", "csv"])
def test_each_export_needs_the_permission_and_leaves_a_line(
    stage: Stage, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    getattr(ReviewReports(stage.store, acting(stage.cast["ada"])), kind)(campaign.id)
    line = stage.store.activity.search(action="export_review")[0]
    assert (line.operator_name, line.target_id, line.after["file"]) == ("ada", campaign.id, kind.upper())
    only_admins = {role: frozenset(Permission if role is Role.ADMIN else ()) for role in Role}
    monkeypatch.setattr("services.roles.ROLE_PERMISSIONS", only_admins)
    with pytest.raises(NotPermitted, match="export"):
        getattr(ReviewReports(stage.store, acting(stage.cast["ada"])), kind)(campaign.id)
    assert stage.store.activity.count(action="export_review") == 1
