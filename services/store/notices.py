"""Where notices go (channels), and the notices that are on their way or were sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Row, delete, select, update

from services.store import checks
from services.store.columns import NAME, Sealed, new_id, utc_now
from services.store.database import insert_unless_there
from services.store.records import (
    ELSEWHERE,
    NamedRecords,
    Record,
    Records,
    from_row,
    setting,
    table_of,
)
from services.store.schema import notices


@dataclass(frozen=True, slots=True)
class Channel(Record):
    """One place to tell things: a mail server, a chat, a webhook, as `apprise` writes addresses.

    `kinds` are words of `services.notices.kinds`. `pool_record_id` "" means every pool. `is_mail`: the one
    server by which operators get mail at their own address. `secret` is the address, which holds
    passwords: None leaves the stored one.
    """

    name: str = field(metadata=setting("Name", checks.name, log="name", placeholder="Ops channel"))
    kinds: tuple[str, ...] = field(default=(), metadata=setting("What is told", log="kinds"))
    pool_record_id: str = field(default="", metadata=setting("User pool", log="pool"))
    is_mail: bool = field(default=False, metadata=setting("Mail server for operators", log="mail server"))
    secret: str | None = field(
        default=None,
        repr=False,
        metadata=setting(
            "Address",
            log="address",
            placeholder="mailtos://…, slack://…, msteams://…, jsons://…",
            help="As Apprise writes it: mailtos://user:password@smtp.example.com?from=console@example.com, "
            "slack://…, msteams://…, jsons://host/path for a webhook. Stored encrypted, never shown again.",
            secret=True,
        ),
    )


notice_channels = table_of(
    Channel,
    "notice_channels",
    Column("name_key", NAME, nullable=False, unique=True),
    Column("secret", Sealed),
)


class Channels(NamedRecords[Channel]):
    """Owner of the table `notice_channels`."""

    kind = Channel
    table = notice_channels
    taken = "Another channel is called “{name}”. Nothing was changed."
    gone = ("This channel is not there any more.", "Refresh the page and choose another.")

    def secret(self, id: str) -> str:
        """Its address. Raises `RecordNotFound` or `SealBroken`."""
        return self._open(notice_channels.c.secret, self._row(id).secret, id) or ""

    def _record(self, row: Row[Any]) -> Channel:
        return from_row(Channel, row)

    def _values(self, record: Channel) -> dict[str, Any]:
        values = super()._values(record)
        if record.secret is not None:
            values["secret"] = self._seal(notice_channels.c.secret, record.secret, record.id)
        return values


class NoticeState(StrEnum):
    """Where a notice is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """One notice to one place. `target` is a channel's id, or an operator's for mail to them.

    `key` says what it is about; nothing is told to the same place twice. `text` has title, body and path.
    """

    id: str
    key: str
    kind: str
    target: str
    text: Mapping[str, Any] = field(metadata=ELSEWHERE)
    state: NoticeState
    tries: int
    next_at: datetime
    error: str
    created_at: datetime
    sent_at: datetime | None


class Notices(Records):
    """Owner of the table `notices`."""

    def add(self, key: str, kind: str, targets: Iterable[str], text: Mapping[str, Any]) -> int:
        """Have it told to these places, but for those that were told before; to how many it will be."""
        keys = {f"{key}/{target}": target for target in targets}
        if not keys:
            return 0
        known = {row.key for row in self._all(select(notices.c.key).where(notices.c.key.in_(list(keys))))}
        rows = [self._new(full, kind, target, text) for full, target in keys.items() if full not in known]
        # another process may find the same at the same moment
        with self._database.write() as db:
            return sum(insert_unless_there(db, notices, notices.c.key, row) for row in rows)

    def _new(self, key: str, kind: str, target: str, text: Mapping[str, Any]) -> dict[str, Any]:
        id, now = new_id(), utc_now()
        return {
            "id": id,
            "key": key,
            "kind": kind,
            "target": target,
            "text": self._seal(notices.c.text, dict(text), id),
            "state": str(NoticeState.WAITING),
            "tries": 0,
            "next_at": now,
            "error": "",
            "created_at": now,
        }

    def take_due(self, now: datetime, patience: timedelta, limit: int = 20) -> Sequence[NoticeRecord]:
        """At most `limit` notices to be sent now, claimed for `patience`: no other process takes them."""
        waiting = [str(NoticeState.WAITING), str(NoticeState.SENDING)]
        due = select(notices).where(notices.c.state.in_(waiting), notices.c.next_at <= now)
        mine = []
        for row in self._all(due.order_by(notices.c.id).limit(limit)):
            claim = (
                update(notices)
                .where(notices.c.id == row.id, notices.c.state == row.state, notices.c.next_at == row.next_at)
                .values(state=str(NoticeState.SENDING), next_at=now + patience, tries=row.tries + 1)
            )
            if self._write(claim):
                mine.append(self._notice(row))
        return mine

    def sent(self, id: str) -> None:
        """Note that the channel has taken a notice, with the time."""
        values = {"state": str(NoticeState.SENT), "sent_at": utc_now(), "error": ""}
        self._write(update(notices).where(notices.c.id == id).values(values))

    def not_sent(self, id: str, error: str, again_at: datetime | None) -> None:
        """Note why a notice wasn't taken; it is tried again at `again_at` (aware), or never for None."""
        state = NoticeState.FAILED if again_at is None else NoticeState.WAITING
        values: dict[str, Any] = {"state": str(state), "error": error}
        if again_at is not None:
            values["next_at"] = again_at
        self._write(update(notices).where(notices.c.id == id).values(values))

    def newest(self, limit: int = 50) -> Sequence[NoticeRecord]:
        """The last `limit` notices, newest first, whatever became of them."""
        query = select(notices).order_by(notices.c.id.desc()).limit(limit)
        return [self._notice(row) for row in self._all(query)]

    def forget_before(self, moment: datetime) -> int:
        """Forget those made before then that are on no way any more; how many there were."""
        over = [str(NoticeState.SENT), str(NoticeState.FAILED)]
        return self._write(delete(notices).where(notices.c.created_at < moment, notices.c.state.in_(over)))

    def _notice(self, row: Row[Any]) -> NoticeRecord:
        return from_row(NoticeRecord, row, text=self._open(notices.c.text, row.text, row.id))
