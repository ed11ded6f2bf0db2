"""What was read of a pool is kept for a while, with the changes made since on top."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.cognito.actions import DeleteGroup, DisableUser
from services.cognito.models import Group
from services.directory import cache as module
from services.directory.cache import PoolCache, cache_for, forget_everything
from services.directory.local_changes import Patch
from services.directory.people import PeoplePage, Person, PersonView
from tests.services.directory.pool_stub import START, Clock, somebody

SOON = timedelta(minutes=5)
ANN, BO = somebody(1), somebody(2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> PoolCache:
    return PoolCache(clock)


def page() -> PeoplePage:
    return PeoplePage((Person(ANN, ("billing",)), Person(BO, ())), "", START)


def test_a_page_is_given_again_until_it_is_old(cache: PoolCache, clock: Clock) -> None:
    cache.keep_page(("", ""), page())
    assert cache.page(("", ""), SOON) == page()
    assert cache.page(("", "next"), SOON) is None
    clock.forward(minutes=5)
    assert cache.page(("", ""), SOON) is None


def test_what_was_kept_shows_a_change_made_since(cache: PoolCache) -> None:
    cache.keep_page(("", ""), page())
    cache.keep_view(ANN.sub, PersonView(Person(ANN), START), START)
    cache.note(Patch(DisableUser(ANN.ref), {}, START + timedelta(seconds=1)))
    shown = cache.page(("", ""), SOON)
    assert shown is not None
    assert [person.user.enabled for person in shown.people] == [False, True]
    view = cache.view(ANN.sub, SOON)
    assert view is not None
    assert view.person.user.enabled is False


def test_a_deleted_group_is_gone_from_the_groups_and_from_everybody(cache: PoolCache) -> None:
    cache.keep_groups((Group("billing"), Group("audit")), START)
    cache.keep_page(("", ""), page())
    cache.note(Patch(DeleteGroup("billing"), {}, START + timedelta(seconds=1)))
    assert cache.groups(SOON) == (Group("audit"),)
    shown = cache.page(("", ""), SOON)
    assert shown is not None
    assert shown.people[0].groups == ()


def test_of_pages_and_persons_the_oldest_are_forgotten(
    cache: PoolCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES_KEPT", 2)
    monkeypatch.setattr(module, "PERSONS_KEPT", 1)
    for token in ("a", "b", "c"):
        cache.keep_page(("", token), replace(page(), token=token))
    assert [cache.page(("", token), SOON) is None for token in ("a", "b", "c")] == [True, False, False]
    for user in (ANN, BO):
        cache.keep_view(user.sub, PersonView(Person(user), START), START)
    assert cache.view(ANN.sub, SOON) is None
    assert cache.view(BO.sub, SOON) is not None


def test_forgetting_leaves_nothing(cache: PoolCache) -> None:
    cache.keep_groups((Group("billing"),), START)
    cache.keep_page(("", ""), page())
    cache.forget()
    assert cache.groups(SOON) is None
    assert cache.page(("", ""), SOON) is None


def test_a_pool_has_the_same_cache_for_everybody_until_all_is_forgotten() -> None:
    first = cache_for("a pool of this test")
    assert cache_for("a pool of this test") is first
    assert cache_for("another pool of this test") is not first
    forget_everything()
    assert cache_for("a pool of this test") is not first
