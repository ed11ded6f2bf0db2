"""The chain that proves the activity log: the beginning and end of each line, linked to what stood before.

A link is an authentication code over its number, what the line says, and the link before; the record of
the chain's head says where it ends and where it begins. The key is made with the chain and sealed by
the vault, so whoever can only write to the database can't make a link. Lines that clean-up took off the
old end, and lines whose content was erased, are said and no damage: the digest of an erased line stays.
"""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update

from services.errors import SealBroken
from services.store.columns import safe_text, utc_now
from services.store.database import Database
from services.store.records import Records
from services.store.schema import activity, activity_head
from services.store.vault import Vault, as_json

# columns that a line is written with, and those of its end; what is sealed comes beside them
_BEGINNING = itemgetter(
    *("id", "at", "operator_id", "operator_name", "role", "origin", "action", "pool", "target_kind"),
    *("target_id", "target_name", "reason", "ticket", "identified", "job_id", "words"),
)
_ENDING = itemgetter("id", "finished_at", "result", "error_code", "error")
# what is emptied when somebody's traces are erased
_PERSONAL = ("target_id", "target_name", "reason", "ticket", "identified", "error")
ERASED = "(erased)"
MOST_BREAKS = 200
_BATCH = 500
_START = "0" * 64


class ChainLink(NamedTuple):
    """The place of a beginning or an end in the chain, and the code that proves it."""

    number: int
    mac: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain begins and ends.

    `first` is the number of the oldest link kept and `first_mac` the code of the one before it;
    `removed` lines, none of `removed_before` or later, went with clean-up; `inherited` lines are older
    than the chain, which proves them since `began_at`. `damage` is what was wrong with the head itself.
    """

    number: int
    mac: str
    first: int
    first_mac: str
    began_at: datetime
    inherited: int = 0
    removed: int = 0
    removed_before: datetime | None = None
    damage: str = ""

    def frame(self) -> str:
        """All of it but its end, which moves with every line, in one text."""
        values = (getattr(self, name) for name in Head.__slots__[2:])
        return "|".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)

    def seal(self, key: bytes) -> str:
        """The code that proves the head itself."""
        return _head_code(key, self.number, self.mac, self.frame())


@dataclass(frozen=True, slots=True)
class LogBreak:
    """One place where the log is not as the console wrote it: `what` is a sentence."""

    number: int
    line_id: str
    what: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What a check of the log found. `breaks` holds the first `MOST_BREAKS` of `broken`.

    `whole_at` is when all of it was read, `at` when the newest lines were.
    """

    at: datetime
    whole_at: datetime
    lines: int
    erased: int
    head: Head
    broken: int
    breaks: tuple[LogBreak, ...]

    @property
    def intact(self) -> bool:
        """Whether every line is as the console wrote it, none is missing and none was moved."""
        return not self.broken

    @property
    def mark(self) -> str:
        """The log's end in a few characters: noted elsewhere, it proves later that nothing was cut off."""
        return f"{self.head.number}:{self.head.mac[:16]}"


class _SeenHead(NamedTuple):
    """The head as this process last saw it, with its key, its seal and its frame."""

    key: bytes
    head: Head
    seal: str
    frame: str

    def moved(self, number: int, mac: str) -> _SeenHead:
        """The end of the log once line `number`, proved by `mac`, is its last."""
        seal = _head_code(self.key, number, mac, self.frame)
        return _SeenHead(self.key, replace(self.head, number=number, mac=mac), seal, self.frame)


