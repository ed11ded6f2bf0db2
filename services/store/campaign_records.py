"""What a review campaign consists of: memberships as they stood at its start, reviewers, and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict

Facts = Mapping[str, Any]


class CampaignState(StrEnum):
    """Whether decisions can still be made."""

    OPEN = "open"
    CLOSED = "closed"


class Decision(StrEnum):
    """What is decided about one membership."""

    UNDECIDED = ""
    KEEP = "keep"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """An operator who decides, as called when the campaign started."""

    id: str
    username: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """What makes a campaign. `scope` is JSON-ready; `about` too, and sealed."""

    pool_name: str
    title: str
    scope: Facts
    reviewers: tuple[Reviewer, ...]
    snapshot_id: str
    population_hash: str
    deadline: datetime
    created_by: str
    created_by_name: str
    about: Facts


@dataclass(frozen=True, slots=True)
class NewItem:
    """One membership to decide on. `person` holds everything about it as frozen (JSON-ready, sealed)."""

    reviewer_id: str
    group: str
    suggested: bool
    person: Facts


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as stored. `about` and `closing` are empty, and `altered` says so, when they don't open.

    `decisions` counts how often somebody has decided; `job_id` is the plan of its revocations, or "".
    """

    id: str
    pool_name: str
    title: str
    state: CampaignState
    scope: Facts
    reviewers: tuple[Reviewer, ...]
    snapshot_id: str
    population_hash: str
    population: int
    created_by: str
    created_by_name: str
    created_at: datetime
    deadline: datetime
    closed_by: str
    closed_by_name: str
    closed_at: datetime | None
    decisions: int
    job_id: str
    about: Facts = field(default_factory=dict, repr=False)
    closing: Facts = field(default_factory=dict, repr=False)
    altered: bool = False

    @property
    def is_open(self) -> bool:
        """True while decisions can be made and changed."""
        return self.state is CampaignState.OPEN

    def is_overdue(self, now: datetime) -> bool:
        """True if it should have been closed by `now`."""
        return self.is_open and self.deadline < now

    def reviewer(self, id: str) -> Reviewer | None:
        """The reviewer with this operator id."""
        return next((reviewer for reviewer in self.reviewers if reviewer.id == id), None)


@dataclass(frozen=True, slots=True)
class CampaignItem:
    """One membership and what is decided about it. `person` is None when its seal is broken."""

    number: int
    reviewer_id: str
    group: str
    suggested: bool
    decision: Decision
    decided_by: str
    decided_by_name: str
    decided_at: datetime | None
    decided_in: int
    person: Facts | None = field(default=None, repr=False)


class DecidedItem(NamedTuple):
    """What is decided about one item: by whom (operator id), when, and in which entry."""

    number: int
    decision: Decision
    decided_by: str
    decided_at: datetime | None
    decided_in: int


@dataclass(frozen=True, slots=True)
class NewDecision:
    """One decision about several items, as somebody makes it."""

    decision: Decision
    operator_id: str
    operator_name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One time that somebody decided. `ranges` are the items' numbers, both ends included.

    `intact` is False when what was sealed doesn't open or says something else than the row.
    """

    number: int
    operator_id: str
    operator_name: str
    at: datetime
    decision: Decision
    reason: str
    ranges: tuple[tuple[int, int], ...]
    intact: bool = True


@dataclass(frozen=True, slots=True)
class Decided:
    """What one decision did: `number` of its entry, how many items, and what they were before."""

    number: int
    items: int
    before: Mapping[Decision, int]


class ItemFilter(TypedDict, total=False):
    """Which items; everything given must hold. Empty values are not looked at."""

    reviewer: str
    group: str
    decision: Decision | None
    suggested: bool | None
