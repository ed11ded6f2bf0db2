"""What a change that has just been made does to people already read.

ListUsers shows a write only after a while (API reference, ListUsers: "eventually consistent"), so
what the console changed is applied to what it had read, and to what it reads soon after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from services.cognito import changes
from services.cognito.changes import Change, Facts
from services.cognito.models import Group, User, UserStatus
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
        if isinstance(self.change, changes.CreateUser):
            return str(self.after.get("sub", ""))
        if isinstance(self.change, changes.PersonChange):
            return self.change.person.sub
        return ""

    @property
    def unclear(self) -> bool:
        """True if what holds now can't be told without reading again."""
        return isinstance(self.change, changes.CreateUser) and not self.sub


def patched_person(person: Person | None, patch: Patch) -> Person | None:
    """`person` after the patch: None when deleted, someone new when created."""
    change = patch.change
    if isinstance(change, changes.CreateUser):
        return person or Person(_created(patch), ())
    if person is None or isinstance(change, changes.DeleteUser):
        return None
    if isinstance(change, changes.AddToGroup):
        return replace(person, groups=_regrouped(person.groups, change))
    return replace(person, user=_edited(person.user, patch))


def outdated(person: Person | None, patch: Patch) -> bool:
    """True if what was read about `person` is newer than the patch, which then has nothing to add.

    Memberships don't move the date of change, so patches to them always apply.
    """
    settled = timedelta(seconds=2)  # AWS's clock and ours
    return (
        person is not None
        and not isinstance(patch.change, changes.AddToGroup)
        and person.user.changed > patch.at + settled
    )


def patched_people(people: People, patches: Iterable[Patch]) -> People:
    """Everybody after the patches, in one go however many they are."""
    changed: dict[str, Person | None] = {}
    for patch in patches:
        if isinstance(patch.change, changes.GroupChange):
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
    change = patch.change
    rest = tuple(groups)
    if isinstance(change, changes.DeleteGroup):
        return tuple(group for group in rest if group.name != change.name)
    if isinstance(change, changes.UpdateGroup):
        return tuple(
            replace(one, description=change.description, precedence=change.precedence, changed=patch.at)
            if one.name == change.name
            else one
            for one in rest
        )
    if isinstance(change, changes.CreateGroup) and all(group.name != change.name for group in rest):
        made = Group(change.name, change.description, change.precedence, created=patch.at, changed=patch.at)
        return (*rest, made)
    return rest


def _patched_groups(people: People, patch: Patch) -> People:
    groups = patched_groups(people.groups, patch)
    if not isinstance(patch.change, changes.DeleteGroup):
        return replace(people, groups=groups)
    gone = patch.change.name
    memberships = {
        sub: tuple(name for name in names if name != gone) for sub, names in people.memberships.items()
    }
    return replace(people, groups=groups, memberships=memberships)


def _created(patch: Patch) -> User:
    after = patch.after
    attributes: Mapping[str, str] = after.get("attributes", {})
    return User(
        username=str(after.get("username", "")),
        sub=patch.sub,
        status=UserStatus(str(after.get("status", UserStatus.UNKNOWN))),
        enabled=bool(after.get("enabled", True)),
        created=patch.at,
        changed=patch.at,
        attributes=dict(attributes),
    )


def _regrouped(names: tuple[str, ...] | None, change: changes.AddToGroup) -> tuple[str, ...] | None:
    if names is None:
        return None
    if isinstance(change, changes.RemoveFromGroup):
        return tuple(name for name in names if name != change.group)
    return sorted_names((*names, change.group))


def _edited(user: User, patch: Patch) -> User:
    change, at = patch.change, patch.at
    if isinstance(change, changes.UpdateAttributes):
        merged = {**user.attributes, **_in_force(change.attributes, patch.held_back)}
        kept = {name: value for name, value in merged.items() if value != ""}
        return replace(user, attributes=kept, changed=at)
    if isinstance(change, changes.ClearAttributes):
        kept = {name: value for name, value in user.attributes.items() if name not in change.names}
        return replace(user, attributes=kept, changed=at)
    if isinstance(change, changes.EnableUser | changes.DisableUser):
        return replace(user, enabled=isinstance(change, changes.EnableUser), changed=at)
    if isinstance(change, changes.SetPassword):
        status = UserStatus.CONFIRMED if change.permanent else UserStatus.FORCE_CHANGE_PASSWORD
        return replace(user, status=status, changed=at)
    if isinstance(change, changes.ResetPassword):
        return replace(user, status=UserStatus.RESET_REQUIRED, changed=at)
    if isinstance(change, changes.ConfirmUser):
        return replace(user, status=UserStatus.CONFIRMED, changed=at)
    if isinstance(change, changes.ResendInvitation):
        return replace(user, changed=at)
    return user


def _in_force(attributes: Mapping[str, str], held_back: frozenset[str]) -> dict[str, str]:
    """Without the values that a pool keeps back until the user has verified them."""
    return {
        name: value
        for name, value in attributes.items()
        if name not in held_back or attributes.get(f"{name}_verified") == "true" or value == ""
    }
