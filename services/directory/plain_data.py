"""Frozen dataclasses as JSON-ready data and back, by their type hints.

What a later release adds to a class gets its default when older data is read; what it dropped is
passed over.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """`value` as what JSON knows: times in ISO 8601, spans in seconds, sets sorted."""
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: to_plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(to_plain(part) for part in value)
    if isinstance(value, tuple | list):
        return [to_plain(part) for part in value]
    return value


def from_plain(kind: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass `kind` that `to_plain` wrote. Raises `TypeError` when a needed field is missing."""
    hints = get_type_hints(kind)
    known = {part.name for part in fields(kind) if part.init}  # type: ignore[arg-type]
    return kind(**{name: _typed(hints[name], part) for name, part in data.items() if name in known})


def _typed(kind: Any, value: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if value is None:
        return None
    if origin in (Union, types.UnionType):
        return _typed(next(kind for kind in arguments if kind is not type(None)), value)
    if is_dataclass(kind):
        return from_plain(cast(type[Any], kind), value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is timedelta:
        return timedelta(seconds=value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if origin in (tuple, frozenset, list):
        return origin(_typed(arguments[0], part) for part in value)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _typed(arguments[1], part) for key, part in value.items()}
    return value
