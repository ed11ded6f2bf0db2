"""Changes of the console's own configuration, each with its line in the activity log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from services.errors import ConsoleError
from services.roles import Actor
from services.store.activity import ActivityResult, NewActivity
from services.store.store import Store

Facts = Mapping[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a change is called in the log, and what it is about. Facts hold no secret."""

    action: str
    kind: str
    name: str
    id: str = ""
    pool: str = ""
    before: Facts | None = None
    reason: str = ""


def carry_out(
    store: Store,
    actor: Actor,
    what: Recorded,
    change: Callable[[], Result],
    after: Callable[[Result], Facts],
) -> tuple[Result, str]:
    """Write the intent, make the change, write its result; returns what it made and the line's id.

    The caller has checked the actor's permission. A `ConsoleError` of `change` is logged and
    raised again; a line left as intended says that the console died in between.
    """
    line = store.activity.intend(
        NewActivity(
            actor,
            what.action,
            pool=what.pool,
            target_kind=what.kind,
            target_id=what.id,
            target_name=what.name,
            before=what.before or {},
            reason=what.reason,
        )
    )
    try:
        result = change()
    except ConsoleError as error:
        store.activity.finish(
            line, ActivityResult.FAILED, error_code=type(error).__name__, error=error.message
        )
        raise
    store.activity.finish(line, ActivityResult.DONE, after=after(result))
    return result, line


def only_changed(before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Both sides reduced to what differs, so that a line of the log says no more than what happened."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
