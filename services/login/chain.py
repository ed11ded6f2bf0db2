"""The chain of a sign-in: what has to hold, one link after the other, and what is kept of a finished test.

Beside the links stand what may not be known (`Unknown`), what an application makes of somebody's
groups (`decide`), and the report of a test, which holds no token, code or secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from services.errors import CognitoError
from services.login.token_text import ClaimLine
from services.roles import Actor
from services.store.activity import ActivityResult, NewActivity
from services.store.store import Store


class LinkState(StrEnum):
    """How a link of the chain was found; the value is what people read."""

    PASSED = "passed"
    FAILED = "failed"
    DOUBTFUL = "look at this"
    NOT_REACHED = "not reached"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Title:
    """What a link is called, by how it was found: `good`, `bad`, or `open` when nobody looked."""

    good: str
    bad: str
    open: str


STEPS: Mapping[str, Title] = MappingProxyType(
    {
        "flow": Title("Client allows this way", "Client doesn't allow this way", "What the client allows"),
        "client-secret": Title("Client proves itself", "Client can't prove itself", "Proof of the client"),
        "person": Title("Person can sign in this way", "Person may not sign in this way", "Person"),
        "password": Title("Password accepted", "Password not accepted", "Password"),
        "discovery": Title(
            "Reached the discovery document", "The discovery document is no good", "Discovery document"
        ),
        "callback": Title(
            "Client accepts the sign-in", "Client doesn't accept the sign-in", "What the client accepts"
        ),
        "signed-in": Title("Signed in", "Not signed in", "Signing in"),
        "code": Title("Code exchanged", "Code not exchanged", "Exchange of the code"),
        "signed-by-pool": Title(
            "Token signed by this pool", "Token not signed by this pool", "Signature of the token"
        ),
        "for-client": Title(
            "For this client and this sign-in",
            "For another client or sign-in",
            "Client and sign-in of the token",
        ),
        "in-time": Title("In time", "Not in time", "Time of the token"),
        "scopes": Title("Scopes as asked for", "Scopes missing", "Scopes"),
        "provider": Title(
            "Came through the identity provider",
            "Didn't come through the identity provider",
            "Identity provider",
        ),
        "allowed-group": Title("In an allowed group", "In no allowed group", "Allowed groups"),
        "role": Title("Role", "Role", "Role"),
    }
)
"""What each step of a sign-in is called, by how it was found."""


def step(key: str) -> tuple[str, Title]:
    """The key of a step, and what it is called."""
    return key, STEPS[key]


EARLIER_FAILED = "Not reached: an earlier step failed."


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what was looked at, how it stands, a sentence saying why, and how to put it right.

    All text is plain, for people, and holds no token, code, password or secret. `key` names the
    link for programs (exit codes, buttons, tests): lower case with dashes, unique in its chain.
    `detail` is what a technician wants to see besides (an AWS name, a value found).
    """

    key: str
    title: str
    state: LinkState
    sentence: str
    fix: str = ""
    detail: str = ""


def passed(key: str, title: str | Title, sentence: str, *, detail: str = "") -> Link:
    """A link of the chain that is in order."""
    return Link(
        key, title if isinstance(title, str) else title.good, LinkState.PASSED, sentence, detail=detail
    )


def failed(key: str, title: str | Title, sentence: str, fix: str, *, detail: str = "") -> Link:
    """A link that breaks the chain, and what to do about it."""
    return Link(key, _bad(title), LinkState.FAILED, sentence, fix, detail)


def doubtful(key: str, title: str | Title, sentence: str, fix: str = "", *, detail: str = "") -> Link:
    """Something worth a look that doesn't stop the sign-in by itself."""
    return Link(key, _bad(title), LinkState.DOUBTFUL, sentence, fix, detail)


def unchecked(key: str, title: str | Title, unknown: Unknown) -> Link:
    """A link that couldn't be looked at: it neither holds nor breaks."""
    return Link(key, _open(title), LinkState.DOUBTFUL, unknown.sentence, unknown.next_step)


def not_reached(key: str, title: str | Title, sentence: str = "") -> Link:
    """A link that was not looked at because an earlier one broke."""
    return Link(key, _open(title), LinkState.NOT_REACHED, sentence or EARLIER_FAILED)


def not_applicable(key: str, title: str | Title, sentence: str, *, detail: str = "") -> Link:
    """A link that this sign-in doesn't need, and why."""
    return Link(key, _open(title), LinkState.NOT_APPLICABLE, sentence, detail=detail)


def _bad(title: str | Title) -> str:
    return title if isinstance(title, str) else title.bad


def _open(title: str | Title) -> str:
    return title if isinstance(title, str) else title.open


def first_failure(links: Iterable[Link]) -> Link | None:
    """The first link that breaks the chain, or None."""
    return next((link for link in links if link.state is LinkState.FAILED), None)


def holds(links: Iterable[Link]) -> bool:
    """True if nothing failed and nothing was left unreached."""
    return not any(link.state in (LinkState.FAILED, LinkState.NOT_REACHED) for link in links)


def as_data(links: Iterable[Link]) -> list[dict[str, str]]:
    """The chain as JSON-ready values, for commands and for keeping."""
    return [
        {
            "key": link.key,
            "title": link.title,
            "state": str(link.state),
            "sentence": link.sentence,
            "fix": link.fix,
            "detail": link.detail,
        }
        for link in links
    ]


def from_data(data: Iterable[dict[str, str]]) -> tuple[Link, ...]:
    """The chain that `as_data` wrote."""
    return tuple(
        Link(
            kept["key"],
            kept["title"],
            LinkState(kept["state"]),
            kept["sentence"],
            kept.get("fix", ""),
            kept.get("detail", ""),
        )
        for kept in data
    )


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that couldn't be looked at: why, and what would help."""

    why: str
    next_step: str = ""

    @property
    def sentence(self) -> str:
        """For a check that depends on it: it neither passes nor fails."""
        return f"Couldn't be checked here: {self.why}"