class LogChain(Records):
    """Owner of the table `activity_head` and of the columns of `activity` that prove it.

    Writers of any number of processes take turns at the head, inside their own transactions.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        super().__init__(database, vault)
        self._known: _SeenHead | None = None
        self.last: LogCheck | None = None
        """What the newest check in this process found."""

    def begin(self, db: Connection) -> None:
        """Make the head, and link the lines that are older than the chain as they stand."""
        key = secrets.token_bytes(32)
        head = Head(0, _START, 1, _START, utc_now())
        for rows in db.execute(select(activity).order_by(activity.c.id)).partitions(_BATCH):
            values = []
            for row in rows:
                links = _links(key, head, self.parts(row))
                head = replace(head, number=links[-1].number, mac=links[-1].mac)
                values.append({"line": row.id, **_columns(links)})
            db.execute(_LINK, values)
            head = replace(head, inherited=head.inherited + len(rows))
        self._write_head(db, key, head)

    def append(self, db: Connection, contents: Sequence[str]) -> list[ChainLink]:
        """Link these contents (of `beginning` and `ending`) to the end, in the caller's transaction."""
        known = self._known
        if known is not None:
            links = _links(known.key, known.head, contents)
            # another process, or a transaction that was rolled back, may have left another head
            if self._move(db, known, *links[-1]):
                return links
        known = self._locked(db)
        links = _links(known.key, known.head, contents)
        self._move(db, known, *links[-1])
        return links

    def check(self) -> LogCheck:
        """Read the whole log and find everything that isn't as it was written; about 0.1 ms a line."""
        return self._checked(None)

    def check_on(self) -> LogCheck:
        """As `check`, but after an intact one only what was written since is read."""
        return self._checked(self.last)

    def _checked(self, since: LogCheck | None) -> LogCheck:
        with self._database.snapshot() as db:
            self.last = _Check(self, db, since).run()
        return self.last

    def length(self) -> int:
        """How many beginnings and ends of lines are linked."""
        row = self._first(select(activity_head.c.number, activity_head.c.first))
        return 0 if row is None else int(row.number) - int(row.first) + 1

    def has(self, mark: str) -> bool:
        """Whether the log still holds the end that an earlier check named by its `mark`."""
        number, _, start = mark.strip().partition(":")
        if not number.isdecimal() or not start:
            return False
        with self._database.read() as db:
            found = _mac_of(db, int(number))
        return found is not None and found.startswith(start)

    def cut(self, db: Connection, before: datetime) -> int:
        """Take the lines that began before a moment off the old end of the chain; how many they were.

        A line stays as long as one that began before it ended after a line that has to stay.
        """
        known = self._locked(db)
        c = activity.c
        kept = db.scalar(select(func.min(c.begun)).where(c.at >= before))
        last: int = (known.head.number + 1 if kept is None else kept) - 1
        spans = select(func.min(c.begun))
        while (span := db.scalar(spans.where(c.begun <= last, c.ended > last))) is not None:
            last = span - 1
        mac = _mac_of(db, last)
        if last < known.head.first or mac is None:
            return 0
        number = db.execute(delete(activity).where(c.begun <= last)).rowcount
        removed = known.head.removed + number
        head = replace(known.head, first=last + 1, first_mac=mac, removed=removed, removed_before=before)
        self._rewrite(db, known, head)
        return number

    def erase(self, db: Connection, ids: Sequence[str]) -> int:
        """Empty these lines of whom they are about; who did what, when and how it ended stays. How many."""
        known = self._locked(db)
        number = 0
        for start in range(0, len(ids), _BATCH):
            some = activity.c.id.in_(ids[start : start + _BATCH])
            query = select(activity).where(some, activity.c.erased_at.is_(None))
            rows = [self._erased(known.key, row) for row in db.execute(query)]
            if rows:
                db.execute(_ERASE, rows)
            number += len(rows)
        return number

    def parts(self, row: Row[Any]) -> list[str]:
        """The contents that a line was written with: of its beginning and, when it has ended, of its end."""
        values = _values(row)
        contents = [beginning(values, self._facts("before", row))]
        if row.result != "intended":
            contents.append(ending(values, self._facts("after", row)))
        return contents

    def read_head(self, row: Row[Any]) -> tuple[bytes, Head]:
        """The chain's key and head. Raises `SealBroken`."""
        key = bytes.fromhex(self._open(activity_head.c.key, row.key, 1))
        return key, Head(**{name: getattr(row, name) for name in Head.__slots__})

    def _facts(self, column: str, row: Row[Any]) -> Any:
        try:
            return self._open(activity.c[column], getattr(row, column), row.id)
        except SealBroken:
            return "unreadable"

    def _erased(self, key: bytes, row: Row[Any]) -> dict[str, Any]:
        digests = [_digest(key, content) for content in self.parts(row)]
        left = _values(row) | dict.fromkeys(_PERSONAL, "")
        left |= {"target_name": ERASED, "before": None, "after": None, "erased_at": utc_now()}
        left["words"] = f"{row.operator_name} {row.action}".casefold()
        left["begun_digest"], left["ended_digest"] = [*digests, None][:2]
        left["erasure"] = _digest(key, _erasure_text(left))
        return {"line": row.id} | {name: left[name] for name in _EMPTIED}

    def _locked(self, db: Connection) -> _SeenHead:
        """The head as it is now, which no other process moves before this transaction ends."""
        row = db.execute(select(activity_head).where(activity_head.c.id == 1).with_for_update()).first()
        if row is None:
            return self._restarted(db, "The record that proves the log was removed")
        try:
            key, head = self.read_head(row)
        except SealBroken:
            return self._restarted(db, "The key that proves the log was altered")
        known = _SeenHead(key, head, row.seal, head.frame())
        if head.damage or compare_digest(row.seal, head.seal(key)):
            return known
        # said for good: the seal that is written now is right again
        number = max(head.number, _last_number(db))
        damage = _found_now("The record of where the log begins and ends was altered")
        return self._rewrite(db, known, replace(head, number=number, damage=damage))

    def _restarted(self, db: Connection, what: str) -> _SeenHead:
        number = _last_number(db)
        head = Head(number, _START, number + 1, _START, utc_now(), damage=_found_now(what))
        db.execute(delete(activity_head))
        return self._write_head(db, secrets.token_bytes(32), head)

    def _write_head(self, db: Connection, key: bytes, head: Head) -> _SeenHead:
        token = self._seal(activity_head.c.key, key.hex(), 1)
        values = {name: getattr(head, name) for name in Head.__slots__}
        seal = head.seal(key)
        db.execute(insert(activity_head).values(id=1, key=token, seal=seal, **values))
        return _SeenHead(key, head, seal, head.frame())

    def _rewrite(self, db: Connection, known: _SeenHead, head: Head) -> _SeenHead:
        """Replace the whole head, which is locked."""
        values = {name: getattr(head, name) for name in Head.__slots__}
        seal = head.seal(known.key)
        db.execute(update(activity_head).where(activity_head.c.id == 1).values(seal=seal, **values))
        self._known = _SeenHead(known.key, head, seal, head.frame())
        return self._known

    def _move(self, db: Connection, known: _SeenHead, number: int, mac: str) -> bool:
        """Move the chain's end here, if the head is still the one that is known."""
        moved = known.moved(number, mac)
        # past SQLAlchemy's compiler: this comes with every line
        query = _MOVE if db.dialect.paramstyle == "qmark" else _MOVE.replace("?", "%s")
        if db.exec_driver_sql(query, (number, mac, moved.seal, known.seal)).rowcount != 1:
            return False
        self._known = moved
        return True


