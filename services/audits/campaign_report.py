"""The report of a review, to sign, print and keep: HTML and CSV."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.access.actor import ActorSource
from services.access.permissions import Permission
from services.audits.campaign_check import Check, check_rows
from services.audits.campaign_html import render
from services.audits.campaign_items import DECISION_TITLES, ReviewItem, review_items
from services.audits.campaign_plan import plan_of
from services.audits.campaign_population import HASH_RECIPE
from services.audits.campaign_standing import Standing, standing
from services.audits.campaigns import note
from services.csv_safe import Cell, write_csv
from services.store.campaign_types import Campaign, Decision, DecisionEntry
from services.store.columns import utc_now
from services.store.jobs import Job
from services.store.store import Store

HEADER = (
    "membership",
    "group",
    "sub",
    "username",
    "person",
    "name",
    "email",
    "account_status",
    "account_enabled",
    "suggested_to_revoke_because",
    "reviewer",
    "decision",
    "decided_by",
    "decided_utc",
    "reason",
    "after_deadline",
    "times_decided",
    "unaltered",
    "review",
    "review_state",
    "population_sha256",
    "directory",
    "check",
)

_UNREADABLE: dict[str, Any] = {
    "pool_id": "",
    "taken_at": "",
    "taken_by": "",
    "how": [],
    "complete": False,
    "completeness": "Unknown: the note about the start is unreadable.",
    "warnings": [],
    "people": 0,
    "moved": 0,
}
"""What is said when the note about the start doesn't open."""


@dataclass(frozen=True)
class ReviewReport:
    """Everything that the report says. `times_decided` counts decisions by membership number."""

    standing: Standing
    items: tuple[ReviewItem, ...]
    entries: tuple[DecisionEntry, ...]
    times_decided: Counter[int]
    check: Check
    job: Job | None
    made_at: datetime
    made_by: str

    @property
    def campaign(self) -> Campaign:
        """The campaign."""
        return self.standing.campaign

    @property
    def state(self) -> str:
        """Whether it is signed off, as a sentence."""
        return state_sentence(self.campaign, self.made_at)

    def decided(self, decision: Decision) -> list[ReviewItem]:
        """The memberships decided so."""
        return [one for one in self.items if one.decision is decision]

    def is_late(self, item: ReviewItem) -> bool:
        """Whether it was decided after the deadline."""
        return item.decided_at is not None and item.decided_at > self.campaign.deadline


class ReviewReports:
    """Makes reports for whoever `who` says is acting; needs EXPORT, and each leaves a line in the log."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def html(self, id: str) -> bytes:
        """The report as one HTML file that needs nothing else, made for printing."""
        return self._export(id, "HTML")

    def csv(self, id: str) -> bytes:
        """One line per membership, safe for spreadsheets."""
        return self._export(id, "CSV")

    def _export(self, id: str, kind: str) -> bytes:
        actor = self._who()
        actor.require(Permission.EXPORT)
        made = read_report(self._store, id, actor.name)
        data = as_html(made) if kind == "HTML" else as_csv(made)
        facts = {"file": kind, "state": made.state, "check": made.check.sentence}
        note(self._store, actor, made.campaign, "export_review", after=facts)
        return data


def read_report(store: Store, id: str, made_by: str) -> ReviewReport:
    """Read and check a campaign. Raises `RecordNotFound`. About three seconds for 20,000 memberships."""
    campaign = store.campaigns.get(id)
    entries = store.campaigns.entries(id)
    times: Counter[int] = Counter()
    for entry in entries:
        for first, last in entry.ranges:
            times.update(range(first, last + 1))
    rows = list(store.campaigns.items(id))
    return ReviewReport(
        standing=standing(store, campaign),
        items=tuple(review_items(store, campaign, rows)),
        entries=entries,
        times_decided=times,
        check=check_rows(store, campaign, rows, entries),
        job=plan_of(store, campaign),
        made_at=utc_now(),
        made_by=made_by,
    )


def state_sentence(campaign: Campaign, now: datetime) -> str:
    """Whether a review is signed off, as a sentence (times in UTC)."""
    if campaign.closed_at is not None:
        return f"Signed off by {campaign.closed_by_name} on {moment(campaign.closed_at)}."
    if campaign.is_overdue(now):
        return f"NOT signed off: still open, and overdue since {moment(campaign.deadline)}."
    return "NOT signed off: the review is still open."


def moment(at: datetime | None) -> str:
    """A time as the report writes it, in UTC; empty for None."""
    return f"{at:%d %b %Y, %H:%M} UTC" if at else ""


def as_csv(report: ReviewReport) -> bytes:
    """The report as CSV; every line carries the state, the hash, and how complete the directory was."""
    campaign = report.campaign
    directory = str({**_UNREADABLE, **campaign.about}["completeness"])
    common = (campaign.title, report.state, campaign.population_hash, directory, report.check.sentence)
    return write_csv(HEADER, ((*_cells(report, one), *common) for one in report.items))


def _cells(report: ReviewReport, item: ReviewItem) -> tuple[Cell, ...]:
    person = item.membership
    return (
        item.number,
        item.group,
        person.sub if person else "",
        person.username if person else "",
        item.label,
        person.name if person else "",
        person.email if person else "",
        person.status if person else "",
        person.enabled if person else "",
        " ".join(item.why),
        item.reviewer.username,
        DECISION_TITLES[item.decision].lower(),
        item.decided_by_name,
        item.decided_at.isoformat(timespec="seconds") if item.decided_at else "",
        item.reason,
        report.is_late(item),
        report.times_decided[item.number],
        item.intact,
    )


def as_html(report: ReviewReport) -> bytes:
    """The report as HTML. All text is escaped; the file loads and runs nothing."""
    campaign = report.campaign
    about = {**_UNREADABLE, **campaign.about}
    taken = about["taken_at"]
    return render(
        report=report,
        campaign=campaign,
        about=about,
        taken_at=moment(datetime.fromisoformat(taken)) if taken else "unknown",
        closing=campaign.closing,
        moment=moment,
        recipe=HASH_RECIPE,
        titles=DECISION_TITLES,
        Decision=Decision,
        groups=_groups(report),
    )


def _groups(report: ReviewReport) -> list[tuple[str, dict[Decision, int]]]:
    counted: dict[str, Counter[Decision]] = {}
    for item in report.items:
        counted.setdefault(item.group, Counter())[item.decision] += 1
    return [(name, dict(counted[name])) for name in sorted(counted, key=str.casefold)]
