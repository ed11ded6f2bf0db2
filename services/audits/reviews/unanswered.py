"""What becomes of memberships that nobody decides on: chosen at the start, applied when time is up.

At the deadline, and at the end for what is left then, the memberships still undecided are decided as the
review says. Such a decision names nobody, can be changed by the reviewer until the end, and is counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.campaign_records import Campaign, Decision, NewDecision
from services.store.columns import utc_now
from services.store.store import Store
from services.words import NamedInWords, counted
from services.work.task import Task, WorkGround

NOBODY = "nobody, by the rule of the review"
"""Who has decided, where the review itself did."""
_ACTOR = Actor("reviews", "Reviews", Role.ADMIN, Origin.SCHEDULE)


class Unanswered(NamedInWords):
    """What a review does with memberships that nobody decides on."""

    UNDECIDED = "undecided", "Leave them undecided"
    KEEP = "keep", "Keep them"
    REVOKE = "revoke", "Revoke them"
    SUGGESTION = "suggestion", "Take the suggestion (revoke what is suggested, keep the rest)"


def rule_of(campaign: Campaign) -> Unanswered:
    """What was chosen at the start; reviews of earlier releases leave it undecided."""
    return Unanswered(campaign.about.get("unanswered", Unanswered.UNDECIDED))


def is_by_rule(decision: Decision, decided_by: str) -> bool:
    """Whether a membership was decided by the review's own rule."""
    return decision is not Decision.UNDECIDED and not decided_by


def answered_by_rule(store: Store, campaign: Campaign) -> int:
    """How many memberships stand as the rule decided them."""
    outcomes = store.campaigns.outcomes(campaign.id)
    return sum(is_by_rule(outcome.decision, outcome.decided_by) for outcome in outcomes)


def answer(store: Store, campaign: Campaign, actor: Actor, why: str) -> int:
    """Decide what is undecided in an open campaign as its rule says; how many memberships that were.

    `why` says on what occasion, as a clause. Raises `ReviewError` when it was closed meanwhile.
    """
    rule, done = rule_of(campaign), {}
    with store.together():
        for decision, suggested in _parts(rule):
            new = NewDecision(decision, "", NOBODY, f"Nobody had answered {why}.")
            number = store.campaigns.decide_rest(campaign.id, new, suggested)
            if number:
                done[str(decision)] = number
        if done:
            line = NewActivity(
                actor,
                "answer_review",
                pool=campaign.pool_name,
                target_kind="review",
                target_id=campaign.id,
                target_name=campaign.title,
            )
            store.activity.record(line, ActivityResult.DONE, {**done, "rule": rule.words})
    return sum(done.values())


def _parts(rule: Unanswered) -> Iterator[tuple[Decision, bool | None]]:
    """Which decision is made about what: suggested to be revoked, not suggested, or either."""
    if rule is Unanswered.KEEP:
        yield Decision.KEEP, None
    elif rule is Unanswered.REVOKE:
        yield Decision.REVOKE, None
    elif rule is Unanswered.SUGGESTION:
        yield Decision.REVOKE, True
        yield Decision.KEEP, False


def answer_overdue(store: Store, now: datetime) -> int:
    """Decide what nobody decided on in reviews whose deadline is over; how many memberships that were."""
    return sum(
        answer(store, campaign, _ACTOR, "by the deadline") for campaign in store.campaigns.waiting_since(now)
    )


def summary(store: Store, campaign: Campaign) -> str:
    """What the review does, or did, with what nobody decides on; a sentence."""
    rule = rule_of(campaign)
    if rule is Unanswered.UNDECIDED:
        return "What nobody decides on stays undecided."
    count = answered_by_rule(store, campaign)
    chosen = f"If nobody answers: {rule.words[0].lower()}{rule.words[1:]}."
    return f"{chosen} {counted(count, 'membership was', 'memberships were')} decided so." if count else chosen


def look_at_unanswered(ground: WorkGround) -> None:
    """Decide what nobody decided on where a deadline is over."""
    answer_overdue(ground.store, utc_now())


ANSWER_OVERDUE = Task("answer_overdue", look_at_unanswered, every=60, at_start=True)
