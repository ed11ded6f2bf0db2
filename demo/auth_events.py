"""The history that threat protection keeps of people's sign-ins and password changes.

Kept only in pools with threat protection on (developer guide: "Viewing user event history"). The
emulator judges no risk itself: what happens here is without risk, what the demo begins with isn't.
"""

from __future__ import annotations

import uuid
from typing import Any

from moto.cognitoidp.exceptions import NotAuthorizedError, ResourceNotFoundError
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo import paging
from demo.caller import CALLER
from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser, UserEvent

PASSWORD, CODE = "Password", "Mfa"  # challenges, as events name them


def kept_by(pool: AwsLikePool) -> bool:
    """Whether the pool has threat protection on."""
    mode = (pool.extended_config.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode")
    return mode in ("AUDIT", "ENFORCED")


def begin(pool: AwsLikePool, user: AwsLikeUser, kind: str = "SignIn") -> UserEvent:
    """A try that begins now; written down where the pool keeps events."""
    event = UserEvent(str(uuid.uuid4()), kind, utcnow(), CALLER.get())
    if kept_by(pool):
        user.events.append(event)
    return event


def answered(event: UserEvent, challenge: str, success: bool) -> None:
    """A challenge of the try was answered; a wrong answer fails the try."""
    event.challenges.append((challenge, "Success" if success else "Failure"))
    if not success:
        event.response = "Fail"


def list_events(request: OperationRequest) -> Answer:
    """A page of events, the latest first."""
    _check_kept(request.pool)
    latest = sorted(request.user.events, key=lambda event: event.at, reverse=True)
    found, token = paging.page(
        latest, request.get("MaxResults"), request.get("NextToken"), f"events {request.user.id}"
    )
    answer: Answer = {"AuthEvents": [_described(event) for event in found]}
    return answer | ({"NextToken": token} if token else {})


def give_own_feedback(_: OperationRequest) -> Answer:
    """The person says whether it was them, with the token of a message; the emulator sends no such token."""
    raise NotAuthorizedError("Invalid feedback token.")


def give_feedback(request: OperationRequest) -> Answer:
    """An administrator says whether it was the person."""
    _check_kept(request.pool)
    event = next((event for event in request.user.events if event.id == request["EventId"]), None)
    if event is None:
        raise ResourceNotFoundError("Event does not exist.")
    event.feedback = (request["FeedbackValue"], "Admin", utcnow())
    return {}


def _check_kept(pool: AwsLikePool) -> None:
    if not kept_by(pool):
        raise JsonRESTError(
            "UserPoolAddOnNotEnabledException", f"Threat protection is not enabled for user pool {pool.id}."
        )


def _described(event: UserEvent) -> dict[str, Any]:
    risk: dict[str, Any] = {
        "RiskDecision": event.decision,
        "CompromisedCredentialsDetected": event.compromised,
    }
    caller = event.caller
    context = {"IpAddress": caller.ip, "DeviceName": caller.device}
    context |= {name: value for name, value in (("City", caller.city), ("Country", caller.country)) if value}
    answer: dict[str, Any] = {
        "EventId": event.id,
        "EventType": event.kind,
        "CreationDate": event.at,
        "EventResponse": event.response,
        "EventRisk": risk | ({"RiskLevel": event.level} if event.level else {}),
        "ChallengeResponses": [
            {"ChallengeName": name, "ChallengeResponse": result} for name, result in event.challenges
        ],
        "EventContextData": context,
    }
    if event.feedback:
        value, provider, at = event.feedback
        answer["EventFeedback"] = {"FeedbackValue": value, "Provider": provider, "FeedbackDate": at}
    return answer


OPERATIONS: dict[str, Operation] = {
    "AdminListUserAuthEvents": list_events,
    "AdminUpdateAuthEventFeedback": give_feedback,
    "UpdateAuthEventFeedback": give_own_feedback,
}
