"""Dataclasses come back from JSON as they went."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from services.directory.plain_data import from_plain, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    name: str
    at: datetime | None = None


@dataclass(frozen=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...] = ()
    words: frozenset[str] = frozenset()
    colour: Colour = Colour.RED
    numbers: dict[str, int] = field(default_factory=dict)


def test_there_and_back():
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    value = Outer(Inner("a", at), (Inner("b"), Inner("c")), frozenset({"x", "y"}), Colour.RED, {"n": 1})
    assert from_plain(Outer, json.loads(json.dumps(to_plain(value)))) == value


def test_older_and_newer_data_are_read():
    assert from_plain(Outer, {"inner": {"name": "a", "unheard": 1}}) == Outer(Inner("a"))
    with pytest.raises(TypeError):
        from_plain(Outer, {})
