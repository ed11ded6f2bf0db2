"""Review campaigns in the database: what was frozen at the start, and every decision with its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import Column, ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from services.errors import RecordNotFound, ReviewError, SealBroken
from services.store.campaign_records import (
    Campaign,
    CampaignItem,
    CampaignState,
    Decided,
    DecidedItem,
    Decision,
    DecisionEntry,
    Facts,
    ItemFilter,
    NewCampaign,
    NewDecision,
    NewItem,
    Reviewer,
)
from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import campaign_decisions, campaign_items, campaigns

PAGE = 1000
AT_ONCE = 500
"""Item numbers in one statement: databases limit how many values it may carry."""


# each page asks, for the menu
_ASKING = (
    select(campaign_items.c.campaign_id, func.count().label("number"))
    .join(campaigns, campaigns.c.id == campaign_items.c.campaign_id)
    .where(
        campaigns.c.pool_name == bindparam("pool"),
        campaigns.c.state == str(CampaignState.OPEN),
        campaign_items.c.reviewer_id == bindparam("reviewer"),
        campaign_items.c.decision == str(Decision.UNDECIDED),
    )
    .group_by(campaign_items.c.campaign_id)
)


class CampaignRows(Records):
    """Owner of the tables `campaign_items` and `campaign_decisions`. People and reasons are sealed."""

    def counts(self, id: str) -> dict[str, dict[Decision, int]]:
        """How many items each reviewer has, by decision. Opens nothing that is sealed."""
        return self._counts(id, campaign_items.c.reviewer_id)

    def _counts(self, id: str, by: Column[Any]) -> dict[str, dict[Decision, int]]:
        c = campaign_items.c
        query = select(by, c.decision, func.count()).where(c.campaign_id == id).group_by(by, c.decision)
        found: dict[str, dict[Decision, int]] = {}
        with self._database.read() as db:
            for value, decision, number in db.execute(query):
                found.setdefault(value, {})[Decision(decision)] = number
        return found

    def asking(self, pool_name: str, reviewer_id: str) -> dict[str, int]:
        """How many items the open campaigns of a pool ask this reviewer to decide on, by campaign.

        Campaigns without any aren't among them. Opens nothing that is sealed.
        """
        asked = {"pool": pool_name, "reviewer": reviewer_id}
        return {row.campaign_id: int(row.number) for row in self._all(_ASKING, asked)}

    def counts_by_group(self, id: str) -> dict[str, dict[Decision, int]]:
        """How many items each group has, by decision. Opens nothing that is sealed."""
        return self._counts(id, campaign_items.c.group_name)

    def groups(self, id: str, reviewer: str = "") -> dict[str, int]:
        """How many items each group has, of one reviewer or of all."""
        c = campaign_items.c
        query = select(c.group_name, func.count()).where(*_conditions(id, {"reviewer": reviewer}))
        with self._database.read() as db:
            return {name: number for name, number in db.execute(query.group_by(c.group_name))}

    def count(self, id: str, **filters: Unpack[ItemFilter]) -> int:
        """How many memberships of the campaign fit the filters."""
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

    def outcomes(self, id: str) -> list[DecidedItem]:
        """What is decided about every item, in order. Opens nothing that is sealed."""
        c = campaign_items.c
        query = select(c.number, c.decision, c.decided_by, c.decided_at, c.decided_in)
        with self._database.read() as db:
            rows = db.execute(query.where(c.campaign_id == id).order_by(c.number)).all()
        return [
            DecidedItem(row.number, Decision(row.decision), row.decided_by, row.decided_at, row.decided_in)
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

    def decide_rest(self, id: str, new: NewDecision, suggested: bool | None = None) -> int:
        """Decide, with an entry that names nobody, every item that is undecided; how many there were.

        `suggested`: only those that are, or aren't, suggested to be revoked. `new.operator_id` is "".
        Raises `ReviewError` when the campaign is closed. Without any such item nothing is written.
        """
        filters: ItemFilter = {"decision": Decision.UNDECIDED, "suggested": suggested}
        now = utc_now()
        with self._database.write() as db:
            self._lock(db, id)
            fitting = list(_conditions(id, filters))
            query = select(campaign_items.c.number).where(*fitting).order_by(campaign_items.c.number)
            wanted = list(db.scalars(query))
            if not wanted:
                return 0
            number = self._next_entry(db, id)
            values = {"decision": str(new.decision), "decided_by_name": new.operator_name, "decided_at": now}
            db.execute(update(campaign_items).where(*fitting).values(**values, decided_in=number))
            db.execute(insert(campaign_decisions), [self._entry_values(id, number, wanted, new, now)])
        return len(wanted)

    def _hand_over(self, db: Connection, id: str, numbers: Sequence[int], from_id: str, to_id: str) -> None:
        """Give undecided items to another reviewer, in their rows and in what is sealed."""
        c = campaign_items.c
        given = 0
        for part in _parts(numbers):
            query = select(campaign_items).where(
                c.campaign_id == id,
                c.number.in_(part),
                c.reviewer_id == from_id,
                c.decision == str(Decision.UNDECIDED),
            )
            values = [self._given(row, to_id) for row in db.execute(query).all()]
            given += len(values)
            if values:
                row_of = (c.campaign_id == id, c.number == bindparam("its_number"))
                change = {"reviewer_id": to_id, "person": bindparam("its_person")}
                db.execute(update(campaign_items).where(*row_of).values(change), values)
        if given != len(numbers):
            raise ReviewError(
                "Some of these memberships were decided, or handed over, meanwhile. Nothing was changed.",
                "Refresh the page and try again.",
            )

    def _given(self, row: Row[Any], to_id: str) -> dict[str, Any]:
        person = self._open(campaign_items.c.person, row.person, row.campaign_id, row.number)
        now = {**person, "reviewer": to_id}
        return {
            "its_number": row.number,
            "its_person": self._seal(campaign_items.c.person, now, row.campaign_id, row.number),
        }

    def _next_entry(self, db: Connection, id: str) -> int:
        """The number of the next entry. Taking it locks the campaign, so that nobody closes it meanwhile."""
        self._lock(db, id)
        c = campaigns.c
        db.execute(update(campaigns).where(c.id == id).values(decisions=c.decisions + 1))
        return int(db.scalar(select(c.decisions).where(c.id == id)) or 0)

    def _lock(self, db: Connection, id: str) -> None:
        """Let nobody else decide in, hand over or close a campaign until the transaction ends.

        Raises `ReviewError` when it is closed.
        """
        c = campaigns.c
        still_open = (c.id == id, c.state == str(CampaignState.OPEN))
        if not db.execute(update(campaigns).where(*still_open).values(state=c.state)).rowcount:
            raise ReviewError(
                "This review is closed, so its decisions stand. Nothing was changed.",
                "Start another review to decide anew.",
            )

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
            "person": self._seal(campaign_items.c.person, item.person, id, number),
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
        return {
            "campaign_id": id,
            "number": number,
            "operator_id": new.operator_id,
            "at": now,
            "decision": str(new.decision),
            "entry": self._seal(campaign_decisions.c.entry, said, id, number),
        }

    def _intact(self, column: Column[Any], token: str | None, *row: object) -> Any:
        """What was sealed, or None when there is nothing or it was altered or moved."""
        try:
            return self._open(column, token, *row)
        except SealBroken:
            return None

    def _item(self, row: Row[Any]) -> CampaignItem:
        person = self._intact(campaign_items.c.person, row.person, row.campaign_id, row.number)
        return from_row(CampaignItem, row, group=row.group_name, person=person)

    def _entry(self, row: Row[Any]) -> DecisionEntry:
        said = self._intact(campaign_decisions.c.entry, row.entry, row.campaign_id, row.number)
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


class Campaigns(CampaignRows):
    """Owner of the table `campaigns`, and with `CampaignRows` of what belongs to them.

    Rules (who may decide what) stand above the store; that nobody decides on a closed campaign, or
    on items of somebody else, is held here too, in the transaction.
    """

    def create(self, new: NewCampaign, items: Sequence[NewItem]) -> Campaign:
        """Store a campaign with its whole population, numbered from 1, in one transaction."""
        id = new_id()
        rows = [self._item_values(id, number, item) for number, item in enumerate(items, start=1)]
        values = {
            "id": id,
            "pool_name": new.pool_name,
            "title": new.title,
            "state": str(CampaignState.OPEN),
            "scope": dict(new.scope),
            "reviewers": [[reviewer.id, reviewer.username, reviewer.name] for reviewer in new.reviewers],
            "snapshot_id": new.snapshot_id,
            "population_hash": new.population_hash,
            "population": len(rows),
            "created_by": new.created_by,
            "created_by_name": new.created_by_name,
            "created_at": utc_now(),
            "deadline": new.deadline,
            "closed_by": "",
            "closed_by_name": "",
            "closed_at": None,
            "decisions": 0,
            "job_id": "",
            "about": self._seal(campaigns.c.about, new.about, id),
            "closing": None,
        }
        with self._database.write() as db:
            db.execute(insert(campaigns), [values])
            for start in range(0, len(rows), PAGE):
                db.execute(insert(campaign_items), rows[start : start + PAGE])
        return self.get(id)

    def get(self, id: str) -> Campaign:
        """One campaign. Raises `RecordNotFound`."""
        row = self._first(select(campaigns).where(campaigns.c.id == id))
        if row is None:
            raise RecordNotFound("This review is not there (any more).", "Choose another from the list.")
        return self._campaign(row)

    def of_pool(self, pool_name: str) -> tuple[Campaign, ...]:
        """The campaigns of a pool, newest first."""
        query = select(campaigns).where(campaigns.c.pool_name == pool_name).order_by(campaigns.c.id.desc())
        return tuple(map(self._campaign, self._all(query)))

    def close(self, id: str, operator_id: str, operator_name: str) -> Campaign:
        """Let nobody decide any more. Raises `ReviewError` when it is closed already."""
        values = {
            "state": str(CampaignState.CLOSED),
            "closed_by": operator_id,
            "closed_by_name": operator_name,
            "closed_at": utc_now(),
        }
        still_open = (campaigns.c.id == id, campaigns.c.state == str(CampaignState.OPEN))
        if not self._write(update(campaigns).where(*still_open).values(values)):
            raise ReviewError("This review is closed already.", "Refresh the page.")
        return self.get(id)

    def waiting_since(self, now: datetime) -> tuple[Campaign, ...]:
        """The open campaigns whose deadline was over by `now` and where something is undecided."""
        undecided = select(campaign_items.c.campaign_id).where(
            campaign_items.c.decision == str(Decision.UNDECIDED)
        )
        c = campaigns.c
        query = select(campaigns).where(
            c.state == str(CampaignState.OPEN), c.deadline <= now, c.id.in_(undecided)
        )
        return tuple(map(self._campaign, self._all(query.order_by(c.id))))

    def delegate(self, id: str, numbers: Sequence[int], from_id: str, to: Reviewer, said: Facts) -> Campaign:
        """Give undecided items of one reviewer to another, who becomes one, and keep `said` about it.

        All in one transaction. Raises `ReviewError`, with nothing changed, when the campaign is closed or
        one of the items was decided or handed over meanwhile.
        """
        c = campaigns.c
        with self._database.write() as db:
            self._lock(db, id)
            self._hand_over(db, id, numbers, from_id, to.id)
            row = db.execute(select(campaigns).where(c.id == id)).one()
            about = self._open(c.about, row.about, id)
            about = {**about, "delegations": [*about.get("delegations", ()), dict(said)]}
            reviewers = list(row.reviewers)
            if to.id not in {reviewer[0] for reviewer in reviewers}:
                reviewers.append([to.id, to.username, to.name])
            values = {"about": self._seal(c.about, about, id), "reviewers": reviewers}
            db.execute(update(campaigns).where(c.id == id).values(values))
        return self.get(id)

    def forget(self, closed_before: datetime) -> int:
        """Erase the campaigns that were closed before then, with all decisions; how many there were."""
        return self._write(delete(campaigns).where(campaigns.c.closed_at < closed_before))

    def set_closing(self, id: str, closing: Facts) -> None:
        """Seal what holds at the end, for whoever checks it later."""
        sealed = self._seal(campaigns.c.closing, closing, id)
        self._write(update(campaigns).where(campaigns.c.id == id).values(closing=sealed))

    def set_job(self, id: str, job_id: str, *, instead_of: str) -> bool:
        """Note the plan of the revocations; False when another was noted meanwhile."""
        change = update(campaigns).where(campaigns.c.id == id, campaigns.c.job_id == instead_of)
        return bool(self._write(change.values(job_id=job_id)))

    def _campaign(self, row: Row[Any]) -> Campaign:
        about = self._intact(campaigns.c.about, row.about, row.id)
        closing = self._intact(campaigns.c.closing, row.closing, row.id)
        return from_row(
            Campaign,
            row,
            reviewers=tuple(Reviewer(*reviewer) for reviewer in row.reviewers),
            about=about or {},
            closing=closing or {},
            altered=about is None or (row.state != str(CampaignState.OPEN) and closing is None),
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
