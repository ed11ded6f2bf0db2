"""What a review revoked, as one plan of the bulk engine: each person leaves the right groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from services.audits.reviews.items import check_integrity, review_items
from services.bulk.control import delete_plan
from services.bulk.model import Plan
from services.bulk.plan import plan_for_people
from services.bulk.reading import Progress, no_progress
from services.bulk.row_actions import REMOVE_FROM_GROUPS
from services.bulk.saved import save_plan
from services.cognito.models import PersonRef
from services.errors import RecordNotFound, ReviewError
from services.gateways import target_of
from services.pool_session import PoolSession
from services.roles import Actor, Permission
from services.store.campaign_records import Campaign, Decision
from services.store.jobs import Job
from services.store.store import Store


@dataclass
class Revoked:
    """One person and the groups to leave: group → who decided and why."""

    person: PersonRef
    groups: dict[str, str] = field(default_factory=dict)


def revoked(store: Store, campaign: Campaign) -> Mapping[str, Revoked]:
    """Everybody who is to leave groups, by sub. What is undecided isn't among it."""
    found: dict[str, Revoked] = {}
    rows = store.campaigns.items(campaign.id, decision=Decision.REVOKE)
    for item in review_items(store, campaign, rows):
        membership = item.membership
        if membership is not None:
            person = PersonRef(membership.username, membership.sub, membership.label)
            mine = found.setdefault(membership.sub, Revoked(person))
            mine.groups[membership.group] = f"{item.decided_by_name}: {item.reason}"
    return found


def plan_of(store: Store, campaign: Campaign) -> Job | None:
    """The job that the revocations became; None when there is none, or it was thrown away."""
    if not campaign.job_id:
        return None
    try:
        return store.jobs.get(campaign.job_id)
    except RecordNotFound:
        return None


def plan_revocations(
    store: Store, campaign_id: str, pool_session: PoolSession, actor: Actor, progress: Progress = no_progress
) -> Plan:
    """Compare the revocations with the pool as it is now. Nothing is written.

    Whoever has left a group meanwhile is left alone. Raises `NotPermitted`; `ReviewError` while the
    campaign is open, when it was altered, planned already or revoked nothing; the gateway's errors.
    """
    campaign = _ready(store, campaign_id, pool_session, actor)
    wanted = revoked(store, campaign)
    if not wanted:
        raise ReviewError("Nothing was revoked in this review, so there is nothing to plan.")
    plan = plan_for_people(
        pool_session.gateway,
        [revocation.person for revocation in wanted.values()],
        REMOVE_FROM_GROUPS,
        groups={sub: tuple(revocation.groups) for sub, revocation in wanted.items()},
        title=f"Revoked in the review “{campaign.title}”",
        pool_name=pool_session.pool.name,
        progress=progress,
    )
    whose = list(wanted.values())
    return replace(plan, rows=tuple(replace(row, note=_note(whose[row.row - 1].groups)) for row in plan.rows))


def save_revocations(
    store: Store, campaign_id: str, plan: Plan, pool_session: PoolSession, actor: Actor
) -> Job:
    """Keep the plan as the one plan of its campaign, for anybody with the right to start it.

    Raises as `plan_revocations`; `ReviewError` also when somebody else was first.
    """
    campaign = _ready(store, campaign_id, pool_session, actor)
    job = save_plan(store, plan, target=asdict(target_of(pool_session.pool)), actor=actor)
    if not store.campaigns.set_job(campaign_id, job.id, instead_of=campaign.job_id):
        delete_plan(store, job.id, actor)
        raise _planned_already()
    return job


def _ready(store: Store, campaign_id: str, pool_session: PoolSession, actor: Actor) -> Campaign:
    actor.require(Permission.BULK)
    actor.require(Permission.USER_MEMBERSHIP)
    campaign = store.campaigns.get(campaign_id)
    if campaign.is_open:
        raise ReviewError(
            "The review is still open; its decisions can change.",
            "Close it first, then plan what it revoked.",
        )
    if plan_of(store, campaign) is not None:
        raise _planned_already()
    found = check_integrity(store, campaign)
    if not found.ok:
        raise ReviewError(
            f"The review was altered, so nothing is planned from it. {' '.join(found.problems)}",
            "Find out who can write to the console's database, and review again.",
        )
    if campaign.about["pool_id"] != pool_session.pool.pool_id:
        raise ReviewError(
            f"The review was about another user pool than {pool_session.pool.name} is now. "
            "Nothing was planned.",
            "Choose the pool that was reviewed.",
        )
    return campaign


def _planned_already() -> ReviewError:
    return ReviewError("The revocations of this review are a plan already.", "Open it on the Jobs page.")


def _note(groups: Mapping[str, str]) -> str:
    return "; ".join(f"{group}: {why}" for group, why in sorted(groups.items()))
