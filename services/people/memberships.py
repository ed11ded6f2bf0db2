"""The groups of one person: copying them from somebody else, and what they open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.cognito.actions import AddToGroup, Change, RemoveFromGroup
from services.cognito.group_rules import provider_of, too_many_groups
from services.cognito.models import PersonRef
from services.store.applications import Application


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """What copying groups would do. Nothing is ever removed.

    `left_out`: automatic groups of sign-in providers, which say where somebody comes from and not
    what they may do. `problem`: why it can't be done, or an empty string.
    """

    add: tuple[str, ...]
    already: tuple[str, ...]
    left_out: tuple[str, ...]
    problem: str = ""


def copy_plan(source: Iterable[str], target: Iterable[str], pool_id: str) -> CopyPlan:
    """What it takes to put the person with the groups `target` into the groups of `source` as well."""
    have = set(target)
    wanted = list(source)
    left_out = tuple(name for name in wanted if provider_of(name, pool_id))
    already = tuple(name for name in wanted if name in have and name not in left_out)
    add = tuple(name for name in wanted if name not in have and name not in left_out)
    return CopyPlan(add, already, left_out, too_many_groups("They", len(have) + len(add)) if add else "")


def adding(person: PersonRef, groups: Iterable[str]) -> list[Change]:
    """The changes that add the person to `groups`."""
    return [AddToGroup(person, name) for name in groups]


def removing(person: PersonRef, groups: Iterable[str]) -> list[Change]:
    """The changes that take the person out of `groups`."""
    return [RemoveFromGroup(person, name) for name in groups]


@dataclass(frozen=True, slots=True)
class Access:
    """Whether a person's groups let them into one application. `through`: the groups that do."""

    application: Application
    through: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """True if at least one group opens the application."""
        return bool(self.through)


def access(groups: Iterable[str], applications: Sequence[Application]) -> list[Access]:
    """For each application: which of `groups` open it, and which roles they give."""
    mine = list(groups)
    answers = []
    for application in applications:
        through = tuple(name for name in mine if name in application.allowed_groups)
        roles = tuple(
            dict.fromkeys(application.group_roles[name] for name in mine if name in application.group_roles)
        )
        answers.append(Access(application, through, roles))
    return answers