def or_unknown(read: Callable[[], T]) -> T | Unknown:
    """What `read` returns, or why it couldn't be read. Errors that aren't Cognito's go on upwards."""
    try:
        return read()
    except CognitoError as error:
        return unknown_from(error)


def unknown_from(error: CognitoError) -> Unknown:
    """Why something couldn't be read, without AWS's own words, which help nobody here."""
    return Unknown(error.message.partition(" AWS says:")[0], error.next_step)


@dataclass(frozen=True, slots=True)
class Admission:
    """`admitted_by` are the groups that let the person in; `roles` what these give, each once."""

    admitted: bool
    admitted_by: tuple[str, ...]
    roles: tuple[str, ...]
    groups: tuple[str, ...]


def decide(groups: Iterable[str], allowed_groups: Iterable[str], group_roles: Mapping[str, str]) -> Admission:
    """Compare a person's groups with an application's, to the letter as programs do.

    An application without allowed groups lets nobody in, as everywhere in this console.
    """
    mine = tuple(dict.fromkeys(groups))
    allowed = tuple(dict.fromkeys(allowed_groups))
    by = tuple(group for group in mine if group in allowed)
    roles = tuple(dict.fromkeys(group_roles[group] for group in mine if group_roles.get(group)))
    return Admission(bool(by), by, roles, mine)


def decision_links(
    decision: Admission, allowed_groups: Iterable[str], group_roles: Mapping[str, str], application: str
) -> tuple[Link, Link]:
    """Two links: in an allowed group, and the role. Without an application nobody can say either."""
    if not application:
        said = "The fields were typed in: no application says which groups it lets in."
        return (
            not_applicable(*step("allowed-group"), said),
            not_applicable(*step("role"), said),
        )
    return (
        _groups_link(decision, tuple(allowed_groups), application),
        _role_link(decision, group_roles, application),
    )


def _groups_link(decision: Admission, allowed: tuple[str, ...], application: str) -> Link:
    key, title = step("allowed-group")
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
    held = {group.casefold() for group in decision.groups}
    near = [group for group in allowed if group.casefold() in held]
    hint = f" {near[0]} differs in upper and lower case only." if near else ""
    return failed(
        key,
        title,
        f"{application} doesn't let this person in: it wants {wanted}, and the person {has}.{hint}",
        f"If they should get in, add them to {wanted} on their user page, then let them sign in again: "
        "the token keeps the groups of the moment it was issued.",
    )


def _role_link(decision: Admission, group_roles: Mapping[str, str], application: str) -> Link:
    key, title = step("role")
    if not decision.admitted:
        return not_applicable(key, title, f"None: {application} doesn't let this person in.")
    if len(decision.roles) == 1:
        through = [group for group in decision.groups if group_roles.get(group) == decision.roles[0]]
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


ACTION = "login_test"


@dataclass(frozen=True, slots=True)
class TokenReport:
    """One token: which it is, what was checked, and what it says."""

    title: str
    checks: tuple[Link, ...]
    claims: tuple[ClaimLine, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A finished test. `flow` are the facts it was begun with.

    `person` is whom the token names, `sub` their lasting id in the pool ("" while nobody knows it).
    """

    flow: Mapping[str, Any]
    chain: tuple[Link, ...]
    discovery: tuple[Link, ...] = ()
    tokens: tuple[TokenReport, ...] = ()
    person: str = ""
    endpoints: Mapping[str, Any] | None = None
    refreshable: bool = False
    sub: str = ""

    def as_data(self) -> dict[str, Any]:
        """The report as JSON-ready values, for keeping."""
        return {
            "flow": dict(self.flow),
            "chain": as_data(self.chain),
            "discovery": as_data(self.discovery),
            "tokens": [
                {
                    "title": token.title,
                    "checks": as_data(token.checks),
                    "claims": [asdict(line) for line in token.claims],
                }
                for token in self.tokens
            ],
            "person": self.person,
            "endpoints": dict(self.endpoints) if self.endpoints is not None else None,
            "refreshable": self.refreshable,
            "sub": self.sub,
        }


def report_from(data: Mapping[str, Any]) -> Report:
    """The report that `Report.as_data` wrote."""
    return Report(
        flow=data["flow"],
        chain=from_data(data["chain"]),
        discovery=from_data(data["discovery"]),
        tokens=tuple(
            TokenReport(
                kept["title"],
                from_data(kept["checks"]),
                tuple(ClaimLine(**line) for line in kept["claims"]),
            )
            for kept in data["tokens"]
        ),
        person=data["person"],
        endpoints=data["endpoints"],
        refreshable=data["refreshable"],
        sub=data.get("sub", ""),
    )


def record_test(
    store: Store, actor: Actor, *, pool: str, application: str, way: str, person: str, chain: Sequence[Link]
) -> str:
    """Write a login test into the activity log: who tried whom, at what, how, and where it ended.

    `way` is what people call it ("login page", "password" …). Returns the line's id.
    """
    broken = first_failure(chain)
    role = next((link.detail for link in chain if link.key == "role" and link.detail), "")
    after: dict[str, Any] = {
        "way": way,
        "person": person,
        "result": f"failed: {broken.title}" if broken else "signed in",
    }
    if broken is None and role:
        after["role"] = role
    line = NewActivity(
        actor,
        ACTION,
        pool=pool,
        target_kind="application",
        target_name=application,
    )
    return store.activity.record(line, ActivityResult.DONE, after)
