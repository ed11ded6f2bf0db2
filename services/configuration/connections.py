"""Connections: adding, changing, removing and testing how AWS is reached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, replace
from typing import Any

from services.cognito.gateway import CognitoGateway
from services.cognito.models import CallerIdentity, PoolSummary
from services.cognito.probe import IDENTITY, ProbeStep, probe
from services.cognito.regions import REGIONS
from services.configuration.service import ConfigurationService, Saved, secret_fact
from services.errors import ConsoleError, InvalidValue
from services.gateways import PoolAddress, gateway_for, settings_for
from services.roles import Actor
from services.store import checks, records
from services.store.activity import NewActivity, only_changed
from services.store.connections import NO_KEYS, Connection, ConnectionSecret, CredentialKind, TestStep
from services.store.records import facts
from services.store.store import Store

KIND = "connection"
KEY_KINDS = (CredentialKind.STATIC, CredentialKind.SESSION)
SOURCES = (CredentialKind.DEFAULT, CredentialKind.PROFILE, *KEY_KINDS)
"""What a role can be taken on with."""
KIND_TITLES = {
    CredentialKind.ROLE: "Assume a role",
    CredentialKind.DEFAULT: "This machine's own credentials",
    CredentialKind.PROFILE: "Named profile",
    CredentialKind.SESSION: "Temporary access keys",
    CredentialKind.STATIC: "Access keys",
}
KIND_CAPTIONS = {
    CredentialKind.ROLE: "Taken on for each operator, so that CloudTrail shows who acted. Recommended.",
    CredentialKind.DEFAULT: "Whatever AWS's ordinary chain finds: environment, container or instance role.",
    CredentialKind.PROFILE: "From the AWS configuration files of the user that runs this console.",
    CredentialKind.SESSION: "Id, secret and session token. They end after some hours.",
    CredentialKind.STATIC: "Id and secret of an IAM user. The last choice: they work from anywhere, for "
    "whoever has them, until someone changes them.",
}
"""What each kind is for, those to be preferred first."""

# IAM API reference, AccessKey: AccessKeyId has 16 to 128 characters; other endpoints take anything.
_KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
_LOOSE_KEY_ID = re.compile(r"\w{1,128}", re.ASCII)
_SECRET = re.compile(r"[!-~]{1,256}")
_TOKEN = re.compile(r"[!-~]{1,8192}")


class ConnectionService(ConfigurationService):
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def list(self) -> tuple[Connection, ...]:
        """All connections by name. Raises `NotPermitted`, as every method here does."""
        self._actor()
        return self._store.connections.list()

    def get(self, id: str) -> Connection:
        """One connection. Raises `RecordNotFound`."""
        self._actor()
        return self._store.connections.get(id)

    def source(self, connection: Connection) -> CredentialKind:
        """Where its credentials come from, looking through a role to what it is taken on with."""
        self._actor()
        return credential_kind_of(connection, self._store.connections.secret(connection.id))

    def add(self, typed: Connection, source: CredentialKind = CredentialKind.DEFAULT) -> Saved[Connection]:
        """Store a new connection; `source` is what a role is taken on with.

        Raises `InvalidValue` or `NameTaken`; nothing was changed then.
        """
        actor = self._actor(dangerous=True)
        new = checked_connection(
            typed, source, [connection.name for connection in self._store.connections.list()]
        )
        with self._store.activity.audited(
            NewActivity(actor, "add_connection", target_kind=KIND, target_name=new.name)
        ) as line:
            made = self._store.connections.add(new)
            line.after = {"id": made.id, **facts(made), **secret_fact(new, None, added=True)}
        return Saved(made, line.id)

    def change(
        self, id: str, typed: Connection, source: CredentialKind = CredentialKind.DEFAULT
    ) -> Saved[Connection]:
        """Change a connection; blank keys keep the stored ones.

        Raises `InvalidValue`, `NameTaken` or `RecordNotFound`; nothing was changed then.
        """
        actor = self._actor(dangerous=True)
        old = self._store.connections.get(id)
        stored = self._store.connections.secret(id)
        taken = [connection.name for connection in self._store.connections.list() if connection.id != id]
        return change_stored(
            self._store, actor, old, stored, checked_connection(typed, source, taken, stored)
        )

    def remove(self, id: str, reason: str = "") -> str:
        """Forget a connection and its secrets; the line's id. Refused while it has pools."""
        actor = self._actor(dangerous=True)
        old = self._store.connections.get(id)
        with self._store.activity.audited(
            _line(actor, "remove_connection", old, before=facts(old), reason=reason)
        ) as line:
            self._store.connections.delete(id)
            line.after = {"removed": True}
        return line.id

    def test(self, id: str) -> Iterator[ProbeStep]:
        """Try the connection step by step, yielding each as it ends; the result is saved at the end.

        Its configured pools are described too, and an account that nobody typed is taken from AWS's
        answer. A test that isn't read to its end saves nothing.
        """
        actor = self._actor()
        old = self._store.connections.get(id)
        steps = []
        for step in self._probe(old, actor):
            steps.append(step)
            yield step
        kept = [TestStep(step.title, step.passed, step.sentence, step.next_step) for step in steps]
        account = "" if old.account else next((step.account for step in steps if step.account), "")
        with self._store.activity.audited(_line(actor, "test_connection", old)) as line:
            self._store.connections.save_test(id, kept, account)
            line.after = {step.title: _OUTCOMES[step.passed] for step in kept}
            if account:
                line.after["account"] = account

    def _probe(self, connection: Connection, actor: Actor) -> Iterator[ProbeStep]:
        """Identity and list in the connection's region, then its pools, each in its own region."""
        try:
            settings = settings_for(self._store, _target(connection), actor.name)
        except ConsoleError as error:
            yield ProbeStep("Credentials", False, error.message, "Choose Change and enter the keys again.")
            return
        by_region: dict[str, list[str]] = {settings.region: []}
        for pool in self._store.pools.list():
            if pool.connection_id == connection.id:
                by_region.setdefault(pool.region or settings.region, []).append(pool.pool_id)
        for region, pool_ids in by_region.items():
            for step in probe(replace(settings, region=region), pool_ids):
                if region == settings.region or step.title != IDENTITY:
                    yield step

    def live_pools(self, id: str) -> tuple[PoolSummary, ...]:
        """The user pools that the connection sees now, by name. Raises `CognitoError`s."""
        return self._gateway(id).list_pools()

    def pools_to_add(self, id: str) -> tuple[PoolSummary, ...]:
        """The user pools that the connection sees and this console doesn't have. Raises `CognitoError`s."""
        here = {pool.pool_id for pool in self._store.pools.list()}
        return tuple(found for found in self.live_pools(id) if found.id not in here)

    def identity(self, id: str) -> CallerIdentity:
        """Who AWS says the connection is. Raises `CognitoError`s."""
        return self._gateway(id).identity()

    def _gateway(self, id: str) -> CognitoGateway:
        actor = self._actor()
        return gateway_for(self._store, _target(self._store.connections.get(id)), actor.name)