class _Check:
    """One reading of the log: all of it, or what came after an earlier one."""

    def __init__(self, chain: LogChain, db: Connection, since: LogCheck | None) -> None:
        self._chain, self._db, self._since = chain, db, since
        self._breaks: list[LogBreak] = []
        self._broken = self._lines = self._erased = 0

    def run(self) -> LogCheck:
        row = self._db.execute(select(activity_head).where(activity_head.c.id == 1)).first()
        try:
            if row is None:
                raise SealBroken("The head is gone.")
            key, head = self._chain.read_head(row)
        except SealBroken:
            self._found(0, "", "The record that proves the log is missing or was altered.")
            return self._made(Head(0, _START, 1, _START, utc_now()))
        if head.damage:
            self._found(0, "", f"{head.damage}.")
        elif not compare_digest(row.seal, head.seal(key)):
            self._found(head.number, "", "The record of where the log begins and ends was altered.")
        self._walk(key, head, self._start(head))
        self._unproved()
        return self._made(head)

    def _start(self, head: Head) -> ChainLink:
        """The link after which to read."""
        start = ChainLink(head.first - 1, head.first_mac)
        since = self._since
        if since is None or since.broken or since.head.number < start.number:
            self._since = None
            return start
        if head.number < since.head.number:
            self._missing(since.head.number - head.number, head.number, "at the end")
        self._lines, self._erased = since.lines, since.erased
        return ChainLink(since.head.number, since.head.mac)

    def _walk(self, key: bytes, head: Head, before: ChainLink) -> None:
        parts = [self._rows(part, before.number if self._since else -1) for part in (0, 1)]
        for row, part in heapq.merge(*parts, key=lambda found: _link_of(*found).number):
            before = self._look(key, head, before, row, part)
        if before.number < head.number:
            self._missing(head.number - before.number, before.number, "at the end")

    def _rows(self, part: int, above: int) -> Iterator[tuple[Row[Any], int]]:
        """Lines in the order of their beginnings (0) or ends (1), each with which of the two it is."""
        column = (activity.c.begun, activity.c.ended)[part]
        query = select(activity).where(column > above).order_by(column, activity.c.id)
        for row in self._db.execute(query.execution_options(yield_per=_BATCH)):
            yield row, part

    def _look(self, key: bytes, head: Head, before: ChainLink, row: Row[Any], part: int) -> ChainLink:
        link = _link_of(row, part)
        if part == 0:
            self._lines += 1
            self._erased += row.erased_at is not None
        if link.number <= before.number:
            self._found(link.number, row.id, f"The line of {_when(row)} stands where none was written.")
            return before
        if link.number > before.number + 1:
            # a line is proved by the one before it
            where = f"before the line of {_when(row)}, which can't be proved without what is missing"
            self._missing(link.number - before.number - 1, before.number, where)
        elif link.mac != _mac(key, link.number, self._digest_of(key, row, part), before.mac):
            what = "end" if part else "beginning"
            self._found(link.number, row.id, f"The line of {_when(row)} was altered or moved (its {what}).")
        if link.number > head.number:
            self._found(link.number, row.id, f"The line of {_when(row)} stands after the end of the log.")
        return link

    def _digest_of(self, key: bytes, row: Row[Any], part: int) -> str:
        if row.erased_at is not None:
            proved = compare_digest(row.erasure or "", _digest(key, _erasure_text(_values(row))))
            return str((row.begun_digest, row.ended_digest)[part]) if proved else ""
        contents = self._chain.parts(row)
        # one that says it hasn't ended has no second part
        return _digest(key, contents[part]) if part < len(contents) else ""

    def _unproved(self) -> None:
        c = activity.c
        ended = and_(c.ended.is_(None), c.result != "intended")
        query = select(activity).where(or_(c.begun.is_(None), ended)).limit(MOST_BREAKS)
        for row in self._db.execute(query):
            self._found(0, row.id, f"The line of {_when(row)} was not written by the console.")

    def _missing(self, number: int, after: int, where: str) -> None:
        entries = "1 entry is" if number == 1 else f"{number:,} entries are"
        self._found(after + 1, "", f"{entries} missing {where}.")

    def _found(self, number: int, line_id: str, what: str) -> None:
        self._broken += 1
        if len(self._breaks) < MOST_BREAKS:
            self._breaks.append(LogBreak(number, line_id, what))

    def _made(self, head: Head) -> LogCheck:
        now = utc_now()
        whole_at = self._since.whole_at if self._since else now
        return LogCheck(now, whole_at, self._lines, self._erased, head, self._broken, tuple(self._breaks))


