"""Tries, sessions and what operators did, in one order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.cognito.person_reads import AuthEvent, UserSession
from services.roles import Actor, Origin, Role
from services.store.activity import NewActivity
from services.store.store import Store
from services.timeline import timeline

NOW = datetime.now(UTC)


def test_everything_stands_in_one_order_with_the_newest_first(store: Store) -> None:
    actor = Actor("op-1", "Sam", Role.SUPPORT, Origin.BROWSER)
    store.activity.record(
        NewActivity(actor, "sign_out_user", target_id="s", reason="stolen", ticket="OPS-1"),
        after={"signed_out": True},
    )
    lines = store.activity.search()
    earlier = UserSession("tkn1", "TOKEN", "c", NOW - timedelta(hours=2), ip="192.0.2.7", device="macOS")
    wrong = AuthEvent(
        NOW - timedelta(hours=1),
        "SignIn",
        "Fail",
        "High",
        (("Password", "Success"), ("Mfa", "Failure")),
        "Leeds",
        "United Kingdom",
        decision="Block",
    )
    found = timeline(lines, [earlier, UserSession("x")], [wrong, AuthEvent(None, "SignIn", "Pass")])
    assert [happening.what for happening in found] == [
        "Signed a user out everywhere",
        "Tried to sign in",
        "A session began that still goes on",
    ]
    assert (found[0].who, found[0].more) == ("Sam", "signed out: yes; stolen; OPS-1")
    assert found[1].more == "wrong second factor, risk high, blocked as risky"
    assert (found[1].who, found[1].result) == ("Leeds, United Kingdom", "Failed")
    assert found[1].event is wrong
    assert (found[2].who, found[2].more) == ("192.0.2.7", "macOS")
