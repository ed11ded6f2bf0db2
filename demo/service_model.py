"""What the service model of the installed botocore says about requests and answers.

botocore itself checks types and lower bounds only; AWS refuses more: upper bounds, patterns and
words that an enumeration lacks. `check_request` refuses in AWS's words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException
from moto.core.utils import get_service_model

SERVICE = "cognito-idp"
PRINTED, SPACED, OTHER = "é", "\u00a0", "\x00"
"""What stands for a letter, mark, symbol, number or sign; for a separator; for anything else."""


def check_request(operation: str, given: Mapping[str, Any]) -> None:
    """Raise AWS's InvalidParameterException if a value doesn't fit the operation's input."""
    found = list(problems(get_service_model(SERVICE).operation_model(operation).input_shape, given))
    if found:
        some = "error" if len(found) == 1 else "errors"
        raise InvalidParameterException(f"{len(found)} validation {some} detected: {'; '.join(found)}")


def problems(shape: Any, value: Any, where: str = "") -> Iterator[str]:
    """Each way in which `value` breaks the shape's limits."""
    if shape is None or value is None:
        return
    if shape.type_name == "structure":
        yield from _missing(shape, value, where)
        for name, member in shape.members.items():
            if name in value:
                yield from problems(member, value[name], f"{where}.{name}" if where else _camel(name))
    elif shape.type_name == "list":
        yield from _out_of_bounds(shape, len(value), value, where, "length")
        for number, entry in enumerate(value, 1):
            yield from problems(shape.member, entry, f"{where}.{number}.member")
    elif shape.type_name == "string":
        yield from _wrong_text(shape, value, where)
    elif shape.type_name in ("integer", "long"):
        yield from _out_of_bounds(shape, value, value, where, "value")


def _missing(shape: Any, value: Mapping[str, Any], where: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _refused(None, f"{where}.{name}" if where else _camel(name), "Member must not be null")


def _wrong_text(shape: Any, value: str, where: str) -> Iterator[str]:
    yield from _out_of_bounds(shape, len(value), value, where, "length")
    if shape.enum and value not in shape.enum:
        yield _refused(value, where, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(_plain(value)):
        yield _refused(value, where, f"Member must satisfy regular expression pattern: {pattern}")


def _out_of_bounds(shape: Any, size: int, value: Any, where: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _refused(value, where, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _refused(value, where, f"Member must have {what} less than or equal to {most}")


def _refused(value: Any, where: str, rule: str) -> str:
    return (
        f"Value {'null' if value is None else repr(value)} at '{where}' failed to satisfy constraint: {rule}"
    )


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """AWS's pattern over `_plain` text: Python knows no classes of Unicode categories."""
    pattern = pattern.replace(r"\p{L}\p{M}\p{S}\p{N}\p{P}", f"!-~{PRINTED}")
    return re.compile(pattern.replace(r"\p{Z}", f" {SPACED}"), re.ASCII)


def _plain(text: str) -> str:
    return text if text.isascii() else "".join(char if char.isascii() else _stand_in(char) for char in text)


def _stand_in(char: str) -> str:
    category = unicodedata.category(char)[0]
    return OTHER if category == "C" else SPACED if category == "Z" else PRINTED
