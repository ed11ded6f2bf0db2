"""The console without the browser: plain Python for terminals, tests, notebooks and other programs.

    from services import open_pool

    with open_pool("eu-west-1_AbCdEf123") as pool:
        pool.add_to_group("ann@example.com", "billing")

`docs/python.md` tells the whole of it. What stands here is imported when it is first used, so that
`import services` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.cognito.models import Group, User
    from services.people.creation import Created
    from services.user_pool import ChangeResult, Pool, open_pool

__all__ = ["ChangeResult", "Created", "Group", "Pool", "User", "open_pool"]

_HOME = {
    "ChangeResult": "services.user_pool",
    "Created": "services.people.creation",
    "Group": "services.cognito.models",
    "Pool": "services.user_pool",
    "User": "services.cognito.models",
    "open_pool": "services.user_pool",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
