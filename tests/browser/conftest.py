"""The pool that onboarding works on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.onboarding import make_pool
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, known_pool


@pytest.fixture(scope="module")
def pool_id(cognito: Cognito, console_server: ConsoleServer) -> Iterator[str]:
    """The pool of `make_pool`, known to the running console."""
    made = make_pool(cognito)
    with known_pool(console_server.store, cognito, made, "staff"):
        yield made
