"""Review campaigns: what was frozen at the start, who decided what, and every time it was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select, update

from services.errors import RecordNotFound, ReviewError
from services.store.campaign_rows import PAGE, CampaignRows
from services.store.campaign_types import Campaign, CampaignState, Facts, NewCampaign, NewItem, Reviewer
from services.store.columns import new_id, utc_now
from services.store.schema_reviews import campaign_items, campaigns


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
            "reviewers": [[one.id, one.username, one.name] for one in new.reviewers],
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
            "about": self._vault.seal(new.about, table="campaigns", column="about", row=id),
            "closing": None,
        }
        with self._database.write() as db:
            db.execute(insert(campaigns), [values])
            for start in range(0, len(rows), PAGE):
                db.execute(insert(campaign_items), rows[start : start + PAGE])
        return self.get(id)

    def get(self, id: str) -> Campaign:
        """One campaign. Raises `RecordNotFound`."""
        with self._database.read() as db:
            row = db.execute(select(campaigns).where(campaigns.c.id == id)).first()
        if row is None:
            raise RecordNotFound("This review is not there (any more).", "Choose another from the list.")
        return self._campaign(row)

    def of_pool(self, pool_name: str) -> tuple[Campaign, ...]:
        """The campaigns of a pool, newest first."""
        query = select(campaigns).where(campaigns.c.pool_name == pool_name).order_by(campaigns.c.id.desc())
        with self._database.read() as db:
            rows = db.execute(query).all()
        return tuple(map(self._campaign, rows))

    def close(self, id: str, operator_id: str, operator_name: str) -> Campaign:
        """Let nobody decide any more. Raises `ReviewError` when it is closed already."""
        with self._database.write() as db:
            done = db.execute(
                update(campaigns)
                .where(campaigns.c.id == id, campaigns.c.state == str(CampaignState.OPEN))
                .values(
                    state=str(CampaignState.CLOSED),
                    closed_by=operator_id,
                    closed_by_name=operator_name,
                    closed_at=utc_now(),
                )
            )
            if not done.rowcount:
                raise ReviewError("This review is closed already.", "Refresh the page.")
        return self.get(id)

    def set_closing(self, id: str, closing: Facts) -> None:
        """Seal what holds at the end, for whoever checks it later."""
        sealed = self._vault.seal(closing, table="campaigns", column="closing", row=id)
        with self._database.write() as db:
            db.execute(update(campaigns).where(campaigns.c.id == id).values(closing=sealed))

    def set_job(self, id: str, job_id: str, *, instead_of: str) -> bool:
        """Note the plan of the revocations; False when another was noted meanwhile."""
        change = update(campaigns).where(campaigns.c.id == id, campaigns.c.job_id == instead_of)
        with self._database.write() as db:
            return bool(db.execute(change.values(job_id=job_id)).rowcount)

    def _campaign(self, row: Row[Any]) -> Campaign:
        values = row._asdict()
        about = self._opened("campaigns", "about", row.id, values.pop("about"))
        closing = self._opened("campaigns", "closing", row.id, values.pop("closing"))
        closed = row.state != str(CampaignState.OPEN)
        return Campaign(
            **{
                **values,
                "state": CampaignState.CLOSED if closed else CampaignState.OPEN,
                "reviewers": tuple(Reviewer(*one) for one in row.reviewers),
            },
            about=about or {},
            closing=closing or {},
            altered=about is None or (closed and closing is None),
        )
