"""How far a review is, as a whole and for each reviewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.store.campaign_types import Campaign, Decision, Reviewer
from services.store.store import Store


@dataclass(frozen=True, slots=True)
class Share:
    """What one reviewer has to decide, and how far that is."""

    reviewer: Reviewer
    counts: Mapping[Decision, int]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.counts.values())

    @property
    def undecided(self) -> int:
        """What is left."""
        return self.counts.get(Decision.UNDECIDED, 0)

    @property
    def fraction(self) -> float:
        """0.0–1.0 is decided."""
        return (self.total - self.undecided) / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign and how far each reviewer is."""

    campaign: Campaign
    shares: tuple[Share, ...]

    def count(self, decision: Decision) -> int:
        """How many memberships are decided so."""
        return sum(one.counts.get(decision, 0) for one in self.shares)

    @property
    def fraction(self) -> float:
        """0.0–1.0 is decided."""
        total = self.campaign.population
        return (total - self.count(Decision.UNDECIDED)) / total if total else 1.0

    def share_of(self, operator_id: str) -> Share | None:
        """What this operator has to decide; None for somebody who is no reviewer."""
        return next((one for one in self.shares if one.reviewer.id == operator_id), None)


def standing(store: Store, campaign: Campaign) -> Standing:
    """How far a campaign is. Opens nothing that is sealed."""
    counts = store.campaigns.counts(campaign.id)
    shares = tuple(Share(one, counts.pop(one.id, {})) for one in campaign.reviewers)
    # rows that name nobody of the campaign: somebody altered them, and they must not vanish
    strangers = tuple(Share(Reviewer(id, f"unknown ({id})"), its) for id, its in counts.items())
    return Standing(campaign, shares + strangers)
