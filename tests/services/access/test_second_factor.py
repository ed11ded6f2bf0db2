"""The second factor: set up, asked, used once, taken away, demanded by role."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from services.access import second_factor
from services.access.second_factor import SecondFactor, demand_of, demanded_of, is_missing
from services.access.sessions import browser_actor, live_operator, terminal_actor
from services.access.throttle import CODE
from services.errors import InvalidValue, NotPermitted, ProofNeeded, SignInRefused, TooManyAttempts
from services.roles import Role
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.store import Store
from tests.fixtures.store import pass_by

Cast = dict[str, Operator]
NOON = 1_800_000_000.0


class Phone:
    """An operator's app, on a clock that the test sets; `factor` is the console's side of it."""

    def __init__(self, store: Store, operator: Operator) -> None:
        self.now = NOON
        self.store, self.operator = store, operator
        self.factor = SecondFactor(store, lambda: self.now)
        self.session = self.sign_in()
        self.secret, self.codes = "", ()

    def sign_in(self, *, proved: bool = False) -> Session:
        hour = timedelta(hours=1)
        return self.store.sessions.create(
            self.operator.id, "192.0.2.1", "Firefox", hour, 10 * hour, proved=proved
        )[0]

    def code(self, seconds: float = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(self.now + seconds))

    def set_up(self) -> None:
        token = self.factor.begin_set_up(self.operator, self.session.id)
        address = self.factor.address_of(self.operator, token)
        assert address is not None
        self.secret = parse_qs(urlsplit(address).query)["secret"][0]
        self.codes = self.factor.finish_set_up(self.operator, token, self.code(), self.session.id)
        self.now += 60


@pytest.fixture
def phone(store: Store, cast: Cast) -> Phone:
    return Phone(store, cast["sam"])


def test_it_is_set_up_by_its_first_code_and_asked_from_then_on(phone: Phone) -> None:
    assert not phone.factor.is_set_up(phone.operator.id)
    phone.set_up()
    assert phone.factor.is_set_up(phone.operator.id)
    assert len(set(phone.codes)) == second_factor.RECOVERY_CODES
    phone.factor.check(phone.operator, phone.code())


def test_a_wrong_first_code_leaves_everything_as_it_was_and_may_be_tried_again(phone: Phone) -> None:
    token = phone.factor.begin_set_up(phone.operator, phone.session.id)
    with pytest.raises(InvalidValue):
        phone.factor.finish_set_up(phone.operator, token, "000000", phone.session.id)
    assert not phone.factor.is_set_up(phone.operator.id)
    assert phone.factor.address_of(phone.operator, token)


def test_a_set_up_is_its_operator_s_alone_and_ends(
    phone: Phone, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = phone.factor.begin_set_up(phone.operator, phone.session.id)
    assert phone.factor.address_of(cast["max"], token) is None
    monkeypatch.setattr(second_factor, "SET_UP_LIFETIME", timedelta(seconds=-1))
    late = phone.factor.begin_set_up(phone.operator, phone.session.id)
    with pytest.raises(SignInRefused, match="over"):
        phone.factor.finish_set_up(phone.operator, late, "000000", phone.session.id)


@pytest.mark.parametrize("seconds", [-30, 0, 30])
def test_the_code_before_and_the_one_after_are_taken_too(phone: Phone, seconds: float) -> None:
    phone.set_up()
    phone.factor.check(phone.operator, phone.code(seconds))


@pytest.mark.parametrize("seconds", [-120, -60, 60, 120])
def test_older_and_later_ones_are_not(phone: Phone, seconds: float) -> None:
    phone.set_up()
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, phone.code(seconds))


def test_no_code_counts_twice_nor_one_from_before_it(phone: Phone) -> None:
    phone.set_up()
    before = phone.code(-30)
    phone.factor.check(phone.operator, phone.code())
    for code in (phone.code(), before):
        with pytest.raises(SignInRefused):
            phone.factor.check(phone.operator, code)


def test_the_code_of_the_set_up_does_not_count_again(phone: Phone) -> None:
    phone.set_up()
    phone.now -= 60
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, phone.code())


@pytest.mark.parametrize(
    "write", [str, str.upper, lambda code: code.replace("-", " "), lambda code: f" {code} "]
)
def test_a_recovery_code_lets_in_once_however_it_is_written(phone: Phone, write) -> None:
    phone.set_up()
    phone.factor.check(phone.operator, write(phone.codes[3]))
    assert phone.factor.recovery_codes_left(phone.operator.id) == second_factor.RECOVERY_CODES - 1
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, phone.codes[3])


@pytest.mark.parametrize("code", ["", "12345", "1234567", "x" * 10_000, "\ud83d", "１２３４５６", "٠٠٠٠٠٠"])
def test_nothing_else_lets_in(phone: Phone, code: str) -> None:
    phone.set_up()
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, code)


def test_a_code_of_someone_else_lets_nobody_in(phone: Phone, store: Store, cast: Cast) -> None:
    phone.set_up()
    other = Phone(store, cast["max"])
    other.set_up()
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, other.codes[0])


def test_guessing_ends_after_ten_and_goes_on_by_itself(phone: Phone) -> None:
    phone.set_up()
    for _ in range(CODE.attempts):
        with pytest.raises(SignInRefused):
            phone.factor.check(phone.operator, "000000")
    with pytest.raises(TooManyAttempts):
        phone.factor.check(phone.operator, phone.code())
    assert phone.factor.throttle.waiting(["sam"])
    phone.now += CODE.seconds
    pass_by(phone.store, CODE.seconds)
    phone.factor.check(phone.operator, phone.code())


def test_wrong_codes_and_recovery_codes_stand_in_the_log(phone: Phone, store: Store) -> None:
    phone.set_up()
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, "000000", "192.0.2.9")
    phone.factor.check(phone.operator, phone.codes[0], "192.0.2.9")
    lines = store.activity.search(limit=3)
    assert [(line.action, str(line.result)) for line in lines] == [
        ("operator.recovery_code", "done"),
        ("operator.code", "failed"),
        ("operator.second_factor", "done"),
    ]


def test_new_recovery_codes_end_the_old_and_leave_the_app(phone: Phone) -> None:
    phone.set_up()
    new = phone.factor.new_recovery_codes(phone.operator, phone.session.id)
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, phone.codes[1])
    phone.factor.check(phone.operator, new[0])
    phone.factor.check(phone.operator, phone.code())


def test_neither_secret_nor_code_stands_in_the_database(phone: Phone, store: Store) -> None:
    phone.set_up()
    path = store.address.database
    assert path is not None
    with open(path, "rb") as file, open(f"{path}-wal", "rb") as log:
        held = file.read() + log.read()
    for secret in (phone.secret, *phone.codes):
        assert secret.encode() not in held


# --- of whom it is demanded


def test_managers_and_administrators_need_one_until_something_else_is_set(store: Store) -> None:
    assert demanded_of(store) == (Role.MANAGER, Role.ADMIN)


def test_whoever_needs_one_changes_nothing_before_it_is_set_up(phone: Phone, store: Store) -> None:
    demand_of(store, [Role.SUPPORT])
    who = browser_actor(store, phone.session.id)
    with pytest.raises(NotPermitted, match="need a second factor"):
        who()
    assert browser_actor(store, phone.session.id, proved=False)().name == "sam"
    phone.set_up()
    assert who().name == "sam"


def test_a_role_that_needs_none_is_not_asked(phone: Phone, store: Store) -> None:
    demand_of(store, [Role.ADMIN])
    assert browser_actor(store, phone.session.id)().name == "sam"


def test_a_session_signed_in_by_the_password_alone_stays_outside(phone: Phone, store: Store) -> None:
    phone.set_up()
    demand_of(store, [Role.SUPPORT])
    plain, proved = phone.sign_in(), phone.sign_in(proved=True)
    for session, missing in ((plain, True), (proved, False)):
        found = live_operator(store, session.id)
        assert found is not None
        assert is_missing(store, *found) == missing


def test_only_administrators_say_of_whom_and_it_is_logged(phone: Phone, store: Store, cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        phone.factor.demand([], browser_actor(store, phone.session.id)())
    admin = Phone(store, cast["ann"])
    phone.factor.demand([Role.SUPPORT, Role.ADMIN], browser_actor(store, admin.session.id)())
    assert demanded_of(store) == (Role.SUPPORT, Role.ADMIN)
    line = store.activity.search(limit=1)[0]
    assert (line.action, line.after) == ("change_setting", {"roles": ["support", "admin"]})


# --- taken away


def test_an_administrator_takes_it_away_with_a_reason_and_sessions_end(
    phone: Phone, store: Store, cast: Cast
) -> None:
    phone.set_up()
    admin = Phone(store, cast["ann"])
    phone.factor.remove(phone.operator.id, browser_actor(store, admin.session.id)(), "lost phone")
    assert not phone.factor.is_set_up(phone.operator.id)
    assert store.sessions.get(phone.session.id) is None
    line = store.activity.search(limit=1)[0]
    assert (line.action, line.target_name, line.reason) == (
        "operator.second_factor_removed",
        "sam",
        "lost phone",
    )


def test_nobody_else_takes_it_away_nor_does_an_administrator_their_own(
    phone: Phone, store: Store, cast: Cast
) -> None:
    phone.set_up()
    admin = Phone(store, cast["ann"])
    for session, whose in ((phone.session, cast["max"]), (admin.session, cast["ann"])):
        with pytest.raises(NotPermitted):
            phone.factor.remove(whose.id, browser_actor(store, session.id)())
    phone.factor.remove(phone.operator.id, terminal_actor()())


def test_one_s_own_goes_only_where_the_role_needs_none(phone: Phone, store: Store) -> None:
    phone.set_up()
    demand_of(store, [Role.SUPPORT])
    with pytest.raises(NotPermitted):
        phone.factor.remove_own(phone.operator, phone.session.id)
    demand_of(store, [])
    phone.factor.remove_own(phone.operator, phone.session.id)
    assert not phone.factor.is_set_up(phone.operator.id)


def test_an_open_browser_changes_nothing_about_it_without_a_proof_from_just_now(phone: Phone) -> None:
    phone.set_up()
    plain = phone.sign_in()
    for act in (phone.factor.begin_set_up, phone.factor.new_recovery_codes, phone.factor.remove_own):
        with pytest.raises(ProofNeeded):
            act(phone.operator, plain.id)
    phone.factor.prove(phone.operator, phone.code(), plain.id)
    assert len(phone.factor.new_recovery_codes(phone.operator, plain.id)) == second_factor.RECOVERY_CODES


# --- clocks that jump


def test_a_clock_that_was_a_day_ahead_keeps_nobody_out_once_it_is_right(phone: Phone) -> None:
    phone.set_up()
    phone.now += 86_400
    phone.factor.check(phone.operator, phone.code())
    phone.now -= 86_400
    code = phone.code()
    phone.factor.check(phone.operator, code)
    with pytest.raises(SignInRefused):
        phone.factor.check(phone.operator, code)
