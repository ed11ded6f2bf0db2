"""The memberships of review campaigns, what is decided about each, and every time it was decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from services.errors import ReviewError, SealBroken
from services.store.campaign_types import (
    CampaignItem,
    CampaignState,
    Decided,
    Decision,
    DecisionEntry,
    ItemFilter,
    NewDecision,
    NewItem,
    Outcome,
)
from services.store.columns import utc_now
from services.store.database import Database
from services.store.schema_reviews import campaign_decisions, campaign_items, campaigns
from services.store.vault import Vault

PAGE = 1000
AT_ONCE = 500
"""Item numbers in one statement: databases limit how many values it may carry."""


class CampaignRows:
    """Owner of the tables `campaign_items` and `campaign_decisions`. People and reasons are sealed."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def counts(self, id: str) -> dict[str, dict[Decision, int]]:
        """How many items each reviewer has, by decision. Opens nothing that is sealed."""
        c = campaign_items.c
        query = (
            select(c.reviewer_id, c.decision, func.count())
            .where(c.campaign_id == id)
            .group_by(c.reviewer_id, c.decision)
        )
        found: dict[str, dict[Decision, int]] = {}
        with self._database.read() as db:
            for reviewer, decision, number in db.execute(query):
                found.setdefault(reviewer, {})[Decision(decision)] = number
        return found

    def groups(self, id: str, reviewer: str = "") -> dict[str, int]:
        """How many items each group has, of one reviewer or of all."""
        c = campaign_items.c
        query = select(c.group_name, func.count()).where(*_conditions(id, {"reviewer": reviewer}))
        with self._database.read() as db:
            return {name: number for name, number in db.execute(query.group_by(c.group_name))}

    def count(self, id: str, **filters: Unpack[ItemFilter]) -> int:
        """How many items fit."""
        query = select(func.count()).select_from(campaign_items).where(*_conditions(id, filters))
        with self._database.read() as db:
            return int(db.scalar(query) or 0)

    def numbers(self, id: str, **filters: Unpack[ItemFilter]) -> list[int]:
        """The numbers of the items that fit, in order. Opens nothing that is sealed."""
        query = select(campaign_items.c.number).where(*_conditions(id, filters))
        with self._database.read() as db:
            return list(db.scalars(query.order_by(campaign_items.c.number)))

    def items(
        self, id: str, *, offset: int = 0, limit: int | None = None, **filters: Unpack[ItemFilter]
    ) -> Iterator[CampaignItem]:
        """The items that fit in order, read in pages; `offset` of them are passed over."""
        query = select(campaign_items).where(*_conditions(id, filters)).order_by(campaign_items.c.number)
        left, last = limit, 0
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page_query = query.where(campaign_items.c.number > last).limit(size).offset(offset)
            with self._database.read() as db:
                page = db.execute(page_query).all()
            if not page:
                return
            for row in page:
                yield self._item(row)
            offset, last = 0, page[-1].number
            left = None if left is None else left - len(page)

    def items_by_number(self, id: str, numbers: Iterable[int]) -> Iterator[CampaignItem]:
        """Exactly these items, in order; numbers that don't exist are left out."""
        wanted = sorted(set(numbers))
        for part in _parts(wanted):
            query = select(campaign_items).where(
                campaign_items.c.campaign_id == id, campaign_items.c.number.in_(part)
            )
            with self._database.read() as db:
                rows = db.execute(query.order_by(campaign_items.c.number)).all()
            yield from map(self._item, rows)

    def outcomes(self, id: str) -> list[Outcome]:
        """What is decided about every item, in order. Opens nothing that is sealed."""
        c = campaign_items.c
        query = select(c.number, c.decision, c.decided_by, c.decided_at, c.decided_in)
        with self._database.read() as db:
            rows = db.execute(query.where(c.campaign_id == id).order_by(c.number)).all()
        return [
            Outcome(row.number, Decision(row.decision), row.decided_by, row.decided_at, row.decided_in)
            for row in rows
        ]

    def decide(self, id: str, numbers: Sequence[int], new: NewDecision) -> Decided:
        """Write one decision about several items of `new.operator_id`, and its entry, in one transaction.

        Raises `ReviewError`, with nothing written, when the campaign is closed or one of the items
        is somebody else's.
        """
        wanted, now = sorted(set(numbers)), utc_now()
        values = {
            "decision": str(new.decision),
            "decided_by": new.operator_id if new.decision else "",
            "decided_by_name": new.operator_name if new.decision else "",
            "decided_at": now if new.decision else None,
        }
        with self._database.write() as db:
            number = self._next_entry(db, id)
            before: dict[Decision, int] = {}
            changed = 0
            for part in _parts(wanted):
                mine = (
                    campaign_items.c.campaign_id == id,
                    campaign_items.c.reviewer_id == new.operator_id,
                    campaign_items.c.number.in_(part),
                )
                counted = select(campaign_items.c.decision, func.count()).where(*mine)
                for decision, count in db.execute(counted.group_by(campaign_items.c.decision)):
                    before[Decision(decision)] = before.get(Decision(decision), 0) + count
                decided_in = number if new.decision else 0
                change = update(campaign_items).where(*mine).values(**values, decided_in=decided_in)
                changed += db.execute(change).rowcount
            if changed != len(wanted):
                raise ReviewError(
                    "Some of these memberships are for another reviewer to decide. Nothing was changed.",
                    "Refresh the page and choose again.",
                )
            db.execute(insert(campaign_decisions), [self._entry_values(id, number, wanted, new, now)])
        return Decided(number, changed, before)

    def _next_entry(self, db: Connection, id: str) -> int:
        """The number of the next entry. Taking it locks the campaign, so that nobody closes it meanwhile."""
        c = campaigns.c
        taken = db.execute(
            update(campaigns)
            .where(c.id == id, c.state == str(CampaignState.OPEN))
            .values(decisions=c.decisions + 1)
        )
        if not taken.rowcount:
            raise ReviewError(
                "This review is closed, so its decisions stand. Nothing was changed.",
                "Start another review to decide anew.",
            )
        return int(db.scalar(select(c.decisions).where(c.id == id)) or 0)

    def entries(self, id: str, numbers: Iterable[int] | None = None) -> tuple[DecisionEntry, ...]:
        """Every time somebody decided, in order; or only the entries with these numbers."""
        query = select(campaign_decisions).where(campaign_decisions.c.campaign_id == id)
        query = query.order_by(campaign_decisions.c.number)
        found: list[Row[Any]] = []
        with self._database.read() as db:
            if numbers is None:
                found += db.execute(query).all()
            else:
                for part in _parts(sorted(set(numbers))):
                    found += db.execute(query.where(campaign_decisions.c.number.in_(part))).all()
        return tuple(map(self._entry, found))

    def _item_values(self, id: str, number: int, item: NewItem) -> dict[str, Any]:
        return {
            "campaign_id": id,
            "number": number,
            "reviewer_id": item.reviewer_id,
            "group_name": item.group,
            "suggested": item.suggested,
            "decision": str(Decision.UNDECIDED),
            "decided_by": "",
            "decided_by_name": "",
            "decided_at": None,
            "decided_in": 0,
            "person": self._vault.seal(
                item.person, table="campaign_items", column="person", row=f"{id}/{number}"
            ),
        }

    def _entry_values(
        self, id: str, number: int, wanted: Sequence[int], new: NewDecision, now: datetime
    ) -> dict[str, Any]:
        said = [
            str(new.decision),
            new.operator_id,
            new.operator_name,
            now.isoformat(),
            new.reason,
            _ranges(wanted),
        ]
        place = {"table": "campaign_decisions", "column": "entry", "row": f"{id}/{number}"}
        return {
            "campaign_id": id,
            "number": number,
            "operator_id": new.operator_id,
            "at": now,
            "decision": str(new.decision),
            "entry": self._vault.seal(said, **place),
        }

    def _opened(self, table: str, column: str, row: str, token: str | None) -> Any:
        """What was sealed, or None when there is nothing or it was altered or moved."""
        try:
            return None if token is None else self._vault.open(token, table=table, column=column, row=row)
        except SealBroken:
            return None

    def _item(self, row: Row[Any]) -> CampaignItem:
        address = f"{row.campaign_id}/{row.number}"
        return CampaignItem(
            number=row.number,
            reviewer_id=row.reviewer_id,
            group=row.group_name,
            suggested=row.suggested,
            decision=Decision(row.decision),
            decided_by=row.decided_by,
            decided_by_name=row.decided_by_name,
            decided_at=row.decided_at,
            decided_in=row.decided_in,
            person=self._opened("campaign_items", "person", address, row.person),
        )

    def _entry(self, row: Row[Any]) -> DecisionEntry:
        address = f"{row.campaign_id}/{row.number}"
        said = self._opened("campaign_decisions", "entry", address, row.entry)
        if said is None:
            return DecisionEntry(
                row.number, row.operator_id, "", row.at, Decision(row.decision), "", (), intact=False
            )
        decision, operator_id, operator_name, at, reason, ranges = said
        moment = datetime.fromisoformat(at)
        return DecisionEntry(
            number=row.number,
            operator_id=operator_id,
            operator_name=operator_name,
            at=moment,
            decision=Decision(decision),
            reason=reason,
            ranges=tuple((first, last) for first, last in ranges),
            intact=(row.decision, row.operator_id, row.at) == (decision, operator_id, moment),
        )


def _conditions(id: str, filters: ItemFilter) -> Iterator[ColumnElement[bool]]:
    c = campaign_items.c
    yield c.campaign_id == id
    if reviewer := filters.get("reviewer"):
        yield c.reviewer_id == reviewer
    if group := filters.get("group"):
        yield c.group_name == group
    decision = filters.get("decision")
    if decision is not None:
        yield c.decision == str(decision)
    suggested = filters.get("suggested")
    if suggested is not None:
        yield c.suggested.is_(suggested)


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Sorted numbers as runs: 1, 2, 3, 7 → [[1, 3], [7, 7]]."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
