"""What "why can't they sign in?" works with: the facts, one check, a fix, the whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.cognito.actions import Change
from services.cognito.models import AppClient, User, UserDetail, UserPool
from services.cognito.sign_in_reads import AuthEvent, Domain, IdentityProvider, MfaConfig
from services.login.chain import Link, LinkState
from services.login.known import Unknown
from services.store.applications import Application


class Way(StrEnum):
    """How the application signs people in."""

    HOSTED = "hosted"
    PASSWORD = "password"  # noqa: S105 - a way of signing in
    SRP = "srp"
    ADMIN = "admin"


WAYS: Mapping[Way, str] = MappingProxyType(
    {
        Way.HOSTED: "the hosted login page",
        Way.PASSWORD: "its own form, with the password (USER_PASSWORD_AUTH)",
        Way.SRP: "its own form, without sending the password (USER_SRP_AUTH)",
        Way.ADMIN: "its server (ADMIN_USER_PASSWORD_AUTH)",
    }
)
"""Every way in words, after "the application signs people in through"."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a typed name means.

    `by` is the attribute it was found under ("" when a person was picked and nothing typed);
    `others` have the same sign-in name or e-mail address in some spelling; `suggestions` are
    sign-in names that look like it, when nobody was found. `everywhere` is False when only some
    spellings could be asked for, because the pool is too large to be read for this.
    """

    typed: str
    user: User | None
    by: str = ""
    others: tuple[User, ...] = ()
    suggestions: tuple[str, ...] = ()
    everywhere: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was looked at. `None`: there is none, or it isn't needed here.

    `at` is when (aware, UTC). `groups` are the person's, `existing` all groups of the pool.
    `client_missing` says that the pool has no such app client. `second_factors` is None while nobody
    has asked for it, and so is `first_factors` (PASSWORD, WEB_AUTHN …: what they have set up).
    """

    pool: UserPool
    found: Found
    at: datetime
    way: Way = Way.HOSTED
    application: Application | None = None
    groups: tuple[str, ...] | Unknown = ()
    existing: frozenset[str] | Unknown = frozenset()
    client: AppClient | Unknown | None = None
    client_missing: bool = False
    domain: Domain | Unknown | None = None
    branding: bool | Unknown | None = None
    providers: tuple[IdentityProvider, ...] | Unknown = ()
    mfa: MfaConfig | Unknown | None = None
    second_factors: UserDetail | Unknown | None = None
    first_factors: tuple[str, ...] | Unknown | None = None
    events: tuple[AuthEvent, ...] | Unknown | None = None

    @property
    def user(self) -> User | None:
        """The person, if there is one."""
        return self.found.user


@dataclass(frozen=True, slots=True)
class Fix:
    """What puts a link right, one click away.

    `action` is a name of `services.cognito.status.USER_ACTIONS`, or "ask_second_factors" (a read that
    counts the person as active). `changes` holds the change, or several of which one is to be chosen;
    it is empty where something has to be entered first (a password), and for `page`, a page of the
    console that has what is needed.
    """

    label: str
    action: str = ""
    changes: tuple[Change, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One link and what belongs to it.

    `reply` is the sentence for the caller in case this is the cause; `unknown` marks what couldn't
    be checked or wasn't asked.
    """

    link: Link
    reply: str = ""
    fixes: tuple[Fix, ...] = ()
    unknown: bool = False

    @property
    def blocks(self) -> bool:
        """True if nobody gets past this link."""
        return self.link.state is LinkState.FAILED


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer: the most likely cause in one sentence, and every check in order.

    `cause` is the check behind `sentence`, None when none stands out; `fixes` are what helps against
    it, or, without a cause, against a password that nobody can look at.
    """

    facts: Facts
    sentence: str
    checks: tuple[Check, ...]
    cause: Check | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        """The chain."""
        return tuple(check.link for check in self.checks)

    @property
    def unknown(self) -> tuple[Check, ...]:
        """The checks that couldn't be made."""
        return tuple(check for check in self.checks if check.unknown)

    def check(self, key: str) -> Check:
        """The check of this key."""
        return next(check for check in self.checks if check.link.key == key)
