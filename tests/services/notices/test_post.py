"""Notices arrive once, are tried again when they aren't taken, and are given up in the end."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import update

from services.notices.channels import MailChoice
from services.notices.kinds import NoticeKind
from services.notices.post import PAUSES, deliver, gather
from services.store.columns import utc_now
from services.store.notices import NoticeState
from services.store.operators import Operator
from services.store.schema import notices
from services.store.store import Store
from tests.services.notices.conftest import MailServer, Webhook
from tests.services.notices.told import acting, ended_job, make_channel, make_pool

Cast = dict[str, Operator]
HERE = "https://console.example.com"


def make_due(store: Store) -> None:
    """As if the pause until the next try were over."""
    with store.database.write() as db:
        db.execute(update(notices).values(next_at=utc_now() - timedelta(seconds=1)))


def test_what_happened_arrives_once_with_a_link_however_often_anybody_looks(
    store: Store, cast: Cast, webhook: Webhook
) -> None:
    make_channel(store, cast["ann"], webhook.url)
    job = ended_job(store, make_pool(store))
    threads = [threading.Thread(target=gather, args=(store,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gather(store) == 0
    for _ in range(2):
        deliver(store, HERE)
    (taken,) = webhook.taken
    assert taken["title"] == "A job in staff has finished"
    assert f"{HERE}/job?id={job.id}" in taken["message"]
    assert [notice.state for notice in store.notices.newest()] == [NoticeState.SENT]


def test_nothing_is_read_while_there_is_no_channel(store: Store) -> None:
    ended_job(store, make_pool(store))
    assert gather(store) == 0
    assert store.notices.newest() == []


def test_what_is_not_taken_is_tried_again_later_and_given_up_in_the_end(
    store: Store, cast: Cast, webhook: Webhook
) -> None:
    make_channel(store, cast["ann"], webhook.url)
    ended_job(store, make_pool(store))
    gather(store)
    webhook.answers = 500
    deliver(store, HERE)
    (notice,) = store.notices.newest()
    assert (notice.state, notice.tries) == (NoticeState.WAITING, 1)
    assert "didn't take the notice" in notice.error
    deliver(store, HERE)  # not yet
    assert store.notices.newest()[0].tries == 1
    for _ in PAUSES:
        make_due(store)
        deliver(store, HERE)
    assert store.notices.newest()[0].state is NoticeState.FAILED
    webhook.answers = 200
    deliver(store, HERE)
    assert webhook.taken == []


def test_it_arrives_once_the_service_takes_it_again(store: Store, cast: Cast, webhook: Webhook) -> None:
    make_channel(store, cast["ann"], webhook.url)
    ended_job(store, make_pool(store))
    gather(store)
    webhook.answers = 503
    deliver(store, HERE)
    webhook.answers = 200
    make_due(store)
    deliver(store, HERE)
    assert len(webhook.taken) == 1
    assert store.notices.newest()[0].state is NoticeState.SENT


def test_a_channel_removed_meanwhile_gets_nothing_more(store: Store, cast: Cast, webhook: Webhook) -> None:
    made = make_channel(store, cast["ann"], webhook.url)
    ended_job(store, make_pool(store))
    gather(store)
    store.channels.delete(made.id)
    deliver(store, HERE)
    assert webhook.taken == []
    assert store.notices.newest()[0].state is NoticeState.FAILED


def test_mail_goes_to_the_operator_s_own_address(store: Store, cast: Cast, mail_server: MailServer) -> None:
    make_channel(store, cast["ann"], mail_server.url, is_mail=True)
    MailChoice(store, acting(cast["max"])).choose([NoticeKind.JOB_ENDED])
    ended_job(store, make_pool(store))
    assert gather(store) == 1
    deliver(store, HERE)
    (mail,) = mail_server.taken
    assert (mail.to, mail.subject) == (("max@example.com",), "A job in staff has finished")
    assert f"{HERE}/job?id=" in mail.text


def test_what_is_over_is_forgotten_after_a_while(store: Store, cast: Cast, webhook: Webhook) -> None:
    make_channel(store, cast["ann"], webhook.url)
    ended_job(store, make_pool(store))
    gather(store)
    assert store.notices.forget_before(utc_now()) == 0
    deliver(store, HERE)
    assert store.notices.forget_before(utc_now()) == 1
