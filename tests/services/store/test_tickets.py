"""A ticket gives its subject once, to the browser it was made for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.services.store.helpers import raw

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


def test_the_database_holds_neither_token_nor_subject_nor_bind(store, tmp_path):
    token = store.tickets.issue("sign-in", "subject-in-clear", "bind-in-clear", MINUTE)
    store.close()
    data = (tmp_path / "console.db").read_bytes()
    for secret in (token, "subject-in-clear", "bind-in-clear"):
        assert secret.encode() not in data


def test_tickets_that_ran_out_are_cleared_away(store, tmp_path):
    store.tickets.issue("sign-in", "ann", "", timedelta(0))
    store.tickets.issue("sign-in", "ann", "", MINUTE)
    store.close()
    assert raw(tmp_path / "console.db", "SELECT count(*) FROM tickets") == [(1,)]
