"""Pools: which user pools the console works on, and through which connection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Column, ForeignKey, bindparam, select

from services.errors import InvalidValue
from services.store import checks
from services.store.applications import applications
from services.store.columns import ID, NAME, unique_key
from services.store.records import NamedRecords, Record, setting, table_of


@dataclass(frozen=True, slots=True)
class PoolRecord(Record):
    """A configured user pool. `name` is unique and stands in the URL; `region` "" is the connection's."""

    connection_id: str
    pool_id: str = field(metadata=setting("User pool", checks.pool_id, log="pool ID"))
    name: str = field(
        metadata=setting(
            "Short name",
            checks.short_name,
            log="name",
            help="Stands in the pool switch and in addresses: small letters, digits, hyphens.",
        )
    )
    region: str = field(default="", metadata=setting("Region", log="region"))
    phone_region: str = field(
        default="",
        metadata=setting(
            "Country of phone numbers",
            checks.phone_region,
            log="country of phone numbers",
            help="Where numbers without a country code belong, in two letters, such as SE for Sweden. "
            "Blank: such numbers are refused.",
            placeholder="SE",
        ),
    )


pools = table_of(
    PoolRecord,
    "pools",
    Column("connection_id", ID, ForeignKey("connections.id"), nullable=False, index=True),
    Column("name_key", NAME, nullable=False, unique=True),
)


class Pools(NamedRecords[PoolRecord]):
    """Owner of the table `pools`."""

    kind = PoolRecord
    table = pools
    taken = "Another pool is called “{name}”. Nothing was changed."
    gone = ("This pool is not configured (any more).", "Choose another pool.")

    def by_name(self, name: str) -> PoolRecord:
        """The pool called `name`, whatever its letter case. Raises `RecordNotFound`."""
        row = self._first(select(pools).where(pools.c.name_key == unique_key(name)))
        if row is None:
            raise self._missing()
        return self._record(row)

    def phone_region(self, pool_id: str) -> str:
        """The country of phone numbers without a country code in a user pool (AWS's id), "" for none.

        A user pool has one, whichever record leads to it: that of the first by name that says one.
        """
        row = self._first(_PHONE_REGION, {"pool_id": pool_id})
        return str(row.phone_region) if row is not None else ""

    def delete(self, id: str) -> None:
        """Remove a pool. Raises `RecordNotFound`, or `InvalidValue` while it still has applications."""
        with self._database.together():
            query = select(applications.c.name).where(applications.c.pool_record_id == id)
            names = [row.name for row in self._all(query)]
            if names:
                raise InvalidValue(
                    f"The pool still has applications ({', '.join(names)}); it was not deleted.",
                    "Delete these applications first.",
                )
            super().delete(id)

    def _values(self, record: PoolRecord) -> dict[str, Any]:
        return super()._values(replace(record, pool_id=record.pool_id.strip()))


# asked in each run of a page
_PHONE_REGION = (
    select(pools.c.phone_region)
    .where(pools.c.pool_id == bindparam("pool_id"), pools.c.phone_region != "")
    .order_by(pools.c.name_key)
)
