"""A pool has one name, whatever record leads to it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from services.directory.pool_key import pool_key_of


@pytest.mark.parametrize("endpoint", ["http://localhost:5000", "http://localhost:5000/"])
def test_the_same_pool_has_the_same_key_however_its_endpoint_is_written(endpoint: str) -> None:
    settings = SimpleNamespace(endpoint_url=endpoint, region="eu-west-1")
    gateway = SimpleNamespace(settings=settings, pool_id="eu-west-1_a")
    assert pool_key_of(gateway) == "http://localhost:5000|eu-west-1|eu-west-1_a"  # type: ignore[arg-type]
