"""Every audit rule, the gravest first. A new one is a file here and a line below."""

from __future__ import annotations

from collections.abc import Iterable

from services.audits.rule import Rule
from services.audits.rules.application_open_to_nobody import ApplicationOpenToNobody
from services.audits.rules.disabled_member import DisabledMember
from services.audits.rules.dormant import Dormant
from services.audits.rules.empty_group import EmptyGroup
from services.audits.rules.equal_precedence import EqualPrecedence
from services.audits.rules.in_no_group import InNoGroup
from services.audits.rules.invitation_expired import InvitationExpired
from services.audits.rules.invitation_expiring import InvitationExpiring
from services.audits.rules.many_groups import ManyGroups
from services.audits.rules.near_limit import NearLimit
from services.audits.rules.reset_pending import ResetPending
from services.audits.rules.role_group import RoleGroup
from services.audits.rules.same_email import SameEmail
from services.audits.rules.same_phone import SamePhone
from services.audits.rules.separation_of_duties import SeparationOfDuties
from services.audits.rules.unconfirmed import Unconfirmed
from services.audits.rules.unused_group_member import UnusedGroupMember
from services.audits.rules.unverified_email import UnverifiedEmail
from services.errors import InvalidValue

RULES: tuple[Rule, ...] = (
    SeparationOfDuties(),
    RoleGroup(),
    UnverifiedEmail(),
    DisabledMember(),
    InNoGroup(),
    SameEmail(),
    InvitationExpired(),
    ApplicationOpenToNobody(),
    NearLimit(),
    InvitationExpiring(),
    Unconfirmed(),
    ResetPending(),
    UnusedGroupMember(),
    EmptyGroup(),
    EqualPrecedence(),
    ManyGroups(),
    SamePhone(),
    Dormant(),
)


def rules_named(ids: Iterable[str]) -> tuple[Rule, ...]:
    """The rules with these ids (hyphens count as underscores), or all if none is named.

    Raises `InvalidValue` for an unknown one.
    """
    wanted = {one.strip().replace("-", "_") for one in ids}
    known = {rule.id for rule in RULES}
    for unknown in sorted(wanted - known):
        raise InvalidValue(f"There is no rule “{unknown}”.", f"Rules: {', '.join(sorted(known))}.")
    return tuple(rule for rule in RULES if not wanted or rule.id in wanted)
