"""A client before the gate."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from console.web.gate import Gate
from console.web.headers import SecurityHeaders
from services.store.store import Store
from tests.console.web.gated import Inside


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def client(console_store: Store, inside: Inside) -> TestClient:
    return TestClient(SecurityHeaders(Gate(inside)), base_url="http://localhost:8501", follow_redirects=False)
