"""What an application makes of somebody's groups: in or out, and as which role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.login.chain import Link, doubtful, failed, not_applicable, passed


@dataclass(frozen=True, slots=True)
class Decision:
    """`admitted_by` are the groups that let the person in; `roles` what these give, each once."""

    admitted: bool
    admitted_by: tuple[str, ...]
    roles: tuple[str, ...]
    groups: tuple[str, ...]


def decide(groups: Iterable[str], allowed_groups: Iterable[str], group_roles: Mapping[str, str]) -> Decision:
    """Compare a person's groups with an application's, to the letter as programs do.

    An application without allowed groups lets nobody in, as everywhere in this console.
    """
    mine = tuple(dict.fromkeys(groups))
    allowed = tuple(dict.fromkeys(allowed_groups))
    by = tuple(one for one in mine if one in allowed)
    roles = tuple(dict.fromkeys(group_roles[one] for one in mine if group_roles.get(one)))
    return Decision(bool(by), by, roles, mine)


def decision_links(
    decision: Decision, allowed_groups: Iterable[str], group_roles: Mapping[str, str], application: str
) -> tuple[Link, Link]:
    """Two links: in an allowed group, and the role. Without an application nobody can say either."""
    if not application:
        said = "The fields were typed in: no application says which groups it lets in."
        return (
            not_applicable("allowed-group", "In an allowed group", said),
            not_applicable("role", "Role", said),
        )
    return (
        _groups_link(decision, tuple(allowed_groups), application),
        _role_link(decision, group_roles, application),
    )


def _groups_link(decision: Decision, allowed: tuple[str, ...], application: str) -> Link:
    key, title = "allowed-group", "In an allowed group"
    if not allowed:
        return failed(
            key,
            title,
            f"{application} lets nobody in: no allowed groups are set for it in this console.",
            "Set them under Configuration → Applications.",
        )
    if decision.admitted:
        return passed(key, title, f"In {_list(decision.admitted_by)}, which may use {application}.")
    has = f"is in {_list(decision.groups)}" if decision.groups else "is in no group"
    wanted = _list(allowed, "or")
    near = [one for one in allowed if one.casefold() in {group.casefold() for group in decision.groups}]
    hint = f" {near[0]} differs in upper and lower case only." if near else ""
    return failed(
        key,
        title,
        f"{application} doesn't let this person in: it wants {wanted}, and the person {has}.{hint}",
        f"If they should get in, add them to {wanted} on their user page, then let them sign in again: "
        "the token keeps the groups of the moment it was issued.",
    )


def _role_link(decision: Decision, group_roles: Mapping[str, str], application: str) -> Link:
    key, title = "role", "Role"
    if not decision.admitted:
        return not_applicable(key, title, f"None: {application} doesn't let this person in.")
    if len(decision.roles) == 1:
        through = [one for one in decision.groups if group_roles.get(one) == decision.roles[0]]
        return passed(
            key, title, f"{decision.roles[0]}, through {_list(tuple(through))}.", detail=decision.roles[0]
        )
    if decision.roles:
        return doubtful(
            key,
            title,
            f"Several: {_list(decision.roles)}. Which of them counts is up to {application}.",
            "If only one is meant, take the person out of the other groups.",
            detail=", ".join(decision.roles),
        )
    if not group_roles:
        return not_applicable(key, title, f"No roles are set for {application}: being let in is all.")
    return not_applicable(key, title, f"None of the person's groups has a role in {application}.")


def _list(names: tuple[str, ...], word: str = "and") -> str:
    if len(names) > 12:
        return f"{', '.join(names[:12])} {word} {len(names) - 12} more"
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "none"
