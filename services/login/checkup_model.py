"""What the check-up of a pool works with: the facts, and one piece of advice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from services.cognito.models import AppClient, UserPool
from services.cognito.sign_in_reads import MfaConfig
from services.login.known import Unknown
from services.store.applications import Application


class Severity(StrEnum):
    """How much it matters; the value is what people read."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(StrEnum):
    """How a setting was found; the value is what people read."""

    GOOD = "good"
    MEND = "to mend"
    UNKNOWN = "not checked"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """One app client: its settings as far as they can be read, and what signs in through it."""

    id: str
    name: str
    settings: AppClient | Unknown
    applications: tuple[Application, ...] = ()

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """Everything that the check-up looks at. `groups` are the names of the pool's groups.

    `own_callback` is where login tests of this console come back to; "" when nobody tests.
    """

    pool: UserPool
    mfa: MfaConfig | Unknown
    clients: tuple[ClientFacts, ...] | Unknown = ()
    applications: tuple[Application, ...] = ()
    groups: frozenset[str] | Unknown = frozenset()
    own_callback: str = ""

    @property
    def readable(self) -> tuple[AppClient, ...]:
        """The clients whose settings are known."""
        if isinstance(self.clients, Unknown):
            return ()
        return tuple(one.settings for one in self.clients if isinstance(one.settings, AppClient))


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that is looked at: `why` it matters, and `where` it is changed. `key` is for programs."""

    key: str
    title: str
    severity: Severity
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One setting as it was found, on the pool or on the client or application that `subject` names.

    `severity` may be higher or lower than usual, by what was found. `fix` says what to set.
    """

    setting: Setting
    verdict: Verdict
    found: str
    fix: str = ""
    subject: str = ""
    detail: str = ""
    severity: Severity = field(default=Severity.LOW)

    @property
    def key(self) -> str:
        """The setting's key."""
        return self.setting.key


def good(setting: Setting, found: str, *, subject: str = "", detail: str = "") -> Advice:
    """As it should be."""
    return Advice(setting, Verdict.GOOD, found, "", subject, detail, setting.severity)


def mend(
    setting: Setting,
    found: str,
    fix: str,
    *,
    subject: str = "",
    detail: str = "",
    severity: Severity | None = None,
) -> Advice:
    """Something to change."""
    return Advice(setting, Verdict.MEND, found, fix, subject, detail, severity or setting.severity)


def not_checked(setting: Setting, unknown: Unknown, *, subject: str = "") -> Advice:
    """Something that couldn't be looked at: neither good nor bad."""
    return Advice(
        setting, Verdict.UNKNOWN, unknown.sentence, unknown.next_step, subject, "", setting.severity
    )


def not_applicable(setting: Setting, found: str, *, subject: str = "") -> Advice:
    """Nothing that this pool or client needs."""
    return Advice(setting, Verdict.NOT_APPLICABLE, found, "", subject, "", setting.severity)


PoolCheck = Callable[[PoolFacts], Advice]
ClientCheck = Callable[[ClientFacts, AppClient, PoolFacts], Advice]

SILENT = Unknown("this backend doesn't say.", "Look at it in the AWS console.")
"""For settings that AWS always states and an emulator leaves out."""
