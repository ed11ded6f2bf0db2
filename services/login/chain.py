"""The chain of a sign-in: what has to hold, one link after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """How a link of the chain was found; the value is what people read."""

    PASSED = "passed"
    FAILED = "failed"
    DOUBTFUL = "look at this"
    NOT_REACHED = "not reached"
    NOT_APPLICABLE = "not applicable"


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


def passed(key: str, title: str, sentence: str, *, detail: str = "") -> Link:
    """A link that holds."""
    return Link(key, title, LinkState.PASSED, sentence, detail=detail)


def failed(key: str, title: str, sentence: str, fix: str, *, detail: str = "") -> Link:
    """A link that breaks the chain, and what to do about it."""
    return Link(key, title, LinkState.FAILED, sentence, fix, detail)


def doubtful(key: str, title: str, sentence: str, fix: str = "", *, detail: str = "") -> Link:
    """Something worth a look that doesn't stop the sign-in by itself, or that can't be told from here."""
    return Link(key, title, LinkState.DOUBTFUL, sentence, fix, detail)


def not_reached(key: str, title: str, sentence: str = "") -> Link:
    """A link that was not looked at because an earlier one broke."""
    return Link(key, title, LinkState.NOT_REACHED, sentence or EARLIER_FAILED)


def not_applicable(key: str, title: str, sentence: str, *, detail: str = "") -> Link:
    """A link that this sign-in doesn't need, and why."""
    return Link(key, title, LinkState.NOT_APPLICABLE, sentence, detail=detail)


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
    """What `as_data` wrote, read back."""
    return tuple(
        Link(
            one["key"],
            one["title"],
            LinkState(one["state"]),
            one["sentence"],
            one.get("fix", ""),
            one.get("detail", ""),
        )
        for one in data
    )
