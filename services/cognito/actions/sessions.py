"""Actions on what a person's sign-ins left behind: a session that goes on, an event that was judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.cognito.actions.base import (
    Change,
    Confirm,
    CurrentMemberships,
    Facts,
    HeldBack,
    Offer,
    PersonChange,
    WayBack,
)
from services.cognito.models import PersonRef, User, UserPool, UserStatus
from services.cognito.permit import Permit
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class EndSession(PersonChange):
    """AdminRevokeUserSession: the tokens of one session end, and it is gone from the list.

    With `linked` the sessions linked to it end as well: otherwise the session of the login pages would
    sign the application in again without asking (service model, RevokeAssociatedSessions).
    """

    action = "end_session"
    operation = "AdminRevokeUserSession"
    phrase = "Ending a session of {Username}"
    permission = Permission.USER_SIGN_OUT
    irreversible = True
    logged = "Ended a user's session"
    verb, past = "end a session", "session ended"
    shows = False
    dated = False
    offers = (
        Offer(
            "End session",
            ":material/tab_close:",
            "End a session",
            "What is signed in through this session has to sign in again. An application that checks tokens "
            "by itself notices only when the access token runs out (an hour, unless its app client says "
            "otherwise).",
            "End it",
            "The session of {0} is ended.",
            Confirm.OWN,
        ),
    )

    session_id: str = ""
    described: str = ""
    linked: bool = True

    def before(self, gateway: CognitoGateway) -> Facts:
        self.find(gateway)
        return {"session": self.described or self.session_id}

    @property
    def expected(self) -> Facts:
        return {"session": "ended"}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.end_session(permit, self.person.username, self.session_id, linked=self.linked)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return all(session.id != self.session_id for session in gateway.sessions(self.person.username))

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        return "They have never signed in." if user.status is UserStatus.UNCONFIRMED else ""

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)


@dataclass(frozen=True)
class JudgeSignIn(PersonChange):
    """AdminUpdateAuthEventFeedback: whether a try was the person's own, so that threat protection learns."""

    action = "judge_sign_in"
    operation = "AdminUpdateAuthEventFeedback"
    phrase = "Saying whether a sign-in of {Username} was their own"
    permission = Permission.USER_SIGN_OUT
    logged = "Judged a sign-in"
    verb, past = "judge a sign-in", "sign-in judged"
    shows = False
    dated = False
    offers = (
        Offer(
            "Was it them?",
            ":material/rule:",
            about="Threat protection learns from it. The sign-in and the account stay as they are: if "
            "somebody else got in, sign them out everywhere and set a password.",
            button="Tell AWS",
            confirm=Confirm.OWN,
        ),
    )

    event_id: str = ""
    own: bool = True
    described: str = ""

    def before(self, gateway: CognitoGateway) -> Facts:
        known = gateway.auth_events(self.person.username, 60)
        judged = next((event.feedback for event in known if event.id == self.event_id), "")
        return {"sign_in": self.described, "judged": _JUDGED.get(judged, "")}

    @property
    def expected(self) -> Facts:
        return {"sign_in": self.described, "judged": _JUDGED[self._word]}

    @property
    def _word(self) -> str:
        return "Valid" if self.own else "Invalid"

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.judge_sign_in(permit, self.person.username, self.event_id, self._word)
        return self.expected

    @property
    def done(self) -> str:
        return f"a sign-in judged {_JUDGED[self._word]}"

    def way_back(
        self, user: User, there: CurrentMemberships, before: Facts, after: Facts, held_back: HeldBack
    ) -> WayBack:
        other = JudgeSignIn(user.ref, self.event_id, not self.own, self.described)
        if before.get("judged") != other.expected["judged"]:
            return WayBack(stays=("A judgement can be turned round, but not taken away.",))
        return WayBack(((other, after, before),))

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)


_JUDGED = {"Valid": "their own", "Invalid": "not theirs"}
