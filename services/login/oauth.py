"""Authlib's OAuth client on the guarded connection, and what a provider's refusals mean.

Refusals are codes of RFC 6749, OpenID Connect Core and of Cognito's endpoints ("The redirect and
authorization endpoint", "The token issuer endpoint", Cognito developer guide).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from services.web import client_options

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
        **client_options(origins),
        **options,
    )


_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_APP_CLIENT = "In the AWS console: the pool, App clients, this client"


@dataclass(frozen=True, slots=True)
class RefusalMeaning:
    """A refusal in words: what it says, which field it is about, and what to change there."""

    sentence: str
    field: str
    fix: str


_AT_SIGN_IN: Mapping[str, RefusalMeaning] = MappingProxyType(
    {
        "redirect_mismatch": RefusalMeaning(
            "The app client doesn't accept the callback URL {redirect_uri}.",
            "Callback URL",
            f"{_APP_CLIENT}, Login pages: add exactly this to Allowed callback URLs: {{redirect_uri}}",
        ),
        "invalid_scope": RefusalMeaning(
            "The app client doesn't allow one of the scopes: {scopes}.",
            "Scopes",
            f"Leave the scope out here and in the application, or allow it. {_APP_CLIENT}, Login pages, "
            "OpenID Connect scopes.",
        ),
        "unauthorized_client": RefusalMeaning(
            "The app client may not use the authorization code flow.",
            "App client",
            f"{_APP_CLIENT}, Login pages: allow the “Authorization code grant”.",
        ),
        "unsupported_response_type": RefusalMeaning(
            "The app client may not use the authorization code flow.",
            "App client",
            f"{_APP_CLIENT}, Login pages: allow the “Authorization code grant”.",
        ),
        "invalid_client": RefusalMeaning(
            "The pool has no app client {client_id}, or it was deleted.",
            "Client ID",
            "Compare the client ID with those of the pool (Configuration, Applications).",
        ),
        "access_denied": RefusalMeaning(
            "The sign-in was refused or cancelled on the login page.",
            "Person",
            "Ask what the login page said. If it was nothing: a trigger of the pool or the other identity "
            "provider refused the person.",
        ),
        "login_required": RefusalMeaning(
            "Nobody is signed in at the provider, and it may not ask.",
            "Prompt",
            "Try again without prompt=none.",
        ),
        "invalid_request": RefusalMeaning(
            "The provider couldn't make sense of the request.",
            "Scopes, PKCE, identity provider",
            "Check the scopes, the identity provider's name and whether PKCE is on; then the client ID.",
        ),
        "server_error": RefusalMeaning(
            "The provider stumbled.", "", "Try again; if it stays, look at the pool's Lambda triggers."
        ),
        "temporarily_unavailable": RefusalMeaning("The provider is busy.", "", "Try again in a minute."),
    }
)
_AT_EXCHANGE: Mapping[str, RefusalMeaning] = MappingProxyType(
    {
        "invalid_client": RefusalMeaning(
            "The client secret is wrong, or the client doesn't prove itself the way the pool wants.",
            "Client secret",
            "Enter the secret again (Configuration, Applications: “Read it from Cognito” takes the right "
            "one). A client without a secret wants “none”, one with a secret wants “basic” or “post”.",
        ),
        "invalid_grant": RefusalMeaning(
            "The code was refused: it is older than five minutes, was used already, or belongs to another "
            "callback URL or PKCE verifier.",
            "Code",
            "Begin the test again and sign in without a long break. If it happens at once, the person may be "
            "disabled, or the application's own page has used the code first.",
        ),
        "unauthorized_client": RefusalMeaning(
            "The app client may not exchange codes, or the callback URL differs from the one of the sign-in.",
            "App client",
            f"{_APP_CLIENT}, Login pages: allow the “Authorization code grant”.",
        ),
        "invalid_request": RefusalMeaning(
            "The token endpoint misses something: often the PKCE verifier or the client secret.",
            "PKCE, client secret",
            "Switch PKCE on, and check that the secret is set if the client has one.",
        ),
        "unsupported_grant_type": RefusalMeaning(
            "The provider doesn't know the code flow.", "Discovery URL", "Check the discovery URL."
        ),
        "invalid_scope": _AT_SIGN_IN["invalid_scope"],
    }
)
_AT_REFRESH: Mapping[str, RefusalMeaning] = MappingProxyType(
    {
        "invalid_grant": RefusalMeaning(
            "The refresh token isn't good any more: it ran out, was revoked, or the person was signed out, "
            "disabled or deleted.",
            "Refresh token",
            "Sign in again.",
        ),
        "invalid_client": _AT_EXCHANGE["invalid_client"],
        "unsupported_token_type": RefusalMeaning(
            "Revoking is off for this app client.",
            "App client",
            f"{_APP_CLIENT}: switch “Token revocation” on.",
        ),
    }
)
_THROUGH_PROVIDER: Mapping[str, RefusalMeaning] = MappingProxyType(
    {
        **_AT_SIGN_IN,
        # whatever goes wrong between pool and provider comes back so
        "invalid_request": RefusalMeaning(
            "The pool couldn't use what {provider} answered.",
            "",
            "Look at {provider} under Configuration → Identity providers: its client ID and client secret, "
            "its issuer, and what is mapped; “Try it out” asks it. Its own log may say more.",
        ),
    }
)
_TABLES = {
    "sign-in": _AT_SIGN_IN,
    "provider": _THROUGH_PROVIDER,
    "exchange": _AT_EXCHANGE,
    "refresh": _AT_REFRESH,
}


def meaning_of(stage: str, code: str, description: str = "", **values: str) -> RefusalMeaning:
    """What the refusal `code` at `stage` means: "sign-in", the same through an identity "provider",
    "exchange" or "refresh".

    `description` is the provider's own text: it is added, shortened. `values` fill in the texts
    (redirect_uri, scopes, client_id, provider).
    """
    known = _TABLES[stage].get(code)
    if known is None:
        shown = code if _CODE.fullmatch(code) else "something unreadable"
        known = RefusalMeaning(
            f"The provider refused with “{shown}”.", "", "See the provider's documentation."
        )
    filled = {"redirect_uri": "", "scopes": "", "client_id": "", "provider": "", **values}
    text = known.sentence.format_map(filled)
    said = " ".join(description.split())[:300]
    if said and said.casefold() != code.casefold():
        text += f" It says: {said}"
    return RefusalMeaning(text, known.field, known.fix.format_map(filled))
