"""What an operator works with on one pool: the way to AWS, the one path for changes, the directory."""

from __future__ import annotations

from dataclasses import dataclass

from services.changes import ChangePath
from services.cognito.gateway import CognitoGateway
from services.directory.invitations import InvitationLog
from services.directory.listing import Directory, directory_for
from services.gateways import PoolAddress, gateway_for, target_of
from services.group_guard import GroupGuard
from services.note_rules import NoteRules
from services.roles import ActorSource
from services.store.pools import PoolRecord
from services.store.store import Store


@dataclass(frozen=True, slots=True)
class PoolSession:
    """One pool as one operator works on it."""

    pool: PoolRecord
    gateway: CognitoGateway
    changes: ChangePath
    directory: Directory
    guard: GroupGuard


def open_pool_session(store: Store, pool: PoolRecord, who: ActorSource, name: str = "") -> PoolSession:
    """Everything needed to work on `pool` as whoever `who` says is acting; `name` is theirs, if it is known.

    Raises as `settings_for`, and what `who` raises when it has to be asked for the name. AWS isn't
    asked for anything yet.
    """
    return _opened(store, gateway_for(store, target_of(pool), name or who().name), pool, who)


def open_session_at(store: Store, target: PoolAddress, who: ActorSource) -> PoolSession:
    """The same for a pool that need not be set up here, by region and id.

    Raises as `settings_for`, and what `who` raises.
    """
    pool = PoolRecord(target.connection_id, target.pool_id, target.pool_name or target.pool_id, target.region)
    return _opened(store, gateway_for(store, target, who().name), pool, who)


def _opened(store: Store, gateway: CognitoGateway, pool: PoolRecord, who: ActorSource) -> PoolSession:
    directory = directory_for(gateway, InvitationLog(store, pool.pool_id, pool.name))
    guard = GroupGuard(store, pool.id, directory.groups)
    path = ChangePath(
        gateway,
        store.activity,
        who,
        pool.name,
        directory.on_done,
        guard.check,
        rules=lambda: NoteRules.stored(store),
    )
    return PoolSession(pool, gateway, path, directory, guard)
