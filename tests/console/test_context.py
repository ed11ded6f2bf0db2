"""Who is acting in a run of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from console import context
from console.context import Context
from console.web import identity
from services.access.sessions import actor_in
from services.errors import SessionEnded
from services.roles import Role
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import sign_in_as


@pytest.fixture
def begin(
    console_store: Store, cast: dict[str, Operator], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Context]]:
    """Begins a run of a page, in this thread, for a session of max."""
    session_id, _ = sign_in_as(console_store, cast["max"])
    monkeypatch.setattr(context, "_header", lambda _: identity.stamp(session_id))

    def run() -> Context:
        found = context.begin_run()
        assert found is not None
        return Context(*found, console_store)

    yield run
    context._RUN.found = context._RUN.actor = None


def test_a_run_asks_once_who_is_acting(begin: Callable[[], Context], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(context, "actor_in", lambda *given: asked.append(1) or actor_in(*given))
    ctx = begin()
    assert [ctx.who().role for _ in range(3)] == [Role.MANAGER] * 3
    assert len(asked) == 1


def test_another_role_holds_from_the_next_run_on(
    begin: Callable[[], Context], console_store: Store, cast: dict[str, Operator]
) -> None:
    ctx = begin()
    assert ctx.who().role is Role.MANAGER
    console_store.operators.update(cast["max"].id, role=Role.AUDITOR)
    begin()
    assert ctx.who().role is Role.AUDITOR


def test_a_run_that_takes_long_asks_again(
    begin: Callable[[], Context], console_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [monotonic()]
    monkeypatch.setattr(context, "monotonic", lambda: clock[0])
    ctx = begin()
    assert ctx.who().name == "max"
    console_store.sessions.revoke(ctx.session.id)
    clock[0] += context.SAME_ACTOR + 0.1
    with pytest.raises(SessionEnded):
        ctx.who()
    with pytest.raises(SessionEnded):
        ctx.who()


def test_a_thread_beside_the_page_asks_each_time(begin: Callable[[], Context], console_store: Store) -> None:
    ctx = begin()
    assert ctx.who().name == "max"
    console_store.sessions.revoke(ctx.session.id)
    with ThreadPoolExecutor(1) as beside, pytest.raises(SessionEnded):
        beside.submit(ctx.who).result()
