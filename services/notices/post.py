"""Sends what there is to tell: looks for news, keeps it until it is taken, tries again, gives up."""

from __future__ import annotations

from datetime import timedelta

from services.errors import ConsoleError, RecordNotFound
from services.notices.channels import send, targets_of
from services.notices.news import news
from services.store.columns import utc_now
from services.store.notices import NoticeRecord
from services.store.store import Store
from services.work.task import Task, WorkGround

PATIENCE = timedelta(minutes=2)
"""One try may take so long; then another process may try."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3))
"""How long after each failure it is tried again; after the last it is given up."""
KEPT = timedelta(days=30)


def gather(store: Store) -> int:
    """Put everything that is news on its way; to how many places it goes."""
    if not store.channels.list():
        return 0
    found = list(news(store, utc_now()))
    return sum(
        store.notices.add(notice.key, notice.kind, targets_of(store, notice), notice.text) for notice in found
    )


def deliver(store: Store, address: str) -> None:
    """Send what is due; `address` is how people reach the console (no slash at its end)."""
    for notice in store.notices.take_due(utc_now(), PATIENCE):
        try:
            _send(store, notice, address)
        except RecordNotFound:
            store.notices.not_sent(notice.id, "Where it was to go is not there any more.", None)
        except ConsoleError as error:
            again = utc_now() + PAUSES[notice.tries] if notice.tries < len(PAUSES) else None
            store.notices.not_sent(notice.id, error.message, again)
        else:
            store.notices.sent(notice.id)


def _send(store: Store, notice: NoticeRecord, address: str) -> None:
    where = address or "In the console: "
    body = f"{notice.text['body']}\n\n{where}{notice.text['path']}"
    mail = next((channel for channel in store.channels.list() if channel.is_mail), None)
    if any(channel.id == notice.target for channel in store.channels.list()):
        send(store.channels.secret(notice.target), notice.text["title"], body)
        return
    operator = store.operators.get(notice.target)
    if mail is None or operator.disabled or not operator.email:
        raise RecordNotFound("There is no way to reach this operator any more.")
    send(store.channels.secret(mail.id), notice.text["title"], body, operator.email)


def send_notices(ground: WorkGround) -> None:
    """Look for news, send what is due, and forget what was sent long ago."""
    gather(ground.store)
    deliver(ground.store, ground.address)
    ground.store.notices.forget_before(utc_now() - KEPT)


SEND_NOTICES = Task("send_notices", send_notices, every=20)
