"""A pool in memory for what the embedded Cognito can't show: lag, failures, odd pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from services.cognito.models import Group, User, UserPage, UserPool, UserStatus
from services.errors import CognitoError

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


class Clock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


def somebody(number: int, **attributes: str) -> User:
    """A confirmed user with a predictable name."""
    sub = f"sub-{number:05}"
    return User(
        username=f"user{number:05}",
        sub=sub,
        status=UserStatus.CONFIRMED,
        enabled=True,
        created=START - timedelta(days=30),
        changed=START - timedelta(days=20),
        attributes={"email": f"user{number:05}@example.org", **attributes},
    )


@dataclass
class PoolInMemory:
    """Answers as the gateway does. Every call is counted in `calls`; names in `broken` fail."""

    users: list[User] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=dict)
    pool: UserPool = field(default_factory=lambda: UserPool("eu-west-1_memory", "Memory"))
    page_rows: int = 60
    estimate: int | None = None
    calls: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    settings: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(endpoint_url="", region="eu-west-1", account="123456789012")
    )

    pool_id: str = "eu-west-1_memory"

    @property
    def pool_key(self) -> str:
        return f"|{self.settings.region}|{self.pool_id}"

    @property
    def phone_region(self) -> str:
        return self.pool.phone_region

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.broken:
            raise CognitoError(f"AWS refused {name}.", code="AccessDeniedException")

    def describe_pool(self, refresh: bool = False) -> UserPool:
        count = len(self.users) if self.estimate is None else self.estimate
        return replace(self.pool, estimated_users=count)

    def iter_users(self, filter: object = None) -> Iterator[User]:
        self._call("iter_users")
        yield from list(self.users)

    def users_page(self, filter: object = None, token: str = "", limit: int = 60) -> UserPage:
        self._call("users_page")
        start = int(token or 0)
        end = start + self.page_rows
        return UserPage(tuple(self.users[start:end]), str(end) if end < len(self.users) else "")

    def find_user(self, sub: str = "", username: str = "") -> User | None:
        self._call("find_user")
        return next(
            (user for user in self.users if sub == user.sub or (username and username == user.username)), None
        )

    def list_groups(self) -> list[Group]:
        self._call("list_groups")
        return [Group(name) for name in self.members]

    def iter_members(self, group: str) -> Iterator[User]:
        self._call(f"members {group}")
        subs = self.members[group]
        yield from [user for user in self.users if user.sub in subs]

    def groups_of(self, username: str) -> tuple[Group, ...]:
        self._call("groups_of")
        sub = next(user.sub for user in self.users if user.username == username)
        return tuple(Group(name) for name, subs in self.members.items() if sub in subs)
