"""Review campaigns: started over a frozen population, decided by named reviewers, closed and signed off.

reviews = Reviews(store, who)
campaign = reviews.start(snapshot, NewReview("Billing, autumn", (sam.id,), deadline, ("billing",)), pool)
reviews.decide(campaign.id, [1, 2], Decision.REVOKE, "left the team")
reviews.close(campaign.id, "Reviewed with the head of billing.")
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from services.audits.reviews.delegation import Delegated, delegation_of
from services.audits.reviews.items import (
    DECISION_TITLES,
    START,
    IntegrityCheck,
    ReviewItem,
    check_integrity,
    decisions_hash,
    is_intact,
    review_items,
    tally,
)
from services.audits.reviews.population import membership_of
from services.audits.reviews.sign_off import SignOffRule
from services.audits.reviews.start import NewReview, PreparedReview, is_same_person, prepare
from services.audits.reviews.unanswered import answer
from services.directory.pool import PoolTables
from services.directory.snapshots import Snapshots
from services.errors import InvalidValue, NotPermitted, ReviewError
from services.roles import Actor, ActorSource, Permission
from services.store.activity import ActivityResult, NewActivity
from services.store.campaign_records import (
    Campaign,
    CampaignItem,
    Decided,
    Decision,
    ItemFilter,
    NewCampaign,
    NewDecision,
    Reviewer,
)
from services.store.columns import utc_now
from services.store.pools import PoolRecord
from services.store.store import Store

KIND = "review"
LONGEST_REASON = 500
LONGEST_REMARK = 2000


class Reviews:
    """Reviews for whoever `who` says is acting: reading needs READ, starting and closing REVIEW.

    Deciding needs no further right than to be the reviewer that the membership was given to.
    """

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def prepare(self, snapshot: PoolTables, review: NewReview, pool: PoolRecord) -> PreparedReview:
        """The campaign that `start` would begin; nothing is written. Raises as `start` does."""
        self._who().require(Permission.REVIEW)
        if snapshot.about.pool.id != pool.pool_id:
            raise ReviewError("The snapshot is of another user pool.", "Read this pool's directory first.")
        return prepare(self._store, snapshot, review, utc_now())

    def start(self, snapshot: PoolTables, review: NewReview, pool: PoolRecord) -> Campaign:
        """Freeze the population and open it for decisions, in one transaction.

        Raises `NotPermitted`, `InvalidValue`, and `ReviewError` (see `reviews.start.prepare`).
        """
        made = self.prepare(snapshot, review, pool)
        actor = self._who()
        actor.require(Permission.REVIEW)
        if not snapshot.about.id:  # a small pool, read whole: what a review stands on is kept
            snapshot = Snapshots(self._store).keep(snapshot, actor)
            made = self.prepare(snapshot, review, pool)
        reviewers = tuple(
            Reviewer(reviewer.id, reviewer.username, reviewer.name) for reviewer in made.reviewers
        )
        new = NewCampaign(
            pool_name=pool.name,
            title=made.title,
            scope=made.scope,
            reviewers=reviewers,
            snapshot_id=snapshot.about.id,
            population_hash=made.population_hash,
            deadline=made.deadline,
            created_by=actor.operator_id,
            created_by_name=actor.name,
            about=made.about,
        )
        with self._store.together():
            campaign = self._store.campaigns.create(new, made.items())
            facts = {
                "groups": ", ".join(made.groups),
                "application": made.application,
                "reviewers": ", ".join(reviewer.username for reviewer in reviewers),
                "memberships": campaign.population,
                "deadline": made.deadline.isoformat(timespec="minutes"),
                "if nobody answers": made.unanswered.words,
                "population hash": made.population_hash,
            }
            note(
                self._store,
                actor,
                campaign,
                START,
                after={key: value for key, value in facts.items() if value},
            )
        return campaign

    def of_pool(self, pool_name: str) -> tuple[CampaignProgress, ...]:
        """The campaigns of a pool, newest first, each with how far it is."""
        self._who().require(Permission.READ)
        return tuple(standing(self._store, campaign) for campaign in self._store.campaigns.of_pool(pool_name))

    def get(self, id: str) -> CampaignProgress:
        """One campaign. Raises `RecordNotFound`."""
        self._who().require(Permission.READ)
        return standing(self._store, self._store.campaigns.get(id))

    def groups(self, id: str, reviewer: str = "") -> dict[str, int]:
        """How many memberships each group has, of one reviewer (operator id) or of all."""
        self._who().require(Permission.READ)
        return self._store.campaigns.groups(id, reviewer)

    def results(self, id: str) -> dict[str, dict[Decision, int]]:
        """How many memberships of each group are decided how, in the order of the groups' names."""
        self._who().require(Permission.READ)
        found = self._store.campaigns.counts_by_group(id)
        return {group: found[group] for group in sorted(found, key=str.casefold)}

    def find(self, id: str, words: str = "", **filters: Unpack[ItemFilter]) -> list[int]:
        """The numbers of the memberships that fit, in order.

        `words` must all occur in the person, the group, the reason or a suggestion. With words
        everything is opened: about a second for 20,000 memberships.
        """
        self._who().require(Permission.READ)
        wanted = words.casefold().split()
        if not wanted:
            return self._store.campaigns.numbers(id, **filters)
        campaign = self._store.campaigns.get(id)
        rows = self._store.campaigns.items(id, **filters)
        found = ((item, _text(item)) for item in review_items(self._store, campaign, rows))
        return [item.number for item, text in found if all(word in text for word in wanted)]

    def items(self, id: str, numbers: Collection[int]) -> list[ReviewItem]:
        """These memberships, in order, with people and reasons."""
        self._who().require(Permission.READ)
        campaign = self._store.campaigns.get(id)
        return list(review_items(self._store, campaign, self._store.campaigns.items_by_number(id, numbers)))

    def check(self, id: str) -> IntegrityCheck:
        """Whether anything was altered behind the console's back."""
        self._who().require(Permission.READ)
        return check_integrity(self._store, self._store.campaigns.get(id))

    def decide(self, id: str, numbers: Sequence[int], decision: Decision, reason: str = "") -> Decided | None:
        """Decide on several memberships at once, or take decisions back (`UNDECIDED`); all or none.

        A reason is demanded for revoking, and for keeping what is suggested to be revoked. None
        when everything is decided so already, for the same reason. Raises `NotPermitted` for
        memberships of other reviewers and for one's own access, `ReviewError` once the campaign is
        closed, `InvalidValue` without a reason; nothing is changed then.
        """
        actor, reason = self._who(), reason.strip()
        actor.require(Permission.READ)
        campaign = self._store.campaigns.get(id)
        if campaign.reviewer(actor.operator_id) is None:
            raise NotPermitted(
                "You are not a reviewer of this campaign; nothing was changed.",
                "Only the reviewers named at the start decide.",
            )
        wanted = sorted(set(numbers))
        items = list(self._store.campaigns.items_by_number(id, wanted))
        if not wanted or len(items) != len(wanted):
            raise ReviewError("There are no such memberships in this review.", "Refresh the page.")
        self._check_own(actor, items)
        _check_reason(items, decision, reason)
        if campaign.is_open and self._is_so(campaign, items, decision, reason):
            return None
        with self._store.together():
            new = NewDecision(decision, actor.operator_id, actor.name, reason)
            decided = self._store.campaigns.decide(id, wanted, new)
            before = ", ".join(
                f"{DECISION_TITLES[decision].lower()}: {decided.before[decision]:,}"
                for decision in Decision
                if decision in decided.before
            )
            facts = {
                "memberships": decided.items,
                "decision": DECISION_TITLES[decision].lower(),
                "reason": reason,
                "groups": ", ".join(sorted({item.group for item in items})[:20]),
                "record": decided.number,
            }
            after = {key: value for key, value in facts.items() if value}
            note(self._store, actor, campaign, "decide_review", before={"decision": before}, after=after)
        return decided

    def delegate(self, id: str, from_id: str, to_id: str, reason: str) -> Delegated:
        """Hand what a reviewer has left to decide to another operator.

        Raises as `delegation.delegation_of`, and `ReviewError` once the campaign is closed.
        """
        actor = self._who()
        campaign = self._store.campaigns.get(id)
        made, numbers, stayed = delegation_of(self._store, campaign, actor, from_id, to_id, reason.strip())
        taker = self._store.operators.get(to_id)
        with self._store.together():
            to = Reviewer(taker.id, taker.username, taker.name)
            campaign = self._store.campaigns.delegate(id, numbers, from_id, to, made.facts())
            after = {
                "from": made.from_name,
                "to": made.to_name,
                "memberships": made.memberships,
                "reason": made.reason,
            }
            note(self._store, actor, campaign, "delegate_review", after=after)
        return Delegated(made, stayed)

    def close(self, id: str, remark: str = "") -> Campaign:
        """End a campaign and sign it off. What is undecided is decided as its rule says, or stays so.

        Raises `NotPermitted`, also for whoever started it where another has to sign it off; `ReviewError`
        when it is closed already.
        """
        actor, remark = self._who(), remark.strip()
        actor.require(Permission.REVIEW)
        if len(remark) > LONGEST_REMARK:
            raise InvalidValue(f"The note is longer than {LONGEST_REMARK:,} characters.", field="note")
        campaign = self._store.campaigns.get(id)
        SignOffRule.stored(self._store).require(campaign, actor)
        problems = check_integrity(self._store, campaign).problems
        with self._store.together():
            if campaign.is_open:
                answer(self._store, campaign, actor, "by the end")
            campaign = self._store.campaigns.close(id, actor.operator_id, actor.name)
            outcomes = self._store.campaigns.outcomes(id)
            closed_at = campaign.closed_at.isoformat() if campaign.closed_at else ""
            counts = tally(outcomes)
            self._store.campaigns.set_closing(
                id,
                {
                    "closed_by": actor.operator_id,
                    "closed_by_name": actor.name,
                    "closed_at": closed_at,
                    "note": remark,
                    "counts": counts,
                    "decisions_hash": decisions_hash(outcomes),
                    "problems": list(problems),
                },
            )
            after = {**counts, "note": remark} if remark else counts
            note(self._store, actor, campaign, "close_review", after=after)
        return self._store.campaigns.get(id)

    def _check_own(self, actor: Actor, items: Sequence[CampaignItem]) -> None:
        operator = self._store.operators.get(actor.operator_id)
        for item in items:
            if item.person is None or not is_intact(item):
                raise ReviewError(
                    f"Membership {item.number} in {item.group} was altered after the start; "
                    "nothing was changed.",
                    "Find out who can write to the console's database.",
                )
            person = membership_of(item.person)
            if item.reviewer_id != actor.operator_id:
                raise NotPermitted(
                    f"{person.label} in {item.group} is for another reviewer to decide; nothing was changed."
                )
            if is_same_person(operator, person):
                raise NotPermitted(
                    f"{person.label} is you, and nobody reviews their own access; nothing was changed.",
                    "Leave it undecided and tell whoever started the review.",
                )

    def _is_so(
        self, campaign: Campaign, items: Sequence[CampaignItem], decision: Decision, reason: str
    ) -> bool:
        if any(item.decision is not decision for item in items):
            return False
        entries = self._store.campaigns.entries(campaign.id, {item.decided_in for item in items})
        return all(entry.reason == reason for entry in entries)


