"""Sessions of people in pools that track them (developer guide: "Managing user sessions").

Two kinds: the tokens of one sign-in, and a browser signed in to the login pages. Where tracking is
off nothing is written down, and there is nothing to list.
"""

from __future__ import annotations

import secrets
import string
from datetime import datetime, timedelta
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException, ResourceNotFoundError
from moto.core.exceptions import JsonRESTError
from moto.core.utils import utcnow

from demo import tokens
from demo.caller import CALLER, Caller
from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikeClient, AwsLikePool
from demo.users import AwsLikeUser, UserSession

TOKEN, BROWSER = "tkn", "sso"  # how ids of the two kinds begin
LETTERS = string.ascii_lowercase + string.digits


def new_id(kind: str) -> str:
    """A session's id: `tkn` or `sso` and 25 letters or digits."""
    return kind + "".join(secrets.choice(LETTERS) for _ in range(25))


def begin_browser(pool: AwsLikePool, client: AwsLikeClient, user: AwsLikeUser) -> str:
    """The id of a new browser session, "" in a pool that tracks none."""
    if not pool.tracking.enabled:
        return ""
    ends = utcnow() + timedelta(minutes=client.browser_minutes)
    return _begin(user, BROWSER, client.id, ends, CALLER.get()).id


def begin_tokens(
    pool: AwsLikePool,
    client: AwsLikeClient,
    user: AwsLikeUser,
    origin_jti: str,
    parent: str = "",
    caller: Caller | None = None,
) -> None:
    """Write down a sign-in; the session used longest ago goes where the person has too many."""
    if not pool.tracking.enabled:
        return
    held = sorted(
        (session for session in living(user) if session.id.startswith(TOKEN)),
        key=lambda session: session.active,
    )
    for session in held[: max(0, len(held) + 1 - pool.tracking.most)]:
        end(pool, user, session)
    ends = utcnow() + timedelta(seconds=tokens.lifetime(client, "Refresh"))
    session = _begin(user, TOKEN, client.id, ends, caller or CALLER.get())
    session.origin_jti, session.parent = origin_jti, parent
    if parent in user.sessions:
        user.sessions[parent].active = session.active


def used(user: AwsLikeUser, origin_jti: str) -> None:
    """Tokens were refreshed: the session lives, where the caller is now."""
    for session in user.sessions.values():
        if session.origin_jti == origin_jti:
            session.active, session.caller = utcnow(), CALLER.get()


def living(user: AwsLikeUser) -> list[UserSession]:
    """Sessions that haven't ended by themselves."""
    now = utcnow()
    return [session for session in user.sessions.values() if session.ends > now]


def end(pool: AwsLikePool, user: AwsLikeUser, session: UserSession) -> None:
    """Revoke what belongs to the session, and forget it."""
    if session.origin_jti:
        tokens.revoke(pool, session.origin_jti)
    user.sessions.pop(session.id, None)


def forget_tokens(user: AwsLikeUser, origin_jti: str) -> None:
    """The sign-in's tokens were revoked one by one: its session is over."""
    for session in [found for found in user.sessions.values() if found.origin_jti == origin_jti]:
        del user.sessions[session.id]


def end_tokens(pool: AwsLikePool, user: AwsLikeUser) -> None:
    """Sign the person out of every application. Browsers stay signed in to the login pages, as at AWS."""
    pool.sign_out(user.username)
    for session in [session for session in user.sessions.values() if session.id.startswith(TOKEN)]:
        del user.sessions[session.id]


def end_all(pool: AwsLikePool, user: AwsLikeUser) -> None:
    """Nothing of the person's is signed in any more."""
    end_tokens(pool, user)
    user.sessions.clear()


def _begin(user: AwsLikeUser, kind: str, client_id: str, ends: datetime, caller: Caller) -> UserSession:
    now = utcnow()
    session = UserSession(new_id(kind), client_id, now, now, ends, caller)
    user.sessions[session.id] = session
    return session


# Operations


def list_user_sessions(request: OperationRequest) -> Answer:
    """All living sessions, the latest activity first, on one page."""
    current = request.claims.get("origin_jti") if request.by_owner else None
    latest = sorted(living(request.user), key=lambda session: session.active, reverse=True)
    return {"Sessions": [_described(session, current) for session in latest]}


