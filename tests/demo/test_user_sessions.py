"""Sessions of the embedded Cognito's people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from demo.backend import backend_of
from demo.pools import BILLING_DESK, CUSTOMERS_ID, STAFF_ID
from tests.demo.conftest import Ask

KIRSTEN = {"UserPoolId": STAFF_ID, "Username": "k.sorensen"}


def sessions(ask: Ask, username: str = "k.sorensen") -> list[Any]:
    return list(ask("AdminListUserSessions", UserPoolId=STAFF_ID, Username=username)["Sessions"])


def test_they_are_listed_latest_first(ask: Ask) -> None:
    found = sessions(ask)
    assert [session["SessionType"] for session in found].count("SSO") == 1
    dates = [session["LastActiveDate"] for session in found]
    assert dates == sorted(dates, reverse=True)
    assert not any(session["IsCurrentSession"] for session in found)


def test_one_session_ends_alone_and_a_browser_with_what_came_through_it(ask: Ask, refused: Any) -> None:
    found = sessions(ask)
    oldest = found[-1]["SessionId"]
    ask("AdminRevokeUserSession", **KIRSTEN, SessionId=oldest)
    assert refused("AdminRevokeUserSession", **KIRSTEN, SessionId=oldest) == "ResourceNotFoundException"
    browser = next(session["SessionId"] for session in found if session["SessionType"] == "SSO")
    child = next(session["SessionId"] for session in found if session.get("OriginSessionId") == browser)
    ask("AdminRevokeUserSession", **KIRSTEN, SessionId=browser, RevokeAssociatedSessions="LINKED")
    left = {session["SessionId"] for session in sessions(ask)}
    assert left == {session["SessionId"] for session in found} - {oldest, browser, child}


def test_another_persons_session_is_not_theirs_to_end(ask: Ask, refused: Any) -> None:
    theirs = sessions(ask, "megan.hughes")[0]["SessionId"]
    assert refused("AdminRevokeUserSession", **KIRSTEN, SessionId=theirs) == "ResourceNotFoundException"


def test_signing_out_ends_the_tokens_and_leaves_the_browser(ask: Ask) -> None:
    rolf = {"UserPoolId": STAFF_ID, "Username": "rolf.vogt"}
    assert {session["SessionType"] for session in sessions(ask, "rolf.vogt")} == {"SSO", "TOKEN"}
    ask("AdminUserGlobalSignOut", **rolf)
    assert [session["SessionType"] for session in sessions(ask, "rolf.vogt")] == ["SSO"]


def test_disabling_ends_everything(ask: Ask, boto: Any) -> None:
    paul = "Okta_paul.weiss@brightwater.example"
    assert sessions(ask, paul)
    boto.admin_disable_user(UserPoolId=STAFF_ID, Username=paul)
    boto.admin_enable_user(UserPoolId=STAFF_ID, Username=paul)
    assert sessions(ask, paul) == []


def test_a_session_past_its_time_is_not_listed(ask: Ask) -> None:
    user = backend_of("eu-west-1").user_pools[STAFF_ID].users["megan.hughes"]
    (session,) = user.sessions.values()
    session.ends -= timedelta(days=60)
    assert sessions(ask, "megan.hughes") == []


def test_a_pool_tracks_sessions_only_where_it_was_told_to(ask: Ask, refused: Any) -> None:
    found = ask("GetUserPoolSessionConfiguration", UserPoolId=CUSTOMERS_ID)
    assert (found["UserSessionTracking"], found["TokenSession"]) == ("DISABLED", {"MaxPerUser": 20})
    client = {"UserPoolId": CUSTOMERS_ID, "ClientId": "4t9mybrightwaterportal0001"}
    change = {**client, "SSOSession": {"MaxValidityMinutes": 5}}
    assert refused("SetUserPoolClientSessionConfiguration", **change) == "InvalidParameterException"
    pool = {"UserPoolId": CUSTOMERS_ID, "UserSessionTracking": "ENABLED"}
    assert refused("SetUserPoolSessionConfiguration", **pool, TokenSession={"MaxPerUser": 101})
    ask("SetUserPoolSessionConfiguration", **pool, TokenSession={"MaxPerUser": 2})
    ask("SetUserPoolClientSessionConfiguration", **change)
    assert ask("GetUserPoolClientSessionConfiguration", **client)["SSOSession"] == {"MaxValidityMinutes": 5}


def test_a_smaller_plan_has_no_sessions(refused: Any, empty_pool: Any) -> None:
    asked = {
        "UserPoolId": empty_pool(UserPoolTier="LITE"),
        "UserSessionTracking": "ENABLED",
        "TokenSession": {"MaxPerUser": 1},
    }
    assert refused("SetUserPoolSessionConfiguration", **asked) == "FeatureUnavailableInTierException"


def test_ended_tokens_refresh_no_longer(ask: Ask) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    before = sum(owner is not None for owner in pool.refresh_tokens.values())
    ended = next(session for session in sessions(ask) if session["ClientId"] == BILLING_DESK.own_id)
    ask("AdminRevokeUserSession", **KIRSTEN, SessionId=ended["SessionId"])
    assert sum(owner is not None for owner in pool.refresh_tokens.values()) == before - 1
