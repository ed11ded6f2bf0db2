"""Whom an operator has looked at lately: IDs alone, so that nothing personal stands in the database."""

from __future__ import annotations

from dataclasses import dataclass

from services.store.store import Store

MOST = 6


@dataclass(frozen=True, slots=True)
class LookedAt:
    """The people of one pool (`pool_id`: of its record) whom one operator has opened, the last one first."""

    store: Store
    operator_id: str
    pool_id: str

    @property
    def _key(self) -> str:
        return f"looked_at.{self.operator_id}.{self.pool_id}"

    def subs(self) -> tuple[str, ...]:
        """The subs of the people opened last, newest first; empty when none was."""
        return tuple(self.store.settings.get(self._key, ()))

    def note(self, sub: str) -> None:
        """The person was opened just now."""
        before = self.subs()
        if before[:1] != (sub,):
            self.store.settings.set(self._key, [sub, *(known for known in before if known != sub)][:MOST])
