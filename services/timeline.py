"""What happened around one person, in one order: what they tried, their sessions, what operators did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.activity_report import RESULT_TITLES, action_title, summary_of
from services.cognito.person_reads import AuthEvent, UserSession
from services.store.activity import Activity

_KINDS = {
    "SignIn": "Signed in",
    "SignUp": "Registered",
    "ForgotPassword": "Asked for a new password",
    "PasswordChange": "Changed the password",
    "ResendCode": "Asked for a code again",
}
_TRIED = {"SignIn": "Tried to sign in", "SignUp": "Tried to register"}
_RESPONSES = {"Pass": "Worked", "Fail": "Failed", "InProgress": "Not finished"}
_ASKED = {"Password": "password", "Mfa": "second factor"}
_FEEDBACK = {"Valid": "judged their own", "Invalid": "judged not theirs"}
_DECISIONS = {"AccountTakeover": "acted on as risky", "Block": "blocked as risky"}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened at `at` (aware, UTC): what, by whom or from where, how it ended, and more.

    `event` is set for what threat protection noted, and can be judged.
    """

    at: datetime
    what: str
    who: str = ""
    result: str = ""
    more: str = ""
    event: AuthEvent | None = None


def timeline(
    lines: Iterable[Activity], sessions: Iterable[UserSession] = (), events: Iterable[AuthEvent] = ()
) -> list[Happening]:
    """Log lines, sessions and sign-in attempts of one person as one list, the newest first."""
    found = [_line(line) for line in lines]
    found += [_began(session) for session in sessions if session.created]
    found += [_event(event) for event in events if event.at]
    return sorted(found, key=lambda happening: happening.at, reverse=True)


def _line(line: Activity) -> Happening:
    group = line.after.get("group") or line.before.get("group")
    title = action_title(line.action)
    more = "; ".join(filter(None, (summary_of(line), line.reason, line.ticket)))
    return Happening(
        line.at, f"{title}: {group}" if group else title, line.operator_name, RESULT_TITLES[line.result], more
    )


def _began(session: UserSession) -> Happening:
    assert session.created is not None  # noqa: S101 - the caller has looked
    return Happening(
        session.created,
        "A session began that still goes on",
        _from(session.city, session.country, session.ip),
        "",
        session.device,
    )


def _event(event: AuthEvent) -> Happening:
    assert event.at is not None  # noqa: S101 - the caller has looked
    what = (_TRIED if event.failed else {}).get(event.kind) or _KINDS.get(event.kind, event.kind)
    wrong = [_ASKED.get(name, name) for name, answer in event.challenges if answer == "Failure"]
    told = [f"wrong {name}" for name in wrong]
    if event.risk:
        told.append(f"risk {event.risk.lower()}")
    told += [
        text
        for text in (
            _DECISIONS.get(event.decision, ""),
            "password known from a leak" if event.compromised else "",
            _FEEDBACK.get(event.feedback, ""),
            event.device,
        )
        if text
    ]
    return Happening(
        event.at,
        what,
        _from(event.city, event.country, event.ip),
        _RESPONSES.get(event.response, event.response),
        ", ".join(told),
        event,
    )


def _from(city: str, country: str, ip: str) -> str:
    place = ", ".join(part for part in (city, country) if part)
    return f"{place} ({ip})" if place and ip else place or ip
