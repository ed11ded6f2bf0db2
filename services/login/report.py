"""What a login test found, in a form that can be kept and shown: no token, code or secret in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from services.login.chain import Link, as_data, first_failure, from_data
from services.login.words import ClaimLine
from services.roles import Actor
from services.store.activity import ActivityResult, NewActivity
from services.store.store import Store

ACTION = "login_test"


@dataclass(frozen=True, slots=True)
class TokenReport:
    """One token: which it is, what was checked, and what it says."""

    title: str
    checks: tuple[Link, ...]
    claims: tuple[ClaimLine, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A finished test. `flow` are the facts it was begun with, `person` whom the token names."""

    flow: Mapping[str, Any]
    chain: tuple[Link, ...]
    discovery: tuple[Link, ...] = ()
    tokens: tuple[TokenReport, ...] = ()
    person: str = ""
    endpoints: Mapping[str, Any] | None = None
    refreshable: bool = False

    def as_data(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "flow": dict(self.flow),
            "chain": as_data(self.chain),
            "discovery": as_data(self.discovery),
            "tokens": [
                {
                    "title": one.title,
                    "checks": as_data(one.checks),
                    "claims": [asdict(line) for line in one.claims],
                }
                for one in self.tokens
            ],
            "person": self.person,
            "endpoints": dict(self.endpoints) if self.endpoints is not None else None,
            "refreshable": self.refreshable,
        }


def report_from(data: Mapping[str, Any]) -> Report:
    """What `Report.as_data` wrote, read back."""
    return Report(
        flow=data["flow"],
        chain=from_data(data["chain"]),
        discovery=from_data(data["discovery"]),
        tokens=tuple(
            TokenReport(
                one["title"],
                from_data(one["checks"]),
                tuple(ClaimLine(**line) for line in one["claims"]),
            )
            for one in data["tokens"]
        ),
        person=data["person"],
        endpoints=data["endpoints"],
        refreshable=data["refreshable"],
    )


def record_test(
    store: Store, actor: Actor, *, pool: str, application: str, way: str, person: str, chain: Sequence[Link]
) -> str:
    """Write a login test into the activity log: who tried whom, at what, how, and where it ended.

    `way` is what people call it ("hosted page", "password" …). Returns the line's id.
    """
    broken = first_failure(chain)
    role = next((link.detail for link in chain if link.key == "role" and link.detail), "")
    after: dict[str, Any] = {
        "way": way,
        "person": person,
        "result": f"failed at: {broken.title}" if broken else "signed in",
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
