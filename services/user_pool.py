"""A user pool for other programs: create, delete, enable and disable people, their groups, and search.

What an application calls when it manages its own users. Every call goes the way that the console's
own go: paced to AWS's request quotas, repeated where that is harmless, changes through the one path
for changes, and with a console's database in its activity log.

Errors are those of `services.errors`: `InvalidValue` and `NotConfigured` before anything is sent,
`UserNotFound`, `GroupNotFound`, `UserExists` and other `CognitoError`s when AWS said no, and
`OutcomeUnknown` when no answer came and nobody could look whether the change took effect. Every call
but `create_user` may then simply be made again.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from services.access.sessions import program_actor
from services.changes import ChangePath, Unlogged
from services.cognito.actions import (
    AddToGroup,
    DeleteUser,
    DisableUser,
    EnableUser,
    Facts,
    PersonChange,
    RemoveFromGroup,
)
from services.cognito.aws_session import ordinary_region
from services.cognito.connection import ConnectionSettings, DefaultChain, Profile, region_of_pool
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Caller
from services.cognito.models import Group, PersonRef, User
from services.directory.identify import identify
from services.directory.listing import directory_for
from services.directory.lookup import AskedSource, candidates
from services.errors import InvalidValue, NotConfigured, UserNotFound
from services.note_rules import NoteRules
from services.people import creation
from services.people.creation import Created, NewUser
from services.store import checks
from services.store.activity import Why
from services.store.engine import URL_VARIABLE, open_store
from services.store.store import Store
from services.store.vault import KeyRing, split_keys

FOUND_AT_MOST = 50
"""How many people `Pool.search` gives unless told otherwise."""


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """What a call did to a person.

    `changed` is False when it was so already; then nothing was sent. `before` and `after` are facts
    by name (`enabled`, `member`, `groups` …). `activity_id` names the line in the console's activity
    log, "" without a database.
    """

    person: PersonRef
    changed: bool
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)
    activity_id: str = ""


class Pool:
    """One user pool. Made by `open_pool`; safe to share between threads; close it, or use `with`.

    `who` is a user ID (sub), a username, an e-mail address or a phone number, or a person that a call
    gave (`User`, or `Created.person`), which saves looking them up. Looking somebody up bills nobody
    and takes one to four ListUsers requests (quota category UserList, 30 a second by default). A name
    that fits several people is refused with `InvalidValue`, never guessed.
    """

    def __init__(
        self, gateway: CognitoGateway, changes: ChangePath, store: Store | None, why: Why | None = None
    ) -> None:
        """`why` is what the log keeps with each change that brings no reason of its own."""
        self.gateway = gateway
        self.changes = changes
        self._store = store
        self._why = why or Why()
        self._directory = directory_for(gateway)
        changes.on_done = self._directory.on_done

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the console's database, if one was given. Connections to AWS close by themselves."""
        if self._store is not None:
            self._store.close()

    # people

    def user(self, who: str) -> User:
        """The person called `who`, as ListUsers shows them: it lags a moment behind changes.

        Times are aware, in UTC. Raises `UserNotFound`, or `InvalidValue` when several people fit.
        """
        return self._found(who, self._called(who))

    def search(self, text: str, *, limit: int = FOUND_AT_MOST, refresh: bool = False) -> tuple[User, ...]:
        """At most `limit` people whom `text` fits, by name.

        In a pool of up to 2,000 people every word is looked for anywhere in names, addresses and
        numbers. The pool is read for that (a ListUsers request per 60 people, and its groups) and
        kept for five minutes; `refresh` reads it again. In a larger one only what starts with `text`
        is found, as ListUsers knows no other search: at most ten requests. Bills nobody.
        """
        if refresh:
            self._directory.refresh()
        found, _ = candidates(self._directory, text, limit=limit)
        return tuple(found)

    def create_user(
        self,
        username: str = "",
        *,
        attributes: Mapping[str, str] | None = None,
        groups: Sequence[str] = (),
        deliver: Sequence[str] = (),
        temporary_password: str = "",
        reason: str = "",
    ) -> Created:
        """Create a person and add them to `groups` (AdminCreateUser; category UserCreation, 50 a second).

        In a pool where people sign in by e-mail address or phone number the `username` may be left
        out: it is that attribute. `attributes` are by their AWS names (`email`, `custom:department`).
        `deliver` is "EMAIL", "SMS" or both: Cognito then makes the temporary password and sends it.
        Otherwise no message goes out, and the answer holds `temporary_password` or one made by the
        pool's policy. Groups that failed are in `Created.not_joined`, since the person is there then.

        Not idempotent: raises `UserExists` or `AliasTaken` when the name is in use, and changes
        nobody. Raises `InvalidValue` with everything that is wrong before anything is sent.
        """
        wanted = NewUser(username, dict(attributes or {}), tuple(groups), tuple(deliver), temporary_password)
        pool = self.gateway.describe_pool()
        known = [group.name for group in self.gateway.list_groups()] if wanted.groups else []
        wrong = creation.creation_problems(wanted, pool, known)
        if wrong:
            text = " ".join(f"{problem.title}: {problem.sentence}" for problem in wrong)
            raise InvalidValue(f"Nobody was created. {text}", field=wrong[0].title)
        return creation.create(self.changes, wanted, pool, **self._said(reason))

    def delete_user(self, who: str | User | PersonRef, *, reason: str = "") -> ChangeResult:
        """Delete a person for good (AdminDeleteUser; category UserUpdate, 25 a second).

        Cognito keeps nothing of them; `before` holds attributes and groups. Raises `UserNotFound`
        when they are gone already.
        """
        return self._perform(DeleteUser(self._person(who)), reason)

    def enable_user(self, who: str | User | PersonRef, *, reason: str = "") -> ChangeResult:
        """Let a person sign in again (AdminEnableUser; category UserUpdate, 25 a second).

        Idempotent. Tokens revoked by an earlier disabling stay revoked.
        """
        return self._perform(EnableUser(self._person(who)), reason)

    def disable_user(self, who: str | User | PersonRef, *, reason: str = "") -> ChangeResult:
        """Keep a person from signing in (AdminDisableUser; category UserUpdate, 25 a second).

        Idempotent. Their refresh tokens are revoked; access and ID tokens that an application checks
        by itself are good until they expire.
        """
        return self._perform(DisableUser(self._person(who)), reason)

    # groups

    def groups(self) -> tuple[Group, ...]:
        """Every group of the pool, by name (ListGroups, a request per 60 groups)."""
        return self.gateway.list_groups()

    def groups_of(self, who: str | User | PersonRef) -> tuple[Group, ...]:
        """The groups that a person is in, by name (AdminListGroupsForUser).

        Current to the moment. An access token carries the groups of when it was issued.
        """
        return self.gateway.groups_of(self._person(who).username)

    def add_to_group(self, who: str | User | PersonRef, group: str, *, reason: str = "") -> ChangeResult:
        """Add a person to a group (AdminAddUserToGroup; category UserUpdate, 25 a second).

        Idempotent. Raises `GroupNotFound`: no group is made by the way.
        """
        return self._perform(AddToGroup(self._person(who), group), reason)

    def remove_from_group(self, who: str | User | PersonRef, group: str, *, reason: str = "") -> ChangeResult:
        """Take a person out of a group (AdminRemoveUserFromGroup; category UserUpdate, 25 a second).

        Idempotent: somebody who isn't in the group stays so, also where there is no such group.
        """
        return self._perform(RemoveFromGroup(self._person(who), group), reason)

    def _perform(self, change: PersonChange, reason: str) -> ChangeResult:
        before = change.before(self.gateway)
        if change.already(before):
            return ChangeResult(change.person, False, before, before)
        done = self.changes.perform(change, before=before, **self._said(reason))
        return ChangeResult(
            change.person, True, done.before, done.after, done.activity_id if self._store else ""
        )

    def _said(self, reason: str) -> Why:
        return Why(reason=reason or self._why.get("reason", ""), ticket=self._why.get("ticket", ""))

    def _person(self, who: str | User | PersonRef) -> PersonRef:
        if isinstance(who, PersonRef):
            return who
        if isinstance(who, User):
            return who.ref
        found = self._called(who)
        if not found:
            # ListUsers lags behind; whoever is changed or asked for here counts as active anyway
            certain = self.gateway.find_user(username=who, certain=True) if who else None
            found = (certain,) if certain is not None else ()
        return self._found(who, found).ref

    def _called(self, who: str) -> tuple[User, ...]:
        source = AskedSource(self.gateway, self.gateway.describe_pool())
        return identify(source, [who], near=False)[0].users

    @staticmethod
    def _found(who: str, found: Sequence[User]) -> User:
        if not found:
            raise UserNotFound(f"Nobody in this pool is called “{who}”.", "Check the name.")
        if len(found) > 1:
            raise InvalidValue(
                f"“{who}” fits {len(found)} people, so none was taken.",
                f"Name one by their user ID: {', '.join(user.sub for user in found)}.",
                field="who",
            )
        return found[0]


