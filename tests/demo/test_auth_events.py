"""The embedded Cognito's history of sign-ins."""

from __future__ import annotations

from typing import Any

from demo.pools import CUSTOMERS_ID, STAFF_ID
from tests.demo.conftest import Ask

ROLF = {"UserPoolId": STAFF_ID, "Username": "rolf.vogt"}


def test_events_tell_what_was_asked_and_how_risky_it_was(ask: Ask) -> None:
    latest = ask("AdminListUserAuthEvents", **ROLF)["AuthEvents"][0]
    assert latest["EventRisk"]["RiskLevel"] == "High"
    assert latest["EventContextData"]["City"] == "Reykjavík"
    assert latest["ChallengeResponses"] == [{"ChallengeName": "Password", "ChallengeResponse": "Success"}]


def test_a_lost_phone_shows_in_codes_that_failed(ask: Ask) -> None:
    events = ask("AdminListUserAuthEvents", UserPoolId=STAFF_ID, Username="megan.hughes")["AuthEvents"]
    assert [event["ChallengeResponses"][-1]["ChallengeResponse"] for event in events[:3]] == ["Failure"] * 3


def test_events_come_in_pages(ask: Ask) -> None:
    first = ask("AdminListUserAuthEvents", **ROLF, MaxResults=2)
    rest = ask("AdminListUserAuthEvents", **ROLF, MaxResults=0, NextToken=first["NextToken"])
    ids = [event["EventId"] for event in (*first["AuthEvents"], *rest["AuthEvents"])]
    assert len(ids) == len(set(ids)) == 3


def test_feedback_is_kept_with_the_event(ask: Ask, refused: Any) -> None:
    event = ask("AdminListUserAuthEvents", **ROLF)["AuthEvents"][0]["EventId"]
    ask("AdminUpdateAuthEventFeedback", **ROLF, EventId=event, FeedbackValue="Invalid")
    told = ask("AdminListUserAuthEvents", **ROLF)["AuthEvents"][0]["EventFeedback"]
    assert (told["FeedbackValue"], told["Provider"]) == ("Invalid", "Admin")
    asked = {**ROLF, "EventId": "nothing", "FeedbackValue": "Valid"}
    assert refused("AdminUpdateAuthEventFeedback", **asked) == "ResourceNotFoundException"
    assert refused("UpdateAuthEventFeedback", **asked, FeedbackToken="t") == "NotAuthorizedException"


def test_a_pool_without_threat_protection_keeps_none(ask: Ask, refused: Any, boto: Any) -> None:
    username = boto.list_users(UserPoolId=CUSTOMERS_ID, Limit=1)["Users"][0]["Username"]
    code = refused("AdminListUserAuthEvents", UserPoolId=CUSTOMERS_ID, Username=username)
    assert code == "UserPoolAddOnNotEnabledException"
