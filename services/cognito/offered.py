"""What a pool offers that some actions need, asked of AWS once and only when one of them wants to know."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from services.errors import NotAvailable, PermissionMissing

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway
    from services.cognito.sign_in import MfaConfig


class Offered:
    """What one pool offers; None is what can't be asked here. Raises the gateway's other errors."""

    def __init__(self, gateway: CognitoGateway) -> None:
        self._gateway = gateway

    @cached_property
    def second_factors(self) -> MfaConfig | None:
        """The second factors that the pool has, and whether it demands one (GetUserPoolMfaConfig)."""
        with suppress(NotAvailable, PermissionMissing):
            return self._gateway.mfa_config()
        return None

    @cached_property
    def providers(self) -> tuple[str, ...] | None:
        """The names of its identity providers (ListIdentityProviders)."""
        with suppress(NotAvailable, PermissionMissing):
            return tuple(provider.name for provider in self._gateway.identity_providers())
        return None
