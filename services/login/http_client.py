"""Authlib's OAuth client on a guarded connection."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from services.login import web

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
"""How a client proves itself at the token endpoint (OpenID Connect Core, section 9)."""


def oauth_client(
    origins: Iterable[str], client_id: str, secret: str, auth_method: str, **options: Any
) -> OAuth2Client:
    """A client that proves itself by `auth_method` and calls the given origins only."""
    with warnings.catch_warnings():
        # Authlib asks for a successor of httpx that isn't needed here.
        warnings.simplefilter("ignore", DeprecationWarning)
        from authlib.integrations.httpx_client import OAuth2Client  # noqa: PLC0415
    return OAuth2Client(
        client_id=client_id,
        client_secret=secret or None,
        token_endpoint_auth_method=auth_method,
        revocation_endpoint_auth_method=auth_method,
        code_challenge_method="S256",
        **web.client_options(origins),
        **options,
    )
