"""Passkeys: made, asked for after the password or in its place, refused where they aren't right, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.access import passkeys as module
from services.access.passkeys import MOST, Passkeys
from services.access.second_factor import SecondFactor, demand_of
from services.access.sessions import switch_local_form, terminal_actor
from services.errors import ConsoleError, InvalidValue, NotPermitted, ProofNeeded, SignInRefused
from services.roles import Role
from services.store.activity import ActivityResult
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.authenticator import Authenticator

Cast = dict[str, Operator]
BROWSER = "the secret of this browser"
ORIGIN = "https://console.example.com"


@pytest.fixture
def passkeys(store: Store) -> Passkeys:
    return Passkeys(store, SecondFactor(store), ORIGIN)


def session_of(store: Store, operator: Operator, *, proved: bool = False) -> str:
    hour = timedelta(hours=1)
    return store.sessions.create(operator.id, "192.0.2.1", "Firefox", hour, hour, proved=proved)[0].id


def added(passkeys: Passkeys, operator: Operator, name: str = "Laptop", session: str = "") -> Authenticator:
    """A new passkey of `operator`."""
    session = session or session_of(passkeys.store, operator, proved=True)
    wanted = passkeys.begin_adding(operator, session)
    device = Authenticator()
    passkeys.add(operator, session, wanted.ticket, device.make(wanted.options), name)
    device.count += 1
    return device


def test_the_first_brings_recovery_codes_and_the_session_counts_as_proved(
    passkeys: Passkeys, store: Store, cast: Cast
) -> None:
    session = session_of(store, cast["sam"])
    wanted = passkeys.begin_adding(cast["sam"], session)
    codes = passkeys.add(
        cast["sam"], session, wanted.ticket, Authenticator().make(wanted.options), " My  laptop "
    )
    assert len(codes) == 10
    assert passkeys.factor.is_set_up(cast["sam"].id)
    found = store.sessions.get(session)
    assert found is not None
    assert found.proved_at is not None
    assert [factor.name for factor in passkeys.list(cast["sam"].id)] == ["My laptop"]
    passkeys.factor.check(cast["sam"], codes[0])
    assert [line.action for line in store.activity.search(limit=2)] == [
        "operator.recovery_code",
        "operator.passkey",
    ]


def test_after_the_password_it_says_who_and_notes_its_use(passkeys: Passkeys, cast: Cast) -> None:
    device = added(passkeys, cast["sam"])
    device.verifies = False  # the password was given
    wanted = passkeys.ask(BROWSER, cast["sam"])
    assert passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options)).id == cast["sam"].id
    factor = passkeys.list(cast["sam"].id)[0]
    assert factor.last_used_at is not None
    assert factor.sign_count == 1


def test_in_the_place_of_the_password_it_must_have_checked_pin_or_finger(
    passkeys: Passkeys, cast: Cast
) -> None:
    device = added(passkeys, cast["sam"])
    wanted = passkeys.ask(BROWSER)
    assert passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options)).id == cast["sam"].id
    device.verifies, device.count = False, 2
    wanted = passkeys.ask(BROWSER)
    with pytest.raises(SignInRefused):
        passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options))


def elsewhere(device: Authenticator) -> None:
    device.origin = "https://console.example.com.evil.example"


def another_port(device: Authenticator) -> None:
    device.origin = "https://console.example.com:8443"


def another_host(device: Authenticator) -> None:
    device.host = "evil.example"


def another_key(device: Authenticator) -> None:
    device.key = Authenticator().key


def another_id(device: Authenticator) -> None:
    device.id = b"somebody else's "


def same_count(device: Authenticator) -> None:
    device.count = 5


def count_going_back(device: Authenticator) -> None:
    device.count = 4


def no_count_any_more(device: Authenticator) -> None:
    device.count = 0


@pytest.mark.parametrize(
    "spoil",
    [
        elsewhere,
        another_port,
        another_host,
        another_key,
        another_id,
        same_count,
        count_going_back,
        no_count_any_more,
    ],
)
def test_an_answer_that_is_not_right_is_refused_and_logged(
    passkeys: Passkeys, store: Store, cast: Cast, spoil: Callable[[Authenticator], None]
) -> None:
    device = added(passkeys, cast["sam"])
    device.count = 5
    wanted = passkeys.ask(BROWSER, cast["sam"])
    passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options))
    spoilt = replace(device, count=6)
    spoil(spoilt)
    wanted = passkeys.ask(BROWSER, cast["sam"])
    with pytest.raises(SignInRefused, match="not right"):
        passkeys.check(BROWSER, wanted.ticket, spoilt.show(wanted.options))
    line = store.activity.search(limit=1)[0]
    assert (line.action, line.result) == ("operator.code", ActivityResult.FAILED)


def test_one_that_never_counts_is_taken_each_time(passkeys: Passkeys, cast: Cast) -> None:
    device = added(passkeys, cast["sam"])
    device.count = 0
    for _ in range(2):
        wanted = passkeys.ask(BROWSER, cast["sam"])
        passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options))


def test_an_answer_counts_once_and_from_the_browser_that_was_asked(
    passkeys: Passkeys, store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = added(passkeys, cast["sam"])
    wanted = passkeys.ask(BROWSER, cast["sam"])
    answer = device.show(wanted.options)
    passkeys.check(BROWSER, wanted.ticket, answer)
    with pytest.raises(SignInRefused, match="answered already"):
        passkeys.check(BROWSER, wanted.ticket, answer)
    fresh = passkeys.ask(BROWSER, cast["sam"])
    device.count += 1
    with pytest.raises(SignInRefused):  # the challenge is another one
        passkeys.check(BROWSER, fresh.ticket, answer)
    stolen = passkeys.ask(BROWSER, cast["sam"])
    with pytest.raises(SignInRefused, match="elsewhere"):
        passkeys.check("another browser", stolen.ticket, device.show(stolen.options))
    monkeypatch.setattr(module, "ASKED_FOR", timedelta(seconds=-1))
    late = passkeys.ask(BROWSER, cast["sam"])
    with pytest.raises(SignInRefused, match="over"):
        passkeys.check(BROWSER, late.ticket, device.show(late.options))


def test_the_passkey_of_somebody_else_lets_nobody_in(passkeys: Passkeys, cast: Cast) -> None:
    added(passkeys, cast["sam"])
    theirs = added(passkeys, cast["max"])
    wanted = passkeys.ask(BROWSER, cast["sam"])
    with pytest.raises(SignInRefused):
        passkeys.check(BROWSER, wanted.ticket, theirs.show(wanted.options))
    theirs.handle = cast["sam"].id.encode()  # says that it is sam's
    wanted = passkeys.ask(BROWSER)
    with pytest.raises(SignInRefused):
        passkeys.check(BROWSER, wanted.ticket, theirs.show(wanted.options))


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"response": []}',
        '{"response": {}}',
        "[" * 5000,
        '{"response": {"userHandle": "%%"}}',
    ],
)
def test_what_is_no_answer_is_refused_in_words(passkeys: Passkeys, cast: Cast, answer: str) -> None:
    added(passkeys, cast["sam"])
    for operator in (cast["sam"], None):
        wanted = passkeys.ask(BROWSER, operator)
        with pytest.raises(SignInRefused):
            passkeys.check(BROWSER, wanted.ticket, answer)
    session = session_of(passkeys.store, cast["max"])
    wanted = passkeys.begin_adding(cast["max"], session)
    with pytest.raises(SignInRefused):
        passkeys.add(cast["max"], session, wanted.ticket, answer, "Laptop")


def test_a_request_to_make_one_is_no_request_to_show_one(
    passkeys: Passkeys, store: Store, cast: Cast
) -> None:
    session = session_of(store, cast["sam"], proved=True)
    device = added(passkeys, cast["sam"], session=session)
    making = passkeys.begin_adding(cast["sam"], session)
    with pytest.raises(SignInRefused):
        passkeys.check(session, making.ticket, device.show(making.options))
    showing = passkeys.ask(session, cast["sam"])
    with pytest.raises(SignInRefused, match="something else"):
        passkeys.add(cast["sam"], session, showing.ticket, '{"response": {}}', "Phone")


def test_the_request_of_another_operator_makes_none(passkeys: Passkeys, store: Store, cast: Cast) -> None:
    sam, max_ = session_of(store, cast["sam"]), session_of(store, cast["max"])
    wanted = passkeys.begin_adding(cast["sam"], sam)
    with pytest.raises(SignInRefused):
        passkeys.add(cast["max"], max_, wanted.ticket, Authenticator().make(wanted.options), "Laptop")
    assert not passkeys.list(cast["max"].id)


def test_one_made_at_another_page_is_not_kept(passkeys: Passkeys, store: Store, cast: Cast) -> None:
    session = session_of(store, cast["sam"])
    wanted = passkeys.begin_adding(cast["sam"], session)
    evil = Authenticator(origin="https://evil.example")
    with pytest.raises(SignInRefused, match="not right"):
        passkeys.add(cast["sam"], session, wanted.ticket, evil.make(wanted.options), "Laptop")
    assert not passkeys.list(cast["sam"].id)


def test_a_second_one_needs_a_proof_from_just_now(passkeys: Passkeys, store: Store, cast: Cast) -> None:
    added(passkeys, cast["sam"])
    plain = session_of(store, cast["sam"])
    with pytest.raises(ProofNeeded):
        passkeys.begin_adding(cast["sam"], plain)
    store.sessions.prove(plain)
    assert added(passkeys, cast["sam"], "Key", plain)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\x00b", "laptop"])
def test_names_are_short_plain_and_one_s_own_only_once(passkeys: Passkeys, cast: Cast, name: str) -> None:
    added(passkeys, cast["sam"], "Laptop")
    with pytest.raises(InvalidValue):
        added(passkeys, cast["sam"], name)


def test_there_are_no_more_than_ten(passkeys: Passkeys, cast: Cast) -> None:
    for number in range(MOST):
        added(passkeys, cast["sam"], f"Key {number}")
    with pytest.raises(InvalidValue):
        added(passkeys, cast["sam"], "One more")


@pytest.mark.parametrize(
    "origin", ["http://console.example.com", "https://192.0.2.1", "http://127.0.0.1:8501"]
)
def test_where_browsers_know_none_that_is_said(passkeys: Passkeys, cast: Cast, origin: str) -> None:
    there = replace(passkeys, origin=origin)
    assert not there.are_possible
    with pytest.raises(NotPermitted):
        there.ask(BROWSER)
    assert replace(passkeys, origin="http://localhost:8501").are_possible


def test_one_of_another_address_is_not_asked_for(passkeys: Passkeys, cast: Cast) -> None:
    device = added(passkeys, cast["sam"])
    moved = replace(passkeys, origin="https://ops.example.com")
    with pytest.raises(SignInRefused):
        moved.ask(BROWSER, cast["sam"])
    wanted = moved.ask(BROWSER)
    device.origin, device.host = "https://ops.example.com", "ops.example.com"
    with pytest.raises(SignInRefused):
        moved.check(BROWSER, wanted.ticket, device.show(wanted.options))


def disabled(store: Store, operator: Operator) -> None:
    store.operators.update(operator.id, disabled=True)


def passwords_off(store: Store, operator: Operator) -> None:
    switch_local_form(store, False, terminal_actor()())


@pytest.mark.parametrize("shut", [disabled, passwords_off])
def test_alone_it_lets_in_nobody_whom_a_password_would_not(
    passkeys: Passkeys, store: Store, cast: Cast, shut: Callable[[Store, Operator], None]
) -> None:
    device = added(passkeys, cast["sam"])
    shut(store, cast["sam"])
    wanted = passkeys.ask(BROWSER)
    with pytest.raises(SignInRefused):
        passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options))


def test_removing_the_last_ends_the_recovery_codes_where_the_role_needs_none(
    passkeys: Passkeys, store: Store, cast: Cast
) -> None:
    session = session_of(store, cast["sam"], proved=True)
    added(passkeys, cast["sam"], "Laptop", session)
    added(passkeys, cast["sam"], "Key", session)
    laptop, key = passkeys.list(cast["sam"].id)
    passkeys.remove(cast["sam"], session, laptop.id)
    demand_of(store, [Role.SUPPORT])
    with pytest.raises(NotPermitted, match="your last"):
        passkeys.remove(cast["sam"], session, key.id)
    demand_of(store, [])
    passkeys.remove(cast["sam"], session, key.id)
    assert store.factors.list(cast["sam"].id) == ()


def test_nobody_removes_another_operator_s(passkeys: Passkeys, store: Store, cast: Cast) -> None:
    added(passkeys, cast["sam"])
    theirs = passkeys.list(cast["sam"].id)[0]
    session = session_of(store, cast["max"], proved=True)
    with pytest.raises(ConsoleError):
        passkeys.remove(cast["max"], session, theirs.id)
    assert passkeys.list(cast["sam"].id)


def test_an_administrator_takes_them_away_with_everything_else(
    passkeys: Passkeys, store: Store, cast: Cast
) -> None:
    device = added(passkeys, cast["sam"])
    passkeys.factor.remove(cast["sam"].id, terminal_actor()(), "lost key")
    assert not passkeys.factor.is_set_up(cast["sam"].id)
    wanted = passkeys.ask(BROWSER)
    with pytest.raises(SignInRefused):
        passkeys.check(BROWSER, wanted.ticket, device.show(wanted.options))