def _line(actor: Actor, action: str, old: Connection, **more: Any) -> NewActivity:
    return NewActivity(actor, action, target_kind=KIND, target_id=old.id, target_name=old.name, **more)


_OUTCOMES = {True: "passed", False: "failed", None: "not known"}


def _target(connection: Connection) -> PoolAddress:
    return PoolAddress(
        region=connection.region,
        pool_id="",
        endpoint_url=connection.endpoint_url,
        connection_id=connection.id,
    )


def change_stored(
    store: Store, actor: Actor, old: Connection, stored: ConnectionSecret | None, new: Connection
) -> Saved[Connection]:
    """Bring a stored connection to `new`, with its line in the log; the caller has checked both."""
    before, after = only_changed(facts(old), facts(new))
    what = replace(_line(actor, "change_connection", old, before=before), target_name=new.name)
    with store.activity.audited(what) as line:
        made = write_over(store, old.id, new)
        line.after = {**after, **secret_fact(new, stored)}
    return Saved(made, line.id)


def write_over(store: Store, id: str, new: Connection) -> Connection:
    """Replace every field of a stored connection, its secret too.

    On AWS a pool's id begins with its region. Its pools that were looked for in the connection's
    region stay where they are when that moves.
    """
    with store.together():
        for pool in store.pools.list():
            home = checks.region_in(pool.pool_id)
            follows = pool.connection_id == id and not pool.region and not new.endpoint_url
            if follows and home in REGIONS and home != new.region:
                store.pools.update(replace(pool, region=home))
        return store.connections.update(replace(new, id=id))


def credential_kind_of(connection: Connection, secret: ConnectionSecret | None) -> CredentialKind:
    """Where the credentials come from, looking through a role to what it is taken on with."""
    if connection.kind is not CredentialKind.ROLE:
        return connection.kind
    if secret:
        return CredentialKind.SESSION if secret.session_token else CredentialKind.STATIC
    return CredentialKind.PROFILE if connection.profile else CredentialKind.DEFAULT


