"""Changes to the identity providers of a pool: added, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from services.cognito.actions.base import Change, Facts, TargetRef
from services.cognito.permit import Permit
from services.cognito.providers import ProviderSettings
from services.errors import ChangedMeanwhile, ConsoleError, ProviderNotFound
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

_LONG = 300
"""Characters of a detail that the log keeps (a metadata file has thousands)."""


def provider_facts(provider: ProviderSettings) -> dict[str, Any]:
    """What the activity log keeps about a provider; its secret is not among it."""
    return {
        "kind": provider.kind,
        "details": {
            name: value if len(value) <= _LONG else f"{len(value):,} characters"
            for name, value in sorted(provider.details.items())
        },
        "mapping": dict(sorted(provider.mapping.items())),
        "identifiers": list(provider.identifiers),
    }


@dataclass(frozen=True)
class ProviderChange(Change):
    """A change to one identity provider of the pool."""

    permission = Permission.CONFIGURE
    shows = False

    name: str

    @property
    def target(self) -> TargetRef:
        return TargetRef("provider", self.name, self.name)

    def before(self, gateway: CognitoGateway) -> Facts:
        return provider_facts(gateway.describe_provider(self.name))

    def difference(self, before: Facts, after: Facts) -> list[tuple[str, str, str]]:
        return [found for found in super().difference(before, after) if found[1] != found[2]]

    @property
    def object(self) -> str:
        return self.name


@dataclass(frozen=True)
class WrittenProvider(ProviderChange):
    """A change that says what a provider is like from then on.

    `details` are AWS's ProviderDetails without secrets; `secret` is one that was typed, by its key, and
    is kept nowhere.
    """

    details: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_data(cls, values: dict[str, Any]) -> Self:
        return cls(**{**values, "identifiers": tuple(values["identifiers"])})

    def is_as_wanted(self, there: ProviderSettings) -> bool:
        """Whether a provider is like this already; of its secret nobody can tell."""
        details = {name: there.details.get(name) for name in self.details}
        # AWS maps the username by itself where nothing else is said
        mapping = {name: claim for name, claim in there.mapping.items() if name == "username"}
        return (
            details == dict(self.details)
            and dict(there.mapping) == {**mapping, **self.mapping}
            and sorted(there.identifiers) == sorted(self.identifiers)
        )


@dataclass(frozen=True)
class CreateProvider(WrittenProvider):
    """CreateIdentityProvider. App clients offer it only once they are told to."""

    action = "create_provider"
    dangerous = True
    operation = "CreateIdentityProvider"
    phrase = "Adding the identity provider {ProviderName}"
    logged, verb, past = (
        "Added an identity provider",
        "add identity provider",
        "added identity provider",
    )

    kind: str = ""

    def before(self, gateway: CognitoGateway) -> Facts:
        return {}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        made = gateway.create_provider(
            permit,
            self.name,
            self.kind,
            details={**self.details, **self.secret},
            mapping=self.mapping,
            identifiers=self.identifiers,
        )
        return provider_facts(made)

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        try:
            there = gateway.describe_provider(self.name)
        except ProviderNotFound:
            return False
        return there.kind == self.kind and self.is_as_wanted(there)


@dataclass(frozen=True)
class UpdateProvider(WrittenProvider):
    """UpdateIdentityProvider with the whole provider, as it was read a moment before.

    `stamp` is that of the settings that the operator saw: a provider that was changed since isn't
    written to, and `ChangedMeanwhile` is raised. A secret that wasn't typed anew stays.
    """

    action = "update_provider"
    dangerous = True
    operation = "UpdateIdentityProvider"
    phrase = "Changing the identity provider {ProviderName}"
    logged, verb, past = (
        "Changed an identity provider",
        "change identity provider",
        "changed identity provider",
    )

    stamp: str = ""

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        now = gateway.describe_provider(self.name, secrets=True)
        if now.stamp != self.stamp:
            raise ChangedMeanwhile(
                f"The identity provider {self.name} was changed by somebody else since it was shown here; "
                "nothing was changed.",
                "Look at it again, then decide.",
            )
        made = gateway.update_provider(
            permit,
            self.name,
            details={**self.details, **now.secrets, **self.secret},
            mapping=self.mapping,
            identifiers=self.identifiers,
            acr=now.acr,
        )
        return {**self._compared(gateway, made), **({"secret": "changed"} if self.secret else {})}

    def _compared(self, gateway: CognitoGateway, made: ProviderSettings) -> Facts:
        """What the provider is like afterwards, read once more."""
        try:
            there = gateway.describe_provider(self.name)
        except ConsoleError:
            return {**provider_facts(made), "read_again": "it could not be read again"}
        other = {} if self.is_as_wanted(there) else {"also_changed": ["it isn't as it was asked for"]}
        return {**provider_facts(there), **other}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        there = self.is_as_wanted(gateway.describe_provider(self.name))
        return None if there and self.secret else there


@dataclass(frozen=True)
class DeleteProvider(ProviderChange):
    """DeleteIdentityProvider: nobody gets in through it any more. People and their links stay."""

    action = "delete_provider"
    dangerous = True
    operation = "DeleteIdentityProvider"
    phrase = "Deleting the identity provider {ProviderName}"
    irreversible = True
    logged, verb, past = (
        "Deleted an identity provider",
        "delete identity provider",
        "deleted identity provider",
    )

    @property
    def expected(self) -> Facts:
        return {"deleted": True}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.delete_provider(permit, self.name)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        try:
            gateway.describe_provider(self.name)
        except ProviderNotFound:
            return True
        return False
