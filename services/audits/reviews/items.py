"""One membership of a running review, as people see it, and whether the review still is what was frozen.

Against altered rows in the database, what people see is compared with what was sealed: the frozen
memberships with the hash taken at the start, the decisions with the record of every time that somebody
decided, and after the end with what the closer signed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.audits.people import status_title
from services.audits.reviews.population import Membership, membership_of, population_hash
from services.cognito.status import account_line
from services.store.campaign_records import (
    Campaign,
    CampaignItem,
    DecidedItem,
    Decision,
    DecisionEntry,
    Reviewer,
)
from services.store.store import Store
from services.words import counted

UNKNOWN = Reviewer("", "nobody known")

DECISION_TITLES: Mapping[Decision, str] = {
    Decision.UNDECIDED: "Undecided",
    Decision.KEEP: "Keep",
    Decision.REVOKE: "Revoke",
}
"""What decisions are called on screen and in reports."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A membership with what is decided about it, by whom and why.

    `membership` is None, and `intact` False, when what was frozen doesn't open any more; `intact` is
    False too when the row says another group or reviewer than what was frozen.
    """

    number: int
    group: str
    reviewer: Reviewer
    membership: Membership | None
    decision: Decision
    decided_by: str
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    intact: bool

    @property
    def label(self) -> str:
        """The name of the person whose membership it is."""
        return self.membership.label if self.membership else "(unreadable)"

    @property
    def account(self) -> str:
        """The account's state when the review began, in words; "" when that can't be read."""
        person = self.membership
        if person is None:
            return ""
        return account_line(person.state or status_title(person.status), enabled=person.enabled)

    @property
    def why(self) -> tuple[str, ...]:
        """Why it is suggested to be revoked, in sentences; empty when it isn't."""
        return self.membership.why if self.membership else ()


def is_intact(item: CampaignItem) -> bool:
    """Whether the row still says what it said when the campaign began."""
    if item.person is None:
        return False
    frozen = (item.person["group"], item.person["reviewer"], bool(item.person["why"]))
    return frozen == (item.group, item.reviewer_id, item.suggested)


def review_items(store: Store, campaign: Campaign, items: Iterable[CampaignItem]) -> Iterator[ReviewItem]:
    """Rows of the store with their people, reviewers and reasons."""
    rows = list(items)
    entries = {row.decided_in for row in rows if row.decided_in}
    reasons = {entry.number: entry.reason for entry in store.campaigns.entries(campaign.id, entries)}
    reviewers = {reviewer.id: reviewer for reviewer in campaign.reviewers}
    for row in rows:
        yield ReviewItem(
            number=row.number,
            group=row.group,
            reviewer=reviewers.get(row.reviewer_id, UNKNOWN),
            membership=None if row.person is None else membership_of(row.person),
            decision=row.decision,
            decided_by=row.decided_by,
            decided_by_name=row.decided_by_name,
            decided_at=row.decided_at,
            reason=reasons.get(row.decided_in, ""),
            intact=is_intact(row),
        )


START = "start_review"


@dataclass(frozen=True, slots=True)
class IntegrityCheck:
    """What a check found: `problems` in sentences (none: all is as it was), and the hash as it is now."""

    problems: tuple[str, ...]
    population_hash: str

    @property
    def ok(self) -> bool:
        """True if nothing was altered."""
        return not self.problems

    @property
    def sentence(self) -> str:
        """The result in one line."""
        if self.ok:
            return "Unaltered: memberships and decisions are as they were frozen and recorded."
        return f"ALTERED: {' '.join(self.problems)}"


def check_integrity(store: Store, campaign: Campaign) -> IntegrityCheck:
    """Read the whole campaign and compare. Takes one or two seconds for 20,000 memberships."""
    return check_rows(
        store, campaign, list(store.campaigns.items(campaign.id)), store.campaigns.entries(campaign.id)
    )


