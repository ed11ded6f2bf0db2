"""Notices in the database: told once, whichever process finds and sends them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from services.store.columns import utc_now
from services.store.engine import open_store

MINUTE = timedelta(minutes=1)


def test_of_several_processes_that_find_the_same_news_one_has_it_told(store, store_url, keys):
    with open_store(store_url, keys) as other, ThreadPoolExecutor(8) as pool:

        def find(number):
            who = (store, other)[number % 2]
            return who.notices.add(f"job/{number // 8}", "job_ended", ["mail", "chat"], {"title": "Done"})

        told = list(pool.map(find, range(24)))
    assert sum(told) == 6
    assert len(store.notices.newest()) == 6
    assert store.notices.add("job/0", "job_ended", ["mail", "webhook"], {"title": "Done"}) == 1


def test_of_several_processes_that_send_one_sends_each(store, store_url, keys):
    store.notices.add("job", "job_ended", [f"channel-{number}" for number in range(12)], {"title": "Done"})
    with open_store(store_url, keys) as other, ThreadPoolExecutor(4) as pool:

        def claim(number):
            return (store, other)[number % 2].notices.take_due(utc_now(), MINUTE)

        mine = [notice.id for found in pool.map(claim, range(8)) for notice in found]
    assert len(mine) == len(set(mine)) == 12
