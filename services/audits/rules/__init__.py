"""Every audit rule, the gravest first. A new one is a file here: each file holds one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

from services.audits.rule import Rule
from services.errors import InvalidValue


def _rules() -> Iterator[Rule]:
    for file in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{file.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__:
                yield value()


RULES: tuple[Rule, ...] = tuple(sorted(_rules(), key=lambda rule: (rule.severity.rank, rule.title)))


def rules_named(ids: Iterable[str]) -> tuple[Rule, ...]:
    """The rules with these ids (hyphens count as underscores), or all if none is named.

    Raises `InvalidValue` for an unknown one.
    """
    wanted = {name.strip().replace("-", "_") for name in ids}
    known = {rule.id for rule in RULES}
    for unknown in sorted(wanted - known):
        raise InvalidValue(f"There is no rule “{unknown}”.", f"Rules: {', '.join(sorted(known))}.")
    return tuple(rule for rule in RULES if not wanted or rule.id in wanted)