def beginning(values: Mapping[str, Any], before: Any) -> str:
    """What a line says when it is written, in one text; `before` is what its column seals."""
    return _content("begun", _BEGINNING(values), before)


def ending(values: Mapping[str, Any], after: Any) -> str:
    """What is added to a line when it ends, in one text; `after` is what its column seals."""
    return _content("ended", _ENDING(values), after)


def _content(part: str, values: tuple[Any, ...], facts: Any) -> str:
    id, at, *rest = values
    text = as_json([part, id, at and at.isoformat(), *rest, facts or None])
    # as the columns give it back (see `safe_text`): a NUL is written by JSON as an escape
    return safe_text(text.replace("\\u0000", "\ufffd"))


def _erasure_text(values: Mapping[str, Any]) -> str:
    left = [beginning(values, values["before"]), ending(values, values["after"])]
    digests = (values["begun_digest"], values["ended_digest"])
    return as_json(["erased", values["erased_at"].isoformat(), *digests, *left])


def _values(row: Row[Any]) -> dict[str, Any]:
    return dict(zip(row._fields, row, strict=True))


def _link_of(row: Row[Any], part: int) -> ChainLink:
    return ChainLink(row.ended, row.ended_mac) if part else ChainLink(row.begun, row.begun_mac)


def _links(key: bytes, head: Head, contents: Sequence[str]) -> list[ChainLink]:
    links = []
    number, mac = head.number, head.mac
    for content in contents:
        number += 1
        mac = _mac(key, number, _digest(key, content), mac)
        links.append(ChainLink(number, mac))
    return links


