"""What a change that has just been made does to people already read.

ListUsers shows a write only after a while (API reference, ListUsers: "eventually consistent"), so
what the console changed is applied to what it had read, and to what it reads soon after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from services.cognito.actions import Change, Facts
from services.cognito.models import Group
from services.directory.people import People, Person, sorted_names


class Done(Protocol):
    """A change that took effect (`services.changes.Performed` is one)."""

    @property
    def change(self) -> Change: ...

    @property
    def after(self) -> Facts: ...


@dataclass(frozen=True, slots=True)
class Patch:
    """One change and when it was made. `held_back`: attributes that wait for the user to verify them."""

    change: Change
    after: Facts
    at: datetime
    held_back: frozenset[str] = frozenset()

    @property
    def sub(self) -> str:
        """The sub of the person concerned, "" for changes to groups."""
        return self.change.sub(self.after)

    @property
    def unclear(self) -> bool:
        """True if what holds now can't be told without reading again."""
        return self.change.makes_person and not self.sub


def patched_person(person: Person | None, patch: Patch) -> Person | None:
    """`person` after the patch: None when deleted, someone new when created."""
    change = patch.change
    before = person.user if person else None
    user = change.apply_to(before, patch.after, patch.at, patch.held_back)
    if user is None:
        return None
    if person is None:
        return Person(user, ())
    names = None if person.groups is None else sorted_names(change.regroup(person.groups))
    return Person(user, names)


def outdated(person: Person | None, patch: Patch) -> bool:
    """True if what was read about `person` is newer than the patch, which then has nothing to add.

    Memberships don't move the date of change, so patches to them always apply.
    """
    settled = timedelta(seconds=2)  # AWS's clock and ours
    return person is not None and patch.change.dated and person.user.changed > patch.at + settled


def patched_people(people: People, patches: Iterable[Patch]) -> People:
    """Everybody after the patches, in one go however many they are."""
    changed: dict[str, Person | None] = {}
    for patch in patches:
        if not patch.sub:
            people = _patched_groups(_with_changed(people, changed), patch)
            changed.clear()
            continue
        old = changed[patch.sub] if patch.sub in changed else people.person(patch.sub)
        changed[patch.sub] = patched_person(old, patch)
    return _with_changed(people, changed)


def _with_changed(people: People, changed: Mapping[str, Person | None]) -> People:
    """`people` with some of them as given here: edited, new, or (None) gone."""
    changed = {sub: person for sub, person in changed.items() if person != people.person(sub)}
    if not changed:
        return people
    persons = {user.sub: changed.get(user.sub, user) for user in people.users}
    persons |= {sub: person for sub, person in changed.items() if sub not in persons}
    users = tuple(one.user if isinstance(one, Person) else one for one in persons.values() if one is not None)
    memberships = {sub: names for sub, names in people.memberships.items() if sub not in changed}
    memberships |= {sub: person.groups for sub, person in changed.items() if person and person.groups}
    return replace(people, users=users, memberships=memberships)


def patched_groups(groups: Iterable[Group], patch: Patch) -> tuple[Group, ...]:
    """The pool's groups after the patch."""
    return patch.change.groups_after(tuple(groups), patch.at)


def _patched_groups(people: People, patch: Patch) -> People:
    groups = patched_groups(people.groups, patch)
    gone = patch.change.ends_group
    if not gone:
        return replace(people, groups=groups)
    memberships = {
        sub: tuple(name for name in names if name != gone) for sub, names in people.memberships.items()
    }
    return replace(people, groups=groups, memberships=memberships)
