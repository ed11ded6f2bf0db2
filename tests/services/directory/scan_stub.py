"""A pool in memory as a scan meets it: filters by sub, pages, faults, and filters that lie."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa

from services.cognito.filters import UserFilter
from services.cognito.models import Group, User, UserPage, UserPool, UserStatus
from services.directory.scan import PoolScan
from services.directory.snapshot import Snapshot
from services.errors import CognitoError, InvalidRequest

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)


def person(number: int, **attributes: str) -> User:
    """Somebody whose sub is a UUID as AWS's are, the same for the same number."""
    sub = str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15_F39CC0605CEDC835) % (1 << 128)))
    return User(
        f"user{number}", sub, UserStatus.CONFIRMED, True, LONG_AGO, LONG_AGO, {"sub": sub, **attributes}
    )


@dataclass
class ScannedPool:
    """Answers as the gateway does. `fault` hears of every call and may raise.

    `filtered` replaces what a filter by sub gives: a backend that answers such filters wrongly.
    """

    people: list[User] = field(default_factory=list)
    members: dict[str, list[User]] = field(default_factory=dict)
    page_rows: int = 7
    estimate: int | None = None
    filtered: Callable[[list[User], str], list[User]] | None = None
    fault: Callable[[str], None] = lambda _: None
    calls: list[str] = field(default_factory=list)
    pool_id: str = "eu-west-1_scanned"
    settings: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(endpoint_url="", region="eu-west-1", account="123456789012")
    )

    @property
    def pool_key(self) -> str:
        return f"|{self.settings.region}|{self.pool_id}"

    def for_caller(self, caller: object) -> ScannedPool:
        self.calls.append(f"turn {getattr(caller, 'share', '')}")
        return self

    def _call(self, name: str) -> None:
        self.calls.append(name)
        self.fault(name)

    def describe_pool(self, *, refresh: bool = False) -> UserPool:
        count = len(self.people) if self.estimate is None else self.estimate
        return replace(UserPool(self.pool_id, "Scanned"), estimated_users=count)

    def users_page(
        self, filter: UserFilter | None = None, token: str = "", limit: int = 60, *, checked: bool = True
    ) -> UserPage:
        first = filter.value if filter is not None else ""
        self._call(f"users {first}{'+' if token else ''}")
        found = self.people
        if filter is not None:
            assert not checked
            wanted = [person for person in found if person.sub.startswith(first)]
            found = wanted if self.filtered is None else self.filtered(list(self.people), first)
        return self._page(found, token, f"u{first}")

    def members_page(self, group: str, token: str = "") -> UserPage:
        self._call(f"members {group}{'+' if token else ''}")
        return self._page(self.members[group], token, f"g{group}")

    def _page(self, found: list[User], token: str, key: str) -> UserPage:
        if token and not token.startswith(f"{key}/"):
            raise InvalidRequest("The token is refused.")
        start = int(token.rpartition("/")[2] or 0)
        end = start + self.page_rows
        return UserPage(tuple(found[start:end]), f"{key}/{end}" if end < len(found) else "")

    def find_user(self, sub: str = "", username: str = "") -> User | None:
        self._call("find_user")
        return next((person for person in self.people if person.sub == sub), None)

    def list_groups(self) -> tuple[Group, ...]:
        self._call("groups")
        return tuple(Group(name) for name in self.members)

    def groups_of(self, username: str) -> tuple[Group, ...]:
        self._call("groups_of")
        return tuple(
            Group(name)
            for name, all in self.members.items()
            if any(person.username == username for person in all)
        )


def failing(*names: str, times: int = 1_000, error: CognitoError | None = None) -> Callable[[str], None]:
    """A fault that meets calls of these names, so many times in all."""
    left = [times]

    def fault(name: str) -> None:
        if name in names and left[0] > 0:
            left[0] -= 1
            raise error or CognitoError("AWS said no.", code="AccessDeniedException")

    return fault


def pool_of(people: int, groups: int = 3, **values: object) -> ScannedPool:
    """People, every third of whom has a team, and groups of which each next one is half as large."""
    everybody = [
        person(n, email=f"user{n}@example.org", **({"custom:team": "blue"} if n % 3 == 0 else {}))
        for n in range(people)
    ]
    members = {f"group{n}": everybody[:: 2 ** (n + 1)] for n in range(groups)}
    return ScannedPool(everybody, members, **values)  # type: ignore[arg-type]


PEOPLE = 300


def rows_in(table: pa.Table) -> list[str]:
    """The rows of a table, in an order of their own."""
    return sorted(map(str, table.to_pylist()))


def read(pool: ScannedPool, **options: object) -> Snapshot:
    """A whole reading."""
    snapshot = PoolScan(pool, **options).run()  # type: ignore[arg-type]
    assert snapshot is not None
    return snapshot


def expect_everything(snapshot: Snapshot, pool: ScannedPool) -> None:
    """Nobody and nothing is missing or doubled."""
    assert snapshot.completeness.complete, snapshot.completeness.sentence
    assert sorted(snapshot.users["sub"].to_pylist()) == sorted(user.sub for user in pool.people)
    wanted = {(member.sub, name) for name, members in pool.members.items() for member in members}
    pairs = [tuple(row.values()) for row in snapshot.memberships.to_pylist()]
    assert len(pairs) == len(wanted)
    assert set(pairs) == wanted
    assert set(snapshot.group_names) == set(pool.members)


def values_of(user: User) -> dict[str, object]:
    """What a user is made of."""
    return {name: getattr(user, name) for name in user.__slots__}


def stop_after(pool: ScannedPool, pages: int) -> Callable[[], bool]:
    """Stop once so many pages of people were asked for."""
    return lambda: sum(call.startswith("users") for call in list(pool.calls)) >= pages