def check_rows(
    store: Store, campaign: Campaign, items: Sequence[CampaignItem], entries: Sequence[DecisionEntry]
) -> IntegrityCheck:
    """`check` when all items and entries are read already."""
    now = population_hash(
        (item.person["group"], item.person["sub"], item.person["username"])
        for item in items
        if item.person is not None
    )
    problems = [
        *_of_population(store, campaign, items, now),
        *_of_decisions(campaign, items, entries),
        *_of_closing(store, campaign),
    ]
    return IntegrityCheck(tuple(problems), now)


def decisions_hash(outcomes: Sequence[DecidedItem]) -> str:
    """64 hex digits that stand for exactly these decisions."""
    lines = (
        "\t".join(
            (
                str(outcome.number),
                str(outcome.decision),
                outcome.decided_by,
                outcome.decided_at.isoformat() if outcome.decided_at else "",
                str(outcome.decided_in),
            )
        )
        for outcome in outcomes
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _of_population(
    store: Store, campaign: Campaign, items: Sequence[CampaignItem], now: str
) -> Iterator[str]:
    if not campaign.about:
        yield "What was noted about the start doesn't open any more."
    if len(items) != campaign.population:
        yield f"{campaign.population:,} memberships were frozen, and {len(items):,} are there."
    altered = sum(1 for item in items if not is_intact(item))
    if altered:
        yield f"{counted(altered, 'membership was', 'memberships were')} changed after the start."
    known = {campaign.population_hash, str(campaign.about.get("population_hash", campaign.population_hash))}
    logged = store.activity.search(limit=1, action=START, target=campaign.id)
    if logged:
        known.add(str(logged[0].after.get("population hash", "")))
    else:
        yield "The activity log has no line about the start."
    if known != {now}:
        yield "The checksum of the memberships is not the one that was noted at the start."


def _of_decisions(
    campaign: Campaign, items: Sequence[CampaignItem], entries: Sequence[DecisionEntry]
) -> Iterator[str]:
    if [entry.number for entry in entries] != list(range(1, campaign.decisions + 1)):
        yield "Records of decisions are missing."
    broken = sum(1 for entry in entries if not entry.intact)
    if broken:
        yield f"{counted(broken, 'record')} of decisions changed afterwards."
    newest: dict[int, DecisionEntry] = {}
    for entry in entries:
        for first, last in entry.ranges:
            newest.update(dict.fromkeys(range(first, last + 1), entry))
    differing = sum(1 for item in items if not _agrees(item, newest.get(item.number)))
    if differing:
        yield (
            f"{counted(differing, 'membership was', 'memberships were')} decided otherwise than the records "
            "of decisions say."
        )


def _agrees(item: CampaignItem, entry: DecisionEntry | None) -> bool:
    if entry is None or entry.decision is Decision.UNDECIDED:
        return item.decision is Decision.UNDECIDED and item.decided_in == 0
    return (item.decision, item.decided_by, item.decided_at, item.decided_in) == (
        entry.decision,
        entry.operator_id,
        entry.at,
        entry.number,
    )


def _of_closing(store: Store, campaign: Campaign) -> Iterator[str]:
    closing = campaign.closing
    if campaign.is_open:
        if closing:
            yield "It is signed already, and yet it is open."
        return
    if not closing:
        yield "What was signed at the end doesn't open any more."
        return
    closed_at = campaign.closed_at.isoformat() if campaign.closed_at else ""
    if (closing["closed_by"], closing["closed_at"]) != (campaign.closed_by, closed_at):
        yield "Somebody else, or another time, is named for the end."
    if closing["decisions_hash"] != decisions_hash(store.campaigns.outcomes(campaign.id)):
        yield "Decisions changed after the end."


def tally(outcomes: Sequence[DecidedItem]) -> dict[str, int]:
    """How many are decided how, by the decision's value; undecided ones under "undecided"."""
    counted = Counter(outcome.decision for outcome in outcomes)
    return {str(decision) or "undecided": counted[decision] for decision in Decision}
