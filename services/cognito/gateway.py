"""The one seam to a user pool: typed reads here and in `sign_in`, changes in `mutations`.

Import jobs, app clients, identity providers and what one person has (factors, devices, sessions) have
files of their own (`imports`, `app_clients`, `providers`, `person_reads`).
Nothing of botocore comes out above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from time import monotonic
from typing import Any

from services.cognito import parse
from services.cognito.app_clients import AppClients
from services.cognito.client import ATTEMPTS, AwsClient
from services.cognito.connection import ConnectionSettings
from services.cognito.filters import UserFilter, exact
from services.cognito.imports import ImportJobs
from services.cognito.limiter import Caller, Pacer, limiter_for
from services.cognito.models import (
    AppClient,
    CallerIdentity,
    Group,
    PoolSummary,
    User,
    UserDetail,
    UserPage,
    UserPool,
)
from services.cognito.mutations import SignInMutations
from services.cognito.people import same_name
from services.cognito.person_reads import PersonReads
from services.cognito.providers import IdentityProviders
from services.cognito.quotas import CATEGORIES
from services.cognito.sign_in import SignInCalls, SignInReads
from services.errors import (
    InvalidRequest,
    InvalidValue,
    NotAvailable,
    PermissionMissing,
    ServiceFault,
    UserNotFound,
)

PAGE = 60
"""The most that one page of any listing holds (service model)."""

POOL_SETTINGS_FRESH = 60.0
"""Seconds for which a pool's settings are not asked for again."""