def open_pool(
    pool_id: str,
    *,
    region: str = "",
    profile: str = "",
    endpoint_url: str = "",
    actor: str = "",
    database: str = "",
    keys: str = "",
    share: float | None = None,
    phone_region: str = "",
    reason: str = "",
    ticket: str = "",
) -> Pool:
    """The user pool `pool_id`, reached as boto3 would reach it here. Asks AWS for nothing yet.

    What is left out is read from AWS's ordinary environment: credentials, `profile` (AWS_PROFILE) and
    `endpoint_url` (AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER, AWS_ENDPOINT_URL). The `region` is the
    one that the pool's id starts with, else the environment's.

    With a console's `database` (an SQLAlchemy URL; by default CONSOLE_DATABASE_URL) and its `keys`
    (as CONSOLE_ENCRYPTION_KEYS holds them, which is the default, else the key file), every change
    stands in its activity log under the name `actor` (by default the program's own). Without one,
    nothing is written anywhere.

    `reason` and `ticket` are what the log keeps with each change whose call gives no reason of its own.
    Where an administrator has set that changes say why, one that doesn't raises `ReasonMissing`.

    `share` is the part of the account's request quotas to keep within (above 0, at most 1), for work
    that must leave room for others; None goes as fast as the whole of them allows. The pace is shared
    by every pool and thread of this process.

    `phone_region` is the country (two letters, such as SE) of phone numbers without a country code; by
    default the one that the pool has in the console's database. Without one such numbers name nobody.

    Raises `InvalidValue` for an impossible region, endpoint, share or country, `NotConfigured` when no region
    can be told or the database is none of a console's yet, other `StoreError`s when it can't be
    opened, and `CredentialsRejected` for a profile that isn't there.
    """
    settings = ConnectionSettings(
        region or region_of_pool(pool_id) or ordinary_region(profile) or _no_region(pool_id),
        endpoint_url,
        credentials=Profile(profile) if profile else DefaultChain(),
    )
    name = actor.strip() or Path(sys.argv[0]).stem or "python"
    country, caller = checks.phone_region(phone_region), None if share is None else _caller(name, share)
    store = _store(database, keys)
    if not country and store is not None:
        country = store.pools.phone_region(pool_id)
    gateway = CognitoGateway(settings, pool_id, phone_region=country)
    if caller is not None:
        gateway = gateway.for_caller(caller)
    log = store.activity if store is not None else Unlogged()
    rules = None if store is None else functools.partial(NoteRules.stored, store)
    logged_as = _logged_as(store, settings, pool_id)
    changes = ChangePath(gateway, log, program_actor(name), logged_as, rules=rules)
    return Pool(gateway, changes, store, Why(reason=reason, ticket=ticket))


def _no_region(pool_id: str) -> str:
    raise NotConfigured(
        f"Nothing says in which region the user pool {pool_id!r} is.",
        "Give region=, or set AWS_DEFAULT_REGION.",
    )


def _caller(name: str, share: float) -> Caller:
    try:
        return Caller(f"program {name}", share)
    except ValueError:
        raise InvalidValue(
            f"{share!r} is no share of the quota.", "Give a number above 0, at most 1.", field="share"
        ) from None


def _store(database: str, keys: str) -> Store | None:
    """The console's database, if one is named. A new one isn't made: nobody would look into it."""
    url = database.strip() or os.environ.get(URL_VARIABLE, "").strip()
    if not url:
        return None
    return open_store(url, KeyRing(split_keys(keys)) if keys.strip() else None, create=False)


def _logged_as(store: Store | None, settings: ConnectionSettings, pool_id: str) -> str:
    """What the log calls the pool: its name in the console, else its id."""
    known = store.pools.list() if store is not None else ()
    return next(
        (pool.name for pool in known if pool.pool_id == pool_id and pool.region in ("", settings.region)),
        pool_id,
    )
