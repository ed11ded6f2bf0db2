"""The same numbers give the same demo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.backend import backend_of, forget_everything
from demo.pools import REGION
from demo.seed import seed


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    forget_everything()
    yield
    forget_everything()


def snapshot(people: int) -> list[tuple[str, str, list[str]]]:
    forget_everything()
    made = seed(people=people, email_people=60)
    return [
        (user.username, user.id, sorted(group.group_name for group in user.groups))
        for pool_id in (made.customers, made.staff)
        for user in backend_of(REGION).user_pools[pool_id].users.values()
    ]


def test_the_same_numbers_give_the_same_people() -> None:
    assert snapshot(120) == snapshot(120)


def test_more_people_change_nobody() -> None:
    fewer = snapshot(120)
    assert snapshot(200)[: len(fewer)] == fewer
