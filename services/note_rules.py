"""What operators have to say with each action: a reason, a ticket number, how they knew who was asking.

Set once for the whole console by an administrator. Forms ask for it; the one path for changes, and whoever
starts a job, refuse what lacks it before anything is sent.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from services.errors import InvalidValue, ReasonMissing
from services.roles import Actor, Permission
from services.store.activity import NewActivity, Why, only_changed
from services.store.store import Store

_KEY = "note_rules"
LONGEST_TICKET = 60


class Demand(StrEnum):
    """Whether something is asked for."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


DEMAND_TITLES = {
    Demand.OFF: "Not asked for",
    Demand.OPTIONAL: "May be given",
    Demand.REQUIRED: "Has to be given",
}


@dataclass(frozen=True, slots=True)
class NoteRules:
    """What is asked with an action.

    `reason_always`: with every action, not only with those that cut somebody off. `pattern` is a regular
    expression that the whole ticket number has to fit ("" for any), `example` a number that does.
    `identified`: whether password, second factor and e-mail changes ask how the caller was identified;
    the answer is never an obligation.
    """

    reason_always: bool = False
    ticket: Demand = Demand.OPTIONAL
    pattern: str = ""
    example: str = ""
    identified: bool = True

    @classmethod
    def stored(cls, store: Store) -> Self:
        """The rules as they are kept, else the usual ones."""
        kept = store.settings.get(_KEY) or {}
        return cls(**{**kept, "ticket": Demand(kept.get("ticket", Demand.OPTIONAL))})

    def keep(self, store: Store, actor: Actor, why: Why) -> None:
        """Keep these rules and write it into the log. Raises `NotPermitted`, `InvalidValue`."""
        actor.require(Permission.CONFIGURE)
        self._check()
        before, after = only_changed(asdict(NoteRules.stored(store)), asdict(self))
        new = NewActivity(
            actor, "change_setting", target_kind="setting", target_name="Notes", before=before, **why
        )
        with store.activity.audited(new) as line:
            store.settings.set(_KEY, asdict(self))
            line.after = after

    def _check(self) -> None:
        try:
            compiled = re.compile(self.pattern)
        except re.error as error:
            raise InvalidValue(
                f"The pattern can't be read: {error}.",
                "Write a regular expression, such as OPS-[0-9]+.",
                field="pattern",
            ) from None
        if self.pattern and self.example and not compiled.fullmatch(self.example):
            raise InvalidValue(
                "The example doesn't fit the pattern.", "Correct one of the two.", field="example"
            )

    @property
    def demands(self) -> bool:
        """Whether nothing is done without a word on why."""
        return self.reason_always or self.ticket is Demand.REQUIRED

    def require(self, why: Why) -> None:
        """Raises `ReasonMissing` when something is missing or wrong that every change has to say."""
        if problems := self.problems(why):
            raise ReasonMissing(
                f"{' '.join(problems)} Nothing was changed.",
                "An administrator has set what is said with every change. Give it in the form, in a terminal "
                "with --reason and --ticket, in a program as reason and ticket.",
            )

    def problems(self, why: Why, *, needs_reason: bool = False) -> list[str]:
        """What is missing or wrong in what an operator gave, in sentences."""
        found = []
        if (needs_reason or self.reason_always) and not why.get("reason"):
            found.append("Give a reason.")
        ticket = why.get("ticket", "")
        if self.ticket is Demand.REQUIRED and not ticket:
            found.append("Give the ticket number.")
        if ticket and self.pattern and not re.fullmatch(self.pattern, ticket[:LONGEST_TICKET]):
            like = f" It looks like {self.example}." if self.example else ""
            found.append(f"“{ticket}” is no ticket number.{like}")
        return found