def note(
    store: Store,
    actor: Actor,
    campaign: Campaign,
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> str:
    """Write into the activity log what was done with a campaign. Reasons stand among the sealed facts."""
    line = NewActivity(
        actor,
        action,
        pool=campaign.pool_name,
        target_kind=KIND,
        target_id=campaign.id,
        target_name=campaign.title,
        before=before or {},
        job_id=campaign.job_id,
    )
    return store.activity.record(line, ActivityResult.DONE, after)


def _check_reason(items: Sequence[CampaignItem], decision: Decision, reason: str) -> None:
    if len(reason) > LONGEST_REASON:
        raise InvalidValue(f"The reason is longer than {LONGEST_REASON} characters.", field="reason")
    if reason or decision is Decision.UNDECIDED:
        return
    if decision is Decision.REVOKE:
        raise InvalidValue("Say why it should be revoked. Nothing was changed.", field="reason")
    against = sum(1 for item in items if item.suggested)
    if against:
        single = against == 1
        raise InvalidValue(
            f"{'One' if single else f'{against:,}'} of these {'is' if single else 'are'} "
            "suggested to be revoked. "
            f"Say why to keep {'it' if single else 'them'} all the same. Nothing was changed.",
            field="reason",
        )


def _text(item: ReviewItem) -> str:
    person = item.membership
    parts = [item.group, item.reason, *item.why]
    if person is not None:
        parts += [person.label, person.name, person.username, person.email, person.sub]
    return " ".join(parts).casefold()


@dataclass(frozen=True, slots=True)
class ReviewerShare:
    """What one reviewer has to decide, and how far that is."""

    reviewer: Reviewer
    counts: Mapping[Decision, int]

    @property
    def total(self) -> int:
        """How many memberships the reviewer has to decide."""
        return sum(self.counts.values())

    @property
    def undecided(self) -> int:
        """How many of them aren't decided yet."""
        return self.counts.get(Decision.UNDECIDED, 0)

    @property
    def fraction(self) -> float:
        """The part of the memberships that is decided, 0.0 to 1.0."""
        return (self.total - self.undecided) / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """A campaign and how far each reviewer is."""

    campaign: Campaign
    shares: tuple[ReviewerShare, ...]

    def count(self, decision: Decision) -> int:
        """How many memberships have this decision."""
        return sum(share.counts.get(decision, 0) for share in self.shares)

    @property
    def fraction(self) -> float:
        """The part of the memberships that is decided, 0.0 to 1.0."""
        total = self.campaign.population
        return (total - self.count(Decision.UNDECIDED)) / total if total else 1.0

    def share_of(self, operator_id: str) -> ReviewerShare | None:
        """What this operator has to decide; None for somebody who is no reviewer."""
        return next((share for share in self.shares if share.reviewer.id == operator_id), None)


def standing(store: Store, campaign: Campaign) -> CampaignProgress:
    """How many memberships of a campaign each reviewer has decided. Opens nothing that is sealed."""
    counts = store.campaigns.counts(campaign.id)
    shares = tuple(ReviewerShare(reviewer, counts.pop(reviewer.id, {})) for reviewer in campaign.reviewers)
    # rows that name nobody of the campaign: somebody altered them, and they must not vanish
    strangers = tuple(ReviewerShare(Reviewer(id, f"unknown ({id})"), its) for id, its in counts.items())
    return CampaignProgress(campaign, shares + strangers)
