"""When temporary passwords were set, as far as this console's log tells.

AWS keeps no such date: `UserLastModifiedDate` moves on every edit (API reference, UserType). What was
done here, by hand or by a file, stands in the activity log: which invitations were sent and passwords
set. An edit made here hides the date before it, and so whether somebody elsewhere had set a password by then:
it makes an invitation neither younger nor certainly expired.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa

from services.cognito.actions import ACTIONS
from services.cognito.models import PasswordPolicy, User, UserStatus
from services.directory.pool import PoolTables
from services.directory.snapshot import TIME
from services.store.columns import utc_now
from services.store.store import Store

LOOK_BACK = timedelta(days=30)
"""How much further back than a temporary password is valid the log is read."""


@dataclass(frozen=True, slots=True)
class InvitationLog:
    """What the log of a console knows of the temporary passwords of one pool."""

    store: Store
    pool_id: str
    pool_name: str

    def of_users(self, users: Iterable[User], policy: PasswordPolicy) -> list[User]:
        """People with what is known of their temporary passwords. Raises the store's errors."""
        listed = list(users)
        subs = [user.sub for user in listed if user.status is UserStatus.FORCE_CHANGE_PASSWORD]
        known = self._known(policy, subs) if subs else {}
        return [told(user, known[user.sub]) if user.sub in known else user for user in listed]

    def tell(self, pool: PoolTables, until: datetime | None = None) -> None:
        """Write into the tables what is known of everybody's, or was at `until`. Raises as `of_users`."""
        known = self._known(pool.about.pool.policy, until=until)
        if not known:
            return
        invited = pool.rows(
            "SELECT row, sub, created, changed FROM users WHERE status = $status "
            "AND sub IN (SELECT unnest($subs::VARCHAR[]))",
            status=str(UserStatus.FORCE_CHANGE_PASSWORD),
            subs=list(known),
        )
        spans = [_span(created, changed, known[sub]) for _, sub, created, changed in invited]
        pool.put_invitations(
            pa.table(
                {
                    "row": pa.array([row for row, *_ in invited], pa.int32()),
                    "invited_from": pa.array([first for first, _ in spans], TIME),
                    "invited_until": pa.array([last for _, last in spans], TIME),
                }
            )
        )

    def _known(
        self, policy: PasswordPolicy, subs: Collection[str] | None = None, until: datetime | None = None
    ) -> Mapping[str, datetime]:
        """By sub, when a temporary password was last set here."""
        valid = timedelta(days=policy.valid_days)
        return self.store.activity.last_done(
            self._pools(),
            [name for name, kind in ACTIONS.items() if kind.invites],
            since=(until or utc_now()) - valid - LOOK_BACK,
            until=until,
            targets=subs,
        )

    def last_done(self, sub: str, actions: Collection[str]) -> datetime | None:
        """When one of these actions was last done to somebody here, of late. Raises the store's errors."""
        since = utc_now() - LOOK_BACK
        return self.store.activity.last_done(self._pools(), actions, since=since, targets=[sub]).get(sub)

    def _pools(self) -> set[str]:
        """What the pool is called in the log."""
        return {pool.name for pool in self.store.pools.list() if pool.pool_id == self.pool_id} | {
            self.pool_name
        }


def told(user: User, known: datetime) -> User:
    """The person whose temporary password was set here at `known`."""
    first, last = _span(user.created, user.changed, known)
    return replace(user, invited_from=first, invited_until=last)


def _span(created: datetime, changed: datetime, known: datetime) -> tuple[datetime, datetime]:
    """Between which moments the last temporary password was set: here, or by somebody elsewhere since."""
    first = max(created, known)
    return first, max(first, changed)
