"""Asking a provider: known addresses only, no redirects, small and quick answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest

from demo.server import CognitoThread
from services import web
from services.web import AddressRefused, ProviderUnreachable, fetch_json, origin_of, refuse_inside

Start = Callable[..., Any]
ASKED: list[str] = []


def _provider(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """A provider that misbehaves by path."""
    path = environ["PATH_INFO"]
    ASKED.append(path)
    if path == "/redirect":
        start("302 Found", [("location", "/secret")])
        return [b""]
    if path == "/missing":
        start("404 Not Found", [])
        return [b"{}"]
    bodies = {
        "/good": [b'{"issuer": "x"}'],
        "/list": [b"[]"],
        "/html": [b"<html>"],
        "/deep": [b"[" * 100_000],
        "/endless": (b"x" * 50_000 for _ in range(1000)),
    }
    start("200 OK", [("content-type", "application/json")])
    return bodies.get(path, [b"{}"])


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with CognitoThread(application=_provider) as server:
        yield server.url


def test_a_small_json_object_is_read(provider: str) -> None:
    assert fetch_json(f"{provider}/good", {provider}) == {"issuer": "x"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/redirect", "answered 302"),
        ("/missing", "answered 404"),
        ("/list", "no JSON object"),
        ("/html", "no JSON object"),
        ("/deep", "no JSON object"),
        ("/endless", "too long or too slow"),
    ],
)
def test_other_answers_are_said_to_be_none(provider: str, path: str, words: str) -> None:
    ASKED.clear()
    with pytest.raises(ProviderUnreachable, match=words):
        fetch_json(f"{provider}{path}", {provider})
    assert [path] == ASKED, "a redirect is not followed"


def test_an_address_that_is_not_known_is_not_called(provider: str) -> None:
    ASKED.clear()
    for known in (set(), {"https://elsewhere.example"}, {provider.replace("127.0.0.1", "localhost")}):
        with pytest.raises(AddressRefused):
            fetch_json(f"{provider}/good", known)
    assert not ASKED


def test_a_provider_that_stumbles_is_not_called_out_of_reach() -> None:
    asked = httpx.Request("POST", "https://pool.example/oauth2/token")
    error = httpx.HTTPStatusError("503", request=asked, response=httpx.Response(503, request=asked))
    told = web.unreachable(str(asked.url), error)
    assert told.message == "pool.example answers with an error of its own (503)."
    assert "Try again" in told.next_step


def test_nobody_there_is_said_so() -> None:
    with pytest.raises(ProviderUnreachable, match="can't be reached"):
        fetch_json("http://127.0.0.1:9/", {"http://127.0.0.1:9"})


def test_a_slow_answer_is_cut_off(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "WHOLE_SECONDS", -1.0)
    with pytest.raises(ProviderUnreachable, match="too slow"):
        fetch_json(f"{provider}/good", {provider})


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Host.example:443/x", "https://host.example"),
        ("http://h:80", "http://h"),
        ("http://h:8080/a?b", "http://h:8080"),
        ("http://[::1]:1/", "http://[::1]:1"),
        ("https://user@h/", ""),
        ("ftp://h/", ""),
        ("http://h:99999/", ""),
        ("/path", ""),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "http://public.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://0.0.0.0/",
        "https://user@93.184.216.34/",
    ],
)
def test_addresses_inside_this_machine_or_network_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_inside(url)


def test_a_public_address_may_be_called_and_a_host_that_is_not_there_is_told() -> None:
    refuse_inside("https://93.184.216.34/oauth2/token")
    with pytest.raises(ProviderUnreachable, match="This machine finds no host"):
        refuse_inside("https://no-such-host.invalid/")


def test_no_proxy_of_the_environment_is_used(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch_json(f"{provider}/good", {provider})
    assert httpx.Client(**web.client_options(())).follow_redirects is False
