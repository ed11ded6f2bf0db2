"""Tries to sign in, for as long as they count, for all processes together."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, insert, or_, select, update

from services.store.columns import new_id
from services.store.database import SERVER_MICROSECONDS
from services.store.records import Records, from_row, to_row
from services.store.schema import sign_in_tries


class TryKind(StrEnum):
    """What was given: a password from anywhere, one from an address or in a browser that is known for this
    operator, or a second factor."""

    ANYWHERE = "anywhere"
    KNOWN_PLACE = "known place"
    KNOWN_BROWSER = "known browser"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class SignInTry:
    """One try. `name` is a code of the operator name (`SignInTries.code_of`), `place` and `device` where
    it came from; `tried_at` is in microseconds on the clock of `SignInTries.now`."""

    kind: TryKind
    name: str
    place: str = ""
    device: str = ""
    tried_at: int = 0
    told: bool = False
    id: str = ""


class SignInTries(Records):
    """Owner of the table `sign_in_tries`.

    Whoever counts and adds does both in one `Database.together` with a turn of its own.
    """

    def code_of(self, name: str) -> str:
        """What stands for a name that somebody typed; a very long one takes no more room."""
        return self._vault.code(name, "sign-in name")

    def now(self) -> int:
        """Microseconds on one clock for all processes: the server's; of SQLite's one machine that of its
        start, which no change of its time moves."""
        if self._database.engine.dialect.name == "sqlite":
            return time.monotonic_ns() // 1000
        with self._database.read() as db:
            return int(db.execute(select(SERVER_MICROSECONDS)).scalar_one())

    def between(self, since: int, until: int, names: Collection[str], place: str = "") -> list[SignInTry]:
        """Tries at these names, and from this place, newest first."""
        c = sign_in_tries.c
        meant = [c.name.in_(list(names)), *([c.place == place] if place else [])]
        query = select(sign_in_tries).where(or_(*meant), c.tried_at > since, c.tried_at <= until)
        found = (from_row(SignInTry, row) for row in self._all(query.order_by(c.tried_at.desc())))
        return list(found)

    def add(self, new: SignInTry, tried_at: int) -> str:
        """Keep one more; returns its id."""
        id = new_id()
        self._write(insert(sign_in_tries).values(to_row(new) | {"id": id, "tried_at": tried_at}))
        return id

    def tell(self, id: str) -> bool:
        """Note that the log says what this try led to; False when that was noted before."""
        query = update(sign_in_tries).where(sign_in_tries.c.id == id, sign_in_tries.c.told.is_(False))
        return self._write(query.values(told=True)) > 0

    def forget(self, ids: Collection[str]) -> None:
        """Count these no longer."""
        self._write(delete(sign_in_tries).where(sign_in_tries.c.id.in_(list(ids))))

    def sweep(self, since: int, until: int) -> int:
        """Erase what is older, or from before the machine was started again; how many those were."""
        at = sign_in_tries.c.tried_at
        return self._write(delete(sign_in_tries).where(or_(at <= since, at > until)))
