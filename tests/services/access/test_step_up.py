"""The second factor is asked again before something dangerous, of whoever has one."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import MagicMock

import pytest

from services.access import step_up
from services.access.operators import OperatorService
from services.access.second_factor import SecondFactor
from services.access.sessions import browser_actor, switch_local_form, terminal_actor
from services.access.step_up import DEFAULT_MINUTES, minutes_of, set_minutes
from services.bulk import control
from services.bulk.handover import take_passwords
from services.changes import ChangePath
from services.cognito.actions import ACTIONS
from services.cognito.actions.base import Confirm
from services.cognito.actions.groups import DeleteGroup
from services.configuration.connections import ConnectionService
from services.configuration.sign_in_providers import SignInProviderService
from services.configuration.transfer import OnClash, TransferService
from services.errors import InvalidValue, NotPermitted, ProofNeeded
from services.roles import Actor, ActorSource, Origin, Permission, Role
from services.schedule.planning import PlannedWork
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store
from tests.fixtures.store import set_up_factor

Cast = dict[str, Operator]


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(step_up, "utc_now", made)
    return made


def signed_in(store: Store, operator: Operator, *, proved: bool = True) -> tuple[ActorSource, str]:
    day = timedelta(days=1)
    session, _ = store.sessions.create(operator.id, "192.0.2.1", "Firefox", day, day, proved=proved)
    return browser_actor(store, session.id), session.id


def test_nothing_is_asked_within_the_minutes_and_then_it_is(store: Store, cast: Cast, clock: Clock) -> None:
    set_up_factor(store, cast["ann"])
    who, session_id = signed_in(store, cast["ann"])
    who().require(Permission.OPERATORS, dangerous=True)
    clock.ahead = timedelta(minutes=DEFAULT_MINUTES)
    who().require(Permission.OPERATORS)
    with pytest.raises(ProofNeeded):
        who().require(Permission.OPERATORS, dangerous=True)
    store.sessions.prove(session_id)
    clock.ahead = timedelta()
    who().require(Permission.OPERATORS, dangerous=True)


def test_whoever_may_not_is_told_that_and_not_asked(store: Store, cast: Cast, clock: Clock) -> None:
    set_up_factor(store, cast["sam"])
    who, _ = signed_in(store, cast["sam"])
    clock.ahead = timedelta(hours=1)
    with pytest.raises(NotPermitted):
        who().require(Permission.OPERATORS, dangerous=True)


def test_whoever_has_no_second_factor_is_not_asked(store: Store, cast: Cast) -> None:
    who, _ = signed_in(store, cast["ann"], proved=False)
    who().require(Permission.OPERATORS, dangerous=True)
    terminal_actor()().require(Permission.OPERATORS, dangerous=True)


def test_a_proof_from_the_future_counts_for_nothing(store: Store, cast: Cast, clock: Clock) -> None:
    set_up_factor(store, cast["ann"])
    who, _ = signed_in(store, cast["ann"])
    clock.ahead = -timedelta(hours=1)  # the clock is set right after it was an hour ahead
    with pytest.raises(ProofNeeded):
        who().require(Permission.OPERATORS, dangerous=True)


def test_a_company_account_is_asked_where_its_provider_can_be(store: Store, cast: Cast, clock: Clock) -> None:
    def operator_of(name: str, **options: bool) -> Operator:
        provider = store.sign_in_providers.add(
            SignInProvider(name, f"https://{name}.example", "id", role_rules=(("*", "admin"),), **options)
        )
        return store.operators.add(
            username=name, name="", email="", role=Role.ADMIN, provider_id=provider.id, subject=name
        )

    who, _ = signed_in(store, operator_of("asked"))
    others = [
        signed_in(store, operator_of("not-again", asks_again=False))[0],
        signed_in(store, operator_of("no-second-factor", asks_second_factor=False))[0],
    ]
    clock.ahead = timedelta(hours=1)
    with pytest.raises(ProofNeeded):
        who().require(Permission.OPERATORS, dangerous=True)
    for other in others:
        other().require(Permission.OPERATORS, dangerous=True)


def test_an_administrator_sets_after_how_long_and_that_is_logged(
    store: Store, cast: Cast, clock: Clock
) -> None:
    set_up_factor(store, cast["ann"])
    who, _ = signed_in(store, cast["ann"])
    set_minutes(store, 120, who())
    assert minutes_of(store) == 120
    assert store.activity.search(limit=1)[0].after == {"after minutes": 120}
    clock.ahead = timedelta(minutes=119)
    who().require(Permission.OPERATORS, dangerous=True)
    clock.ahead = timedelta(minutes=121)
    with pytest.raises(ProofNeeded):  # nor is it switched off without
        set_minutes(store, 0, who())
    set_minutes(store, 0, terminal_actor()())
    who().require(Permission.OPERATORS, dangerous=True)
    for minutes in (-1, 1441):
        with pytest.raises(InvalidValue):
            set_minutes(store, minutes, terminal_actor()())


def test_operators_and_their_factors_are_changed_with_a_recent_proof_only(
    store: Store, cast: Cast, clock: Clock
) -> None:
    set_up_factor(store, cast["ann"])
    set_up_factor(store, cast["sam"])
    who, _ = signed_in(store, cast["ann"])
    service, factor = OperatorService(store, who), SecondFactor(store)
    clock.ahead = timedelta(hours=1)
    for act in (
        lambda: service.add("kim", "Kim", "", Role.ADMIN),
        lambda: service.change_role(cast["sam"].id, Role.ADMIN),
        lambda: service.set_disabled(cast["sam"].id, True),
        lambda: service.reset_password(cast["sam"].id),
        lambda: factor.remove(cast["sam"].id, who()),
        lambda: factor.demand([], who()),
        lambda: switch_local_form(store, False, who()),
    ):
        with pytest.raises(ProofNeeded):
            act()
    assert {operator.username for operator in store.operators.list()} == set(cast)
    assert store.operators.get(cast["sam"].id).role == Role.SUPPORT
    service.list()  # looking is asked of nobody


def test_whatever_is_confirmed_by_typing_is_dangerous_but_for_signing_out() -> None:
    typed = {
        name
        for name, kind in ACTIONS.items()
        if any(offer.confirm is Confirm.TYPED for offer in getattr(kind, "offers", ()))
    }
    dangerous = {name for name, kind in ACTIONS.items() if kind.dangerous}
    # ending somebody's sessions protects them: it shouldn't wait
    assert typed - dangerous == {"sign_out_user"}
    assert {"set_password", "link_identity", "delete_group", "delete_provider"} <= dangerous


DUE = Actor("ann", "ann", Role.ADMIN, Origin.BROWSER, proof_due=True)


def test_a_change_to_a_pool_is_asked_for_before_anything_is_read_or_sent(store: Store) -> None:
    path = ChangePath(MagicMock(), store.activity, lambda: DUE, "customers")
    with pytest.raises(ProofNeeded):
        path.perform(DeleteGroup("billing"))
    assert path.gateway.mock_calls == []
    assert store.activity.search() == []


def test_jobs_passwords_keys_and_what_is_planned_for_later_ask_for_it_too(store: Store) -> None:
    pool, plan = MagicMock(), MagicMock()
    plan.task.permission = Permission.BULK
    connections = ConnectionService(store, lambda: DUE)
    transfer = TransferService(store, lambda: DUE)
    for act in (
        lambda: control.start(store, "a job", DUE),
        lambda: control.resume(store, "a job", DUE),
        lambda: take_passwords(store, "a job", DUE),
        lambda: PlannedWork(store, lambda: DUE).add(pool, plan),
        lambda: connections.add(MagicMock()),
        lambda: connections.remove("a connection"),
        lambda: SignInProviderService(store, lambda: DUE).add(MagicMock()),
        lambda: transfer.export("correct horse battery staple"),
        lambda: transfer.apply(MagicMock(), OnClash.KEEP, MagicMock()),
    ):
        with pytest.raises(ProofNeeded):
            act()
    assert transfer.export()  # without secrets it is asked of nobody
