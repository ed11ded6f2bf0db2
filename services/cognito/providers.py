"""Identity providers of a pool: read, added, changed, deleted.

Sources: API reference, CreateIdentityProvider and UpdateIdentityProvider (keys of ProviderDetails by
kind); Cognito developer guide, "Third-party IdP sign-in". A provider's own secret is read only to be
sent back unchanged: DescribeIdentityProvider tells it, and an update replaces all of the details.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.cognito import parse
from services.cognito.mutations import Mutations, mutation
from services.cognito.permit import Permit

if TYPE_CHECKING:
    from services.cognito.client import AwsClient

SECRETS = frozenset({"client_secret", "private_key"})
"""Keys of the details that hold secrets."""

# what AWS makes of the metadata and tells beside it; requests have none of it
_DERIVED = frozenset({"ActiveEncryptionCertificate", "SSORedirectBindingURI", "SLORedirectBindingURI"})


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One identity provider. `kind` is AWS's word (OIDC, SAML, Google …).

    `details` are AWS's ProviderDetails without the secrets; `mapping` is attribute of the pool → claim
    or attribute of the provider; `identifiers` are names for the login page's `idp_identifier`. `acr`
    maps levels of authentication (AcrMapping). `secrets` is filled only for what is about to be sent.
    """

    name: str
    kind: str
    details: Mapping[str, str]
    mapping: Mapping[str, str] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    acr: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    changed: datetime | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def stamp(self) -> str:
        """The same for equal settings: a sign that nobody has changed them in between."""
        told = (self.kind, dict(self.details), dict(self.mapping), self.identifiers, dict(self.acr))
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def without_secrets(self) -> ProviderSettings:
        """What may be shown and kept."""
        return replace(self, secrets={})


class IdentityProviders(Mutations):
    """The part of the gateway that is about identity providers. Raises the `CognitoError`s of `translate`."""

    pool_id: str
    client: AwsClient

    def describe_provider(self, name: str, *, secrets: bool = False) -> ProviderSettings:
        """One provider; its secrets stay behind unless they are to be sent back.

        Raises `ProviderNotFound`.
        """
        raw = self.client.read("DescribeIdentityProvider", self.pool_id, ProviderName=name)
        found = _provider(parse.part(raw, "IdentityProvider"))
        return found if secrets else found.without_secrets()

    @mutation("CreateIdentityProvider")
    def create_provider(
        self,
        permit: Permit,
        name: str,
        kind: str,
        *,
        details: Mapping[str, str],
        mapping: Mapping[str, str],
        identifiers: Iterable[str] = (),
    ) -> ProviderSettings:
        """Add a provider; it is offered by no app client yet. `details` hold its secret, too."""
        names = list(identifiers)
        raw = self.client.change(
            permit,
            "CreateIdentityProvider",
            self.pool_id,
            ProviderName=name,
            ProviderType=kind,
            ProviderDetails=dict(details),
            AttributeMapping=dict(mapping),
            **({"IdpIdentifiers": names} if names else {}),
        )
        return _provider(parse.part(raw, "IdentityProvider")).without_secrets()

    @mutation("UpdateIdentityProvider")
    def update_provider(
        self,
        permit: Permit,
        name: str,
        *,
        details: Mapping[str, str],
        mapping: Mapping[str, str],
        identifiers: Iterable[str] = (),
        acr: Mapping[str, str] | None = None,
    ) -> ProviderSettings:
        """Set everything of a provider; what `details`, secret included, leave out is gone."""
        raw = self.client.change(
            permit,
            "UpdateIdentityProvider",
            self.pool_id,
            ProviderName=name,
            ProviderDetails=dict(details),
            AttributeMapping=dict(mapping),
            IdpIdentifiers=list(identifiers),
            **({"AcrMapping": dict(acr)} if acr else {}),
        )
        return _provider(parse.part(raw, "IdentityProvider")).without_secrets()

    @mutation("DeleteIdentityProvider")
    def delete_provider(self, permit: Permit, name: str) -> None:
        """Delete a provider: nobody gets in through it any more; people and links stay."""
        self.client.change(permit, "DeleteIdentityProvider", self.pool_id, ProviderName=name)


def _provider(raw: Mapping[str, Any]) -> ProviderSettings:
    details = {str(name): str(value) for name, value in (raw.get("ProviderDetails") or {}).items()}
    return ProviderSettings(
        name=str(raw["ProviderName"]),
        kind=str(raw.get("ProviderType") or ""),
        details={
            name: value for name, value in details.items() if name not in SECRETS and name not in _DERIVED
        },
        mapping=_texts(raw.get("AttributeMapping")),
        identifiers=tuple(str(name) for name in raw.get("IdpIdentifiers") or ()),
        acr=_texts(raw.get("AcrMapping")),
        created=parse.time(raw.get("CreationDate")),
        changed=parse.time(raw.get("LastModifiedDate")),
        secrets={name: value for name, value in details.items() if name in SECRETS},
    )


def _texts(raw: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (raw or {}).items()}
