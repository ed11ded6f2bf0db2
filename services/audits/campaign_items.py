"""One membership of a running review, as people see it, and whether it still is as it was frozen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.audits.campaign_population import Membership, membership_of
from services.store.campaign_types import Campaign, CampaignItem, Decision, Reviewer
from services.store.store import Store

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
        """Whom it is about."""
        return self.membership.label if self.membership else "(unreadable)"

    @property
    def why(self) -> tuple[str, ...]:
        """Why it is suggested to be revoked, in sentences; empty when it isn't."""
        return self.membership.why if self.membership else ()


def is_intact(item: CampaignItem) -> bool:
    """Whether the row still says what was frozen."""
    if item.person is None:
        return False
    frozen = (item.person["group"], item.person["reviewer"], bool(item.person["why"]))
    return frozen == (item.group, item.reviewer_id, item.suggested)


def review_items(store: Store, campaign: Campaign, items: Iterable[CampaignItem]) -> Iterator[ReviewItem]:
    """Rows of the store with their people, reviewers and reasons."""
    rows = list(items)
    entries = {one.decided_in for one in rows if one.decided_in}
    reasons = {one.number: one.reason for one in store.campaigns.entries(campaign.id, entries)}
    reviewers = {one.id: one for one in campaign.reviewers}
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
