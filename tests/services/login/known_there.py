"""Who is known at the independent provider, and how it is started and signed in to."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx

NAME = "tests.services.login.independent_provider"
USER, PASSWORD, GROUP = "greta", "The-Provider-Knows-1", "billing"
CLIENT_ID, CLIENT_SECRET = "client-at-the-provider", "secret-at-the-provider"
CALLBACK = "http://localhost:8501/oauth/v2/callback"

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 30.0


@contextmanager
def running_provider(folder: Path) -> Iterator[str]:
    """The independent provider in a process of its own; its address."""
    running = subprocess.Popen(
        [sys.executable, "-m", NAME, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdin is not None
    try:
        said = running.stdout.readline()
        assert said, "the provider did not start"
        yield said.strip()
    finally:
        running.stdin.close()
        running.stdout.close()
        running.wait(SECONDS)


def browser_to(address: str) -> str:
    """Signs in there as a browser would; returns the callback address with the code."""
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=SECONDS) as browser:
        answer = browser.get(address)
        for _ in range(5):
            target = answer.headers.get("location", "")
            if target.startswith(CALLBACK):
                return str(target)
            if target:
                answer = browser.get(urljoin(str(answer.request.url), target))
                continue
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
            assert token, answer.text[:300]
            typed = {"csrfmiddlewaretoken": token[1], "username": USER, "password": PASSWORD}
            answer = browser.post(str(answer.request.url), data=typed)
    raise AssertionError("no way back")
