"""A reviewer's part of a review in somebody else's hands: by themselves, the starter or an administrator.

Handed over is what is undecided; what is decided stays with whoever decided it. Nobody gets their own access
to decide on: that stays where it is. Every time is kept, sealed, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services.audits.reviews.items import is_intact
from services.audits.reviews.population import membership_of
from services.audits.reviews.start import is_same_person
from services.errors import InvalidValue, NotPermitted, ReviewError
from services.roles import Actor, Permission
from services.store.campaign_records import Campaign, Decision
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.store import Store

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Delegation:
    """One time that memberships went to another reviewer. JSON-ready by `facts`; names as they were then."""

    at: datetime
    by_name: str
    from_id: str
    from_name: str
    to_id: str
    to_name: str
    memberships: int
    reason: str

    def facts(self) -> Mapping[str, Any]:
        """What is sealed."""
        return {**asdict(self), "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Delegated:
    """What was handed over, and how many memberships stayed because they are the new reviewer's own."""

    delegation: Delegation
    stayed: int


def delegations_of(campaign: Campaign) -> tuple[Delegation, ...]:
    """Every time that part of a campaign went to another reviewer, in order."""
    return tuple(
        Delegation(**{**facts, "at": datetime.fromisoformat(facts["at"])})
        for facts in campaign.about.get("delegations", ())
    )


def may_hand_over(campaign: Campaign, actor: Actor, from_id: str) -> bool:
    """Whether the actor may hand over what this reviewer has to decide."""
    return actor.operator_id in (from_id, campaign.created_by) or actor.may(Permission.OPERATORS)


def delegation_of(
    store: Store, campaign: Campaign, actor: Actor, from_id: str, to_id: str, reason: str
) -> tuple[Delegation, list[int], int]:
    """What would be handed over, the numbers of its memberships, and how many stay; nothing is written.

    Raises `NotPermitted`, `InvalidValue` (fields: reason, to), `ReviewError`, `RecordNotFound`.
    """
    actor.require(Permission.READ)
    giver = campaign.reviewer(from_id)
    if giver is None:
        raise NotPermitted("This operator reviews nothing here; nothing was changed.")
    if not may_hand_over(campaign, actor, from_id):
        raise NotPermitted(
            f"What {giver.username} has to decide isn't yours to hand over; nothing was changed.",
            "Ask them, whoever started the review, or an administrator.",
        )
    _check_reason(reason)
    taker = _taker(store, from_id, to_id)
    numbers, stayed = _movable(store, campaign, from_id, taker)
    if not numbers:
        left = " but the new reviewer's own access" if stayed else ""
        raise ReviewError(
            f"{giver.username} has nothing left to decide{left}, so nothing was handed over.",
            "Choose somebody else.",
        )
    made = Delegation(
        utc_now(), actor.name, from_id, giver.username, taker.id, taker.username, len(numbers), reason
    )
    return made, numbers, stayed


def _check_reason(reason: str) -> None:
    if not reason:
        raise InvalidValue("Say why it is handed over. Nothing was changed.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidValue(f"The reason is longer than {LONGEST_REASON} characters.", field="reason")


def _taker(store: Store, from_id: str, to_id: str) -> Operator:
    if not to_id or to_id == from_id:
        raise InvalidValue("Choose another operator to decide. Nothing was changed.", field="to")
    taker = store.operators.get(to_id)
    if taker.disabled:
        raise InvalidValue(
            f"{taker.username} is disabled and can't sign in to review. Nothing was changed.",
            "Choose somebody else.",
            field="to",
        )
    return taker


def _movable(store: Store, campaign: Campaign, from_id: str, taker: Operator) -> tuple[list[int], int]:
    """The numbers of what can go to `taker`, and how many can't because they are their own."""
    numbers, own = [], 0
    for item in store.campaigns.items(campaign.id, reviewer=from_id, decision=Decision.UNDECIDED):
        if item.person is None or not is_intact(item):
            raise ReviewError(
                f"Membership {item.number} in {item.group} was altered after the start; nothing was changed.",
                "Find out who can write to the console's database.",
            )
        if is_same_person(taker, membership_of(item.person)):
            own += 1
        else:
            numbers.append(item.number)
    return numbers, own


def replaced_by(delegations: Sequence[Delegation], reviewer_id: str) -> str:
    """Whom a reviewer handed memberships to, and got some from; "" for neither."""
    given = [
        f"{given_over.memberships:,} to {given_over.to_name}"
        for given_over in delegations
        if given_over.from_id == reviewer_id
    ]
    got = [
        f"{given_over.memberships:,} from {given_over.from_name}"
        for given_over in delegations
        if given_over.to_id == reviewer_id
    ]
    return ", ".join([*given, *got])
