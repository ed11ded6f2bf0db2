"""Seeing off somebody who leaves: signed out everywhere, disabled, in no group; each part can be left out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from services.cognito.actions import (
    DeleteUser,
    DisableUser,
    PersonChange,
    RemoveFromGroup,
    SignOutUser,
    read_only,
)
from services.cognito.group_rules import provider_of
from services.cognito.models import User, UserPool, UserStatus
from services.store.store import Store

if TYPE_CHECKING:
    from services.directory.pool import PoolTables


class LeaverPart(StrEnum):
    """What can be done to somebody who leaves; the words are what a terminal takes."""

    SIGN_OUT = "sign-out"
    DISABLE = "disable"
    GROUPS = "groups"

    @property
    def kind(self) -> type[PersonChange]:
        """The class of action that carries it out."""
        return {self.SIGN_OUT: SignOutUser, self.DISABLE: DisableUser, self.GROUPS: RemoveFromGroup}[self]

    @property
    def choice(self) -> str:
        """What stands beside its tick: “Sign out everywhere”."""
        titles = {
            self.SIGN_OUT: "Sign out everywhere",
            self.DISABLE: "Disable",
            self.GROUPS: "Take out of all groups",
        }
        return titles[self]


def leaving(
    user: User, groups: Collection[str], parts: Collection[str], pool: UserPool
) -> list[PersonChange]:
    """The changes that see somebody off, in their order, as far as it isn't so already.

    `groups` are those they are in; the ones that identity providers keep stay. Disabling signs out too
    (API reference, AdminDisableUser), so whoever is disabled isn't signed out.
    """
    changes: list[PersonChange] = []
    if user.enabled:
        # nobody has ever signed in as somebody unconfirmed
        signed_in = user.status is not UserStatus.UNCONFIRMED
        if LeaverPart.SIGN_OUT in parts and signed_in:
            changes.append(SignOutUser.on_user(user))
        if LeaverPart.DISABLE in parts:
            changes.append(DisableUser.on_user(user))
    if LeaverPart.GROUPS in parts:
        changes += [
            RemoveFromGroup(user.ref, name) for name in sorted(groups) if not provider_of(name, pool.id)
        ]
    return changes


def why_not_leaving(user: User, groups: Collection[str], pool: UserPool) -> str:
    """Why nobody needs to, or can, see this person off; "" where it makes sense."""
    if reason := read_only(user):
        return reason
    return "" if leaving(user, groups, tuple(LeaverPart), pool) else "Has left already."


def left_since(store: Store, pool_name: str, pool: PoolTables, since: datetime) -> list[datetime]:
    """When people left by this console's own log: deleted here, or disabled here and still so.

    Who left in another way is in no log of ours. One moment for each person. Raises the store's errors.
    """
    deleted = store.activity.last_done([pool_name], [DeleteUser.action], since=since)
    disabled = store.activity.last_done([pool_name], [DisableUser.action], since=since)
    perhaps = [sub for sub in disabled if sub not in deleted]
    query = "SELECT sub FROM users WHERE NOT enabled AND sub IN (SELECT unnest($subs::VARCHAR[]))"
    still = {sub for (sub,) in pool.rows(query, subs=perhaps)} if perhaps else set()
    return [*deleted.values(), *(disabled[sub] for sub in perhaps if sub in still)]
