"""A session lives until it is revoked, unused too long, or simply too old."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from services.errors import RecordNotFound
from services.roles import Role
from services.store import sessions as module
from services.store.columns import utc_now
from tests.services.store.helpers import at_rest, raw

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when told to."""

    class Clock:
        now: datetime = utc_now()

        def pass_by(self, **span):
            self.now += timedelta(**span)

    clock = Clock()
    monkeypatch.setattr(module, "utc_now", lambda: clock.now)
    return clock


@pytest.fixture
def signed_in(store, cast, clock):
    return store.sessions.create(cast["ann"].id, "127.0.0.1", "Firefox", IDLE, ABSOLUTE)


def test_a_token_finds_its_session(store, cast, signed_in):
    session, token = signed_in
    assert store.sessions.find(token) == store.sessions.get(session.id) == session
    assert (session.operator_id, session.address, session.agent) == (cast["ann"].id, "127.0.0.1", "Firefox")
    assert store.sessions.find("another token") is None
    assert store.sessions.find("\ud800") is None
    assert store.sessions.get("another id") is None


def test_the_database_holds_only_a_hash_of_the_token(store, signed_in):
    store.close()
    assert signed_in[1].encode() not in at_rest(store)
    assert raw(store, "SELECT length(token_hash) FROM sessions") == [(64,)]


def test_unused_too_long_it_ends(store, signed_in, clock):
    clock.pass_by(minutes=30)
    assert store.sessions.find(signed_in[1]) is None
    assert store.sessions.get(signed_in[0].id) is None


def test_a_clock_set_forward_ends_it_and_one_set_back_does_not_make_it_longer(store, cast, signed_in, clock):
    clock.pass_by(days=1)
    assert store.sessions.find(signed_in[1]) is None
    late, token = store.sessions.create(cast["ann"].id, "", "", IDLE, ABSOLUTE)
    clock.pass_by(minutes=-4)  # as much as machines' clocks differ
    assert store.sessions.find(token) is not None
    clock.pass_by(days=-1)
    assert store.sessions.find(token) is None
    assert late not in store.sessions.list_live()


def test_it_says_which_role_its_operator_has_now(store, cast, signed_in):
    assert signed_in[0].role == "admin"
    store.operators.update(cast["ann"].id, role=Role.AUDITOR)
    assert store.sessions.find(signed_in[1]).role == "auditor"


def test_use_puts_the_end_off_and_looking_does_not(store, signed_in, clock):
    session, token = signed_in
    clock.pass_by(minutes=20)
    assert store.sessions.find(token) is not None
    clock.pass_by(minutes=20)
    assert store.sessions.find(token, touch=False) is not None
    assert store.sessions.get(session.id) is not None
    clock.pass_by(minutes=10)
    assert store.sessions.find(token) is None


def test_no_use_puts_off_the_last_hour(store, signed_in, clock):
    for _ in range(71):
        clock.pass_by(minutes=10)
        assert store.sessions.find(signed_in[1]) is not None
    clock.pass_by(minutes=10)
    assert store.sessions.find(signed_in[1]) is None


def test_a_busy_page_does_not_write_at_every_request(store, signed_in, clock):
    seen = store.sessions.get(signed_in[0].id).seen_at
    clock.pass_by(seconds=5)
    store.sessions.find(signed_in[1])
    assert store.sessions.get(signed_in[0].id).seen_at == seen
    clock.pass_by(seconds=20)
    store.sessions.find(signed_in[1])
    assert store.sessions.get(signed_in[0].id).seen_at == clock.now


def test_a_revoked_session_is_dead_by_id_and_by_token(store, cast, signed_in, clock):
    store.sessions.revoke(signed_in[0].id)
    other = store.sessions.create(cast["ann"].id, "", "", IDLE, ABSOLUTE)
    store.sessions.revoke_token(other[1])
    for session, token in (signed_in, other):
        assert store.sessions.find(token) is None
        assert store.sessions.get(session.id, touch=True) is None
    assert store.sessions.list_live() == ()


