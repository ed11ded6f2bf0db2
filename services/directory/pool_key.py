"""One name for a pool, whatever record of ours leads to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


def pool_key_of(gateway: CognitoGateway) -> str:
    """Endpoint, region and pool id: the same for every connection that reaches the pool."""
    settings = gateway.settings
    return f"{settings.endpoint_url.rstrip('/')}|{settings.region}|{gateway.pool_id}"