class CognitoGateway(
    SignInCalls, SignInMutations, SignInReads, PersonReads, ImportJobs, AppClients, IdentityProviders
):
    """One user pool through one connection. Safe to share between threads.

    Every method raises `CognitoError`s as `translate` makes them. Reads that name no user cost
    nothing; `user_detail` counts the person as active for billing.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        pool_id: str,
        *,
        limiter: Pacer | None = None,
        client: AwsClient | None = None,
        attempts: int = ATTEMPTS,
        phone_region: str = "",
    ) -> None:
        """`limiter` defaults to the one that the whole process shares for the account and region;
        `phone_region`: see `UserPool`."""
        pacer = limiter or limiter_for(settings.quota_owner, settings.region)
        self.settings = settings
        self.pool_id = pool_id
        self.phone_region = phone_region
        self.client = client or AwsClient(settings, pacer, attempts=attempts)
        self._known_pool = _Remembered()
        self._addresses = {}

    @property
    def pool_key(self) -> str:
        """One name for the pool, whatever record of ours leads to it: endpoint, region and pool id."""
        return f"{self.settings.endpoint_url.rstrip('/')}|{self.settings.region}|{self.pool_id}"

    def for_caller(self, caller: Caller, *, attempts: int | None = None) -> CognitoGateway:
        """The same gateway for another caller: a job gives its id and its share of the quota."""
        client = self.client.with_caller(caller, attempts=attempts)
        return self._twin(self.pool_id, client, self.phone_region)

    def for_pool(self, pool_id: str, phone_region: str = "") -> CognitoGateway:
        """A gateway to another pool of the same connection, sharing its network connections."""
        return self._twin(pool_id, self.client, phone_region)

    def _twin(self, pool_id: str, client: AwsClient, phone_region: str) -> CognitoGateway:
        twin = CognitoGateway(
            self.settings, pool_id, limiter=client.pacer, client=client, phone_region=phone_region
        )
        if (pool_id, phone_region) == (self.pool_id, self.phone_region):
            twin._known_pool = self._known_pool
        return twin

    # the account and its pools

    def identity(self) -> CallerIdentity:
        """Who AWS says these credentials are."""
        raw = self.client.caller_identity()
        return CallerIdentity(account=str(raw.get("Account") or ""), arn=str(raw.get("Arn") or ""))

    def list_pools(self) -> tuple[PoolSummary, ...]:
        """Every user pool of the account in this region, by name."""
        raw = self._pages("ListUserPools", "UserPools", "Id", pool=False, MaxResults=PAGE)
        pools = (PoolSummary(id=str(pool["Id"]), name=str(pool.get("Name") or "")) for pool in raw)
        return tuple(sorted(pools, key=lambda pool: (pool.name.casefold(), pool.id)))

    def describe_pool(self, *, refresh: bool = False) -> UserPool:
        """The pool's settings, at most a minute old unless `refresh`. Raises `PoolNotFound`."""
        return self._known_pool.get(self._describe_pool, refresh)

    def _describe_pool(self) -> UserPool:
        raw = parse.part(self.client.read("DescribeUserPool", self.pool_id), "UserPool")
        return replace(parse.pool(raw), phone_region=self.phone_region)

    def list_clients(self) -> tuple[AppClient, ...]:
        """Every app client of the pool: id and name only; `describe_client` has the rest."""
        raw = self._pages("ListUserPoolClients", "UserPoolClients", "ClientId", MaxResults=PAGE)
        return tuple(
            sorted(map(parse.app_client, raw), key=lambda client: (client.name.casefold(), client.id))
        )

    def describe_client(self, client_id: str) -> AppClient:
        """An app client's settings. Raises `ClientNotFound`."""
        return parse.app_client(self._client(client_id))

    def client_secret(self, client_id: str) -> str:
        """An app client's secret, "" if it has none. Raises `ClientNotFound`."""
        return str(self._client(client_id).get("ClientSecret") or "")

    def _client(self, client_id: str) -> Mapping[str, Any]:
        answer = self.client.read("DescribeUserPoolClient", self.pool_id, ClientId=client_id)
        return parse.part(answer, "UserPoolClient")

    # users

    def users_page(
        self, filter: UserFilter | None = None, token: str = "", limit: int = PAGE, *, checked: bool = True
    ) -> UserPage:
        """One page of users; `limit` is at most 60, and a page may be shorter with more to come.

        Whoever doesn't match is left out, unless `checked` is False: then the page shows what the
        backend makes of the filter.
        Raises `InvalidRequest` when the token is refused (they live an hour, for one filter only).
        """
        parameters: dict[str, Any] = {"Limit": min(limit, PAGE)}
        if filter is not None:
            parameters["Filter"] = filter.expression()
        if token:
            parameters["PaginationToken"] = token
        answer = self.client.read("ListUsers", self.pool_id, **parameters)
        users = (parse.user(raw) for raw in answer.get("Users") or ())
        return UserPage(
            users=tuple(user for user in users if filter is None or not checked or filter.matches(user)),
            token=str(answer.get("PaginationToken") or ""),
        )

    def iter_users(self, filter: UserFilter | None = None) -> Iterator[User]:
        """Everybody (who matches), each once, in no particular order."""
        wanted: dict[str, Any] = {} if filter is None else {"Filter": filter.expression()}
        raw = self._pages("ListUsers", "Users", "sub", cursor="PaginationToken", Limit=PAGE, **wanted)
        for user in map(parse.user, raw):
            if filter is None or filter.matches(user):
                yield user

    def find_user(self, sub: str = "", username: str = "", *, certain: bool = False) -> User | None:
        """The user with this `sub`, or (without one) this `username`; None if there is nobody.

        Uses ListUsers, which bills nobody but lags a little behind changes (API reference,
        ListUsers). `certain` asks AdminGetUser instead, which knows the state of this moment and
        counts the person as active: for looking after a change whose outcome is unknown. Without
        the right to AdminGetUser it falls back to ListUsers.
        In pools whose usernames are e-mail addresses or phone numbers, `username` may be one.
        """
        if certain:
            with suppress(PermissionMissing, NotAvailable):
                return self._read_user(sub, username or sub)
        if sub:
            return self._first(exact("sub", sub), lambda user: user.sub == sub)
        return self._find_by_username(username) if username else None

    def _find_by_username(self, username: str) -> User | None:
        pool = self.describe_pool()
        attribute = _sign_in_attribute(pool, username)

        def same(user: User) -> bool:
            have = user.attributes.get(attribute, "") if attribute != "username" else user.username
            return have == username or same_name(have, username, pool)

        # the filter on usernames heeds case; pools that don't keep them in lower case
        spellings = [username] if pool.case_sensitive else [username, username.lower()]
        for spelling in dict.fromkeys(spellings):
            try:
                found = self._first(exact(attribute, spelling), same)
            except InvalidValue:
                # longer than a filter may be: only AdminGetUser can answer
                return self._read_user("", username)
            if found is not None:
                return found
        # how quotes and backslashes are escaped in filters is hardly documented, so a filter that
        # finds nobody proves nothing for such names
        return self._read_user("", username) if any(char in username for char in '"\\') else None

    def _first(self, filter: UserFilter, test: Callable[[User], bool]) -> User | None:
        return next((user for user in self.iter_users(filter) if test(user)), None)

    def _read_user(self, sub: str, username: str) -> User | None:
        try:
            user = self.user_detail(username).user
        except UserNotFound:
            return None
        return user if not sub or user.sub == sub else None

    def user_detail(self, username: str) -> UserDetail:
        """AdminGetUser: current to the moment, and billed. Raises `UserNotFound`."""
        return parse.user_detail(self.client.read("AdminGetUser", self.pool_id, Username=username))

    # groups

    def list_groups(self) -> tuple[Group, ...]:
        """Every group of the pool, by name."""
        raw = self._pages("ListGroups", "Groups", "GroupName", Limit=PAGE)
        return tuple(sorted(map(parse.group, raw), key=lambda group: group.name.casefold()))

    def get_group(self, name: str) -> Group:
        """One group. Raises `GroupNotFound`."""
        answer = self.client.read("GetGroup", self.pool_id, GroupName=name)
        return parse.group(parse.part(answer, "Group"))

    def iter_members(self, group: str) -> Iterator[User]:
        """Everybody in a group, each once. Raises `GroupNotFound`."""
        raw = self._pages("ListUsersInGroup", "Users", "sub", GroupName=group, Limit=PAGE)
        return map(parse.user, raw)

    def members_page(self, group: str, token: str = "") -> UserPage:
        """One page of a group's members. Raises `GroupNotFound`; of tokens as `users_page`."""
        more = {"NextToken": token} if token else {}
        answer = self.client.read("ListUsersInGroup", self.pool_id, GroupName=group, Limit=PAGE, **more)
        return UserPage(
            users=tuple(map(parse.user, answer.get("Users") or ())), token=str(answer.get("NextToken") or "")
        )

    def groups_of(self, username: str) -> tuple[Group, ...]:
        """The groups that a user is in, by name. Raises `UserNotFound`."""
        raw = self._pages("AdminListGroupsForUser", "Groups", "GroupName", Username=username, Limit=PAGE)
        return tuple(sorted(map(parse.group, raw), key=lambda group: group.name.casefold()))

    # quotas

    def learn_quotas(self) -> Mapping[str, float]:
        """Read the account's real requests per second where AWS lets them be raised, and keep to them.

        Returns category → rps. Takes a second per category, as AWS allows one such call a second.
        Raises `NotAvailable` where the backend or botocore lacks GetProvisionedLimit.
        """
        learned: dict[str, float] = {}
        for category in CATEGORIES.values():
            if category.adjustable:
                wanted = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category.name}}
                answer = self.client.read("GetProvisionedLimit", LimitDefinition=wanted)
                learned[category.name] = float(parse.part(answer, "Limit")["ProvisionedLimitValue"])
                self.client.pacer.set_quota(category.name, learned[category.name])
        return learned

    def _pages(
        self,
        operation: str,
        listed: str,
        identity: str,
        *,
        pool: bool = True,
        cursor: str = "NextToken",
        **parameters: Any,
    ) -> Iterator[Mapping[str, Any]]:
        """Items of every page, each once by `identity`; one restart when a page's token is refused."""
        seen: set[str] = set()
        token, restarted = "", False
        while True:
            more = {cursor: token} if token else {}
            try:
                answer = self.client.read(operation, self.pool_id if pool else "", **parameters, **more)
            except InvalidRequest:
                if not token or restarted:
                    raise
                token, restarted = "", True
                continue
            for raw in answer.get(listed) or ():
                name = _identity(raw, identity)
                if name not in seen:
                    seen.add(name)
                    yield raw
            following = str(answer.get(cursor) or "")
            if not following:
                return
            if following == token:
                raise ServiceFault(
                    f"{operation} gave the same page twice; the list is not complete.",
                    "Try again; if it stays, the Cognito behind this connection doesn't page as AWS does.",
                    operation=operation,
                )
            token = following


class _Remembered:
    """A pool's settings and when they were read, shared by gateways to the same pool."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._value: UserPool | None = None
        self._read_at = 0.0

    def get(self, read: Callable[[], UserPool], refresh: bool) -> UserPool:
        with self._lock:
            stale = monotonic() - self._read_at > POOL_SETTINGS_FRESH
            if self._value is None or stale or refresh:
                self._value = read()
                self._read_at = monotonic()
            return self._value


def _sign_in_attribute(pool: UserPool, username: str) -> str:
    """The attribute that holds what people give as their username, in this pool."""
    if "email" in pool.username_attributes and "@" in username:
        return "email"
    if "phone_number" in pool.username_attributes and username.startswith("+"):
        return "phone_number"
    return "username"


def _identity(raw: Mapping[str, Any], name: str) -> str:
    if name != "sub":
        return str(raw[name])
    found = (
        attribute.get("Value") for attribute in raw.get("Attributes") or () if attribute["Name"] == "sub"
    )
    return str(next(found, None) or raw["Username"])
