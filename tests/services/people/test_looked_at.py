"""Whom an operator looked at lately."""

from services.people.looked_at import MOST, LookedAt


def test_the_last_one_stands_first_once_and_only_so_many_are_kept(store):
    mine = LookedAt(store, "ann", "pool")
    for number in (*range(MOST + 3), 5):
        mine.note(f"sub-{number}")
    assert mine.subs()[:2] == ("sub-5", f"sub-{MOST + 2}")
    assert len(mine.subs()) == len(set(mine.subs())) == MOST


def test_each_operator_and_each_pool_has_its_own(store):
    LookedAt(store, "ann", "pool").note("sub-1")
    assert LookedAt(store, "max", "pool").subs() == ()
    assert LookedAt(store, "ann", "other").subs() == ()
