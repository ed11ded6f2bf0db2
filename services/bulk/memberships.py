"""Groups that a row wants a person in, and the steps that make it so."""

from __future__ import annotations

from services.bulk.group_names import NewGroups
from services.bulk.model import PlanOptions, ProblemSeverity, Row, Step
from services.bulk.reading import People
from services.bulk.row_actions import REMOVE_FROM_GROUPS, SYNC_GROUPS, SYNC_GROUPS_REMOVE_ONLY
from services.bulk.row_draft import RowDraft
from services.bulk.rows import split_sentence
from services.cognito.actions import AddToGroup, RemoveFromGroup
from services.cognito.group_rules import name_problems, provider_of, too_many_groups
from services.cognito.models import PersonRef, User, UserPool


class Memberships:
    """Plans memberships in one pool, as read."""

    def __init__(self, people: People, pool: UserPool, options: PlanOptions, scope: frozenset[str]) -> None:
        """`scope`: the groups that sync_groups may touch."""
        self._people = people
        self._pool = pool
        self._options = options
        self._scope = scope
        self._new_groups = NewGroups(people.groups)

    def is_in(self, user: User, group: str) -> bool:
        """Whether the person is in the group now (False when there is no such group)."""
        return group in self._people.groups and self._people.is_member(user, group)

    def check(self, draft: RowDraft) -> None:
        """Note groups that the row names and that aren't there (and won't be created)."""
        removing = draft.row.action in (REMOVE_FROM_GROUPS,)
        target = "all_groups" if draft.row.whole_memberships else "groups"
        for name in draft.row.groups or ():
            if name in self._people.groups:
                continue
            if not removing and (self._options.create_groups or name in self._options.groups_to_create):
                if name in self._options.leave_groups:
                    continue
                if refused := self._new_groups.why_not(name):
                    if not draft.said_of(target):  # one complaint about a cell is enough
                        draft.problem(target, *refused)
                    continue
                for text in name_problems(name, self._people.groups):
                    what, fix = split_sentence(text)
                    draft.problem(target, f"“{name}” can't be created: {what}", fix or "Choose another name.")
                if self._options.create_groups and (slip := self._new_groups.slip(name)):
                    draft.problem(target, *slip, ProblemSeverity.WARNING)
                continue
            self._missing(draft, target, name, removing=removing)

    def _missing(self, draft: RowDraft, target: str, name: str, *, removing: bool) -> None:
        """Note a group that isn't there, unless something else was said of the cell."""
        if draft.said_of(target):
            return
        refused = self._new_groups.refused(name)
        if refused and "list" in refused[0]:
            draft.problem(target, *refused)
            return
        twin = next((group for group in self._people.groups if group.casefold() == name.casefold()), "")
        possible = not (removing or refused or twin or name_problems(name, self._people.groups))
        fix = refused[1] if refused and not removing else "Correct the name."
        if twin:
            fix = f"Write it as {twin}."
        elif possible:
            fix = "Correct the name, or choose to create missing groups."
        draft.problem(target, f"There is no group “{name}”.", fix, missing_group=name if possible else "")

    def _wanted(self, row: Row, user: User) -> tuple[set[str], set[str]]:
        """Groups to add and groups to remove, before what is so already is left out."""
        named = set(row.groups or ())
        if row.action == REMOVE_FROM_GROUPS:
            return set(), named
        if row.whole_memberships:
            automatic = {group for group in self._people.groups if provider_of(group, self._pool.id)}
            return named, set(self._people.groups_of(user)) - named - automatic
        others = set(self._scope) - named
        if row.action == SYNC_GROUPS:
            return named, others
        if row.action == SYNC_GROUPS_REMOVE_ONLY:
            return set(), others
        return named, set()

    def plan(self, draft: RowDraft, user: User) -> None:
        """Put the steps that make the person's groups what the row wants into `draft`."""
        wanted = self._wanted(draft.row, user)
        add = sorted(group for group in wanted[0] if not self.is_in(user, group))
        remove = sorted(group for group in wanted[1] if self.is_in(user, group))
        held = len(self._people.groups_of(user))
        if add and (problem := too_many_groups(user.label, held + len(add) - len(remove))):
            draft.problem("groups", problem, "Remove the person from some groups first.")
        for name in remove:
            draft.steps.append(membership(user.ref, name, add=False))
        for name in add:
            draft.steps.append(membership(user.ref, name, add=True))
        if add or remove:
            draft.basis["groups"] = {**dict.fromkeys(add, False), **dict.fromkeys(remove, True)}

    def held(self, user: User) -> frozenset[str]:
        """The groups that the person is in."""
        return self._people.groups_of(user)


def membership(person: PersonRef, group: str, *, add: bool) -> Step:
    """The step that puts a person into a group, or takes them out of it."""
    change = AddToGroup(person, group) if add else RemoveFromGroup(person, group)
    return Step(change, change.opposite, change.expected)
