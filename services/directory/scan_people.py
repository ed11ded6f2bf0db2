"""Everybody of a pool: in one list, or in sixteen at once, by the first character of the sub.

ListUsers gives a page only to who holds the token of the one before, so one list is as fast as
AWS answers, however much the quota allows. Sixteen lists with a filter on the sub use the quota up;
but whether a backend heeds such a filter isn't documented, so what they give is proved, and where
the proof fails everybody is read in one list after all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.filters import prefix
from services.directory.scan_listing import Halted, PageChain, PeopleColumns, Turned, stacked, without_repeats
from services.directory.snapshot_rows import strings
from services.errors import CognitoError, InvalidRequest

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway
    from services.cognito.models import UserPage

FIRST_CHARACTERS = "0123456789abcdef"
LIST = "list"
"""The column that says which of the lists somebody was read in, by its first character."""
SHARDED_FROM = 1_000
"""People from which sixteen lists are worth their first pages."""

TOLERANCE, TOLERATED = 0.05, 50
"""By how much fewer people than AWS estimates may be found: a share, and a number that always may."""


class _NotHeeded(Exception):
    """A list with a filter showed people whom the filter rules out."""


class PeopleReading:
    """Reads everybody; goes on after a stop or a failure where it was.

    `estimate` is what AWS says the pool holds (0 if unknown). `sharded` None lets the size decide.
    """

    def __init__(self, estimate: int, sharded: bool | None = None) -> None:
        self.estimate = estimate
        self.serial = PageChain(PeopleColumns())
        self.shards: dict[str, PageChain[PeopleColumns]] = {}
        self.given_up = ""
        self._wanted = estimate >= SHARDED_FROM if sharded is None else sharded
        self._first_page: tuple[str, ...] = ()
        self._proved = False

    @property
    def in_shards(self) -> bool:
        """True if what counts is what the sixteen lists gave."""
        return bool(self.shards) and not self.given_up

    @property
    def chains(self) -> list[PageChain[PeopleColumns]]:
        """The lists that count."""
        return list(self.shards.values()) if self.in_shards else [self.serial]

    @property
    def ended(self) -> bool:
        """True if every list was read to its end."""
        return all(chain.ended for chain in self.chains)

    @property
    def error(self) -> CognitoError | None:
        """Why a list could not be read to its end, if so."""
        return next((chain.error for chain in self.chains if chain.error is not None), None)

    def __len__(self) -> int:
        return sum(map(len, self.chains))

    def table(self) -> pa.Table:
        """Everybody read so far, each once."""
        return without_repeats(stacked([chain.sink.table() for chain in self.chains]))

    def place(self) -> dict[str, Any]:
        """How far the reading is, JSON-ready; the people apart (`listed`)."""
        return {
            "estimate": self.estimate,
            "sharded": self._wanted,
            "given_up": self.given_up,
            "first_page": list(self._first_page),
            "proved": self._proved,
            "serial": self.serial.place(),
            "shards": {first: chain.place() for first, chain in self.shards.items()},
        }

    def listed(self) -> pa.Table:
        """Everybody of the lists that count, with the list they are of (`LIST`)."""
        lists = self.shards if self.in_shards else {"": self.serial}
        tables = {first: chain.sink.table() for first, chain in lists.items()}
        parts = [
            table.append_column(LIST, pa.repeat(pa.scalar(first), table.num_rows))
            for first, table in tables.items()
        ]
        return pa.concat_tables(parts, promote_options="default")

    @classmethod
    def going_on(cls, place: Mapping[str, Any], listed: pa.Table) -> PeopleReading:
        """The reading that `place` and `listed` tell of."""
        reading = cls(place["estimate"], place["sharded"])
        reading.given_up, reading._proved = place["given_up"], place["proved"]
        reading._first_page = tuple(place["first_page"])
        if not place["shards"] or reading.given_up:  # else its people aren't listed, and it would begin anew
            reading.serial.stand(place["serial"])
        for first, chain in place["shards"].items():
            reading.shards[first] = PageChain(PeopleColumns())
            reading.shards[first].stand(chain)
        for first, chain in (reading.shards if reading.in_shards else {"": reading.serial}).items():
            chain.sink.fill(listed.filter(pc.equal(listed[LIST], first)).drop_columns([LIST]))
        return reading

    def run(self, reader: CognitoGateway, halted: Halted, turned: Turned) -> None:
        """Read until the end, a failure, or until `halted`."""
        if self._wanted and not self.shards and not self.serial.begun:
            self._begin(reader, halted, turned)
        if self.in_shards:
            self._run_shards(reader, halted, turned)
        if not self.in_shards:
            self.serial.run(lambda token: reader.users_page(token=token), halted, turned)

    def distrust(self, reason: str) -> None:
        """Let go of what the sixteen lists gave; the next `run` reads everybody in one."""
        self.given_up = reason
        for chain in self.shards.values():
            chain.sink.clear()

    def _begin(self, reader: CognitoGateway, halted: Halted, turned: Turned) -> None:
        """Read the first page without a filter: the proof needs it, and a small pool ends there."""
        asked: list[UserPage] = []

        def ask(token: str) -> UserPage:
            asked.append(reader.users_page(token=token))
            return asked[-1]

        self.serial.run(ask, lambda: halted() or bool(asked), turned)
        if self.serial.ended or not asked:
            return
        self._first_page = tuple(user.sub for user in asked[0].users)
        if all(sub[:1] in FIRST_CHARACTERS and sub for sub in self._first_page):
            self.shards = {first: PageChain(PeopleColumns()) for first in FIRST_CHARACTERS}
        else:
            self.given_up = "the IDs (subs) of this pool don't begin as AWS's do"

    def _run_shards(self, reader: CognitoGateway, halted: Halted, turned: Turned) -> None:
        doubts: list[str] = []
        doubted = Event()

        def read(first: str, chain: PageChain[PeopleColumns]) -> None:
            try:
                chain.run(_asker(reader, first), lambda: halted() or doubted.is_set(), turned)
            except _NotHeeded:
                doubts.append("a list filtered by the first character of the ID showed other people too")
            if isinstance(chain.error, InvalidRequest) and not chain.begun:
                doubts.append("the pool refuses to be filtered by the first character of the ID")
            if doubts:
                doubted.set()

        with ThreadPoolExecutor(len(self.shards), thread_name_prefix="scan-people") as pool:
            for answer in [pool.submit(read, *shard) for shard in self.shards.items()]:
                answer.result()
        if not doubts and self.ended and not self._proved:
            doubts += self._disproved(reader)
            self._proved = not doubts
        if doubts:
            self.distrust(doubts[0])

    def _disproved(self, reader: CognitoGateway) -> list[str]:
        """What speaks against the sixteen lists together, once all have ended."""
        whole = stacked([chain.sink.table() for chain in self.chains])
        if pc.count_distinct(whole["sub"]).as_py() != whole.num_rows:
            return ["somebody was listed twice"]
        first = strings(self._first_page)
        lost = first.filter(pc.invert(pc.is_in(first, whole["sub"].combine_chunks()))).to_pylist()
        if any(_is_there(reader, sub) for sub in lost):
            return ["somebody on the first page of the ordinary list was in none of them"]
        if too_few(whole.num_rows, self.estimate):
            return [f"they held {whole.num_rows:,} people where AWS estimates {self.estimate:,}"]
        return []


def too_few(found: int, estimate: int) -> bool:
    """True if AWS's estimate speaks against `found` being everybody; it lags behind, so some leeway."""
    return found < estimate - max(TOLERATED, int(estimate * TOLERANCE))


def _asker(reader: CognitoGateway, first: str) -> Callable[[str], UserPage]:
    wanted = prefix("sub", first)

    def ask(token: str) -> UserPage:
        page = reader.users_page(wanted, token, checked=False)
        if any(not user.sub.startswith(first) for user in page.users):
            raise _NotHeeded
        return page

    return ask


def _is_there(reader: CognitoGateway, sub: str) -> bool:
    """Whether somebody is in the pool still (who left while it was read proves nothing)."""
    try:
        return reader.find_user(sub=sub) is not None
    except CognitoError:
        return True  # nobody can tell, so nothing is proved