def revoke_user_session(request: OperationRequest) -> Answer:
    """End one session, with those that hang on it if asked."""
    user = request.user
    session = user.sessions.get(request["SessionId"])
    if session is None or session not in living(user):
        raise ResourceNotFoundError("Session does not exist.")
    if request.by_owner and session.origin_jti == request.claims["origin_jti"]:
        raise InvalidParameterException("The current session can't be revoked.")
    linked = _linked(user, session) if request.get("RevokeAssociatedSessions") == "LINKED" else []
    for ended in (session, *linked):
        end(request.pool, user, ended)
    return {}


def sign_out(request: OperationRequest) -> Answer:
    """Sign the person out of every application."""
    end_tokens(request.pool, request.user)
    return {}


def get_pool_configuration(request: OperationRequest) -> Answer:
    """Whether the pool tracks sessions, and how many each person may have."""
    kept = request.pool.tracking
    return {
        "UserPoolId": request.pool.id,
        "UserSessionTracking": "ENABLED" if kept.enabled else "DISABLED",
        "TokenSession": {"MaxPerUser": kept.most},
    }


def set_pool_configuration(request: OperationRequest) -> Answer:
    """Track sessions from now on, or no longer."""
    _check_tier(request.pool)
    kept = request.pool.tracking
    kept.enabled = request["UserSessionTracking"] == "ENABLED"
    kept.most = request["TokenSession"]["MaxPerUser"]
    if not kept.enabled:
        for user in request.pool.everybody():
            user.sessions.clear()
    return get_pool_configuration(request)


def get_client_configuration(request: OperationRequest) -> Answer:
    """How long this client lets a browser in without asking again."""
    return {
        "UserPoolId": request.pool.id,
        "ClientId": request.client.id,
        "SSOSession": {"MaxValidityMinutes": request.client.browser_minutes},
    }


def set_client_configuration(request: OperationRequest) -> Answer:
    """Set how an app client's sessions are tracked."""
    _check_tier(request.pool)
    if not request.pool.tracking.enabled:
        raise InvalidParameterException("Session tracking is not enabled for the user pool.")
    request.client.browser_minutes = request["SSOSession"]["MaxValidityMinutes"]
    return get_client_configuration(request)


def _linked(user: AwsLikeUser, session: UserSession) -> list[UserSession]:
    return [
        found
        for found in user.sessions.values()
        if found.id == session.parent or (found.parent and found.parent == session.id)
    ]


def _check_tier(pool: AwsLikePool) -> None:
    if pool.tier == "LITE":
        raise JsonRESTError(
            "FeatureUnavailableInTierException", "Session tracking needs the Essentials or the Plus plan."
        )


def _described(session: UserSession, current: str | None) -> dict[str, Any]:
    kind = "TOKEN" if session.id.startswith(TOKEN) else "SSO"
    answer = {
        "SessionId": session.id,
        "SessionType": kind,
        "ClientId": session.client_id,
        "CreateDate": session.created,
        "LastActiveDate": session.active,
        "DeviceType": session.caller.device,
        "LastIPAddress": session.caller.ip,
        "LastLocation": {"City": session.caller.city or None, "Country": session.caller.country or "unknown"},
        "IsCurrentSession": bool(current) and session.origin_jti == current,
    }
    return answer | ({"OriginSessionId": session.parent} if session.parent else {})


OPERATIONS: dict[str, Operation] = {
    "AdminListUserSessions": list_user_sessions,
    "ListUserSessions": list_user_sessions,
    "AdminRevokeUserSession": revoke_user_session,
    "RevokeUserSession": revoke_user_session,
    "AdminUserGlobalSignOut": sign_out,
    "GlobalSignOut": sign_out,
    "GetUserPoolSessionConfiguration": get_pool_configuration,
    "SetUserPoolSessionConfiguration": set_pool_configuration,
    "GetUserPoolClientSessionConfiguration": get_client_configuration,
    "SetUserPoolClientSessionConfiguration": set_client_configuration,
}
