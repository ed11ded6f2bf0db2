"""The way to a pool: which connection leads there, and the gateway to it that the process keeps."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from services.cognito.connection import (
    AssumedRole,
    ConnectionSettings,
    Credentials,
    DefaultChain,
    Profile,
    StaticKeys,
)
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import limiter_for
from services.errors import NotConfigured
from services.recent import Recent
from services.store.connections import Connection, CredentialKind
from services.store.paces import Paces
from services.store.pools import PoolRecord
from services.store.store import Store

_REMEMBERED = 128


@dataclass(frozen=True, slots=True)
class PoolAddress:
    """Names a pool and the way to it, in plain JSON-ready values.

    A blank `connection_id` means AWS's ordinary environment (what the AWS command line would use);
    otherwise a blank region or endpoint is the connection's own.
    """

    region: str
    pool_id: str
    endpoint_url: str = ""
    connection_id: str = ""
    pool_name: str = ""


def target_of(pool: PoolRecord) -> PoolAddress:
    """The address of a pool that is configured."""
    return PoolAddress(
        region=pool.region,
        pool_id=pool.pool_id,
        connection_id=pool.connection_id,
        pool_name=pool.name,
    )


def settings_for(store: Store, target: PoolAddress, session_name: str) -> ConnectionSettings:
    """How to reach `target`; `session_name` (the operator's name) is what AWS logs for assumed roles.

    Raises `RecordNotFound` when the connection is gone, `NotConfigured` when it has no keys,
    `InvalidValue` for an impossible region or endpoint, and the vault's errors.
    """
    if not target.connection_id:
        return ConnectionSettings(target.region, target.endpoint_url)
    return _settings(store, store.connections.get(target.connection_id), target, session_name)


def gateway_for(store: Store, target: PoolAddress, session_name: str) -> CognitoGateway:
    """The gateway to `target`, kept by the process until its connection changes, or the country of the
    pool's phone numbers.

    Raises as `settings_for`.
    """
    pool = (target.pool_id, store.pools.phone_region(target.pool_id))
    # several machines may call for this account: then its quota is kept where all of them look
    shared = store.paces if store.server else None
    if not target.connection_id:
        environment = ("", target.region, target.endpoint_url, shared)
        return _GATEWAYS.get(environment, pool, lambda: settings_for(store, target, session_name), shared)
    connection = store.connections.get(target.connection_id)
    role = connection.kind is CredentialKind.ROLE
    key = (
        connection.id,
        connection.changed_at,
        target.region,
        target.endpoint_url,
        session_name if role else "",
    )
    return _GATEWAYS.get(key, pool, lambda: _settings(store, connection, target, session_name), shared)


def _settings(
    store: Store, connection: Connection, target: PoolAddress, session_name: str
) -> ConnectionSettings:
    return ConnectionSettings(
        region=target.region or connection.region,
        endpoint_url=target.endpoint_url or connection.endpoint_url,
        account=connection.account,
        credentials=_credentials(store, connection, session_name),
    )


def _credentials(store: Store, connection: Connection, session_name: str) -> Credentials:
    if connection.kind is CredentialKind.DEFAULT:
        return DefaultChain()
    if connection.kind is CredentialKind.PROFILE:
        return Profile(connection.profile)
    keys = _keys(store, connection)
    if connection.kind is not CredentialKind.ROLE:
        if keys is None:
            raise NotConfigured(
                f"The connection “{connection.name}” has no access key.",
                "Ask an administrator to enter it in Configuration.",
            )
        return keys
    source: Credentials | None = keys or (Profile(connection.profile) if connection.profile else None)
    return AssumedRole(connection.role_arn, connection.external_id, session_name, source)


def _keys(store: Store, connection: Connection) -> StaticKeys | None:
    secret = store.connections.secret(connection.id)
    if secret is None:
        return None
    return StaticKeys(secret.access_key_id, secret.secret_access_key, secret.session_token)


class _Gateways:
    """The process's gateways; pools of one connection share network connections."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: Recent[tuple[Hashable, tuple[str, str]], CognitoGateway] = Recent(_REMEMBERED)

    def get(
        self,
        key: Hashable,
        pool: tuple[str, str],
        settings: Callable[[], ConnectionSettings],
        shared: Paces | None,
    ) -> CognitoGateway:
        """The gateway of the connection `key` to `pool`: its id, and the country of its phone numbers."""
        found = self._known.get((key, pool))
        if found is not None:
            return found
        sister = self._known.first(lambda known: known[0] == key)
        pool_id, phone_region = pool
        if sister:
            made = sister.for_pool(pool_id, phone_region)
        else:
            found_settings = settings()
            limiter = limiter_for(found_settings.quota_owner, found_settings.region, shared)
            made = CognitoGateway(found_settings, pool_id, limiter=limiter, phone_region=phone_region)
        with self._lock:
            # whoever made one at the same time shares the first
            found = self._known.get((key, pool))
            if found is None:
                self._known.put((key, pool), made)
        return found or made


_GATEWAYS = _Gateways()