def _columns(links: Sequence[ChainLink]) -> dict[str, Any]:
    begun, ended = [*links, None][:2]
    values = {"begun": begun and begun.number, "begun_mac": begun and begun.mac}
    return values | {"ended": ended and ended.number, "ended_mac": ended and ended.mac}


def _digest(key: bytes, content: str) -> str:
    # keyed: from a plain hash an erased address could be guessed
    return _code(key, content, b"content")


def _mac(key: bytes, number: int, digest: str, before: str) -> str:
    return _code(key, f"{number}|{digest}|{before}", b"link")


def _head_code(key: bytes, number: int, mac: str, frame: str) -> str:
    return _code(key, f"{number}|{mac}|{frame}", b"head")


def _code(key: bytes, text: str, purpose: bytes) -> str:
    # BLAKE2 with a key is an authentication code, at a fifth of what HMAC with SHA-256 takes here
    return blake2b(text.encode(), key=key, digest_size=32, person=purpose).hexdigest()


def _mac_of(db: Connection, number: int) -> str | None:
    c = activity.c
    return db.scalar(select(c.begun_mac).where(c.begun == number)) or db.scalar(
        select(c.ended_mac).where(c.ended == number)
    )


def _last_number(db: Connection) -> int:
    begun, ended = db.execute(select(func.max(activity.c.begun), func.max(activity.c.ended))).one()
    return max(begun or 0, ended or 0)


def _found_now(what: str) -> str:
    return f"{what}; found {utc_now():%Y-%m-%d %H:%M} UTC"


def _when(row: Row[Any]) -> str:
    return f"{row.at:%Y-%m-%d %H:%M:%S} UTC"


_LINK = (
    update(activity)
    .where(activity.c.id == bindparam("line"))
    .values({name: bindparam(name) for name in ("begun", "begun_mac", "ended", "ended_mac")})
)
_MOVE = "UPDATE activity_head SET number = ?, mac = ?, seal = ? WHERE id = 1 AND seal = ?"
_EMPTIED = (
    *(*_PERSONAL, "words", "before", "after"),
    *("erased_at", "begun_digest", "ended_digest", "erasure"),
)
_ERASE = (
    update(activity)
    .where(activity.c.id == bindparam("line"))
    .values({name: bindparam(name) for name in _EMPTIED})
)
