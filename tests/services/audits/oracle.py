"""The audit rules once more: slowly, person by person, sharing no line with the real ones.

An independent reading of what each rule says in words, to hold the columns against.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from services.audits.thresholds import Thresholds
from services.cognito.models import Group, User, UserPool
from services.store.applications import Application

Finding = tuple[str, frozenset[str], str]
"""sub, groups, application."""


@dataclass(frozen=True)
class World:
    """A pool in plain objects. Times in it are whole milliseconds."""

    pool: UserPool
    users: tuple[User, ...]
    groups: tuple[Group, ...]
    memberships: Mapping[str, tuple[str, ...]]
    applications: tuple[Application, ...]
    thresholds: Thresholds
    now: datetime
    providers: frozenset[str] | None = None

    @cached_property
    def by_mailbox(self) -> dict[str, list[str]]:
        """Who has which mailbox."""
        owners: dict[str, list[str]] = {}
        for user in self.users:
            if user.attributes.get("email"):
                owners.setdefault(_mailbox(user.attributes["email"]), []).append(user.sub)
        return owners

    def made_here(self, mailbox: str) -> list[str]:
        """Whose profile with this mailbox no provider made."""
        own = {user.sub for user in self.users if user.status != "EXTERNAL_PROVIDER"}
        return [sub for sub in self.by_mailbox[mailbox] if sub in own]

    @cached_property
    def by_phone(self) -> dict[str, list[str]]:
        """Who has which number."""
        owners: dict[str, list[str]] = {}
        for user in self.users:
            owners.setdefault(user.attributes.get("phone_number", "").strip(), []).append(user.sub)
        return owners

    def holds(self, user: User) -> set[str]:
        return set(self.memberships.get(user.sub, ()))

    def counted(self, user: User) -> set[str]:
        """Groups without automatic ones, if those are ignored."""
        return {name for name in self.holds(user) if not self.automatic(name)}

    def automatic(self, name: str) -> bool:
        return self.thresholds.ignore_automatic and name.startswith(self.pool.id + "_") and (
            len(name) > len(self.pool.id) + 1
        )  # fmt: skip

    def members(self, name: str) -> list[User]:
        return [user for user in self.users if name in self.holds(user)]


def person(user: User, groups: Iterable[str] = ()) -> Finding:
    return (user.sub, frozenset(groups), "")


def group(name: str) -> Finding:
    return ("", frozenset({name}), "")


def expected(world: World) -> dict[str, set[Finding]]:
    """What every rule has to find, by its id."""
    found: dict[str, set[Finding]] = {
        "separation_of_duties": set(), "role_group": set(), "unverified_email": set(),
        "disabled_member": set(), "in_no_group": set(), "same_email": set(), "invitation_expired": set(),
        "application_open_to_nobody": set(), "near_limit": set(), "invitation_expiring": set(),
        "unconfirmed": set(), "reset_pending": set(), "unused_group_member": set(), "empty_group": set(),
        "equal_precedence": set(), "many_groups": set(), "same_phone": set(), "dormant": set(),
        "elsewhere_with_password": set(), "link_to_gone_provider": set(), "duplicate_by_federation": set(),
    }  # fmt: skip
    for user in world.users:
        _about_person(world, user, found)
    for listed in world.groups:
        _about_group(world, listed, found)
    for application in world.applications:
        if not any(user.enabled for name in application.allowed_groups for user in world.members(name)):
            allowed = frozenset(application.allowed_groups)
            found["application_open_to_nobody"].add(("", allowed, application.name))
    return found


def _about_person(world: World, user: User, found: dict[str, set[Finding]]) -> None:
    limits, mine, counted = world.thresholds, world.holds(user), world.counted(user)
    for first, other in limits.apart:
        if first in mine and other in mine:
            found["separation_of_duties"].add(person(user, (first, other)))
    roles = {listed.name for listed in world.groups if listed.role_arn} & mine
    if roles:
        found["role_group"].add(person(user, roles))
    if not user.enabled and counted:
        found["disabled_member"].add(person(user, counted))
    if not counted:
        found["in_no_group"].add(person(user))
    if len(mine) >= limits.near_limit:
        found["near_limit"].add(person(user, mine))
    if len(counted) > limits.most_groups:
        found["many_groups"].add(person(user, counted))
    if world.applications:
        unused = {
            name
            for name in counted
            if not any(name in application.allowed_groups for application in world.applications)
        }
        if unused:
            found["unused_group_member"].add(person(user, unused))
    _about_sign_in(world, user, found)
    _about_time(world, user, found)


def _about_sign_in(world: World, user: User, found: dict[str, set[Finding]]) -> None:
    email = user.attributes.get("email", "")
    used = "email" in world.pool.username_attributes or "email" in world.pool.alias_attributes
    signs_in = user.enabled and user.status in ("CONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED")
    if used and signs_in and email and user.attributes.get("email_verified", "").lower() != "true":
        found["unverified_email"].add(person(user))
    if email and len(world.by_mailbox[_mailbox(email)]) > 1:
        found["same_email"].add(person(user))
        if world.by_mailbox[_mailbox(email)] != world.made_here(_mailbox(email)):
            found["duplicate_by_federation"].add(person(user))
    through = _linked_with(user)
    if through and user.enabled and user.status in ("CONFIRMED", "FORCE_CHANGE_PASSWORD"):
        found["elsewhere_with_password"].add(person(user))
    there = {name.lower() for name in world.providers or ()}
    if world.providers is not None and any(name.lower() not in there for name in through):
        found["link_to_gone_provider"].add(person(user))
    phone = user.attributes.get("phone_number", "").strip()
    if phone and len(world.by_phone[phone]) > 1:
        found["same_phone"].add(person(user))


def _linked_with(user: User) -> list[str]:
    try:
        told = json.loads(user.attributes.get("identities", ""))
    except ValueError:
        return []
    return [entry["providerName"] for entry in told] if isinstance(told, list) else []


def _about_time(world: World, user: User, found: dict[str, set[Finding]]) -> None:
    limits = world.thresholds
    lasts = timedelta(days=world.pool.policy.temporary_days or 7)
    if user.status == "FORCE_CHANGE_PASSWORD" and max(user.created, user.changed) + lasts <= world.now:
        found["invitation_expired"].add(person(user))
    if not user.enabled:
        return

    def ago(days: int) -> datetime:
        return world.now - timedelta(days=days)

    earliest = user.created + lasts
    if user.status == "FORCE_CHANGE_PASSWORD" and world.now < earliest <= ago(-limits.expiring_days):
        found["invitation_expiring"].add(person(user))
    if user.status == "UNCONFIRMED" and user.created <= ago(limits.unconfirmed_days):
        found["unconfirmed"].add(person(user))
    if user.status == "RESET_REQUIRED" and user.changed <= ago(limits.reset_days):
        found["reset_pending"].add(person(user))
    if user.status in ("CONFIRMED", "EXTERNAL_PROVIDER") and user.changed <= ago(limits.dormant_days):
        found["dormant"].add(person(user))


def _about_group(world: World, listed: Group, found: dict[str, set[Finding]]) -> None:
    members = world.members(listed.name)
    if not members and not world.automatic(listed.name):
        found["empty_group"].add(group(listed.name))
    if listed.role_arn and not members:
        found["role_group"].add(group(listed.name))
    same = [other for other in world.groups if other is not listed and other.precedence == listed.precedence]
    if listed.precedence is not None and same:
        found["equal_precedence"].add(group(listed.name))


def _mailbox(address: str) -> str:
    address = address.strip().casefold()
    if "@" not in address:
        name, host = "", address
    else:
        cut = len(address) - 1 - address[::-1].index("@")
        name, host = address[:cut], address[cut:]
    before_plus = name.split("+")[0]
    return (before_plus if before_plus else name) + host
