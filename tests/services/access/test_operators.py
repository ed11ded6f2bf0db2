"""Administration of operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.access import operators as module
from services.access import passwords
from services.access.operators import FIRST_PASSWORD_LASTS, OperatorService, must_choose_password
from services.access.sessions import OperatorSignIn, browser_actor, live_operator, terminal_actor
from services.access.throttle import PAIR, Throttle
from services.errors import (
    InvalidValue,
    NameTaken,
    NotPermitted,
    ProofNeeded,
    SessionEnded,
    SignInRefused,
    TooManyAttempts,
)
from services.roles import ActorSource, Role
from services.store.activity import ActivityResult
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.store import Store
from tests.fixtures.store import PASSWORD, set_up_factor

Cast = dict[str, Operator]
NEW = "bees fly home in may"


class World:
    """A service for each of the cast."""

    def __init__(self, store: Store, cast: Cast) -> None:
        self.store, self.cast = store, cast

    def session(self, who: str) -> Session:
        operator = self.store.operators.by_username(who)
        assert operator is not None
        return self.store.sessions.create(
            operator.id, "192.0.2.1", "Firefox", timedelta(hours=1), timedelta(hours=10)
        )[0]

    def source(self, who: str) -> ActorSource:
        return browser_actor(self.store, self.session(who).id)

    def service(self, who: str) -> OperatorService:
        return OperatorService(self.store, self.source(who))

    def can_sign_in(self, who: str, password: str) -> bool:
        try:
            OperatorSignIn(self.store).attempt(who, password, "192.0.2.1")
        except SignInRefused:
            return False
        return True


@pytest.fixture
def world(store: Store, cast: Cast) -> World:
    return World(store, cast)


def test_a_new_operator_signs_in_with_the_password_shown_and_chooses_another(world: World) -> None:
    operator, password = world.service("ann").add("kim", "Kim Ek", "kim@example.com", Role.SUPPORT)
    assert world.can_sign_in("kim", password)
    assert must_choose_password(world.store, operator.id)
    session = world.session("kim")
    own = OperatorService(world.store, browser_actor(world.store, session.id))
    own.change_own_password(password, NEW, session.id)
    assert not must_choose_password(world.store, operator.id)
    assert world.can_sign_in("kim", NEW)
    assert not world.can_sign_in("kim", password)


def test_a_first_password_is_good_for_a_week(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, password = world.service("ann").add("kim", "Kim", "", Role.SUPPORT)
    door = OperatorSignIn(world.store)
    later = utc_now() + FIRST_PASSWORD_LASTS
    monkeypatch.setattr(module, "utc_now", lambda: later - timedelta(minutes=1))
    assert door.attempt("kim", password, "192.0.2.1").id == operator.id
    monkeypatch.setattr(module, "utc_now", lambda: later + timedelta(minutes=1))
    with pytest.raises(SignInRefused, match="within 7 days"):
        door.attempt("kim", password, "192.0.2.1")
    assert world.store.activity.search()[0].result is ActivityResult.FAILED
    again = world.service("ann").reset_password(operator.id)
    assert door.attempt("kim", again, "192.0.2.1").id == operator.id


def test_no_name_twice_whatever_its_letter_case(world: World) -> None:
    with pytest.raises(NameTaken):
        world.service("ann").add("SAM", "", "", Role.AUDITOR)


def test_a_role_that_was_changed_holds_at_once(world: World) -> None:
    sam = world.source("sam")
    world.service("ann").change_role(world.cast["sam"].id, Role.MANAGER)
    assert sam().role == Role.MANAGER


def test_disabling_ends_every_session_at_once(world: World) -> None:
    session = world.session("sam")
    world.service("ann").set_disabled(world.cast["sam"].id, True)
    assert live_operator(world.store, session.id) is None
    assert not world.can_sign_in("sam", PASSWORD)
    world.service("ann").set_disabled(world.cast["sam"].id, False)
    assert live_operator(world.store, session.id) is None
    assert world.can_sign_in("sam", PASSWORD)


def test_a_reset_ends_sessions_the_old_password_and_the_waiting_time(world: World) -> None:
    session = world.session("sam")
    for _ in range(PAIR.attempts):
        Throttle(world.store).begin("sam", "192.0.2.1")
    service = world.service("ann")
    assert service.waiting([world.cast["sam"]])
    password = service.reset_password(world.cast["sam"].id)
    assert service.waiting([world.cast["sam"]]) == {}
    assert live_operator(world.store, session.id) is None
    assert world.can_sign_in("sam", password)
    assert not world.can_sign_in("sam", PASSWORD)


def test_the_waiting_time_can_be_ended_alone(world: World) -> None:
    for _ in range(PAIR.attempts):
        Throttle(world.store).begin("sam", "192.0.2.1")
    service = world.service("ann")
    service.release(world.cast["sam"].id)
    assert service.waiting([world.cast["sam"]]) == {}


@pytest.mark.parametrize(
    "act",
    [
        lambda service, own: service.change_role(own, Role.AUDITOR),
        lambda service, own: service.set_disabled(own, True),
        lambda service, own: service.reset_password(own),
    ],
)
def test_nobody_does_these_to_themselves(world: World, act: Callable[[OperatorService, str], object]) -> None:
    world.store.operators.update(world.cast["max"].id, role=Role.ADMIN)
    with pytest.raises(NotPermitted):
        act(world.service("ann"), world.cast["ann"].id)
    assert world.store.operators.get(world.cast["ann"].id) == world.cast["ann"]


def test_two_administrators_can_not_remove_each_other_both(world: World) -> None:
    world.store.operators.update(world.cast["max"].id, role=Role.ADMIN)
    ann, max_ = world.service("ann"), world.service("max")
    ann.change_role(world.cast["max"].id, Role.AUDITOR)
    with pytest.raises(NotPermitted):
        max_.change_role(world.cast["ann"].id, Role.AUDITOR)
    assert world.store.operators.count_admins() == 1


@pytest.mark.parametrize(
    "remove",
    [
        lambda service, id: service.change_role(id, Role.MANAGER),
        lambda service, id: service.set_disabled(id, True),
    ],
)
def test_the_last_administrator_stays_even_when_asked_from_the_terminal(
    world: World, remove: Callable[[OperatorService, str], object]
) -> None:
    service = OperatorService(world.store, terminal_actor())
    with pytest.raises(NotPermitted, match="only administrator"):
        remove(service, world.cast["ann"].id)
    assert world.store.operators.count_admins() == 1


def test_an_operator_gets_another_name_and_address_and_signs_in_by_it(world: World) -> None:
    sam = world.cast["sam"]
    renamed = world.service("ann").change_person(sam.id, "samuel ", "Samuel Ek", "samuel@example.com")
    assert (renamed.username, renamed.name, renamed.email) == ("samuel", "Samuel Ek", "samuel@example.com")
    assert renamed.role == sam.role
    assert world.can_sign_in("samuel", PASSWORD)
    assert not world.can_sign_in("sam", PASSWORD)
    line = next(line for line in world.store.activity.search() if line.action == "operator.change")
    assert (line.before["name"], line.after["name"]) == (sam.name, "Samuel Ek")
    assert line.before["operator name"] == "sam"


def test_a_name_that_somebody_has_or_nobody_can_have_changes_nothing(world: World) -> None:
    sam = world.cast["sam"]
    for username, email, error in (
        ("Max", "", NameTaken),
        ("s\u0430m", "", InvalidValue),  # it looks like sam
        ("sam", "no address", InvalidValue),
    ):
        with pytest.raises(error):
            world.service("ann").change_person(sam.id, username, sam.name, email)
    assert world.store.operators.get(sam.id) == sam


def test_name_and_address_of_a_company_account_are_changed_there(world: World) -> None:
    company = world.store.operators.add(
        username="kim@example.com", name="Kim", role=Role.SUPPORT, provider_id="contoso", subject="kim"
    )
    with pytest.raises(NotPermitted, match="company account"):
        world.service("ann").change_person(company.id, "kim", "Kim", "")


def test_an_administrator_of_the_company_can_be_disabled_beside_the_only_one_with_a_password(
    world: World,
) -> None:
    company = world.store.operators.add(
        username="kim@example.com", name="Kim", role=Role.ADMIN, provider_id="contoso", subject="kim"
    )
    assert world.service("ann").set_disabled(company.id, True).disabled


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_only_administrators_do_any_of_this(world: World, who: str) -> None:
    service, target = world.service(who), world.cast["ada" if who != "ada" else "sam"].id
    session = world.session("ann")
    acts: list[Callable[[], object]] = [
        lambda: service.list(),
        lambda: service.add("kim", "", "", Role.ADMIN),
        lambda: service.change_role(target, Role.ADMIN),
        lambda: service.change_person(target, "kim", "", ""),
        lambda: service.set_disabled(target, True),
        lambda: service.reset_password(target),
        lambda: service.release(target),
        lambda: service.sessions(),
        lambda: service.sessions(world.cast["ann"].id),
        lambda: service.revoke(session.id),
    ]
    before = (world.store.operators.list(), world.store.activity.count())
    for act in acts:
        with pytest.raises(NotPermitted):
            act()
    assert (world.store.operators.list(), world.store.activity.count()) == before
    assert live_operator(world.store, session.id) is not None


def test_everyone_sees_and_ends_their_own_sessions(world: World) -> None:
    here, other = world.session("ada"), world.session("ada")
    service = OperatorService(world.store, browser_actor(world.store, here.id))
    assert {session.id for session in service.sessions(world.cast["ada"].id)} == {here.id, other.id}
    assert service.revoke_others(here.id) == 1
    assert live_operator(world.store, other.id) is None
    assert live_operator(world.store, here.id) is not None


def test_one_changes_ones_own_password_and_other_browsers_are_signed_out(world: World) -> None:
    here, other = world.session("ada"), world.session("ada")
    service = OperatorService(world.store, browser_actor(world.store, here.id))
    service.change_own_password(PASSWORD, NEW, here.id)
    assert world.can_sign_in("ada", NEW)
    assert live_operator(world.store, here.id) is not None
    assert live_operator(world.store, other.id) is None


def test_a_password_alone_changes_no_password_where_there_is_a_second_factor(world: World) -> None:
    came_without = world.session("ada")
    set_up_factor(world.store, world.cast["ada"])
    service = OperatorService(world.store, browser_actor(world.store, came_without.id, proved=False))
    with pytest.raises(ProofNeeded):
        service.change_own_password(PASSWORD, NEW, came_without.id)
    assert world.can_sign_in("ada", PASSWORD)
    world.store.sessions.prove(came_without.id)
    service.change_own_password(PASSWORD, NEW, came_without.id)
    assert world.can_sign_in("ada", NEW)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("wrong", NEW, SignInRefused), (PASSWORD, "short", InvalidValue), (PASSWORD, PASSWORD, InvalidValue)],
)
def test_a_password_that_can_not_be_changed_stays(
    world: World, old: str, new: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        world.service("ada").change_own_password(old, new, "")
    assert world.can_sign_in("ada", PASSWORD)


def test_the_present_password_can_not_be_guessed_from_an_open_session(world: World) -> None:
    service = world.service("ada")
    for _ in range(PAIR.attempts):
        with pytest.raises(SignInRefused):
            service.change_own_password("wrong", NEW, "")
    with pytest.raises(TooManyAttempts):
        service.change_own_password(PASSWORD, NEW, "")


def test_a_service_of_an_ended_session_does_nothing(world: World) -> None:
    service = world.service("ann")
    world.store.sessions.revoke_operator(world.cast["ann"].id)
    with pytest.raises(SessionEnded):
        service.set_disabled(world.cast["sam"].id, True)
    assert not world.store.operators.get(world.cast["sam"].id).disabled


def test_whose_session_is_ended_the_store_says_not_the_caller(world: World) -> None:
    sam, of_ada = world.service("sam"), world.session("ada")
    for named in (of_ada.id, replace(of_ada, operator_id=world.cast["sam"].id).id, "no-such-session"):
        with pytest.raises(NotPermitted):
            sam.revoke(named)
    assert world.store.sessions.get(of_ada.id) is not None
    own = world.session("sam")
    sam.revoke(own.id)
    assert world.store.sessions.get(own.id) is None


def test_everything_done_stands_in_the_log_and_no_password_does(world: World) -> None:
    service, sam = world.service("ann"), world.cast["sam"]
    made = [service.add("kim", "Kim", "", Role.AUDITOR)[1], service.reset_password(sam.id, "lost phone")]
    service.change_role(sam.id, Role.MANAGER, "new job")
    service.set_disabled(sam.id, True, "left")
    service.set_disabled(sam.id, False)
    service.release(sam.id)
    service.revoke(world.session("max").id)
    lines = world.store.activity.search()
    assert [line.action for line in reversed(lines)] == [
        "operator.add",
        "operator.reset_password",
        "operator.role",
        "operator.disable",
        "operator.enable",
        "operator.release",
        "operator.revoke_session",
    ]
    assert all(line.operator_name == "ann" for line in lines)
    role = next(line for line in lines if line.action == "operator.role")
    assert (role.before, role.after, role.reason) == ({"role": "support"}, {"role": "manager"}, "new job")
    assert not any(password in repr(lines) for password in made)


@pytest.mark.usefixtures("real_cost")
def test_a_stored_hash_is_never_the_password(world: World) -> None:
    operator, password = world.service("ann").add("kim", "", "", Role.AUDITOR)
    stored = world.store.operators.password_hash(operator.id)
    assert password not in stored
    assert not passwords.is_weak_hash(stored)


def test_what_the_company_keeps_is_not_changed_here(world: World) -> None:
    kim = world.store.operators.add(
        username="kim@example.com", name="Kim", role=Role.SUPPORT, provider_id="a provider", subject="7"
    )
    service = world.service("ann")
    for act in (
        lambda: service.change_role(kim.id, Role.ADMIN),
        lambda: service.reset_password(kim.id),
    ):
        with pytest.raises(NotPermitted, match="company account"):
            act()
    service.set_disabled(kim.id, True)
    assert world.store.operators.get(kim.id).disabled


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "аnn",  # its first letter is Cyrillic
        "ann\u200b",
        "ann\u202e",
        "ａｎｎ",
        "../ann",
        "ann/admin",
        "ann\\admin",
        "a\nnn",
        "ann ek",
        "-ann",
        "@ann",
        "<b>ann",
        "a" * 65,
    ],
)
def test_a_user_name_that_looks_like_another_or_like_something_else_is_refused(
    world: World, name: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        world.service("ann").add(name, "", "", Role.AUDITOR)
    assert refused.value.field == "username"


@pytest.mark.parametrize("name", ["kim", " kim ", "Kim.Ek-2", "kim+console@example.com", "7of9", "a" * 64])
def test_ordinary_user_names_are_taken(world: World, name: str) -> None:
    operator, _ = world.service("ann").add(name, "Kim «Ék» Łuk", "", Role.AUDITOR)
    assert operator.username == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "аnn",
        "ann\u202e",
        "a\u200bnn",
        "../ann",
        "a/nn",
        "a\\nn",
        "ann\0",
        "an\nn",
        "a nn",
        ".ann",
        "ａｎｎ",
        "x" * 65,
    ],
)
def test_no_user_name_looks_like_another_or_holds_what_is_no_name(world: World, name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        world.service("ann").add(name, "", "", Role.AUDITOR)
    assert refused.value.field == "username"


@pytest.mark.parametrize(
    "name", ["Ann\u202egnuoY", "Ann\u200b", "Ann\nRole: admin", "Ann\x1b[31m", "x" * 201]
)
def test_a_full_name_turns_no_writing_round_and_stays_on_its_line(world: World, name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        world.service("ann").add("kim", name, "", Role.AUDITOR)
    assert refused.value.field == "name"
