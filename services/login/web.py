"""Asking an OpenID provider: only at addresses that are known beforehand, briefly, and in small bites.

Authlib's OAuth client runs on the same guarded connection. What a provider's refusals mean stands here
too: codes of RFC 6749, OpenID Connect Core and of Cognito's endpoints ("The redirect and authorization
endpoint", "The token issuer endpoint", Cognito developer guide).
"""

from __future__ import annotations

import ipaddress
import json
import socket
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from services.errors import ConsoleError
from services.login import web

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import OAuth2Client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LARGEST_ANSWER = 512_000  # bytes; discovery documents and key sets have a few thousand
CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 20.0


class ProviderUnreachable(ConsoleError):
    """The provider did not answer, or not as one does."""


class AddressRefused(ConsoleError):
    """The console doesn't call this address."""


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, in lower case and without the default port; "" if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.lower()
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def refuse_inside(url: str) -> None:
    """Raise `AddressRefused` if `url` isn't https, or its host stands inside this machine or network.

    For addresses that a provider names (a custom domain). Raises `ProviderUnreachable` when the
    host's name can't be resolved.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not origin_of(url):
        raise AddressRefused(
            "The provider names an address that isn't https, so the console doesn't call it.",
            "The provider's description is wrong; compare it with the pool's domain.",
        )
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ProviderUnreachable(
            f"There is no host {parts.hostname}.",
            "If it is the pool's domain: it was not set up, or its DNS record is missing. "
            "See the pool's domain in the AWS console.",
        ) from None
    for entry in found:
        if not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global:
            raise AddressRefused(
                f"{parts.hostname} leads into a private network, so the console doesn't call it.",
                "A provider's addresses must be public ones, or stand at the connection's own endpoint.",
            )


class Guard(httpx.BaseTransport):
    """Lets requests through to the given origins only, and cuts answers that are too long or too slow."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(filter(None, origins))
        # No proxy: the addresses were checked from here.
        self._inner = httpx.HTTPTransport(retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises `AddressRefused`."""
        if origin_of(str(request.url)) not in self._origins:
            raise AddressRefused(
                f"The console doesn't call {request.url.host}: it isn't an address of a known user pool.",
                "Set the pool or the application up first, on the Configuration page.",
            )
        response = self._inner.handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - of a sync transport
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Limited(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class _Limited(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream
        self._ends = time.monotonic() + WHOLE_SECONDS

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_ANSWER or time.monotonic() > self._ends:
                raise ProviderUnreachable(
                    "The provider's answer is too long or too slow; it was cut off.",
                    "Look at the address with a browser: it doesn't answer as an OpenID provider does.",
                )
            yield chunk

    def close(self) -> None:
        self._stream.close()


def client_options(origins: Iterable[str]) -> dict[str, Any]:
    """Options for every httpx client that asks a provider: guarded, no redirects, no environment."""
    return {
        "transport": Guard(origins),
        "timeout": httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        "follow_redirects": False,
        "trust_env": False,
        "headers": {"accept-encoding": "identity", "user-agent": "cognito-ops-console"},
    }


def unreachable(url: str, error: httpx.HTTPError) -> ProviderUnreachable:
    """What to say when no answer came from `url`."""
    host = urlsplit(url).hostname or url
    if isinstance(error, httpx.HTTPStatusError):  # Authlib raises it for 5xx
        return ProviderUnreachable(
            f"{host} answers with an error of its own ({error.response.status_code}).",
            "Try again in a minute; if it stays, look at the service's status page.",
        )
    how = "took too long to answer" if isinstance(error, httpx.TimeoutException) else "can't be reached"
    return ProviderUnreachable(
        f"{host} {how}.",
        "Check the address, the network between it and this console, and whether the service is up.",
    )


def fetch_json(url: str, origins: Iterable[str]) -> dict[str, Any]:
    """The JSON object at `url`. Raises `ProviderUnreachable` or `AddressRefused`."""
    with httpx.Client(**client_options(origins)) as client:
        try:
            answer = client.get(url, headers={"accept": "application/json"})
            body = answer.content
        except httpx.HTTPError as error:
            raise unreachable(url, error) from None
    if answer.status_code != httpx.codes.OK:
        raise ProviderUnreachable(
            f"{urlsplit(url).hostname} answered {answer.status_code} instead of a description.",
            "Check region and pool id in the address: a pool that doesn't exist has none.",
        )
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderUnreachable(
            f"{urlsplit(url).hostname} answered something that is no JSON object.",
            "Check the address: an OpenID provider describes itself in JSON.",
        )
    return found


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


_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_APP_CLIENT = "In the AWS console: the pool, App clients, this client"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A refusal in words: what it says, which field it is about, and what to change there."""

    sentence: str
    field: str
    fix: str


_AT_SIGN_IN: Mapping[str, Meaning] = MappingProxyType(
    {
        "redirect_mismatch": Meaning(
            "The app client doesn't accept the callback URL {redirect_uri}.",
            "Callback URL",
            f"{_APP_CLIENT}, Login pages: add exactly this to Allowed callback URLs: {{redirect_uri}}",
        ),
        "invalid_scope": Meaning(
            "The app client doesn't allow one of the scopes: {scopes}.",
            "Scopes",
            f"Leave the scope out here and in the application, or allow it. {_APP_CLIENT}, Login pages, "
            "OpenID Connect scopes.",
        ),
        "unauthorized_client": Meaning(
            "The app client may not use the authorization code flow.",
            "App client",
            f"{_APP_CLIENT}, Login pages: allow the “Authorization code grant”.",
        ),
        "unsupported_response_type": Meaning(
            "The app client may not use the authorization code flow.",
            "App client",
            f"{_APP_CLIENT}, Login pages: allow the “Authorization code grant”.",
        ),
        "invalid_client": Meaning(
            "The pool has no app client {client_id}, or it was deleted.",
            "Client ID",
            "Compare the client ID with those of the pool (Configuration, Applications).",
        ),
        "access_denied": Meaning(
            "The sign-in was refused or cancelled on the login page.",
            "Person",
            "Ask what the login page said. If it was nothing: a trigger of the pool or the other identity "
            "provider refused the person.",
        ),
        "login_required": Meaning(
            "Nobody is signed in at the provider, and it may not ask.",
            "Prompt",
            "Try again without prompt=none.",
        ),
        "invalid_request": Meaning(
            "The provider couldn't make sense of the request.",
            "Scopes, PKCE, identity provider",
            "Check the scopes, the identity provider's name and whether PKCE is on; then the client ID.",
        ),
        "server_error": Meaning(
            "The provider stumbled.", "", "Try again; if it stays, look at the pool's Lambda triggers."
        ),
        "temporarily_unavailable": Meaning("The provider is busy.", "", "Try again in a minute."),
    }
)
_AT_EXCHANGE: Mapping[str, Meaning] = MappingProxyType(
    {
        "invalid_client": Meaning(
            "The client secret is wrong, or the client doesn't prove itself the way the pool wants.",
            "Client secret",
            "Enter the secret again (Configuration, Applications: “Read it from Cognito” takes the right "
            "one). A client without a secret wants “none”, one with a secret wants “basic” or “post”.",
        ),
        "invalid_grant": Meaning(
            "The code was refused: it is older than five minutes, was used already, or belongs to another "
            "callback URL or PKCE verifier.",
            "Code",
            "Begin the test again and sign in without a long break. If it happens at once, the person may be "
            "disabled, or the application's own page has used the code first.",
        ),
        "unauthorized_client": Meaning(
            "The app client may not exchange codes, or the callback URL differs from the one of the sign-in.",
            "App client",
            f"{_APP_CLIENT}, Login pages: allow the “Authorization code grant”.",
        ),
        "invalid_request": Meaning(
            "The token endpoint misses something: often the PKCE verifier or the client secret.",
            "PKCE, client secret",
            "Switch PKCE on, and check that the secret is set if the client has one.",
        ),
        "unsupported_grant_type": Meaning(
            "The provider doesn't know the code flow.", "Discovery URL", "Check the discovery URL."
        ),
        "invalid_scope": _AT_SIGN_IN["invalid_scope"],
    }
)
_AT_REFRESH: Mapping[str, Meaning] = MappingProxyType(
    {
        "invalid_grant": Meaning(
            "The refresh token isn't good any more: it ran out, was revoked, or the person was signed out, "
            "disabled or deleted.",
            "Refresh token",
            "Sign in again.",
        ),
        "invalid_client": _AT_EXCHANGE["invalid_client"],
        "unsupported_token_type": Meaning(
            "Revoking is off for this app client.",
            "App client",
            f"{_APP_CLIENT}: switch “Token revocation” on.",
        ),
    }
)
_TABLES = {"sign-in": _AT_SIGN_IN, "exchange": _AT_EXCHANGE, "refresh": _AT_REFRESH}


def meaning_of(stage: str, code: str, description: str = "", **values: str) -> Meaning:
    """What the refusal `code` at `stage` ("sign-in", "exchange" or "refresh") means.

    `description` is the provider's own text: it is added, shortened. `values` fill in the texts
    (redirect_uri, scopes, client_id).
    """
    known = _TABLES[stage].get(code)
    if known is None:
        shown = code if _CODE.fullmatch(code) else "something unreadable"
        known = Meaning(f"The provider refused with “{shown}”.", "", "See the provider's documentation.")
    filled = {"redirect_uri": "", "scopes": "", "client_id": "", **values}
    text = known.sentence.format_map(filled)
    said = " ".join(description.split())[:300]
    if said and said.casefold() != code.casefold():
        text += f" It says: {said}"
    return Meaning(text, known.field, known.fix.format_map(filled))
