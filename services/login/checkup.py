"""The check-up of a pool: everything read once, every check made on it, and the whole of the advice.

Only settings are read; nobody is looked at and nobody is billed. What can't be read is said to be
"not checked" and never counts as good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

from services.cognito.gateway import CognitoGateway
from services.cognito.models import AppClient
from services.login.advice import Advice, CheckupVerdict, ClientFacts, PoolFacts, not_checked
from services.login.chain import Unknown, or_unknown
from services.login.checkup_clients import CLIENT_CHECKS, application_group, hosted_domain
from services.login.checkup_pool import POOL_CHECKS
from services.login.checkup_providers import provider_advice, read_providers
from services.login.severity import AdviceSeverity
from services.store.applications import Application

MOST_CLIENTS = 40
"""AWS answers for five app clients a second; nobody waits for hundreds."""

_TOO_MANY = Unknown(f"only the first {MOST_CLIENTS} app clients are looked at, those of applications first.")


class CheckUpExit(IntEnum):
    """The exit codes of `python -m console doctor`."""

    GOOD = 0
    MEND = 2
    NOT_ALL_CHECKED = 3


@dataclass(frozen=True, slots=True)
class CheckUp:
    """The pool's name and all advice: pool first, then clients, identity providers and applications."""

    pool_name: str
    advice: tuple[Advice, ...]

    def of(self, verdict: CheckupVerdict) -> tuple[Advice, ...]:
        """The advice with this verdict, gravest first."""
        return tuple(
            sorted(
                (advice for advice in self.advice if advice.verdict is verdict),
                key=lambda advice: advice.severity.rank,
            )
        )

    def exit_code(self, fail_on: AdviceSeverity = AdviceSeverity.LOW) -> CheckUpExit:
        """MEND if something of at least this severity is to be mended, else whether all was checked."""
        if any(advice.severity.rank <= fail_on.rank for advice in self.of(CheckupVerdict.MEND)):
            return CheckUpExit.MEND
        return CheckUpExit.NOT_ALL_CHECKED if self.of(CheckupVerdict.UNKNOWN) else CheckUpExit.GOOD


def read_facts(
    gateway: CognitoGateway, applications: Iterable[Application] = (), own_callback: str = ""
) -> PoolFacts:
    """Everything that the check-up looks at; `applications` are those set up for this pool.

    Raises the `CognitoError`s of the first read (the pool's settings), without which there is nothing
    to say.
    """
    known = tuple(applications)
    pool = gateway.describe_pool(refresh=True)
    listed = or_unknown(gateway.list_clients)
    return PoolFacts(
        pool=pool,
        mfa=or_unknown(gateway.mfa_config),
        clients=listed if isinstance(listed, Unknown) else _clients(gateway, listed, known),
        applications=known,
        groups=or_unknown(lambda: frozenset(group.name for group in gateway.list_groups())),
        own_callback=own_callback,
        providers=read_providers(gateway),
    )


def _clients(
    gateway: CognitoGateway, listed: Iterable[AppClient], known: tuple[Application, ...]
) -> tuple[ClientFacts, ...]:
    """Every app client, those of applications first; beyond the first `MOST_CLIENTS` only by name."""
    used = {application.client_id for application in known}
    ordered = sorted(listed, key=lambda client: client.id not in used)
    found = []
    for number, listed_client in enumerate(ordered):
        settings = (
            or_unknown(partial(gateway.describe_client, listed_client.id))
            if number < MOST_CLIENTS
            else _TOO_MANY
        )
        mine = tuple(app for app in known if app.client_id == listed_client.id)
        found.append(ClientFacts(listed_client.id, listed_client.name, settings, mine))
    return tuple(found)


def check_up(facts: PoolFacts) -> CheckUp:
    """Make every check of the pool on what is known of it (`facts`)."""
    advice = [check(facts) for check in POOL_CHECKS]
    advice.append(hosted_domain(facts))
    if isinstance(facts.clients, Unknown):
        advice += [not_checked(setting, facts.clients, subject="app clients") for setting, _ in CLIENT_CHECKS]
    else:
        for client in facts.clients:
            advice += _of_client(client, facts)
    advice += provider_advice(facts)
    advice += [application_group(application, facts) for application in facts.applications]
    return CheckUp(facts.pool.name, tuple(advice))


def _of_client(client: ClientFacts, facts: PoolFacts) -> list[Advice]:
    settings = client.settings
    if isinstance(settings, Unknown):
        return [not_checked(setting, settings, subject=client.label) for setting, _ in CLIENT_CHECKS]
    return [check(client, settings, facts) for _, check in CLIENT_CHECKS]


def as_data(result: CheckUp) -> list[dict[str, str]]:
    """The check-up as JSON-ready values."""
    return [
        {
            "key": advice.key,
            "subject": advice.subject,
            "title": advice.title,
            "verdict": str(advice.verdict),
            "severity": str(advice.severity),
            "found": advice.found,
            "fix": advice.fix,
            "why": advice.setting.why,
            "where": advice.setting.where,
            "detail": advice.detail,
        }
        for advice in result.advice
    ]