def checked_connection(
    typed: Connection,
    source: CredentialKind,
    taken: Iterable[str],
    stored: ConnectionSecret | None = None,
    *,
    keys_later: bool = False,
) -> Connection:
    """A connection as it is stored; what its kind of credentials doesn't use is dropped.

    `source` is what a role is taken on with, `taken` are the names in use, `stored` the keys that
    blanks keep; `keys_later` accepts that there are none yet. The answer's secret is never None.
    Raises `InvalidValue` naming the first field that isn't usable.
    """
    endpoint = checks.endpoint_url(typed.endpoint_url)
    role = typed.kind is CredentialKind.ROLE
    if role and source not in SOURCES:
        raise InvalidValue("A role can't be taken on with another role.", field="source")
    source = source if role else typed.kind
    new = records.checked(
        typed,
        name=lambda value: checks.free_name(checks.name(value), taken),
        region=lambda value: checks.region(value, REGIONS, own_endpoint=bool(endpoint)),
        profile=checks.profile if source is CredentialKind.PROFILE else _dropped,
        role_arn=checks.role_arn if role else _dropped,
        external_id=checks.external_id if role else _dropped,
    )
    keys = typed.secret or NO_KEYS
    if source not in KEY_KINDS or (keys_later and _keeps(keys, source) and not _fits(stored, source)):
        return replace(new, secret=NO_KEYS)
    return replace(new, secret=_keys(keys, source, stored, on_aws=not endpoint))


def _dropped(_: object) -> str:
    return ""


def _keeps(typed: ConnectionSecret, kind: CredentialKind) -> bool:
    """True when nothing is typed that `kind` uses, so that the stored keys are meant."""
    token = typed.session_token.strip() if kind is CredentialKind.SESSION else ""
    return not (typed.access_key_id.strip() or typed.secret_access_key.strip() or token)


def _fits(stored: ConnectionSecret | None, kind: CredentialKind) -> bool:
    return stored is not None and bool(stored.session_token) is (kind is CredentialKind.SESSION)


def _keys(
    typed: ConnectionSecret, kind: CredentialKind, stored: ConnectionSecret | None, *, on_aws: bool
) -> ConnectionSecret:
    """The keys typed, or the stored ones when nothing is typed. No message repeats what was typed."""
    typed = ConnectionSecret(*(str(value).strip() for value in astuple(typed)))
    temporary = kind is CredentialKind.SESSION
    if _keeps(typed, kind):
        if stored is None or not _fits(stored, kind):
            raise _refused("access_key_id", "No access key is stored for this yet.", "Enter the access key.")
        return stored
    key_id = typed.access_key_id or (stored.access_key_id if stored else "")
    if not (_KEY_ID if on_aws else _LOOSE_KEY_ID).fullmatch(key_id):
        raise _refused(
            "access_key_id",
            "This is not an access key id." if key_id else "The access key id is missing.",
            "It has 20 capital letters and digits and starts with AKIA or ASIA.",
        )
    if not _SECRET.fullmatch(typed.secret_access_key):
        raise _refused(
            "secret_access_key",
            "The secret access key is missing, or holds spaces.",
            "Enter id and secret of one access key; AWS shows the secret once, when the key is made.",
        )
    if temporary and not _TOKEN.fullmatch(typed.session_token):
        raise _refused(
            "session_token",
            "The session token is missing, or holds spaces.",
            "Temporary keys come as three: id, secret and session token.",
        )
    if on_aws:
        _check_prefix(key_id, temporary)
    return ConnectionSecret(key_id, typed.secret_access_key, typed.session_token if temporary else "")


def _check_prefix(key_id: str, temporary: bool) -> None:
    """IAM user guide, "Unique identifiers": AKIA names lasting keys, ASIA temporary ones."""
    if key_id.startswith("ASIA") and not temporary:
        raise _refused(
            "access_key_id",
            "Keys that start with ASIA are temporary and work only with their session token.",
            "Choose “Temporary access keys”.",
        )
    if key_id.startswith("AKIA") and temporary:
        raise _refused(
            "access_key_id",
            "Keys that start with AKIA are lasting and have no session token.",
            "Choose “Access keys”.",
        )


def _refused(field_name: str, message: str, next_step: str) -> InvalidValue:
    return InvalidValue(message, next_step, field=field_name)
