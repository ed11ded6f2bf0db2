"""Groups: which ones a row wants a person in, and the steps that make it so."""

from __future__ import annotations

from services.bulk.draft import Draft
from services.bulk.model import PlanOptions, Row, Step
from services.bulk.reading import People
from services.bulk.row_actions import REMOVE_FROM_GROUPS, SYNC_GROUPS, SYNC_GROUPS_REMOVE_ONLY
from services.bulk.rows import split_sentence
from services.cognito.actions import AddToGroup, RemoveFromGroup
from services.cognito.group_rules import MOST_GROUPS_PER_USER, name_problems, provider_of
from services.cognito.models import PersonRef, User, UserPool


class Memberships:
    """Plans memberships in one pool, as read."""

    def __init__(self, people: People, pool: UserPool, options: PlanOptions, scope: frozenset[str]) -> None:
        """`scope`: the groups that sync_groups may touch."""
        self._people = people
        self._pool = pool
        self._options = options
        self._scope = scope

    def is_in(self, user: User, group: str) -> bool:
        """Whether the person is in the group now (False when there is no such group)."""
        return group in self._people.groups and self._people.is_member(user, group)

    def check(self, draft: Draft) -> None:
        """Note groups that the row names and that aren't there (and won't be created)."""
        removing = draft.row.action in (REMOVE_FROM_GROUPS,)
        target = "all_groups" if draft.row.whole_memberships else "groups"
        for name in draft.row.groups or ():
            if name in self._people.groups:
                continue
            if self._options.create_groups and not removing:
                for text in name_problems(name, self._people.groups):
                    what, fix = split_sentence(text)
                    draft.problem(target, f"“{name}” can't be created: {what}", fix or "Choose another name.")
                continue
            twin = next((one for one in self._people.groups if one.casefold() == name.casefold()), "")
            draft.problem(
                target,
                f"There is no group “{name}”.",
                f"Write it as {twin}." if twin else "Correct the name, or choose to create missing groups.",
            )

    def _wanted(self, row: Row, user: User) -> tuple[set[str], set[str]]:
        """Groups to add and groups to remove, before what is so already is left out."""
        named = set(row.groups or ())
        if row.action == REMOVE_FROM_GROUPS:
            return set(), named
        if row.whole_memberships:
            automatic = {one for one in self._people.groups if provider_of(one, self._pool.id)}
            return named, set(self._people.groups_of(user)) - named - automatic
        others = set(self._scope) - named
        if row.action == SYNC_GROUPS:
            return named, others
        if row.action == SYNC_GROUPS_REMOVE_ONLY:
            return set(), others
        return named, set()

    def plan(self, draft: Draft, user: User) -> None:
        """Put the steps that make the person's groups what the row wants into `draft`."""
        wanted = self._wanted(draft.row, user)
        add = sorted(one for one in wanted[0] if not self.is_in(user, one))
        remove = sorted(one for one in wanted[1] if self.is_in(user, one))
        held = len(self._people.groups_of(user))
        if add and held + len(add) - len(remove) > MOST_GROUPS_PER_USER:
            draft.problem(
                "groups",
                f"{user.label} would be in {held + len(add) - len(remove)} groups; Cognito allows 100.",
                "Remove the person from some groups first.",
            )
        for name in remove:
            draft.steps.append(membership(user.ref, name, add=False))
        for name in add:
            draft.steps.append(membership(user.ref, name, add=True))
        if add or remove:
            draft.basis["groups"] = {**dict.fromkeys(add, False), **dict.fromkeys(remove, True)}


def membership(person: PersonRef, group: str, *, add: bool) -> Step:
    """The step that puts a person into a group, or takes them out of it."""
    change = AddToGroup(person, group) if add else RemoveFromGroup(person, group)
    return Step(change, change.opposite, change.expected)
