"""The Operators page."""

from __future__ import annotations

from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import OpenPage


def test_an_admin_sees_every_operator(open_as: OpenPage) -> None:
    page = open_as("ann", "operators")
    assert not page.exception
    assert list(page.dataframe[0].value["Operator"]) == ["ada", "ann", "max", "sam"]
