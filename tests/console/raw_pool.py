"""A pool as boto3 gives it, counted person by person: what the numbers on the pages are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any

from demo.install import STAFF_APPLICATIONS, STAFF_AUDIT
from services.cognito.models import Group, PasswordPolicy, User, UserPool, UserStatus
from services.store.applications import Application
from tests.fixtures.cognito import Cognito
from tests.services.audits.oracle import Finding, World, expected

Person = Mapping[str, Any]
RETIRED = ("ARCHIVED", "COMPROMISED", "UNKNOWN")
TITLES = {
    "CONFIRMED": "Active",
    "UNCONFIRMED": "Not confirmed",
    "RESET_REQUIRED": "Must reset password",
    "EXTERNAL_PROVIDER": "Signs in elsewhere",
}


@dataclass(frozen=True)
class RawPool:
    """What Cognito answers about a pool; `members` maps a group's name to usernames."""

    settings: Mapping[str, Any]
    providers: frozenset[str]
    people: tuple[Person, ...]
    groups: tuple[Mapping[str, Any], ...]
    members: Mapping[str, frozenset[str]]
    now: datetime

    @cached_property
    def held(self) -> dict[str, frozenset[str]]:
        """The groups of each person, by username."""
        return {
            person["Username"]: frozenset(
                name for name, inside in self.members.items() if person["Username"] in inside
            )
            for person in self.people
        }

    @property
    def memberships(self) -> int:
        return sum(map(len, self.members.values()))

    @property
    def lasts(self) -> timedelta:
        return timedelta(days=self.settings["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"])

    def count(self, fits: Callable[[Person], bool]) -> int:
        return sum(map(fits, self.people))

    def state(self, person: Person) -> str:
        """What the console calls where somebody stands, from Cognito's status and dates alone."""
        status = person["UserStatus"]
        if status != "FORCE_CHANGE_PASSWORD":
            return TITLES.get(status, "Other")
        if person["UserCreateDate"] + self.lasts > self.now:
            return "Invited"
        if person["UserLastModifiedDate"] + self.lasts > self.now:
            return "Invited, unknown whether expired"
        return "Invitation expired"

    def states(self, enabled: bool | None = None) -> Counter[str]:
        return Counter(
            self.state(person) for person in self.people if enabled is None or person["Enabled"] is enabled
        )

    def is_automatic(self, group: str) -> bool:
        return group.startswith(f"{self.settings['Id']}_")

    def only_automatic(self, person: Person) -> bool:
        held = self.held[person["Username"]]
        return bool(held) and all(map(self.is_automatic, held))

    def is_verified(self, person: Person, name: str) -> bool:
        given = attributes(person)
        return bool(given.get(name)) and given.get(f"{name}_verified", "").lower() == "true"

    def can_sign_in(self, person: Person) -> str:
        """The heading under which the access of applications counts somebody in one of its groups."""
        status, state = person["UserStatus"], self.state(person)
        if not person["Enabled"] or state in ("Invitation expired", "Not confirmed"):
            return "No"
        if state in ("Active", "Signs in elsewhere"):
            return "Yes"
        if state == "Invited":
            return "Step"
        if status == "RESET_REQUIRED":
            if not self.is_verified(person, "email"):  # the one way of this pool
                return "No"
            through_amazon_ses = self.settings["EmailConfiguration"]["EmailSendingAccount"] == "DEVELOPER"
            has_factors = self.settings.get("MfaConfiguration", "OFF") != "OFF"
            return "Untold" if has_factors and through_amazon_ses else "Step"
        return "Untold" if state.startswith("Invited") or status == "UNKNOWN" else "No"

    def access(self, application: str) -> Counter[str]:
        allowed = applications()[application]
        return Counter(
            self.can_sign_in(person) for person in self.people if self.held[person["Username"]] & set(allowed)
        )

    def weeks(self, many: int = 12) -> dict[date, int]:
        """How many people of those there were made in each of the last weeks, by its Monday in UTC."""
        today = self.now.date()
        this = today - timedelta(days=today.weekday())
        made = Counter(person["UserCreateDate"].astimezone(UTC).date() for person in self.people)
        return {
            monday: sum(made[monday + timedelta(days=day)] for day in range(7))
            for monday in (this - timedelta(weeks=back) for back in reversed(range(many)))
        }

    def pairs(self) -> Counter[tuple[str, str]]:
        """How many people are in both of two groups, which stand in order."""
        return Counter(pair for held in self.held.values() for pair in combinations(sorted(held), 2))

    def findings(self) -> dict[str, set[Finding]]:
        """What each audit rule has to find, by the oracle of the rules, which shares no line with them."""
        pool = UserPool(
            self.settings["Id"],
            self.settings["Name"],
            username_attributes=frozenset(self.settings.get("UsernameAttributes", ())),
            alias_attributes=frozenset(self.settings.get("AliasAttributes", ())),
            policy=PasswordPolicy(temporary_days=self.lasts.days),
        )
        world = World(
            pool,
            tuple(map(_user, self.people)),
            tuple(
                Group(found["GroupName"], "", found.get("Precedence"), found.get("RoleArn", ""))
                for found in self.groups
            ),
            {_sub(person): tuple(self.held[person["Username"]]) for person in self.people},
            tuple(
                Application("pool", name, "client", allowed_groups=tuple(groups))
                for name, groups in applications().items()
            ),
            STAFF_AUDIT,
            self.now,
            self.providers,
        )
        return expected(world)


def raw_pool(cognito: Cognito, pool_id: str) -> RawPool:
    """The pool as it is now, asked with boto3 alone."""
    asked, client = {"UserPoolId": pool_id}, cognito.client()

    def all_of(operation: str, key: str, **more: str) -> list[dict[str, Any]]:
        pages = client.get_paginator(operation).paginate(**asked, **more)
        return [found for page in pages for found in page[key]]

    groups = all_of("list_groups", "Groups")
    return RawPool(
        settings=client.describe_user_pool(**asked)["UserPool"],
        providers=frozenset(
            provider["ProviderName"] for provider in client.list_identity_providers(**asked)["Providers"]
        ),
        people=tuple(all_of("list_users", "Users")),
        groups=tuple(groups),
        members={
            group["GroupName"]: frozenset(
                user["Username"]
                for user in all_of("list_users_in_group", "Users", GroupName=group["GroupName"])
            )
            for group in groups
        },
        now=datetime.now(UTC),
    )


def applications() -> dict[str, list[str]]:
    """The staff's applications and the groups that they let in."""
    return {application.name: list(application.groups) for application in STAFF_APPLICATIONS}


def attributes(person: Person) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in person["Attributes"]}


def numbers(findings: Iterable[Finding]) -> tuple[int, int]:
    """How many people, and how many groups, findings are about."""
    listed = list(findings)
    people = {sub for sub, _, _ in listed if sub}
    return len(people), len({name for _, groups, _ in listed for name in groups})


def _sub(person: Person) -> str:
    return attributes(person)["sub"]


def _user(person: Person) -> User:
    return User(
        person["Username"],
        _sub(person),
        UserStatus(person["UserStatus"]) if person["UserStatus"] in set(UserStatus) else UserStatus.UNKNOWN,
        person["Enabled"],
        person["UserCreateDate"],
        person["UserLastModifiedDate"],
        attributes(person),
    )
