"""From findings to a plan of the bulk engine that fixes them. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from services.audits.audit import refs
from services.audits.rule import Fix, FixGroups, RuleResult
from services.bulk.model import Plan
from services.bulk.plan import plan_for_people
from services.bulk.reading import Progress, no_progress
from services.bulk.row_actions import RowAction
from services.cognito.actions import AddToGroup
from services.cognito.gateway import CognitoGateway
from services.directory.pool import PoolTables
from services.errors import InvalidValue
from services.words import people


def choices(result: RuleResult, fix: Fix, snapshot: PoolTables) -> list[str]:
    """The groups from which an operator chooses for this fix; empty when there is nothing to choose."""
    if fix.groups is not FixGroups.CHOSEN:
        return []
    adding = fix.kind is AddToGroup
    return sorted(snapshot.group_names if adding else result.groups, key=str.casefold)


def fix_plan(
    gateway: CognitoGateway,
    snapshot: PoolTables,
    result: RuleResult,
    fix: Fix,
    subs: Sequence[str],
    *,
    groups: Sequence[str] = (),
    reason: str = "",
    pool_name: str = "",
    progress: Progress = no_progress,
) -> Plan:
    """The plan of `fix` for the people `subs` found by `result`; `groups` where the operator chooses.

    People are read anew, so what has changed since the snapshot is noticed. Nobody leaves a group that
    isn't part of the finding about them. Raises `InvalidValue` when nothing is chosen, `RecordNotFound`
    for somebody who isn't in the snapshot, and the gateway's errors.
    """
    if not subs:
        raise InvalidValue("Nobody is chosen.", "Choose at least one person.")
    if fix.groups is FixGroups.CHOSEN and not groups:
        raise InvalidValue("No group is chosen.", "Choose at least one group.", field="groups")
    plan = plan_for_people(
        gateway,
        refs(snapshot, subs),
        RowAction.of(fix.kind),
        groups=_groups(result, fix, subs, groups),
        attributes=dict(fix.attributes),
        title=f"{result.rule.title}: {fix.title[:1].lower()}{fix.title[1:]} ({people(len(subs))})",
        pool_name=pool_name,
        progress=progress,
    )
    return replace(plan, rows=tuple(replace(row, note=reason) for row in plan.rows)) if reason else plan


def _groups(
    result: RuleResult, fix: Fix, subs: Collection[str], chosen: Sequence[str]
) -> Sequence[str] | Mapping[str, Sequence[str]]:
    """Which groups the fix means: the same for everybody, or by sub those of the person's own findings."""
    if fix.groups is FixGroups.NONE:
        return ()
    if fix.kind is AddToGroup:
        return tuple(chosen)
    wanted = set(subs)
    own: dict[str, tuple[str, ...]] = dict.fromkeys(subs, ())
    for sub, names in zip(result.findings["sub"], result.findings["groups"], strict=True):
        if sub in wanted:
            mine = names if fix.groups is FixGroups.FOUND else [name for name in names if name in chosen]
            own[sub] = tuple(dict.fromkeys((*own[sub], *mine)))
    return own
