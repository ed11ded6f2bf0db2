"""Asking addresses elsewhere: only those that are known beforehand, briefly, and in small bites."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from services.errors import ConsoleError

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
            f"This machine finds no host {parts.hostname}.",
            "Check how it is written. If it is the pool's own domain, look at that in the AWS console: it "
            "was not set up, or its DNS record is missing.",
        ) from None
    for entry in found:
        if not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global:
            raise AddressRefused(
                f"{parts.hostname} leads into a private network, so the console doesn't call it.",
                "A provider's addresses must be public ones, or stand at the connection's own endpoint.",
            )


@cache
def trusted() -> ssl.SSLContext:
    """Whom connections trust: certifi's list, or SSL_CERT_FILE or SSL_CERT_DIR; read once, for 20 ms."""
    return httpx.create_ssl_context()


class AddressGuard(httpx.BaseTransport):
    """Lets requests through to the given origins only, and cuts answers that are too long or too slow."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(filter(None, origins))
        # No proxy: the addresses were checked from here.
        self._inner = httpx.HTTPTransport(verify=trusted(), retries=0)

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
        "transport": AddressGuard(origins),
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


def status_of(url: str, origins: Iterable[str], *, method: str = "GET") -> int:
    """How an address answers a bare request. Raises `ProviderUnreachable` or `AddressRefused`."""
    with httpx.Client(**client_options(origins)) as client:
        try:
            return client.request(method, url).status_code
        except httpx.HTTPError as error:
            raise unreachable(url, error) from None


def fetch(url: str, origins: Iterable[str], accept: str = "*/*") -> bytes:
    """What stands at `url`. Raises `ProviderUnreachable` or `AddressRefused`."""
    with httpx.Client(**client_options(origins)) as client:
        try:
            answer = client.get(url, headers={"accept": accept})
            body = answer.content
        except httpx.HTTPError as error:
            raise unreachable(url, error) from None
    if answer.status_code != httpx.codes.OK:
        raise ProviderUnreachable(
            f"{urlsplit(url).hostname} answered {answer.status_code} instead of a description.",
            "Check the address; in a pool's own: region and pool ID. A pool that doesn't exist has none.",
        )
    return body


def fetch_json(url: str, origins: Iterable[str]) -> dict[str, Any]:
    """The JSON object at `url`. Raises `ProviderUnreachable` or `AddressRefused`."""
    return json_object(fetch(url, origins, "application/json"), urlsplit(url).hostname or url)


def json_object(text: bytes, where: str) -> dict[str, Any]:
    """The JSON object that `text` is; `where` it comes from, for people. Raises `ProviderUnreachable`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderUnreachable(
            f"{where} answered something that is no JSON object.",
            "Check the address: an OpenID provider describes itself in JSON.",
        )
    return found
