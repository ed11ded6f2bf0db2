"""Second factors of operators: authenticator apps, passkeys and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import operator_factors

# steps by which the last code may be ahead of the present one: the one after is taken, too
_AHEAD = 2


class FactorKind(StrEnum):
    """What an operator can show besides the password."""

    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


SET_UP = (FactorKind.TOTP, FactorKind.PASSKEY)
"""The kinds that an operator sets up; recovery codes only stand in for them."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor. `secret` is the key of an authenticator app, the hash of one recovery code, or what is
    known of a passkey, which has a `name` too. `sign_count` is how often it has signed, as it says.
    """

    id: str
    operator_id: str
    kind: FactorKind
    secret: str
    last_step: int
    created_at: datetime
    name: str = ""
    sign_count: int = 0
    last_used_at: datetime | None = None


class Factors(Records):
    """Owner of the table `operator_factors`."""

    def list(self, operator_id: str) -> tuple[Factor, ...]:
        """The factors of an operator, the oldest first. Raises `SealBroken`."""
        query = select(operator_factors).where(operator_factors.c.operator_id == operator_id)
        return tuple(
            from_row(Factor, row, secret=self._open(operator_factors.c.secret, row.secret, row.id))
            for row in self._all(query.order_by(operator_factors.c.id))
        )

    def has_any(self, operator_id: str) -> bool:
        """Whether an operator has set up a second factor."""
        return self._first(_ONE_SET_UP, {"operator": operator_id}) is not None

    def kinds(self) -> dict[str, frozenset[FactorKind]]:
        """Which of the kinds in `SET_UP` each operator has who has one, by operator id."""
        query = select(operator_factors.c.operator_id, operator_factors.c.kind)
        found: dict[str, set[FactorKind]] = {}
        for row in self._all(query.where(operator_factors.c.kind.in_(map(str, SET_UP))).distinct()):
            found.setdefault(row.operator_id, set()).add(FactorKind(row.kind))
        return {operator_id: frozenset(kinds) for operator_id, kinds in found.items()}

    def replace(
        self, operator_id: str, secrets: Sequence[tuple[FactorKind, str]], last_step: int = 0
    ) -> None:
        """Put these factors in the place of all that the operator had of the kinds they name.

        Raises `RecordNotFound` when the operator is gone.
        """
        with self._database.write() as db:
            kinds = {str(kind) for kind, _ in secrets}
            mine = operator_factors.c.operator_id == operator_id
            db.execute(delete(operator_factors).where(mine, operator_factors.c.kind.in_(kinds)))
            for kind, secret in secrets:
                db.execute(insert(operator_factors).values(self._new(operator_id, kind, secret, last_step)))

    def add_passkey(self, operator_id: str, name: str, secret: str, sign_count: int) -> str:
        """Keep one more passkey; returns its id. Raises `RecordNotFound` when the operator is gone."""
        values = self._new(operator_id, FactorKind.PASSKEY, secret, 0)
        self._write(insert(operator_factors).values(**values, name=name, sign_count=sign_count))
        return str(values["id"])

    def _new(self, operator_id: str, kind: FactorKind, secret: str, last_step: int) -> dict[str, Any]:
        id = new_id()
        return {
            "id": id,
            "operator_id": operator_id,
            "kind": str(kind),
            "secret": self._seal(operator_factors.c.secret, secret, id),
            "last_step": last_step,
            "created_at": utc_now(),
        }

    def take_step(self, id: str, step: int) -> bool:
        """Note that the code of this time step was used; False if it, or a later one, was used before.

        One from far ahead was used while the clock was wrong: it keeps nobody out once that is mended.
        """
        last = operator_factors.c.last_step
        free = or_(last < step, last > step + _AHEAD)
        values = {"last_step": step, "last_used_at": utc_now()}
        return bool(
            self._write(update(operator_factors).where(operator_factors.c.id == id, free).values(values))
        )

    def take_count(self, id: str, sign_count: int) -> bool:
        """Note that a passkey was used and has signed so often; False if it had signed as often before.

        Many say 0 for ever, which says nothing.
        """
        known = operator_factors.c.sign_count
        further = known < sign_count if sign_count else known == 0
        values = {"sign_count": sign_count, "last_used_at": utc_now()}
        return bool(
            self._write(update(operator_factors).where(operator_factors.c.id == id, further).values(values))
        )

    def take(self, id: str) -> bool:
        """Use a factor up, or forget a passkey; False if somebody just did."""
        return bool(self._write(delete(operator_factors).where(operator_factors.c.id == id)))

    def remove(self, operator_id: str) -> int:
        """Forget every factor of an operator; returns how many there were."""
        return self._write(delete(operator_factors).where(operator_factors.c.operator_id == operator_id))


# asked in each run of a page
_ONE_SET_UP = (
    select(operator_factors.c.id)
    .where(operator_factors.c.operator_id == bindparam("operator"))
    .where(operator_factors.c.kind.in_(list(map(str, SET_UP))))
    .limit(1)
)