def test_all_sessions_of_one_operator_can_be_ended(store, cast, signed_in):
    second = store.sessions.create(cast["ann"].id, "", "", IDLE, ABSOLUTE)[0]
    sams = store.sessions.create(cast["sam"].id, "", "", IDLE, ABSOLUTE)[0]
    assert store.sessions.list_live(cast["ann"].id) == (second, signed_in[0])
    assert store.sessions.revoke_operator(cast["ann"].id) == 2
    assert store.sessions.revoke_operator(cast["ann"].id) == 0
    assert store.sessions.list_live() == (sams,)


def test_a_disabled_or_deleted_operator_has_no_session(store, cast, signed_in):
    store.operators.update(cast["ann"].id, disabled=True)
    assert store.sessions.find(signed_in[1]) is None
    assert store.sessions.list_live() == ()
    store.operators.update(cast["ann"].id, disabled=False)
    assert store.sessions.find(signed_in[1]) is not None
    store.operators.delete(cast["ann"].id)
    assert store.sessions.find(signed_in[1]) is None


def test_nobody_unknown_gets_a_session(store, clock):
    with pytest.raises(RecordNotFound):
        store.sessions.create("nobody", "", "", IDLE, ABSOLUTE)


def test_sessions_long_over_are_cleared_away(store, cast, signed_in, clock):
    clock.pass_by(days=31)
    store.sessions.create(cast["ann"].id, "", "", IDLE, ABSOLUTE)
    store.close()
    assert raw(store, "SELECT count(*) FROM sessions") == [(1,)]


MINUTE = timedelta(minutes=1)


def test_a_ticket_is_redeemed_once(store):
    token = store.tickets.issue("sign-in", "ann", "browser-1", MINUTE)
    assert store.tickets.peek("sign-in", token, "browser-1") == "ann"
    assert store.tickets.redeem("sign-in", token, "browser-1") == "ann"
    assert store.tickets.peek("sign-in", token, "browser-1") is None
    assert store.tickets.redeem("sign-in", token, "browser-1") is None


def test_a_wrong_browser_gets_nothing_and_spoils_the_ticket(store):
    token = store.tickets.issue("sign-in", "ann", "browser-1", MINUTE)
    assert store.tickets.peek("sign-in", token, "browser-2") is None
    assert store.tickets.redeem("sign-in", token, "browser-2") is None
    assert store.tickets.redeem("sign-in", token, "browser-1") is None


def test_a_ticket_serves_its_own_purpose_only(store):
    token = store.tickets.issue("set-up", "first", "", MINUTE)
    assert store.tickets.redeem("sign-in", token, "") is None
    assert store.tickets.redeem("set-up", token, "") is None


def test_a_ticket_runs_out(store):
    token = store.tickets.issue("sign-in", "ann", "", timedelta(0))
    assert store.tickets.peek("sign-in", token, "") is None
    assert store.tickets.redeem("sign-in", token, "") is None


def test_of_many_who_redeem_at_once_one_gets_it(store):
    token = store.tickets.issue("sign-in", "ann", "b", MINUTE)
    with ThreadPoolExecutor(12) as pool:
        got = list(pool.map(lambda _: store.tickets.redeem("sign-in", token, "b"), range(12)))
    assert sorted(got, key=str) == sorted(["ann"] + [None] * 11, key=str)


def test_the_database_holds_neither_token_nor_subject_nor_bind(store):
    token = store.tickets.issue("sign-in", "subject-in-clear", "bind-in-clear", MINUTE)
    store.close()
    data = at_rest(store)
    for secret in (token, "subject-in-clear", "bind-in-clear"):
        assert secret.encode() not in data


def test_tickets_that_ran_out_are_cleared_away(store):
    store.tickets.issue("sign-in", "ann", "", timedelta(0))
    store.tickets.issue("sign-in", "ann", "", MINUTE)
    store.close()
    assert raw(store, "SELECT count(*) FROM tickets") == [(1,)]


def test_the_last_visit_is_when_the_operator_was_seen_before_this_session(store, cast, clock, signed_in):
    first, token = signed_in
    assert store.sessions.last_visit(first) is None
    clock.pass_by(minutes=5)
    store.sessions.find(token)
    clock.pass_by(days=2)
    store.sessions.create(cast["sam"].id, "127.0.0.1", "Firefox", IDLE, ABSOLUTE)
    second, _ = store.sessions.create(cast["ann"].id, "127.0.0.1", "Firefox", IDLE, ABSOLUTE)
    assert store.sessions.last_visit(second) == first.created_at + timedelta(minutes=5)
