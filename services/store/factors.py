"""Second factors of operators: authenticator apps and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, insert, select, update

from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import operator_factors


class FactorKind(StrEnum):
    """What an operator can show besides the password."""

    TOTP = "totp"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor. `secret` is the key of an authenticator app, or the hash of one recovery code."""

    id: str
    operator_id: str
    kind: FactorKind
    secret: str
    last_step: int
    created_at: datetime


class Factors(Records):
    """Owner of the table `operator_factors`."""

    def list(self, operator_id: str) -> tuple[Factor, ...]:
        """The factors of an operator, the oldest first. Raises `SealBroken`."""
        query = select(operator_factors).where(operator_factors.c.operator_id == operator_id)
        return tuple(
            from_row(Factor, row, secret=self._open(operator_factors.c.secret, row.secret, row.id))
            for row in self._all(query.order_by(operator_factors.c.id))
        )

    def since(self) -> dict[str, datetime]:
        """When each operator who has an authenticator app set it up, by operator id."""
        query = (
            select(operator_factors.c.operator_id, func.max(operator_factors.c.created_at).label("since"))
            .where(operator_factors.c.kind == str(FactorKind.TOTP))
            .group_by(operator_factors.c.operator_id)
        )
        return {row.operator_id: row.since for row in self._all(query)}

    def replace(
        self, operator_id: str, secrets: Sequence[tuple[FactorKind, str]], last_step: int = 0
    ) -> None:
        """Put these factors in the place of all that the operator had of the kinds they name.

        Raises `RecordNotFound` when the operator is gone.
        """
        now = utc_now()
        with self._database.write() as db:
            kinds = {str(kind) for kind, _ in secrets}
            mine = operator_factors.c.operator_id == operator_id
            db.execute(delete(operator_factors).where(mine, operator_factors.c.kind.in_(kinds)))
            for kind, secret in secrets:
                id = new_id()
                db.execute(
                    insert(operator_factors).values(
                        id=id,
                        operator_id=operator_id,
                        kind=str(kind),
                        secret=self._seal(operator_factors.c.secret, secret, id),
                        last_step=last_step,
                        created_at=now,
                    )
                )

    def take_step(self, id: str, step: int) -> bool:
        """Note that the code of this time step was used; False if it, or a later one, was used before."""
        mine = (operator_factors.c.id == id, operator_factors.c.last_step < step)
        return bool(self._write(update(operator_factors).where(*mine).values(last_step=step)))

    def take(self, id: str) -> bool:
        """Use a factor up; False if somebody just did."""
        return bool(self._write(delete(operator_factors).where(operator_factors.c.id == id)))

    def remove(self, operator_id: str) -> int:
        """Forget every factor of an operator; returns how many there were."""
        return self._write(delete(operator_factors).where(operator_factors.c.operator_id == operator_id))
