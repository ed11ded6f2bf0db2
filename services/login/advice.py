"""What the check-up of a pool works with, and what it says: advice on one setting of something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from services.cognito.models import AppClient, UserPool
from services.cognito.providers import ProviderSettings
from services.cognito.sign_in import MfaConfig
from services.login.chain import Title, Unknown
from services.login.client_fixes import ClientFix
from services.login.provider_metadata import SamlDescription
from services.login.severity import AdviceSeverity
from services.store.applications import Application


class CheckupVerdict(StrEnum):
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
        """The app client's name, or its ID while its name isn't known."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One identity provider: its settings as far as they can be read, and a SAML provider's metadata."""

    name: str
    kind: str
    settings: ProviderSettings | Unknown
    metadata: SamlDescription | Unknown | None = None


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """Everything that the check-up looks at. `groups` are the names of the pool's groups.

    `own_callback` is where login tests of this console come back to; "" when nobody tests.
    `providers` are the pool's identity providers, as far as they can be read.
    """

    pool: UserPool
    mfa: MfaConfig | Unknown
    clients: tuple[ClientFacts, ...] | Unknown = ()
    applications: tuple[Application, ...] = ()
    groups: frozenset[str] | Unknown = frozenset()
    own_callback: str = ""
    providers: tuple[ProviderFacts, ...] | Unknown = ()

    @property
    def readable(self) -> tuple[AppClient, ...]:
        """The clients whose settings are known."""
        if isinstance(self.clients, Unknown):
            return ()
        return tuple(client.settings for client in self.clients if isinstance(client.settings, AppClient))


@dataclass(frozen=True, slots=True)
class PoolSetting:
    """A setting that is looked at: `why` it matters, and `where` it is changed. `key` is for programs."""

    key: str
    title: Title
    severity: AdviceSeverity
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Advice:
    """One setting as it was found, on the pool or on the client or application that `subject` names.

    `severity` may be higher or lower than usual, by what was found. `fix` says what to set, and `fixes`
    set it, where that is an app client's.
    """

    setting: PoolSetting
    verdict: CheckupVerdict
    found: str
    fix: str = ""
    subject: str = ""
    detail: str = ""
    severity: AdviceSeverity = field(default=AdviceSeverity.LOW)
    fixes: tuple[ClientFix, ...] = ()

    @property
    def key(self) -> str:
        """The key of the setting of the pool or app client that this is about."""
        return self.setting.key

    @property
    def title(self) -> str:
        """What was found, in a few words; what was not looked at claims nothing."""
        title = self.setting.title
        match self.verdict:
            case CheckupVerdict.GOOD:
                return title.good
            case CheckupVerdict.MEND:
                return title.bad
            case _:
                return title.open


def good(setting: PoolSetting, found: str, *, subject: str = "", detail: str = "") -> Advice:
    """Advice for a setting that is as it should be."""
    return Advice(setting, CheckupVerdict.GOOD, found, "", subject, detail, setting.severity)


def mend(
    setting: PoolSetting,
    found: str,
    fix: str,
    *,
    subject: str = "",
    detail: str = "",
    severity: AdviceSeverity | None = None,
    fixes: Iterable[ClientFix] = (),
) -> Advice:
    """Advice for a setting that should be changed, and how."""
    grave = severity or setting.severity
    return Advice(setting, CheckupVerdict.MEND, found, fix, subject, detail, grave, tuple(fixes))


def not_checked(setting: PoolSetting, unknown: Unknown, *, subject: str = "") -> Advice:
    """Advice for a setting that couldn't be looked at: neither good nor bad."""
    return Advice(
        setting, CheckupVerdict.UNKNOWN, unknown.sentence, unknown.next_step, subject, "", setting.severity
    )


def not_applicable(setting: PoolSetting, found: str, *, subject: str = "") -> Advice:
    """Advice for a setting that this pool or client doesn't need."""
    return Advice(setting, CheckupVerdict.NOT_APPLICABLE, found, "", subject, "", setting.severity)


PoolCheck = Callable[[PoolFacts], Advice]
ClientCheck = Callable[[ClientFacts, AppClient, PoolFacts], Advice]

SILENT = Unknown("the Cognito behind this connection doesn't say.", "Look at it in the AWS console.")
"""For settings that AWS always states and an emulator leaves out."""
